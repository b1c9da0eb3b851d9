//! Why staff, or somebody who appeals, could not do something.

use crate::{accounts::StandingError, fault::Fault};

/// Why it was not done. Nothing of it happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModerationError {
    /// Not there, or not for who asks.
    #[error("no such case, decision or account")]
    NotFound,
    /// The role.
    #[error("your role does not allow this")]
    NotAllowed,
    /// Somebody of one's own rank or above.
    #[error("this person is not below your own role")]
    Above,
    /// A community always has an owner.
    #[error("the community's owner can not be limited, frozen, suspended or deleted")]
    LastOwner,
    /// Decided already, or not any more.
    #[error("this is decided already")]
    Decided,
    /// Somebody else looks at it.
    #[error("somebody else has claimed this case")]
    Claimed,
    /// Measures that do not go together, or none.
    #[error("choose what to do: nothing goes with dismiss, and posts are either folded or deleted")]
    Measures,
    /// Posts that are not the account's, too many, or none.
    #[error("choose up to 40 posts of this account")]
    Posts,
    /// Messages that were not reported in this case, too many, or without `delete`.
    #[error(
        "choose up to 100 messages of this account that were reported in this case, to delete them"
    )]
    Messages,
    /// A text.
    #[error("a text is too long (maximum is 2000 characters) or empty")]
    Text,
    /// Too late.
    #[error("a decision can be appealed for 20 days")]
    TooLate,
    /// Who decided does not decide the appeal.
    #[error("an appeal is decided by somebody else than who decided, and not by who appeals")]
    SamePerson,
    /// Not in a standing for this.
    #[error("this account is not in a standing for this")]
    Standing,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for ModerationError
where
    Fault: From<E>,
{
    fn from(error: E) -> ModerationError {
        ModerationError::Fault(error.into())
    }
}

/// A standing's refusal in the words of moderation.
pub(super) fn standing(error: StandingError) -> ModerationError {
    match error {
        StandingError::NotFound => ModerationError::Standing,
        StandingError::LastOwner => ModerationError::LastOwner,
        StandingError::Reason => ModerationError::Text,
        StandingError::Fault(fault) => ModerationError::Fault(fault),
    }
}
