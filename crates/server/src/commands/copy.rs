//! `sociosphere copy --from URL --to URL`: a community moves to another store, or its media to other blobs, and back.
//!
//! Whoever runs it has stopped the servers: the source must not change meanwhile, and says so if one lives. What is there
//! already is not written again, so a copy that broke off goes on when it is run again. At its end both sides are walked and
//! compared, record by record and byte by byte. Search and home timelines are not copied: they are rebuilt from the store.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use engine::{
    blobs::{BlobError, Blobs},
    queue::Lane,
    store::{EdgeRecord, EdgeRef, KeySpace, MAX_BATCH, NodeKind, NodeRecord, Record, Upkeep},
};
use futures::StreamExt;
use graph::{Node as _, ProcessLease};
use sha2::{Digest, Sha256};
use social::keys::{KEY_RING, KeyRing};
use tokio_util::io::StreamReader;

use super::Outcome;
use crate::{
    config::{Config, EngineUrls, redacted},
    engines::{self, StoreEngine},
    keys,
};

/// Records of one page of a walk.
const PAGE: usize = MAX_BATCH;
/// Between two lines of progress.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// Copies what the two URLs name.
pub(super) async fn copy(config: &Config, from: &str, to: &str) -> Outcome {
    let is_store = |url: &str| url.starts_with("sqlite:") || url.starts_with("mongodb");
    let copied = match (is_store(from), is_store(to)) {
        _ if from == to => Err("both are the same".to_owned()),
        (true, true) => copy_store(config, from, to).await,
        (false, false) => copy_blobs(config, from, to).await,
        _ => Err("a store is copied to a store (sqlite:PATH, mongodb://…), and blobs are copied to blobs \
                  (file:FOLDER, gridfs+mongodb://…)"
            .to_owned()),
    };
    match copied {
        Ok(said) => Outcome::said(said),
        Err(why) => Outcome::failed(format!("{} to {}: {why}", redacted(from), redacted(to))),
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Says now and then how far it is.
struct Progress {
    what: &'static str,
    done: u64,
    began: Instant,
    told: Instant,
}

impl Progress {
    fn new(what: &'static str) -> Self {
        Self { what, done: 0, began: Instant::now(), told: Instant::now() }
    }

    fn add(&mut self, done: usize) {
        self.done += done as u64;
        if self.told.elapsed() >= TOLD_EVERY {
            self.told = Instant::now();
            eprintln!("  {}", self.line());
        }
    }

    fn line(&self) -> String {
        let rate = self.done as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        format!("{} {} ({rate:.0} a second)", self.done, self.what)
    }
}

async fn copy_store(config: &Config, from: &str, to: &str) -> Result<String, String> {
    if let Some(path) = from.strip_prefix("sqlite:").filter(|path| !Path::new(path).exists()) {
        return Err(format!("{path} is not there"));
    }
    let source = engines::open_store_alone(from).await.map_err(text)?;
    let target = engines::open_store_alone(to).await.map_err(text)?;
    // A file is locked by whoever has it open; a database lets all in.
    for (url, store) in [(from, &source), (to, &target)] {
        if !url.starts_with("sqlite:") {
            nobody_on(store).await?;
        }
    }
    at_rest(&source).await?;
    let mut lines = Vec::new();
    let mut walked = Progress::new("nodes");
    for kind in kinds() {
        let mut walk = Nodes { kind, after: 0 };
        while let Some(page) = walk.next(&*source.upkeep).await? {
            walked.add(page.len());
            let records = page.into_iter().map(Record::Node).collect();
            target.upkeep.import(records).await.map_err(text)?;
        }
    }
    lines.push(walked.line());
    let (mut walked, mut walk) = (Progress::new("edges"), Edges::default());
    while let Some(page) = walk.next(&*source.upkeep).await? {
        walked.add(page.len());
        let records = page.into_iter().map(Record::Edge).collect();
        target.upkeep.import(records).await.map_err(text)?;
    }
    lines.push(walked.line());
    let (mut walked, mut walk) = (Progress::new("names"), Names::default());
    while let Some(page) = walk.next(&*source.upkeep).await? {
        walked.add(page.len());
        let record = |(space, name, id)| Record::Key(space, name, id);
        let records = page.into_iter().map(record).collect();
        target.upkeep.import(records).await.map_err(text)?;
    }
    lines.push(walked.line());
    let jobs = carry_jobs(&source, &target).await?;
    lines.push(format!("{jobs} jobs that wait"));
    carry_keys(config, &source, &target, from, to).await?;
    compare(&*source.upkeep, &*target.upkeep).await?;
    lines.push("compared: both hold the same, and every count is exact".to_owned());
    Ok(lines.join("\n"))
}

/// Kinds of nodes that move. Process numbers belong to processes; the keys are carried on their own.
fn kinds() -> Vec<NodeKind> {
    let stays = [ProcessLease::DECL.kind, KeyRing::KIND];
    let schema = social::events::product_schema();
    schema.nodes.iter().map(|(kind, _)| *kind).filter(|kind| !stays.contains(kind)).collect()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

async fn nobody_on(store: &StoreEngine) -> Result<(), String> {
    match ProcessLease::alive(&*store.upkeep, now_ms()).await.map_err(text)? {
        0 => Ok(()),
        some => Err(format!(
            "{some} processes have the database open: stop them first (one that was killed counts for a minute)"
        )),
    }
}

/// Nothing of the source is under way.
async fn at_rest(source: &StoreEngine) -> Result<(), String> {
    let events = source.upkeep.waiting_events().await.map_err(text)?;
    let depth = source.desk.depth(now_ms()).await.map_err(text)?;
    let under_way = events + depth.ready + depth.leased;
    match under_way {
        0 => Ok(()),
        _ => Err(format!(
            "{events} events and {} jobs are under way: run `sociosphere jobs settle` first",
            depth.ready + depth.leased
        )),
    }
}

/// Jobs that wait for their time wait on the other side. They stay on this one, too, should the move be given up.
async fn carry_jobs(source: &StoreEngine, target: &StoreEngine) -> Result<usize, String> {
    let waiting = source.desk.depth(now_ms()).await.map_err(text)?.delayed;
    let (all, lease) = (usize::try_from(waiting).unwrap_or(usize::MAX), Duration::from_secs(60));
    let far = i64::MAX as u64 / 2;
    let taken = source.queue.take(Lane::Any, all, far, lease).await.map_err(text)?;
    let jobs: Vec<_> = taken.iter().map(|taken| taken.job.clone()).collect();
    target.queue.push(jobs).await.map_err(text)?;
    for taken in &taken {
        let back = taken.job.run_at_ms;
        source.queue.retry(&taken.job.key, taken.fence, back, "").await.map_err(text)?;
    }
    Ok(taken.len())
}

/// Sessions and links outlive the move: the keys stand in a shared store, and beside one of its own.
async fn carry_keys(
    config: &Config,
    source: &StoreEngine,
    target: &StoreEngine,
    from: &str,
    to: &str,
) -> Result<(), String> {
    let ring = match from.strip_prefix("sqlite:") {
        Some(store) => {
            let beside = Path::new(store).parent().map(keys::path).filter(|path| path.exists());
            let path = beside.unwrap_or_else(|| keys::path(&config.data));
            keys::read(&path).map_err(text)?
        }
        None => {
            let id = (KeyRing::KIND, KEY_RING.raw());
            let known = source.store.nodes(&[id]).await.map_err(text)?.remove(0);
            let Some(known) = known else { return Ok(()) };
            serde_json::from_slice(&known.body).map_err(text)?
        }
    };
    match to.strip_prefix("sqlite:") {
        Some(store) => {
            let folder = Path::new(store).parent().unwrap_or(Path::new("."));
            keys::bring_back(folder, &ring).map_err(text)
        }
        None => {
            let body = serde_json::to_vec(&ring).map_err(text)?.into();
            let node = NodeRecord { kind: KeyRing::KIND, id: KEY_RING.raw(), version: 1, body };
            target.upkeep.import(vec![Record::Node(node)]).await.map_err(text)
        }
    }
}

struct Nodes {
    kind: NodeKind,
    after: u64,
}

impl Nodes {
    async fn next(&mut self, store: &dyn Upkeep) -> Result<Option<Vec<NodeRecord>>, String> {
        let page = store.scan_nodes(self.kind, self.after, PAGE).await.map_err(text)?;
        Ok(page.last().map(|last| self.after = last.id).map(|()| page))
    }
}

#[derive(Default)]
struct Edges(Option<EdgeRef>);

impl Edges {
    async fn next(&mut self, store: &dyn Upkeep) -> Result<Option<Vec<EdgeRecord>>, String> {
        let page = store.scan_edges(self.0, PAGE).await.map_err(text)?;
        let last = |last: &EdgeRecord| EdgeRef { from: last.from, kind: last.kind, to: last.to };
        Ok(page.last().map(last).map(|last| self.0 = Some(last)).map(|()| page))
    }
}

type Name = (KeySpace, String, u64);

#[derive(Default)]
struct Names(Option<(KeySpace, String)>);

impl Names {
    async fn next(&mut self, store: &dyn Upkeep) -> Result<Option<Vec<Name>>, String> {
        let page = store.scan_keys(self.0.clone(), PAGE).await.map_err(text)?;
        let last = page.last().map(|(space, name, _)| (*space, name.clone()));
        Ok(last.map(|last| self.0 = Some(last)).map(|()| page))
    }
}

/// Walks both and finds the first difference.
async fn compare(source: &dyn Upkeep, target: &dyn Upkeep) -> Result<(), String> {
    for kind in kinds() {
        let (mut a, mut b) = (Nodes { kind, after: 0 }, Nodes { kind, after: 0 });
        while same(a.next(source).await?, b.next(target).await?, |node| node.id)? {}
    }
    let (mut a, mut b) = (Edges::default(), Edges::default());
    while same(a.next(source).await?, b.next(target).await?, |edge| edge.from)? {}
    let (mut a, mut b) = (Names::default(), Names::default());
    while same(a.next(source).await?, b.next(target).await?, |(_, _, id)| *id)? {}
    for (which, store) in [("source", source), ("target", target)] {
        let wrong = store.miscounts().await.map_err(text)?;
        if let Some((of, kind, kept, real)) = wrong.first() {
            return Err(format!(
                "the {which} counts {kept} in list {} of {of}, which has {real}",
                kind.0
            ));
        }
    }
    Ok(())
}

/// Whether there is more to compare; the first difference is an error.
fn same<T: PartialEq>(
    a: Option<Vec<T>>,
    b: Option<Vec<T>>,
    id: impl Fn(&T) -> u64,
) -> Result<bool, String> {
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    if a == b {
        return Ok(!a.is_empty());
    }
    let first = a.iter().zip(&b).find(|(a, b)| a != b).map(|(a, _)| id(a));
    let first = first.or_else(|| a.get(b.len()).or_else(|| b.get(a.len())).map(&id));
    Err(format!(
        "they differ, first at {}: the target held something else before, or a server wrote meanwhile",
        first.unwrap_or(0)
    ))
}

async fn copy_blobs(config: &Config, from: &str, to: &str) -> Result<String, String> {
    let at = |url: &str| EngineUrls { blobs: url.to_owned(), ..config.engines.clone() };
    let source = engines::open_blobs(&at(from)).await.map_err(text)?;
    let target = engines::open_blobs(&at(to)).await.map_err(text)?;
    let mut copied = Progress::new("blobs");
    let mut after: Option<String> = None;
    loop {
        let page = source.list(after.as_deref(), PAGE).await.map_err(text)?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for key in &page {
            copy_blob(&*source, &*target, key).await.map_err(|why| format!("{key}: {why}"))?;
            copied.add(1);
        }
    }
    let strangers = strangers(&*source, &*target).await?;
    Ok(format!("{}\ncompared: every byte is the same{strangers}", copied.line()))
}

/// Copies a blob if it is not there, and compares its bytes.
async fn copy_blob(source: &dyn Blobs, target: &dyn Blobs, key: &str) -> Result<(), String> {
    if target.stat(key).await == Err(BlobError::Missing) {
        let bytes = source.read(key, 0, None).await.map_err(text)?;
        let bytes = bytes.map(|piece| piece.map_err(std::io::Error::other));
        target.put(key, &mut StreamReader::new(bytes)).await.map_err(text)?;
    }
    match hash(source, key).await? == hash(target, key).await? {
        true => Ok(()),
        false => {
            Err("it is there with other bytes: delete it there, and run this again".to_owned())
        }
    }
}

async fn hash(blobs: &dyn Blobs, key: &str) -> Result<[u8; 32], String> {
    let mut bytes = blobs.read(key, 0, None).await.map_err(text)?;
    let mut hash = Sha256::new();
    while let Some(piece) = bytes.next().await {
        hash.update(piece.map_err(text)?);
    }
    Ok(hash.finalize().into())
}

/// What the target has beside the source does no harm, and is told.
async fn strangers(source: &dyn Blobs, target: &dyn Blobs) -> Result<String, String> {
    let (ours, theirs) = (all_keys(source).await?, all_keys(target).await?);
    Ok(match theirs.difference(&ours).count() {
        0 => String::new(),
        some => format!("; {some} blobs are only in the target"),
    })
}

async fn all_keys(blobs: &dyn Blobs) -> Result<BTreeSet<String>, String> {
    let mut keys = BTreeSet::new();
    loop {
        let last = keys.last().map(String::as_str);
        let page = blobs.list(last, PAGE).await.map_err(text)?;
        if page.is_empty() {
            return Ok(keys);
        }
        keys.extend(page);
    }
}
