//! Lists of staff: people, posts and media by filters and sorts that are words, page by page.
//!
//! Each page is one question to search and one read of what it found. A page follows the last document that was shown, not a
//! number of documents, so nothing is skipped or shown twice, however far one goes.

use std::sync::Arc;

use engine::search::{Bookmark, Cursor, Filter, Question, SearchError, Sort, Start, Words};
use graph::{Id, Node, Stored};
use serde::{Deserialize, Serialize};

use super::{
    documents::{PEOPLE, POSTS, audience_word},
    media::MEDIA,
};
use crate::{
    accounts::model::{Account, Origin, Role},
    app::App,
    audit::model::words,
    fault::Fault,
    media::model::{Media, MediaKind},
    moderation::Standings,
    posts::model::{Audience, Post},
    secret::{base64url, from_base64url, mac, same},
};

/// Most characters of words that are looked for.
const MOST_WORDS: usize = 200;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// What is there.
    pub found: Vec<Arc<Stored<T>>>,
    /// How many there are in all, as of now.
    pub total: u64,
    /// Where the next page begins, if there may be one.
    pub next: Option<String>,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The cursor is not one of this list and order.
    #[error("the cursor is not one of this list")]
    Cursor,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for ListError
where
    Fault: From<E>,
{
    fn from(error: E) -> ListError {
        ListError::Fault(error.into())
    }
}

words! {
    /// In which order people are listed.
    #[derive(Default)]
    PeopleSort {
        #[default] Newest "newest", Oldest "oldest", LastActive "last_active", Posts "posts",
        Followers "followers", Reports "reports",
    }
}

