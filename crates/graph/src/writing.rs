//! Whether a store may be written to: by everybody, by jobs that finish what is under way, or by nobody.
//!
//! It stands in a node, so that all processes that share the store obey it, also after a restart; each one looks at it again
//! and again ([`Graph::obey`]) and keeps what it saw in a gate, which costs a load to ask.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use engine::store::{CommitError, Expect, NodeKind, Store};
use serde::{Deserialize, Serialize};

use crate::{Batch, Graph, Id, Node};

/// What a commit answers while nothing may be written.
pub const READ_ONLY: &str = "the store is read-only";

/// Who may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writing {
    /// Everybody.
    #[default]
    All,
    /// Jobs, until nothing is under way. Who asks for more is refused where they ask.
    Settling,
    /// Nobody: commits are refused, and jobs rest.
    Nothing,
}

/// What was decided, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mode {
    /// Who may write.
    #[serde(default)]
    pub writing: Writing,
    /// Since when, Unix milliseconds.
    #[serde(default)]
    pub since_ms: u64,
}

impl Node for Mode {
    const KIND: NodeKind = NodeKind(6);
    const NAME: &'static str = "modes";
}

/// The one node: above the process numbers and the keys, below every id made of a time.
const MODE: u64 = 1_005;
/// Where it was before: the audit log has a node there, so only one of the two could be.
const BEFORE: u64 = 1_002;

impl Mode {
    /// What a store says, without a graph over it. One that says nothing may be written to.
    pub async fn of(store: &dyn Store) -> Result<Mode, crate::ReadError> {
        let found = store.nodes(&[(Mode::KIND, MODE), (Mode::KIND, BEFORE)]).await;
        let found = found.map_err(|error| crate::ReadError::Unavailable(error.0))?;
        match found.into_iter().flatten().next() {
            None => Ok(Mode::default()),
            Some(node) => serde_json::from_slice(&node.body).map_err(|why| {
                crate::ReadError::Corrupt { name: Mode::NAME, id: MODE, why: why.to_string() }
            }),
        }
    }
}

/// What a process knows of it.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<AtomicU8>);

impl Gate {
    /// Who may write.
    pub fn writing(&self) -> Writing {
        match self.0.load(Ordering::Acquire) {
            0 => Writing::All,
            1 => Writing::Settling,
            _ => Writing::Nothing,
        }
    }

    fn set(&self, writing: Writing) {
        let number = match writing {
            Writing::All => 0,
            Writing::Settling => 1,
            Writing::Nothing => 2,
        };
        self.0.store(number, Ordering::Release);
    }
}

impl Graph {
    /// Looks at what the store says now, and obeys it.
    pub async fn obey(&self) -> Result<Mode, crate::ReadError> {
        let mode = Mode::of(&**self.store()).await?;
        self.gate().set(mode.writing);
        Ok(mode)
    }

    /// Decides who may write, for all processes: this one obeys at once.
    pub async fn decide(&self, writing: Writing, now_ms: u64) -> Result<(), CommitError> {
        let mut batch = Batch::new();
        batch.put(Id::<Mode>::stored(MODE), &Mode { writing, since_ms: now_ms }, Expect::Any);
        batch.remove(Id::<Mode>::stored(BEFORE), Expect::Any);
        self.commit_always(batch).await?;
        self.gate().set(writing);
        Ok(())
    }
}
