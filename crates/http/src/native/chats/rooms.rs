//! One's chats and requests, and what one does about a chat as a whole.

use axum::extract::State;
use graph::Id;
use schemars::JsonSchema;
use serde::Deserialize;
use social::chats::{self, ChatError, Listed, model::Chat};

use super::{READS, TAG, WRITES};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    mastodon::{PathId, optional_id},
    page::{Paging, Sizes},
    problem::Problem,
    routes::{Operation, get, post},
    views::{
        ChatPage, Empty, OneChat, ReadMark, Receipts, Rendered, bytes, chat_views, people_of_chats,
        receipts_view,
    },
};

/// Chats of a page.
const PAGE: Sizes = Sizes(20, 40);

pub fn operations() -> Vec<Operation> {
    vec![
        get("getChats", "/api/sociosphere/v1/chats", READS)
            .says(TAG, "One's chats, the one with the newest message first")
            .takes::<Paging>()
            .answers::<ChatPage>()
            .to(list),
        post("postChat", "/api/sociosphere/v1/chats", WRITES)
            .says(TAG, "The chat with somebody, opened if there is none")
            .takes::<ChatForm>()
            .answers::<OneChat>()
            .to(open),
        get("getChatRequests", "/api/sociosphere/v1/chats/requests", READS)
            .says(TAG, "Strangers' first messages and invitations that wait for an answer")
            .takes::<Paging>()
            .answers::<ChatPage>()
            .to(requests),
        get("getChat", "/api/sociosphere/v1/chats/{id}", READS)
            .says(TAG, "A chat")
            .answers::<OneChat>()
            .to(one),
        post("acceptChat", "/api/sociosphere/v1/chats/{id}/accept", WRITES)
            .says(TAG, "Accepts a request")
            .answers::<OneChat>()
            .to(accept),
        post("ignoreChat", "/api/sociosphere/v1/chats/{id}/ignore", WRITES)
            .says(TAG, "Puts a request out of sight; who asked does not learn of it")
            .answers::<Empty>()
            .to(ignore),
        post("blockChat", "/api/sociosphere/v1/chats/{id}/block", WRITES)
            .says(TAG, "Blocks who asks, and puts the request out of sight")
            .answers::<Empty>()
            .to(block),
        post("muteChat", "/api/sociosphere/v1/chats/{id}/mute", WRITES)
            .says(TAG, "Mutes a chat for oneself")
            .answers::<Empty>()
            .to(mute),
        post("unmuteChat", "/api/sociosphere/v1/chats/{id}/unmute", WRITES)
            .says(TAG, "Ends a mute")
            .answers::<Empty>()
            .to(unmute),
        post("readChat", "/api/sociosphere/v1/chats/{id}/read", WRITES)
            .says(TAG, "Says how far one has read; it never goes back")
            .frozen_may()
            .takes::<ReadForm>()
            .answers::<ReadMark>()
            .to(read),
        get("getChatReceipts", "/api/sociosphere/v1/chats/{id}/receipts", READS)
            .says(TAG, "How far the others are, of those with whom one exchanges receipts")
            .answers::<Receipts>()
            .to(receipts),
    ]
}

async fn list(
    State(site): State<Shared>,
    person: Person,
    Params(paging): Params<Paging>,
) -> Result<Rendered, Problem> {
    let page = paging.page(PAGE)?;
    let rows = chats::chats(&site.app, person.account, page).await?;
    render_page(&site, rows, page.limit).await
}

async fn requests(
    State(site): State<Shared>,
    person: Person,
    Params(paging): Params<Paging>,
) -> Result<Rendered, Problem> {
    let page = paging.page(PAGE)?;
    let rows = chats::requests(&site.app, person.account, page).await?;
    render_page(&site, rows, page.limit).await
}

async fn render_page(
    site: &Shared,
    rows: Vec<(u64, Option<Listed>)>,
    limit: usize,
) -> Result<Rendered, Problem> {
    let oldest = rows.iter().map(|row| row.0).min();
    let next = oldest.filter(|_| rows.len() == limit).map(|oldest| oldest.to_string());
    let listed: Vec<_> = rows.into_iter().filter_map(|(_, listed)| listed).collect();
    let chats = chat_views(site, &listed).await?;
    let accounts = people_of_chats(site, &listed).await?;
    Ok(Rendered(bytes(&ChatPage { chats, accounts, next })))
}

/// With whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChatForm {
    /// The other.
    account_id: Option<String>,
}

async fn open(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<ChatForm>,
) -> Result<Rendered, Problem> {
    let missing = || Problem::field("account_id", "can't be blank");
    let whom = optional_id(&form.account_id)?.ok_or_else(missing)?;
    let seat = chats::open_direct(&site.app, person.account, whom).await?;
    render_chat(&site, &person, seat.chat.id).await
}

async fn one(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    render_chat(&site, &person, id).await
}

/// A chat as its member sees it now.
pub(super) async fn render_chat(
    site: &Shared,
    person: &Person,
    id: Id<Chat>,
) -> Result<Rendered, Problem> {
    // It says why, where the list says nothing.
    chats::seat(&site.app, person.account, id).await?;
    let listed = chats::listed(&site.app, person.account, &[id]).await?;
    let listed: Vec<_> = listed.into_iter().flatten().collect();
    let accounts = people_of_chats(site, &listed).await?;
    let chat = chat_views(site, &listed).await?.pop().ok_or(ChatError::NotFound)?;
    Ok(Rendered(bytes(&OneChat { chat, accounts })))
}

async fn accept(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    chats::accept(&site.app, person.account, id).await?;
    render_chat(&site, &person, id).await
}

async fn ignore(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    chats::ignore(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn block(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    chats::block(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn mute(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    chats::mute(&site.app, person.account, id, true).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn unmute(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    chats::mute(&site.app, person.account, id, false).await?;
    Ok(Rendered(bytes(&Empty {})))
}

/// How far.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ReadForm {
    /// Number of the newest message that was read.
    number: u64,
}

async fn read(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
    Params(form): Params<ReadForm>,
) -> Result<Rendered, Problem> {
    let read_number = chats::mark_read(&site.app, person.account, id, form.number).await?;
    Ok(Rendered(bytes(&ReadMark { read_number })))
}

async fn receipts(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    let receipts = chats::receipts(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&receipts_view(receipts))))
}
