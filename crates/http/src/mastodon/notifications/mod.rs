//! Notifications: pages by kind, one, how many are new, dismissal.

mod groups;
mod policy;
mod requests;

use axum::{extract::State, response::Response};
use graph::Id;
use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::Account as AccountNode,
    notifications::{self, Filter, model::Notification as Node, model::NotificationKind},
};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    mastodon::{PathId, WithLink, optional_id},
    page::{Back, MANY, Paging, Sizes, link},
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{
        Empty, Notification, Rendered, UnreadCount, bytes, join, kind_of, render_notifications,
    },
};

const TAG: &str = "notifications";

pub fn operations() -> Vec<Operation> {
    let read = Access::Person("read:notifications");
    let write = Access::Person("write:notifications");
    let mut all = vec![
        get("getNotifications", "/api/v1/notifications", read)
            .says(TAG, "What others did that concerns one")
            .takes::<Query>()
            .answers::<Vec<Notification>>()
            .to(page),
        get("getUnreadCount", "/api/v1/notifications/unread_count", read)
            .says(TAG, "How many came since they were last read")
            .takes::<Query>()
            .answers::<UnreadCount>()
            .to(unread),
        post("clearNotifications", "/api/v1/notifications/clear", write)
            .frozen_may()
            .says(TAG, "Dismisses all")
            .answers::<Empty>()
            .to(clear),
        get("getNotification", "/api/v1/notifications/{id}", read)
            .says(TAG, "Reads one")
            .answers::<Notification>()
            .to(one),
        post("dismissNotification", "/api/v1/notifications/{id}/dismiss", write)
            .frozen_may()
            .says(TAG, "Dismisses one")
            .answers::<Empty>()
            .to(dismiss),
    ];
    all.extend(groups::operations());
    all.extend(policy::operations());
    all.extend(requests::operations());
    all
}

/// Which notifications.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Only these.
    #[schemars(length(max = 40))]
    types: Vec<String>,
    /// None of these.
    #[schemars(length(max = 40))]
    exclude_types: Vec<String>,
    /// Only of this person's doing.
    account_id: Option<String>,
    /// Also what the policy holds back; never counted.
    include_filtered: bool,
    /// Which page.
    #[serde(flatten)]
    paging: Paging,
}

impl Query {
    /// `None` where only kinds are wanted that are not here.
    fn filter(&self, person: &Person) -> Result<Option<Filter>, Problem> {
        let kinds = |words: &[String]| -> Vec<NotificationKind> {
            words.iter().flat_map(|word| kind_of(word)).collect()
        };
        let wanted = kinds(&self.types);
        if wanted.is_empty() && !self.types.is_empty() {
            return Ok(None);
        }
        let by: Option<Id<AccountNode>> = optional_id(&self.account_id)?;
        let mut without = kinds(&self.exclude_types);
        // Apps do not know these words, and some stumble over what they do not know.
        if person.session.is_none() {
            without.extend(NotificationKind::ours());
        }
        Ok(Some(Filter { kinds: wanted, without, by, held: self.include_filtered }))
    }
}

async fn page(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let page = query.paging.page(MANY)?;
    let slice = match query.filter(&person)? {
        Some(filter) => {
            notifications::notifications(&site.app, person.account, &filter, page).await?
        }
        None => notifications::ToldSlice::default(),
    };
    let made = render_notifications(&site, person.account, &slice.told).await?;
    let link = link(&site, &uri, slice.newest.zip(slice.oldest), slice.more, Back::MinId);
    let body = Rendered(join(made.iter().map(Vec::as_slice)));
    Ok((link.map(|link| [link]), body).into_response_with_link())
}

async fn unread(
    State(site): State<Shared>,
    person: Person,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let most = query.paging.limit(Sizes(100, 1_000))?;
    let count = match query.filter(&person)? {
        Some(filter) => {
            let filter = filter.counted();
            notifications::unread_count(&site.app, person.account, &filter, most).await?
        }
        None => 0,
    };
    Ok(Rendered(bytes(&UnreadCount { count })))
}

async fn one(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Node>,
) -> Result<Rendered, Problem> {
    let told = notifications::read_one(&site.app, person.account, id).await?;
    let told = told.ok_or_else(Problem::not_found)?;
    let made = render_notifications(&site, person.account, &[told]).await?;
    Ok(Rendered(made.concat()))
}

async fn clear(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    notifications::clear(&site.app, person.account).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn dismiss(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Node>,
) -> Result<Rendered, Problem> {
    notifications::dismiss(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}
