//! What a deleted post leaves: its shares, revisions and lists, taken apart by a job that may run twice.

use graph::{Edge, Expect, Id, Page, purge_page};

use super::{
    delete::{DeleteError, delete_any},
    model::{HiddenSharedBy, Post, Revision, Revisions, SharedBy},
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    insight::{
        self,
        model::{InsightOf, PostInsight},
    },
    kinds,
    media::{self, model::Attachment},
};

/// How many shares one step deletes.
const STEP: usize = 50;

/// Takes apart all that still hangs on a post that is gone. Does nothing while the post is there.
pub async fn purge_remains(app: &App, id: Id<Post>) -> Result<(), Fault> {
    if app.graph.get(id).await?.is_some() {
        return Ok(());
    }
    delete_shares::<SharedBy>(app, id).await?;
    delete_shares::<HiddenSharedBy>(app, id).await?;
    let edges = kinds::edges();
    while let Some(mut step) = purge_page(&app.graph, id.raw(), &edges).await? {
        for (kind, part) in step.parts {
            if kind == Revisions::DECL.kind
                && let Some(revision) = Id::<Revision>::new(part)
            {
                release_pictures(app, id, revision).await?;
                step.batch.remove(revision, Expect::Any);
            }
            if kind == InsightOf::DECL.kind
                && let Some(insight) = Id::<PostInsight>::new(part)
            {
                insight::forget_post(app, &mut step.batch, insight).await?;
            }
        }
        app.graph.commit(step.batch).await?;
    }
    Ok(())
}

/// Lets go of media that an edit took out: the post's own are loose again for a new draft, these nobody can reach.
async fn release_pictures(app: &App, id: Id<Post>, revision: Id<Revision>) -> Result<(), Fault> {
    let Some(revision) = app.graph.get(revision).await? else { return Ok(()) };
    for media in app.graph.get_many(&revision.media).await?.into_iter().flatten() {
        if media.attached == Attachment::Post(id) {
            media::release(app, media.id).await?;
        }
    }
    Ok(())
}

async fn delete_shares<E: Edge<From = Post, To = Account>>(
    app: &App,
    id: Id<Post>,
) -> Result<(), Fault> {
    loop {
        let links = app.graph.list::<E>(id, Page::newest(STEP)).await?;
        if links.is_empty() {
            return Ok(());
        }
        for link in links {
            let share = std::str::from_utf8(&link.data).ok().and_then(|text| text.parse().ok());
            if let Some(share) = share {
                delete_any(app, share).await.map_err(|error| match error {
                    DeleteError::Fault(fault) => fault,
                    DeleteError::NotFound => Fault::Busy,
                })?;
            }
            // The share took its edge with it; one that was gone already did not.
            let mut batch = graph::Batch::new();
            batch.discard::<E>(id, link.to);
            app.graph.commit(batch).await?;
        }
    }
}
