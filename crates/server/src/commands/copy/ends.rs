//! The two stores of a copy: who may have them open, and what travels beside the records.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use engine::store::{NodeRecord, Record};
use graph::{Node as _, ProcessLease};
use social::keys::{KEY_RING, KeyRing};

use super::{records::PAGE, text};
use crate::{
    commands::read_only,
    config::Config,
    engines::{self, ReadStore, StoreEngine},
    keys,
};

/// The stores.
pub struct Ends {
    pub source: StoreEngine,
    pub target: StoreEngine,
    /// Pages that the target writes at once. SQLite makes one transaction of them; transactions of a database that count the
    /// same list would stand in each other's way.
    pub at_once: usize,
    /// Whether a server may have the source open, which then is read-only.
    watched: bool,
}

impl Ends {
    /// Opens both. The source has no servers, or is read-only; the target has none.
    pub async fn open(from: &str, to: &str) -> Result<Self, String> {
        if let Some(path) = from.strip_prefix("sqlite:").filter(|path| !Path::new(path).exists()) {
            return Err(format!("{path} is not there"));
        }
        let (source, watched) = match engines::open_store_to_read(from).await.map_err(text)? {
            ReadStore::Ours(source) => (source, false),
            ReadStore::Beside(source) => {
                let watched = from.starts_with("sqlite:") || alive(&source).await? > 0;
                (source, watched)
            }
        };
        if watched && !read_only::is_on(&*source.store).await? {
            return Err("a server writes to the source: run `sociosphere read-only on` there, or stop it (one that was \
                        killed counts for a minute)"
                .to_owned());
        }
        let target = engines::open_store_alone(to).await.map_err(text)?;
        // A file is locked by whoever has it open; a database lets all in.
        let others = if to.starts_with("sqlite:") { 0 } else { alive(&target).await? };
        if others > 0 {
            return Err(format!("{others} processes have the target open: stop them first"));
        }
        let at_once = if to.starts_with("sqlite:") { 16 } else { 1 };
        let ends = Self { source, target, at_once, watched };
        ends.at_rest().await?;
        Ok(ends)
    }

    /// Nothing of the source is under way.
    async fn at_rest(&self) -> Result<(), String> {
        let events = self.source.upkeep.waiting_events().await.map_err(text)?;
        let leased = self.source.desk.depth(now_ms()).await.map_err(text)?.leased;
        match events + leased {
            0 => Ok(()),
            _ => Err(format!(
                "{events} events and {leased} jobs are under way: run `sociosphere read-only on`, or `jobs settle`, first"
            )),
        }
    }

    /// Nobody made the source writable while it was copied.
    pub async fn still_at_rest(&self) -> Result<(), String> {
        if self.watched && !read_only::is_on(&*self.source.store).await? {
            return Err("the source was made writable while it was copied: run `sociosphere read-only on`, and this \
                        again"
                .to_owned());
        }
        self.at_rest().await
    }

    /// Jobs that wait wait on the other side. They stay on this one, too, should the move be given up.
    pub async fn carry_jobs(&self) -> Result<usize, String> {
        let (mut carried, mut after) = (0, None::<String>);
        loop {
            let jobs = self.source.desk.waiting(after.as_deref(), PAGE).await.map_err(text)?;
            let Some(last) = jobs.last() else { return Ok(carried) };
            after = Some(last.key.clone());
            carried += jobs.len();
            self.target.queue.push(jobs).await.map_err(text)?;
        }
    }

    /// Sessions and links outlive the move: the keys stand in a shared store, and beside one of its own.
    pub async fn carry_keys(&self, config: &Config, from: &str, to: &str) -> Result<(), String> {
        let ring = match from.strip_prefix("sqlite:") {
            Some(store) => {
                let beside = Path::new(store).parent().map(keys::path).filter(|path| path.exists());
                let path = beside.unwrap_or_else(|| keys::path(&config.data));
                keys::read(&path).map_err(text)?
            }
            None => {
                let id = (KeyRing::KIND, KEY_RING.raw());
                let known = self.source.store.nodes(&[id]).await.map_err(text)?.remove(0);
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
                self.target.upkeep.import(vec![Record::Node(node)]).await.map_err(text)
            }
        }
    }
}

async fn alive(store: &StoreEngine) -> Result<usize, String> {
    ProcessLease::alive(&*store.upkeep, now_ms()).await.map_err(text)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since: Duration| since.as_millis() as u64)
}
