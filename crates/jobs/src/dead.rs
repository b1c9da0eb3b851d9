//! Dead letters: the jobs that were given up, for an operator to look at, run again or drop.

use engine::queue::{DeadJob, QueueDesk, QueueError};

/// How many dead jobs one read takes.
const PAGE: usize = 200;

/// Dead jobs by key after the given one.
pub async fn list(
    desk: &dyn QueueDesk,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<DeadJob>, QueueError> {
    desk.dead(after, limit).await
}

/// Runs a dead job again, with its tries forgotten; `false` if there is none under the key.
pub async fn retry(desk: &dyn QueueDesk, key: &str, now_ms: u64) -> Result<bool, QueueError> {
    desk.revive(key, now_ms).await
}

/// Runs all dead jobs again, or those of one kind; says how many. What dies meanwhile may be among them once.
pub async fn retry_all(
    desk: &dyn QueueDesk,
    kind: Option<&str>,
    now_ms: u64,
) -> Result<usize, QueueError> {
    let (mut after, mut revived) = (None::<String>, 0);
    loop {
        let page = desk.dead(after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(revived) };
        after = Some(last.job.key.clone());
        for dead in page.iter().filter(|dead| kind.is_none_or(|kind| dead.job.kind == kind)) {
            revived += usize::from(desk.revive(&dead.job.key, now_ms).await?);
        }
    }
}

/// Forgets a dead job; `false` if there is none under the key.
pub async fn drop(desk: &dyn QueueDesk, key: &str) -> Result<bool, QueueError> {
    desk.drop_dead(key).await
}
