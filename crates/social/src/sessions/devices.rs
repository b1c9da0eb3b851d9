//! The devices one is signed in on.

use graph::{Batch, Id, Page};

use super::{
    model::{OpenSessions, Session, Sessions},
    refresh::end,
};
use crate::{accounts::model::Account, app::App, fault::Fault, instance::model::INSTANCE};

/// Most devices that are listed.
const MOST: usize = 100;

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its session.
    pub id: Id<Session>,
    /// What it is called.
    pub name: String,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Unix milliseconds.
    pub last_used_ms: u64,
}

/// The devices of a person, the newest first.
pub async fn devices(app: &App, of: Id<Account>) -> Result<Vec<Device>, Fault> {
    let links = app.graph.list::<Sessions>(of, Page::newest(MOST)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let now = app.now_ms();
    let sessions = app.graph.get_many(&ids).await?;
    Ok(sessions
        .into_iter()
        .flatten()
        .filter(|session| session.expires_ms > now)
        .map(|session| Device {
            id: session.id,
            name: session.name.clone(),
            created_ms: session.created_ms,
            last_used_ms: session.last_used_ms,
        })
        .collect())
}

/// Removes all sessions of an account, of whatever epoch.
pub(crate) async fn forget(app: &App, of: Id<Account>) -> Result<(), Fault> {
    loop {
        let links = app.graph.list::<Sessions>(of, Page::newest(MOST)).await?;
        if links.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for link in links {
            batch.remove(link.to, graph::Expect::Any);
            batch.discard::<Sessions>(of, link.to);
            batch.discard::<OpenSessions>(INSTANCE, link.to);
        }
        app.graph.commit(batch).await?;
    }
}

/// Signs a device of one's own out; `false` if it is not there.
pub async fn end_device(app: &App, of: Id<Account>, id: Id<Session>) -> Result<bool, Fault> {
    let session = app.graph.get(id).await?.filter(|session| session.account == of);
    let Some(session) = session else { return Ok(false) };
    let mut batch = Batch::new();
    end(app, &mut batch, &session);
    app.graph.commit(batch).await?;
    Ok(true)
}
