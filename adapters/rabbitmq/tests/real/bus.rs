//! The contract of the bus: within one process, and from one process to another.

use std::sync::Arc;

use async_trait::async_trait;
use engine::bus::{Bus, BusError, Message, Subscription};
use rabbitmq_adapter::{AmqpBus, RabbitMq};

use crate::support::{Guard, rabbit_for, url_for};

async fn open() -> (Arc<AmqpBus>, Guard) {
    let (rabbit, guard) = rabbit_for("BUS").await;
    (Arc::new(AmqpBus::new(rabbit)), guard)
}

engine::bus_contract!(open);

/// Two processes: one publishes, the other subscribes.
struct Pair {
    here: AmqpBus,
    there: AmqpBus,
}

#[async_trait]
impl Bus for Pair {
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError> {
        self.here.publish(messages).await
    }

    async fn subscribe(&self, prefix: &str, capacity: usize) -> Result<Subscription, BusError> {
        self.there.subscribe(prefix, capacity).await
    }
}

mod from_another_process {
    use super::*;

    async fn open_pair() -> (Arc<Pair>, Guard) {
        let (url, guard) = url_for("BUS");
        let bus = async || AmqpBus::new(RabbitMq::open(&url).await.expect("it answers"));
        (Arc::new(Pair { here: bus().await, there: bus().await }), guard)
    }

    // All but where the slow reader's gap stands to the message: a reader elsewhere reads while the messages come.
    engine::bus_contract!(@tests open_pair;
        a_subscription_hears_what_starts_with_its_prefix
        nothing_is_missed_in_silence
        each_publisher_is_heard_in_order
        who_left_or_sleeps_holds_up_nobody
        messages_out_of_bounds_are_refused
    );
}
