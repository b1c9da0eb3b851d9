//! `sociosphere floor`: one static page of a given size, as the product serves its static pages: from the same accept
//! loop, in the same frame of headers, counted and logged the same way. What `make bench` measures the product against.
//!
//! And `/floor/live`, bare WebSockets: what one of them says goes to all, as it is.

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    routing::get,
};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use sociosphere_http::routes::{FrameOptions, framed};
use tokio::{net::TcpListener, sync::broadcast};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    config::Config,
    net::{self, NetOptions},
    observe, roles,
};

/// Frames that a bare socket may be behind.
const SAID: usize = 1_024;

/// Serves the page until the process is told to stop.
pub async fn serve(config: &Config, bytes: usize) -> Outcome {
    let _logs = observe::start_logs(config);
    observe::start_metrics("serve");
    let listener = match TcpListener::bind(config.listen).await {
        Ok(listener) => listener,
        Err(error) => return Outcome::failed(format!("listen = {}: {error}", config.listen)),
    };
    let page = Bytes::from(vec![b'x'; bytes]);
    let answer = move || {
        let page = page.clone();
        async move { ([(CONTENT_TYPE, "application/json; charset=utf-8")], page) }
    };
    let (said, _) = broadcast::channel::<Message>(SAID);
    let live = move |upgrade: WebSocketUpgrade| async move {
        upgrade
            .write_buffer_size(0)
            .read_buffer_size(4 << 10)
            .on_upgrade(move |socket| live(socket, said))
    };
    let router = Router::new()
        .route("/health", get(async || "OK"))
        .route("/floor", get(answer))
        .route("/floor/live", get(live));
    let https = config.public_url.starts_with("https://");
    let router = framed(router, FrameOptions { https, log_requests: config.log_requests });
    let options = NetOptions {
        limits: config.limits,
        trusted_proxies: config.trusted_proxies.clone(),
        https,
    };
    let stop = CancellationToken::new();
    roles::stop_on_signals(&stop);
    net::serve(listener, router, options, stop).await;
    Outcome::default()
}

/// A bare socket, until it is closed or too far behind.
async fn live(mut socket: WebSocket, said: broadcast::Sender<Message>) {
    let mut hears = said.subscribe();
    loop {
        tokio::select! {
            frame = socket.recv() => match frame {
                Some(Ok(frame @ Message::Text(_))) => drop(said.send(frame)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            frame = hears.recv() => match frame {
                Ok(frame) => if socket.send(frame).await.is_err() { return },
                Err(_) => return,
            },
        }
    }
}
