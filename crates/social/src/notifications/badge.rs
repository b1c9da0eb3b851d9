//! What waits for a person, as three numbers: for the badges of a client.

use graph::Id;

use super::{Filter, model::NotificationKind, unread_count};
use crate::{accounts::model::Account, app::App, chats, fault::Fault};

/// The numbers stop here: a badge says "99+".
const MOST: usize = 100;

/// What waits for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Notifications after the marker, without those of chats.
    pub notifications: u64,
    /// Chats with something unread that are not muted.
    pub chats: u64,
    /// Requests of strangers to chat.
    pub requests: u64,
}

impl Filter {
    /// What a badge counts: chats have a count of their own.
    pub fn counted(mut self) -> Filter {
        self.held = false;
        self.without.push(NotificationKind::ChatMessage);
        self
    }
}

/// What waits for a person now, each number counted to a hundred.
pub async fn unread(app: &App, of: Id<Account>) -> Result<Unread, Fault> {
    let notifications = unread_count(app, of, &Filter::default().counted(), MOST).await? as u64;
    let chats::Badges { chats, requests } = chats::badges(app, of).await?;
    Ok(Unread { notifications, chats, requests })
}
