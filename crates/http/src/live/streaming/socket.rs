//! Streams over a WebSocket: many on one connection.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use serde_json::json;
use tokio::time::{Instant, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use super::{Asked, Refusal, Session};
use crate::body::{parse_json, read};
use crate::live::{figures::Ending, session::Event};

/// How often the other side is asked whether it is there.
const PING: Duration = Duration::from_secs(30);
/// How long one frame may take to go out: beyond, the reader has stopped.
const SEND: Duration = Duration::from_secs(10);
/// How long the other side may take to say goodbye, too.
const GOODBYE: Duration = Duration::from_secs(1);
/// Most messages of a client between two pings.
const MESSAGES: usize = 300;

/// Serves a connection until either side ends it, or the server stops.
pub async fn run(
    mut socket: WebSocket,
    mut session: Session,
    refused: Option<Refusal>,
    stop: CancellationToken,
) {
    if let Some(refusal) = refused
        && send(&mut socket, refusal_of(refusal)).await.is_none()
    {
        return;
    }
    let mut pings = interval_at(Instant::now() + PING, PING);
    let (mut answered, mut messages) = (true, 0);
    loop {
        let going = tokio::select! {
            () = stop.cancelled() => {
                session.ends(Ending::Stop);
                return leave(socket).await;
            }
            event = session.next_event() => match event {
                Some(event) => {
                    let sent = send(&mut socket, frame(&event)).await;
                    if sent.is_none() {
                        session.ends(Ending::Silent);
                    }
                    sent
                }
                None => None,
            },
            message = socket.recv() => {
                (answered, messages) = (true, messages + 1);
                match message {
                    Some(Ok(Message::Text(text))) if messages <= MESSAGES => {
                        match command(&mut session, text.as_bytes()) {
                            Some(answer) => send(&mut socket, answer).await,
                            None => Some(()),
                        }
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) if messages <= MESSAGES => Some(()),
                    _ => {
                        if messages > MESSAGES {
                            session.ends(Ending::Flood);
                        }
                        None
                    }
                }
            }
            _ = pings.tick() => {
                messages = 0;
                // Who did not answer the last one is gone (a half-open connection).
                let there = std::mem::replace(&mut answered, false);
                match there {
                    true => send(&mut socket, Message::Ping(Vec::new().into())).await,
                    false => {
                        session.ends(Ending::Silent);
                        None
                    }
                }
            }
        };
        if going.is_none() {
            break;
        }
    }
    let _ = timeout(SEND, socket.send(Message::Close(None))).await;
}

/// The server stops: clients are told so (1001) and connect again. Without the answer to it the last frame could be
/// lost with the connection.
async fn leave(mut socket: WebSocket) {
    let frame = CloseFrame { code: close_code::AWAY, reason: "the server stops".into() };
    if send(&mut socket, Message::Close(Some(frame))).await.is_some() {
        let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> Option<()> {
    timeout(SEND, socket.send(message)).await.ok()?.ok()
}

/// `{"stream":["user"],"event":"update","payload":"…"}`; the payload is a text, also where it is JSON.
fn frame(event: &Event) -> Message {
    let frame = json!({"stream": event.stream, "event": event.event, "payload": event.payload});
    Message::Text(frame.to_string().into())
}

fn refusal_of(refusal: Refusal) -> Message {
    let answer = json!({"error": refusal.text(), "status": refusal.status()});
    Message::Text(answer.to_string().into())
}

/// Follows a client's message; what is no message is left alone, as Mastodon does.
fn command(session: &mut Session, bytes: &[u8]) -> Option<Message> {
    let tree = parse_json(bytes).ok()?;
    let kind = tree.get("type")?.as_str()?.to_owned();
    let asked: Asked = read(tree).ok()?;
    let stream = asked.stream.clone().unwrap_or_default();
    let done = match kind.as_str() {
        "subscribe" => session.subscribe(&stream, &asked),
        "unsubscribe" => session.unsubscribe(&stream, &asked),
        _ => return None,
    };
    done.err().map(refusal_of)
}
