//! `amqp://`: the bus and the queue on a RabbitMQ that all processes share; no plugin is needed.
//!
//! ```text
//! amqp://[user:password@]host[:5672][/vhost][?prefix=sociosphere]     amqps:// with TLS
//! ```
//!
//! RabbitMQ 3.10 or later. Every name begins with the prefix and can be seen with `rabbitmqctl list_queues`:
//!
//! | name | is |
//! | --- | --- |
//! | `sociosphere.bus` | the exchange of messages; see [`AmqpBus`] |
//! | `sociosphere`, `sociosphere.low`, `sociosphere.long` | jobs as Celery tasks: urgent, less urgent, long; see [`AmqpQueue`] |
//! | `sociosphere.again`, `sociosphere.again.long` | jobs whose worker may have died with them |
//! | `sociosphere.wait.N` | an exchange and its queue: jobs for later, N seconds at a time |
//! | `sociosphere.hand.…` | a job that has been in a worker's hands for long |
//! | `sociosphere.dead` | jobs that were given up |
//!
//! Two connections are shared by all of a process: one publishes, one consumes (`link`). An answer comes in time or is an
//! error, and connections come back by themselves.

mod bus;
mod calls;
mod celery;
mod link;
mod message;
mod publish;
mod queue;
mod results;

pub use bus::AmqpBus;
pub use calls::CeleryCalls;
pub use celery::CeleryWorker;
pub use celery_wire::Config as CeleryConfig;
pub use link::{Health, OpenError, PATIENCE, RabbitMq};
pub use queue::AmqpQueue;
pub use results::Results;

/// A name that nothing else has, in the shape that Celery gives its own.
pub(crate) fn unique() -> String {
    let (a, b): (u64, u64) = (rand::random(), rand::random());
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xffff,
        b >> 48,
        b & 0xffff_ffff_ffff
    )
}
