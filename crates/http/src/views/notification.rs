//! Notifications.

use std::collections::HashMap;

use graph::Id;
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model::Account as AccountNode,
    fault::Fault,
    notifications::{GroupKey, Told, model::NotificationKind},
    sessions::model::Session,
};

use super::{
    Account, AccountWarning, People, Posts, Report, Status, fragments::Writer, report_view,
    warning_view,
};
use crate::{Shared, format};

/// That somebody did something.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Notification {
    /// Id.
    pub id: String,
    /// Mastodon's word; in our own client `chat_message`, `new_sign_in`, `report_decided` and `appeal_decided`, too.
    #[schemars(extend("enum" = types()))]
    pub r#type: String,
    /// When.
    pub created_at: String,
    /// With which others it is told as one; a word without a meaning.
    pub group_key: String,
    /// Who did it.
    pub account: Account,
    /// To which post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What staff were told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// What staff decided about one, or about what one reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderation_warning: Option<AccountWarning>,
    /// In which chat something is unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// Which device signed in, as it is called; absent once it is signed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// The words of all kinds, each once.
pub(super) fn types() -> Vec<&'static str> {
    let mut types: Vec<_> = NotificationKind::ALL.iter().map(|kind| type_of(*kind)).collect();
    types.dedup();
    types
}

/// Mastodon's word. A comment is a mention there.
pub fn type_of(kind: NotificationKind) -> &'static str {
    kind.row().api
}

/// The kinds that Mastodon's word means; words for what is not here mean none.
pub fn kind_of(word: &str) -> impl Iterator<Item = NotificationKind> {
    NotificationKind::ALL.iter().copied().filter(move |kind| type_of(*kind) == word)
}

/// Notifications as bytes for their reader, in order.
pub async fn render_notifications(
    site: &Shared,
    reader: Id<AccountNode>,
    told: &[Told],
) -> Result<Vec<Vec<u8>>, Fault> {
    let people = People::read(site, told.iter().map(|told| &told.by)).await?;
    let seen: Vec<_> = told.iter().filter_map(|told| told.post.clone()).collect();
    let posts = Posts::read(site, Some(reader), &seen).await?;
    let about = About::read(site, told).await?;
    let write = |told: &Told| {
        Writer::object(|writer| {
            let id = told.notification.id;
            writer.id("id", Some(id));
            writer.value("type", &type_of(told.notification.kind));
            writer.value("created_at", &format::time(id.ms()));
            writer.value("group_key", &GroupKey::of(&told.notification).to_string());
            writer.name("account");
            people.write(writer, told.by.id);
            if let Some(post) = &told.post {
                writer.name("status");
                posts.write(writer, post);
            }
            about.write(writer, told);
        })
    };
    Ok(told.iter().map(write).collect())
}

/// Reports and decisions that notifications are about.
#[derive(Default)]
pub(super) struct About {
    reports: HashMap<u64, Report>,
    warnings: HashMap<u64, AccountWarning>,
    devices: HashMap<u64, String>,
}

impl About {
    pub(super) async fn read(site: &Shared, told: &[Told]) -> Result<About, Fault> {
        let mut all = About::default();
        for one in told {
            let Some(about) = one.notification.about else { continue };
            match one.notification.kind {
                NotificationKind::Reported => {
                    let Some(id) = Id::new(about) else { continue };
                    if let Some(report) = site.app.graph.get(id).await? {
                        all.reports.extend(report_view(site, &report).await?.map(|v| (about, v)));
                    }
                }
                NotificationKind::NewSignIn => {
                    let Some(id) = Id::<Session>::new(about) else { continue };
                    if let Some(session) = site.app.graph.get(id).await? {
                        all.devices.insert(about, session.name.clone());
                    }
                }
                NotificationKind::ChatMessage => {}
                _ => {
                    let Some(id) = Id::new(about) else { continue };
                    if let Some(decision) = site.app.graph.get(id).await? {
                        // What the account was told is not for those who reported it.
                        let own = one.notification.kind != NotificationKind::ReportDecided;
                        let view = warning_view(site, &decision, own).await?;
                        all.warnings.extend(view.map(|view| (about, view)));
                    }
                }
            }
        }
        Ok(all)
    }

    pub(super) fn write(&self, writer: &mut Writer, told: &Told) {
        let Some(about) = told.notification.about else { return };
        if let Some(report) = self.reports.get(&about) {
            writer.value("report", report);
        }
        if let Some(warning) = self.warnings.get(&about) {
            writer.value("moderation_warning", warning);
        }
        if told.notification.kind == NotificationKind::ChatMessage {
            writer.value("chat_id", &about.to_string());
        }
        if let Some(device) = self.devices.get(&about) {
            writer.value("device", device);
        }
    }
}
