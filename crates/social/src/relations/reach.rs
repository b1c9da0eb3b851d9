//! What people chose for whoever asks: of those who are there, and whom no block stands before.

use std::{collections::HashMap, sync::Arc};

use graph::{Id, Stored};

use super::ties;
use crate::{
    accounts::model::{Account, Login},
    app::App,
    fault::Fault,
};

/// The logins of some people, in their order, with what they chose; none of those who are not to be seen, and none where one
/// of the two blocks the other. A bounded number of reads, however many people there are.
pub(crate) async fn logins_in_reach(
    app: &App,
    viewer: Id<Account>,
    people: &[Id<Account>],
) -> Result<Vec<Option<Arc<Stored<Login>>>>, Fault> {
    let accounts = app.graph.get_many(people).await?;
    let logins: Vec<_> = accounts.iter().flatten().map(|account| account.login).collect();
    let logins: HashMap<_, _> =
        app.graph.get_many(&logins).await?.into_iter().flatten().map(|one| (one.id, one)).collect();
    let ties = ties(app, viewer, people).await?;
    let reached = accounts.into_iter().zip(ties).map(|(account, ties)| {
        let there = account.filter(|one| one.is_visible() && !ties.blocks && !ties.blocked);
        there.and_then(|account| logins.get(&account.login).cloned())
    });
    Ok(reached.collect())
}
