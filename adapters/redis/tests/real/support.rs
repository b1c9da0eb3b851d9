//! The Redis of a contract suite: the operator's, or one that is started here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use redis::Commands;
use redis_adapter::Redis;

use crate::server::Server;

/// Keeps the server of a test alive; of an operator's, it takes away what the test left.
pub struct Guard {
    url: String,
    ours: Option<Arc<Server>>,
}

/// A Redis with a prefix of its own: `SOCIOSPHERE_TEST_{port}_URL`, or one started here.
pub async fn redis_for(port: &str) -> (Redis, Guard) {
    let (url, guard) = url_for(port);
    (Redis::open(&url).await.expect("the test's Redis opens"), guard)
}

/// Its URL.
pub fn url_for(port: &str) -> (String, Guard) {
    let given = std::env::var(format!("SOCIOSPHERE_TEST_{port}_URL")).unwrap_or_default();
    let (url, ours) = match given.starts_with("redis") {
        true => (given, None),
        false => {
            let server = Server::shared();
            (server.url(), Some(server))
        }
    };
    let url = format!("{url}?prefix={}", prefix());
    (url.clone(), Guard { url, ours })
}

/// A prefix that no other test has.
fn prefix() -> String {
    static TESTS: AtomicU64 = AtomicU64::new(0);
    let number = TESTS.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    format!("test-{now:x}-{}-{number}", std::process::id())
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.ours.is_none() && !std::thread::panicking() {
            self.clear().expect("what the test left can be taken away");
        }
    }
}

impl Guard {
    fn clear(&self) -> redis::RedisResult<()> {
        let (url, prefix) = self.url.split_once("?prefix=").expect("it was put there");
        let mut connection = redis::Client::open(url)?.get_connection()?;
        let left: Vec<String> =
            connection.scan_match(format!("{prefix}:*"))?.collect::<Result<_, _>>()?;
        left.chunks(500).try_for_each(|keys| connection.unlink(keys))
    }
}
