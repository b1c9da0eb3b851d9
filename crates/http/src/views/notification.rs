//! Notifications.

use graph::Id;
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model::Account as AccountNode,
    fault::Fault,
    notifications::{Told, model::NotificationKind},
};

use super::{Account, Status, fragments::Writer, render_accounts, render_posts};
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
    let people: Vec<_> = told.iter().map(|told| told.by.clone()).collect();
    let people = render_accounts(site, &people).await?;
    let posts: Vec<_> = told.iter().filter_map(|told| told.post.clone()).collect();
    let mut posts = render_posts(site, Some(reader), &posts).await?.into_iter();
    Ok(told
        .iter()
        .map(|told| {
            let id = told.notification.id;
            let text = |value: &str| super::bytes(&value);
            let mut writer = Writer::default();
            writer.begin();
            writer.field("id", &text(&id.to_string()));
            writer.field("type", &text(type_of(told.notification.kind)));
            writer.field("created_at", &text(&format::time(id.ms())));
            writer.field("group_key", &text(&format!("ungrouped-{id}")));
            writer.field("account", &people.get(&told.by.id).cloned().unwrap_or_default());
            if let Some(post) = told.post.as_ref().and_then(|_| posts.next()) {
                writer.field("status", &post);
            }
            writer.end()
        })
        .collect())
}
