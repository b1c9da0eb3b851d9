//! Interests: topics in the community's own words, and how many people share each.

use std::collections::HashSet;

use graph::{Batch, CommitError, Edge, Id, Page, Stored};
use unicode_normalization::UnicodeNormalization;

use crate::{
    accounts::model::{Account, AccountInterests, INTERESTS, Interest, InterestHolders, Interests},
    app::App,
    fault::Fault,
    instance::model::INSTANCE,
};

/// Most interests of one account.
pub const MAX_INTERESTS: usize = 12;
/// Most characters of one.
pub const MAX_NAME: usize = 40;
/// How many interests of the community are looked at for the most used ones.
const MOST_KNOWN: usize = 500;

/// An interest and how many people have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterestUse {
    /// As first written.
    pub name: String,
    /// How many people have it.
    pub accounts: u64,
}

/// What the community is interested in, the most shared first.
pub async fn interests(app: &App, limit: usize) -> Result<Vec<InterestUse>, Fault> {
    let links = app.graph.list::<Interests>(INSTANCE, Page::newest(MOST_KNOWN)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let lists: Vec<_> =
        ids.iter().map(|id| (id.raw(), <InterestHolders as Edge>::DECL.kind)).collect();
    let counts = app.graph.counts(&lists).await?;
    let mut uses: Vec<_> = app
        .graph
        .get_many(&ids)
        .await?
        .into_iter()
        .zip(counts)
        .filter_map(|(interest, accounts)| Some((interest?, accounts)))
        .filter(|(_, accounts)| *accounts > 0)
        .map(|(interest, accounts)| InterestUse { name: interest.name.clone(), accounts })
        .collect();
    uses.sort_by(|a, b| b.accounts.cmp(&a.accounts).then_with(|| a.name.cmp(&b.name)));
    uses.truncate(limit);
    Ok(uses)
}

/// The folded name, by which two spellings are one interest.
pub(crate) fn key(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase()
}

/// Brings the lists of interests in line with what an account has now.
pub(super) async fn relist(
    app: &App,
    batch: &mut Batch,
    account: &Stored<Account>,
    now: &[String],
) -> Result<(), Fault> {
    let wanted: HashSet<String> = now.iter().map(|name| key(name)).collect();
    let had: HashSet<String> = account.interests.iter().map(|name| key(name)).collect();
    for gone in had.difference(&wanted) {
        if let Some(interest) = app.graph.key::<Interest>(INTERESTS, gone).await? {
            batch.discard::<AccountInterests>(account.id, interest);
        }
    }
    for name in now.iter().filter(|name| !had.contains(&key(name))) {
        let interest = named(app, name).await?;
        batch.ensure::<AccountInterests>(account.id, interest, app.ord());
    }
    Ok(())
}

async fn named(app: &App, name: &str) -> Result<Id<Interest>, Fault> {
    let key = key(name);
    if let Some(interest) = app.graph.key(INTERESTS, &key).await? {
        return Ok(interest);
    }
    let id = app.id();
    let mut batch = Batch::new();
    batch.create(id, &Interest { name: name.to_owned() });
    batch.claim(INTERESTS, &key, id);
    batch.link::<Interests>(INSTANCE, id, id.raw());
    match app.graph.commit(batch).await {
        Ok(_) => Ok(id),
        Err(CommitError::KeyTaken { .. }) => {
            app.graph.key(INTERESTS, &key).await?.ok_or(Fault::Busy)
        }
        Err(error) => Err(error.into()),
    }
}
