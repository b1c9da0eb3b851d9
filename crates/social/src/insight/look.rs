//! Looking: who looks at what, and whether it counts.

use std::collections::HashMap;

use graph::{Batch, CommitError, Id, ms_of};

use super::{
    model::HOUR_MS,
    tally::{Kind, Look},
};
use crate::{
    accounts::model::{Account, Login},
    app::App,
    fault::Fault,
    posts::{Place, model::Post, see_with_ties},
    relations::{self, model::Follows},
    secret,
};

/// Most posts and profiles of one batch that are looked at.
pub const MOST_LOOKS: usize = 200;
/// A follow counts for a post's page if it is not older.
const FRESH_FOLLOW_MS: u64 = 10 * 60_000;
/// How often a secret is tried again when another request was faster.
const TRIES: usize = 5;

/// What somebody looked at since the last batch. A post may stand in a list more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// At least half on screen for a second.
    pub seen: Vec<Id<Post>>,
    /// Opened, or its video played for three seconds.
    pub viewed: Vec<Id<Post>>,
    /// A link in it was followed.
    pub opened: Vec<Id<Post>>,
    /// Its author was followed on its page.
    pub followed: Vec<Id<Post>>,
    /// Profiles that were opened.
    pub visited: Vec<Id<Account>>,
}

/// Counts what a person looked at. What is not theirs to see, their own, and what automated accounts look at does not
/// count; nobody learns which it was. Costs no write, but for the first look in the life of an old account.
pub async fn look(app: &App, viewer: Id<Account>, looks: &Looks) -> Result<(), Fault> {
    let Some(account) = app.graph.get(viewer).await? else { return Ok(()) };
    if account.bot || !account.is_visible() {
        return Ok(());
    }
    let Some(secret) = reader_secret(app, account.login).await? else { return Ok(()) };
    let hour = app.now_ms() / HOUR_MS;
    let lists = [
        (Kind::Seen, &looks.seen),
        (Kind::Viewed, &looks.viewed),
        (Kind::Opened, &looks.opened),
        (Kind::Followed, &looks.followed),
    ];
    let all = lists.iter().flat_map(|(kind, posts)| posts.iter().map(|post| (*kind, *post)));
    let all: Vec<_> = all.take(MOST_LOOKS).collect();
    let mut ids: Vec<_> = all.iter().map(|look| look.1).collect();
    ids.sort_unstable();
    ids.dedup();
    let (seen, around) = see_with_ties(app, Some(viewer), &ids, Place::Named).await?;
    let mut known = HashMap::new();
    for (id, seen) in ids.into_iter().zip(seen) {
        // What is shared is looked at, not the share.
        let Some(content) = seen.map(|seen| seen.content().clone()) else { continue };
        if content.author != viewer {
            let person = person_at(app, &secret, "post", content.id.raw());
            known.insert(id, (content, person));
        }
    }
    for (kind, id) in all {
        let Some((content, person)) = known.get(&id) else { continue };
        let author = content.author;
        if kind == Kind::Followed && !follows_since(app, viewer, author).await? {
            continue;
        }
        app.insight.note(
            hour,
            &Look {
                kind,
                post: Some((content.id, *person)),
                author,
                person: person_at(app, &secret, "account", author.raw()),
                follows: around.ties(author).follows,
            },
        );
    }
    visit(app, viewer, &secret, hour, &looks.visited).await
}

async fn visit(
    app: &App,
    viewer: Id<Account>,
    secret: &str,
    hour: u64,
    visited: &[Id<Account>],
) -> Result<(), Fault> {
    let ids: Vec<_> = visited.iter().copied().take(MOST_LOOKS).filter(|id| *id != viewer).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let accounts = app.graph.get_many(&ids).await?;
    let between = relations::ties(app, viewer, &ids).await?;
    for (account, ties) in accounts.into_iter().zip(between) {
        let Some(account) = account.filter(|account| account.is_visible()) else { continue };
        if ties.blocked || (account.limited && !ties.follows) {
            continue;
        }
        let person = person_at(app, secret, "account", account.id.raw());
        let look = Look {
            kind: Kind::Visited,
            post: None,
            author: account.id,
            person,
            follows: ties.follows,
        };
        app.insight.note(hour, &look);
    }
    Ok(())
}

/// Whether somebody began to follow just now.
async fn follows_since(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<bool, Fault> {
    let edge = app.graph.edge::<Follows>(by, whom).await?;
    Ok(edge.is_some_and(|edge| ms_of(edge.ord) + FRESH_FOLLOW_MS >= app.now_ms()))
}

/// A person at a post or an account, as nobody else can tell: another number elsewhere, and none that could be made again
/// once the person's secret is gone.
fn person_at(app: &App, secret: &str, at: &str, id: u64) -> u64 {
    let parts = [at.as_bytes(), &id.to_be_bytes(), secret.as_bytes()];
    let mac = secret::mac(&app.secrets.mac, "insight.person", &parts);
    u64::from_be_bytes([mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], mac[6], mac[7]])
}

/// A new secret of a person as somebody who looks.
pub fn new_reader_secret(app: &App) -> String {
    secret::hex(&app.secret::<16>())
}

/// The secret of a person; accounts from before there were any get theirs now.
async fn reader_secret(app: &App, login: Id<Login>) -> Result<Option<String>, Fault> {
    for _ in 0..TRIES {
        let Some(login) = app.graph.get(login).await? else { return Ok(None) };
        if !login.reader.is_empty() {
            return Ok(Some(login.reader.clone()));
        }
        let reader = new_reader_secret(app);
        let mut batch = Batch::new();
        batch.replace(&login, &Login { reader: reader.clone(), ..login.body.clone() });
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(Some(reader)),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}
