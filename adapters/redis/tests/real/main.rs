//! Everything that is asked of the adapter, on a running Redis: the contract suites, and faults.
//!
//! A suite uses the Redis of `SOCIOSPHERE_TEST_CACHE_URL` (`…_RINGS_URL`, `…_BUS_URL`, `…_QUEUE_URL`) if there is one, else a
//! server that this program starts for itself. Each test has a prefix of its own, so all run side by side.

mod bus;
mod cache;
mod celery;
mod faults;
mod lookaside;
mod queue;
mod rings;
mod server;
mod support;
