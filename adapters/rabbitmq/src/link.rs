//! The connections: how a URL is read, how long an answer may take, and how they come back.
//!
//! There are two to a RabbitMQ, as it asks for: one that publishes, which it may stop for a while when its memory or disk is
//! short, and one that consumes, which it then still serves. Each is made when it is needed, and again after it was lost;
//! while nobody answers, whoever asks hears so at once.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt;
use lapin::{
    Channel, Connection, ConnectionProperties, Error, ErrorKind, Event,
    options::QueueDeclareOptions,
    types::FieldTable,
    uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Mutex, watch},
    task::JoinHandle,
    time::timeout,
};
use url::Url;

/// An answer that takes longer is an error.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// After a connection that could not be made, errors are told at once for so long.
const REST: Duration = Duration::from_millis(200);

/// Signs of life go to and fro in half of this; without any for twice as long, the connection is lost.
const HEARTBEAT_SECONDS: u16 = 10;

/// Why a RabbitMQ does not open. Says what to do, and never a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is none.
    #[error("not a URL of RabbitMQ: {0}; it looks like amqp://user:password@host:5672/%2f")]
    Url(String),
    /// Nobody answers there, or somebody else.
    #[error(
        "no RabbitMQ answers at {place}: {why}; does it run, and may this machine connect to it?"
    )]
    Away {
        /// Host and port.
        place: String,
        /// The system's words.
        why: String,
    },
    /// The user or the password is wrong.
    #[error(
        "RabbitMQ at {place} refuses the user or the password; write them as amqp://user:password@host (`guest` may \
         connect from its own machine only)"
    )]
    Password {
        /// Host and port.
        place: String,
    },
    /// There is no such virtual host, or the user may not use it.
    #[error(
        "RabbitMQ at {place} has no virtual host {vhost:?} for this user: `rabbitmqctl add_vhost` and `rabbitmqctl \
         set_permissions` make one; the default one is written /%2f"
    )]
    Vhost {
        /// Host and port.
        place: String,
        /// The virtual host.
        vhost: String,
    },
    /// It answers, but cannot be used.
    #[error("RabbitMQ at {place} cannot be used: {why}")]
    Unfit {
        /// Host and port.
        place: String,
        /// RabbitMQ's words.
        why: String,
    },
}

/// How a RabbitMQ is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Its version; `None` where TLS hides its greeting.
    pub version: Option<String>,
    /// How long an answer takes.
    pub latency: Duration,
    /// Why it takes no messages now, if it does not.
    pub blocked: Option<String>,
}

/// A RabbitMQ that answered once. Cheap to clone; connects again by itself.
#[derive(Clone)]
pub struct RabbitMq {
    pub(crate) address: Arc<Address>,
    pub(crate) publishing: Arc<Line>,
    pub(crate) consuming: Arc<Line>,
}

impl fmt::Debug for RabbitMq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitMq").field("place", &self.address.place).finish_non_exhaustive()
    }
}

/// Where it is, and what ours is called there.
pub(crate) struct Address {
    pub uri: AMQPUri,
    /// What the names of exchanges and queues begin with.
    pub prefix: String,
    /// Host and port.
    pub place: String,
}

impl Address {
    pub(crate) fn user(&self) -> &str {
        &self.uri.authority.userinfo.username
    }

    async fn connect(&self, name: &str) -> Result<Connection, Error> {
        let called = format!("{} {name} {}", self.prefix, std::process::id());
        let properties = ConnectionProperties::default().with_connection_name(called.into());
        let connected = Connection::connect_uri(self.uri.clone(), properties);
        match timeout(2 * PATIENCE, connected).await {
            Ok(connected) => connected,
            Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        }
    }

    fn refused(&self, error: &Error) -> OpenError {
        let (place, why) = (self.place.clone(), plain(error));
        match error.kind() {
            ErrorKind::ProtocolError(error) => match error.get_id() {
                // ACCESS_REFUSED and NOT_ALLOWED.
                403 => OpenError::Password { place },
                530 => OpenError::Vhost { place, vhost: self.uri.vhost.clone() },
                _ => OpenError::Unfit { place, why },
            },
            _ => OpenError::Away { place, why },
        }
    }
}

