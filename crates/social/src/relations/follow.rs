//! Following: at once, or by asking an account that is locked.

use bytes::Bytes;
use engine::store::OnExisting;
use graph::{Batch, CommitError, Expect, Id};

use super::model::{AskedToFollow, Blocks, Follows, follow_flags};
use crate::{
    accounts::model::Account, app::App, events::Event, fault::Fault, notifications::model::BellOf,
};

/// How often a verb tries again when somebody else changed the same edges.
const TRIES: usize = 5;

/// How one wants to follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowWishes {
    /// Whether shares are wanted; `None` leaves it as it is (wanted, for a new follow).
    pub shares: Option<bool>,
    /// Whether each post shall be notified.
    pub notify: Option<bool>,
}

/// Why a relation cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelationError {
    /// No such account, or none that the caller may know of.
    #[error("no such account")]
    NotFound,
    /// With oneself there are no relations.
    #[error("this is your own account")]
    Yourself,
    /// One of the two blocks the other.
    #[error("this account can not be followed")]
    Refused,
    /// There is no request of this account.
    #[error("no such request")]
    NoRequest,
    /// The note is too long.
    #[error("a note has at most 2,000 characters")]
    NoteTooLong,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for RelationError
where
    Fault: From<E>,
{
    fn from(error: E) -> RelationError {
        RelationError::Fault(error.into())
    }
}

/// Follows an account, or asks to if it is locked; changes the wishes if it is followed already.
pub async fn follow(
    app: &App,
    by: Id<Account>,
    whom: Id<Account>,
    wishes: FollowWishes,
) -> Result<(), RelationError> {
    for _ in 0..TRIES {
        let account = other(app, by, whom).await?;
        if app.graph.edge::<Blocks>(by, whom).await?.is_some()
            || app.graph.edge::<Blocks>(whom, by).await?.is_some()
        {
            return Err(RelationError::Refused);
        }
        let mut batch = Batch::new();
        match wishes.notify {
            Some(true) => batch.ensure::<BellOf>(whom, by, app.ord()),
            Some(false) => batch.discard::<BellOf>(whom, by),
            None => &mut batch,
        };
        if let Some(edge) = app.graph.edge::<Follows>(by, whom).await? {
            let wanted = flags(wishes, edge.flags);
            if wanted == edge.flags {
                return Ok(());
            }
            batch.flag::<Follows>(by, whom, edge.ord, wanted & !edge.flags, edge.flags & !wanted);
            batch.emit(app.id(), &Event::RelationChanged { by, whom });
        } else if account.locked {
            if app.graph.edge::<AskedToFollow>(by, whom).await?.is_some() {
                return Ok(());
            }
            batch.guard_edge::<Blocks>(whom, by, false);
            batch.link_with::<AskedToFollow>(
                by,
                whom,
                app.ord(),
                flags(wishes, 0),
                Bytes::new(),
                OnExisting::Conflict,
            );
            batch.emit(app.id(), &Event::FollowRequested { by, whom });
        } else {
            // The guards hold off a block or a lock that is committed between the reads above and this batch.
            batch.guard(whom, Expect::Version(account.version));
            batch.guard_edge::<Blocks>(whom, by, false);
            batch.guard_edge::<Blocks>(by, whom, false);
            batch.link_with::<Follows>(
                by,
                whom,
                app.ord(),
                flags(wishes, 0),
                Bytes::new(),
                OnExisting::Conflict,
            );
            batch.emit(app.id(), &Event::Followed { by, whom });
        }
        match app.graph.commit(batch).await {
            Err(CommitError::Conflict { .. }) => {}
            answer => return Ok(answer.map(drop)?),
        }
    }
    Err(RelationError::Fault(Fault::Busy))
}

/// Ends a follow or takes back a request; nothing to end is no error.
pub async fn unfollow(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<(), RelationError> {
    other(app, by, whom).await?;
    end_follow(app, by, whom).await
}

/// Makes somebody no longer follow oneself.
pub async fn remove_follower(
    app: &App,
    by: Id<Account>,
    follower: Id<Account>,
) -> Result<(), RelationError> {
    other(app, by, follower).await?;
    end_follow(app, follower, by).await
}

async fn end_follow(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<(), RelationError> {
    let follows = app.graph.edge::<Follows>(by, whom).await?.is_some();
    let asked = app.graph.edge::<AskedToFollow>(by, whom).await?.is_some();
    if !follows && !asked {
        return Ok(());
    }
    let mut batch = Batch::new();
    batch.discard::<Follows>(by, whom);
    batch.discard::<AskedToFollow>(by, whom);
    batch.discard::<BellOf>(whom, by);
    batch.emit(app.id(), &Event::RelationChanged { by, whom });
    app.graph.commit(batch).await?;
    Ok(())
}

/// Lets somebody who asked follow oneself.
pub async fn accept(app: &App, whom: Id<Account>, by: Id<Account>) -> Result<(), RelationError> {
    let request =
        app.graph.edge::<AskedToFollow>(by, whom).await?.ok_or(RelationError::NoRequest)?;
    let mut batch = Batch::new();
    batch.unlink::<AskedToFollow>(by, whom);
    batch.link_with::<Follows>(by, whom, app.ord(), request.flags, Bytes::new(), OnExisting::Keep);
    batch.emit(app.id(), &Event::Followed { by, whom });
    match app.graph.commit(batch).await {
        // Taken back, or answered on another device, at the same moment.
        Err(CommitError::Conflict { .. }) => Err(RelationError::NoRequest),
        answer => Ok(answer.map(drop)?),
    }
}

/// Refuses somebody who asked; they are not told.
pub async fn reject(app: &App, whom: Id<Account>, by: Id<Account>) -> Result<(), RelationError> {
    let mut batch = Batch::new();
    batch.unlink::<AskedToFollow>(by, whom);
    batch.emit(app.id(), &Event::RelationChanged { by, whom });
    match app.graph.commit(batch).await {
        Err(CommitError::Conflict { .. }) => Err(RelationError::NoRequest),
        answer => Ok(answer.map(drop)?),
    }
}

/// The other account, if there is one and it is not oneself.
pub(super) async fn other(
    app: &App,
    by: Id<Account>,
    whom: Id<Account>,
) -> Result<std::sync::Arc<graph::Stored<Account>>, RelationError> {
    if by == whom {
        return Err(RelationError::Yourself);
    }
    let account = app.graph.get(whom).await?.ok_or(RelationError::NotFound)?;
    if account.is_visible() { Ok(account) } else { Err(RelationError::NotFound) }
}

fn flags(wishes: FollowWishes, before: u32) -> u32 {
    let no_shares = match wishes.shares {
        Some(true) => 0,
        Some(false) => follow_flags::NO_SHARES,
        None => before & follow_flags::NO_SHARES,
    };
    let notify = match wishes.notify {
        Some(true) => follow_flags::NOTIFY,
        Some(false) => 0,
        None => before & follow_flags::NOTIFY,
    };
    no_shares | notify
}
