//! The contract of rings.

use std::sync::Arc;

use redis_adapter::RedisRings;

use crate::support::{Guard, redis_for};

async fn open() -> (Arc<RedisRings>, Guard) {
    let (redis, guard) = redis_for("RINGS").await;
    (Arc::new(RedisRings::new(redis)), guard)
}

engine::rings_contract!(open);
