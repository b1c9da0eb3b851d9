//! A request's body, watched: it must not be silent for long nor drip, and it is known when all of it has arrived.
//!
//! Only the time counts in which a handler waits for the client: a handler that is busy makes no client slow.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::{
    sync::Notify,
    time::{Instant, Sleep},
};

/// Bytes a second that a client has to send, on the whole. Far below any network that people use.
const SLOWEST: u64 = 512;

/// Signals that the whole body has arrived, or that nobody wants the rest.
pub struct Arrived(Arc<Notify>);

impl Arrived {
    pub async fn wait(&self) {
        self.0.notified().await;
    }
}

/// The body of a request, and the signal of its end.
pub fn watched(incoming: Incoming, idle: Duration) -> (Body, Arrived) {
    let end = Arc::new(Notify::new());
    if incoming.is_end_stream() {
        end.notify_one();
    }
    let sleep = Box::pin(tokio::time::sleep(idle));
    let body = Watched {
        incoming,
        idle,
        sleep,
        waits_since: None,
        waited: Duration::ZERO,
        bytes: 0,
        end: end.clone(),
    };
    (Body::new(body), Arrived(end))
}

struct Watched {
    incoming: Incoming,
    idle: Duration,
    sleep: Pin<Box<Sleep>>,
    /// Since when a handler waits for the next frame.
    waits_since: Option<Instant>,
    /// How long handlers waited for the frames before.
    waited: Duration,
    bytes: u64,
    end: Arc<Notify>,
}

impl Watched {
    /// How long the next frame may take.
    fn patience(&self) -> Duration {
        let earned = Duration::from_millis(self.bytes.saturating_mul(1_000) / SLOWEST);
        (self.idle + earned).saturating_sub(self.waited).min(self.idle)
    }
}

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
enum BodyError {
    #[error("the body came too slowly")]
    Slow,
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) {
            if let Some(since) = self.waits_since.take() {
                self.waited += since.elapsed();
            }
            if let Some(Ok(frame)) = &frame {
                self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            if frame.is_none() || self.incoming.is_end_stream() {
                self.end.notify_one();
            }
            return Poll::Ready(
                frame.map(|frame| frame.map_err(|error| axum::Error::new(BodyError::from(error)))),
            );
        }
        if self.waits_since.is_none() {
            let now = Instant::now();
            let deadline = now + self.patience();
            self.waits_since = Some(now);
            self.sleep.as_mut().reset(deadline);
        }
        ready!(self.sleep.as_mut().poll(context));
        self.end.notify_one();
        Poll::Ready(Some(Err(axum::Error::new(BodyError::Slow))))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.end.notify_one();
    }
}
