//! When the head of a request has to be there. Between two requests a connection may rest for long; a head that has
//! begun may not.
//!
//! hyper's own timer knows one time for both, so it gets the longer one, and the clock here the shorter. The service
//! says where a connection stands, the stream what arrives.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Sleep;

/// A head is expected, or under way: of a new connection, or because bytes of it came.
const BEGUN: u8 = 0;
/// A request is with its handler: what arrives is its body, which has a clock of its own.
const BUSY: u8 = 1;
/// The last request is answered: the connection may rest.
const ANSWERED: u8 = 2;

/// Where a connection stands.
#[derive(Clone, Default)]
pub struct Standing(Arc<AtomicU8>);

impl Standing {
    /// A request's head is there.
    pub fn busy(&self) {
        self.0.store(BUSY, Ordering::Relaxed);
    }

    /// Its answer is made.
    pub fn answered(&self) {
        self.0.store(ANSWERED, Ordering::Relaxed);
    }
}

/// The clock of a connection's heads.
pub struct HeadClock {
    standing: Standing,
    patience: Duration,
    /// Runs while a head is waited for. Between two it is gone, and does not hold on to the task that waited.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl HeadClock {
    pub fn new(standing: Standing, patience: Duration) -> HeadClock {
        HeadClock { standing, patience, sleep: None }
    }

    /// Bytes came: if the connection was at rest, they begin a head.
    pub fn arrived(&mut self) {
        let rested =
            self.standing.0.compare_exchange(ANSWERED, BEGUN, Ordering::Relaxed, Ordering::Relaxed);
        if rested.is_ok() {
            self.sleep = None;
        }
    }

    /// Nothing came: ready when a head takes too long.
    pub fn waited(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.standing.0.load(Ordering::Relaxed) != BEGUN {
            self.sleep = None;
            return Poll::Pending;
        }
        let patience = self.patience;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        sleep.as_mut().poll(context)
    }
}
