//! Everything that is asked of the adapter, on a running server: the contract suites, and faults.
//!
//! The server is the one of `SOCIOSPHERE_TEST_STORE_URL` (with fail points if it has them: `--setParameter
//! enableTestCommands=1`), else a stand-in that this program starts for itself. Each test has a database of its own.

mod contracts;
mod faults;
mod server;
mod support;
