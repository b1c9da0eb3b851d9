//! Search embedded in the process: Tantivy, a folder per index.
//!
//! All writes go through one thread that gathers them into commits: a write is answered when its commit is on
//! disk, so that a job that is done stays done. Questions read the last commit, beside the writer.

mod folder;
mod generation;
mod moments;
mod query;
mod top;
mod words;
mod writer;

use std::{fs::File, path::Path, sync::Arc, thread::JoinHandle};

use async_trait::async_trait;
use engine::search::{
    Bookmark, Change, Cursor, Document, Found, IndexSpec, Question, Rank, Search, SearchError,
    Sort, Start, WALK_RESTS, check_document, check_question, find_spec,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
};

pub use folder::OpenError;
use moments::{Moment, Moments};
use writer::{Command, Shelf, Work};

/// Writes that may wait for the writer; more wait for their place.
const WAITING: usize = 256;

/// Search in a folder of this process alone.
pub struct TantivySearch {
    specs: Vec<IndexSpec>,
    shelves: Vec<Arc<Shelf>>,
    moments: Moments,
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
        let (commands, thread) = (Some(commands), Some(thread));
        let moments = Moments::new(WALK_RESTS);
        Ok(Self { specs, shelves, moments, commands, thread, _lock: lock })
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

    /// The page that was asked for, and where the next one begins.
    fn page(
        &self,
        question: &Question,
        ranks: &[Rank],
        total: u64,
        number: Option<u64>,
        moment: Moment,
    ) -> Found {
        let (offset, limit) = question.window();
        let page = ranks.get(offset..).unwrap_or_default();
        let ids = page.iter().map(|rank| rank.id.0).collect();
        let walks = !matches!(question.start, Start::At(_));
        let last = page.last().filter(|_| walks && page.len() == limit);
        let next = last.map(|last| {
            let number = number.unwrap_or_else(|| self.moments.keep(moment));
            let now = match question.sort {
                Sort::Fresh(recency) => recency.now,
                Sort::Relevance | Sort::Descending(_) | Sort::Ascending(_) => 0,
            };
            let mark = Bookmark { moment: number.to_string(), now, place: last.text() };
            mark.cursor(question)
        });
        if let (None, Some(number)) = (&next, number) {
            self.moments.leave(number);
        }
        Found { ids, total, next }
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

    async fn ask(&self, mut question: Question) -> Result<Found, SearchError> {
        check_question(&self.specs, &question)?;
        let spec = find_spec(&self.specs, question.index)?.clone();
        let (mut after, mut number) = (None, None);
        if let Start::After(cursor) = &question.start {
            let mark = Bookmark::read(cursor, &question)?;
            if let Sort::Fresh(recency) = &mut question.sort {
                recency.now = mark.now;
            }
            after = Rank::read(&mark.place);
            number = mark.moment.parse::<u64>().ok();
        }
        let known = number.and_then(|number| Some((number, self.moments.get(number)?)));
        let (number, moment) = match known {
            Some((number, moment)) => (Some(number), moment),
            None => {
                let generation = self.shelves[self.shelf(question.index)?].current();
                let searcher = generation.searcher();
                (None, Moment { generation, searcher })
            }
        };
        let (asked, looked_at) = (question.clone(), moment.clone());
        let answer = spawn_blocking(move || {
            looked_at.generation.ask(&looked_at.searcher, &asked, &spec, after)
        });
        let away = |error: String| SearchError::Unavailable(error);
        let answer = answer.await.map_err(|error| away(error.to_string()))?;
        let (ranks, total) = answer.map_err(|error| away(error.to_string()))?;
        Ok(self.page(&question, &ranks, total, number, moment))
    }

    async fn leave(&self, cursor: Cursor) -> Result<(), SearchError> {
        let moment = cursor.0.split('~').nth(3).and_then(|number| number.parse().ok());
        moment.into_iter().for_each(|number| self.moments.leave(number));
        Ok(())
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
