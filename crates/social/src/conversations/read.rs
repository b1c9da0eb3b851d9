//! Reading conversations, and what their owner does with them.

use std::{collections::HashSet, sync::Arc};

use graph::{Batch, CommitError, Id, Order, Page, Stored};

use super::model::{CONVERSATIONS, Conversation, Conversations, name_of};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    posts::{Place, Seen, see},
    relations::{listed, ties},
};

/// How often it is tried again when a post comes meanwhile.
const TRIES: usize = 5;

/// A conversation as its owner sees it.
#[derive(Clone, Debug)]
pub struct Talk {
    /// It.
    pub conversation: Arc<Stored<Conversation>>,
    /// With whom: who wrote the newest post and whom it names, without oneself.
    pub others: Vec<Arc<Stored<Account>>>,
    /// The newest post.
    pub last: Seen,
}

/// A page of one's conversations by their cursors, the one with the newest post first. What is not to be seen is none.
pub async fn conversations(
    app: &App,
    of: Id<Account>,
    page: Page,
) -> Result<Vec<(u64, Option<Talk>)>, Fault> {
    let links = app.graph.list::<Conversations>(of, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let talks = shown(app, of, app.graph.get_many(&ids).await?).await?;
    let mut rows: Vec<_> = links.iter().map(|link| link.ord).zip(talks).collect();
    if page.order == Order::Oldest {
        rows.reverse();
    }
    Ok(rows)
}

/// One of one's own, if there is something to see in it.
pub async fn conversation(
    app: &App,
    of: Id<Account>,
    id: Id<Conversation>,
) -> Result<Option<Talk>, Fault> {
    let read = own(app, of, id).await?;
    Ok(shown(app, of, vec![read]).await?.pop().flatten())
}

/// Says that one has read a conversation, or wants to read it again. None if there is no such one.
pub async fn mark(
    app: &App,
    of: Id<Account>,
    id: Id<Conversation>,
    unread: bool,
) -> Result<Option<Talk>, Fault> {
    for _ in 0..TRIES {
        let Some(read) = own(app, of, id).await? else { return Ok(None) };
        if read.unread == unread {
            return conversation(app, of, id).await;
        }
        let mut batch = Batch::new();
        batch.replace(&read, &Conversation { unread, ..read.body.clone() });
        match app.graph.commit(batch).await {
            Ok(_) => return conversation(app, of, id).await,
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

/// Puts a conversation away; the posts stay, and the next one brings it back. Whether there was one.
pub async fn put_away(app: &App, of: Id<Account>, id: Id<Conversation>) -> Result<bool, Fault> {
    for _ in 0..TRIES {
        let Some(read) = own(app, of, id).await? else { return Ok(false) };
        let mut batch = Batch::new();
        remove(&mut batch, &read);
        batch.unlink::<Conversations>(of, id);
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(true),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

/// Takes a conversation out with its name, as part of its owner's purge.
pub(crate) async fn forget(
    app: &App,
    batch: &mut Batch,
    id: Id<Conversation>,
) -> Result<(), Fault> {
    if let Some(read) = app.graph.get(id).await? {
        remove(batch, &read);
    }
    Ok(())
}

fn remove(batch: &mut Batch, read: &Stored<Conversation>) {
    batch.release(CONVERSATIONS, &name_of(read.account, read.head), read.id);
    batch.remove(read.id, graph::Expect::Version(read.version));
}

async fn own(
    app: &App,
    of: Id<Account>,
    id: Id<Conversation>,
) -> Result<Option<Arc<Stored<Conversation>>>, Fault> {
    Ok(app.graph.get(id).await?.filter(|read| read.account == of))
}

/// Conversations as their owner may see them now; one answer for each, in order.
async fn shown(
    app: &App,
    of: Id<Account>,
    all: Vec<Option<Arc<Stored<Conversation>>>>,
) -> Result<Vec<Option<Talk>>, Fault> {
    let mut last: Vec<Option<Seen>> = vec![None; all.len()];
    // The newest of each; the older ones only where that is gone or hidden.
    for turn in [0..1, 1..usize::MAX] {
        let missing = all.iter().enumerate().filter(|(at, _)| last[*at].is_none());
        let wanted: Vec<_> = missing
            .flat_map(|(at, read)| read.iter().map(move |read| (at, read)))
            .flat_map(|(at, read)| {
                let newest_first = read.posts.iter().rev().enumerate();
                newest_first.filter(|(age, _)| turn.contains(age)).map(move |(_, id)| (at, *id))
            })
            .collect();
        let ids: Vec<_> = wanted.iter().map(|(_, id)| *id).collect();
        if ids.is_empty() {
            break;
        }
        for ((at, _), seen) in wanted.iter().zip(see(app, Some(of), &ids, Place::Listed).await?) {
            last[*at] = last[*at].take().or(seen);
        }
    }
    let people: Vec<_> = last.iter().flatten().flat_map(|seen| others(of, seen)).collect();
    let known = listed(app, Some(of), &people).await?;
    let between = ties(app, of, &people).await?;
    let apart = between.iter().map(|ties| ties.blocks || ties.blocked);
    let mut people = known.into_iter().zip(apart);
    Ok(all
        .into_iter()
        .zip(last)
        .map(|(read, last)| {
            let last = last?;
            let named: Vec<_> = people.by_ref().take(others(of, &last).count()).collect();
            // Between people of whom one blocks the other there is nothing to go on with.
            if !named.is_empty() && named.iter().all(|(_, apart)| *apart) {
                return None;
            }
            let others = named.into_iter().filter(|(_, apart)| !apart).filter_map(|one| one.0);
            Some(Talk { conversation: read?, others: others.collect(), last })
        })
        .collect())
}

fn others(of: Id<Account>, last: &Seen) -> impl Iterator<Item = Id<Account>> {
    let named = last.post.mentions.iter().map(|mention| mention.account);
    let mut people = vec![last.post.author];
    people.extend(named);
    let mut told = HashSet::new();
    people.retain(|who| *who != of && told.insert(*who));
    people.into_iter()
}
