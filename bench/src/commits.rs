//! The floor of durable writes: the embedded store alone, on the same disk, with as many writers, committing the rows
//! that a post is: its node, its places in two counted lists, and its event.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::store::{Counted, EdgeKind, EdgeRef, Expect, NodeKind, OnExisting, Op, Store};

use crate::Failure;

/// Commits a second of posts of `bytes` bytes each, by this many tasks that each wait for the disk.
pub async fn bare(
    folder: &Path,
    clients: usize,
    bytes: usize,
    time: Duration,
) -> Result<f64, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let store = sqlite_adapter::open(&folder.path().join("bare.db"), Default::default())?;
    let (started, body) = (Instant::now(), Bytes::from(vec![7; bytes]));
    let writers: Vec<_> = (0..clients as u64)
        .map(|writer| {
            let (store, body) = (store.clone(), body.clone());
            tokio::spawn(async move {
                let mut done = 0_u64;
                while started.elapsed() < time {
                    let id = (done + 1) * clients as u64 + writer;
                    store.commit(post(id, writer, body.clone())).await?;
                    done += 1;
                }
                Ok::<_, engine::store::CommitError>(done)
            })
        })
        .collect();
    let mut commits = 0;
    for writer in writers {
        commits += writer.await??;
    }
    Ok(commits as f64 / started.elapsed().as_secs_f64())
}

/// The rows of a post: for the floor their names do not matter, their number does.
fn post(id: u64, author: u64, body: Bytes) -> Vec<Op> {
    let listed = |from, list| Op::Link {
        edge: EdgeRef { from, kind: EdgeKind(list), to: id },
        ord: id,
        flags: 0,
        data: Bytes::new(),
        counted: Counted::Yes,
        on_existing: OnExisting::Conflict,
    };
    vec![
        Op::Put { kind: NodeKind(1), id, body: body.clone(), expect: Expect::Absent },
        listed(author + 1, 1),
        listed(1, 2),
        Op::Emit { id, topic: 1, body: body.slice(..body.len().min(60)) },
    ]
}
