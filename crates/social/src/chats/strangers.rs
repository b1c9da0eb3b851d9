//! How many people who do not know one can be written to: a bound by the hour, for all processes together.
//!
//! It is counted where rate limits are; while those are away, people write on.

use std::time::Duration;

use engine::cache::Quota;
use graph::Id;

use super::error::ChatError;
use crate::{accounts::model::Account, app::App, house};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Counts so many people who do not know the writer, before they are asked.
pub(super) async fn charge(app: &App, by: Id<Account>, people: usize) -> Result<(), ChatError> {
    let most = house::community(app).await?.strangers_per_hour;
    // 0 is no limit.
    if people == 0 || most == 0 {
        return Ok(());
    }
    let quota = Quota { burst: most, period: HOUR };
    let cost = u32::try_from(people).unwrap_or(u32::MAX);
    let key = format!("limit:strangers:{by}");
    match app.engines.cache.limit(&key, quota, cost, app.now_ms()).await {
        Ok(verdict) if !verdict.allowed => {
            Err(ChatError::TooManyStrangers { retry_after_s: verdict.retry_after.as_secs() + 1 })
        }
        Ok(_) | Err(_) => Ok(()),
    }
}
