//! Search: people, posts and tags.
//!
//! An index derived from the graph: jobs keep it current, `reindex` rebuilds it while it serves. Who may find a post is
//! a filter inside the query, so nothing hidden is counted; what is found is read again through the
//! policies before it is shown.

mod documents;
pub use documents::{
    SPECS, forget_post, index_account, index_findability, index_post, index_post_alone, reindex,
};

mod stale;
pub use stale::{Stale, index_stale, stale};

mod figures;
pub use figures::{Figures, figures};

mod media;
pub use media::index_media;

mod messages;
pub(crate) use messages::MESSAGES;
pub use messages::index_message;

mod lists;
pub use lists::{
    ListError, Listed, MediaList, MediaSort, PeopleList, PeopleSort, PostList, PostSort, Roles,
    count_origins, list_media, list_people, list_posts,
};

pub(crate) use documents::{EVERYONE, PEOPLE};

mod query;
pub use query::{PostQuery, parse};

mod find;
pub use find::{Results, Scope, search, search_people};

#[cfg(test)]
mod tests;
