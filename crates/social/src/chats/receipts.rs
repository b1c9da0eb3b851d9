//! How far the others are: what their devices received, and what they read. Only between people who both show it.

use std::collections::HashMap;

use engine::store::EdgeRef;
use graph::{Batch, CommitError, Edge, Id, Order, Page};
use serde::{Deserialize, Serialize};

use super::{
    error::ChatError,
    model::{Chat, ChatDelivered, ChatMembers, MemberOf, Reading},
    open::{MOST_MEMBERS, TRIES},
    seat::{pack, seat, unpack},
    tell,
};
use crate::{
    accounts::model::{Account, Login},
    app::App,
    fault::Fault,
    relations::logins_in_reach,
};

/// How far somebody is in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who.
    pub account: Id<Account>,
    /// The number of the newest message that a device of theirs has.
    pub delivered: u64,
    /// The number of the newest message that they have read.
    pub read: u64,
}

/// The data of a [`ChatDelivered`] edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Received {
    number: u64,
}

/// Says how far one's device has received a chat. It never goes back, and not beyond the newest.
pub async fn mark_delivered(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
    number: u64,
) -> Result<u64, ChatError> {
    for _ in 0..TRIES {
        let seat = seat(app, me, id).await?.writing()?;
        let last = app.graph.get(seat.chat.head).await?.map_or(0, |head| head.last);
        let edge = app.graph.edge::<ChatDelivered>(id, me).await?;
        let known = edge.as_ref().map_or(0, |edge| unpack::<Received>(&edge.data).number);
        let received = number.min(last);
        if received <= known.max(seat.read) {
            return Ok(known.max(seat.read));
        }
        let mut batch = Batch::new();
        batch.guard_edge::<ChatMembers>(id, me, true);
        if edge.is_none() {
            batch.ensure::<ChatDelivered>(id, me, app.ord());
        }
        batch.annotate::<ChatDelivered>(id, me, pack(&Received { number: received }));
        match app.graph.commit(batch).await {
            Ok(_) => {
                tell::delivered(app, id, me, received).await;
                return Ok(received);
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

/// How far the others in a chat are, of those with whom one exchanges receipts.
pub async fn receipts(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<Vec<Receipt>, ChatError> {
    seat(app, me, id).await?.writing()?;
    let page = Page { below: None, above: None, order: Order::Oldest, limit: MOST_MEMBERS };
    let members = app.graph.list::<ChatMembers>(id, page).await?;
    let others: Vec<_> = members.iter().map(|link| link.to).filter(|who| *who != me).collect();
    let shown = exchange_receipts(app, me, &others).await?;
    let others: Vec<_> =
        others.into_iter().zip(shown).filter(|(_, shown)| *shown).map(|(who, _)| who).collect();
    let asked: Vec<_> = others
        .iter()
        .map(|who| EdgeRef { from: who.raw(), kind: MemberOf::DECL.kind, to: id.raw() })
        .collect();
    let read = app.graph.edge_records(&asked).await?;
    let delivered = app.graph.list::<ChatDelivered>(id, page).await?;
    let delivered: HashMap<_, _> =
        delivered.iter().map(|link| (link.to, unpack::<Received>(&link.data).number)).collect();
    Ok(others
        .into_iter()
        .zip(read)
        .map(|(account, read)| {
            let read = read.map_or(0, |edge| unpack::<Reading>(&edge.data).read);
            let delivered = delivered.get(&account).copied().unwrap_or(0).max(read);
            Receipt { account, delivered, read }
        })
        .collect())
}

/// With which of some people one exchanges receipts: both show theirs, and neither blocks the other.
pub async fn exchange_receipts(
    app: &App,
    me: Id<Account>,
    others: &[Id<Account>],
) -> Result<Vec<bool>, Fault> {
    exchange(app, me, others, |login| !login.no_receipts).await
}

/// With which of some people one sees, and shows, who is writing.
pub async fn exchange_typing(
    app: &App,
    me: Id<Account>,
    others: &[Id<Account>],
) -> Result<Vec<bool>, Fault> {
    exchange(app, me, others, |login| !login.no_typing).await
}

async fn exchange(
    app: &App,
    me: Id<Account>,
    others: &[Id<Account>],
    shows: fn(&Login) -> bool,
) -> Result<Vec<bool>, Fault> {
    let mine = crate::posts::login_of(app, me).await?;
    if !shows(&mine) {
        return Ok(vec![false; others.len()]);
    }
    let logins = logins_in_reach(app, me, others).await?;
    Ok(logins.into_iter().map(|login| login.is_some_and(|login| shows(&login))).collect())
}
