//! Refresh tokens: each use makes the next; one that comes again is a theft, and ends the session (RFC 9700, 4.14.2).
//!
//! A token is derived from the session's nonce, its generation and the instance's key, so the store holds nothing that
//! signs in, and a client that lost the answer gets the same successor again within the grace.

use graph::{Batch, CommitError, Expect, Id, Stored, Writing};

use super::{
    access,
    model::{OpenSessions, Session, Sessions},
    sign_in::{ABSOLUTE_MS, SLIDING_MS, SignedIn},
};
use crate::{
    accounts::{self, Refusal, notice},
    app::App,
    events::{Event, Notice},
    fault::Fault,
    instance::model::INSTANCE,
    secret::{base64url, from_base64url, mac, same},
};

/// How long a used token still gets its successor, milliseconds: two tabs, a lost answer.
const GRACE_MS: u64 = 10_000;

/// Why a session does not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The token is wrong, too old, or of a session that has ended.
    #[error("sign in again")]
    Ended,
    /// The account may not act.
    #[error(transparent)]
    Refused(Refusal),
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for RefreshError
where
    Fault: From<E>,
{
    fn from(error: E) -> RefreshError {
        RefreshError::Fault(error.into())
    }
}

/// The newest refresh token of a session.
pub(super) fn token(app: &App, id: Id<Session>, session: &Session) -> String {
    let seal = seal(app, id, session, session.generation);
    let (id, generation) = (id.raw().to_be_bytes(), session.generation.to_be_bytes());
    base64url(&[&id[..], &generation[..], &seal[..]].concat())
}

fn seal(app: &App, id: Id<Session>, session: &Session, generation: u64) -> [u8; 32] {
    let (id, generation) = (id.raw().to_be_bytes(), generation.to_be_bytes());
    mac(&app.secrets.mac, "refresh token", &[session.nonce.as_bytes(), &id, &generation])
}

/// Trades a refresh token for the next one and a new access token.
pub async fn refresh(app: &App, given: &str) -> Result<SignedIn, RefreshError> {
    for _ in 0..5 {
        let (session, generation) = open(app, given).await?;
        let acting = match accounts::may_act(app, session.account, true).await {
            Ok(acting) => acting,
            Err(Refusal::Fault(fault)) => return Err(RefreshError::Fault(fault)),
            Err(refusal) => return Err(RefreshError::Refused(refusal)),
        };
        let now = app.now_ms();
        let absolute_end = session.created_ms + ABSOLUTE_MS;
        if acting.login.epoch != session.epoch || session.expires_ms <= now || absolute_end <= now {
            return Err(RefreshError::Ended);
        }
        let newest = generation == session.generation;
        let body = if newest && app.graph.gate().writing() != Writing::All {
            // Nothing may be written: the token stays the newest, and who is here stays here.
            session.body.clone()
        } else if newest {
            let next = Session {
                generation: generation + 1,
                rotated_ms: now,
                last_used_ms: now,
                expires_ms: (now + SLIDING_MS).min(absolute_end),
                ..session.body.clone()
            };
            let mut batch = Batch::new();
            batch.replace(&session, &next);
            match app.graph.commit(batch).await {
                Ok(_) => next,
                // Another tab was faster: it made the successor that we return in the next round.
                Err(CommitError::Conflict { .. }) => continue,
                Err(error) => return Err(error.into()),
            }
        } else if generation + 1 == session.generation && now <= session.rotated_ms + GRACE_MS {
            session.body.clone()
        } else {
            end_stolen(app, &session).await?;
            return Err(RefreshError::Ended);
        };
        return Ok(SignedIn {
            account: session.account,
            session: session.id,
            access_token: access::issue(app, &acting, session.id)?,
            refresh_token: token(app, session.id, &body),
        });
    }
    Err(RefreshError::Fault(Fault::Busy))
}

/// Ends the session of a refresh token; one that is not there is signed out already.
pub async fn sign_out(app: &App, given: &str) -> Result<(), RefreshError> {
    let session = match open(app, given).await {
        Ok((session, _)) => session,
        Err(RefreshError::Ended) => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut batch = Batch::new();
    end(app, &mut batch, &session);
    app.graph.commit(batch).await?;
    Ok(())
}

/// Adds the end of a session to a batch.
pub(super) fn end(app: &App, batch: &mut Batch, session: &Stored<Session>) {
    batch.remove(session.id, Expect::Any);
    batch.discard::<Sessions>(session.account, session.id);
    batch.discard::<OpenSessions>(INSTANCE, session.id);
    batch.emit(app.id(), &Event::AccessEnded { account: session.account });
}

async fn end_stolen(app: &App, session: &Stored<Session>) -> Result<(), Fault> {
    tracing::warn!(session.id = %session.id, "ended session {}: its refresh token was reused", session.id);
    let mut batch = Batch::new();
    end(app, &mut batch, session);
    notice(app, &mut batch, session.account, Notice::SessionReused, None);
    app.graph.commit(batch).await?;
    Ok(())
}

/// The session of a genuine token, of whatever generation.
async fn open(
    app: &App,
    given: &str,
) -> Result<(std::sync::Arc<Stored<Session>>, u64), RefreshError> {
    let bytes = from_base64url(given).filter(|bytes| bytes.len() == 48);
    let bytes = bytes.ok_or(RefreshError::Ended)?;
    let number = |part: &[u8]| part.try_into().map(u64::from_be_bytes).unwrap_or(0);
    let (id, generation) = (number(&bytes[..8]), number(&bytes[8..16]));
    let id: Id<Session> = Id::new(id).ok_or(RefreshError::Ended)?;
    let session = app.graph.get(id).await?.ok_or(RefreshError::Ended)?;
    if same(&seal(app, id, &session, generation), &bytes[16..]) && generation <= session.generation
    {
        Ok((session, generation))
    } else {
        Err(RefreshError::Ended)
    }
}
