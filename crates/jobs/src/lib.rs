//! What happens after a commit: events become jobs, jobs run, and what must run at a time runs then.
//!
//! A [`Relay`] leases events from the store's outbox and pushes what the product's [`Subscriptions`] make of
//! them; a [`Worker`] takes jobs and runs their [`Handler`]s; [`Schedules`] emit an event per slot; a
//! [`Runner`] owns the three, in the background ([`Runner::start`]) or by hand ([`Runner::settle`]).
//!
//! What may wait a moment is [gathered](gathered_job): said often, done once.
//!
//! Everything is at least once: a handler may see a job twice, late, or after a later one, and must not mind.
//! A job that panics, hangs, cannot be read or that nobody knows ends among the dead and stops no other.

mod policy;
pub use policy::{JobPolicy, Random};

mod handlers;
pub use handlers::{Handler, Handlers, JobError};

mod gathered;
pub use gathered::{GATHERED_WITHIN, gathered_job};

mod relay;
pub use relay::{Relay, RelayError, SCHEDULED, Subscriptions, UNDECODABLE, Undecodable, event_job};

mod worker;
pub use worker::{Ended, Worker};

mod schedules;
pub use schedules::{Every, Schedule, ScheduleError, Schedules};

mod runner;
pub use runner::{JobsConfig, Runner, Running, SettleError, Settled, Wiring};

pub mod dead;

pub use engine::queue::NewJob;
