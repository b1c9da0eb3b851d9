//! Notifications.

use graph::Id;
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model::Account as AccountNode,
    fault::Fault,
    notifications::{Told, model::NotificationKind},
};

use super::{Account, People, Posts, Status, fragments::Writer};
use crate::{Shared, format};

/// That somebody did something.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Notification {
    /// Id.
    pub id: String,
    /// `mention`, `favourite`, `reblog`, `follow`, `follow_request`, `update`.
    #[schemars(extend("enum" = [
        "mention", "favourite", "reblog", "follow", "follow_request", "update"
    ]))]
    pub r#type: String,
    /// When.
    pub created_at: String,
    /// Ungrouped: one key each.
    pub group_key: String,
    /// Who did it.
    pub account: Account,
    /// To which post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// Mastodon's word. A comment is a mention there.
pub fn type_of(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Mention | NotificationKind::Comment => "mention",
        NotificationKind::Like => "favourite",
        NotificationKind::Share => "reblog",
        NotificationKind::Follow => "follow",
        NotificationKind::FollowRequest => "follow_request",
        NotificationKind::Edit => "update",
    }
}

/// The kinds that Mastodon's word means; words for what is not here mean none.
pub fn kind_of(word: &str) -> &'static [NotificationKind] {
    match word {
        "mention" => &[NotificationKind::Mention, NotificationKind::Comment],
        "favourite" => &[NotificationKind::Like],
        "reblog" => &[NotificationKind::Share],
        "follow" => &[NotificationKind::Follow],
        "follow_request" => &[NotificationKind::FollowRequest],
        "update" => &[NotificationKind::Edit],
        _ => &[],
    }
}

/// Notifications as bytes for their reader, in order.
pub async fn render_notifications(
    site: &Shared,
    reader: Id<AccountNode>,
    told: &[Told],
) -> Result<Vec<Vec<u8>>, Fault> {
    let people = People::read(site, told.iter().map(|told| &told.by)).await?;
    let seen: Vec<_> = told.iter().filter_map(|told| told.post.clone()).collect();
    let posts = Posts::read(site, Some(reader), &seen).await?;
    let write = |told: &Told| {
        Writer::object(|writer| {
            let id = told.notification.id;
            writer.id("id", Some(id));
            writer.value("type", &type_of(told.notification.kind));
            writer.value("created_at", &format::time(id.ms()));
            writer.value("group_key", &format!("ungrouped-{id}"));
            writer.name("account");
            people.write(writer, told.by.id);
            if let Some(post) = &told.post {
                writer.name("status");
                posts.write(writer, post);
            }
        })
    };
    Ok(told.iter().map(write).collect())
}
