//! Search embedded in the process: Tantivy, a folder per index.
//!
//! All writes go through one thread that gathers them into commits: a write is answered when its commit is on
//! disk, so that a job that is done stays done. Questions read the last commit, beside the writer.

mod folder;
mod generation;
mod query;
mod top;
mod words;
mod writer;

use std::{fs::File, path::Path, sync::Arc, thread::JoinHandle};

use async_trait::async_trait;
use engine::search::{
    Change, Document, Found, IndexSpec, Question, Search, SearchError, check_document,
    check_question, find_spec,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
};

pub use folder::OpenError;
use writer::{Command, Shelf, Work};

/// Writes that may wait for the writer; more wait for their place.
const WAITING: usize = 256;

/// Search in a folder of this process alone.
pub struct TantivySearch {
    specs: Vec<IndexSpec>,
    shelves: Vec<Arc<Shelf>>,
    /// Taken when dropped: that ends the thread.
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    _lock: File,
}

impl TantivySearch {
    /// Opens the indexes of a folder, made if they are not there. An index that is new, damaged or of another form is opened
    /// empty, and [`needs_rebuild`](Self::needs_rebuild) says so.
    pub fn open(folder: &Path, specs: Vec<IndexSpec>) -> Result<Self, OpenError> {
        let lock = folder::lock(folder)?;
        let mut shelves = Vec::new();
        let mut writing = Vec::new();
        for spec in &specs {
            let (shelf, writer) = Shelf::open(&folder.join(spec.name), spec)?;
            shelves.push(shelf);
            writing.push(writer);
        }
        let (commands, receiver) = mpsc::channel(WAITING);
        let thread = writer::start(writing, receiver)?;
        Ok(Self { specs, shelves, commands: Some(commands), thread: Some(thread), _lock: lock })
    }

    /// Whether any index lacks documents that it once had, or never had any: rebuild it from the source.
    pub fn needs_rebuild(&self) -> bool {
        !self.incomplete().is_empty()
    }

    /// The indexes that want a rebuild.
    pub fn incomplete(&self) -> Vec<&'static str> {
        let incomplete = self.shelves.iter().filter(|shelf| shelf.is_incomplete());
        incomplete.map(|shelf| shelf.name).collect()
    }

    async fn command(&self, index: Option<&'static str>, work: Work) -> Result<(), SearchError> {
        let shelf = match index {
            Some(index) => Some(self.shelf(index)?),
            None => None,
        };
        let gone = || SearchError::Unavailable("its writer has ended".to_owned());
        let (done, answer) = oneshot::channel();
        let commands = self.commands.as_ref().ok_or_else(gone)?;
        commands.send(Command { shelf, work, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    fn shelf(&self, index: &str) -> Result<usize, SearchError> {
        let place = self.shelves.iter().position(|shelf| shelf.name == index);
        place.ok_or_else(|| SearchError::Refused(format!("no index {index}")))
    }
}

impl Drop for TantivySearch {
    fn drop(&mut self) {
        self.commands.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of search panicked");
        }
    }
}

#[async_trait]
impl Search for TantivySearch {
    async fn write(&self, index: &'static str, changes: Vec<Change>) -> Result<(), SearchError> {
        let spec = find_spec(&self.specs, index)?;
        for change in &changes {
            match change {
                Change::Put(document) => check_document(spec, document)?,
                Change::Delete { .. } => {}
            }
        }
        self.command(Some(index), Work::Write(changes)).await
    }

    async fn refresh(&self) -> Result<(), SearchError> {
        self.command(None, Work::Refresh).await
    }

    async fn ask(&self, question: Question) -> Result<Found, SearchError> {
        check_question(&self.specs, &question)?;
        let generation = self.shelves[self.shelf(question.index)?].current();
        let asked = spawn_blocking(move || generation.ask(&question)).await;
        let answer = asked.map_err(|error| SearchError::Unavailable(error.to_string()))?;
        answer.map_err(|error| SearchError::Unavailable(error.to_string()))
    }

    async fn rebuild(&self, index: &'static str) -> Result<(), SearchError> {
        self.command(Some(index), Work::Rebuild).await
    }

    async fn refill(
        &self,
        index: &'static str,
        documents: Vec<Document>,
    ) -> Result<(), SearchError> {
        let spec = find_spec(&self.specs, index)?;
        documents.iter().try_for_each(|document| check_document(spec, document))?;
        self.command(Some(index), Work::Refill(documents)).await
    }

    async fn swap(&self, index: &'static str) -> Result<(), SearchError> {
        self.command(Some(index), Work::Swap).await
    }
}

#[cfg(test)]
mod tests;
