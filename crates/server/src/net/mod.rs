//! The accept loop: HTTP/1 with a limit on everything a client can make us wait for.
//!
//! `axum::serve` waits for headers without end; hyper's HTTP/1 builder with a timer does not. What is behind this loop
//! may rely on: whole headers within a time and a size, a body that is never silent for long, a client that takes
//! its answer, bounded connections, a [`ClientAddr`] that no client can forge, a request id, and an answer even when a
//! handler panics. A stop fails no request: what is on its way is answered, with word that the connection ends.

mod body;
mod client;
mod ending;
mod guard;
mod head;
mod steady;

use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body};
use futures::FutureExt;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CONNECTION, UPGRADE},
};
use http_body::Body as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use parking_lot::Mutex;
use sociosphere_http::{
    ClientAddr, headers,
    line::{Connection, Line},
    routes::Figures,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::config::NetLimits;
use guard::Asked;
use head::{HeadClock, Standing};
use steady::Steady;

/// How long a connection without a request is kept after a stop: one may be on its way.
const LINGER: Duration = Duration::from_millis(500);

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
    let figures = Figures::default();
    let server = Arc::new(Server { router, options, stop, figures, per_address: Mutex::default() });
    let (tracker, cut) = (TaskTracker::new(), CancellationToken::new());
    let take = |stream: TcpStream, peer: SocketAddr| {
        // On a socket for both families, IPv4 comes as ::ffff:a.b.c.d; ranges of proxies are written without.
        let peer = peer.ip().to_canonical();
        let Ok(place) = Arc::clone(&connections).try_acquire_owned() else {
            metrics::counter!("net_refused_total", "why" => "connections").increment(1);
            return;
        };
        let Some(seat) = Seat::take(&server, peer) else {
            metrics::counter!("net_refused_total", "why" => "address").increment(1);
            return;
        };
        let (server, cut, open) = (server.clone(), cut.clone(), Open::new());
        tracker.spawn(async move {
            tokio::select! {
                () = server.connection(stream, peer) => {}
                () = cut.cancelled() => {}
            }
            drop((place, seat, open));
        });
    };
    loop {
        let accepted = tokio::select! {
            () = server.stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => take(stream, peer),
            Err(error) => {
                // Out of file handles, most likely: a short breath instead of a spin.
                tracing::warn!("connection not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    // Clients in the backlog are connected, as far as they know.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        take(stream, peer);
    }
    drop(listener);
    tracker.close();
    if tokio::time::timeout(limits.drain, tracker.wait()).await.is_err() {
        tracing::warn!("{} connections were cut off at the end of the drain", tracker.len());
        cut.cancel();
        tracker.wait().await;
    }
}

struct Server {
    router: Router,
    options: NetOptions,
    stop: CancellationToken,
    figures: Figures,
    per_address: Mutex<HashMap<IpAddr, usize>>,
}

impl Server {
    async fn connection(&self, stream: TcpStream, peer: IpAddr) {
        let _ = stream.set_nodelay(true);
        let limits = self.options.limits;
        let standing = Standing::default();
        let head = HeadClock::new(standing.clone(), limits.header_timeout);
        let line = Arc::<Line>::default();
        let connection = Connection::of(&line);
        let stream = Steady::new(stream, limits.body_idle_timeout, head, line);
        let service = service_fn(|mut request: Request<Incoming>| async {
            standing.busy();
            if request.headers().contains_key(UPGRADE) {
                request.extensions_mut().insert(connection.clone());
            }
            let response = self.answer(request, peer).await;
            // What comes over a connection that became a socket begins no head.
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                standing.answered();
            }
            Ok::<_, Infallible>(response)
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.keep_alive.max(limits.header_timeout))
            .max_headers(limits.header_count)
            // Room for the headers; bodies are streamed through it.
            .max_buf_size(limits.header_bytes.max(8 * 1024))
            .half_close(false);
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => {}
            () = self.stop.cancelled() => {
                // Busy ones end themselves: their answers say `close` from now on.
                if tokio::time::timeout(LINGER, connection.as_mut()).await.is_err() {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
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
        let trace = client::trace(&parts.headers, trusted);
        parts.headers.insert("x-request-id", id.clone());
        let uri = parts.uri.clone();
        let asked = Asked {
            id,
            figures: &self.figures,
            method: parts.method.clone(),
            since: Instant::now(),
        };
        let address = uri.path_and_query().map_or(0, |address| address.as_str().len());
        let mut response = if address > self.options.limits.uri_bytes {
            asked.instead(StatusCode::URI_TOO_LONG, "refused", "the address is too long")
        } else {
            trace.follow(self.routed(Request::from_parts(parts, incoming), &asked)).await
        };
        let headers = response.headers_mut();
        // The product's frame has done so; what never came to it is made safe here.
        if !headers::is_safe(headers) {
            headers::safe(headers, uri.path(), self.options.https);
        }
        headers.insert("x-request-id", asked.id);
        if self.stop.is_cancelled() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        ending::with_stop(response, &self.stop)
    }

    /// The router's answer in time, or one instead.
    async fn routed(&self, request: Request<Incoming>, asked: &Asked<'_>) -> Response<Body> {
        let limits = self.options.limits;
        let upgrade = request.headers().contains_key(UPGRADE);
        let (parts, incoming) = request.into_parts();
        if incoming.is_end_stream() && !upgrade {
            let request = Request::from_parts(parts, Body::empty());
            let work = asked.catch(self.router.clone().oneshot(request));
            return self.in_time(work, asked).await;
        }
        let (body, arrived) = body::watched(incoming, limits.body_idle_timeout);
        let request = Request::from_parts(parts, body);
        let work = asked.catch(self.router.clone().oneshot(request));
        // A long upload is not slow work: the clock of the answer starts when the body is there.
        tokio::pin!(work);
        tokio::select! {
            response = work.as_mut() => return response,
            () = arrived.wait() => {}
        }
        if upgrade {
            return work.await;
        }
        self.in_time(work, asked).await
    }

    /// An answer that is made in time, or one instead.
    async fn in_time(
        &self,
        work: impl Future<Output = Response<Body>>,
        asked: &Asked<'_>,
    ) -> Response<Body> {
        match tokio::time::timeout(self.options.limits.request_timeout, work).await {
            Ok(response) => response,
            Err(_) => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                asked.instead(status, "timed out", "the request took too long")
            }
        }
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.options.trusted_proxies.iter().any(|range| range.contains(&ip))
    }
}

/// A connection in the figures.
struct Open(metrics::Gauge);

impl Open {
    fn new() -> Open {
        let open = metrics::gauge!("net_connections_open");
        open.increment(1.0);
        Open(open)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
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
