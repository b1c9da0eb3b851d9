//! The contract of the queue.

use std::sync::Arc;

use rabbitmq_adapter::{AmqpQueue, Role};

use crate::support::{Guard, rabbit_for};

async fn open() -> (Arc<AmqpQueue>, Guard) {
    let (rabbit, guard) = rabbit_for("QUEUE").await;
    let queue = AmqpQueue::open(rabbit, Role::Worker).await.expect("the queue opens");
    (Arc::new(queue), guard)
}

engine::queue_contract!(open);
