//! `sociosphere copy` from SQLite to SQLite with all that it reads, writes and compares; the floor writes as many edges with
//! the same engine, from memory, and compares nothing.

use std::{path::Path, process::Command, time::Instant};

use bytes::Bytes;
use engine::store::{EdgeKind, EdgeRecord, MAX_BATCH, Record, Upkeep};

use super::{Line, in_turns};
use crate::{
    Failure,
    data::{self, Size},
    process::binary,
};

/// A few hundred thousand edges, and in seconds.
const SIZE: Size = Size { accounts: 300, follows: 100, posts: 20_000, likes: 20_000 };

/// Edges a second from file to file.
pub async fn measure(root: &Path) -> Result<Line, Failure> {
    let (folder, _) = data::ready(root, SIZE).await?;
    let (rate, floor) = in_turns(|| ours(root, &folder), || bare(root)).await?;
    let line = Line {
        what: "`copy` SQLite to SQLite, compared".to_owned(),
        unit: "edges/s",
        rate,
        floor: Some(("edges from memory, not compared", floor)),
        target: Some(20_000.0),
    };
    println!("  {}", line.text());
    Ok(line)
}

async fn ours(root: &Path, folder: &Path) -> Result<f64, Failure> {
    let to = tempfile::tempdir_in(root)?;
    let begun = Instant::now();
    let output = Command::new(binary()?)
        .arg("--data")
        .arg(folder)
        .args(["copy", "--from", &store(folder), "--to", &store(to.path())])
        .output()?;
    let seconds = begun.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(format!("copy: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    // "123456 edges (…": the copy's own count; the time is the whole command's.
    let edges = said.split_once(" edges").and_then(|(before, _)| before.rsplit([' ', '\n']).next());
    let edges: f64 = edges.ok_or("copy does not say how many edges")?.parse()?;
    Ok(edges / seconds)
}

fn store(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("sociosphere.db").display())
}

async fn bare(root: &Path) -> Result<f64, Failure> {
    const EDGES: u64 = 200_000;
    let folder = tempfile::tempdir_in(root)?;
    let store = sqlite_adapter::open(&folder.path().join("bare.db"), Default::default())?;
    let edge = |n: u64| {
        Record::Edge(EdgeRecord {
            from: n % 1_000 + 1,
            kind: EdgeKind(1),
            to: n + 1,
            ord: n + 1,
            flags: 0,
            data: Bytes::new(),
        })
    };
    let all: Vec<_> = (0..EDGES).map(edge).collect();
    let begun = Instant::now();
    for some in all.chunks(MAX_BATCH) {
        store.import(some.to_vec()).await?;
    }
    Ok(EDGES as f64 / begun.elapsed().as_secs_f64())
}
