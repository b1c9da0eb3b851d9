//! The line that requests come over, as the server's accept loop gives it to those that want to become a socket.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures::task::AtomicWaker;

/// The server's end of a connection: it ends as if the other side had ended, once somebody hung up.
#[derive(Debug, Default)]
pub struct Line {
    hung_up: AtomicBool,
    reader: AtomicWaker,
}

impl Line {
    /// Ready once somebody hung up; one reader waits for it.
    pub fn poll_hung_up(&self, context: &mut Context<'_>) -> Poll<()> {
        self.reader.register(context.waker());
        match self.hung_up.load(Ordering::Acquire) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

/// The connection that a request came over, for who may end it.
#[derive(Clone, Debug)]
pub struct Connection(Weak<Line>);

impl Connection {
    /// That of a line.
    pub fn of(line: &Arc<Line>) -> Connection {
        Connection(Arc::downgrade(line))
    }

    /// Whether it has ended.
    pub fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }

    /// Ends it, whatever the other side does.
    pub fn hang_up(&self) {
        if let Some(line) = self.0.upgrade() {
            line.hung_up.store(true, Ordering::Release);
            line.reader.wake();
        }
    }
}
