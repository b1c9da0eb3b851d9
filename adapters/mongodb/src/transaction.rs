//! One transaction, repeated while the server asks for that.
//!
//! The driver has a helper of its own for this, which gives up after two minutes; people wait less. What is done about the
//! server's answers is what the specification of transactions asks for: `TransientTransactionError` repeats the whole,
//! `UnknownTransactionCommitResult` only the commit, which a server applies once.

use std::time::{Duration, Instant};

use engine::store::CommitError;
use futures::future::BoxFuture;
use mongodb::{
    Client, ClientSession,
    error::{TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT},
    options::{ReadConcern, WriteConcern},
};
use rand::Rng;

use crate::{
    PATIENCE,
    error::{Fault, said},
};

/// Between two tries: at first nearly nothing, at most this.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Runs `work` in a transaction until it commits, refuses, or [`PATIENCE`] ends. `work` hears which try it is, from 0.
pub async fn run<T, W>(client: &Client, mut work: W) -> Result<T, CommitError>
where
    W: for<'a> FnMut(&'a mut ClientSession, u32) -> BoxFuture<'a, Result<T, Fault>>,
{
    let until = Instant::now() + PATIENCE;
    let lost = |error: mongodb::error::Error| CommitError::Unavailable(said(&error));
    let mut session = client.start_session().await.map_err(lost)?;
    for attempt in 0.. {
        let started = session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .write_concern(WriteConcern::majority());
        started.await.map_err(lost)?;
        let fault = match work(&mut session, attempt).await {
            Ok(answer) => match commit(&mut session, until).await {
                Ok(()) => return Ok(answer),
                Err(fault) => fault,
            },
            Err(fault) => {
                // A server that never had the transaction says so, or not: both leave nothing.
                let _ = session.abort_transaction().await;
                fault
            }
        };
        match fault {
            Fault::Refused(refusal) => return Err(refusal),
            Fault::Failed(why) => return Err(CommitError::Unavailable(why)),
            Fault::Again(why) if Instant::now() >= until => {
                return Err(CommitError::Unavailable(why));
            }
            Fault::Again(_) => tokio::time::sleep(pause(attempt)).await,
        }
    }
    unreachable!("the tries have no end")
}

async fn commit(session: &mut ClientSession, until: Instant) -> Result<(), Fault> {
    let mut attempt = 0;
    loop {
        let Err(error) = session.commit_transaction().await else { return Ok(()) };
        if error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
            return Err(Fault::Again(said(&error)));
        }
        let unknown = error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT);
        if !unknown || Instant::now() >= until {
            return Err(Fault::Failed(said(&error)));
        }
        tokio::time::sleep(pause(attempt)).await;
        attempt += 1;
    }
}

/// Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): those who collided must not meet again.
fn pause(attempt: u32) -> Duration {
    let most = Duration::from_millis(1 << attempt.min(8)).min(LONGEST_PAUSE);
    rand::rng().random_range(Duration::ZERO..=most)
}
