//! Blobs and who holds them: equal bytes once, and none while nobody holds them.

use std::path::Path;

use futures::StreamExt;
use graph::{Batch, Id};
use tokio::io::AsyncWriteExt;

use super::{
    model::{BLOBS, Blob, BlobHolders, LooseBlobs, Media, Rendition},
    pipeline::OutputFile,
};
use crate::{app::App, fault::Fault, instance::model::INSTANCE};

/// What a media takes hold of in one try.
#[derive(Default)]
pub(super) struct Held {
    blobs: Vec<Id<Blob>>,
    /// Keys of bytes that were stored for this try alone.
    fresh: Vec<String>,
}

impl Held {
    /// Deletes what was stored for a try that did not commit: no blob names it, so no sweep would find it.
    pub(super) async fn let_go(self, app: &App) -> Result<(), Fault> {
        for key in self.fresh {
            app.engines.blobs.delete(&key).await?;
        }
        Ok(())
    }
}

/// Makes a media hold the bytes of a file: finds the blob with the same content, or stores a new one. What the batch
/// says fails if the blob is swept in between.
pub(super) async fn hold(
    app: &App,
    batch: &mut Batch,
    media: Id<Media>,
    file: &OutputFile,
    held: &mut Held,
) -> Result<Rendition, Fault> {
    let known = match app.graph.key::<Blob>(BLOBS, &file.sha256).await? {
        Some(id) => app.graph.get(id).await?,
        None => None,
    };
    let blob = match known {
        Some(blob) => {
            // Two equal renditions of one media hold it once.
            if !held.blobs.contains(&blob.id) {
                batch.replace(&blob, &Blob { holds: blob.holds + 1, ..blob.body.clone() });
                batch.link::<BlobHolders>(blob.id, media, app.ord());
                batch.discard::<LooseBlobs>(INSTANCE, blob.id);
            }
            blob.id
        }
        None => {
            let id: Id<Blob> = app.id();
            // The key is the blob's own, not the content's: a sweep of an earlier one never meets it.
            let key = format!("{}/{id}.{}", &file.sha256[..2], file.extension);
            let mut bytes = tokio::fs::File::open(&file.path)
                .await
                .map_err(|error| Fault::Unavailable(error.to_string()))?;
            app.engines.blobs.put(&key, &mut bytes).await?;
            held.fresh.push(key.clone());
            let hash = file.sha256.clone();
            batch.create(id, &Blob { hash: hash.clone(), key, size: file.size, holds: 1 });
            batch.claim(BLOBS, &hash, id);
            batch.link::<BlobHolders>(id, media, app.ord());
            id
        }
    };
    held.blobs.push(blob);
    Ok(Rendition {
        blob,
        content_type: file.content_type.to_owned(),
        extension: file.extension.to_owned(),
        size: file.size,
    })
}

/// Copies a blob into a file.
pub(super) async fn copy_out(app: &App, key: &str, to: &Path) -> Result<(), Fault> {
    let mut bytes = app.engines.blobs.read(key, 0, None).await?;
    let failed = |error: std::io::Error| Fault::Unavailable(error.to_string());
    let mut file = tokio::fs::File::create(to).await.map_err(failed)?;
    while let Some(chunk) = bytes.next().await {
        file.write_all(&chunk?).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)
}
