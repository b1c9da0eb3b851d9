//! The accept loop: HTTP/1 with a limit on everything a client can make us wait for.
//!
//! `axum::serve` waits for headers without end; hyper's HTTP/1 builder with a timer does not. What is behind this loop
//! may rely on: whole headers within a time and a size, a body that is never silent for long, bounded connections, a
//! [`ClientAddr`] that no client can forge, a request id, and an answer even when a handler panics.

mod body;
mod client;
mod guard;

use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use parking_lot::Mutex;
use sociosphere_http::ClientAddr;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::config::NetLimits;

/// What the loop needs to know beside its limits.
#[derive(Clone)]
pub struct NetOptions {
    /// Limits.
    pub limits: NetLimits,
    /// Whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether people come by https: then browsers are told to stay with it.
    pub https: bool,
}

/// Serves a router until the token is cancelled, then lets requests that are being answered finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: NetOptions,
    stop: CancellationToken,
) {
    let limits = options.limits;
    let connections = Arc::new(Semaphore::new(limits.connections));
    let server = Arc::new(Server { router, options, per_address: Mutex::default() });
    let tracker = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, most likely: a short breath instead of a spin.
                tracing::warn!("connection not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&connections).try_acquire_owned() else {
            metrics::counter!("net_refused_total", "why" => "connections").increment(1);
            continue;
        };
        let Some(seat) = Seat::take(&server, peer.ip()) else {
            metrics::counter!("net_refused_total", "why" => "address").increment(1);
            continue;
        };
        let (server, stop) = (server.clone(), stop.clone());
        tracker.spawn(async move {
            server.connection(stream, peer, stop).await;
            drop((place, seat));
        });
    }
    drop(listener);
    tracker.close();
    if tokio::time::timeout(limits.drain, tracker.wait()).await.is_err() {
        tracing::warn!("{} connections were cut off at the end of the drain", tracker.len());
    }
}

struct Server {
    router: Router,
    options: NetOptions,
    per_address: Mutex<HashMap<IpAddr, usize>>,
}

impl Server {
    async fn connection(&self, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let _ = stream.set_nodelay(true);
        let limits = self.options.limits;
        let service = service_fn(|request| async {
            Ok::<_, Infallible>(self.answer(request, peer.ip()).await)
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_headers(limits.header_count)
            // Room for the headers; bodies are streamed through it.
            .max_buf_size(limits.header_bytes.max(8 * 1024))
            .half_close(false);
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => {}
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let trusted = self.trusts(peer);
        let (mut parts, incoming) = request.into_parts();
        let client = if trusted {
            client::behind_proxies(&parts.headers, peer, |ip| self.trusts(ip))
        } else {
            peer
        };
        parts.extensions.insert(ClientAddr(client));
        let id = client::request_id(&parts.headers, trusted);
        parts.headers.insert("x-request-id", id.clone());
        let limits = self.options.limits;
        let upgrade = parts.headers.contains_key(http::header::UPGRADE);
        let oauth = parts.uri.path().starts_with("/oauth");
        let (body, arrived) = body::watched(incoming, limits.body_idle_timeout);
        let request = Request::from_parts(parts, body);
        let work = guard::catch(self.router.clone().oneshot(request), &id);
        // A long upload is not slow work: the clock of the answer starts when the body is there.
        let answered = async {
            tokio::pin!(work);
            tokio::select! {
                response = work.as_mut() => return response,
                () = arrived.wait() => {}
            }
            if upgrade {
                return work.await;
            }
            match tokio::time::timeout(limits.request_timeout, work).await {
                Ok(response) => response,
                Err(_) => {
                    guard::plain(StatusCode::SERVICE_UNAVAILABLE, "the request took too long", &id)
                }
            }
        };
        let mut response = answered.await;
        self.headers(response.headers_mut(), id, oauth);
        response
    }

    fn headers(&self, headers: &mut http::HeaderMap, id: HeaderValue, oauth: bool) {
        let mut set = |name: &'static str, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        set("x-content-type-options", "nosniff");
        set("referrer-policy", "same-origin");
        set("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()");
        set("x-frame-options", "DENY");
        if !oauth {
            // Apps open the consent page as a popup and need its opener.
            set("cross-origin-opener-policy", "same-origin");
        }
        if self.options.https {
            set("strict-transport-security", "max-age=63072000");
        }
        headers.insert("x-request-id", id);
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.options.trusted_proxies.iter().any(|range| range.contains(&ip))
    }
}

/// A connection's place in the count of its address.
struct Seat {
    server: Arc<Server>,
    key: Option<IpAddr>,
}

impl Seat {
    fn take(server: &Arc<Server>, ip: IpAddr) -> Option<Seat> {
        if server.trusts(ip) {
            return Some(Seat { server: server.clone(), key: None });
        }
        let key = client::network(ip);
        let mut seats = server.per_address.lock();
        let taken = seats.entry(key).or_default();
        if *taken >= server.options.limits.connections_per_address {
            return None;
        }
        *taken += 1;
        Some(Seat { server: server.clone(), key: Some(key) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut seats = self.server.per_address.lock();
        if let Some(taken) = seats.get_mut(&key) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
