//! The contract of the cache.

use std::sync::Arc;

use redis_adapter::RedisCache;

use crate::support::{Guard, redis_for};

async fn open() -> (Arc<RedisCache>, Guard) {
    let (redis, guard) = redis_for("CACHE").await;
    (Arc::new(RedisCache::new(redis)), guard)
}

engine::cache_contract!(open);
