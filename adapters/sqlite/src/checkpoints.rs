//! Checkpoints: carrying the write-ahead log into the file, beside the commits and not in them.
//!
//! The writer rings when the log has grown by some megabytes. A `PASSIVE` checkpoint hinders nobody; if the
//! log is long all the same, because commits never paused, a `RESTART` makes the writer wait a moment for the
//! rest. When nothing was committed for a while, and at the end, the log is cut to nothing.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode};

use crate::{
    error::{OpenError, reason},
    writer::Health,
};

/// The writer rings after so many pages (4 MB).
pub const PAGES_A_CHECKPOINT: u32 = 1_000;
/// From here on the writer has to wait for a checkpoint (64 MB).
const LONG_LOG: i64 = 16_000;
/// How long readers may hold up the checkpoint that the writer waits for.
const PATIENCE: Duration = Duration::from_millis(200);
const IDLE: Duration = Duration::from_secs(5);

/// The thread that makes checkpoints.
pub struct Checkpoints {
    bell: Option<Bell>,
    thread: Option<JoinHandle<()>>,
}

/// Rung when the log has grown; ringing twice is ringing once.
#[derive(Clone)]
pub struct Bell(SyncSender<()>);

impl Bell {
    pub fn ring(&self) {
        // A full channel is a bell that rings already.
        let _ = self.0.try_send(());
    }
}

impl Checkpoints {
    pub fn start(connection: Connection, health: Arc<Health>) -> Result<Self, OpenError> {
        let (bell, rung) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || run(&connection, &health, &rung))
            .map_err(OpenError::Thread)?;
        Ok(Self { bell: Some(Bell(bell)), thread: Some(thread) })
    }

    /// None: another process makes them.
    pub fn none() -> Self {
        Self { bell: None, thread: None }
    }

    pub fn bell(&self) -> Option<Bell> {
        self.bell.clone()
    }

    /// Empties the log into the file and ends. The writer, who also holds the bell, has ended before.
    pub fn stop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread of the store panicked");
        }
    }
}

fn run(connection: &Connection, health: &Health, rung: &Receiver<()>) {
    let mut commits_before = 0;
    let mut cut_at = 0;
    loop {
        match rung.recv_timeout(IDLE) {
            Ok(()) => {
                if checkpoint(connection, health, "PASSIVE") >= LONG_LOG {
                    // The writer waits its turn: it leaves no gap that a lock of SQLite could be taken in.
                    let _turn = health.turn.lock();
                    // Readers that still need the log get a moment, so that the writer can begin it anew.
                    let _ = connection.busy_timeout(PATIENCE);
                    checkpoint(connection, health, "RESTART");
                    let _ = connection.busy_timeout(Duration::ZERO);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                let commits = health.stats().commits;
                if commits == commits_before && commits != cut_at {
                    checkpoint(connection, health, "TRUNCATE");
                    cut_at = commits;
                }
                commits_before = commits;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    checkpoint(connection, health, "TRUNCATE");
}

/// Makes a checkpoint and says how many pages the log has.
fn checkpoint(connection: &Connection, health: &Health, mode: &str) -> i64 {
    // After a disk error the log is the only copy that is sure to be whole.
    if health.poison().is_some() {
        return 0;
    }
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    match connection.query_row(&sql, [], |row| row.get::<_, i64>(1)) {
        Ok(pages) => pages,
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => 0,
        Err(error) => {
            tracing::error!(%error, "a checkpoint of the store failed: {error}");
            if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
                health.poisoned_by(reason(&error));
            }
            0
        }
    }
}
