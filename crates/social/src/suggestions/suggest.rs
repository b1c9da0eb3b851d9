//! Suggestions: friends of friends, shared interests, people with many followers.

use std::{collections::HashMap, sync::Arc};

use graph::{Batch, CommitError, Id, Page, Stored};

use super::model::Dismissed;
use crate::{
    accounts::model::{Account, AccountInterests, InterestHolders},
    app::App,
    fault::Fault,
    relations::{
        model::{AskedToFollow, Follows},
        proposable,
    },
    trends,
};

/// How many of the followed are asked whom they follow, and for how many each.
const FRIENDS: usize = 100;
const OF_A_FRIEND: usize = 50;
/// How many people of an interest are looked at.
const OF_AN_INTEREST: usize = 50;
/// How many candidates are looked at closely.
const CANDIDATES: usize = 200;
/// How many friends a reason names.
const NAMED: usize = 3;

/// Why somebody is suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// People whom one follows follow them; some of them, and how many there are.
    Friends(Vec<Id<Account>>, usize),
    /// Interests that both have, as the suggested wrote them.
    Interests(Vec<String>),
    /// Many people follow them.
    Popular,
}

/// Somebody suggested.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// Who.
    pub account: Arc<Stored<Account>>,
    /// Why, the best reason first; at least one.
    pub reasons: Vec<Reason>,
}

/// Why a suggestion was not dismissed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuggestError {
    /// There is nobody like that.
    #[error("no such account")]
    NotFound,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for SuggestError
where
    Fault: From<E>,
{
    fn from(error: E) -> SuggestError {
        SuggestError::Fault(error.into())
    }
}

/// What speaks for somebody.
#[derive(Default)]
struct Case {
    friends: Vec<Id<Account>>,
    interests: usize,
    popular: bool,
}

impl Case {
    fn weight(&self) -> usize {
        3 * self.friends.len().min(5) + 2 * self.interests + usize::from(self.popular)
    }
}

/// Whom a person may want to follow, the best first.
pub async fn suggestions(
    app: &App,
    viewer: Id<Account>,
    limit: usize,
) -> Result<Vec<Suggestion>, Fault> {
    let mut cases: HashMap<Id<Account>, Case> = HashMap::new();
    friends_of_friends(app, viewer, &mut cases).await?;
    let own = shared_interests(app, viewer, &mut cases).await?;
    for person in trends::renowned(app).await? {
        cases.entry(person).or_default().popular = true;
    }
    let mut ranked: Vec<_> = cases.into_iter().collect();
    ranked.sort_by_key(|(id, case)| std::cmp::Reverse((case.weight(), id.raw())));
    ranked.truncate(CANDIDATES);
    let ids: Vec<_> = ranked.iter().map(|(id, _)| *id).collect();
    let known = wanted(app, viewer, &ids).await?;
    let mut suggested = Vec::new();
    for ((_, case), account) in ranked.into_iter().zip(known) {
        let Some(account) = account else { continue };
        let reasons = reasons(&account, case, &own);
        if !reasons.is_empty() {
            suggested.push(Suggestion { account, reasons });
        }
        if suggested.len() == limit {
            break;
        }
    }
    Ok(suggested)
}

async fn friends_of_friends(
    app: &App,
    viewer: Id<Account>,
    cases: &mut HashMap<Id<Account>, Case>,
) -> Result<(), Fault> {
    let followed = app.graph.list::<Follows>(viewer, Page::newest(FRIENDS)).await?;
    let friends: Vec<_> = followed.iter().map(|link| link.to).collect();
    // Who hides whom they follow is no reason for anything.
    let friends: Vec<_> = app
        .graph
        .get_many(&friends)
        .await?
        .into_iter()
        .flatten()
        .filter(|friend| friend.is_visible() && !friend.hide_collections)
        .map(|friend| friend.id)
        .collect();
    let theirs = app.graph.lists::<Follows>(&friends, Page::newest(OF_A_FRIEND)).await?;
    for (friend, links) in friends.iter().zip(theirs) {
        for link in links {
            cases.entry(link.to).or_default().friends.push(*friend);
        }
    }
    Ok(())
}

/// Notes who has the viewer's interests; says which these are, folded.
async fn shared_interests(
    app: &App,
    viewer: Id<Account>,
    cases: &mut HashMap<Id<Account>, Case>,
) -> Result<Vec<String>, Fault> {
    let own = app.graph.list::<AccountInterests>(viewer, Page::newest(20)).await?;
    let ids: Vec<_> = own.iter().map(|link| link.to).collect();
    let names = app.graph.get_many(&ids).await?;
    let holders = app.graph.lists::<InterestHolders>(&ids, Page::newest(OF_AN_INTEREST)).await?;
    for link in holders.iter().flatten() {
        cases.entry(link.to).or_default().interests += 1;
    }
    Ok(names.iter().flatten().map(|interest| crate::profiles::fold(&interest.name)).collect())
}

/// Those of some people who may be suggested to a viewer, in order.
async fn wanted(
    app: &App,
    viewer: Id<Account>,
    ids: &[Id<Account>],
) -> Result<Vec<Option<Arc<Stored<Account>>>>, Fault> {
    let mut known = proposable(app, Some(viewer), ids).await?;
    let ends: Vec<_> = ids.iter().map(|id| (viewer, *id)).collect();
    let followed = app.graph.edges::<Follows>(&ends).await?;
    let asked = app.graph.edges::<AskedToFollow>(&ends).await?;
    let dismissed = app.graph.edges::<Dismissed>(&ends).await?;
    for (place, id) in ids.iter().enumerate() {
        let near = followed[place].is_some() || asked[place].is_some();
        if *id == viewer || near || dismissed[place].is_some() {
            known[place] = None;
        }
    }
    Ok(known)
}

fn reasons(account: &Account, case: Case, own: &[String]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    // Who hides their followers is followed by nobody that others are told of.
    if !case.friends.is_empty() && !account.hide_collections {
        let named = case.friends.iter().copied().take(NAMED).collect();
        reasons.push(Reason::Friends(named, case.friends.len()));
    }
    let shared = account.interests.iter().filter(|name| own.contains(&crate::profiles::fold(name)));
    let shared: Vec<_> = shared.cloned().collect();
    if !shared.is_empty() {
        reasons.push(Reason::Interests(shared));
    }
    if case.popular && !account.hide_collections {
        reasons.push(Reason::Popular);
    }
    reasons
}

/// Does not suggest somebody again. Twice is once.
pub async fn dismiss(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<(), SuggestError> {
    let there = app.graph.get(whom).await?.is_some_and(|account| account.is_visible());
    if !there {
        return Err(SuggestError::NotFound);
    }
    let mut batch = Batch::new();
    batch.ensure::<Dismissed>(by, whom, app.ord());
    Ok(app.graph.commit(batch).await.map(drop)?)
}

/// Takes a dismissal back.
pub async fn restore(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<(), SuggestError> {
    let mut batch = Batch::new();
    batch.discard::<Dismissed>(by, whom);
    match app.graph.commit(batch).await {
        Err(CommitError::Conflict { .. }) => Ok(()),
        answer => Ok(answer.map(drop)?),
    }
}
