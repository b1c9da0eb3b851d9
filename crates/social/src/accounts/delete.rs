//! Deleting an account: invisible with the commit, then taken apart by a job that may be cut off anywhere.

use std::sync::Arc;

use graph::{Batch, Edge, Expect, Id, Node, Page, purge_page};

use super::{
    applicants::take_away,
    find::seal_of,
    model::{
        Account, EMAILS, HANDLE_SEALS, HANDLES, Invited, Members, PendingMembers, StaffMembers,
        Standing, SuspendedMembers, Ticket,
    },
    recover::{RecoverError, verified},
    sign_up::fold_email,
    standing::{StandingError, protect_owner},
};
use crate::{
    app::App,
    apps, chats,
    conversations::{
        self,
        model::{Conversation, Conversations},
    },
    fault::Fault,
    insight::{
        self,
        model::{AccountDay, InsightDays},
    },
    instance::model::INSTANCE,
    kinds,
    media::{self, model::OwnedMedia},
    moderation,
    notifications::{
        self,
        model::{
            Aside, Held, NOTIFICATION_CAUSES, Notification, Notifications, Request, Requests,
            cause_of,
        },
    },
    posts::{
        self,
        model::{DirectPosts, FollowersPosts, OpenPosts, Post},
    },
    push::{
        self,
        model::{Subscription, Subscriptions},
    },
    sessions::model::{Session, Sessions},
};

/// Why an account was not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteAccountError {
    /// The password.
    #[error(transparent)]
    Password(RecoverError),
    /// A community always has an owner.
    #[error("the community's owner can not be deleted")]
    LastOwner,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for DeleteAccountError
where
    Fault: From<E>,
{
    fn from(error: E) -> DeleteAccountError {
        DeleteAccountError::Fault(error.into())
    }
}

/// Deletes one's own account. From the answer on nobody sees anything of it; a job takes it apart.
pub async fn delete_account(
    app: &App,
    id: Id<Account>,
    password: &str,
) -> Result<(), DeleteAccountError> {
    match protect_owner(app, id).await {
        Ok(()) => {}
        Err(StandingError::Fault(fault)) => return Err(DeleteAccountError::Fault(fault)),
        Err(StandingError::LastOwner | StandingError::NotFound | StandingError::Reason) => {
            return Err(DeleteAccountError::LastOwner);
        }
    }
    let login = verified(app, id, password).await.map_err(DeleteAccountError::Password)?;
    let account = app.graph.get(id).await?.ok_or(Fault::Busy)?;
    let mut batch = Batch::new();
    take_away(app, &mut batch, &account, &login);
    app.graph.commit(batch).await?;
    Ok(())
}

/// Takes a deleted account apart. Idempotent: after a crash it goes on where it was. The handle stays sealed, so that
/// no stranger inherits it.
pub async fn purge(app: &Arc<App>, id: Id<Account>) -> Result<(), Fault> {
    let Some(account) = app.graph.get(id).await? else { return Ok(()) };
    if account.standing != Standing::Deleted {
        return Ok(());
    }
    purge_posts::<OpenPosts>(app, id).await?;
    purge_posts::<FollowersPosts>(app, id).await?;
    purge_posts::<DirectPosts>(app, id).await?;
    loop {
        let media = app.graph.list::<OwnedMedia>(id, Page::newest(50)).await?;
        if media.is_empty() {
            break;
        }
        for link in media {
            media::release(app, link.to).await?;
            drop_edge::<OwnedMedia>(app, id, link.to).await?;
        }
    }
    chats::forget(app, id).await?;
    moderation::forget(app, id).await?;
    apps::forget_tokens(app, id).await?;
    let edges = kinds::edges();
    while let Some(mut step) = purge_page(&app.graph, id.raw(), &edges).await? {
        for (kind, part) in step.parts {
            remove_part(app, &mut step.batch, kind, part).await?;
        }
        app.graph.commit(step.batch).await?;
    }
    finish(app, id).await
}