impl RabbitMq {
    /// Connects.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let address = Arc::new(parse(url)?);
        let line = |name| Arc::new(Line::new(address.clone(), name));
        let (publishing, consuming) = (line("publishes"), line("consumes"));
        let connection = address.connect(publishing.name).await;
        let connection = connection.map_err(|error| address.refused(&error))?;
        publishing.put(connection).await;
        Ok(Self { address, publishing, consuming })
    }

    /// Asks how it is.
    pub async fn health(&self) -> Result<Health, String> {
        // Whoever consumes is answered also when nobody may publish.
        let channel = self.consuming.channel().await?;
        let declare = async |begun: Instant| {
            // A queue that ends with this question: the whole way there and back.
            let options = QueueDeclareOptions::exclusive().auto_delete();
            let queue = channel.queue_declare("".into(), options, FieldTable::default()).await?;
            let taken = begun.elapsed();
            channel.queue_delete(queue.name().clone(), Default::default()).await?;
            Ok::<_, Error>(taken)
        };
        let asked = timeout(2 * PATIENCE, declare(Instant::now())).await;
        let latency = asked.map_err(|_| "no answer in time".to_owned())?;
        let latency = latency.map_err(|error| plain(&error))?;
        // It tells of an alarm when somebody publishes: to nobody, here.
        let mut blocked = self.publishing.blocked();
        if blocked.borrow().is_none() {
            let channel = self.publishing.channel().await?;
            let (options, properties) = Default::default();
            let publish =
                channel.basic_publish("".into(), "nobody".into(), options, b"?", properties);
            let _ = timeout(PATIENCE, publish).await;
        }
        let blocked = timeout(PATIENCE / 5, blocked.wait_for(Option::is_some)).await;
        let blocked = blocked.ok().and_then(Result::ok).and_then(|why| why.clone());
        Ok(Health { version: self.version().await, latency, blocked })
    }

    /// Says what it says of itself before anybody signs in.
    async fn version(&self) -> Option<String> {
        if self.address.uri.scheme == AMQPScheme::AMQPS {
            return None;
        }
        let greeting = async {
            let mut stream = TcpStream::connect(&self.address.place).await.ok()?;
            stream.write_all(b"AMQP\0\0\x09\x01").await.ok()?;
            let mut head = [0; 7];
            stream.read_exact(&mut head).await.ok()?;
            let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
            let mut body = vec![0; usize::try_from(length).ok()?.min(65_536)];
            stream.read_exact(&mut body).await.ok()?;
            // A table: the length and letters of a name, `S`, the length of a text, its letters.
            let name = b"\x07versionS";
            let at = body.windows(name.len()).position(|it| it == name)? + name.len();
            let length = u32::from_be_bytes(body.get(at..at + 4)?.try_into().ok()?);
            let text = body.get(at + 4..at + 4 + usize::try_from(length).ok()?)?;
            String::from_utf8(text.to_vec()).ok()
        };
        timeout(PATIENCE, greeting).await.ok()?
    }
}

/// One connection, which may be there or not.
pub(crate) struct Line {
    address: Arc<Address>,
    name: &'static str,
    state: Mutex<State>,
    blocked: watch::Sender<Option<String>>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    rest_until: Option<Instant>,
    last_error: String,
}

/// A connection, and the task that hears what it says of itself.
struct Open {
    connection: Connection,
    ear: JoinHandle<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.ear.abort();
    }
}

impl Line {
    fn new(address: Arc<Address>, name: &'static str) -> Self {
        Self { address, name, state: Mutex::default(), blocked: watch::channel(None).0 }
    }

    /// Why RabbitMQ takes nothing now, if it does not.
    pub(crate) fn blocked(&self) -> watch::Receiver<Option<String>> {
        self.blocked.subscribe()
    }

    async fn put(&self, connection: Connection) {
        let open = self.listen(connection);
        self.state.lock().await.open = Some(open);
    }

    fn listen(&self, connection: Connection) -> Open {
        let (mut events, say) = (connection.events_listener(), self.blocked.clone());
        say.send_replace(None);
        let name = self.name;
        let ear = tokio::spawn(async move {
            while let Some(event) = events.next().await {
                match event {
                    Event::ConnectionBlocked(why) => {
                        tracing::warn!("RabbitMQ takes no messages now: {why}");
                        say.send_replace(Some(why));
                    }
                    Event::ConnectionUnblocked => {
                        tracing::info!("RabbitMQ takes messages again");
                        say.send_replace(None);
                    }
                    Event::Error(error) => {
                        tracing::debug!("the connection that {name} is lost: {}", plain(&error));
                    }
                    _ => {}
                }
            }
        });
        Open { connection, ear }
    }

    /// A channel on the connection, which is made if there is none. Answers within two [`PATIENCE`]s.
    pub(crate) async fn channel(&self) -> Result<Channel, String> {
        let asked = timeout(2 * PATIENCE, self.open_channel()).await;
        asked.unwrap_or_else(|_| Err("RabbitMQ does not answer in time".to_owned()))
    }

