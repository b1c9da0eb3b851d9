//! Addresses that refused mail for good: nothing goes there until they are confirmed again, or changed.

use graph::{Batch, CommitError};

use crate::{
    accounts::{by_login, model::Login},
    app::App,
    events::Event,
    fault::Fault,
    posts::login_of,
};

const TRIES: usize = 5;

/// Whether an address refused mail for good. Links are sent all the same: a person asked for them just
/// now, and the one that confirms an address is the way back.
pub(crate) async fn bounces(app: &App, event: &Event, to: &str) -> Result<bool, Fault> {
    if matches!(event, Event::TicketMade { .. }) {
        return Ok(false);
    }
    let Some(account) = by_login(app, to).await? else { return Ok(false) };
    Ok(login_of(app, account).await?.bounces())
}

/// Notes that an address refused mail for good, if it is somebody's.
pub(crate) async fn bounced(app: &App, to: &str) -> Result<(), Fault> {
    let Some(account) = by_login(app, to).await? else { return Ok(()) };
    for _ in 0..TRIES {
        let login = login_of(app, account).await?;
        if login.bounces() {
            return Ok(());
        }
        let mut body: Login = login.body.clone();
        body.wishes.bounced = Some(login.email.clone());
        let mut batch = Batch::new();
        batch.replace(&login, &body);
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}
