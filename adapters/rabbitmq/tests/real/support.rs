//! The RabbitMQ of a contract suite: the operator's, or one that is started here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use lapin::{Connection, ConnectionProperties, options::QueueDeleteOptions};
use rabbitmq_adapter::RabbitMq;

use crate::server::Server;

/// Keeps the server of a test alive; of an operator's, it takes away what the test left.
pub struct Guard {
    url: String,
    prefix: String,
    ours: Option<Arc<Server>>,
}

/// A RabbitMQ with a prefix of its own: `SOCIOSPHERE_TEST_{port}_AMQP_URL`, or one started here.
pub async fn rabbit_for(port: &str) -> (RabbitMq, Guard) {
    let (url, guard) = url_for(port);
    (RabbitMq::open(&url).await.expect("the test's RabbitMQ opens"), guard)
}

/// Its URL.
pub fn url_for(port: &str) -> (String, Guard) {
    let given =
        [format!("SOCIOSPHERE_TEST_{port}_AMQP_URL"), format!("SOCIOSPHERE_TEST_{port}_URL")];
    let given = given.into_iter().filter_map(|name| std::env::var(name).ok());
    let (url, ours) = match given.into_iter().find(|url| url.starts_with("amqp")) {
        Some(given) => (given, None),
        None => {
            let server = Server::shared();
            (server.url(), Some(server))
        }
    };
    let prefix = prefix();
    (format!("{url}?prefix={prefix}"), Guard { url, prefix, ours })
}

/// A prefix that no other test has.
pub fn prefix() -> String {
    static TESTS: AtomicU64 = AtomicU64::new(0);
    let number = TESTS.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    format!("test-{now:x}-{}-{number}", std::process::id())
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.ours.is_none() && !std::thread::panicking() {
            let (url, prefix) = (self.url.clone(), self.prefix.clone());
            let cleared = std::thread::spawn(move || {
                tokio::runtime::Runtime::new().expect("a runtime").block_on(clear(&url, &prefix))
            });
            cleared.join().expect("no panic").expect("what the test left can be taken away");
        }
    }
}

async fn clear(url: &str, prefix: &str) -> lapin::Result<()> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for end in ["", ".low", ".long", ".again", ".again.long", ".dead"] {
        let name = format!("{prefix}{end}").into();
        channel.queue_delete(name, QueueDeleteOptions::default()).await?;
    }
    for step in 0..8 {
        let name = format!("{prefix}.wait.{}", 4_u64.pow(step));
        channel.queue_delete(name.clone().into(), QueueDeleteOptions::default()).await?;
        channel.exchange_delete(name.into(), Default::default()).await?;
    }
    channel.exchange_delete(format!("{prefix}.bus").into(), Default::default()).await?;
    connection.close(200, "".into()).await
}
