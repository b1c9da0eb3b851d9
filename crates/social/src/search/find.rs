//! Finding.

use std::sync::Arc;

use engine::search::{Filter, Question, Recency, Sort, Start, Words};
use graph::{Id, Page, Stored};

use super::{
    documents::{EVERYONE, LIMITED, PEOPLE, POSTS, TAGS, reader},
    query::{PostQuery, parse},
};
use crate::{
    accounts::model::{Account, HANDLES},
    app::App,
    fault::Fault,
    posts::{
        Place, Seen,
        model::{Post, TaggedPosts},
        see,
    },
    relations::{
        model::{BlockedBy, Blocks, Mutes},
        ties,
    },
    tags::model::Tag,
    text::Handle,
};

/// What is searched for, and which part of the answer is wanted.
#[derive(Clone, Debug)]
pub struct Scope {
    /// People are wanted.
    pub people: bool,
    /// Posts are wanted.
    pub posts: bool,
    /// Tags are wanted.
    pub tags: bool,
    /// Only people whom the searcher follows.
    pub following: bool,
    /// Only posts of this account.
    pub by: Option<Id<Account>>,
    /// Page start.
    pub offset: usize,
    /// Page size, for each kind.
    pub limit: usize,
}

/// What was found and may be shown.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// People, best first.
    pub people: Vec<Arc<Stored<Account>>>,
    /// Posts, best first.
    pub posts: Vec<Seen>,
    /// Tags, best first.
    pub tags: Vec<Arc<Stored<Tag>>>,
}

/// Most relations that are put into a question's filter; what is beyond is filtered after.
const MOST_HIDDEN: usize = 200;

/// A post that is made this moment counts twice as much as one that fits as well and is old; after 30 days it has half of
/// that bonus left.
const NEWS: (u64, u32) = (30 * 24 * 60 * 60 * 1_000, 100);

/// Searches as a person (or as a stranger) for what was typed.
pub async fn search(
    app: &App,
    viewer: Option<Id<Account>>,
    typed: &str,
    scope: &Scope,
) -> Result<Results, Fault> {
    let typed: String = typed.chars().take(500).collect();
    let mut results = Results::default();
    if typed.trim().is_empty() {
        return Ok(results);
    }
    if scope.people {
        results.people = people(app, viewer, &typed, scope).await?;
    }
    if scope.posts {
        let hidden = hidden_authors(app, viewer).await?;
        results.posts = posts(app, viewer, &parse(&typed), scope, &hidden).await?;
    }
    if scope.tags {
        results.tags = tags(app, &typed, scope).await?;
    }
    Ok(results)
}

/// People alone: for completing a handle while it is typed.
pub async fn search_people(
    app: &App,
    viewer: Option<Id<Account>>,
    typed: &str,
    following: bool,
    limit: usize,
) -> Result<Vec<Arc<Stored<Account>>>, Fault> {
    let scope =
        Scope { people: true, posts: false, tags: false, following, by: None, offset: 0, limit };
    Ok(search(app, viewer, typed, &scope).await?.people)
}

async fn people(
    app: &App,
    viewer: Option<Id<Account>>,
    typed: &str,
    scope: &Scope,
) -> Result<Vec<Arc<Stored<Account>>>, Fault> {
    let text = typed.trim().trim_start_matches('@').to_owned();
    let mut may_find = vec![Filter::Has("sees", EVERYONE.to_owned())];
    may_find.extend(viewer.map(|_| Filter::Has("sees", LIMITED.to_owned())));
    let question = Question {
        index: PEOPLE,
        words: Some(Words {
            fields: vec![("handle", 300), ("name", 200), ("bio", 50)],
            text: text.clone(),
            prefix: true,
        }),
        filter: Filter::Any(may_find),
        sort: Sort::Relevance,
        start: Start::At(scope.offset),
        // Who is not followed is left out after, so ask for more where that is wanted.
        limit: if scope.following { scope.limit * 4 } else { scope.limit },
    };
    let found = app.engines.search.ask(question).await?;
    let mut ids: Vec<Id<Account>> = found.ids.into_iter().filter_map(Id::new).collect();
    // Whoever types a whole handle finds its owner, also one who is not suggested to strangers.
    if scope.offset == 0
        && let Ok(handle) = Handle::parse(&text)
        && let Some(exact) = app.graph.key::<Account>(HANDLES, handle.as_str()).await?
    {
        ids.retain(|id| *id != exact);
        ids.insert(0, exact);
    }
    let accounts = app.graph.get_many(&ids).await?;
    let between = match viewer {
        Some(viewer) => ties(app, viewer, &ids).await?,
        None => vec![crate::relations::Ties::default(); ids.len()],
    };
    let mut people: Vec<_> = accounts
        .into_iter()
        .zip(between)
        .filter(|(_, ties)| !ties.blocked && (!scope.following || ties.follows))
        .filter_map(|(account, ties)| {
            let near = ties.same || ties.follows;
            account.filter(|account| account.is_visible() && (near || !account.limited))
        })
        .collect();
    people.truncate(scope.limit);
    Ok(people)
}

