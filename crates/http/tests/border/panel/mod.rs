//! The panel's API: how the community does, lists of people, posts and media, what keeps it running, files.

pub mod cost;
mod files;
mod lists;
mod running;

use std::time::Duration;

use axum::http::Method;
use graph::Id;
use serde_json::Value;
use social::{
    accounts::model::Account,
    media::{model::Media, pipeline::Purpose, upload},
    testing::World,
};

use crate::{client::Site, moderation::Desk};

pub const A: &str = "/api/sociosphere/v1/admin";
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Desk {
    pub async fn at(&self, site: &Site, path: &str) -> Value {
        self.get(site, &format!("{A}{path}")).await
    }

    pub async fn does(&self, site: &Site, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.send(site, method, &format!("{A}{path}"), body).await
    }
}

pub fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|row| row["person"]["username"].as_str().unwrap()).collect()
}

pub async fn picture(world: &World, owner: Id<Account>) -> Id<Media> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), include_bytes!("../../../assets/avatar.png")).unwrap();
    upload(&world.app, owner, file.path(), Purpose::Attachment, "a lantern", None).await.unwrap().id
}
