//! The contract of the queue.

use std::sync::Arc;

use redis_adapter::RedisQueue;

use crate::support::{Guard, redis_for};

async fn open() -> (Arc<RedisQueue>, Guard) {
    let (redis, guard) = redis_for("QUEUE").await;
    (Arc::new(RedisQueue::new(redis)), guard)
}

engine::queue_contract!(open);
