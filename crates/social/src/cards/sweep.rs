//! Letting go of cards that no post shows any more.

use graph::{Batch, CommitError, Expect, Order, Page};

use super::{
    attach::key,
    model::{CARDS, CardHolders, LooseCards},
};
use crate::{
    app::App, fault::Fault, instance::model::INSTANCE, media, trends::model::ReviewedLinks,
};

/// How long a card may be loose: somebody may be about to post it, or to post it again.
const LOOSE_MS: u64 = 60 * 60 * 1_000;
/// How many one sweep looks at.
const STEP: usize = 100;

/// One round; says how many went. A post that takes a card at this very moment shows none, and gets it with its next edit.
pub async fn sweep(app: &App) -> Result<usize, Fault> {
    let page = Page { below: None, above: None, order: Order::Oldest, limit: STEP };
    let limit = app.now_ms().saturating_sub(LOOSE_MS);
    let mut gone = 0;
    for link in app.graph.list::<LooseCards>(INSTANCE, page).await? {
        if graph::ms_of(link.ord) > limit {
            break;
        }
        let mut batch = Batch::new();
        batch.discard::<LooseCards>(INSTANCE, link.to);
        // What staff decided about a link holds for whoever posts it next.
        let kept = app.graph.edge::<ReviewedLinks>(INSTANCE, link.to).await?.is_some();
        let unused = !kept && app.graph.count::<CardHolders>(link.to).await? == 0;
        let card = app.graph.get(link.to).await?.filter(|_| unused);
        if let Some(card) = &card {
            batch.remove(card.id, Expect::Version(card.version));
            batch.release(CARDS, &key(&card.url), card.id);
        }
        match app.graph.commit(batch).await {
            Ok(_) => {}
            // Read at this moment: next time.
            Err(CommitError::Conflict { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        if let Some(card) = card {
            gone += 1;
            if let Some(picture) = card.picture {
                media::release(app, picture).await?;
            }
        }
    }
    Ok(gone)
}
