//! How many chats have something new: what the badge of a person's tabs shows.

use std::collections::HashMap;

use graph::{Id, Page};

use super::{
    model::{Chat, ChatRequests, Head, MemberOf, Reading, own_flags},
    seat::unpack,
};
use crate::{accounts::model::Account, app::App, fault::Fault};

/// How many chats are looked at, the ones with the newest messages; what is older and unread is a badge no more.
const LOOKED_AT: usize = 200;

/// What waits for a person in their chats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Badges {
    /// Chats with unread messages, those that are muted apart.
    pub chats: u64,
    /// Requests.
    pub requests: u64,
}

/// What waits for a person in their chats.
pub async fn badges(app: &App, me: Id<Account>) -> Result<Badges, Fault> {
    let links = app.graph.list::<MemberOf>(me, Page::newest(LOOKED_AT)).await?;
    let loud: Vec<_> = links.iter().filter(|link| link.flags & own_flags::MUTED == 0).collect();
    let ids: Vec<Id<Chat>> = loud.iter().map(|link| link.to).collect();
    let chats = app.graph.get_many(&ids).await?;
    let heads: Vec<Id<Head>> = chats.iter().flatten().map(|chat| chat.head).collect();
    let heads: HashMap<_, _> = app
        .graph
        .get_many(&heads)
        .await?
        .into_iter()
        .flatten()
        .map(|one| (one.id, one.last))
        .collect();
    let unread = loud.iter().zip(&chats).filter(|(link, chat)| {
        let last = chat.as_ref().and_then(|chat| heads.get(&chat.head)).copied().unwrap_or(0);
        last > unpack::<Reading>(&link.data).read
    });
    let requests = app.graph.list::<ChatRequests>(me, Page::newest(LOOKED_AT)).await?.len() as u64;
    Ok(Badges { chats: unread.count() as u64, requests })
}
