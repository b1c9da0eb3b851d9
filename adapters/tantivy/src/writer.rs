//! The one thread that writes: gathers changes, commits them together, then answers.
//!
//! It commits when it has had nothing to do for a moment, twice as long as the last commit took, or when the oldest
//! change has waited for [`LONGEST_WAIT`]; so commits never take more than a third of a core for long.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use engine::search::{Change, Document, IndexSpec, SearchError};
use parking_lot::RwLock;
use tantivy::{IndexWriter, TantivyDocument, TantivyError};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tracing::{error, warn};

use crate::{
    folder::{self, OpenError, Pointer},
    generation::Generation,
};

/// How long a change waits for others at most.
const LONGEST_WAIT: Duration = Duration::from_millis(200);
/// How long it waits at least, if nothing else comes.
const SHORTEST_WAIT: Duration = Duration::from_millis(2);
/// What Tantivy gathers in memory before it writes a segment: its smallest.
const MEMORY: usize = 16_000_000;

/// What the thread is asked to do, and whom to tell.
pub(crate) struct Command {
    pub(crate) shelf: Option<usize>,
    pub(crate) work: Work,
    pub(crate) done: oneshot::Sender<Result<(), SearchError>>,
}

pub(crate) enum Work {
    Write(Vec<Change>),
    Refill(Vec<Document>),
    Refresh,
    Rebuild,
    Swap,
}

/// What questions see of an index.
pub(crate) struct Shelf {
    pub(crate) name: &'static str,
    current: RwLock<Arc<Generation>>,
    incomplete: AtomicBool,
}

impl Shelf {
    pub(crate) fn open(
        path: &Path,
        spec: &IndexSpec,
    ) -> Result<(Arc<Self>, ShelfWriter), OpenError> {
        let disk = |source| OpenError::Disk { path: path.to_owned(), source };
        let index = |source| OpenError::Index { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(disk)?;
        let pointer = Pointer::read(path);
        let opened = pointer.and_then(|pointer| {
            let generation = Generation::open(&folder::generation(path, pointer.generation), spec);
            let writing = generation.and_then(Writing::open);
            writing
                .inspect_err(|error| warn!("search index {} starts anew: {error}", spec.name))
                .ok()
        });
        let numbers = folder::generations(path).map_err(disk)?;
        let (pointer, now) = match (pointer, opened) {
            (Some(pointer), Some(now)) => (pointer, now),
            _ => {
                let number = numbers.iter().max().map_or(1, |last| last + 1);
                let fresh = Generation::create(&folder::generation(path, number), spec);
                let now = fresh.and_then(Writing::open).map_err(index)?;
                let pointer = Pointer { generation: number, complete: false };
                pointer.write(path).map_err(disk)?;
                (pointer, now)
            }
        };
        for stale in numbers.into_iter().filter(|number| *number != pointer.generation) {
            fs::remove_dir_all(folder::generation(path, stale)).map_err(disk)?;
        }
        let shelf = Arc::new(Self {
            name: spec.name,
            current: RwLock::new(now.generation.clone()),
            incomplete: AtomicBool::new(!pointer.complete),
        });
        let writer = ShelfWriter {
            shelf: shelf.clone(),
            spec: spec.clone(),
            path: path.to_owned(),
            last: pointer.generation,
            number: pointer.generation,
            now,
            twin: None,
        };
        Ok((shelf, writer))
    }

    pub(crate) fn current(&self) -> Arc<Generation> {
        self.current.read().clone()
    }

    pub(crate) fn is_incomplete(&self) -> bool {
        self.incomplete.load(Ordering::Acquire)
    }
}

/// What the thread holds of an index.
pub(crate) struct ShelfWriter {
    shelf: Arc<Shelf>,
    spec: IndexSpec,
    path: PathBuf,
    /// The newest number that a generation was given.
    last: u64,
    number: u64,
    now: Writing,
    twin: Option<Writing>,
}

impl ShelfWriter {
    fn both(&mut self) -> impl Iterator<Item = &mut Writing> {
        std::iter::once(&mut self.now).chain(self.twin.as_mut())
    }

    fn commit(&mut self) -> Result<(), TantivyError> {
        self.both().try_for_each(Writing::commit)
    }

    fn apply(&mut self, work: Work) -> Result<(), SearchError> {
        match work {
            Work::Write(changes) => {
                for writing in self.both() {
                    changes.iter().try_for_each(|change| writing.apply(change)).map_err(away)?;
                }
            }
            Work::Refill(documents) => {
                let twin = self.twin.as_mut().ok_or_else(no_rebuild)?;
                let mut documents = documents.into_iter().map(Change::Put);
                documents.try_for_each(|put| twin.apply(&put)).map_err(away)?;
            }
            Work::Refresh => {}
            Work::Rebuild => self.rebuild().map_err(away)?,
            Work::Swap => self.swap()?,
        }
        Ok(())
    }

    fn rebuild(&mut self) -> Result<(), TantivyError> {
        if self.twin.take().is_some() {
            self.remove(self.last);
        }
        self.last += 1;
        let generation =
            Generation::create(&folder::generation(&self.path, self.last), &self.spec)?;
        self.twin = Some(Writing::open(generation)?);
        Ok(())
    }

