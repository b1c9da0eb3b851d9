//! Notes of staff about a person.

use std::sync::Arc;

use graph::{Batch, CommitError, Expect, Id, Page, Stored};

use super::model::{StaffNote, StaffNotes};
use crate::{
    accounts::model::Account,
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    moderation::ModerationError,
    staff::{Permission, Powers},
    text::plain_block,
};

/// Most notes about one person that are read; older ones stay.
const MOST: usize = 200;
/// Most characters of a note.
const MOST_TEXT: usize = 2_000;

/// Notes about a person, the newest first.
pub async fn notes(
    app: &App,
    about: Id<Account>,
) -> Result<Vec<Arc<Stored<StaffNote>>>, ModerationError> {
    app.graph.get(about).await?.ok_or(ModerationError::NotFound)?;
    let links = app.graph.list::<StaffNotes>(about, Page::newest(MOST)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    Ok(app.graph.get_many(&ids).await?.into_iter().flatten().collect())
}

/// Notes something about a person. The audit log says that, and not what.
pub async fn add_note(
    app: &App,
    by: &Powers,
    about: Id<Account>,
    text: &str,
) -> Result<Arc<Stored<StaffNote>>, ModerationError> {
    may(by)?;
    let text = plain_block(text, MOST_TEXT).ok().filter(|text| !text.is_empty());
    let text = text.ok_or(ModerationError::Text)?;
    let account = app.graph.get(about).await?.ok_or(ModerationError::NotFound)?;
    let id: Id<StaffNote> = app.id();
    let note = StaffNote { about, by: by.account, text };
    commit(app, by, Act::AddNote, about, id, |batch| {
        batch.guard(account.id, Expect::Present);
        batch.create(id, &note);
        batch.link::<StaffNotes>(about, id, id.raw());
    })
    .await?;
    app.graph.get(id).await?.ok_or(ModerationError::NotFound)
}

/// Deletes a note of one's own.
pub async fn delete_note(
    app: &App,
    by: &Powers,
    about: Id<Account>,
    id: Id<StaffNote>,
) -> Result<(), ModerationError> {
    may(by)?;
    let note = app.graph.get(id).await?.filter(|note| note.about == about);
    let note = note.ok_or(ModerationError::NotFound)?;
    if note.by != by.account {
        return Err(ModerationError::NotAllowed);
    }
    commit(app, by, Act::DeleteNote, about, id, |batch| {
        batch.remove(id, Expect::Any);
        batch.discard::<StaffNotes>(about, id);
    })
    .await
}

fn may(by: &Powers) -> Result<(), ModerationError> {
    if by.may(Permission::ManagePeople) { Ok(()) } else { Err(ModerationError::NotAllowed) }
}

async fn commit(
    app: &App,
    by: &Powers,
    act: Act,
    about: Id<Account>,
    id: Id<StaffNote>,
    change: impl Fn(&mut Batch),
) -> Result<(), ModerationError> {
    for _ in 0..5 {
        let mut batch = Batch::new();
        change(&mut batch);
        let on = Subject { kind: SubjectKind::Account, id: about.raw() };
        let (before, after) = (String::new(), format!("note={id}"));
        let note = Note { by: by.account, act, on, reason: "", before, after };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

/// Takes the notes about an account away: for its purge.
pub(crate) async fn forget(app: &App, about: Id<Account>) -> Result<(), Fault> {
    loop {
        let links = app.graph.list::<StaffNotes>(about, Page::newest(100)).await?;
        if links.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for link in links {
            batch.remove(link.to, Expect::Any);
            batch.discard::<StaffNotes>(about, link.to);
        }
        app.graph.commit(batch).await?;
    }
}
