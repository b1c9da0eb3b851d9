//! Oneself: profile, preferences, reading positions.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use social::{
    accounts::model::{Account as AccountNode, WhoMayMessage},
    profiles::{self, Changes, Picture},
    timelines,
};

use crate::{
    Shared,
    auth::Person,
    body::{Params, Sent},
    format,
    problem::Problem,
    routes::{Access, Operation, delete, get, patch, post},
    views::{
        CredentialAccount, MarkerView, Preferences, Rendered, audience_of, bytes,
        credential_account,
    },
};

const TAG: &str = "profile";

pub fn operations(site: &Shared) -> Vec<Operation> {
    let write = Access::Person("write:accounts");
    vec![
        get(
            "verifyCredentials",
            "/api/v1/accounts/verify_credentials",
            Access::Person("read:accounts"),
        )
        .says(TAG, "Oneself, with what one prefers")
        .answers::<CredentialAccount>()
        .to(me),
        patch("updateCredentials", "/api/v1/accounts/update_credentials", write)
            .says(TAG, "Changes one's profile; what is absent stays")
            .takes::<ProfileForm>()
            .files(&["avatar", "header"], site.app.settings.image_bytes)
            .answers::<CredentialAccount>()
            .to(update),
        delete("deleteAvatar", "/api/v1/profile/avatar", write)
            .says(TAG, "Removes one's portrait")
            .answers::<CredentialAccount>()
            .to(delete_avatar),
        delete("deleteHeader", "/api/v1/profile/header", write)
            .says(TAG, "Removes one's wide picture")
            .answers::<CredentialAccount>()
            .to(delete_header),
        get("getPreferences", "/api/v1/preferences", Access::Person("read:accounts"))
            .says(TAG, "What one prefers")
            .answers::<Preferences>()
            .to(preferences),
        get("getMarkers", "/api/v1/markers", Access::Person("read:statuses"))
            .says(TAG, "How far timelines were read")
            .takes::<Timelines>()
            .answers::<Markers>()
            .to(markers),
        post("postMarkers", "/api/v1/markers", Access::Person("write:statuses"))
            .frozen_may()
            .says(TAG, "Says how far timelines were read")
            .takes::<MarkersForm>()
            .answers::<Markers>()
            .to(set_markers),
    ]
}

async fn me(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    mine(&site, &person).await
}

async fn mine(site: &Shared, person: &Person) -> Result<Rendered, Problem> {
    let me = credential_account(site, person.account).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&me)))
}

/// A changed profile; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ProfileForm {
    /// Shown name.
    display_name: Option<String>,
    /// Biography.
    note: Option<String>,
    /// Follows are requests.
    locked: Option<bool>,
    /// An automated account.
    bot: Option<bool>,
    /// May be suggested.
    discoverable: Option<bool>,
    /// Public posts may be found.
    indexable: Option<bool>,
    /// Follower lists are hidden.
    hide_collections: Option<bool>,
    /// Pairs of the profile.
    #[schemars(length(max = 4))]
    fields_attributes: Option<Vec<FieldForm>>,
    /// What one prefers.
    source: Option<SourceForm>,
    /// Topics.
    #[schemars(length(max = 12))]
    interests: Option<Vec<String>>,
    /// `everyone`, `following` or `nobody`.
    who_may_message: Option<String>,
    /// `everyone`, `following` or `nobody`; who says nobody does not see others' either.
    who_sees_presence: Option<String>,
    /// Others see what one has read, and one sees it of them.
    read_receipts: Option<bool>,
    /// Others see that one writes, and one sees it of them.
    typing_indicators: Option<bool>,
}

/// A pair of the profile.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FieldForm {
    /// Name.
    name: String,
    /// Value.
    value: String,
}

/// What one prefers.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SourceForm {
    /// Audience of new posts.
    privacy: Option<String>,
    /// New media is sensitive.
    sensitive: Option<bool>,
    /// Language of new posts.
    language: Option<String>,
}

