//! On which ways a notification goes: into the list, to be mailed, to browsers and apps, as its reader wishes. One commit
//! says all of it, so that a job that runs twice tells nobody twice on any of them.

use engine::bus::Message;
use graph::{Batch, CommitError, Expect, Id, Page};

use super::{
    kinds::{Channels, MailManner},
    model::{Aside, MailDue, NOTIFICATION_CAUSES, Notification, Notifications, ToMail, cause_of},
};
use crate::{
    accounts::model::Account, app::App, events::Event, fault::Fault, instance::model::INSTANCE,
    posts::login_of, push, timelines,
};

/// For how long what stands in no list is kept: longer than any mail or push is tried.
const ASIDE_MS: u64 = 7 * 24 * 3_600_000;
/// How many that are older go with each new one.
const TIDY: usize = 20;

/// Tells of something, in place of what was told before of the same. Nothing happens the second time.
pub(super) async fn write(
    app: &App,
    told: Notification,
    before: Option<Id<Notification>>,
) -> Result<(), Fault> {
    let to = told.account;
    let login = login_of(app, to).await?;
    let channels = login.wishes.channels(told.kind);
    if channels == Channels::NONE {
        return Ok(());
    }
    let mut batch = Batch::new();
    let cause = cause_of(&told);
    if let Some(before) = before {
        batch.release(NOTIFICATION_CAUSES, &cause, before);
        remove(&mut batch, to, before);
    }
    let id: Id<Notification> = app.id();
    batch.claim(NOTIFICATION_CAUSES, &cause, id);
    batch.create(id, &told);
    match channels.in_app {
        true => batch.link::<Notifications>(to, id, id.raw()),
        false => batch.link::<Aside>(to, id, id.raw()),
    };
    if channels.email && login.takes_mail() {
        match told.kind.row().mail {
            MailManner::Batched => {
                batch.link::<ToMail>(to, id, id.raw());
                batch.ensure::<MailDue>(INSTANCE, to, app.ord());
            }
            MailManner::AtOnce => {
                batch.emit(app.id(), &Event::NotificationToMail { notification: id });
            }
            MailManner::Own => {}
        }
    }
    if channels.push {
        push::address(app, &mut batch, &told, id).await?;
    }
    if !channels.in_app {
        tidy(app, &mut batch, to).await?;
    }
    match app.graph.commit(batch).await {
        Ok(_) => {}
        // Told already: this job runs a second time, or the like was taken back and given again.
        Err(CommitError::KeyTaken { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    if channels.in_app {
        let message = Message {
            topic: format!("live:notify:{to}"),
            body: timelines::nudge("notification", id.raw()),
        };
        timelines::send(app, vec![message]).await;
    }
    Ok(())
}

/// Takes one out of every list. Its cause stays taken: it is not told again.
pub(super) fn remove(batch: &mut Batch, of: Id<Account>, id: Id<Notification>) {
    batch.remove(id, Expect::Any);
    batch.discard::<Notifications>(of, id);
    batch.discard::<Aside>(of, id);
    batch.discard::<ToMail>(of, id);
}

/// Lets go of what stood in no list for days; its cause stays taken.
async fn tidy(app: &App, batch: &mut Batch, of: Id<Account>) -> Result<(), Fault> {
    let before = app.now_ms().saturating_sub(ASIDE_MS) << 16;
    for link in app.graph.list::<Aside>(of, Page::below(before, TIDY)).await? {
        remove(batch, of, link.to);
    }
    Ok(())
}
