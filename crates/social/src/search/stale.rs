//! What changes often and may be old in search for a moment: the figures that lists of staff are sorted by. Many changes of one
//! person or post become one job (`jobs::gathered_job`), and one write.

use graph::Id;
use jobs::{NewJob, gathered_job};
use serde::{Deserialize, Serialize};

use super::{index_account, index_post_alone};
use crate::{
    accounts::model::Account, app::App, events::Event, fault::Fault, posts::model::Post, trends,
};

/// A document whose figures are old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
// With the id beside it, so that a trace finds room.
#[serde(tag = "stale", content = "id", rename_all = "snake_case")]
pub enum Stale {
    /// Of a person: followers, posts, when they posted last.
    Account(Id<Account>),
    /// Of a post: likes and interactions.
    Post(Id<Post>),
}

impl Stale {
    /// The kinds of jobs.
    pub const KINDS: [&str; 2] = ["search.person", "search.reactions"];

    /// The job that brings it up to date, one for many.
    pub fn job(self) -> NewJob {
        let [person, reactions] = Stale::KINDS;
        match self {
            Stale::Account(account) => gathered_job(person, &account.to_string(), &self),
            Stale::Post(post) => gathered_job(reactions, &post.to_string(), &self),
        }
    }
}

/// What an event makes old.
pub fn stale(event: &Event) -> Vec<Stale> {
    match event {
        Event::Followed { whom, .. } | Event::RelationChanged { whom, .. } => {
            vec![Stale::Account(*whom)]
        }
        Event::Liked { post, .. } | Event::Unliked { post, .. } => vec![Stale::Post(*post)],
        Event::PostPublished { author, reacts_to, .. } => {
            let author = author.map(Stale::Account);
            author.into_iter().chain(reacts_to.map(Stale::Post)).collect()
        }
        Event::PostDeleted { author, share_of, reply_to, .. } => {
            let author = Some(Stale::Account(*author));
            author.into_iter().chain(share_of.or(*reply_to).map(Stale::Post)).collect()
        }
        _ => Vec::new(),
    }
}

/// Brings a document up to date. Trends hear of posts that people react to here, so that a like is not one job more.
pub async fn index_stale(app: &App, stale: Stale) -> Result<(), Fault> {
    match stale {
        Stale::Account(account) => index_account(app, account).await,
        Stale::Post(post) => {
            trends::touch(app, post).await?;
            index_post_alone(app, post).await
        }
    }
}

#[cfg(test)]
mod tests;
