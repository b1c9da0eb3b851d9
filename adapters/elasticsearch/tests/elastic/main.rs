//! The same cases on Elasticsearch: the server of `SOCIOSPHERE_TEST_SEARCH_ELASTIC_URL`, else the genuine, minimal one that
//! this program starts for itself. A program of its own, so that the two servers are not in memory at once.

#[path = "../real/cases.rs"]
mod cases;
#[path = "../real/server.rs"]
mod server;

/// The launcher of `testing/engines`.
const ENGINE: &str = "elasticsearch";
/// Where an operator's own server is named.
const VARIABLE: &str = "SOCIOSPHERE_TEST_SEARCH_ELASTIC_URL";
/// Our launcher's server has no language analyzers.
const STEMS: bool = false;
