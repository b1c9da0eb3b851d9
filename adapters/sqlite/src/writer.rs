//! The one thread that writes: group commit.
//!
//! It takes what waits, up to a bound, into one transaction; each write has its savepoint, so that one that
//! conflicts goes alone. Then one commit, one `fsync`, and everyone is answered. While it waits for the disk the
//! next group gathers: the more is written at once, the less each write costs.
//!
//! What is answered is on the disk. When the disk fails at a commit it is not known what is on it: everyone who
//! waits hears so, and nothing is written until the file is opened again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Instant,
};

use engine::store::CommitError;
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use crate::{
    Stats,
    checkpoints::{Bell, PAGES_A_CHECKPOINT},
    error::{Concerns, Fault, OpenError, concerns, concerns_at_commit, reason},
    sql,
};

/// Writes that may wait; more are turned away.
const WAITING: usize = 4_096;
/// Writes in one commit.
const GROUP: usize = 512;
const PAGE_BYTES: u64 = 4_096;

/// What is known of the writer from outside.
#[derive(Default)]
pub struct Health {
    poison: OnceLock<String>,
    commits: AtomicU64,
    writes: AtomicU64,
    wal_pages: AtomicU32,
    /// Held by the writer for each group, and by a checkpoint that the writer has to wait for.
    pub turn: Mutex<()>,
}

impl Health {
    pub fn stats(&self) -> Stats {
        Stats {
            commits: self.commits.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            wal_bytes: u64::from(self.wal_pages.load(Ordering::Relaxed)) * PAGE_BYTES,
        }
    }

    /// Why nothing is written any more.
    pub fn poison(&self) -> Option<&str> {
        self.poison.get().map(String::as_str)
    }

    pub fn poisoned_by(&self, reason: String) {
        tracing::error!("the store stops writing until it is opened again: {reason}");
        // The first reason stays.
        let _ = self.poison.set(format!("{reason}; nothing is written until a restart"));
    }
}

/// The transaction of a group, as one write sees it.
pub struct Tx<'c> {
    pub connection: &'c mut Connection,
    /// What this write adds to counts.
    counts: Vec<((i64, i64), i64)>,
}

impl Tx<'_> {
    /// Adds to the count of a list. Counts that many writes of a group change are written once.
    pub fn count(&mut self, from: i64, kind: i64, by: i64) {
        self.counts.push(((from, kind), by));
    }
}

/// A write that waits for its group.
trait Waiting: Send {
    fn run(&mut self, tx: &mut Tx) -> Result<(), Fault>;
    fn answer(self: Box<Self>, end: Result<(), CommitError>);
}

struct Write<T, F> {
    work: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, CommitError>>,
}

impl<T: Send, F: FnOnce(&mut Tx) -> Result<T, Fault> + Send> Waiting for Write<T, F> {
    fn run(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        if let Some(work) = self.work.take() {
            self.value = Some(work(tx)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, end: Result<(), CommitError>) {
        let value = self.value.ok_or_else(|| CommitError::Unavailable("it was not run".to_owned()));
        // Who asked may have gone; the write stands.
        let _ = self.reply.send(end.and(value));
    }
}

/// The handle of the thread.
pub struct Writer {
    inbox: Option<SyncSender<Box<dyn Waiting>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub fn start(
        mut connection: Connection,
        health: Arc<Health>,
        bell: Option<Bell>,
    ) -> Result<Self, OpenError> {
        let pages = health.clone();
        let hear = move |_: &mut rusqlite::hooks::Wal, n: i32| {
            pages.wal_pages.store(n.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hear)).map_err(OpenError::doing("prepared for writing"))?;
        let (inbox, waiting) = sync_channel(WAITING);
        let mut groups = Groups { connection, health, bell, pages_at_bell: 0 };
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || groups.run(&waiting))
            .map_err(OpenError::Thread)?;
        Ok(Self { inbox: Some(inbox), thread: Some(thread) })
    }

    /// A writer that writes nothing.
    pub fn none() -> Self {
        Self { inbox: None, thread: None }
    }

    /// Runs `work` in the next group and answers when it is on the disk.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, CommitError> {
        let stopped = || CommitError::Unavailable("the writer has stopped".to_owned());
        let (reply, answer) = oneshot::channel();
        let write = Write { work: Some(work), value: None, reply };
        let inbox = self.inbox.as_ref().ok_or_else(stopped)?;
        inbox.try_send(Box::new(write)).map_err(|error| match error {
            TrySendError::Full(_) => {
                CommitError::Unavailable(format!("{WAITING} writes are waiting already"))
            }
            TrySendError::Disconnected(_) => stopped(),
        })?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Finishes what waits, and ends.
    pub fn stop(&mut self) {
        self.inbox = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread of the store panicked");
        }
    }
}

struct Groups {
    connection: Connection,
    health: Arc<Health>,
    bell: Option<Bell>,
    pages_at_bell: u32,
}

