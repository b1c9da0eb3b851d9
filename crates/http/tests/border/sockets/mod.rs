//! Socket.IO over a real listener, spoken by hand: the protocol, the events, who hears what, and what comes after a gap.

mod events;
mod gaps;
mod protocol;
mod rights;

use std::{collections::VecDeque, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, tungstenite::Message as Frame,
};

use crate::client::Site;

/// How long a test waits for what must come.
const SOON: Duration = Duration::from_secs(10);
pub const CHATS: &str = "/api/sociosphere/v1/chats";

/// A client of the protocol: Engine.IO 4 with one WebSocket, Socket.IO 5 above it.
pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u64,
    heard: VecDeque<(String, Value)>,
}

impl Client {
    /// With Engine.IO's handshake alone.
    pub async fn knock(address: &str) -> Client {
        Client::over(TcpStream::connect(address).await.unwrap(), address).await
    }

    async fn over(stream: TcpStream, address: &str) -> Client {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let stream = MaybeTlsStream::Plain(stream);
        let (socket, _) = client_async(url, stream).await.unwrap();
        let mut client = Client { socket, asked: 0, heard: VecDeque::new() };
        assert!(client.packet().await.unwrap().starts_with("0{"));
        client
    }

    /// Signed in and ready.
    pub async fn open(address: &str, token: &str) -> Client {
        Client::knock(address).await.sign_in(token).await
    }

    /// Signed in, over a connection that takes little before it is read.
    pub async fn with_little_room(address: &str, token: &str) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let stream = socket.connect(address.parse().unwrap()).await.unwrap();
        Client::over(stream, address).await.sign_in(token).await
    }

    async fn sign_in(self, token: &str) -> Client {
        let mut client = self;
        client.put(&format!("40{}", json!({ "token": token }))).await;
        let answer = client.packet().await.unwrap();
        assert!(answer.starts_with("40{\"sid\":"), "{answer}");
        client.event("ready").await;
        client
    }

    /// Sends a packet as it is; a connection that is closed already takes none.
    pub async fn put(&mut self, packet: &str) {
        let _ = self.socket.send(Frame::text(packet.to_owned())).await;
    }

    /// The next packet but pings, which are answered; `None` at the end.
    pub async fn packet(&mut self) -> Option<String> {
        loop {
            match timeout(SOON, self.socket.next()).await.expect("a packet comes") {
                Some(Ok(Frame::Text(text))) if text.as_str() == "2" => self.put("3").await,
                Some(Ok(Frame::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads one packet: an event is kept, an acknowledgement returned.
    async fn read(&mut self) -> Option<(u64, Value)> {
        let packet = self.packet().await.expect("the connection holds");
        let text = packet.strip_prefix('4').unwrap_or_else(|| panic!("no message: {packet}"));
        if let Some(text) = text.strip_prefix('2') {
            let event: Value = serde_json::from_str(text).unwrap();
            self.heard.push_back((event[0].as_str().unwrap().to_owned(), event[1].clone()));
            return None;
        }
        let text = text.strip_prefix('3').unwrap_or_else(|| panic!("no acknowledgement: {packet}"));
        let digits = text.find('[').unwrap();
        let answer: Value = serde_json::from_str(&text[digits..]).unwrap();
        Some((text[..digits].parse().unwrap(), answer[0].clone()))
    }

    /// The next event of a name; others are kept.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            if let Some(place) = self.heard.iter().position(|(known, _)| known == name) {
                return self.heard.remove(place).unwrap().1;
            }
            assert!(self.read().await.is_none(), "an acknowledgement nobody asked for");
        }
    }

    /// What was heard of a name and not yet looked at.
    pub fn heard(&mut self, name: &str) -> Vec<Value> {
        let (these, rest) = self.heard.drain(..).partition(|(known, _)| known == name);
        self.heard = rest;
        let these: VecDeque<(String, Value)> = these;
        these.into_iter().map(|(_, body)| body).collect()
    }

    /// Sends an event and waits for its acknowledgement.
    pub async fn ask(&mut self, name: &str, body: Value) -> Value {
        let id = self.send(name, body).await;
        loop {
            if let Some((answered, answer)) = self.read().await {
                assert_eq!(answered, id);
                return answer;
            }
        }
    }

    /// Sends an event.
    pub async fn send(&mut self, name: &str, body: Value) -> u64 {
        self.asked += 1;
        let id = self.asked;
        self.put(&format!("42{id}{}", json!([name, body]))).await;
        id
    }

    /// Asks, and expects that it is done.
    pub async fn done(&mut self, name: &str, body: Value) -> Value {
        let answer = self.ask(name, body).await;
        assert_eq!(answer["ok"], true, "{name}: {answer}");
        answer
    }

    /// Whether somebody is here, as this client may see it now.
    pub async fn sees_online(&mut self, who: graph::Id<social::accounts::model::Account>) -> bool {
        self.done("watch_people", json!({"account_ids": []})).await;
        let seen = self.done("watch_people", json!({"account_ids": [who]})).await;
        seen["presence"][0]["online"] == true
    }

    /// Asks, and expects a refusal of this code.
    pub async fn refused(&mut self, name: &str, body: Value, code: &str) {
        let answer = self.ask(name, body.clone()).await;
        assert_eq!(
            (&answer["ok"], &answer["code"]),
            (&json!(false), &json!(code)),
            "{name} {body}"
        );
        assert!(!answer["error"].as_str().unwrap().is_empty(), "{answer}");
    }

    /// Waits until the connection ends.
    pub async fn ends(&mut self) {
        while self.packet().await.is_some() {}
    }

    /// Waits until all that was published before is heard: one's own word comes back last.
    pub async fn settled(&mut self) {
        self.refused("no such event", json!({}), "bad_request").await;
    }
}

/// Two people who follow each other, their tokens, and the chat between them.
pub struct Two {
    pub site: Site,
    pub address: String,
    pub ada: graph::Id<social::accounts::model::Account>,
    pub ben: graph::Id<social::accounts::model::Account>,
    pub a: String,
    pub b: String,
    pub chat: String,
}

impl Two {
    pub async fn new() -> Two {
        let site = Site::new().await;
        let address = crate::live::listen(&site).await;
        let (ada, a) = site.person("ada").await;
        let (ben, b) = site.person("ben").await;
        site.world.follow(ada, ben).await;
        site.world.follow(ben, ada).await;
        site.world.settle().await;
        let chat = site.post(CHATS, &a, json!({"account_id": ben})).await.ok().json();
        let chat = chat["chat"]["id"].as_str().unwrap().to_owned();
        Two { site, address, ada, ben, a, b, chat }
    }

    pub async fn open(&self, token: &str) -> Client {
        Client::open(&self.address, token).await
    }

    /// Sends a message by REST.
    pub async fn say(&self, token: &str, text: &str) -> Value {
        let form = json!({"text": text, "client_id": text});
        self.site.post(&self.path("messages"), token, form).await.ok().json()
    }

    pub fn path(&self, rest: &str) -> String {
        format!("{CHATS}/{}/{rest}", self.chat)
    }
}
