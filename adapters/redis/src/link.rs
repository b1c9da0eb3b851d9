//! The connection: how a URL is read, how long an answer may take, and how scripts get to the server.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use metrics::Counter;
use redis::{
    Client, ErrorKind, FromRedisValue, IntoConnectionInfo, Pipeline, ProtocolVersion, RedisError,
    Script, ServerErrorKind,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use url::Url;

/// An answer that takes longer is an error.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// After an answer that did not come, errors are told at once for so long, and then one question alone finds out whether
/// it answers again: a request that asks ten times waits once, and a thousand requests do not all wait.
const REST: Duration = Duration::from_secs(1);

/// Items of one pipeline: a longer one would hold up others on the same connection.
pub(crate) const CHUNK: usize = 500;

/// Why a Redis does not open. Says what to do, and never a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is none.
    #[error("not a URL of Redis: {0}; it looks like redis://user:password@host:6379/0")]
    Url(String),
    /// Nobody answers there.
    #[error(
        "Redis does not answer at {place}: {why}; does it run, and may this machine connect to it?"
    )]
    Away {
        /// Host and port.
        place: String,
        /// The system's words.
        why: String,
    },
    /// The password is missing or wrong.
    #[error(
        "Redis at {place} refuses the user or the password: {why}; write them as redis://user:password@host (the user may \
         be empty)"
    )]
    Password {
        /// Host and port.
        place: String,
        /// Redis's words.
        why: String,
    },
    /// It answers, but cannot be used.
    #[error("Redis at {place} cannot be used: {why}")]
    Unfit {
        /// Host and port.
        place: String,
        /// What is missing.
        why: String,
    },
}

/// How a Redis is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Its version.
    pub version: String,
    /// How long an answer takes.
    pub latency: Duration,
    /// Whether every write goes to an append-only file.
    pub on_disk: bool,
    /// Whether it may throw away keys that have no end, when its memory is full.
    pub evicts_jobs: bool,
    /// The most memory it takes, if that is bounded.
    pub memory_bound: Option<u64>,
}

/// A Redis that answered once. Cheap to clone; connects again by itself.
#[derive(Clone)]
pub struct Redis {
    pub(crate) client: Client,
    manager: ConnectionManager,
    pub(crate) prefix: String,
    /// Host and port.
    pub(crate) place: String,
    rest: std::sync::Arc<Rest>,
    asked: Counter,
    version: String,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Redis {
    /// Connects, and asks what it is.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let (client, prefix, place) = parse(url)?;
        let config = ConnectionManagerConfig::new()
            // A command that finds the connection gone starts the next attempt, and hears of its end.
            .set_number_of_retries(0)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(4096);
        let opened = ConnectionManager::new_with_config(client.clone(), config).await;
        let mut manager = opened.map_err(|why| refused(&place, &why))?;
        let hello: Result<redis::InfoDict, _> =
            redis::cmd("INFO").arg("server").query_async(&mut manager).await;
        let info = hello.map_err(|why| refused(&place, &why))?;
        let version: String = info.get("redis_version").unwrap_or_default();
        let unfit = |why: String| OpenError::Unfit { place: place.clone(), why };
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < (6, 2) {
            return Err(unfit(format!("it is version {version}, and 6.2 or later is needed")));
        }
        if info.get::<String>("redis_mode").as_deref() == Some("cluster") {
            return Err(unfit(
                "it is a node of a cluster; use a single primary, or a proxy in front of the cluster".into(),
            ));
        }
        let asked = metrics::counter!("redis_round_trips_total");
        Ok(Self { client, manager, prefix, place, rest: std::sync::Arc::default(), asked, version })
    }

    /// Asks how it is.
    pub async fn health(&self) -> Result<Health, String> {
        let mut pipe = redis::pipe();
        pipe.cmd("PING").ignore();
        let begun = Instant::now();
        self.ask::<()>(&pipe, &[]).await?;
        let latency = begun.elapsed();
        let mut pipe = redis::pipe();
        pipe.cmd("INFO");
        let (info,): (redis::InfoDict,) = self.ask(&pipe, &[]).await?;
        let memory_bound: u64 = info.get("maxmemory").unwrap_or(0);
        let policy: String = info.get("maxmemory_policy").unwrap_or_default();
        Ok(Health {
            version: self.version.clone(),
            latency,
            on_disk: info.get::<u8>("aof_enabled") == Some(1),
            evicts_jobs: memory_bound > 0 && policy.starts_with("allkeys"),
            memory_bound: (memory_bound > 0).then_some(memory_bound),
        })
    }

