//! The lines below sockets, and hanging up on who is put out.
//!
//! Socket.IO's goodbye ends a socket and leaves the connection below it to the client: one that answers pings could keep it
//! for ever, counted nowhere. So a while after a socket ended its WebSocket's connection is cut, and of a session by polling
//! no request is answered any more, until its pings run out.

use std::{collections::HashMap, time::Duration};

use axum::extract::Request;
use parking_lot::Mutex;
use socketioxide::extract::SocketRef;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::line::Connection;

/// How long a client has to go by itself, as ours and every official one does.
const GRACE: Duration = Duration::from_secs(2);
/// How long it is remembered that a session is over: longer than its pings hold.
const REMEMBERED: Duration = Duration::from_secs(60);
/// With so many entries it is first looked which of them are of use.
const MANY: usize = 256;

/// Connections of this process's sockets.
#[derive(Default)]
pub struct Lines(Mutex<Table>);

#[derive(Default)]
struct Table {
    /// Of sessions that began by polling. Those that began as a WebSocket have theirs in their first request.
    upgraded: HashMap<String, Connection>,
    /// Sessions that are over, and since when.
    over: HashMap<String, Instant>,
    swept_at: usize,
}

impl Lines {
    /// What a request may bring into a session: its connection, if that becomes a WebSocket. A connection of polls may be a
    /// proxy's, and carry requests of others next: it is never cut.
    pub fn coming(&self, request: &mut Request) -> Option<(String, Connection)> {
        let becomes_socket = pairs(request).any(|pair| pair == "transport=websocket");
        if !becomes_socket {
            request.extensions_mut().remove::<Connection>();
        }
        let connection = request.extensions().get::<Connection>()?.clone();
        Some((session_of(request)?, connection))
    }

    /// A session goes on over a WebSocket.
    pub fn upgraded(&self, line: Option<(String, Connection)>) {
        let Some((session, connection)) = line else { return };
        let mut table = self.0.lock();
        table.sweep();
        table.upgraded.insert(session, connection);
    }

    /// Whether no request of a session is answered any more.
    pub fn is_over(&self, session: &str) -> bool {
        self.0.lock().over.contains_key(session)
    }

    /// Ends what is below a socket that ended, unless the client does so itself.
    pub async fn hang_up(&self, socket: &SocketRef, stop: &CancellationToken) {
        let session = socket.id.to_string();
        let upgraded = self.0.lock().upgraded.remove(&session);
        let began = socket.req_parts().extensions.get::<Connection>().cloned();
        let connection = upgraded.or(began);
        if connection.as_ref().is_some_and(Connection::is_gone) {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(GRACE) => {}
        }
        // It may have become a WebSocket just now.
        let upgraded = self.0.lock().upgraded.remove(&session);
        if let Some(connection) = upgraded.or(connection) {
            return connection.hang_up();
        }
        let mut table = self.0.lock();
        table.sweep();
        table.over.insert(session, Instant::now());
    }
}

impl Table {
    /// Forgets what is of no use any more, whenever there is twice as much as there was of use.
    fn sweep(&mut self) {
        if self.upgraded.len() + self.over.len() < self.swept_at.max(MANY) {
            return;
        }
        self.upgraded.retain(|_, connection| !connection.is_gone());
        self.over.retain(|_, since| since.elapsed() < REMEMBERED);
        self.swept_at = 2 * (self.upgraded.len() + self.over.len());
    }
}

/// The session that a request goes on with.
pub fn session_of(request: &Request) -> Option<String> {
    pairs(request).find_map(|pair| pair.strip_prefix("sid=")).map(str::to_owned)
}

fn pairs(request: &Request) -> impl Iterator<Item = &str> {
    request.uri().query().unwrap_or_default().split('&')
}
