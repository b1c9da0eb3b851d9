//! The door: who may open a socket, from where, how many, and how large what they send may be.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    response::IntoResponse,
    routing::{MethodRouter, any},
};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use parking_lot::Mutex;
use serde::Deserialize;
use social::gates::is_barred;
use socketioxide::{
    ParserConfig, SocketIo, TransportType,
    extract::{AckSender, Event, SocketRef, TryData},
    handler::ConnectHandler,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{
    command::{Command, Inbox},
    lines::{Lines, session_of},
    task::{self, Live},
};
use crate::{
    ClientAddr, Shared, Site,
    auth::{Viewer, identify},
    limits::{self, ClientKey},
    line::Connection,
    live::{
        figures::Transport,
        session::{Session, Standing},
        stream::Asked,
    },
    problem::{Code, Problem},
    routes::RouteLabel,
};

/// Most bytes of a packet, by whatever transport.
const BYTES: usize = 128 << 10;
/// How much is read at once: what clients say is short, and most say nothing.
const READS: usize = 1 << 10;
/// Most packets that wait for a socket: beyond, it is slow.
const WAITING: usize = 128;
/// How often the other side is asked whether it is there; below what one request may take.
const PING: Duration = Duration::from_secs(12);
/// How long it may take to answer: who vanished without a word is away within half a minute.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a connection may be there without having said who it is.
const SILENT: Duration = Duration::from_secs(10);

/// The route: Socket.IO behind its door.
pub fn mount(site: &Shared) -> MethodRouter<Shared> {
    let packets = ParserConfig::common()
        .max_incoming_binaries(0)
        .max_incoming_binary_buf_size(0)
        .packet_completion_timeout(PATIENCE);
    let (service, io) = SocketIo::builder()
        .req_path("/socket.io")
        .max_payload(BYTES as u64)
        .ws_max_message_size(BYTES)
        .ws_max_frame_size(BYTES)
        .ws_read_buffer_size(READS)
        .max_buffer_size(WAITING)
        .ping_interval(PING)
        .ping_timeout(PATIENCE)
        .connect_timeout(SILENT)
        .upgrade_timeout(SILENT)
        .transports([TransportType::Polling, TransportType::Websocket])
        .with_parser(packets)
        .build_svc();
    let known = site.clone();
    let admit = move |socket: SocketRef, TryData(auth): TryData<Auth>| {
        let site = known.clone();
        async move {
            let auth = auth.map_err(|_| Refused::from(Problem::of(Code::InvalidToken)))?;
            admit(site, &socket, auth).await
        }
    };
    let lines = Arc::<Lines>::default();
    let (own, told) = (io.clone(), lines.clone());
    let serve = move |socket: SocketRef| {
        let (io, lines) = (own.clone(), told.clone());
        async move { serve(io, &socket, lines) }
    };
    io.ns("/", serve.with(admit));
    let site = site.clone();
    any(move |mut request: Request| {
        let (site, service, lines) = (site.clone(), service.clone(), lines.clone());
        async move {
            let line = lines.coming(&mut request);
            let mut response = match let_in(&site, Coming::of(&site, &request), &lines).await {
                Ok(()) => match service.oneshot(lean(request)).await {
                    Ok(response) => response.map(Body::new),
                    Err(never) => match never {},
                },
                Err(problem) => problem.into_response(),
            };
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                lines.upgraded(line);
            }
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
            // Proxies that collect answers would hold events back.
            headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
            response.extensions_mut().insert(RouteLabel("/socket.io/"));
            response
        }
    })
}

/// The request with only what Engine.IO needs of it, copied: it is kept as long as the socket, and each header as it
/// came holds on to the whole buffer that the connection was read with.
fn lean(request: Request) -> Request {
    let (mut parts, body) = request.into_parts();
    let mut headers = HeaderMap::with_capacity(1);
    for name in [header::SEC_WEBSOCKET_KEY, header::CONTENT_TYPE] {
        let value = parts.headers.get(&name).map(|value| HeaderValue::from_bytes(value.as_bytes()));
        if let Some(Ok(value)) = value {
            headers.insert(name, value);
        }
    }
    let mut extensions = Extensions::new();
    if let Some(upgrade) = parts.extensions.remove::<OnUpgrade>() {
        extensions.insert(upgrade);
    }
    if let Some(address) = parts.extensions.remove::<ClientAddr>() {
        extensions.insert(address);
    }
    if let Some(connection) = parts.extensions.remove::<Connection>() {
        extensions.insert(connection);
    }
    if let Ok(uri) = parts.uri.to_string().parse() {
        parts.uri = uri;
    }
    (parts.headers, parts.extensions) = (headers, extensions);
    Request::from_parts(parts, body)
}

