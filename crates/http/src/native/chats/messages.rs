//! Messages: pages of them, sending, editing, deleting for all, reacting.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use social::chats::{
    self, ChatError, MOST_SHOWN, NewMessage, Place,
    model::{Chat, Message},
};

use super::{ChatAnd, READS, TAG, WRITES};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    mastodon::{PathId, optional_id},
    page::{Paging, Sizes},
    problem::Problem,
    routes::{Operation, delete, get, post, put},
    views::{ChatMessage, MessagePage, Rendered, authors_of, bytes, message_views},
};

/// Messages of a page.
const PAGE: Sizes = Sizes(40, MOST_SHOWN);

pub fn operations() -> Vec<Operation> {
    vec![
        get("getMessages", "/api/sociosphere/v1/chats/{id}/messages", READS)
            .says(TAG, "A page of the messages of a chat, before, after or around a number")
            .takes::<PlaceQuery>()
            .answers::<MessagePage>()
            .to(page),
        post("postMessage", "/api/sociosphere/v1/chats/{id}/messages", WRITES)
            .says(TAG, "Sends a message; the same client_id again returns the first")
            .takes::<MessageForm>()
            .answers::<ChatMessage>()
            .to(send),
        get("getMessage", "/api/sociosphere/v1/chats/{id}/messages/{message}", READS)
            .says(TAG, "A message")
            .answers::<ChatMessage>()
            .to(one),
        put("putMessage", "/api/sociosphere/v1/chats/{id}/messages/{message}", WRITES)
            .says(TAG, "Edits one's message")
            .takes::<MessageTextForm>()
            .answers::<ChatMessage>()
            .to(edit),
        delete("deleteMessage", "/api/sociosphere/v1/chats/{id}/messages/{message}", WRITES)
            .says(TAG, "Deletes a message for everybody: its author, or an admin of the group")
            .answers::<ChatMessage>()
            .to(erase),
        post("reactToMessage", "/api/sociosphere/v1/chats/{id}/messages/{message}/react", WRITES)
            .says(TAG, "Reacts to a message with an emoji")
            .takes::<EmojiForm>()
            .answers::<ChatMessage>()
            .to(react),
        post(
            "unreactToMessage",
            "/api/sociosphere/v1/chats/{id}/messages/{message}/unreact",
            WRITES,
        )
        .says(TAG, "Takes a reaction back")
        .takes::<EmojiForm>()
        .answers::<ChatMessage>()
        .to(unreact),
    ]
}

/// Which part of a chat: at most one of the three; the end if none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PlaceQuery {
    /// What stands right before this number.
    before: Option<u64>,
    /// What stands right after this number.
    after: Option<u64>,
    /// What stands around this number, with it.
    around: Option<u64>,
    /// At most so many; clamped.
    limit: Option<String>,
}

async fn page(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
    Params(query): Params<PlaceQuery>,
) -> Result<Rendered, Problem> {
    let place = match (query.before, query.after, query.around) {
        (None, None, None) => Place::Newest,
        (Some(number), None, None) => Place::Before(number),
        (None, Some(number), None) => Place::After(number),
        (None, None, Some(number)) => Place::Around(number),
        _ => return Err(Problem::field("before", "goes without after and around")),
    };
    let limit = Paging { limit: query.limit, ..Paging::default() }.limit(PAGE)?;
    let (seat, shown) = chats::history(&site.app, person.account, id, place, limit).await?;
    let accounts = authors_of(&site, &shown).await?;
    let messages = message_views(&site, &shown).await?;
    Ok(Rendered(bytes(&MessagePage { messages, accounts, read_number: seat.read })))
}

/// A message to be sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MessageForm {
    /// Text, with links and mentions; may be empty with media.
    text: String,
    /// What it answers.
    reply_to_id: Option<String>,
    /// Uploads of one's own that belong to nothing yet and are processed, in order.
    #[schemars(length(max = 10))]
    media_ids: Vec<String>,
    /// What the client calls it: the same again is the same message.
    #[schemars(length(min = 1, max = 128))]
    client_id: String,
}

async fn send(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
    Params(form): Params<MessageForm>,
) -> Result<Rendered, Problem> {
    let reply_to = optional_id(&form.reply_to_id)?;
    // An id that is none names nothing: it must not be left out, or less would be sent than was meant.
    let media: Option<Vec<_>> = form.media_ids.iter().map(|id| id.parse().ok()).collect();
    // Before the media: who is no member learns nothing of what is wrong with it.
    chats::seat(&site.app, person.account, id).await?;
    let media = media.ok_or(ChatError::Media)?;
    let new = NewMessage { text: form.text, reply_to, media, client_id: form.client_id };
    let sent = chats::send(&site.app, person.account, id, new).await?;
    render(&site, &person, ChatAnd(id, sent.id)).await
}

async fn one(
    State(site): State<Shared>,
    person: Person,
    at: ChatAnd<Message>,
) -> Result<Rendered, Problem> {
    render(&site, &person, at).await
}

async fn render(
    site: &Shared,
    person: &Person,
    ChatAnd(chat, id): ChatAnd<Message>,
) -> Result<Rendered, Problem> {
    let shown = chats::message(&site.app, person.account, chat, id).await?;
    let view = message_views(site, &[shown]).await?.pop().ok_or(ChatError::NotFound)?;
    Ok(Rendered(bytes(&view)))
}

/// Another text.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MessageTextForm {
    /// It.
    text: String,
}

async fn edit(
    State(site): State<Shared>,
    person: Person,
    ChatAnd(chat, id): ChatAnd<Message>,
    Params(form): Params<MessageTextForm>,
) -> Result<Rendered, Problem> {
    chats::edit_message(&site.app, person.account, chat, id, &form.text).await?;
    render(&site, &person, ChatAnd(chat, id)).await
}

async fn erase(
    State(site): State<Shared>,
    person: Person,
    ChatAnd(chat, id): ChatAnd<Message>,
) -> Result<Rendered, Problem> {
    chats::delete_message(&site.app, person.account, chat, id).await?;
    render(&site, &person, ChatAnd(chat, id)).await
}

/// An emoji.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct EmojiForm {
    /// One.
    emoji: String,
}

async fn react(
    State(site): State<Shared>,
    person: Person,
    ChatAnd(chat, id): ChatAnd<Message>,
    Params(form): Params<EmojiForm>,
) -> Result<Rendered, Problem> {
    chats::react(&site.app, person.account, chat, id, &form.emoji).await?;
    render(&site, &person, ChatAnd(chat, id)).await
}

async fn unreact(
    State(site): State<Shared>,
    person: Person,
    ChatAnd(chat, id): ChatAnd<Message>,
    Params(form): Params<EmojiForm>,
) -> Result<Rendered, Problem> {
    chats::unreact(&site.app, person.account, chat, id, &form.emoji).await?;
    render(&site, &person, ChatAnd(chat, id)).await
}
