//! What `doctor` says of each engine that is a server of its own.

use elasticsearch_adapter::ElasticSearch;

use super::{EngineError, connections::Connections, error::failed, scheme};
use crate::config::Config;

/// A line for each setting that names a server: its version, how fast it answers, and what to change.
pub async fn look(config: &Config) -> Result<Vec<String>, EngineError> {
    let (mut open, mut lines) = (Connections::default(), Vec::new());
    for (setting, url) in config.engines.named() {
        match scheme(url).0 {
            "redis" | "rediss" => {
                let health = open.redis(setting, url).await?.health().await;
                lines.push(redis(setting, &health.map_err(failed(setting, url))?));
            }
            "amqp" | "amqps" => {
                let health = open.rabbit(setting, url).await?.health().await;
                lines.push(rabbit(setting, &health.map_err(failed(setting, url))?));
            }
            "mongodb" | "mongodb+srv" => {
                let health = open.mongodb(setting, url).await?.health().await;
                lines.push(mongodb(setting, &health.map_err(failed(setting, url))?));
            }
            "elasticsearch+http" | "elasticsearch+https" => {
                let search = ElasticSearch::connect(url, Vec::new());
                let health = search.map_err(failed(setting, url))?.health().await;
                let health = health.map_err(failed(setting, url))?;
                let micros = health.latency.as_micros();
                let (flavour, version) = (health.flavour, health.version);
                lines.push(format!("{setting}\t{flavour} {version} answers in {micros} µs"));
            }
            "s3" => {
                let health = s3_adapter::look(url).await.map_err(failed(setting, url))?;
                let micros = health.latency.as_micros();
                lines.push(format!("{setting}\tS3 at {} answers in {micros} µs", health.host));
            }
            _ => {}
        }
    }
    Ok(lines)
}

fn redis(setting: &str, health: &redis_adapter::Health) -> String {
    let micros = health.latency.as_micros();
    let advice = match setting {
        "queue" if health.evicts_jobs => {
            "; it may throw jobs away when its memory is full: set maxmemory-policy to volatile-lru"
        }
        "queue" if !health.on_disk => "; jobs do not outlive a crash of it: set appendonly to yes",
        "cache" | "rings" if health.memory_bound.is_none() => {
            "; its memory has no bound: set maxmemory, and maxmemory-policy to volatile-lru"
        }
        _ => "",
    };
    format!("{setting}\tRedis {} answers in {micros} µs{advice}", health.version)
}

fn rabbit(setting: &str, health: &rabbitmq_adapter::Health) -> String {
    let micros = health.latency.as_micros();
    let version = health.version.as_deref().unwrap_or("(of a version that TLS hides)");
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(u32::MAX));
    let old = (numbers.next(), numbers.next()) < (Some(3), Some(10));
    let advice = match &health.blocked {
        Some(why) => format!(
            "; it takes no messages now ({why}): give it memory or disk, see `rabbitmq-diagnostics alarms`"
        ),
        None if old => "; 3.10 or later is needed".to_owned(),
        None => String::new(),
    };
    format!("{setting}\tRabbitMQ {version} answers in {micros} µs{advice}")
}

fn mongodb(setting: &str, health: &mongodb_adapter::Health) -> String {
    let micros = health.latency.as_micros();
    let advice = if health.transactions {
        ""
    } else {
        "; it has no transactions: start it with --replSet rs0 and run `mongosh --eval 'rs.initiate()'` once"
    };
    format!("{setting}\tMongoDB {} answers in {micros} µs{advice}", health.version)
}
