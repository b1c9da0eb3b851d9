//! Mastodon's client API over the product's verbs: the only place that knows its words (status, favourite, reblog).

mod accounts;
mod admin;
mod announcements;
pub use announcements::view as announcement_view;
mod apps;
mod conversations;
pub use conversations::render as render_conversations;
mod directory;
mod instance;
mod later;
mod media;
mod notifications;
mod profile;
pub use profile::markers_view;
mod push;
mod reactions;
mod relations;
mod reports;
mod search;
mod statuses;
mod suggestions;
mod timelines;
mod trends;

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    response::{IntoResponse, Response},
};
use graph::{Id, Stored};
use http::{Uri, request::Parts};
use social::{accounts::model::Account, app::App, relations::AccountPage, timelines::Slice};

use crate::{
    Shared,
    page::{Back, MANY, Paging, link, link_of_rows},
    problem::Problem,
    routes::Operation,
    views::{People, Rendered, fragments::Writer, render_posts},
};

/// All operations of Mastodon's API.
pub fn operations(site: &Shared) -> Vec<Operation> {
    let mut all = instance::operations();
    all.extend(apps::operations());
    all.extend(accounts::operations());
    all.extend(profile::operations(site));
    all.extend(push::operations());
    all.extend(relations::operations());
    all.extend(statuses::operations());
    all.extend(reactions::operations());
    all.extend(timelines::operations());
    all.extend(conversations::operations());
    all.extend(media::operations(site));
    all.extend(notifications::operations());
    all.extend(search::operations());
    all.extend(trends::operations());
    all.extend(suggestions::operations());
    all.extend(directory::operations());
    all.extend(reports::operations());
    all.extend(admin::operations());
    all.extend(announcements::operations());
    all.extend(later::operations());
    all
}

/// The id in a path. What is no id names nothing, so it is 404.
pub struct PathId<T>(pub Id<T>);

impl<S: Send + Sync, T> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let PathWord(word) = PathWord::from_request_parts(parts, state).await?;
        word.parse().map(PathId).map_err(|_| Problem::not_found())
    }
}

/// The one variable part of a path.
pub struct PathWord(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathWord {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, state).await;
        let words = path.map_err(|_| Problem::not_found())?;
        let word = words.iter().next().map(|(_, word)| word.to_owned());
        word.map(PathWord).ok_or_else(Problem::not_found)
    }
}

/// Ids of a body or query; what is no id names nothing and is left out.
pub fn ids<T>(texts: &[String]) -> Vec<Id<T>> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// An optional id: empty is none, what is no id names nothing.
pub fn optional_id<T>(text: &Option<String>) -> Result<Option<Id<T>>, Problem> {
    match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Problem::not_found()),
    }
}

/// A page of posts with its Link header.
async fn posts_page(
    site: &Shared,
    viewer: Option<Id<Account>>,
    uri: &Uri,
    slice: &Slice,
) -> Result<Response, Problem> {
    let posts = render_posts(site, viewer, &slice.posts).await?;
    let cursors = slice.newest.zip(slice.oldest);
    let link = link(site, uri, cursors, slice.more, Back::MinId);
    Ok((link.map(|link| [link]), Rendered(posts)).into_response_with_link())
}

/// A page of people as a verb reads them by their cursors, with its Link header. Those who are gone are left out.
async fn people_page<E>(
    site: &Shared,
    uri: &Uri,
    paging: &Paging,
    read: impl AsyncFnOnce(&App, graph::Page) -> Result<AccountPage, E>,
) -> Result<Response, Problem>
where
    Problem: From<E>,
{
    let page = paging.page(MANY)?;
    let rows = read(&site.app, page).await?;
    people_page_with(site, uri, &rows, page.limit, |_| None).await
}

/// Such a page, where each person may have one field more that is about the list.
async fn people_page_with(
    site: &Shared,
    uri: &Uri,
    rows: &[(u64, Option<Id<Account>>)],
    limit: usize,
    more: impl Fn(Id<Account>) -> Option<(&'static str, Vec<u8>)>,
) -> Result<Response, Problem> {
    let ids: Vec<_> = rows.iter().filter_map(|(_, id)| *id).collect();
    let body = people_with(site, &ids, more).await?;
    let link = link_of_rows(site, uri, rows, limit, Back::SinceId);
    Ok((link.map(|link| [link]), body).into_response_with_link())
}

/// People as a list.
async fn people(site: &Shared, ids: &[Id<Account>]) -> Result<Rendered, Problem> {
    people_with(site, ids, |_| None).await
}

async fn people_with(
    site: &Shared,
    ids: &[Id<Account>],
    more: impl Fn(Id<Account>) -> Option<(&'static str, Vec<u8>)>,
) -> Result<Rendered, Problem> {
    let accounts: Vec<_> = site
        .app
        .graph
        .get_many(ids)
        .await?
        .into_iter()
        .flatten()
        .filter(|account| account.is_visible())
        .collect();
    let people = People::read(site, accounts.iter()).await?;
    let room = accounts.len() * people.room();
    Ok(Rendered(Writer::list(room, &accounts, |writer, account| {
        writer.braced(|writer| {
            people.write_fields(writer, account.id);
            if let Some((name, value)) = more(account.id) {
                writer.field(name, &value);
            }
        });
    })))
}

/// Known people as a list.
async fn list_of(site: &Shared, accounts: &[Arc<Stored<Account>>]) -> Result<Rendered, Problem> {
    let people = People::read(site, accounts.iter()).await?;
    let room = accounts.len() * people.room();
    let write = |writer: &mut Writer, account: &Arc<Stored<Account>>| {
        people.write(writer, account.id);
    };
    Ok(Rendered(Writer::list(room, accounts, write)))
}

/// An answer that may have a Link header.
pub trait WithLink {
    fn into_response_with_link(self) -> Response;
}

impl<H: axum::response::IntoResponseParts, B: IntoResponse> WithLink for (Option<H>, B) {
    fn into_response_with_link(self) -> Response {
        match self.0 {
            Some(headers) => (headers, self.1).into_response(),
            None => self.1.into_response(),
        }
    }
}
