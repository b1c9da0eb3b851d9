//! Forgets sessions that ended by themselves: nobody came back in time, or the password was changed.

use graph::{Batch, Order, Page};

use super::{model::OpenSessions, refresh::end, sign_in::SLIDING_MS};
use crate::{app::App, fault::Fault, instance::model::INSTANCE};

/// Most sessions that one round looks at.
const MOST: usize = 500;

/// One round; says how many sessions went. One that still lives moves to the end of the list, and is looked at again
/// when it could have ended.
pub async fn sweep(app: &App) -> Result<usize, Fault> {
    let page = Page { below: None, above: None, order: Order::Oldest, limit: MOST };
    let (now, mut gone) = (app.now_ms(), 0);
    let old = app.graph.list::<OpenSessions>(INSTANCE, page).await?;
    for link in old.into_iter().take_while(|link| graph::ms_of(link.ord) + SLIDING_MS <= now) {
        let mut batch = Batch::new();
        match app.graph.get(link.to).await? {
            Some(session) if session.expires_ms > now && is_current(app, &session).await? => {
                batch.move_to::<OpenSessions>(INSTANCE, link.to, app.ord());
            }
            Some(session) => {
                end(app, &mut batch, &session);
                gone += 1;
            }
            // Its account went, and took it along.
            None => {
                batch.discard::<OpenSessions>(INSTANCE, link.to);
            }
        }
        app.graph.commit(batch).await?;
    }
    Ok(gone)
}

/// Whether no password was changed since it was opened.
async fn is_current(app: &App, session: &super::model::Session) -> Result<bool, Fault> {
    let Some(account) = app.graph.get(session.account).await? else { return Ok(false) };
    let login = app.graph.get(account.login).await?;
    Ok(login.is_some_and(|login| login.epoch == session.epoch))
}