    fn swap(&mut self) -> Result<(), SearchError> {
        let twin = self.twin.as_mut().ok_or_else(no_rebuild)?;
        twin.commit().map_err(away)?;
        let pointer = Pointer { generation: self.last, complete: true };
        pointer.write(&self.path).map_err(|error| SearchError::Unavailable(error.to_string()))?;
        let Some(twin) = self.twin.take() else { return Err(no_rebuild()) };
        *self.shelf.current.write() = twin.generation.clone();
        self.shelf.incomplete.store(false, Ordering::Release);
        self.now = twin;
        let old = std::mem::replace(&mut self.number, self.last);
        self.remove(old);
        Ok(())
    }

    fn remove(&self, number: u64) {
        if let Err(error) = fs::remove_dir_all(folder::generation(&self.path, number)) {
            // The next start removes it.
            warn!("could not remove an old generation of search index {}: {error}", self.spec.name);
        }
    }
}

fn away(error: TantivyError) -> SearchError {
    SearchError::Unavailable(error.to_string())
}

fn no_rebuild() -> SearchError {
    SearchError::Refused("no rebuild is under way".to_owned())
}

/// A generation that is written to.
struct Writing {
    generation: Arc<Generation>,
    writer: IndexWriter,
    /// Versions of what is not committed yet.
    pending: HashMap<u64, u64>,
}

impl Writing {
    fn open(generation: Generation) -> Result<Self, TantivyError> {
        let writer = generation.index.writer_with_num_threads::<TantivyDocument>(1, MEMORY)?;
        Ok(Self { generation: Arc::new(generation), writer, pending: HashMap::new() })
    }

    fn apply(&mut self, change: &Change) -> Result<(), TantivyError> {
        let (id, version) = match change {
            Change::Put(document) => (document.id, document.version),
            Change::Delete { id, version } => (*id, *version),
        };
        let known = match self.pending.get(&id) {
            Some(known) => Some(*known),
            None => self.generation.version(id)?,
        };
        if known.is_some_and(|known| known > version) {
            return Ok(());
        }
        let fields = &self.generation.fields;
        let document = match change {
            Change::Put(document) => fields.document(document)?,
            Change::Delete { id, version } => fields.nothing(*id, *version),
        };
        self.writer.delete_term(fields.id(id));
        self.writer.add_document(document)?;
        self.pending.insert(id, version);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), TantivyError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let committed = self.writer.commit().and_then(|_| self.generation.reload());
        if committed.is_err() {
            self.undo();
        }
        self.pending.clear();
        committed
    }

    /// Back to the last commit, after a failure: whoever waits is told, and comes again.
    fn undo(&mut self) {
        self.pending.clear();
        if let Err(error) = self.writer.rollback() {
            error!("a search index could not go back to its last commit: {error}");
        }
    }
}

pub(crate) fn start(
    shelves: Vec<ShelfWriter>,
    commands: mpsc::Receiver<Command>,
) -> Result<JoinHandle<()>, OpenError> {
    let failed = |source: io::Error| OpenError::Disk { path: PathBuf::new(), source };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(failed)?;
    let thread = std::thread::Builder::new().name("search-writer".to_owned());
    thread.spawn(move || runtime.block_on(run(shelves, commands))).map_err(failed)
}

async fn run(mut shelves: Vec<ShelfWriter>, mut commands: mpsc::Receiver<Command>) {
    let mut quiet = SHORTEST_WAIT;
    while let Some(first) = commands.recv().await {
        let began = Instant::now();
        let mut waiting = Vec::new();
        let mut next = Some(first);
        while let Some(Command { shelf, work, done }) = next.take() {
            // Its caller asks for what is there after all before it: end the gathering.
            let last = matches!(work, Work::Refresh | Work::Rebuild | Work::Swap);
            let applied = match shelf.map(|shelf| &mut shelves[shelf]) {
                Some(shelf) => {
                    let applied = shelf.apply(work);
                    if matches!(applied, Err(SearchError::Unavailable(_))) {
                        shelf.both().for_each(Writing::undo);
                    }
                    applied
                }
                None => Ok(()),
            };
            // After a failure nothing that waits is sure any more.
            if let Err(failure @ SearchError::Unavailable(_)) = &applied {
                tell(waiting.drain(..), &Err(failure.clone()));
            }
            match applied {
                Ok(()) => waiting.push(done),
                Err(failure) => tell([done], &Err(failure)),
            }
            if !last && began.elapsed() < LONGEST_WAIT {
                next = timeout(quiet, commands.recv()).await.ok().flatten();
            }
        }
        let commit = Instant::now();
        let committed = shelves.iter_mut().try_for_each(|shelf| shelf.commit().map_err(away));
        tell(waiting, &committed);
        quiet = (commit.elapsed() * 2).clamp(SHORTEST_WAIT, LONGEST_WAIT / 2);
    }
}

fn tell(
    waiting: impl IntoIterator<Item = oneshot::Sender<Result<(), SearchError>>>,
    what: &Result<(), SearchError>,
) {
    for done in waiting {
        // Who does not wait any more need not know.
        let _ = done.send(what.clone());
    }
}