    /// A command for a script: `EVALSHA`, with its keys.
    pub(crate) fn call(script: &Script, keys: &[String]) -> redis::Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(script.get_hash()).arg(keys.len()).arg(keys);
        call
    }

    /// Asks in one round trip. A server that does not know the scripts gets them, once, and is asked again: what is asked
    /// with a script was then not done (in a pipeline: may be done twice).
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        pipe: &Pipeline,
        scripts: &[&Script],
    ) -> Result<T, String> {
        self.rest.check()?;
        let answer = match self.query(pipe).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                match self.load(scripts).await {
                    Ok(()) => self.query(pipe).await,
                    Err(error) => Err(error),
                }
            }
            // Nothing was sent: the server may be back since the last attempt.
            Err(error) if error.is_connection_refusal() => self.query(pipe).await,
            answer => answer,
        };
        self.rest.note(&answer);
        answer.map_err(|error| error.to_string())
    }

    /// Asks one script for one answer.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        call: redis::Cmd,
        script: &Script,
    ) -> Result<T, String> {
        let mut pipe = redis::pipe();
        pipe.add_command(call);
        let (answer,) = self.ask(&pipe, &[script]).await?;
        Ok(answer)
    }

    async fn load(&self, scripts: &[&Script]) -> Result<(), RedisError> {
        let mut manager = self.manager.clone();
        for script in scripts {
            script.load_async(&mut manager).await?;
        }
        Ok(())
    }

    async fn query<T: FromRedisValue>(&self, pipe: &Pipeline) -> Result<T, RedisError> {
        self.asked.increment(1);
        let mut manager = self.manager.clone();
        // Connecting and answering have their own times; both together have this one.
        match tokio::time::timeout(2 * PATIENCE, pipe.query_async(&mut manager)).await {
            Ok(answer) => answer,
            Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        }
    }
}

/// Until when nobody is asked, in milliseconds since the first use.
struct Rest {
    begun: Instant,
    until: AtomicU64,
}

impl Default for Rest {
    fn default() -> Self {
        Self { begun: Instant::now(), until: AtomicU64::new(0) }
    }
}

impl Rest {
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn check(&self) -> Result<(), String> {
        let (now, until) = (self.now(), self.until.load(Ordering::Relaxed));
        if until == 0 {
            return Ok(());
        }
        // Whoever comes first when it has rested asks; the others hear of it. One who goes away is followed by another.
        let next = now + 2 * PATIENCE.as_millis() as u64;
        let order = Ordering::Relaxed;
        if until <= now && self.until.compare_exchange(until, next, order, order).is_ok() {
            return Ok(());
        }
        Err("it did not answer in time just now".to_owned())
    }

    fn note<T>(&self, answer: &Result<T, RedisError>) {
        let until = match answer.as_ref().is_err_and(RedisError::is_timeout) {
            true => self.now().max(1) + REST.as_millis() as u64,
            false => 0,
        };
        self.until.store(until, Ordering::Relaxed);
    }
}

/// The client, the prefix of all keys, and host and port to show.
fn parse(url: &str) -> Result<(Client, String, String), OpenError> {
    let wrong = |why: &str| OpenError::Url(why.to_owned());
    let url = Url::parse(url).map_err(|why| wrong(&why.to_string()))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("no host"))?;
    let place = format!("{host}:{}", url.port().unwrap_or(6379));
    if !matches!(url.scheme(), "redis" | "rediss") {
        return Err(wrong("the scheme is redis or rediss"));
    }
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
    if url.scheme() == "rediss" {
        // Another part of the program may have chosen already; then that is the choice.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let info = url.into_connection_info().map_err(|why| wrong(&why.to_string()))?;
    // The newer protocol says when the connection is gone, also when nobody asks.
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let info = info.set_redis_settings(settings);
    let client = Client::open(info).map_err(|why| wrong(&why.to_string()))?;
    Ok((client, prefix, place))
}

fn refused(place: &str, why: &RedisError) -> OpenError {
    let (place, text) = (place.to_owned(), why.to_string());
    let code = why.code().unwrap_or_default();
    if why.kind() == ErrorKind::AuthenticationFailed
        || matches!(code, "WRONGPASS" | "NOAUTH" | "NOPERM")
    {
        return OpenError::Password { place, why: text };
    }
    match why.is_io_error() || why.is_timeout() {
        true => OpenError::Away { place, why: text },
        false => OpenError::Unfit { place, why: text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_or_refused_with_a_reason() {
        let (_, prefix, place) = parse("redis://:secret@cache.example/3?prefix=a:b").unwrap();
        assert_eq!((prefix.as_str(), place.as_str()), ("a:b", "cache.example:6379"));
        assert_eq!(parse("rediss://localhost:7000").unwrap().2, "localhost:7000");
        for (url, why) in [
            ("redis", "relative url"),
            ("redis://", "no host"),
            ("http://localhost", "scheme"),
            ("redis://localhost/x", "database"),
            ("redis://localhost?prefx=a", "unknown parameter prefx"),
            ("redis://localhost?prefix=%7Ba%7D", "a prefix is"),
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.to_lowercase().contains(why), "{url}: {error}");
        }
    }
}
