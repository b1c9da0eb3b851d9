//! Search for people, posts and tags; and one tag by its name.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    search::{self, Scope},
    tags,
    text::Tag as Word,
    trends,
};

use super::{PathWord, list_of, optional_id};
use crate::{
    Shared,
    auth::Viewer,
    body::Params,
    page::{Paging, Sizes},
    problem::{Code, Problem},
    routes::{Access, Operation, get},
    views::{Rendered, Search, Tag, bytes, fragments::Writer, history, render_posts, tag},
};

const TAG: &str = "search";

pub fn operations() -> Vec<Operation> {
    vec![
        get("search", "/api/v2/search", Access::Anyone("read:search"))
            .says(
                TAG,
                "Finds people, posts and tags; `from:` `has:media` `before:` `after:` `is:reply`",
            )
            .takes::<Query>()
            .answers::<Search>()
            .to(find),
        get("getTag", "/api/v1/tags/{name}", Access::Anyone("read:search"))
            .says(TAG, "Reads a tag")
            .answers::<Tag>()
            .to(one_tag),
    ]
}

/// What to find.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// What was typed.
    q: String,
    /// `accounts`, `statuses` or `hashtags`; all if absent.
    r#type: Option<String>,
    /// Page start, for one type.
    offset: u32,
    /// At most so many of each.
    limit: Option<String>,
    /// Only posts of this account.
    account_id: Option<String>,
    /// Only people one follows.
    following: bool,
}

/// The furthest page start.
const DEEPEST: u32 = 10_000;

async fn find(
    State(site): State<Shared>,
    viewer: Viewer,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let kind = query.r#type.as_deref().filter(|kind| !kind.is_empty());
    if !matches!(kind, None | Some("accounts" | "statuses" | "hashtags")) {
        return Err(Problem::field("type", "must be accounts, statuses or hashtags"));
    }
    // Pages of strangers are cheap to ask for and dear to answer (Mastodon refuses them, too).
    if viewer.is_anonymous() && query.offset > 0 {
        return Err(Problem::of(Code::SignInRequired));
    }
    let limit = Paging { limit: query.limit, ..Paging::default() }.limit(Sizes(20, 40))?;
    let account = viewer.account();
    let scope = Scope {
        people: kind.is_none_or(|kind| kind == "accounts"),
        posts: kind.is_none_or(|kind| kind == "statuses"),
        tags: kind.is_none_or(|kind| kind == "hashtags"),
        following: query.following && account.is_some(),
        by: optional_id(&query.account_id)?,
        offset: query.offset.min(DEEPEST) as usize,
        limit,
    };
    let found = search::search(&site.app, account, &query.q, &scope).await?;
    let people = list_of(&site, &found.people).await?;
    let posts = render_posts(&site, account, &found.posts).await?;
    let ids: Vec<_> = found.tags.iter().map(|tag| tag.id).collect();
    let weeks = trends::history_of(&site.app, &ids).await?;
    let tags = found.tags.iter().zip(weeks).map(|(found, week)| Tag {
        history: history(&week),
        ..tag(&site, found.id.raw(), &found.name)
    });
    let tags: Vec<_> = tags.collect();
    Ok(Rendered(Writer::object(|writer| {
        writer.field("accounts", &people.0);
        writer.field("statuses", &posts);
        writer.value("hashtags", &tags);
    })))
}

async fn one_tag(
    State(site): State<Shared>,
    PathWord(name): PathWord,
) -> Result<Rendered, Problem> {
    let word = Word::parse(&name).ok_or_else(Problem::not_found)?;
    let found = match tags::find(&site.app, word.name()).await? {
        Some(id) => site.app.graph.get(id).await?,
        None => None,
    };
    // A tag that nobody used is still a tag: clients show its empty page.
    let view = match found {
        Some(found) => {
            let week = trends::history_of(&site.app, &[found.id]).await?;
            let history = week.first().map(|week| history(week)).unwrap_or_default();
            Tag { history, ..tag(&site, found.id.raw(), &found.name) }
        }
        None => tag(&site, 0, word.name()),
    };
    Ok(Rendered(bytes(&view)))
}
