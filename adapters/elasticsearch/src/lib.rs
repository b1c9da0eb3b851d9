//! Search on Elasticsearch (8, 9) and OpenSearch (2, 3): one index for all processes.
//!
//! Words are made by [`engine::search::analysis`], the same for every engine, and stored as they are: the servers' own
//! analyzers would find other documents than the embedded engine does. Filters stand in the filter of the query, so that
//! totals never count what a filter hides. A removed document stays as one that is not `live`: the version of a deletion
//! is never forgotten, so that no late write brings anything back; a rebuild leaves them behind.
//!
//! | name | is |
//! | --- | --- |
//! | `PREFIX-INDEX` | an alias: what questions ask and writes change |
//! | `PREFIX-INDEX-next` | an alias while an index is rebuilt: its twin, which writes change as well |
//! | `PREFIX-INDEX-1`, `…-TIME` | the indexes themselves; `-1` is the empty one of the first start |
//!
//! Numbers go up to 2^63, which a `long` does not: they are stored less 2^63 - 1.
//!
//! A server with language analyzers finds other forms of words as well ([`stems`]); a minimal one has none, and finds what
//! the embedded engine finds.

mod client;
mod open;
mod query;
mod stems;
mod walk;
mod write;

use async_trait::async_trait;
use engine::search::{
    Change, Cursor, Document, Found, IndexSpec, Question, Search, SearchError, check_document,
    check_question, find_spec,
};

use client::{Client, Failure};

pub use open::{Health, OpenError};

/// Search on a server.
#[derive(Debug)]
pub struct ElasticSearch {
    client: Client,
    prefix: String,
    specs: Vec<IndexSpec>,
    server: Abilities,
}

/// What differs between servers.
#[derive(Clone, Copy, Debug, Default)]
struct Abilities {
    opensearch: bool,
    stems: bool,
}

impl From<Failure> for SearchError {
    fn from(failure: Failure) -> Self {
        match failure {
            // It understood, and does not want: asking again would not help.
            Failure::Said { status: 400 | 413, .. } => SearchError::Refused(failure.to_string()),
            Failure::Said { .. } | Failure::Away(_) => {
                SearchError::Unavailable(failure.to_string())
            }
        }
    }
}

impl ElasticSearch {
    fn alias(&self, index: &str) -> String {
        format!("{}-{index}", self.prefix)
    }

    fn next(&self, index: &str) -> String {
        format!("{}-{index}-next", self.prefix)
    }
}

impl ElasticSearch {
    /// Asks any index or data stream in the server's own language; none where there is no such index. For what others wrote there.
    pub async fn look_up(
        &self,
        index: &str,
        question: &serde_json::Value,
    ) -> Result<Option<serde_json::Value>, SearchError> {
        let path = format!("{index}/_search");
        match self.client.post(&path, Some(question.to_string())).await {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.is("index_not_found_exception") => Ok(None),
            Err(failure) => Err(SearchError::Unavailable(failure.to_string())),
        }
    }
}

#[async_trait]
impl Search for ElasticSearch {
    async fn write(&self, index: &'static str, changes: Vec<Change>) -> Result<(), SearchError> {
        let spec = find_spec(&self.specs, index)?;
        for change in &changes {
            match change {
                Change::Put(document) => check_document(spec, document)?,
                Change::Delete { .. } => {}
            }
        }
        self.write_everywhere(spec, &changes).await
    }

    async fn refresh(&self) -> Result<(), SearchError> {
        let aliases: Vec<_> = self.specs.iter().map(|spec| self.alias(spec.name)).collect();
        self.client.post(&format!("{}/_refresh", aliases.join(",")), None).await?;
        Ok(())
    }

    async fn ask(&self, question: Question) -> Result<Found, SearchError> {
        check_question(&self.specs, &question)?;
        self.answer(question).await
    }

    async fn leave(&self, cursor: Cursor) -> Result<(), SearchError> {
        self.leave_walk(&cursor).await;
        Ok(())
    }

    async fn rebuild(&self, index: &'static str) -> Result<(), SearchError> {
        let spec = find_spec(&self.specs, index)?;
        self.make_twin(spec).await
    }

    async fn refill(
        &self,
        index: &'static str,
        documents: Vec<Document>,
    ) -> Result<(), SearchError> {
        let spec = find_spec(&self.specs, index)?;
        documents.iter().try_for_each(|document| check_document(spec, document))?;
        self.refill_twin(spec, documents).await
    }

    async fn swap(&self, index: &'static str) -> Result<(), SearchError> {
        find_spec(&self.specs, index)?;
        self.swap_twin(index).await
    }
}
