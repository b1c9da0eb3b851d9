//! The floor of durable writes: the embedded store alone, on the same disk, with as many writers.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::store::{Expect, NodeKind, Op, Store};

use crate::Failure;

/// Commits a second of one node of `bytes` bytes each, by this many tasks that each wait for the disk.
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
                    let id = done * clients as u64 + writer + 1;
                    let (kind, body) = (NodeKind(1), body.clone());
                    store.commit(vec![Op::Put { kind, id, body, expect: Expect::Any }]).await?;
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
