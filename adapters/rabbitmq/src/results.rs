//! A result backend beside RabbitMQ, for programs that look results up instead of hearing them (`rpc://`).

use async_trait::async_trait;
use celery_wire::Entry;
use tokio::time::Duration;

/// Where results of tasks are kept, and looked up.
#[async_trait]
pub trait Results: Send + Sync + std::fmt::Debug {
    /// Keeps the entry of a task, and tells who waits for it.
    async fn keep(&self, id: &str, text: String) -> Result<(), String>;

    /// Waits for the end of a task, at most so long; then what came of it so far.
    async fn wait(&self, id: &str, within: Duration) -> Result<Entry, String>;
}
