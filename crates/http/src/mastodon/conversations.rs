//! Conversations: direct posts by the exchange they belong to. What apps show as private messages.

use axum::{extract::State, response::Response};
use graph::Id;
use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model::Account as AccountNode,
    conversations::{self, Talk, model::Conversation as Node},
};

use super::{PathId, WithLink};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    page::{Back, Paging, STATUSES, link_of_rows},
    problem::Problem,
    routes::{Access, Operation, delete, get, post},
    views::{Account, Empty, People, Posts, Rendered, Status, bytes, fragments::Writer, join},
};

const TAG: &str = "conversations";

pub fn operations() -> Vec<Operation> {
    let write = Access::Person("write:conversations");
    vec![
        get("getConversations", "/api/v1/conversations", Access::Person("read:statuses"))
            .says(TAG, "Direct posts by the exchange they belong to, the newest first")
            .takes::<Paging>()
            .answers::<Vec<Conversation>>()
            .to(page),
        post("postConversationRead", "/api/v1/conversations/{id}/read", write)
            .frozen_may()
            .says(TAG, "Says that a conversation is read")
            .answers::<Conversation>()
            .to(async |State(site): State<Shared>, person: Person, id: PathId<Node>| {
                mark(&site, &person, id.0, false).await
            }),
        post("postConversationUnread", "/api/v1/conversations/{id}/unread", write)
            .frozen_may()
            .says(TAG, "Keeps a conversation to be read again")
            .answers::<Conversation>()
            .to(async |State(site): State<Shared>, person: Person, id: PathId<Node>| {
                mark(&site, &person, id.0, true).await
            }),
        delete("deleteConversation", "/api/v1/conversations/{id}", write)
            .frozen_may()
            .says(TAG, "Puts a conversation away; its posts stay, and the next one brings it back")
            .answers::<Empty>()
            .to(put_away),
    ]
}

/// An exchange of direct posts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Conversation {
    /// Id.
    id: String,
    /// Something came that was not read.
    unread: bool,
    /// The others.
    accounts: Vec<Account>,
    /// The newest post.
    last_status: Option<Status>,
}

async fn page(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let page = paging.page(STATUSES)?;
    let rows = conversations::conversations(&site.app, person.account, page).await?;
    // By the newest posts' ids, also of what is not shown.
    let link = link_of_rows(&site, &uri, &rows, page.limit, Back::MinId);
    let all: Vec<_> = rows.into_iter().filter_map(|row| row.1).collect();
    let each = render(&site, person.account, &all).await?;
    let body = Rendered(join(each.iter().map(Vec::as_slice)));
    Ok((link.map(|link| [link]), body).into_response_with_link())
}

async fn mark(
    site: &Shared,
    person: &Person,
    id: Id<Node>,
    unread: bool,
) -> Result<Rendered, Problem> {
    let talk = conversations::mark(&site.app, person.account, id, unread).await?;
    let talk = talk.ok_or_else(Problem::not_found)?;
    Ok(Rendered(render(site, person.account, &[talk]).await?.concat()))
}

async fn put_away(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Node>,
) -> Result<Rendered, Problem> {
    match conversations::put_away(&site.app, person.account, id).await? {
        true => Ok(Rendered(bytes(&Empty {}))),
        false => Err(Problem::not_found()),
    }
}

/// Conversations as their owner sees them.
pub async fn render(
    site: &Shared,
    owner: Id<AccountNode>,
    all: &[Talk],
) -> Result<Vec<Vec<u8>>, social::fault::Fault> {
    let people = People::read(site, all.iter().flat_map(|talk| &talk.others)).await?;
    let seen: Vec<_> = all.iter().map(|talk| talk.last.clone()).collect();
    let posts = Posts::read(site, Some(owner), &seen).await?;
    let write = |talk: &Talk| {
        Writer::object(|writer| {
            writer.id("id", Some(talk.conversation.id));
            writer.value("unread", &talk.conversation.unread);
            let others = talk.others.iter().map(|other| other.id);
            let others = Writer::list(people.room(), others, |writer, id| people.write(writer, id));
            writer.field("accounts", &others);
            writer.name("last_status");
            posts.write(writer, &talk.last);
        })
    };
    Ok(all.iter().map(write).collect())
}
