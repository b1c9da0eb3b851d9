//! One-time links. A link's token is the ticket's id and a MAC of it, so what is stored opens nothing.

use std::{sync::Arc, time::Duration};

use graph::{Batch, Expect, Id, Order, Page, Stored};

use super::model::{Account, OpenTickets, SETUP, Ticket, TicketPurpose, Tickets};
use crate::{
    app::App,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    secret::{base64url, from_base64url, mac, same},
};

/// How long a link to confirm an address holds.
pub(super) const CONFIRM_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a link to set a new password holds.
pub(super) const RESET_LIFE: Duration = Duration::from_secs(60 * 60);
/// How long the owner's link holds. A new one is printed at each start.
const OWNER_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Why a link does not open anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It is wrong, used, or too old: which of these is not told.
    #[error("this link is no longer valid")]
    Invalid,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for TicketError
where
    Fault: From<E>,
{
    fn from(error: E) -> TicketError {
        TicketError::Fault(error.into())
    }
}

/// Adds a ticket for an account to a batch, and the event that mails it.
pub(super) fn issue(
    app: &App,
    batch: &mut Batch,
    account: Id<Account>,
    purpose: TicketPurpose,
    life: Duration,
    epoch: u64,
) -> Id<Ticket> {
    let id: Id<Ticket> = app.id();
    let expires_ms = app.now_ms() + life.as_millis() as u64;
    let ticket = Ticket { account: Some(account), purpose, expires_ms, used: false, epoch };
    batch.create(id, &ticket);
    batch.link::<Tickets>(account, id, id.raw());
    batch.link::<OpenTickets>(INSTANCE, id, id.raw());
    batch.emit(app.id(), &Event::TicketMade { ticket: id });
    id
}

/// Marks a ticket as used in the batch that does what it is for; conflicts if somebody was faster.
pub(super) fn use_up(batch: &mut Batch, ticket: &Stored<Ticket>) {
    batch.replace(ticket, &Ticket { used: true, ..ticket.body.clone() });
}

/// Removes all other links of an account in a batch: they were mailed to an address that is no longer its own, or for
/// one that it no longer wants.
pub(super) async fn void_others(
    app: &App,
    batch: &mut Batch,
    account: Id<Account>,
    but: Id<Ticket>,
) -> Result<(), Fault> {
    /// More links than are valid at once: they end within a day, and who asks for them is limited.
    const MOST: usize = 200;
    let links = app.graph.list::<Tickets>(account, Page::newest(MOST)).await?;
    for link in links.into_iter().filter(|link| link.to != but) {
        batch.remove(link.to, Expect::Any);
        batch.discard::<Tickets>(account, link.to);
    }
    Ok(())
}

/// The token of a ticket's link.
pub fn token_of(app: &App, ticket: Id<Ticket>) -> String {
    let id = ticket.raw().to_be_bytes();
    let seal = mac(&app.secrets.mac, "ticket", &[&id]);
    base64url(&[&id[..], &seal[..24]].concat())
}

/// The ticket of a link, if it is genuine, unused, not too old, and no password was changed since.
pub async fn open_ticket(app: &App, token: &str) -> Result<Arc<Stored<Ticket>>, TicketError> {
    let bytes = from_base64url(token).filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or(TicketError::Invalid)?;
    let (id, seal) = bytes.split_at(8);
    if !same(&mac(&app.secrets.mac, "ticket", &[id])[..24], seal) {
        return Err(TicketError::Invalid);
    }
    let id = u64::from_be_bytes(id.try_into().map_err(|_| TicketError::Invalid)?);
    let id = Id::new(id).ok_or(TicketError::Invalid)?;
    let ticket: Arc<Stored<Ticket>> = app.graph.get(id).await?.ok_or(TicketError::Invalid)?;
    if ticket.used || ticket.expires_ms <= app.now_ms() {
        return Err(TicketError::Invalid);
    }
    if let Some(account) = ticket.account {
        let account = app.graph.get(account).await?.ok_or(TicketError::Invalid)?;
        let login = app.graph.get(account.login).await?.ok_or(TicketError::Invalid)?;
        if login.epoch != ticket.epoch {
            return Err(TicketError::Invalid);
        }
    }
    Ok(ticket)
}

/// A link that makes its visitor the owner, or `None` when there is one.
pub async fn owner_link(app: &App) -> Result<Option<String>, TicketError> {
    if app.graph.key::<Account>(SETUP, "owner").await?.is_some() {
        return Ok(None);
    }
    let id: Id<Ticket> = app.id();
    let ticket = Ticket {
        account: None,
        purpose: TicketPurpose::BecomeOwner,
        expires_ms: app.now_ms() + OWNER_LIFE.as_millis() as u64,
        used: false,
        epoch: 0,
    };
    let mut batch = Batch::new();
    batch.create(id, &ticket);
    batch.link::<OpenTickets>(INSTANCE, id, id.raw());
    app.graph.commit(batch).await?;
    Ok(Some(format!("{}/setup/{}", app.settings.public_url, token_of(app, id))))
}

/// Forgets links that open nothing any more; says how many. A round has a bound: there is always another.
pub(super) async fn sweep(app: &App) -> Result<usize, Fault> {
    let page = Page { below: None, above: None, order: Order::Oldest, limit: 500 };
    let now = app.now_ms();
    let mut gone = 0;
    for link in app.graph.list::<OpenTickets>(INSTANCE, page).await? {
        let ticket: Option<Arc<Stored<Ticket>>> = app.graph.get(link.to).await?;
        if ticket.as_ref().is_some_and(|ticket| !ticket.used && ticket.expires_ms > now) {
            continue;
        }
        let mut batch = Batch::new();
        batch.discard::<OpenTickets>(INSTANCE, link.to);
        if let Some(ticket) = ticket {
            batch.remove(ticket.id, Expect::Any);
            if let Some(account) = ticket.account {
                batch.discard::<Tickets>(account, ticket.id);
            }
        }
        app.graph.commit(batch).await?;
        gone += 1;
    }
    Ok(gone)
}
