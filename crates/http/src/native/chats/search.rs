//! Search within one's chats.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use social::chats::{self, MOST_SHOWN};

use super::{READS, TAG};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    mastodon::optional_id,
    page::{Paging, Sizes},
    problem::Problem,
    routes::{Operation, get},
    views::{ChatHits, Rendered, bytes, chat_views, message_views, people_of_hits},
};

/// Messages of a page.
const PAGE: Sizes = Sizes(20, MOST_SHOWN);

pub fn operations() -> Vec<Operation> {
    vec![
        get("searchChats", "/api/sociosphere/v1/chats/search", READS)
            .says(TAG, "Searches in one's chats, the newest message first")
            .takes::<SearchQuery>()
            .answers::<ChatHits>()
            .to(search),
    ]
}

/// What is searched for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SearchQuery {
    /// Words; the last one may be the start of one.
    #[schemars(length(min = 1, max = 500))]
    q: String,
    /// Only in this chat. Without it, in the 300 with the newest messages.
    chat_id: Option<String>,
    /// Only what is older than this message.
    before: Option<String>,
    /// At most so many; clamped.
    limit: Option<String>,
}

async fn search(
    State(site): State<Shared>,
    person: Person,
    Params(query): Params<SearchQuery>,
) -> Result<Rendered, Problem> {
    if query.q.trim().is_empty() {
        return Err(Problem::field("q", "can't be blank"));
    }
    let (within, before) = (optional_id(&query.chat_id)?, optional_id(&query.before)?);
    let limit = Paging { limit: query.limit, ..Paging::default() }.limit(PAGE)?;
    let found = chats::search(&site.app, person.account, &query.q, within, before, limit).await?;
    let hits = ChatHits {
        messages: message_views(&site, &found.messages).await?,
        chats: chat_views(&site, &found.chats).await?,
        accounts: people_of_hits(&site, &found.chats, &found.messages).await?,
        next: found.next.map(|next| next.to_string()),
    };
    Ok(Rendered(bytes(&hits)))
}
