//! Calls of tasks of other workers, over whichever broker the queue is on.

use std::time::Duration;

use celery_wire::Entry;
use serde_json::{Map, Value};

use super::{EngineError, connections::Connections, error::failed, results, scheme, unknown};
use crate::config::Config;

/// Calls a task (its name, arguments, named arguments, queue) and waits for its end, at most so long.
pub async fn call(
    config: &Config,
    (name, args, kwargs, queue): (&str, Vec<Value>, Map<String, Value>, &str),
    within: Duration,
) -> Result<Entry, EngineError> {
    let (url, mut open) = (&config.engines.queue, Connections::default());
    let failed = failed("queue", url);
    match scheme(url).0 {
        "redis" | "rediss" => {
            let calls = redis_adapter::CeleryCalls::new(open.redis("queue", url).await?);
            let id = calls.call(name, args, kwargs, queue).await.map_err(&failed)?;
            calls.results().wait(&id, within).await.map_err(failed)
        }
        "amqp" | "amqps" => {
            let rabbit = open.rabbit("queue", url).await?;
            let calls = rabbitmq_adapter::CeleryCalls::open(&rabbit).await.map_err(&failed)?;
            let id = calls.call(name, args, kwargs, queue).await.map_err(|why| {
                let nobody = why.contains("NO_ROUTE");
                let nobody = nobody
                    .then(|| format!("there is no queue {queue}: no worker has listened on it"));
                failed(nobody.unwrap_or(why))
            })?;
            match results::open(&config.engines, &mut open).await? {
                // The other worker knows one of both ways.
                Some(results) => tokio::select! {
                    heard = calls.wait(&id, within) => heard,
                    found = results.wait(&id, within) => found,
                },
                None => calls.wait(&id, within).await,
            }
            .map_err(failed)
        }
        _ => {
            let known = "tasks of other workers are called over redis://host and amqp://host";
            Err(unknown("queue", url, known))
        }
    }
}