    async fn open_channel(&self) -> Result<Channel, String> {
        let mut state = self.state.lock().await;
        let there = state.open.as_ref().is_some_and(|it| it.connection.status().connected());
        if !there {
            state.open = None;
            if state.rest_until.is_some_and(|until| Instant::now() < until) {
                return Err(state.last_error.clone());
            }
            match self.address.connect(self.name).await {
                Ok(connection) => {
                    state.open = Some(self.listen(connection));
                    state.rest_until = None;
                }
                Err(error) => {
                    state.rest_until = Some(Instant::now() + REST);
                    state.last_error = plain(&error);
                    return Err(state.last_error.clone());
                }
            }
        }
        match &state.open {
            Some(open) => open.connection.create_channel().await.map_err(|error| plain(&error)),
            None => Err("not connected".to_owned()),
        }
    }
}

/// An error in one line.
pub(crate) fn plain(error: &Error) -> String {
    let text = match error.kind() {
        ErrorKind::IOError(error) => error.to_string(),
        ErrorKind::ProtocolError(error) => error.get_message().to_string(),
        ErrorKind::ParsingError(_) | ErrorKind::InvalidProtocolVersion(_) => {
            "what answers there does not speak AMQP 0-9-1".to_owned()
        }
        _ => error.to_string(),
    };
    text.replace('\n', " ")
}

fn parse(url: &str) -> Result<Address, OpenError> {
    let wrong = |why: &str| OpenError::Url(why.to_owned());
    let url = Url::parse(url).map_err(|why| wrong(&why.to_string()))?;
    let scheme = match url.scheme() {
        "amqp" => AMQPScheme::AMQP,
        "amqps" => AMQPScheme::AMQPS,
        _ => return Err(wrong("the scheme is amqp or amqps")),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("no host"))?;
    let port = url.port().unwrap_or(if scheme == AMQPScheme::AMQPS { 5671 } else { 5672 });
    let decoded = |text: &str| {
        let text = percent_encoding::percent_decode_str(text).decode_utf8();
        text.map(|text| text.into_owned()).map_err(|_| wrong("a part of it is not UTF-8"))
    };
    let mut prefix = "sociosphere".to_owned();
    for (name, value) in url.query_pairs() {
        match &*name {
            "prefix" => prefix = value.into_owned(),
            _ => return Err(OpenError::Url(format!("unknown parameter {name}, known is prefix"))),
        }
    }
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    if prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(letter) {
        return Err(wrong("a prefix is 1 to 64 of a-z A-Z 0-9 - _ . :"));
    }
    // As Python's clients read it: nothing, `/` and `//` are the default one.
    let vhost = match decoded(url.path().strip_prefix('/').unwrap_or_default())? {
        path if path.is_empty() => "/".to_owned(),
        path => path,
    };
    let (username, password) = match (url.username(), url.password()) {
        ("", None) => ("guest".to_owned(), "guest".to_owned()),
        (user, password) => (decoded(user)?, decoded(password.unwrap_or_default())?),
    };
    let host = host.to_owned();
    let place = format!("{host}:{port}");
    let userinfo = AMQPUserInfo { username, password };
    let query =
        AMQPQueryString { heartbeat: Some(HEARTBEAT_SECONDS), ..AMQPQueryString::default() };
    let authority = AMQPAuthority { userinfo, host, port };
    Ok(Address { uri: AMQPUri { scheme, authority, vhost, query }, prefix, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_or_refused_with_a_reason() {
        let address = parse("amqp://us%40er:se%2Fcret@mq.example/%2f?prefix=a:b").ok().unwrap();
        assert_eq!((address.prefix.as_str(), address.place.as_str()), ("a:b", "mq.example:5672"));
        assert_eq!((address.user(), address.uri.vhost.as_str()), ("us@er", "/"));
        assert_eq!(address.uri.authority.userinfo.password, "se/cret");
        for url in ["amqp://h", "amqp://h/", "amqp://h//", "amqp://h/%2F"] {
            assert_eq!(parse(url).ok().unwrap().uri.vhost, "/", "{url}");
        }
        let address = parse("amqps://h/harbour").ok().unwrap();
        assert_eq!((address.uri.vhost.as_str(), address.place.as_str()), ("harbour", "h:5671"));
        assert_eq!(address.user(), "guest");
        for (url, why) in [
            ("amqp", "relative url"),
            ("amqp://", "no host"),
            ("http://localhost", "scheme"),
            ("amqp://localhost?prefx=a", "unknown parameter prefx"),
            ("amqp://localhost?prefix=%7Ba%7D", "a prefix is"),
        ] {
            let error = parse(url).err().unwrap().to_string();
            assert!(error.to_lowercase().contains(why), "{url}: {error}");
        }
    }
}