async fn update(
    State(site): State<Shared>,
    person: Person,
    sent: Sent,
) -> Result<Rendered, Problem> {
    let form: ProfileForm = sent.fields()?;
    let source = form.source.unwrap_or_default();
    let default_audience = match source.privacy.as_deref() {
        None | Some("") => None,
        Some(word) => Some(
            audience_of(word)
                .ok_or_else(|| Problem::field("source.privacy", "is not known here"))?,
        ),
    };
    let picture = |name: &str| sent.files.get(name).map(|file| file.path());
    let (avatar, header) = (picture("avatar"), picture("header"));
    let changes = Changes {
        display_name: form.display_name,
        bio: form.note,
        fields: form
            .fields_attributes
            .map(|fields| fields.into_iter().map(|pair| (pair.name, pair.value)).collect()),
        interests: form.interests,
        avatar: avatar.as_deref().map(Picture::New),
        header: header.as_deref().map(Picture::New),
        locked: form.locked,
        bot: form.bot,
        discoverable: form.discoverable,
        indexable: form.indexable,
        hide_collections: form.hide_collections,
        default_audience,
        default_sensitive: source.sensitive,
        default_language: source.language,
        who_may_message: who("who_may_message", form.who_may_message.as_deref())?,
        who_sees_presence: who("who_sees_presence", form.who_sees_presence.as_deref())?,
        no_receipts: form.read_receipts.map(|on| !on),
        no_typing: form.typing_indicators.map(|on| !on),
        locale: None,
    };
    profiles::update(&site.app, person.account, changes).await?;
    mine(&site, &person).await
}

fn who(field: &str, word: Option<&str>) -> Result<Option<WhoMayMessage>, Problem> {
    match word {
        None => Ok(None),
        Some("everyone") => Ok(Some(WhoMayMessage::Everyone)),
        Some("following") => Ok(Some(WhoMayMessage::Following)),
        Some("nobody") => Ok(Some(WhoMayMessage::Nobody)),
        Some(_) => Err(Problem::field(field, "must be everyone, following or nobody")),
    }
}

async fn delete_avatar(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let changes = Changes { avatar: Some(Picture::Remove), ..Changes::default() };
    profiles::update(&site.app, person.account, changes).await?;
    mine(&site, &person).await
}

async fn delete_header(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let changes = Changes { header: Some(Picture::Remove), ..Changes::default() };
    profiles::update(&site.app, person.account, changes).await?;
    mine(&site, &person).await
}

async fn preferences(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let me = credential_account(&site, person.account).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&Preferences {
        visibility: me.source.privacy,
        sensitive: me.source.sensitive,
        language: me.source.language,
        media: "default",
        spoilers: false,
        gifs: false,
    })))
}

/// Which timelines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Timelines {
    /// `home`, `notifications`.
    #[schemars(length(max = 2))]
    timeline: Vec<String>,
}

/// Reading positions.
#[derive(Debug, Serialize, JsonSchema)]
struct Markers {
    /// Of home.
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<MarkerView>,
    /// Of notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    notifications: Option<MarkerView>,
}

async fn markers(
    State(site): State<Shared>,
    person: Person,
    Params(asked): Params<Timelines>,
) -> Result<Rendered, Problem> {
    let all = timelines::markers(&site.app, person.account).await?;
    shown(all.into_iter().filter(|marker| asked.timeline.contains(&marker.timeline)))
}

fn shown(
    markers: impl Iterator<Item = social::accounts::model::Marker>,
) -> Result<Rendered, Problem> {
    Ok(Rendered(bytes(&markers_view(markers))))
}

/// Reading positions, by timeline.
pub fn markers_view(
    markers: impl Iterator<Item = social::accounts::model::Marker>,
) -> Map<String, serde_json::Value> {
    let mut map = Map::new();
    for marker in markers {
        let view = MarkerView {
            last_read_id: marker.last_read.to_string(),
            version: marker.version,
            updated_at: format::time(marker.updated_ms),
        };
        let value = serde_json::to_value(view).expect("views are plain data");
        map.insert(marker.timeline, value);
    }
    map
}

/// New reading positions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MarkersForm {
    /// Of home.
    home: Option<MarkerForm>,
    /// Of notifications.
    notifications: Option<MarkerForm>,
}

/// A new reading position.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MarkerForm {
    /// Newest id that was read.
    last_read_id: String,
}

async fn set_markers(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<MarkersForm>,
) -> Result<Rendered, Problem> {
    let mut set = Vec::new();
    for (timeline, marker) in [("home", form.home), ("notifications", form.notifications)] {
        let Some(marker) = marker else { continue };
        let last = marker.last_read_id.parse::<graph::Id<AccountNode>>();
        let last = last.map_err(|_| Problem::field("last_read_id", "is invalid"))?;
        set.push(timelines::set_marker(&site.app, person.account, timeline, last.raw()).await?);
    }
    shown(set.into_iter())
}
