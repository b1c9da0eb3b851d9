//! Reading the log again, for staff: from the search engine that a shipper fills, where there is one, and from the files otherwise.

mod file;
mod search;

use std::sync::Arc;

use async_trait::async_trait;
use social::logs::{LogError, LogPage, LogQuery, LogStore};

use self::{file::FileLogs, search::SearchLogs};
use crate::config::Config;

/// The log of this config, as far as it is kept where we can read it.
pub fn explorer(config: &Config) -> Arc<dyn LogStore> {
    // Lines get into the search engine by way of a collector.
    let search = config.log_tcp.as_ref().and_then(|_| SearchLogs::open(&config.engines.search));
    let file = config.log_file.as_deref().map(FileLogs::new);
    Arc::new(Explorer { search, file })
}

struct Explorer {
    search: Option<SearchLogs>,
    file: Option<FileLogs>,
}

#[async_trait]
impl LogStore for Explorer {
    async fn page(&self, query: &LogQuery) -> Result<LogPage, LogError> {
        let of_file = query.cursor.as_deref().is_some_and(file::is_cursor);
        if let Some(search) = self.search.as_ref().filter(|_| !of_file) {
            match search.page(query).await {
                Ok(Some(page)) => return Ok(page),
                // Nothing was ever shipped there.
                Ok(None) => {}
                // It is away: what the files have is better than nothing, if one does not walk already.
                Err(LogError::Unavailable(_)) if self.file.is_some() && query.cursor.is_none() => {}
                Err(error) => return Err(error),
            }
        }
        match &self.file {
            Some(file) => file.page(query).await,
            None => Ok(LogPage::default()),
        }
    }
}