type Ends = Vec<Result<(), CommitError>>;

impl Groups {
    fn run(&mut self, waiting: &Receiver<Box<dyn Waiting>>) {
        while let Ok(first) = waiting.recv() {
            let mut group = vec![first];
            group.extend(waiting.try_iter().take(GROUP - 1));
            let ends = match self.health.poison() {
                Some(reason) => Err(reason.to_owned()),
                None => self.commit(&mut group),
            };
            match ends {
                Ok(ends) => {
                    for (write, end) in group.into_iter().zip(ends) {
                        write.answer(end);
                    }
                }
                Err(reason) => {
                    for write in group {
                        write.answer(Err(CommitError::Unavailable(reason.clone())));
                    }
                }
            }
        }
    }

    /// One group: each write's end, or why none of them happened.
    fn commit(&mut self, group: &mut [Box<dyn Waiting>]) -> Result<Ends, String> {
        let health = self.health.clone();
        let _turn = health.turn.lock();
        let began = Instant::now();
        match self.transaction(group) {
            Ok(ends) => {
                self.measure(group.len(), began);
                Ok(ends)
            }
            Err((error, concerns)) => {
                if !self.connection.is_autocommit()
                    && let Err(error) = self.connection.execute_batch("ROLLBACK")
                {
                    tracing::error!(%error, "a group could not be rolled back: {error}");
                    self.health.poisoned_by(reason(&error));
                }
                let reason = reason(&error);
                if concerns == Concerns::Everyone {
                    self.health.poisoned_by(reason.clone());
                } else {
                    tracing::warn!(%error, "a group was not committed: {reason}");
                }
                Err(reason)
            }
        }
    }

    fn transaction(
        &mut self,
        group: &mut [Box<dyn Waiting>],
    ) -> Result<Ends, (rusqlite::Error, Concerns)> {
        let at_commit = |error| {
            let concerns = concerns_at_commit(&error);
            (error, concerns)
        };
        self.execute("BEGIN IMMEDIATE").map_err(at_commit)?;
        let mut ends = Vec::with_capacity(group.len());
        let mut counts: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for write in group {
            self.execute("SAVEPOINT write").map_err(at_commit)?;
            let mut tx = Tx { connection: &mut self.connection, counts: Vec::new() };
            let run = write.run(&mut tx);
            let added = tx.counts;
            match run {
                Ok(()) => {
                    for (list, by) in added {
                        *counts.entry(list).or_default() += by;
                    }
                    ends.push(Ok(()));
                }
                Err(fault) => {
                    ends.push(Err(self.alone(fault)?));
                    self.execute("ROLLBACK TO write").map_err(at_commit)?;
                }
            }
            self.execute("RELEASE write").map_err(at_commit)?;
        }
        self.add(&counts).map_err(at_commit)?;
        self.execute("COMMIT").map_err(at_commit)?;
        Ok(ends)
    }

    /// What the write is told, if its fault is its own.
    fn alone(&self, fault: Fault) -> Result<CommitError, (rusqlite::Error, Concerns)> {
        let error = match fault {
            Fault::Refused(refusal) => return Ok(refusal),
            Fault::Sqlite(error) => error,
        };
        let concerned = concerns(&error);
        // Some errors end the whole transaction: then nobody's write is there any more.
        if concerned != Concerns::Write || self.connection.is_autocommit() {
            return Err((error, concerned));
        }
        tracing::error!(%error, "a write of the store failed: {error}");
        Ok(match error.sqlite_error_code() {
            Some(ErrorCode::TooBig) => CommitError::Refused("it is too big".to_owned()),
            _ => CommitError::Unavailable(reason(&error)),
        })
    }

    fn add(&self, counts: &BTreeMap<(i64, i64), i64>) -> rusqlite::Result<()> {
        for ((from, kind), by) in counts.iter().filter(|(_, by)| **by != 0) {
            self.connection.prepare_cached(sql::ADD_COUNT)?.execute((from, kind, by))?;
        }
        Ok(())
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn measure(&mut self, writes: usize, began: Instant) {
        self.health.commits.fetch_add(1, Ordering::Relaxed);
        self.health.writes.fetch_add(writes as u64, Ordering::Relaxed);
        let pages = self.health.wal_pages.load(Ordering::Relaxed);
        metrics::counter!("store_commits_total").increment(1);
        metrics::counter!("store_writes_total").increment(writes as u64);
        metrics::histogram!("store_group_writes").record(writes as f64);
        metrics::histogram!("store_commit_seconds").record(began.elapsed().as_secs_f64());
        metrics::gauge!("store_wal_bytes").set((u64::from(pages) * PAGE_BYTES) as f64);
        if pages < self.pages_at_bell {
            // The log began anew.
            self.pages_at_bell = 0;
        }
        if pages - self.pages_at_bell >= PAGES_A_CHECKPOINT
            && let Some(bell) = &self.bell
        {
            self.pages_at_bell = pages;
            bell.ring();
        }
    }
}
