//! Notifications in groups: each account and each status once, the groups naming them by id.

use std::{collections::HashSet, sync::Arc};

use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model::Account as AccountNode,
    fault::Fault,
    notifications::{Group, Told},
    posts::Seen,
};

use super::{
    Account, AccountWarning, People, Posts, Report, Status,
    fragments::Writer,
    notification::{About, type_of, types},
    view_of,
};
use crate::{Shared, format};

/// A page of groups, with what they name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GroupedNotificationsResults {
    /// Accounts that the groups name.
    pub accounts: Vec<Account>,
    /// With `expand_accounts=partial_avatars`: those of whom little more than a picture is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_accounts: Option<Vec<PartialAccount>>,
    /// Posts that the groups name.
    pub statuses: Vec<Status>,
    /// The group with the newest notification first.
    pub notification_groups: Vec<NotificationGroup>,
}

/// Somebody as one of many faces.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PartialAccount {
    /// Id.
    pub id: String,
    /// Handle.
    pub acct: String,
    /// Profile page.
    pub url: String,
    /// Portrait.
    pub avatar: String,
    /// The same.
    pub avatar_static: String,
    /// Follows are requests.
    pub locked: bool,
    /// Automated.
    pub bot: bool,
}

/// Notifications that are told as one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NotificationGroup {
    /// A word without a meaning, the same on every page.
    pub group_key: String,
    /// How many there are.
    pub notifications_count: usize,
    /// As of a notification.
    #[schemars(extend("enum" = types()))]
    pub r#type: String,
    /// A number, as in Mastodon.
    pub most_recent_notification_id: u64,
    /// The oldest of them on this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_min_id: Option<String>,
    /// The newest of them on this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_max_id: Option<String>,
    /// When the newest of them on this page came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_page_notification_at: Option<String>,
    /// The newest of those who did it.
    pub sample_account_ids: Vec<String>,
    /// To which post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_id: Option<String>,
    /// What staff were told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// What staff decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderation_warning: Option<AccountWarning>,
    /// In which chat something is unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// Which device signed in, as it is called; absent once it is signed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// How much of the accounts is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expand {
    /// All of it.
    Full,
    /// All of the newest of each group; of the others what a face needs.
    PartialAvatars,
}

/// A page of groups as bytes for their reader.
pub async fn render_groups(
    site: &Shared,
    reader: Id<AccountNode>,
    groups: &[Group],
    expand: Expand,
) -> Result<Vec<u8>, Fault> {
    let (full, partial) = faces(groups, expand);
    let people = People::read(site, full.iter()).await?;
    let posts = posts_of(groups);
    let statuses = Posts::read(site, Some(reader), &posts).await?;
    let newest: Vec<Told> = groups.iter().map(|group| group.newest().clone()).collect();
    let about = About::read(site, &newest).await?;
    let mut small = Vec::new();
    for account in &partial {
        let head = view_of(site, account).await?.head;
        small.push(PartialAccount {
            id: head.id,
            acct: head.acct,
            url: head.url,
            avatar: head.avatar,
            avatar_static: head.avatar_static,
            locked: head.locked,
            bot: head.bot,
        });
    }
    Ok(Writer::object(|writer| {
        let room = full.len() * people.room();
        let accounts = Writer::list(room, &full, |writer, one| people.write(writer, one.id));
        writer.field("accounts", &accounts);
        if expand == Expand::PartialAvatars {
            writer.value("partial_accounts", &small);
        }
        let all = Writer::list(0, &posts, |writer, post| statuses.write(writer, post));
        writer.field("statuses", &all);
        let all = Writer::list(0, groups, |writer, group| {
            writer.braced(|writer| write(writer, group, &about));
        });
        writer.field("notification_groups", &all);
    }))
}

fn write(writer: &mut Writer, group: &Group, about: &About) {
    let newest = group.newest();
    writer.value("group_key", &group.key.to_string());
    writer.value("notifications_count", &group.count);
    writer.value("type", &type_of(newest.notification.kind));
    writer.value("most_recent_notification_id", &newest.notification.id.raw());
    if let Some((newest, oldest)) = group.on_page {
        writer.id("page_min_id", Some(oldest));
        writer.id("page_max_id", Some(newest));
        writer.value("latest_page_notification_at", &format::time(newest.ms()));
    }
    let sample: Vec<_> = group.told.iter().map(|told| told.by.id.to_string()).collect();
    writer.value("sample_account_ids", &sample);
    if let Some(post) = &newest.post {
        writer.id("status_id", Some(post.post.id));
    }
    about.write(writer, newest);
}

type Accounts = Vec<Arc<Stored<AccountNode>>>;

/// Who is shown whole, and who as a face; each once.
fn faces(groups: &[Group], expand: Expand) -> (Accounts, Accounts) {
    let first = groups.iter().map(|group| &group.newest().by);
    let others = groups.iter().flat_map(|group| group.told.iter().skip(1)).map(|told| &told.by);
    let mut known = HashSet::new();
    let mut full: Accounts = first.filter(|one| known.insert(one.id)).cloned().collect();
    let others: Accounts = others.filter(|one| known.insert(one.id)).cloned().collect();
    match expand {
        Expand::Full => {
            full.extend(others);
            (full, Vec::new())
        }
        Expand::PartialAvatars => (full, others),
    }
}

fn posts_of(groups: &[Group]) -> Vec<Seen> {
    let mut known = HashSet::new();
    let posts = groups.iter().filter_map(|group| group.newest().post.as_ref());
    posts.filter(|post| known.insert(post.post.id)).cloned().collect()
}
