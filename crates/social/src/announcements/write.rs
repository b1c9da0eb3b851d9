//! Writing announcements: by staff, with an entry of the audit log for each step.

use std::sync::Arc;

use graph::{Batch, CommitError, Expect, Id, Stored, purge_page};

use super::model::{Announcement, Announcements, Published, State};
use crate::{
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    instance::model::INSTANCE,
    kinds, live,
    staff::{Permission, Powers},
    text::plain_block,
};

/// Most characters.
const MOST: usize = 5_000;

/// Why nothing was announced, or nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncementError {
    /// Not there, or not for who asks.
    #[error("no such announcement")]
    NotFound,
    /// The role.
    #[error("your role does not allow this")]
    NotAllowed,
    /// The words.
    #[error("an announcement has 1 to 5000 characters")]
    Text,
    /// The times.
    #[error("it must end after it starts")]
    Times,
    /// What somebody reacts with.
    #[error("is not an emoji")]
    Emoji,
    /// Too many of them.
    #[error("has too many different reactions already")]
    TooMany,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for AnnouncementError
where
    Fault: From<E>,
{
    fn from(error: E) -> AnnouncementError {
        AnnouncementError::Fault(error.into())
    }
}

/// An announcement as it is to be.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The words.
    pub text: String,
    /// Of which time it tells, Unix milliseconds.
    pub starts_ms: Option<u64>,
    /// After it, it is not shown any more.
    pub ends_ms: Option<u64>,
    /// The times are days.
    pub all_day: bool,
}

type Answer = Result<Arc<Stored<Announcement>>, AnnouncementError>;

/// Makes a draft, or publishes at once.
pub async fn create(app: &App, by: &Powers, draft: &Draft, now: bool, reason: &str) -> Answer {
    let text = check(by, draft)?;
    let id: Id<Announcement> = app.id();
    let mut announcement = Announcement::default();
    fill(app, &mut announcement, draft, text);
    if now {
        announcement.state = State::Published;
        announcement.published_ms = Some(app.now_ms());
    }
    let act = if now { Act::PublishAnnouncement } else { Act::CreateAnnouncement };
    commit(app, by, act, id, reason, |batch, _| {
        batch.create(id, &announcement);
        batch.link::<Announcements>(INSTANCE, id, id.raw());
        if now {
            batch.link::<Published>(INSTANCE, id, id.raw());
        }
        Ok(())
    })
    .await?;
    app.graph.get(id).await?.ok_or(AnnouncementError::NotFound)
}

/// Changes the words and times.
pub async fn edit(
    app: &App,
    by: &Powers,
    id: Id<Announcement>,
    draft: &Draft,
    reason: &str,
) -> Answer {
    let text = check(by, draft)?;
    change(app, by, id, Act::EditAnnouncement, reason, |announcement, _, _| {
        fill(app, announcement, draft, text.clone());
    })
    .await
}

/// Shows it to everybody.
pub async fn publish(app: &App, by: &Powers, id: Id<Announcement>, reason: &str) -> Answer {
    change(app, by, id, Act::PublishAnnouncement, reason, |announcement, batch, id| {
        announcement.state = State::Published;
        announcement.published_ms = Some(app.now_ms());
        batch.ensure::<Published>(INSTANCE, id, app.ord());
    })
    .await
}

/// Shows it to nobody any more.
pub async fn withdraw(app: &App, by: &Powers, id: Id<Announcement>, reason: &str) -> Answer {
    change(app, by, id, Act::WithdrawAnnouncement, reason, |announcement, batch, id| {
        announcement.state = State::Withdrawn;
        batch.discard::<Published>(INSTANCE, id);
    })
    .await
}

/// Deletes it with all that people did with it.
pub async fn delete(
    app: &App,
    by: &Powers,
    id: Id<Announcement>,
    reason: &str,
) -> Result<(), AnnouncementError> {
    may(by)?;
    app.graph.get(id).await?.ok_or(AnnouncementError::NotFound)?;
    commit(app, by, Act::DeleteAnnouncement, id, reason, |batch, _| {
        batch.remove(id, Expect::Any);
        batch.discard::<Announcements>(INSTANCE, id);
        batch.discard::<Published>(INSTANCE, id);
        Ok(())
    })
    .await?;
    let edges = kinds::edges();
    while let Some(step) = purge_page(&app.graph, id.raw(), &edges).await? {
        app.graph.commit(step.batch).await?;
    }
    Ok(())
}

fn may(by: &Powers) -> Result<(), AnnouncementError> {
    if by.may(Permission::ManageAnnouncements) {
        Ok(())
    } else {
        Err(AnnouncementError::NotAllowed)
    }
}

fn check(by: &Powers, draft: &Draft) -> Result<String, AnnouncementError> {
    may(by)?;
    if let (Some(starts), Some(ends)) = (draft.starts_ms, draft.ends_ms)
        && ends <= starts
    {
        return Err(AnnouncementError::Times);
    }
    let text = plain_block(&draft.text, MOST).ok().filter(|text| !text.is_empty());
    text.ok_or(AnnouncementError::Text)
}

fn fill(app: &App, announcement: &mut Announcement, draft: &Draft, text: String) {
    announcement.text = text;
    announcement.starts_ms = draft.starts_ms;
    announcement.ends_ms = draft.ends_ms;
    announcement.all_day = draft.all_day;
    announcement.updated_ms = app.now_ms();
}

async fn change(
    app: &App,
    by: &Powers,
    id: Id<Announcement>,
    act: Act,
    reason: &str,
    apply: impl Fn(&mut Announcement, &mut Batch, Id<Announcement>),
) -> Answer {
    may(by)?;
    commit(app, by, act, id, reason, |batch, read| {
        let read = read.ok_or(AnnouncementError::NotFound)?;
        let mut after = read.body.clone();
        apply(&mut after, batch, id);
        batch.replace(read, &after);
        Ok(())
    })
    .await?;
    app.graph.get(id).await?.ok_or(AnnouncementError::NotFound)
}

async fn commit(
    app: &App,
    by: &Powers,
    act: Act,
    id: Id<Announcement>,
    reason: &str,
    put: impl Fn(&mut Batch, Option<&Stored<Announcement>>) -> Result<(), AnnouncementError>,
) -> Result<(), AnnouncementError> {
    for _ in 0..5 {
        let mut batch = Batch::new();
        let read = app.graph.get(id).await?;
        put(&mut batch, read.as_deref())?;
        let on = Subject { kind: SubjectKind::Announcement, id: id.raw() };
        let (before, after) = (String::new(), String::new());
        let note = Note { by: by.account, act, on, reason, before, after };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Ok(_) => {
                // It is there, is another, or is shown no more: who listens reads which.
                live::tell_announcement(app, id).await;
                return Ok(());
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AnnouncementError::Fault(Fault::Busy))
}
