//! Whom a viewer is shown in lists of people: one policy for all of them, decided when the list is read.

use std::sync::Arc;

use graph::{Id, Stored};

use super::view::{Ties, ties};
use crate::{accounts::model::Account, app::App, fault::Fault};

/// Whom a viewer is shown in a list that others made: a limited account stands there for itself and its followers only.
/// One answer per id, in order.
pub async fn listed(
    app: &App,
    viewer: Option<Id<Account>>,
    ids: &[Id<Account>],
) -> Result<Vec<Option<Arc<Stored<Account>>>>, Fault> {
    let (accounts, between) = known(app, viewer, ids).await?;
    let shown = |account: &Account, ties: &Ties| {
        account.is_visible() && (!account.limited || ties.same || ties.follows)
    };
    let each = accounts.into_iter().zip(between);
    Ok(each.map(|(account, ties)| account.filter(|account| shown(account, &ties))).collect())
}

/// Who may be proposed to a viewer: people who let themselves be found, whom staff neither limited nor froze, and with whom
/// no block or mute stands. One answer per id, in order.
pub async fn proposable(
    app: &App,
    viewer: Option<Id<Account>>,
    ids: &[Id<Account>],
) -> Result<Vec<Option<Arc<Stored<Account>>>>, Fault> {
    let (accounts, between) = known(app, viewer, ids).await?;
    let open = |account: &Account, ties: &Ties| {
        account.is_visible()
            && account.discoverable
            && !account.limited
            && !(ties.blocks || ties.blocked || ties.mutes)
    };
    let mut open: Vec<_> = accounts
        .into_iter()
        .zip(between)
        .map(|(account, ties)| account.filter(|account| open(account, &ties)))
        .collect();
    let logins: Vec<_> = open.iter().flatten().map(|account| account.login).collect();
    let mut logins = app.graph.get_many(&logins).await?.into_iter();
    for slot in open.iter_mut().filter(|slot| slot.is_some()) {
        let free = logins.next().flatten().is_some_and(|login| !login.frozen);
        *slot = slot.take().filter(|_| free);
    }
    Ok(open)
}

type Known = (Vec<Option<Arc<Stored<Account>>>>, Vec<Ties>);

async fn known(
    app: &App,
    viewer: Option<Id<Account>>,
    ids: &[Id<Account>],
) -> Result<Known, Fault> {
    let accounts = app.graph.get_many(ids).await?;
    let between = match viewer {
        Some(viewer) => ties(app, viewer, ids).await?,
        None => vec![Ties::default(); ids.len()],
    };
    Ok((accounts, between))
}
