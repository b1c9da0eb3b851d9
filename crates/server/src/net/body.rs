//! A request's body, watched: it must not be silent for long, and it is known when all of it has arrived.

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
use tokio::{sync::Notify, time::Sleep};

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
    let body = Watched { incoming, idle, sleep, end: end.clone() };
    (Body::new(body), Arrived(end))
}

struct Watched {
    incoming: Incoming,
    idle: Duration,
    sleep: Pin<Box<Sleep>>,
    end: Arc<Notify>,
}

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
enum BodyError {
    #[error("the body was silent for too long")]
    Silent,
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
            let deadline = tokio::time::Instant::now() + self.idle;
            self.sleep.as_mut().reset(deadline);
            if frame.is_none() || self.incoming.is_end_stream() {
                self.end.notify_one();
            }
            return Poll::Ready(
                frame.map(|frame| frame.map_err(|error| axum::Error::new(BodyError::from(error)))),
            );
        }
        ready!(self.sleep.as_mut().poll(context));
        self.end.notify_one();
        Poll::Ready(Some(Err(axum::Error::new(BodyError::Silent))))
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
