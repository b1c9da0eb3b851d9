//! `redis://`: the cache, the rings, the bus and the queue on a Redis that all processes share.
//!
//! ```text
//! redis://[[user]:password@]host[:6379][/database][?prefix=sociosphere]     rediss:// with TLS
//! ```
//!
//! Redis 6.2 or later, or Valkey. Every key begins with the prefix and can be read in `redis-cli`:
//!
//! | key | type | is |
//! | --- | --- | --- |
//! | `sociosphere:value:{KEY}` | string | a cached value: when it ends (Unix ms), a space, the value |
//! | `sociosphere:number:{KEY}` | hash | a counter: `n`, and when it ends in `until` |
//! | `sociosphere:limit:{KEY}` | string | a rate limit: when all is refilled (ms, fraction), and its burst |
//! | `sociosphere:node:NAME:{ID}` … | string | what processes read of the store; see `lookaside.rs` |
//! | `sociosphere:journal:{written}` … | list | what was written lately: which places, no contents |
//! | `sociosphere:ring:{ID}` … | list | a ring, newest first; see [`RedisRings`] |
//! | `sociosphere:bus:TOPIC` | channel | messages; see [`RedisBus`] |
//! | `sociosphere:{queue}:…` | several | jobs; see [`RedisQueue`] |
//! | `sociosphere` (and three with a priority) | list | jobs as Celery tasks, newest first; see [`RedisQueue`] |
//! | `celery-task-meta-ID` | string | what came of a task whose sender asked; see [`CeleryCalls`] |
//!
//! What stands in braces decides the slot in a cluster: keys that one script touches lie together. All but the queue's
//! keys have a time to live, so `maxmemory-policy volatile-lru` keeps the memory bounded and never loses a job.
//!
//! One connection is shared by all that an engine is asked at once (pipelined, never a round trip per item); the bus has one
//! more to listen on. An answer comes within [`PATIENCE`] or is an error, and connections come back by themselves.

mod bus;
mod cache;
mod calls;
mod celery;
mod link;
mod lookaside;
mod queue;
mod results;
mod rings;

pub use bus::RedisBus;
pub use cache::RedisCache;
pub use calls::CeleryCalls;
pub use celery::CeleryWorker;
pub use celery_wire::Config as CeleryConfig;
pub use link::{Health, OpenError, PATIENCE, Redis};
pub use queue::RedisQueue;
pub use results::CeleryResults;
pub use rings::RedisRings;
