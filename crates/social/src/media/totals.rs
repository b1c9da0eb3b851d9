//! How many bytes there are of which class: counted by a job once an hour, for no upload should wait for a sum that all change.

use engine::store::Expect;
use graph::Batch;

use super::model::{MEDIA_TOTALS, MediaKind, MediaTotals};
use crate::{
    app::App,
    fault::Fault,
    search::{ListError, MediaList, list_media},
};

/// How many are read at once, and most of one count.
const STEP: usize = 500;
const MOST: usize = 5_000_000;

/// The totals as they were counted last; none before the first time.
pub async fn totals(app: &App) -> Result<Option<MediaTotals>, Fault> {
    Ok(app.graph.get(MEDIA_TOTALS).await?.map(|totals| totals.body.clone()))
}

/// Counts all media, page by page, and keeps what came out.
pub async fn count(app: &App) -> Result<MediaTotals, Fault> {
    let counted_ms = app.now_ms();
    let mut classes: Vec<_> = MediaKind::ALL.iter().map(|kind| (*kind, 0, 0)).collect();
    let (mut cursor, mut seen) = (None::<String>, 0);
    loop {
        let page = list_media(app, &MediaList::default(), cursor.as_deref(), STEP).await;
        let page = page.map_err(|error| match error {
            ListError::Fault(fault) => fault,
            // The index was rebuilt meanwhile: the next time counts.
            ListError::Cursor => Fault::Busy,
        })?;
        for media in &page.found {
            if let Some(class) = classes.iter_mut().find(|class| class.0 == media.kind) {
                class.1 += 1;
                class.2 += media.bytes;
            }
        }
        seen += STEP;
        cursor = page.next.filter(|_| seen < MOST);
        if cursor.is_none() {
            break;
        }
    }
    let totals = MediaTotals { counted_ms, classes };
    let mut batch = Batch::new();
    batch.put(MEDIA_TOTALS, &totals, Expect::Any);
    app.graph.commit(batch).await?;
    Ok(totals)
}
