//! Change streams: what another process wrote wakes this one. Where there are none, others find it by polling.

use std::{sync::Arc, time::Duration};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
    error::Error,
};
use tokio::{sync::Notify, task::JoinHandle};

use crate::error::said;

/// A stream that ended is opened again after this long.
const PAUSE: Duration = Duration::from_secs(5);

/// The streams of a process; dropping it ends them.
pub struct Watches(Vec<JoinHandle<()>>);

impl Watches {
    /// Signals `bell` for each document that is inserted into its collection.
    pub fn start(database: &Database, bells: &[(&str, &Arc<Notify>)]) -> Self {
        let watch = |(name, bell): &(&str, &Arc<Notify>)| {
            let (collection, bell) = (database.collection(name), Arc::clone(bell));
            tokio::spawn(watch_on(collection, bell))
        };
        Self(bells.iter().map(watch).collect())
    }
}

impl Drop for Watches {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

async fn watch_on(collection: Collection<Document>, bell: Arc<Notify>) {
    loop {
        if let Err(error) = watch(&collection, &bell).await {
            tracing::debug!("no change stream of {}: {}", collection.name(), said(&error));
        }
        tokio::time::sleep(PAUSE).await;
        // Whatever was missed meanwhile.
        bell.notify_one();
    }
}

async fn watch(collection: &Collection<Document>, bell: &Notify) -> Result<(), Error> {
    let inserts = [doc! { "$match": { "operationType": "insert" } }];
    let mut stream = collection.watch().pipeline(inserts).await?;
    while stream.try_next().await?.is_some() {
        bell.notify_waiters();
        bell.notify_one();
    }
    Ok(())
}