words! {
    /// In which order posts are listed.
    #[derive(Default)]
    PostSort { #[default] Newest "newest", Oldest "oldest", Interactions "interactions" }
}

words! {
    /// In which order media is listed.
    #[derive(Default)]
    MediaSort { #[default] Newest "newest", Oldest "oldest", Bytes "bytes" }
}

/// Who has which role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Roles {
    /// Anybody.
    #[default]
    Any,
    /// Whoever has one.
    Staff,
    /// This one.
    Fixed(Role),
}

/// Which people.
#[derive(Clone, Debug, Default)]
pub struct PeopleList {
    /// Words of handle, name and biography.
    pub words: String,
    /// In which standing.
    pub standing: Standings,
    /// With which role.
    pub role: Roles,
    /// How they came.
    pub origin: Option<Origin>,
    /// Whether their address is confirmed.
    pub confirmed: Option<bool>,
    /// Who is first.
    pub sort: PeopleSort,
}

/// Which posts: none but open ones.
#[derive(Clone, Debug, Default)]
pub struct PostList {
    /// Words.
    pub words: String,
    /// Only of one audience; open ones alone are listed.
    pub audience: Option<Audience>,
    /// With media, or without.
    pub media: Option<bool>,
    /// By whom.
    pub author: Option<Id<Account>>,
    /// Which is first.
    pub sort: PostSort,
}

/// Which media.
#[derive(Clone, Debug, Default)]
pub struct MediaList {
    /// Of which class.
    pub class: Option<MediaKind>,
    /// `ready`, `processing`, `failed`.
    pub state: Option<&'static str>,
    /// `post`, `profile`, `loose`.
    pub usage: Option<&'static str>,
    /// Whose.
    pub owner: Option<Id<Account>>,
    /// Which is first.
    pub sort: MediaSort,
}

fn has(field: &'static str, word: &str) -> Filter {
    Filter::Has(field, word.to_owned())
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// A page of people; the deleted are not among them.
pub async fn list_people(
    app: &App,
    list: &PeopleList,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Listed<Account>, ListError> {
    let mut all = Vec::new();
    match list.standing {
        Standings::Any => {}
        Standings::Active => {
            all.extend([
                has("state", "active"),
                not(has("state", "limited")),
                not(has("state", "frozen")),
            ]);
        }
        Standings::Pending => all.push(has("state", "pending")),
        Standings::Frozen => all.push(has("state", "frozen")),
        Standings::Limited => all.push(has("state", "limited")),
        Standings::Sensitive => all.push(has("state", "sensitive")),
        Standings::Suspended => all.push(has("state", "suspended")),
    }
    match list.role {
        Roles::Any => {}
        Roles::Staff => all.push(not(has("role", "member"))),
        Roles::Fixed(Role::Member) => all.push(has("role", "member")),
        Roles::Fixed(Role::Moderator) => all.push(has("role", "moderator")),
        Roles::Fixed(Role::Admin) => all.push(has("role", "admin")),
        Roles::Fixed(Role::Owner) => all.push(has("role", "owner")),
    }
    all.extend(list.origin.map(|origin| has("origin", origin.as_str())));
    all.extend(list.confirmed.map(|yes| has("confirmed", if yes { "yes" } else { "no" })));
    let sort = match list.sort {
        PeopleSort::Newest => Sort::Descending("created"),
        PeopleSort::Oldest => Sort::Ascending("created"),
        PeopleSort::LastActive => Sort::Descending("seen"),
        PeopleSort::Posts => Sort::Descending("posts"),
        PeopleSort::Followers => Sort::Descending("followers"),
        PeopleSort::Reports => Sort::Descending("reports"),
    };
    let fields = vec![("handle", 300), ("name", 200), ("bio", 50)];
    let words = typed(list.words.trim().trim_start_matches('@'), fields);
    page(app, PEOPLE, words, all, sort, cursor, limit).await
}

/// How many of the people who joined between these moments (inclusive, Unix milliseconds) came in which way, most first. Who was
/// deleted since is in none.
pub async fn count_origins(
    app: &App,
    from_ms: u64,
    to_ms: u64,
) -> Result<Vec<(Origin, u64)>, Fault> {
    let mut counts = Vec::new();
    for origin in Origin::ALL {
        let joined = Filter::Between("created", from_ms, to_ms);
        let question = Question {
            index: PEOPLE,
            words: None,
            filter: Filter::All(vec![has("origin", origin.as_str()), joined]),
            sort: Sort::Descending("created"),
            start: Start::At(0),
            limit: 1,
        };
        counts.push((origin, app.engines.search.ask(question).await?.total));
    }
    counts.retain(|(_, people)| *people > 0);
    counts.sort_by_key(|(_, people)| std::cmp::Reverse(*people));
    Ok(counts)
}

/// A page of open posts; the caller decides again what may be seen of what was found.
pub async fn list_posts(
    app: &App,
    list: &PostList,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Listed<Post>, ListError> {
    let open = [Audience::Public, Audience::Unlisted];
    let open = open.into_iter().filter(|one| list.audience.is_none_or(|wanted| wanted == *one));
    let mut all =
        vec![Filter::Any(open.map(|audience| has("audience", audience_word(audience))).collect())];
    all.extend(list.media.map(|with| match with {
        true => has("has", "media"),
        false => not(has("has", "media")),
    }));
    all.extend(list.author.map(|author| has("author", &author.to_string())));
    let sort = match list.sort {
        PostSort::Newest => Sort::Descending("created"),
        PostSort::Oldest => Sort::Ascending("created"),
        PostSort::Interactions => Sort::Descending("interactions"),
    };
    page(app, POSTS, typed(&list.words, vec![("text", 100)]), all, sort, cursor, limit).await
}

/// A page of media.
pub async fn list_media(
    app: &App,
    list: &MediaList,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Listed<Media>, ListError> {
    let mut all = Vec::new();
    all.extend(list.class.map(|class| has("class", class.as_str())));
    all.extend(list.state.map(|state| has("state", state)));
    all.extend(list.usage.map(|usage| has("use", usage)));
    all.extend(list.owner.map(|owner| has("owner", &owner.to_string())));
    let sort = match list.sort {
        MediaSort::Newest => Sort::Descending("created"),
        MediaSort::Oldest => Sort::Ascending("created"),
        MediaSort::Bytes => Sort::Descending("bytes"),
    };
    page(app, MEDIA, None, all, sort, cursor, limit).await
}

fn typed(text: &str, fields: Vec<(&'static str, u32)>) -> Option<Words> {
    let text: String = text.trim().chars().take(MOST_WORDS).collect();
    (!text.is_empty()).then_some(Words { fields, text, prefix: true })
}

async fn page<T: Node>(
    app: &App,
    index: &'static str,
    words: Option<Words>,
    all: Vec<Filter>,
    sort: Sort,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Listed<T>, ListError> {
    let start = match cursor {
        None => Start::Walk,
        Some(sealed) => Start::After(opened(app, sealed).ok_or(ListError::Cursor)?),
    };
    let filter = Filter::All(all);
    let question = Question { index, words, filter, sort, start, limit };
    if let Start::After(cursor) = &question.start
        && Bookmark::read(cursor, &question).is_err()
    {
        return Err(ListError::Cursor);
    }
    let asked = app.engines.search.ask(question).await;
    let answer = asked.map_err(|error: SearchError| ListError::Fault(error.into()))?;
    let ids: Vec<Id<T>> = answer.ids.iter().filter_map(|id| Id::new(*id)).collect();
    // A short page is the last one: its walk need not be kept.
    let next = match answer.next {
        Some(next) if answer.ids.len() < limit => {
            app.engines.search.leave(next).await?;
            None
        }
        next => next,
    };
    let found = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    Ok(Listed { found, total: answer.total, next: next.map(|next| sealed(app, &next)) })
}

/// A cursor as strangers may have it: nobody but us can have made it.
fn sealed(app: &App, cursor: &Cursor) -> String {
    let seal = mac(&app.secrets.mac, "list cursor", &[cursor.0.as_bytes()]);
    base64url(&[&seal[..16], cursor.0.as_bytes()].concat())
}

fn opened(app: &App, text: &str) -> Option<Cursor> {
    let bytes = from_base64url(text)?;
    let (seal, cursor) = bytes.split_at_checked(16)?;
    let made = mac(&app.secrets.mac, "list cursor", &[cursor]);
    let good = same(&made[..16], seal);
    String::from_utf8(cursor.to_vec()).ok().filter(|_| good).map(Cursor)
}
