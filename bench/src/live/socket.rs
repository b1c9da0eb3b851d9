//! One socket of a client: bare, or Socket.IO by hand (Engine.IO 4 over WebSocket: `0` opens, `40` joins, `2` is answered by
//! `3`, `42` is an event, `43` acknowledges).

use std::{net::SocketAddr, sync::Arc};

use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use serde_json::json;
use tokio::{net::TcpStream, sync::Mutex, task::JoinHandle};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use super::tally::Tally;
use crate::Failure;

type Stream = WebSocketStream<TcpStream>;

/// What is spoken.
pub enum Dialect {
    /// Frames.
    Bare,
    /// Socket.IO, with a person's token.
    SocketIo(String),
}

/// A socket; its reader tells the tally what it hears.
pub struct Socket {
    sink: Arc<Mutex<SplitSink<Stream, Message>>>,
    reader: JoinHandle<()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Socket {
    /// Connects, and joins if that is the way; `by` is whose it is in the tally.
    pub async fn open(
        address: SocketAddr,
        dialect: Dialect,
        by: usize,
        tally: Arc<Tally>,
    ) -> Result<Socket, Failure> {
        let path = match &dialect {
            Dialect::Bare => "floor/live",
            Dialect::SocketIo(_) => "socket.io/?EIO=4&transport=websocket",
        };
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut stream, _) = client_async(format!("ws://{address}/{path}"), stream).await?;
        if let Dialect::SocketIo(token) = dialect {
            join(&mut stream, &token).await?;
        }
        let (sink, stream) = stream.split();
        let sink = Arc::new(Mutex::new(sink));
        let reader = tokio::spawn(listen(stream, sink.clone(), by, tally));
        Ok(Socket { sink, reader })
    }

    /// A message to a chat.
    pub async fn say(&self, text: &str, chat: &str) -> Result<(), Failure> {
        let body = json!(["chat.send", { "chat_id": chat, "client_id": text, "text": text }]);
        self.frame(&format!("421{body}")).await
    }

    /// A frame as it is.
    pub async fn frame(&self, text: &str) -> Result<(), Failure> {
        Ok(self.sink.lock().await.send(Message::text(text)).await?)
    }
}

/// Until the server says that everything is joined.
async fn join(stream: &mut Stream, token: &str) -> Result<(), Failure> {
    while let Some(frame) = stream.next().await {
        let frame = frame?.into_text()?;
        match frame.as_str() {
            "2" => stream.send(Message::text("3")).await?,
            frame if frame.starts_with('0') => {
                let auth = json!({ "token": token });
                stream.send(Message::text(format!("40{auth}"))).await?;
            }
            frame if frame.starts_with("42[\"ready\"") => return Ok(()),
            frame if frame.starts_with("44") || frame.starts_with("41") => {
                return Err(format!("the server does not let us in: {frame}").into());
            }
            _ => {}
        }
    }
    Err("the server closed the socket".into())
}

async fn listen(
    mut stream: SplitStream<Stream>,
    sink: Arc<Mutex<SplitSink<Stream, Message>>>,
    by: usize,
    tally: Arc<Tally>,
) {
    while let Some(Ok(frame)) = stream.next().await {
        let Ok(text) = frame.to_text() else { continue };
        match text {
            "2" => drop(sink.lock().await.send(Message::text("3")).await),
            // Refused: whoever waits for it learns why.
            text if text.starts_with("431[{\"ok\":false") => tally.fail(text),
            text if text.starts_with("42[\"resync\"") => tally.fail(text),
            text if text.starts_with("42[\"chat.message\"") || !text.starts_with('4') => {
                tally.hear(text, by);
            }
            _ => {}
        }
    }
}
