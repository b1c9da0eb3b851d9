//! The contract of the queue.

use std::sync::Arc;

use rabbitmq_adapter::AmqpQueue;

use crate::support::{Guard, rabbit_for};

async fn open() -> (Arc<AmqpQueue>, Guard) {
    let (rabbit, guard) = rabbit_for("QUEUE").await;
    let queue = AmqpQueue::open(rabbit).await.expect("the queue opens").working();
    (Arc::new(queue), guard)
}

engine::queue_contract!(open);
