//! Requests: people whose notifications the policy holds back, to be accepted or dismissed.

use axum::{extract::State, response::Response};
use graph::Id;
use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::notifications::{self, Asked, model::Request as Node};

use super::TAG;
use crate::{
    Shared,
    auth::Person,
    body::Params,
    format,
    mastodon::{PathId, WithLink, ids},
    page::{Back, MANY, Paging, link_of_rows},
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{Account, Empty, People, Posts, Rendered, Status, bytes, fragments::Writer, join},
};

/// How many are answered at once, at most.
const MOST_AT_ONCE: usize = 80;

pub fn operations() -> Vec<Operation> {
    let read = Access::Person("read:notifications");
    let write = Access::Person("write:notifications");
    vec![
        get("getNotificationRequests", "/api/v1/notifications/requests", read)
            .says(TAG, "Whose notifications are held back")
            .takes::<Paging>()
            .answers::<Vec<NotificationRequest>>()
            .to(page),
        get("getNotificationsMerged", "/api/v1/notifications/requests/merged", read)
            .says(TAG, "Whether all that was accepted is in its place")
            .answers::<Merged>()
            .to(merged),
        post("acceptNotificationRequests", "/api/v1/notifications/requests/accept", write)
            .frozen_may()
            .says(TAG, "Accepts many")
            .takes::<Many>()
            .answers::<Empty>()
            .to(accept_many),
        post("dismissNotificationRequests", "/api/v1/notifications/requests/dismiss", write)
            .frozen_may()
            .says(TAG, "Dismisses many")
            .takes::<Many>()
            .answers::<Empty>()
            .to(dismiss_many),
        get("getNotificationRequest", "/api/v1/notifications/requests/{id}", read)
            .says(TAG, "Reads one request")
            .answers::<NotificationRequest>()
            .to(one),
        post("acceptNotificationRequest", "/api/v1/notifications/requests/{id}/accept", write)
            .frozen_may()
            .says(TAG, "Tells what one person did, and from now on")
            .answers::<Empty>()
            .to(accept),
        post("dismissNotificationRequest", "/api/v1/notifications/requests/{id}/dismiss", write)
            .frozen_may()
            .says(TAG, "Dismisses a request with what it holds")
            .answers::<Empty>()
            .to(dismiss),
    ]
}

/// That somebody's doing is held back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct NotificationRequest {
    /// Id.
    id: String,
    /// When the first came.
    created_at: String,
    /// When the last came.
    updated_at: String,
    /// How many are held; a text, as in Mastodon.
    notifications_count: String,
    /// Whose doing.
    account: Account,
    /// What the newest is about.
    last_status: Option<Status>,
}

/// Whether all that was accepted is in its place.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct Merged {
    /// Always: whoever accepts is answered after that.
    merged: bool,
}

/// Which requests.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Many {
    /// Their ids.
    #[schemars(length(max = 80))]
    id: Vec<String>,
}

impl Many {
    fn ids(&self) -> Result<Vec<Id<Node>>, Problem> {
        if self.id.len() > MOST_AT_ONCE {
            return Err(Problem::field("id", "must be at most 80"));
        }
        Ok(ids(&self.id))
    }
}

async fn page(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let page = paging.page(MANY)?;
    let rows = notifications::requests(&site.app, person.account, page).await?;
    let link = link_of_rows(&site, &uri, &rows, page.limit, Back::MinId);
    let all: Vec<_> = rows.into_iter().filter_map(|row| row.1).collect();
    let each = render(&site, &person, &all).await?;
    let body = Rendered(join(each.iter().map(Vec::as_slice)));
    Ok((link.map(|link| [link]), body).into_response_with_link())
}

async fn one(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Node>,
) -> Result<Rendered, Problem> {
    let asked = notifications::request(&site.app, person.account, id).await?;
    let asked = asked.ok_or_else(Problem::not_found)?;
    Ok(Rendered(render(&site, &person, &[asked]).await?.concat()))
}

async fn merged(_: Person) -> Rendered {
    Rendered(bytes(&Merged { merged: true }))
}

async fn accept(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Node>,
) -> Result<Rendered, Problem> {
    done(notifications::accept(&site.app, person.account, id).await?)
}

async fn dismiss(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Node>,
) -> Result<Rendered, Problem> {
    done(notifications::dismiss_request(&site.app, person.account, id).await?)
}

async fn accept_many(
    State(site): State<Shared>,
    person: Person,
    Params(many): Params<Many>,
) -> Result<Rendered, Problem> {
    for id in many.ids()? {
        notifications::accept(&site.app, person.account, id).await?;
    }
    done(true)
}

async fn dismiss_many(
    State(site): State<Shared>,
    person: Person,
    Params(many): Params<Many>,
) -> Result<Rendered, Problem> {
    for id in many.ids()? {
        notifications::dismiss_request(&site.app, person.account, id).await?;
    }
    done(true)
}

fn done(was_there: bool) -> Result<Rendered, Problem> {
    if was_there { Ok(Rendered(bytes(&Empty {}))) } else { Err(Problem::not_found()) }
}

async fn render(site: &Shared, person: &Person, all: &[Asked]) -> Result<Vec<Vec<u8>>, Problem> {
    let people = People::read(site, all.iter().map(|asked| &asked.from)).await?;
    let seen: Vec<_> = all.iter().filter_map(|asked| asked.last.clone()).collect();
    let posts = Posts::read(site, Some(person.account), &seen).await?;
    let write = |asked: &Asked| {
        Writer::object(|writer| {
            writer.id("id", Some(asked.request.id));
            writer.value("created_at", &format::time(asked.request.id.ms()));
            writer.value("updated_at", &format::time(asked.updated_ms));
            writer.value("notifications_count", &asked.count.to_string());
            writer.name("account");
            people.write(writer, asked.from.id);
            match &asked.last {
                Some(post) => {
                    writer.name("last_status");
                    posts.write(writer, post);
                }
                None => writer.field("last_status", b"null"),
            }
        })
    };
    Ok(all.iter().map(write).collect())
}
