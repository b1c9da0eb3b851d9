//! Counts live streams: how many are open, and why they ended.

use std::sync::OnceLock;

use metrics::Counter;

/// What carries a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    WebSocket,
    /// Server-sent events.
    Events,
    /// Socket.IO over a WebSocket, from the start.
    SocketIo,
    /// Socket.IO that began with polling; it may change to a WebSocket.
    SocketIoPolling,
}

impl Transport {
    /// Whether it stays and reads again where it missed something.
    pub fn resyncs(self) -> bool {
        match self {
            Transport::SocketIo | Transport::SocketIoPolling => true,
            Transport::WebSocket | Transport::Events => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Transport::WebSocket => "websocket",
            Transport::Events => "events",
            Transport::SocketIo => "socketio",
            Transport::SocketIoPolling => "socketio_polling",
        }
    }
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client left.
    Client,
    /// It did not answer, or took no bytes.
    Silent,
    /// It sent too much.
    Flood,
    /// It was too slow, or something was missed: it reads again.
    Slow,
    /// It may no longer listen.
    Access,
    /// The server stops.
    Stop,
}

impl Ending {
    fn name(self) -> &'static str {
        match self {
            Ending::Client => "client",
            Ending::Silent => "silent",
            Ending::Flood => "flood",
            Ending::Slow => "slow",
            Ending::Access => "access",
            Ending::Stop => "stop",
        }
    }
}

/// Counts an event that went out.
pub fn delivered() {
    // Found once: looking a counter up costs more than most of what is told.
    static DELIVERED: OnceLock<Counter> = OnceLock::new();
    DELIVERED.get_or_init(|| metrics::counter!("live_events_delivered_total")).increment(1);
}

/// Counts an event that a slow reader does not get.
pub fn dropped() {
    metrics::counter!("live_events_dropped_total").increment(1);
}

/// Counts a connection that was told to read again.
pub fn resynced() {
    metrics::counter!("live_resyncs_total").increment(1);
}

/// An open stream in the figures, from its opening to its drop.
pub struct Open {
    transport: &'static str,
    /// Why it ends; the client's will, if nothing else is said.
    pub why: Ending,
}

impl Open {
    /// One more.
    pub fn new(transport: Transport) -> Open {
        let transport = transport.name();
        metrics::counter!("live_connections_opened_total", "transport" => transport).increment(1);
        metrics::gauge!("live_connections_open", "transport" => transport).increment(1.0);
        Open { transport, why: Ending::Client }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let (transport, why) = (self.transport, self.why.name());
        metrics::gauge!("live_connections_open", "transport" => transport).decrement(1.0);
        metrics::counter!("live_connections_closed_total", "transport" => transport, "why" => why)
            .increment(1);
    }
}
