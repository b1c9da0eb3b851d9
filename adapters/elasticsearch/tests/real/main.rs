//! The contract on OpenSearch: the server of `SOCIOSPHERE_TEST_SEARCH_URL` (`elasticsearch+http://127.0.0.1:9200`; it may be an
//! Elasticsearch), else one that this program starts for itself. Each test has a prefix of its own.

mod cases;
mod server;

/// The launcher of `testing/engines`.
const ENGINE: &str = "opensearch";
/// Where an operator's own server is named.
const VARIABLE: &str = "SOCIOSPHERE_TEST_SEARCH_URL";
/// Our launcher's server has language analyzers.
const STEMS: bool = true;
