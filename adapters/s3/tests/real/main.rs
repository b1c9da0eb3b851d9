//! Everything that is asked of the adapter, on a running server: the contract suite, large uploads, links, bad words at the
//! start, and faults.
//!
//! The server is the one of `SOCIOSPHERE_TEST_S3_URL`, else a MinIO that this program starts for itself. Each test has a
//! prefix of its own. What no genuine server says on demand, a few lines that speak HTTP say.

mod faults;
mod links;
mod server;
mod support;
mod uploads;

mod contract {
    use crate::support::open;
    engine::blobs_contract!(open);
}
