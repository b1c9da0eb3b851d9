//! The contract of values in front of a store; and what a connection that came back may not be believed.

use std::sync::Arc;

use redis_adapter::RedisCache;

use crate::support::{Guard, redis_for};

async fn open() -> (Arc<RedisCache>, Guard) {
    let (redis, guard) = redis_for("CACHE").await;
    (Arc::new(RedisCache::new(redis)), guard)
}

engine::lookaside_contract!(open);
