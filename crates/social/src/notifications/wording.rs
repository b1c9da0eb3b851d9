//! What a notification says in a mail or a push: a line, some of the post, and where it leads.

use super::{Told, model::NotificationKind};
use crate::posts::Seen;

/// Most characters of a post.
const EXCERPT: usize = 140;

/// The words of a notification for its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// What happened, with the name of who did it.
    pub title: String,
    /// Some of the post, or of its warning; empty where there is no post.
    pub body: String,
    /// Where in the client it leads.
    pub path: String,
}

/// The words for something that its reader sees.
pub fn wording(told: &Told) -> Wording {
    wording_of(told, 0)
}

/// The words for something that others did, too.
pub(crate) fn wording_of(told: &Told, others: usize) -> Wording {
    let kind = told.notification.kind;
    let row = kind.row();
    let title = match (row.named, others) {
        (false, _) => row.says.to_owned(),
        (true, 0) => format!("{} {}", name_of(told), row.says),
        (true, 1) => format!("{} and 1 other {}", name_of(told), row.says),
        (true, others) => format!("{} and {others} others {}", name_of(told), row.says),
    };
    let path = match (kind, &told.post, told.notification.about) {
        (_, Some(seen), _) => path_of(seen),
        (NotificationKind::ChatMessage, _, Some(chat)) => format!("/chats/{chat}"),
        (NotificationKind::NewSignIn, ..) => "/settings/devices".to_owned(),
        (NotificationKind::Reported, ..) => "/admin".to_owned(),
        (NotificationKind::FollowRequest | NotificationKind::Follow, ..)
        | (NotificationKind::SignUp, ..) => format!("/@{}", told.by.handle),
        _ => "/notifications".to_owned(),
    };
    Wording { title, body: told.post.as_ref().map(excerpt).unwrap_or_default(), path }
}

/// What the reader calls who did it.
pub fn name_of(told: &Told) -> &str {
    match told.by.display_name.as_str() {
        "" => told.by.handle.as_str(),
        name => name,
    }
}

/// Where a post is.
pub(crate) fn path_of(seen: &Seen) -> String {
    let author = seen.shared.as_ref().map_or(&seen.author, |(_, author)| author);
    format!("/@{}/{}", author.handle, seen.content().id)
}

/// Some of a post; of one with a warning the warning, which is to be read first in a mail as anywhere.
pub(crate) fn excerpt(seen: &Seen) -> String {
    let post = seen.content();
    let text = if post.warning.is_empty() { &post.text } else { &post.warning };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words,
    }
}