async fn posts(
    app: &App,
    viewer: Option<Id<Account>>,
    query: &PostQuery,
    scope: &Scope,
    hidden: &[Id<Account>],
) -> Result<Vec<Seen>, Fault> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let mut may_find = vec![Filter::Has("sees", EVERYONE.to_owned())];
    may_find.extend(viewer.map(|viewer| Filter::Has("sees", reader(viewer))));
    let mut all = vec![Filter::Any(may_find)];
    all.extend(
        hidden.iter().map(|id| Filter::Not(Box::new(Filter::Has("author", id.to_string())))),
    );
    if !query.from.is_empty() {
        let mut authors = Vec::new();
        for from in &query.from {
            let author = match from {
                Some(handle) => app.graph.key::<Account>(HANDLES, handle.as_str()).await?,
                None => viewer,
            };
            authors.extend(author.map(|author| Filter::Has("author", author.to_string())));
        }
        all.push(Filter::Any(authors));
    }
    all.extend(scope.by.map(|by| Filter::Has("author", by.to_string())));
    all.extend(query.has.iter().map(|has| Filter::Has("has", (*has).to_owned())));
    all.extend(query.tags.iter().map(|tag| Filter::Has("tags", tag.clone())));
    all.extend(query.language.iter().map(|tag| Filter::Has("language", tag.clone())));
    all.extend(query.replies.then(|| Filter::Has("is", "reply".to_owned())));
    if query.before_ms.is_some() || query.after_ms.is_some() {
        let to = query.before_ms.map_or(u64::MAX >> 1, |ms| ms.saturating_sub(1));
        all.push(Filter::Between("created", query.after_ms.unwrap_or(0), to));
    }
    let words = (!query.words.is_empty()).then(|| Words {
        fields: vec![("text", 100)],
        text: query.words.clone(),
        prefix: true,
    });
    let question = Question {
        index: POSTS,
        // Without words there is nothing to be relevant to: the newest first.
        sort: match words {
            Some(_) => Sort::Fresh(Recency {
                field: "created",
                now: app.now_ms(),
                half_life: NEWS.0,
                weight: NEWS.1,
            }),
            None => Sort::Descending("created"),
        },
        words,
        filter: Filter::All(all),
        start: Start::At(scope.offset),
        limit: scope.limit,
    };
    let found = app.engines.search.ask(question).await?;
    let ids: Vec<Id<Post>> = found.ids.into_iter().filter_map(Id::new).collect();
    Ok(see(app, viewer, &ids, Place::Listed).await?.into_iter().flatten().collect())
}

async fn tags(app: &App, typed: &str, scope: &Scope) -> Result<Vec<Arc<Stored<Tag>>>, Fault> {
    let question = Question {
        index: TAGS,
        words: Some(Words {
            fields: vec![("name", 100)],
            text: typed.trim().trim_start_matches('#').to_owned(),
            prefix: true,
        }),
        filter: Filter::All(Vec::new()),
        sort: Sort::Relevance,
        start: Start::At(scope.offset),
        limit: scope.limit,
    };
    let found = app.engines.search.ask(question).await?;
    let ids: Vec<Id<Tag>> = found.ids.into_iter().filter_map(Id::new).collect();
    // Tags stay when their last post goes, and nobody is told of them.
    let mut used = Vec::with_capacity(ids.len());
    for id in ids {
        if !app.graph.list::<TaggedPosts>(id, Page::newest(1)).await?.is_empty() {
            used.push(id);
        }
    }
    Ok(app.graph.get_many(&used).await?.into_iter().flatten().collect())
}

/// Whose posts the searcher is not shown: blocked either way, or muted.
async fn hidden_authors(app: &App, viewer: Option<Id<Account>>) -> Result<Vec<Id<Account>>, Fault> {
    let Some(viewer) = viewer else { return Ok(Vec::new()) };
    let page = Page::newest(MOST_HIDDEN);
    let mut hidden: Vec<Id<Account>> = Vec::new();
    hidden.extend(app.graph.list::<Blocks>(viewer, page).await?.iter().map(|link| link.to));
    hidden.extend(app.graph.list::<BlockedBy>(viewer, page).await?.iter().map(|link| link.to));
    let muted = app.graph.list::<Mutes>(viewer, page).await?;
    let muted: Vec<_> = muted.iter().map(|link| link.to).collect();
    // Ended mutes still have their edge.
    let now = ties(app, viewer, &muted).await?;
    hidden.extend(muted.into_iter().zip(now).filter(|(_, ties)| ties.mutes).map(|(id, _)| id));
    hidden.sort_unstable();
    hidden.dedup();
    Ok(hidden)
}
