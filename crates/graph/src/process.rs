//! What one process of all has at a time, leased in the store: its number, which of the 64 it may put into its ids, and turns
//! at work that two must not do together.
//!
//! A lease is a node whose version guards it; a process renews it while it lives, and one that has ended may be taken by
//! another.

use std::sync::Arc;

use engine::store::{CommitError, Expect, NodeKind, NodeRecord, Upkeep};
use serde::{Deserialize, Serialize};

use crate::{Batch, Graph, Id, Node, ReadError};

/// How long a lease is held without renewal, milliseconds.
const LEASE_MS: u64 = 60_000;
const NUMBERS: u64 = 64;

/// Who holds a process number or a turn until when.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Process {
    holder: String,
    until_ms: u64,
}

impl Node for Process {
    const KIND: NodeKind = NodeKind(1);
    const NAME: &'static str = "processes";
}

/// A process number in this process's hands.
#[derive(Debug)]
pub struct ProcessLease {
    /// The number, 0 to 63.
    pub number: u8,
    holder: String,
}

/// Why no number could be had or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// All 64 are held by living processes.
    #[error("all 64 process numbers are in use")]
    NoneFree,
    /// Another process holds it now: ids must not be made, and the work not gone on with, any more.
    #[error("what this process held was taken by another one")]
    Lost,
    /// The store did not answer.
    #[error("{0}")]
    Unavailable(String),
}

impl From<ReadError> for ProcessError {
    fn from(error: ReadError) -> ProcessError {
        ProcessError::Unavailable(error.to_string())
    }
}

impl ProcessLease {
    /// The declaration of the nodes that hold the leases, for the schema.
    pub const DECL: crate::NodeDecl = Process::DECL;

    /// Takes a free number for a holder (a name no other process has).
    pub async fn take(
        graph: &Graph,
        holder: &str,
        now_ms: u64,
    ) -> Result<ProcessLease, ProcessError> {
        for number in 0..NUMBERS {
            let lease = ProcessLease { number: number as u8, holder: holder.to_owned() };
            if lease.hold(graph, now_ms, false).await? {
                return Ok(lease);
            }
        }
        Err(ProcessError::NoneFree)
    }

    /// The name under which this process holds what it has.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Holds the number for another minute. To be called every 20 seconds or so.
    pub async fn renew(&self, graph: &Graph, now_ms: u64) -> Result<(), ProcessError> {
        if self.hold(graph, now_ms, true).await? { Ok(()) } else { Err(ProcessError::Lost) }
    }

    /// Gives the number back.
    pub async fn end(self, graph: &Graph) -> Result<(), ProcessError> {
        give_back(graph, self.id(), &self.holder).await
    }

    /// How many processes have a store open now, as far as their leases tell: one that was killed counts for a minute.
    pub async fn alive(upkeep: &dyn Upkeep, now_ms: u64) -> Result<usize, ReadError> {
        let numbers = upkeep.scan_nodes(Process::KIND, 0, NUMBERS as usize).await?;
        let alive = |node: &&NodeRecord| {
            node.id <= NUMBERS
                && serde_json::from_slice::<Process>(&node.body)
                    .is_ok_and(|held| held.until_ms > now_ms)
        };
        Ok(numbers.iter().filter(alive).count())
    }

    fn id(&self) -> Id<Process> {
        // Node ids of the product are times shifted left; these small ones never meet them.
        Id::stored(u64::from(self.number) + 1)
    }

    async fn hold(&self, graph: &Graph, now_ms: u64, renewing: bool) -> Result<bool, ProcessError> {
        hold(graph, self.id(), &self.holder, now_ms, renewing).await
    }
}

/// Work that one process does at a time. Above the numbers, so that no walk over these meets one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Work {
    /// Search is rebuilt.
    Rebuild = NUMBERS + 1,
}

/// A turn at some work, in this process's hands.
#[derive(Debug)]
pub struct Turn {
    work: Work,
    holder: String,
}

impl Turn {
    /// Takes the turn, if no living process has it.
    pub async fn take(
        graph: &Graph,
        work: Work,
        holder: &str,
        now_ms: u64,
    ) -> Result<Option<Turn>, ProcessError> {
        let turn = Turn { work, holder: holder.to_owned() };
        let taken = hold(graph, turn.id(), holder, now_ms, false).await?;
        Ok(taken.then_some(turn))
    }

    /// Holds it for another minute. To be called every 20 seconds or so.
    pub async fn renew(&self, graph: &Graph, now_ms: u64) -> Result<(), ProcessError> {
        let held = hold(graph, self.id(), &self.holder, now_ms, true).await?;
        if held { Ok(()) } else { Err(ProcessError::Lost) }
    }

    /// Gives it to whoever comes next.
    pub async fn end(self, graph: &Graph) -> Result<(), ProcessError> {
        give_back(graph, self.id(), &self.holder).await
    }

    fn id(&self) -> Id<Process> {
        Id::stored(self.work as u64)
    }
}

async fn hold(
    graph: &Graph,
    id: Id<Process>,
    holder: &str,
    now_ms: u64,
    renewing: bool,
) -> Result<bool, ProcessError> {
    let read: Option<Arc<crate::Stored<Process>>> = graph.get(id).await?;
    let expect = match &read {
        Some(node) if node.holder == holder => Expect::Version(node.version),
        Some(node) if !renewing && node.until_ms < now_ms => Expect::Version(node.version),
        Some(_) => return Ok(false),
        None => Expect::Absent,
    };
    let body = Process { holder: holder.to_owned(), until_ms: now_ms + LEASE_MS };
    let mut batch = Batch::new();
    batch.put(id, &body, expect);
    match graph.commit_always(batch).await {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict { .. }) => Ok(false),
        Err(error) => Err(ProcessError::Unavailable(error.to_string())),
    }
}

async fn give_back(graph: &Graph, id: Id<Process>, holder: &str) -> Result<(), ProcessError> {
    if graph.get(id).await?.is_some_and(|node| node.holder == holder) {
        let mut batch = Batch::new();
        batch.remove(id, Expect::Any);
        let gone = graph.commit_always(batch).await;
        gone.map_err(|e| ProcessError::Unavailable(e.to_string()))?;
    }
    Ok(())
}
