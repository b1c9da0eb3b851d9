//! Sockets by the thousand: each has a task that holds it as our own client does, and comes back by itself.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use futures::{SinkExt, StreamExt, stream};
use parking_lot::Mutex;
use serde_json::{Value, json};
use social::{chats, relations};
use tokio::{
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message as Frame},
};

use crate::support::{Server, member, opened, request};

/// How many sockets are opened at once.
const AT_ONCE: usize = 64;
/// Most sockets of one person: below what the server lets one account have.
pub const OF_ONE: usize = 60;

/// People who are in one group, as its owner and in order, each with a token.
pub struct Town {
    pub tokens: Vec<String>,
    pub group: String,
    /// The chat of the first with the last.
    pub direct: String,
}

impl Town {
    /// Made while no server runs, by the product's own verbs.
    pub async fn make(data: &Path, people: usize) -> Town {
        let instance = opened(data, &[]).await;
        let app = &instance.app;
        let names: Vec<_> = (0..people).map(|number| format!("person{number}")).collect();
        let made = stream::iter(&names).map(|name| member(app, name)).buffered(8);
        let made: Vec<_> = made.collect().await;
        let (ids, tokens): (Vec<_>, Vec<_>) = made.into_iter().unzip();
        // Who follows the one who invites is in at once.
        let (first, others) = (ids[0], &ids[1..]);
        for other in others {
            relations::follow(app, *other, first, Default::default()).await.expect("they may");
        }
        let mut parts = others.chunks(chats::MOST_INVITED);
        let some = parts.next().unwrap_or_default();
        let group = chats::open_group(app, first, "Everybody", some).await.expect("a group");
        let group = group.chat.id;
        for part in parts {
            chats::invite(app, first, group, part).await.expect("they may come in");
        }
        let last = *others.last().unwrap_or(&first);
        let direct = chats::open_direct(app, first, last).await.expect("a chat").chat.id;
        instance.lease.end(&app.graph).await.expect("the folder is let go");
        Town { tokens, group: group.to_string(), direct: direct.to_string() }
    }
}

/// Where the server is now, and what is known of all sockets.
pub struct Crowd {
    /// Where it listens; clients look at it each time they come.
    pub address: Mutex<SocketAddr>,
    /// Refusals, by their word; each was followed by another try.
    pub later: Mutex<Vec<String>>,
    /// What should never be.
    pub odd: Mutex<Vec<String>>,
}

/// What one socket has of the group.
#[derive(Default)]
pub struct Held {
    number: u64,
    mark: Option<String>,
    /// How often it came.
    pub comings: u32,
    /// Whether it is there, and has what it missed.
    pub here: bool,
    /// How many messages came that were there already: numbers tell.
    pub twice: u64,
}

impl Held {
    /// Takes a message: each number once, in order.
    fn take(&mut self, told: &Value, crowd: &Crowd) {
        let number = told["message"]["number"].as_u64().unwrap_or_default();
        self.mark = told["mark"].as_str().map(str::to_owned);
        if number <= self.number {
            self.twice += 1;
        } else if number == self.number + 1 {
            self.number = number;
        } else {
            crowd.odd.lock().push(format!("after {} came {number}", self.number));
        }
    }
}

/// A client whose socket is held until the test ends.
#[derive(Clone)]
pub struct Holder {
    pub token: String,
    pub chat: String,
    /// From where it comes: one of loopback's addresses.
    pub from: [u8; 4],
    pub held: Arc<Mutex<Held>>,
}

pub type Socket = WebSocketStream<TcpStream>;

/// Engine.IO's handshake over a WebSocket, from an address; with little room where so little is said.
pub async fn knock(to: SocketAddr, from: [u8; 4], room: Option<u32>) -> Result<Socket, Error> {
    let socket = TcpSocket::new_v4()?;
    if let Some(room) = room {
        socket.set_recv_buffer_size(room)?;
    }
    // Many sockets of one address, some of which were just closed.
    socket.set_reuseaddr(true)?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(to).await?;
    let url = format!("ws://{to}/socket.io/?EIO=4&transport=websocket");
    Ok(client_async(url, stream).await?.0)
}

