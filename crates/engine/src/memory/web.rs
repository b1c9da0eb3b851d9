//! The memory engine of the web: a few pages that a story laid out, and a count of who was asked for.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::web::{Fetched, Wanted, Web, WebError};

/// Pages by their addresses. All others are refused, so the empty one reads nothing at all.
#[derive(Default)]
pub struct MemoryWeb {
    pages: Mutex<HashMap<String, Result<Fetched, WebError>>>,
    asked: Mutex<Vec<String>>,
}

impl MemoryWeb {
    /// No pages.
    pub fn new() -> MemoryWeb {
        MemoryWeb::default()
    }

    /// Lays out a page.
    pub fn put(&self, url: &str, content_type: &str, bytes: impl Into<Bytes>) {
        let fetched = Fetched {
            url: url.to_owned(),
            content_type: content_type.to_owned(),
            bytes: bytes.into(),
        };
        self.pages.lock().insert(url.to_owned(), Ok(fetched));
    }

    /// Lays out a failure.
    pub fn fail(&self, url: &str, error: WebError) {
        self.pages.lock().insert(url.to_owned(), Err(error));
    }

    /// What was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

#[async_trait]
impl Web for MemoryWeb {
    async fn fetch(&self, wanted: Wanted) -> Result<Fetched, WebError> {
        let mut asked = self.asked.lock();
        // What nobody reads is not kept for ever.
        if asked.len() < 10_000 {
            asked.push(wanted.url.clone());
        }
        let page = self.pages.lock().get(&wanted.url).cloned();
        let mut page =
            page.unwrap_or_else(|| Err(WebError::Refused("nothing is read here".into())))?;
        let known = page.content_type.to_ascii_lowercase();
        if !wanted.types.iter().any(|kind| known.starts_with(kind)) {
            return Err(WebError::Useless(format!("it is {known}")));
        }
        if page.bytes.len() > wanted.bytes {
            if !wanted.part_will_do {
                return Err(WebError::Useless("it is too long".to_owned()));
            }
            page.bytes.truncate(wanted.bytes);
        }
        Ok(page)
    }
}