async fn purge_posts<E: Edge<From = Account, To = Post>>(
    app: &App,
    id: Id<Account>,
) -> Result<(), Fault> {
    loop {
        let links = app.graph.list::<E>(id, Page::newest(50)).await?;
        if links.is_empty() {
            return Ok(());
        }
        for link in links {
            posts::delete_any(app, link.to).await.map_err(|error| match error {
                posts::DeleteError::Fault(fault) => fault,
                posts::DeleteError::NotFound => Fault::Busy,
            })?;
            drop_edge::<E>(app, id, link.to).await?;
        }
    }
}

/// Takes an edge out that its member, gone before, may have left.
async fn drop_edge<E: Edge>(app: &App, from: Id<E::From>, to: Id<E::To>) -> Result<(), Fault> {
    let mut batch = Batch::new();
    batch.discard::<E>(from, to);
    app.graph.commit(batch).await?;
    Ok(())
}

/// Parts that are only a node (and a name) go with the step that unlinks them.
async fn remove_part(
    app: &App,
    batch: &mut Batch,
    kind: graph::EdgeKind,
    part: u64,
) -> Result<(), Fault> {
    if kind == Sessions::DECL.kind {
        remove::<Session>(batch, part);
    } else if kind == <super::model::Tickets as Edge>::DECL.kind {
        remove::<Ticket>(batch, part);
    } else if kind == InsightDays::DECL.kind
        && let Some(day) = Id::<AccountDay>::new(part)
    {
        insight::forget_day(batch, day);
    } else if kind == Subscriptions::DECL.kind
        && let Some(id) = Id::<Subscription>::new(part)
    {
        push::forget(app, batch, id).await?;
    } else if kind == Requests::DECL.kind
        && let Some(id) = Id::<Request>::new(part)
    {
        notifications::forget_request(app, id).await?;
    } else if kind == Conversations::DECL.kind
        && let Some(id) = Id::<Conversation>::new(part)
    {
        conversations::forget(app, batch, id).await?;
    } else if [Notifications::DECL.kind, Held::DECL.kind, Aside::DECL.kind].contains(&kind)
        && let Some(id) = Id::<Notification>::new(part)
    {
        if let Some(told) = app.graph.get(id).await? {
            let cause = cause_of(&told);
            if app.graph.key::<Notification>(NOTIFICATION_CAUSES, &cause).await? == Some(id) {
                batch.release(NOTIFICATION_CAUSES, &cause, id);
            }
        }
        batch.remove(id, Expect::Any);
    }
    Ok(())
}

fn remove<T: Node>(batch: &mut Batch, part: u64) {
    if let Some(id) = Id::<T>::new(part) {
        batch.remove(id, Expect::Any);
    }
}

/// What is left of a member is the seal of a handle, of an applicant nothing.
async fn finish(app: &App, id: Id<Account>) -> Result<(), Fault> {
    let Some(account) = app.graph.get(id).await? else { return Ok(()) };
    let mut batch = Batch::new();
    media::forget_room(app, &mut batch, id).await?;
    if let Some(login) = app.graph.get(account.login).await? {
        let email = fold_email(&login.email);
        if app.graph.key::<Account>(EMAILS, &email).await? == Some(id) {
            batch.release(EMAILS, &email, id);
        }
        if let Some(invite) = login.invite {
            batch.discard::<Invited>(invite, id);
        }
        batch.remove(login.id, Expect::Version(login.version));
    }
    let handle = account.handle.as_str();
    if app.graph.key::<Account>(HANDLES, handle).await? == Some(id) {
        batch.release(HANDLES, handle, id);
        let seal = seal_of(app, &account.handle);
        // Accounts of before there were seals get theirs now.
        if app.graph.key::<Account>(HANDLE_SEALS, &seal).await?.is_none() {
            batch.claim(HANDLE_SEALS, &seal, id);
        }
    }
    batch.discard::<Members>(INSTANCE, id);
    batch.discard::<PendingMembers>(INSTANCE, id);
    batch.discard::<StaffMembers>(INSTANCE, id);
    batch.discard::<SuspendedMembers>(INSTANCE, id);
    batch.remove(id, Expect::Version(account.version));
    app.graph.commit(batch).await?;
    Ok(())
}