/// What of a request decides whether it may come in.
struct Coming {
    foreign: bool,
    address: Option<IpAddr>,
    client: ClientKey,
    /// The session it goes on with.
    session: Option<String>,
}

impl Coming {
    fn of(site: &Site, request: &Request) -> Coming {
        let origin = request.headers().get(header::ORIGIN);
        Coming {
            foreign: origin.is_some_and(|origin| {
                !origin.to_str().is_ok_and(|origin| site.is_own_origin(origin))
            }),
            address: request.extensions().get::<ClientAddr>().map(|address| address.0),
            client: ClientKey::of(request),
            session: session_of(request),
        }
    }
}

/// Whether a request may come in. One that goes on with a session was counted when that began.
async fn let_in(site: &Shared, coming: Coming, lines: &Lines) -> Result<(), Problem> {
    if coming.foreign {
        return Err(Problem::of(Code::CrossSite));
    }
    if let Some(address) = coming.address
        && is_barred(&site.app, address).await.unwrap_or(false)
    {
        return Err(Problem::new(Code::Forbidden, "This address is kept out of here"));
    }
    match coming.session {
        None => limits::charge_handshake(site, coming.client).await,
        Some(session) if lines.is_over(&session) => {
            Err(Problem::new(Code::BadRequest, "This session is over"))
        }
        Some(_) => Ok(()),
    }
}

/// What a client says of itself.
#[derive(Deserialize)]
struct Auth {
    token: String,
}

/// Why a socket was not opened: the word of a [`Code`].
#[derive(Debug)]
struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        if problem.status().is_server_error() {
            tracing::error!(error = problem.cause(), "a socket was not opened");
        }
        Refused(problem.code().row().0)
    }
}

/// Goes from the handshake to the task of the socket.
#[derive(Clone)]
struct Seat(Arc<Mutex<Option<(Session, Waiting)>>>);

/// What a client says from the moment on at which it is let in, and the end of that.
struct Waiting {
    commands: mpsc::Receiver<Box<Command>>,
    left: CancellationToken,
}

impl Waiting {
    /// Listens before the handshake is answered: who says something as soon as they are let in is heard. Each event is
    /// taken in where it comes, and not in a task of its own: in order, and counted before it costs anything.
    fn at(socket: &SocketRef) -> Waiting {
        let (inbox, commands) = Inbox::new();
        let left = inbox.left();
        let gone = left.clone();
        socket.on_disconnect(move || {
            gone.cancel();
            async {}
        });
        socket.on_fallback(
            move |Event(name): Event, body: TryData<serde_json::Value>, ack: AckSender| {
                inbox.take(Command { name, body: body.0.ok(), ack });
                async {}
            },
        );
        Waiting { commands, left }
    }
}

async fn admit(site: Shared, socket: &SocketRef, auth: Auth) -> Result<(), Refused> {
    let token = good(auth.token).ok_or_else(|| Problem::of(Code::InvalidToken))?;
    let Viewer::Person(person) = identify(&site, &token).await? else {
        return Err(Problem::of(Code::InvalidToken).into());
    };
    person.is_confirmed()?;
    person.scopes_cover("read:statuses").or(person.scopes_cover("read:notifications"))?;
    let address = socket.req_parts().extensions.get::<ClientAddr>().map(|address| address.0);
    // Where nothing is limited by address, sockets are not.
    let address = address.filter(|_| site.options.rate_limits);
    let address = address.map(<ClientKey as From<IpAddr>>::from);
    let transport = match socket.transport_type() {
        TransportType::Websocket => Transport::SocketIo,
        TransportType::Polling => Transport::SocketIoPolling,
    };
    let mut session = Session::open(site, Standing { person, token }, transport, address).await?;
    // Joined before the handshake is answered: what the client posts next is heard.
    session.listen(format!("live:own:{}", session.standing.person.account));
    let _ = session.subscribe("user", &Asked::default());
    let seat = (session, Waiting::at(socket));
    socket.extensions.insert(Seat(Arc::new(Mutex::new(Some(seat)))));
    Ok(())
}

/// A token as it may look.
pub fn good(token: String) -> Option<String> {
    let good = (1..=4_096).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
    good.then_some(token)
}

fn serve(io: SocketIo, socket: &SocketRef, lines: Arc<Lines>) {
    let seat = socket.extensions.remove::<Seat>();
    let Some((session, said)) = seat.and_then(|seat| seat.0.lock().take()) else { return };
    let (stop, sockets) = {
        let options = &session.site.options;
        (options.stop.clone(), options.sockets.clone())
    };
    let socket = socket.clone();
    let live = Box::new(Live::new(socket.clone(), session));
    sockets.spawn(async move {
        task::run(io, live, said.commands, said.left).await;
        Box::pin(lines.hang_up(&socket, &stop)).await;
    });
}