/// The next packet but pings, which are answered; `None` at the end.
pub async fn packet(socket: &mut Socket) -> Option<String> {
    loop {
        match socket.next().await {
            Some(Ok(Frame::Text(text))) if text.as_str() == "2" => {
                socket.send(Frame::text("3")).await.ok()?;
            }
            Some(Ok(Frame::Text(text))) => return Some(text.as_str().to_owned()),
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

/// An event of the server, by its name.
pub fn event(packet: &str, name: &str) -> Option<Value> {
    let text = packet.strip_prefix("42")?;
    text.starts_with(&format!("[\"{name}\"")).then_some(())?;
    serde_json::from_str::<Value>(text).ok().map(|mut event| event[1].take())
}

impl Holder {
    /// Comes, listens, and comes back whenever it is cut.
    async fn run(self, crowd: Arc<Crowd>) {
        loop {
            if let Some(mut socket) = self.come(&crowd).await {
                while let Some(packet) = packet(&mut socket).await {
                    if let Some(told) = event(&packet, "chat.message")
                        && told["chat_id"] == json!(self.chat)
                    {
                        self.held.lock().take(&told, &crowd);
                    }
                }
            }
            self.held.lock().here = false;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Signs in and catches up; `None` where it was refused or cut, and noted why.
    async fn come(&self, crowd: &Crowd) -> Option<Socket> {
        let address = *crowd.address.lock();
        let mut socket = match knock(address, self.from, None).await {
            Ok(socket) => socket,
            Err(Error::Http(answer)) => {
                let later = answer.headers().contains_key("retry-after");
                let list = if later { &crowd.later } else { &crowd.odd };
                list.lock().push(answer.status().to_string());
                return None;
            }
            // Nobody listens there at this moment.
            Err(_) => return None,
        };
        packet(&mut socket).await.filter(|open| open.starts_with("0{"))?;
        let sign_in = format!("40{}", json!({ "token": self.token }));
        socket.send(Frame::text(sign_in)).await.ok()?;
        let answer = packet(&mut socket).await?;
        if let Some(refused) = answer.strip_prefix("44") {
            let later = ["too_many", "unavailable"].iter().any(|word| refused.contains(word));
            let list = if later { &crowd.later } else { &crowd.odd };
            list.lock().push(refused.to_owned());
            return None;
        }
        let form = {
            let held = self.held.lock();
            json!({"chats": [{"id": self.chat, "number": held.number, "mark": held.mark}]})
        };
        socket.send(Frame::text(format!("421{}", json!(["resume", form])))).await.ok()?;
        let mut early = Vec::new();
        let answer = loop {
            let packet = packet(&mut socket).await?;
            if let Some(answer) = packet.strip_prefix("431") {
                break serde_json::from_str::<Value>(answer).ok()?[0].take();
            }
            let told = event(&packet, "chat.message");
            early.extend(told.filter(|told| told["chat_id"] == json!(self.chat)));
        };
        if answer["ok"] != true || answer["chats"][0]["resync"] != false {
            crowd.odd.lock().push(answer.to_string());
            return None;
        }
        early.sort_by_key(|told| told["message"]["number"].as_u64());
        let mut held = self.held.lock();
        early.iter().for_each(|told| held.take(told, crowd));
        (held.comings, held.here) = (held.comings + 1, true);
        Some(socket)
    }
}

/// Sockets that are held; they end with this.
pub struct Sockets {
    pub crowd: Arc<Crowd>,
    pub held: Vec<Arc<Mutex<Held>>>,
    tasks: JoinSet<()>,
}

impl Sockets {
    /// Opens so many, of people in turn, and waits until all are there.
    pub async fn open(address: SocketAddr, town: &Town, people: &[usize], count: usize) -> Sockets {
        let (later, odd) = (Mutex::default(), Mutex::default());
        let crowd = Arc::new(Crowd { address: Mutex::new(address), later, odd });
        let mut sockets = Sockets { crowd, held: Vec::new(), tasks: JoinSet::new() };
        for number in 0..count {
            let held = Arc::<Mutex<Held>>::default();
            let part = u8::try_from(number / OF_ONE % 200).expect("small");
            let holder = Holder {
                token: town.tokens[people[number / OF_ONE]].clone(),
                chat: town.group.clone(),
                from: [127, 0, 1, part + 1],
                held: held.clone(),
            };
            sockets.held.push(held);
            sockets.tasks.spawn(holder.run(sockets.crowd.clone()));
            if number % AT_ONCE == AT_ONCE - 1 {
                sockets.are_here().await;
            }
        }
        sockets.are_here().await;
        sockets
    }

    /// Waits until everybody is there.
    pub async fn are_here(&self) {
        self.until("everybody is there", |held| held.here).await;
    }

    /// Waits until everybody has the group's messages up to a number.
    pub async fn have(&self, number: u64) {
        self.until(&format!("everybody has message {number}"), |held| held.number >= number).await;
    }

    async fn until(&self, what: &str, check: impl Fn(&Held) -> bool) {
        for _ in 0..2_400 {
            self.nothing_odd();
            if self.held.iter().all(|held| check(&held.lock())) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let missing = self.held.iter().filter(|held| !check(&held.lock())).count();
        panic!("never: {what}; {missing} are missing, told to wait: {:?}", self.crowd.later.lock());
    }

    pub fn nothing_odd(&self) {
        assert_eq!(*self.crowd.odd.lock(), Vec::<String>::new());
    }
}

/// Says something in a chat by REST; its number.
pub async fn say(server: &Server, token: &str, chat: &str, text: &str) -> u64 {
    let path = format!("/api/sociosphere/v1/chats/{chat}/messages");
    let body = json!({ "text": text, "client_id": &text[..text.len().min(30)] }).to_string();
    let (address, token) = (server.address, token.to_owned());
    let asked =
        tokio::task::spawn_blocking(move || request(address, "POST", &path, &token, "", &body));
    let (status, said) = asked.await.expect("it ends").expect("an answer");
    assert_eq!(status, 200, "{said}");
    said["number"].as_u64().expect("a number")
}
