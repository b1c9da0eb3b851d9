//! What one can be told of: the one table of kinds. A new kind is a row here, and a call of `make.rs` where it happens.

use serde::{Deserialize, Serialize};

use crate::audit::model::words;

/// On which ways something reaches a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    /// In the list of notifications.
    pub in_app: bool,
    /// By mail.
    pub email: bool,
    /// To browsers and apps that asked for it.
    pub push: bool,
}

impl Channels {
    const fn of(in_app: bool, email: bool, push: bool) -> Channels {
        Channels { in_app, email, push }
    }

    /// On none.
    pub const NONE: Channels = Channels::of(false, false, false);
    const ALL: Channels = Channels::of(true, true, true);
    const APP: Channels = Channels::of(true, false, false);
    const APP_MAIL: Channels = Channels::of(true, true, false);
    const APP_PUSH: Channels = Channels::of(true, false, true);

    /// On either's ways.
    pub const fn or(self, other: Channels) -> Channels {
        Channels {
            in_app: self.in_app || other.in_app,
            email: self.email || other.email,
            push: self.push || other.push,
        }
    }
}

/// When a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailManner {
    /// With what else came within a while, if it was not read until then.
    Batched,
    /// At once, alone.
    AtOnce,
    /// Its event makes a mail of its own.
    Own,
}

/// What all notifications of a kind have in common.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Mastodon's word, or ours for what Mastodon does not have.
    pub api: &'static str,
    /// Whether only our own client knows the word.
    pub ours: bool,
    /// Whether the reader's policy for strangers has a say: not in what staff say, nor in what the reader asked for.
    pub filtered: bool,
    /// Whether many of one half day are told as one.
    pub grouped: bool,
    /// On which ways it comes, if the reader says nothing else.
    pub usual: Channels,
    /// On which ways it comes whatever the reader says.
    pub always: Channels,
    /// When a mail goes.
    pub mail: MailManner,
    /// What happened, after the name of who did it; whole where nobody is named.
    pub says: &'static str,
    /// Whether `says` begins with a name.
    pub named: bool,
}

impl Row {
    const fn new(api: &'static str, says: &'static str) -> Row {
        Row {
            api,
            ours: false,
            filtered: false,
            grouped: false,
            usual: Channels::ALL,
            always: Channels::NONE,
            mail: MailManner::Batched,
            says,
            named: true,
        }
    }

    const fn ours(self) -> Row {
        Row { ours: true, ..self }
    }

    const fn filtered(self) -> Row {
        Row { filtered: true, ..self }
    }

    const fn grouped(self) -> Row {
        Row { grouped: true, ..self }
    }

    const fn usual(self, usual: Channels) -> Row {
        Row { usual, ..self }
    }

    const fn always(self, always: Channels) -> Row {
        Row { always, ..self }
    }

    const fn mail(self, mail: MailManner) -> Row {
        Row { mail, ..self }
    }

    const fn nameless(self) -> Row {
        Row { named: false, ..self }
    }
}

/// A kind with its word in the store, and its row.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal: $row:expr;)*) => {
        words! {
            /// What happened.
            #[derive(Hash, PartialOrd, Ord)]
            NotificationKind { $($(#[$doc])* $kind $word),* }
        }

        impl NotificationKind {
            /// Its row of the table.
            pub const fn row(self) -> Row {
                match self { $(NotificationKind::$kind => $row),* }
            }
        }
    };
}

kinds! {
    /// In a post that is no comment on one's own.
    Mention "mention": Row::new("mention", "mentioned you").filtered();
    /// In one that is.
    Comment "comment": Row::new("mention", "commented on your post").filtered();
    Like "like": Row::new("favourite", "liked your post").filtered().grouped().usual(Channels::APP_PUSH);
    Share "share": Row::new("reblog", "shared your post").filtered().grouped().usual(Channels::APP_PUSH);
    Follow "follow": Row::new("follow", "followed you").filtered().grouped();
    FollowRequest "follow_request": Row::new("follow_request", "asks to follow you").filtered();
    /// Of a post that one shared.
    Edit "edit": Row::new("update", "edited a post that you shared").usual(Channels::APP_PUSH);
    /// Of somebody whose bell is on.
    NewPost "new_post": Row::new("status", "posted").usual(Channels::APP_PUSH);
    /// One in a chat while it is unread.
    ChatMessage "chat_message": Row::new("chat_message", "wrote to you").ours();
    /// From a device that was not seen before.
    NewSignIn "new_sign_in": Row::new("new_sign_in", "Somebody signed in to your account from a new device")
        .ours().nameless().mail(MailManner::AtOnce);
    /// For staff: that somebody joined.
    SignUp "sign_up": Row::new("admin.sign_up", "joined").grouped().usual(Channels::APP_PUSH);
    /// For staff: that somebody reported somebody.
    Reported "reported": Row::new("admin.report", "reported somebody");
    /// What staff decided about one's account.
    Warning "warning": Row::new("moderation_warning", "There is a decision about your account")
        .nameless().always(Channels::APP_MAIL).mail(MailManner::Own);
    /// About what one reported.
    ReportDecided "report_decided": Row::new("report_decided", "What you reported was looked at")
        .ours().nameless().usual(Channels::APP);
    /// About one's appeal.
    AppealDecided "appeal_decided": Row::new("appeal_decided", "Your appeal was decided")
        .ours().nameless().always(Channels::APP_MAIL).mail(MailManner::Own);
}

impl NotificationKind {
    /// Its name among a person's preferences: the API's word, except where two kinds share that.
    pub fn key(self) -> &'static str {
        let api = self.row().api;
        match NotificationKind::parse(api).is_some_and(|other| other != self) {
            true => self.as_str(),
            false => api,
        }
    }

    /// The kind of a name among a person's preferences.
    pub fn of_key(key: &str) -> Option<NotificationKind> {
        NotificationKind::ALL.iter().copied().find(|kind| kind.key() == key)
    }

    /// Whether the reader's policy for strangers has a say.
    pub const fn is_filtered(self) -> bool {
        self.row().filtered
    }

    /// Whether many of one half day are told as one.
    pub const fn is_grouped(self) -> bool {
        self.row().grouped
    }

    /// The words that only our own client knows.
    pub fn ours() -> impl Iterator<Item = NotificationKind> {
        NotificationKind::ALL.iter().copied().filter(|kind| kind.row().ours)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_among_the_preferences() {
        let keys: HashSet<_> = NotificationKind::ALL.iter().map(|kind| kind.key()).collect();
        assert_eq!(keys.len(), NotificationKind::ALL.len());
        for kind in NotificationKind::ALL {
            assert_eq!(NotificationKind::of_key(kind.key()), Some(*kind));
        }
        assert_eq!(NotificationKind::Mention.key(), "mention");
        assert_eq!(NotificationKind::Comment.key(), "comment");
        assert_eq!(NotificationKind::Like.key(), "favourite");
    }
}
