//! Answers without an end of their own: a stop ends them, so that nobody waits for the drain.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use http_body::{Body as HttpBody, Frame};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Lets a stop end an event stream; other answers stay as they are. Clients of event streams connect again.
pub fn with_stop(response: Response<Body>, stop: &CancellationToken) -> Response<Body> {
    let kind = response.headers().get(CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        return response;
    }
    let stopped = Box::pin(stop.clone().cancelled_owned());
    response.map(|body| Body::new(Ending { body, stopped }))
}

struct Ending {
    body: Body,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl HttpBody for Ending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // First, because a busy stream always has another frame.
        if self.stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }
}
