//! Search on Elasticsearch and OpenSearch.
