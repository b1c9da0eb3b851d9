//! Chats: one's list, requests, groups, messages. What is promised stands in `docs/use/chat.md`.

mod groups;
mod messages;
mod rooms;
mod search;

use axum::extract::{FromRequestParts, RawPathParams};
use graph::Id;
use http::request::Parts;
use social::chats::model::Chat;

use crate::{
    problem::Problem,
    routes::{Access, Operation},
};

const TAG: &str = "chats";
/// Mastodon's conversations are read with this scope, too.
const READS: Access = Access::Person("read:statuses");
const WRITES: Access = Access::Person("write:conversations");

/// All operations on chats.
pub fn operations() -> Vec<Operation> {
    let mut all = rooms::operations();
    all.extend(groups::operations());
    all.extend(messages::operations());
    all.extend(search::operations());
    all
}

/// The two ids of a path: a chat, and something in it. What is no id names nothing, so it is 404.
struct ChatAnd<T>(Id<Chat>, Id<T>);

impl<S: Send + Sync, T> FromRequestParts<S> for ChatAnd<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|_| Problem::not_found())?;
        let mut words = path.iter().map(|(_, word)| word);
        let (Some(chat), Some(inside)) = (words.next(), words.next()) else {
            return Err(Problem::not_found());
        };
        let chat = chat.parse().map_err(|_| Problem::not_found())?;
        Ok(ChatAnd(chat, inside.parse().map_err(|_| Problem::not_found())?))
    }
}
