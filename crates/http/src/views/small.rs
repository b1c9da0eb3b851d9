//! Small entities.

use schemars::JsonSchema;
use serde::Serialize;
use social::relations;

use super::{Account, Status};
use crate::{Site, format};

/// `{}`: done.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Empty {}

/// What stands between the viewer and somebody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are those of `social::relations::Relationship`")]
pub struct Relationship {
    pub id: String,
    pub following: bool,
    pub showing_reblogs: bool,
    pub notifying: bool,
    pub languages: Option<Vec<String>>,
    pub followed_by: bool,
    pub blocking: bool,
    pub blocked_by: bool,
    pub muting: bool,
    pub muting_notifications: bool,
    pub muting_expires_at: Option<String>,
    pub requested: bool,
    pub requested_by: bool,
    pub domain_blocking: bool,
    pub endorsed: bool,
    pub note: String,
}

/// As the viewer sees it.
pub fn relationship(of: &relations::Relationship) -> Relationship {
    Relationship {
        id: of.id.to_string(),
        following: of.following,
        showing_reblogs: of.shares,
        notifying: of.notify,
        languages: None,
        followed_by: of.followed_by,
        blocking: of.blocking,
        blocked_by: of.blocked_by,
        muting: of.mute.is_some(),
        muting_notifications: of.mute.is_some_and(|mute| mute.notifications),
        muting_expires_at: of.mute.and_then(|mute| mute.until_ms).map(format::time),
        requested: of.requested,
        requested_by: of.requested_by,
        domain_blocking: false,
        endorsed: false,
        note: of.note.clone(),
    }
}

/// A tag.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tag {
    /// Id.
    pub id: String,
    /// Without `#`.
    pub name: String,
    /// Its page.
    pub url: String,
    /// Use by day, newest first.
    pub history: Vec<TagHistory>,
    /// Following tags comes later.
    pub following: bool,
}

/// Use of a tag on one day. All are texts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TagHistory {
    /// Unix seconds of midnight.
    pub day: String,
    /// Posts.
    pub uses: String,
    /// People.
    pub accounts: String,
}

/// A tag, also one that nobody used.
pub fn tag(site: &Site, id: u64, name: &str) -> Tag {
    let today = site.app.now_ms() / 86_400_000;
    let day = |back: u64| TagHistory {
        day: (today.saturating_sub(back) * 86_400).to_string(),
        uses: "0".to_owned(),
        accounts: "0".to_owned(),
    };
    Tag {
        id: id.to_string(),
        name: name.to_owned(),
        url: site.tag_url(name),
        history: (0..7).map(day).collect(),
        following: false,
    }
}

/// What was found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Search {
    /// People.
    pub accounts: Vec<Account>,
    /// Posts.
    pub statuses: Vec<Status>,
    /// Tags.
    pub hashtags: Vec<Tag>,
}

/// How far a timeline was read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MarkerView {
    /// Newest id that was read.
    pub last_read_id: String,
    /// Raised with each change.
    pub version: u64,
    /// When.
    pub updated_at: String,
}

/// What a person prefers, under Mastodon's flat names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Preferences {
    /// Audience of new posts.
    #[serde(rename = "posting:default:visibility")]
    pub visibility: &'static str,
    /// New media is sensitive.
    #[serde(rename = "posting:default:sensitive")]
    pub sensitive: bool,
    /// Language of new posts.
    #[serde(rename = "posting:default:language")]
    pub language: Option<String>,
    /// Which media is shown at once.
    #[serde(rename = "reading:expand:media")]
    pub media: &'static str,
    /// Whether warnings are opened at once.
    #[serde(rename = "reading:expand:spoilers")]
    pub spoilers: bool,
    /// Whether loops play by themselves.
    #[serde(rename = "reading:autoplay:gifs")]
    pub gifs: bool,
}

/// How many notifications came since they were last read.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct UnreadCount {
    /// How many.
    pub count: usize,
}

/// An app.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Application {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it lives.
    pub website: Option<String>,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// Where it may send people back to.
    pub redirect_uris: Vec<String>,
    /// The same in one text, one a line.
    pub redirect_uri: String,
    /// The key by which push services know this server.
    pub vapid_key: String,
}

/// An app, with its secret: shown once.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CredentialApplication {
    /// The app.
    #[serde(flatten)]
    pub application: Application,
    /// Public identifier.
    pub client_id: String,
    /// Secret.
    pub client_secret: String,
    /// Never expires.
    pub client_secret_expires_at: u64,
}

/// An access token of an app.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OAuthToken {
    /// Secret.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Scopes, with spaces between.
    pub scope: String,
    /// Unix seconds.
    pub created_at: u64,
}

/// A signed-in device.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Device {
    /// Id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it signed in.
    pub created_at: String,
    /// When it was last used.
    pub last_used_at: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A topic and how many share it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InterestView {
    /// As first written.
    pub name: String,
    /// How many people.
    pub accounts_count: u64,
}
