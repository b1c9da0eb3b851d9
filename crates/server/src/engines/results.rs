//! Results of tasks in a Redis, beside jobs on RabbitMQ.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use celery_wire::Entry;
use rabbitmq_adapter::Results;
use redis_adapter::CeleryResults;

use super::{EngineError, connections::Connections, scheme, unknown};
use crate::config::EngineUrls;

/// The setting.
const SETTING: &str = "task_results";

#[derive(Debug)]
struct InRedis(CeleryResults);

#[async_trait]
impl Results for InRedis {
    async fn keep(&self, id: &str, text: String) -> Result<(), String> {
        self.0.keep(id, &text).await
    }

    async fn wait(&self, id: &str, within: Duration) -> Result<Entry, String> {
        self.0.wait(id, within).await
    }
}

/// The backend that is configured; `None`: results go to who listens for them, and nowhere else.
pub(super) async fn open(
    urls: &EngineUrls,
    open: &mut Connections,
) -> Result<Option<Arc<dyn Results>>, EngineError> {
    match scheme(&urls.task_results) {
        ("rpc", _) => Ok(None),
        ("redis" | "rediss", _) => {
            let redis = open.redis(SETTING, &urls.task_results).await?;
            Ok(Some(Arc::new(InRedis(CeleryResults::new(redis)))))
        }
        _ => Err(unknown(SETTING, &urls.task_results, "known are rpc: and redis://host")),
    }
}
