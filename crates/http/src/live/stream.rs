//! Names of streams, as clients ask for them and as frames carry them, and the topics behind each.

use graph::Id;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{accounts::model::Account, live::ANNOUNCEMENTS, text::Tag};

/// What a client asks for, in the URL or in a message.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Asked {
    /// Name of a stream.
    pub stream: Option<String>,
    /// Of `hashtag`.
    pub tag: Option<String>,
    /// Of `list`.
    pub list: Option<String>,
    /// Only posts with media, of public streams.
    pub only_media: bool,
    /// The token, where no header can be set.
    pub access_token: Option<String>,
}

/// Why there is no such stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not a name.
    UnknownStream,
    /// A tag is needed.
    MissingTag,
    /// A list is needed.
    MissingList,
    /// The token does not cover it.
    OutsideScopes,
    /// More than a connection may have.
    TooMany,
}

impl Refusal {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::UnknownStream => "Unknown stream type",
            Refusal::MissingTag => "Missing tag name parameter",
            Refusal::MissingList => "Missing list name parameter",
            Refusal::OutsideScopes => "Access token does not have the required scopes",
            Refusal::TooMany => "Too many subscriptions",
        }
    }

    /// As a status.
    pub fn status(self) -> u16 {
        match self {
            Refusal::OutsideScopes => 401,
            _ => 400,
        }
    }
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StreamName {
    /// Home and notifications.
    User,
    /// Notifications.
    Notifications,
    /// Everything public: its name, and whether only media.
    Public(&'static str, bool),
    /// Posts from elsewhere: none.
    Remote(&'static str),
    /// A tag: name of the stream, the tag as asked for, its folded key.
    Tag(&'static str, String, String),
    /// Lists come later.
    List(String),
    /// Conversations.
    Direct,
}

impl StreamName {
    /// By its name in messages.
    pub fn parse(name: &str, asked: &Asked) -> Result<StreamName, Refusal> {
        let tag = |stream| {
            let name = asked.tag.as_deref().unwrap_or_default().trim();
            let tag = Tag::parse(name.trim_start_matches('#')).ok_or(Refusal::MissingTag)?;
            Ok(StreamName::Tag(stream, name.to_owned(), tag.key().to_owned()))
        };
        Ok(match name {
            "user" => StreamName::User,
            "user:notification" => StreamName::Notifications,
            "public" if asked.only_media => StreamName::Public("public:media", true),
            "public" => StreamName::Public("public", false),
            "public:media" => StreamName::Public("public:media", true),
            "public:local" if asked.only_media => StreamName::Public("public:local:media", true),
            "public:local" => StreamName::Public("public:local", false),
            "public:local:media" => StreamName::Public("public:local:media", true),
            "public:remote" => StreamName::Remote("public:remote"),
            "public:remote:media" => StreamName::Remote("public:remote:media"),
            "hashtag" => tag("hashtag")?,
            "hashtag:local" => tag("hashtag:local")?,
            "list" => match asked.list.as_deref() {
                Some(list) if !list.is_empty() => StreamName::List(list.to_owned()),
                _ => return Err(Refusal::MissingList),
            },
            "direct" => StreamName::Direct,
            _ => return Err(Refusal::UnknownStream),
        })
    }

    /// The name of a path of server-sent events; `None` for one that leads nowhere.
    pub fn of_channel(channel: &str, _: &Asked) -> Option<String> {
        let known = [
            "user",
            "user/notification",
            "public",
            "public/local",
            "public/remote",
            "hashtag",
            "hashtag/local",
            "list",
            "direct",
        ];
        known.contains(&channel).then(|| channel.replace('/', ":"))
    }

    /// As frames carry it.
    pub fn shown(&self) -> Vec<String> {
        match self {
            StreamName::User => vec!["user".to_owned()],
            StreamName::Notifications => vec!["user:notification".to_owned()],
            StreamName::Public(name, _) | StreamName::Remote(name) => vec![(*name).to_owned()],
            StreamName::Tag(name, tag, _) => vec![(*name).to_owned(), tag.clone()],
            StreamName::List(list) => vec!["list".to_owned(), list.clone()],
            StreamName::Direct => vec!["direct".to_owned()],
        }
    }

    /// Which scope it needs.
    pub fn scope(&self) -> &'static str {
        match self {
            StreamName::Notifications => "read:notifications",
            _ => "read:statuses",
        }
    }

    /// What it listens to on the bus.
    pub fn topics(&self, viewer: Id<Account>) -> Vec<String> {
        match self {
            StreamName::User => {
                let own = ["home", "notify"].map(|word| format!("live:{word}:{viewer}"));
                own.into_iter().chain([ANNOUNCEMENTS.to_owned()]).collect()
            }
            StreamName::Notifications => vec![format!("live:notify:{viewer}")],
            StreamName::Public(..) => vec!["live:public".to_owned()],
            StreamName::Tag(..) => vec!["live:tags".to_owned(), "live:public".to_owned()],
            StreamName::Direct => vec![format!("live:direct:{viewer}")],
            StreamName::Remote(_) | StreamName::List(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_api() {
        let asked = Asked { tag: Some("Größe".to_owned()), ..Asked::default() };
        let media = Asked { only_media: true, ..Asked::default() };
        let name = StreamName::parse("hashtag", &asked).unwrap();
        assert_eq!(name.shown(), ["hashtag", "Größe"]);
        assert_eq!(StreamName::parse("public", &media).unwrap().shown(), ["public:media"]);
        let none = Asked::default();
        assert_eq!(StreamName::parse("hashtag", &none), Err(Refusal::MissingTag));
        assert_eq!(StreamName::parse("list", &none), Err(Refusal::MissingList));
        assert_eq!(StreamName::parse("users", &none), Err(Refusal::UnknownStream));
        assert_eq!(StreamName::of_channel("public/local", &none).as_deref(), Some("public:local"));
        assert_eq!(StreamName::of_channel("public:local", &none), None);
    }
}
