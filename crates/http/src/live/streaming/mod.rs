//! Mastodon's `/api/v1/streaming`: as WebSocket with many streams, and as server-sent events with one. A connection that
//! does not keep up is closed; its client reads again.

mod socket;
mod sse;

use axum::{
    extract::{
        Request, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Uri, header};

use super::{
    figures::Transport,
    session::{Session, Standing},
    stream::{Asked, Refusal, StreamName},
};
use crate::{
    Shared,
    auth::{Person, Viewer, bearer, identify},
    body::{parse_pairs, read},
    problem::{Code, Problem},
    routes::{Access, Operation, get},
};

const TAG: &str = "streaming";

/// The operations of live streams.
pub fn operations() -> Vec<Operation> {
    vec![
        get("streaming", "/api/v1/streaming", Access::Open)
            .says(
                TAG,
                "A WebSocket for many streams; the token also as subprotocol or ?access_token=",
            )
            .takes::<Asked>()
            .to(socket),
        get("streamingHealth", "/api/v1/streaming/health", Access::Open)
            .says(TAG, "Whether streams are served")
            .to(async || ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "OK")),
        get("streamingEvents", "/api/v1/streaming/{*channel}", Access::Open)
            .says(TAG, "One stream as server-sent events")
            .takes::<Asked>()
            .to(events),
    ]
}

async fn socket(
    State(site): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let asked = asked(&uri)?;
    let protocol = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|p| p.to_str().ok());
    let token = token(&headers, &asked, protocol)?;
    let person = person(&site, &token).await?;
    let upgrade =
        upgrade.map_err(|_| Problem::new(Code::BadRequest, "Unknown channel requested"))?;
    // Subscribed before the handshake is answered: what the client posts next is heard.
    let (stop, sockets) = (site.options.stop.clone(), site.options.sockets.clone());
    let mut session =
        Session::open(site, Standing { person, token }, Transport::WebSocket, None).await?;
    let first = asked.stream.as_deref().filter(|name| !name.is_empty());
    let refused = first.and_then(|name| session.subscribe(name, &asked).err());
    if refused == Some(Refusal::OutsideScopes) {
        return Err(Problem::of(Code::OutsideScopes));
    }
    let mut upgrade = upgrade
        .max_message_size(128 << 10)
        .max_frame_size(128 << 10)
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(1 << 20);
    if let Some(protocol) = protocol {
        // Browsers close a socket that does not answer with the protocol they asked for.
        upgrade = upgrade.protocols([protocol.to_owned()]);
    }
    Ok(upgrade.on_upgrade(move |socket| {
        sockets.track_future(socket::run(socket, session, refused, stop))
    }))
}

async fn events(State(site): State<Shared>, request: Request) -> Result<Response, Problem> {
    let (headers, uri) = (request.headers(), request.uri());
    let asked = asked(uri)?;
    let token = token(headers, &asked, None)?;
    let person = person(&site, &token).await?;
    let channel = uri.path().trim_start_matches("/api/v1/streaming/").trim_end_matches('/');
    let name = StreamName::of_channel(channel, &asked)
        .ok_or_else(|| Problem::new(Code::BadRequest, "Unknown channel requested"))?;
    let mut session =
        Session::open(site, Standing { person, token }, Transport::Events, None).await?;
    session.subscribe(&name, &asked).map_err(|refusal| match refusal {
        Refusal::OutsideScopes => Problem::of(Code::OutsideScopes),
        Refusal::UnknownStream | Refusal::MissingTag | Refusal::MissingList | Refusal::TooMany => {
            Problem::new(Code::BadRequest, refusal.text())
        }
    })?;
    let mut response = sse::body(session).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    // Proxies that collect answers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn asked(uri: &Uri) -> Result<Asked, Problem> {
    let tree = parse_pairs(uri.query().unwrap_or_default().as_bytes())?;
    read(tree).map_err(|error| Problem::field(&error.field, &error.message))
}

/// The token: of the header, of the query (here alone), or the subprotocol.
fn token(headers: &HeaderMap, asked: &Asked, protocol: Option<&str>) -> Result<String, Problem> {
    let invalid = || Problem::of(Code::InvalidToken);
    let token = match bearer(headers)? {
        Some(token) => token,
        None => asked.access_token.as_deref().or(protocol).ok_or_else(invalid)?,
    };
    let good = (1..=4_096).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(token.to_owned()) } else { Err(invalid()) }
}

/// Streams are for people.
async fn person(site: &Shared, token: &str) -> Result<Person, Problem> {
    match identify(site, token).await? {
        Viewer::Person(person) => {
            person.is_confirmed()?;
            person.scopes_cover("read:statuses").or(person.scopes_cover("read:notifications"))?;
            Ok(person)
        }
        Viewer::App(_) | Viewer::Anonymous => Err(Problem::of(Code::InvalidToken)),
    }
}
