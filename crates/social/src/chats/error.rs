//! Why something in a chat was not done.

use crate::{fault::Fault, text::TextError};

/// Why something in a chat was not done. Nothing of it happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// No such chat, message, member or request; or none that the caller may know of.
    #[error("there is no such chat or message")]
    NotFound,
    /// Who was a member and is none now; who is blocked; who is no admin.
    #[error("This action is not allowed")]
    NotAllowed,
    /// They do not want to hear from the caller, or the other way round.
    #[error("you cannot write to this person")]
    Refused,
    /// The first message to a stranger is out, and they have not answered.
    #[error("your first message waits for an answer")]
    Waiting,
    /// An invitation that was not accepted yet lets nobody read or write.
    #[error("accept the invitation first")]
    NotAccepted,
    /// Too many.
    #[error("a group has at most {max} members, and takes {at_once} at once")]
    TooMany {
        /// The most.
        max: usize,
        /// In one request.
        at_once: usize,
    },
    /// A name that is blank or too long.
    #[error("the name must have 1 to 100 characters")]
    Name,
    /// Something that only a group has.
    #[error("only groups have members to change")]
    NotAGroup,
    /// Neither `member` nor `admin` nor `owner`, or the owner's own.
    #[error("the owner gives the roles, and passes their own on with `owner`")]
    Role,
    /// There is nothing in it.
    #[error("Text can't be blank")]
    Empty,
    /// The text is not usable.
    #[error("Text {0}")]
    Text(TextError),
    /// Longer than the community allows.
    #[error("Text character limit of {max} exceeded")]
    TooLong {
        /// The most.
        max: usize,
    },
    /// Some media is not the sender's, not there, or belongs to something else.
    #[error("Media could not be found or is in use already")]
    Media,
    /// Some media is not processed yet.
    #[error("Cannot attach files that have not finished processing. Try again in a moment!")]
    MediaNotReady,
    /// Too much of it.
    #[error("Attach up to {max} files")]
    TooManyMedia {
        /// The most.
        max: usize,
    },
    /// Not a picture.
    #[error("the picture of a group is a still picture")]
    Picture,
    /// More people who do not know the writer than one may write to in an hour.
    #[error("you wrote to many people who do not know you: write to more of them later")]
    TooManyStrangers {
        /// When one more may be written to, seconds.
        retry_after_s: u64,
    },
    /// Missing, or too long.
    #[error("the client's id must have 1 to 128 characters")]
    ClientId,
    /// It was used for another message.
    #[error("this client's id was used for another message")]
    KeyReused,
    /// Not one sign that shows a feeling.
    #[error("a reaction is one emoji")]
    Emoji,
    /// More of one's own than a message takes.
    #[error("a person reacts to a message with at most {max} emoji")]
    TooManyReactions {
        /// The most.
        max: usize,
    },
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for ChatError
where
    Fault: From<E>,
{
    fn from(error: E) -> ChatError {
        ChatError::Fault(error.into())
    }
}
