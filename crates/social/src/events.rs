//! What others must hear: the events of the outbox. They name what to read again and carry no state.

use graph::{Id, schema};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::{Account, Ticket},
    cards::model::Card,
    chats::model::{Chat, Message},
    media::model::Media,
    moderation::model::{Appeal, Decision, Report},
    notifications::model::Notification,
    posts::model::Post,
    push::model::Subscription,
    sessions::model::Session,
    text::Handle,
};

/// Something that happened. `subscriptions.rs` says who hears it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields say who and what in the types they have")]
pub enum Event {
    /// An account came to be, or may be seen now.
    AccountOpened { account: Id<Account> },
    /// A profile, handle list or standing changed.
    AccountChanged { account: Id<Account> },
    /// An account chose to be found by search, or not to be.
    FindabilityChanged { account: Id<Account> },
    /// An account is gone: purge it.
    AccountDeleted { account: Id<Account> },
    /// Sessions or tokens of an account ended: its streams must close.
    AccessEnded { account: Id<Account> },
    /// A one-time link is to be mailed.
    TicketMade { ticket: Id<Ticket> },
    /// A notice is to be mailed: to the account's address, or to the one it had. `key` makes it one mail.
    NoticeDue { account: Id<Account>, notice: Notice, to: Option<String>, key: String },
    /// Staff turned an applicant down; who it was is in the event, for it can no longer be read.
    ApplicantRejected { handle: Handle, email: String, reason: String, key: String },
    /// A post (or a share) was published: by whom, and which post it answers or shares.
    PostPublished {
        post: Id<Post>,
        #[serde(default)]
        author: Option<Id<Account>>,
        #[serde(default)]
        reacts_to: Option<Id<Post>>,
    },
    /// A post was edited; `named` are those whom it had not named before.
    PostEdited {
        post: Id<Post>,
        #[serde(default)]
        named: Vec<Id<Account>>,
    },
    /// A media is there, belongs to something now, or does not, or is gone: staff list them.
    MediaChanged { media: Id<Media> },
    /// What a post shows changed without an edit: its media's description.
    PostTouched { post: Id<Post> },
    /// A post is gone; what it was is in the event, for it can no longer be read.
    PostDeleted {
        post: Id<Post>,
        author: Id<Account>,
        share_of: Option<Id<Post>>,
        #[serde(default)]
        reply_to: Option<Id<Post>>,
        #[serde(default)]
        public: bool,
    },
    /// A post was liked.
    Liked { by: Id<Account>, post: Id<Post> },
    /// A like was taken back.
    Unliked { by: Id<Account>, post: Id<Post> },
    /// Somebody follows somebody now.
    Followed { by: Id<Account>, whom: Id<Account> },
    /// Somebody asks to follow somebody.
    FollowRequested { by: Id<Account>, whom: Id<Account> },
    /// Somebody no longer follows, blocks or mutes somebody differently: home timelines are built again.
    RelationChanged { by: Id<Account>, whom: Id<Account> },
    /// An upload waits for a worker.
    MediaUploaded { media: Id<Media> },
    /// Somebody reported something: staff hear of it.
    ReportMade { report: Id<Report> },
    /// Staff decided about an account: both sides hear of it.
    DecisionMade { decision: Id<Decision> },
    /// Staff decided an appeal: who made it hears of it.
    AppealDecided { appeal: Id<Appeal> },
    /// The summary of the week that ended with this day (since 1970) is to be mailed.
    SummaryDue { account: Id<Account>, last_day: u64 },
    /// A page that somebody linked is to be read.
    CardWanted { card: Id<Card> },
    /// A message was sent, edited, deleted, or is gone: search hears of it.
    MessageChanged { message: Id<Message> },
    /// Somebody signed in on a device that was not seen before.
    SignedInAnew { account: Id<Account>, session: Id<Session> },
    /// A notification is to be mailed at once.
    NotificationToMail { notification: Id<Notification> },
    /// The notifications after one place and up to another are to be mailed as one.
    NotificationsDue { account: Id<Account>, after: u64, upto: u64 },
    /// The best of what was missed since a moment (Unix milliseconds) is to be mailed, once on this day (since 1970).
    DigestDue { account: Id<Account>, day: u64, since_ms: u64 },
    /// A notification is to be pushed to a browser or an app.
    PushDue { subscription: Id<Subscription>, notification: Id<Notification> },
    /// Nobody is in a chat any more: it is taken apart.
    ChatEmptied { chat: Id<Chat> },
    /// Media lost what it belonged to.
    MediaLoose { media: Id<Media> },
}

/// What a mail tells a person about their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The password was changed.
    PasswordChanged,
    /// The address was changed; goes to the old one.
    EmailChanged,
    /// A used refresh token came again: a device was signed out.
    SessionReused,
    /// Somebody tried to sign up with this address.
    AddressTaken,
    /// Staff let the account in.
    Approved,
}

impl graph::Event for Event {
    /// One topic: the tag inside tells them apart, so that a new event changes no number.
    fn topic(&self) -> u16 {
        1
    }
}

/// What the store is opened with: every kind of the product.
pub fn product_schema() -> engine::store::Schema {
    schema(crate::kinds::NODES, &crate::kinds::edges(), crate::kinds::KEYS)
}
