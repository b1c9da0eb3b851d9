//! Notifications in groups: Mastodon's second version, where accounts and statuses stand once beside the groups.

use axum::{extract::State, response::Response};
use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use social::notifications::{self, GroupKey, GroupSlice, model::NotificationKind};

use super::{Query, TAG};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    mastodon::{PathWord, WithLink, people_page_with},
    page::{Back, MANY, Paging, Sizes, link},
    problem::{Code, Problem},
    routes::{Access, Operation, get, post},
    views::{
        Account, Empty, Expand, GroupedNotificationsResults, Rendered, UnreadCount, bytes, kind_of,
        render_groups,
    },
};

pub fn operations() -> Vec<Operation> {
    let read = Access::Person("read:notifications");
    let write = Access::Person("write:notifications");
    vec![
        get("getNotificationGroups", "/api/v2/notifications", read)
            .says(TAG, "What others did that concerns one, in groups")
            .takes::<GroupQuery>()
            .answers::<GroupedNotificationsResults>()
            .to(page),
        get("getUnreadGroupCount", "/api/v2/notifications/unread_count", read)
            .says(TAG, "How many groups came since they were last read")
            .takes::<GroupQuery>()
            .answers::<UnreadCount>()
            .to(unread),
        get("getNotificationGroup", "/api/v2/notifications/{group_key}", read)
            .says(TAG, "Reads one group")
            .answers::<GroupedNotificationsResults>()
            .to(one),
        get("getNotificationGroupAccounts", "/api/v2/notifications/{group_key}/accounts", read)
            .says(TAG, "Who is in a group")
            .takes::<Paging>()
            .answers::<Vec<Account>>()
            .to(accounts),
        post("dismissNotificationGroup", "/api/v2/notifications/{group_key}/dismiss", write)
            .frozen_may()
            .says(TAG, "Dismisses one group")
            .answers::<Empty>()
            .to(dismiss),
    ]
}

/// Which notifications, and how grouped.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupQuery {
    /// Only these are grouped; all that can be, unless said.
    #[schemars(length(max = 40))]
    grouped_types: Option<Vec<String>>,
    /// `full`, or `partial_avatars`: all but the newest of a group with little more than their picture.
    #[schemars(extend("enum" = ["full", "partial_avatars"]))]
    expand_accounts: Option<String>,
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

impl GroupQuery {
    /// Which of them, as for the first version. Not a part of the form: what is flattened is read to the letter, and
    /// `true` in a query is a text.
    fn query(&self) -> Query {
        Query {
            types: self.types.clone(),
            exclude_types: self.exclude_types.clone(),
            account_id: self.account_id.clone(),
            include_filtered: self.include_filtered,
            paging: self.paging.clone(),
        }
    }

    fn grouped(&self) -> Vec<NotificationKind> {
        match &self.grouped_types {
            Some(words) => words.iter().flat_map(|word| kind_of(word)).collect(),
            None => NotificationKind::ALL.to_vec(),
        }
    }

    fn expand(&self) -> Result<Expand, Problem> {
        match self.expand_accounts.as_deref() {
            None | Some("" | "full") => Ok(Expand::Full),
            Some("partial_avatars") => Ok(Expand::PartialAvatars),
            Some(_) => Err(Problem::new(
                Code::BadRequest,
                "expand_accounts must be full or partial_avatars",
            )),
        }
    }
}

async fn page(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(query): Params<GroupQuery>,
) -> Result<Response, Problem> {
    let page = query.paging.page(MANY)?;
    let expand = query.expand()?;
    let slice = match query.query().filter(&person)? {
        Some(filter) => {
            let grouped = query.grouped();
            notifications::groups(&site.app, person.account, &filter, &grouped, page).await?
        }
        None => GroupSlice::default(),
    };
    let body = render_groups(&site, person.account, &slice.groups, expand).await?;
    let link = link(&site, &uri, slice.newest.zip(slice.oldest), slice.more, Back::MinId);
    Ok((link.map(|link| [link]), Rendered(body)).into_response_with_link())
}

async fn unread(
    State(site): State<Shared>,
    person: Person,
    Params(query): Params<GroupQuery>,
) -> Result<Rendered, Problem> {
    let most = query.paging.limit(Sizes(100, 1_000))?;
    let count = match query.query().filter(&person)? {
        Some(filter) => {
            let filter = filter.counted();
            let (grouped, account) = (query.grouped(), person.account);
            notifications::unread_groups(&site.app, account, &filter, &grouped, most).await?
        }
        None => 0,
    };
    Ok(Rendered(bytes(&UnreadCount { count })))
}

async fn one(
    State(site): State<Shared>,
    person: Person,
    PathWord(word): PathWord,
) -> Result<Rendered, Problem> {
    let group = notifications::group(&site.app, person.account, key(&word)?).await?;
    let group = group.ok_or_else(Problem::not_found)?;
    let body = render_groups(&site, person.account, &[group], Expand::Full).await?;
    Ok(Rendered(body))
}

async fn accounts(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    PathWord(word): PathWord,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let page = paging.page(MANY)?;
    let rows = notifications::group_accounts(&site.app, person.account, key(&word)?, page).await?;
    let rows = rows.ok_or_else(Problem::not_found)?;
    people_page_with(&site, &uri, &rows, page.limit, |_| None).await
}

async fn dismiss(
    State(site): State<Shared>,
    person: Person,
    PathWord(word): PathWord,
) -> Result<Rendered, Problem> {
    notifications::dismiss_group(&site.app, person.account, key(&word)?).await?;
    Ok(Rendered(bytes(&Empty {})))
}

/// What is no key names nothing.
fn key(word: &str) -> Result<GroupKey, Problem> {
    word.parse().map_err(|_| Problem::not_found())
}
