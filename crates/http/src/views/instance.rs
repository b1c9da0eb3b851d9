//! The community itself, in both of Mastodon's forms.

use graph::Edge;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use social::{
    accounts::model::Members,
    app::Registrations,
    fault::Fault,
    house::{community, house, model::Rule},
    instance::model::INSTANCE,
    posts::{MAX_PICTURES, model::PublicPosts},
    text::CHARACTERS_PER_URL,
};

use super::shapes;
use crate::{Shared, Site};

/// The level of Mastodon's API that is met, in the form that clients parse.
pub const VERSION: &str =
    concat!("4.3.0 (compatible; SocioSphere ", env!("CARGO_PKG_VERSION"), ")");

/// Types that are taken.
const MIME_TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/wav",
    "audio/flac",
];

/// The community, as newer clients read it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are Mastodon's and say what they are")]
pub struct InstanceV2 {
    pub domain: String,
    pub title: String,
    pub version: &'static str,
    pub source_url: String,
    pub description: String,
    #[schemars(schema_with = "shapes::usage")]
    pub usage: Value,
    #[schemars(schema_with = "shapes::thumbnail")]
    pub thumbnail: Value,
    pub icon: Vec<Value>,
    pub languages: Vec<String>,
    #[schemars(schema_with = "shapes::configuration")]
    pub configuration: Value,
    #[schemars(schema_with = "shapes::registrations")]
    pub registrations: Value,
    #[schemars(schema_with = "shapes::contact")]
    pub contact: Value,
    #[schemars(schema_with = "shapes::rules")]
    pub rules: Vec<Value>,
}

/// The community, as older clients read it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are Mastodon's and say what they are")]
pub struct InstanceV1 {
    pub uri: String,
    pub title: String,
    pub short_description: String,
    pub description: String,
    pub email: String,
    pub version: &'static str,
    pub urls: Value,
    pub stats: Value,
    pub thumbnail: Option<String>,
    pub languages: Vec<String>,
    pub registrations: bool,
    pub approval_required: bool,
    pub invites_enabled: bool,
    #[schemars(schema_with = "shapes::configuration")]
    pub configuration: Value,
    pub contact_account: Option<super::Account>,
    #[schemars(schema_with = "shapes::rules")]
    pub rules: Vec<Value>,
}

/// See [`InstanceV2`].
pub async fn instance_v2(site: &Shared) -> Result<InstanceV2, Fault> {
    let settings = &site.app.settings;
    let community = community(&site.app).await?;
    let (members, _) = counts(site).await?;
    let mut configuration = configuration(site);
    configuration["urls"] =
        json!({"streaming": site.socket_origin(), "status": null, "about": null});
    configuration["vapid"] = json!({"public_key": site.app.secrets.vapid.public()});
    configuration["translation"] = json!({"enabled": false});
    configuration["sociosphere"] = json!({
        "api": format!("{}/api/sociosphere/v1", settings.public_url),
        "read_only": site.app.graph.gate().writing() != graph::Writing::All,
    });
    Ok(InstanceV2 {
        domain: site.host().to_owned(),
        title: community.title.clone(),
        version: VERSION,
        source_url: settings.source_url.clone(),
        description: community.description.clone(),
        usage: json!({"users": {"active_month": members}}),
        thumbnail: json!({"url": site.default_header(), "blurhash": null, "versions": {}}),
        icon: Vec::new(),
        languages: settings.languages.clone(),
        configuration,
        registrations: json!({
            "enabled": is_open(community.registrations),
            "approval_required": community.registrations == Registrations::Approval,
            "message": null,
            "min_age": null,
            "reason_required": community.registrations == Registrations::Approval,
            "url": null,
        }),
        contact: json!({"email": community.contact_email, "account": null}),
        rules: rules(site).await?,
    })
}

/// See [`InstanceV1`].
pub async fn instance_v1(site: &Shared) -> Result<InstanceV1, Fault> {
    let settings = &site.app.settings;
    let community = community(&site.app).await?;
    let (members, posts) = counts(site).await?;
    Ok(InstanceV1 {
        uri: site.host().to_owned(),
        title: community.title.clone(),
        short_description: community.description.clone(),
        description: community.description.clone(),
        email: community.contact_email.clone(),
        version: VERSION,
        urls: json!({"streaming_api": site.socket_origin()}),
        stats: json!({"user_count": members, "status_count": posts, "domain_count": 0}),
        thumbnail: Some(site.default_header()),
        languages: settings.languages.clone(),
        registrations: is_open(community.registrations),
        approval_required: community.registrations == Registrations::Approval,
        invites_enabled: community.registrations == Registrations::Invite,
        configuration: configuration(site),
        contact_account: None,
        rules: rules(site).await?,
    })
}

/// Members and public posts.
pub async fn counts(site: &Shared) -> Result<(u64, u64), Fault> {
    let lists = [(INSTANCE.raw(), Members::DECL.kind), (INSTANCE.raw(), PublicPosts::DECL.kind)];
    let counts = site.app.graph.counts(&lists).await?;
    Ok((counts[0], counts[1]))
}

/// Whether strangers can sign up by themselves.
pub fn is_open(registrations: Registrations) -> bool {
    match registrations {
        Registrations::Open | Registrations::Approval => true,
        Registrations::Invite | Registrations::Closed => false,
    }
}

fn configuration(site: &Site) -> Value {
    let settings = &site.app.settings;
    json!({
        "accounts": {"max_featured_tags": 0, "max_pinned_statuses": social::reactions::MAX_PINS},
        "statuses": {
            "max_characters": settings.post_characters,
            "max_media_attachments": MAX_PICTURES,
            "characters_reserved_per_url": CHARACTERS_PER_URL,
        },
        "media_attachments": {
            "supported_mime_types": MIME_TYPES,
            "description_limit": 1_500,
            "image_size_limit": settings.image_bytes,
            "image_matrix_limit": 40_000_000,
            "video_size_limit": settings.video_bytes,
            "video_frame_rate_limit": 60,
            "video_matrix_limit": 8_294_400,
        },
        // Polls come later; clients read the bounds all the same.
        "polls": {
            "max_options": 4, "max_characters_per_option": 50,
            "min_expiration": 300, "max_expiration": 2_629_746,
        },
    })
}

async fn rules(site: &Site) -> Result<Vec<Value>, Fault> {
    let rules = house(&site.app).await?.rules;
    let view =
        |rule: &Rule| json!({"id": rule.id.to_string(), "text": rule.text, "hint": rule.hint});
    Ok(rules.iter().map(view).collect())
}
