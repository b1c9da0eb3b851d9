//! Nodes and edges of accounts: the public face, the private login, invitations and one-time tickets.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{media::model::Media, staff::model::OwnRole, text::handle::Handle};

/// `handle -> Account`, as long as there is one.
pub const HANDLES: KeySpace = KeySpace(1);
/// `MAC of a handle -> Account`; stays when the account is gone, so that no stranger inherits a name that nobody can read
/// any more.
pub const HANDLE_SEALS: KeySpace = KeySpace(6);
/// `folded e-mail -> Account`.
pub const EMAILS: KeySpace = KeySpace(2);
/// `invitation code -> Invite`.
pub const INVITES: KeySpace = KeySpace(3);
/// `"owner" -> Account`: exactly one set-up wins.
pub const SETUP: KeySpace = KeySpace(4);

/// A person's public face. Everything here may be shown to anyone who may see the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Unique, folded.
    pub handle: Handle,
    /// The private half.
    pub login: Id<Login>,
    /// Shown name; empty when unset.
    #[serde(default)]
    pub display_name: String,
    /// Biography as typed.
    #[serde(default)]
    pub bio: String,
    /// Up to four pairs of name and value, as typed.
    #[serde(default)]
    pub fields: Vec<ProfileField>,
    /// Topics, in the community's own words.
    #[serde(default)]
    pub interests: Vec<String>,
    /// Portrait.
    #[serde(default)]
    pub avatar: Option<Id<Media>>,
    /// Wide picture.
    #[serde(default)]
    pub header: Option<Id<Media>>,
    /// Follows are requests.
    #[serde(default)]
    pub locked: bool,
    /// An automated account.
    #[serde(default)]
    pub bot: bool,
    /// May be suggested and found by name.
    #[serde(default = "yes")]
    pub discoverable: bool,
    /// Public posts may be found by search.
    #[serde(default = "yes")]
    pub indexable: bool,
    /// Who follows and is followed is not shown.
    #[serde(default)]
    pub hide_collections: bool,
    /// Where the account stands.
    #[serde(default)]
    pub standing: Standing,
    /// Seen by followers only, by the decision of staff.
    #[serde(default)]
    pub limited: bool,
    /// Media of all its posts is hidden at first, by the decision of staff.
    #[serde(default)]
    pub sensitive: bool,
    /// When the last public or unlisted post was made, Unix milliseconds.
    #[serde(default)]
    pub last_post_ms: Option<u64>,
}

fn yes() -> bool {
    true
}

/// One pair of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileField {
    /// At most 255 characters.
    pub name: String,
    /// At most 255 characters.
    pub value: String,
}

/// Whether an account may act and be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As usual.
    #[default]
    Active,
    /// Waits for staff to approve: seen by nobody.
    Pending,
    /// Suspended: seen by nobody, signed out.
    Suspended,
    /// Deleted: seen by nobody, until its purge has taken it apart.
    Deleted,
}

impl Account {
    /// Whether anybody may see that it exists.
    pub fn is_visible(&self) -> bool {
        self.standing == Standing::Active
    }
}

impl Node for Account {
    const KIND: NodeKind = NodeKind(10);
    const NAME: &'static str = "accounts";
}

/// The private half of an account: how one signs in, what one prefers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// Whose.
    pub account: Id<Account>,
    /// As typed; compared folded.
    pub email: String,
    /// Whether a link sent there was followed (or none was asked for).
    pub confirmed: bool,
    /// Argon2id in PHC form.
    pub password: String,
    /// What the person may do here.
    #[serde(default)]
    pub role: Role,
    /// A role of the community's own making; counts where `role` is [`Role::Member`].
    #[serde(default)]
    pub own_role: Option<Id<OwnRole>>,
    /// May read and not write, by the decision of staff.
    #[serde(default)]
    pub frozen: bool,
    /// Language of the interface, BCP 47.
    #[serde(default)]
    pub locale: String,
    /// Audience of new posts.
    #[serde(default)]
    pub default_audience: crate::posts::model::Audience,
    /// New media is sensitive.
    #[serde(default)]
    pub default_sensitive: bool,
    /// Language of new posts.
    #[serde(default)]
    pub default_language: Option<String>,
    /// Who may message.
    #[serde(default)]
    pub who_may_message: WhoMayMessage,
    /// Who sees whether the person is here; who shows it to nobody does not see others'.
    #[serde(default)]
    pub who_sees_presence: WhoMayMessage,
    /// Nobody sees what the person has read, and they do not see what others have.
    #[serde(default)]
    pub no_receipts: bool,
    /// Nobody sees that the person writes, and they do not see that others do.
    #[serde(default)]
    pub no_typing: bool,
    /// Why the person wants to join, where staff approve.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who invited.
    #[serde(default)]
    pub invited_by: Option<Id<Account>>,
    /// By which invitation.
    #[serde(default)]
    pub invite: Option<Id<Invite>>,
    /// The operator made it: no rule of registration applied.
    #[serde(default)]
    pub by_operator: bool,
    /// Raised to end every session and token made before (password change, suspension).
    #[serde(default)]
    pub epoch: u64,
    /// Reading positions by timeline: `home`, `notifications`.
    #[serde(default)]
    pub markers: Vec<Marker>,
    /// Whose notifications are held back.
    #[serde(default)]
    pub notification_policy: crate::notifications::Policy,
    /// How the person wants to be told.
    #[serde(default)]
    pub wishes: crate::notifications::Wishes,
    /// Hashes of the devices that one signed in from, the newest last.
    #[serde(default)]
    pub devices: Vec<String>,
    /// The secret under which the person is a hash among those who saw a post; none for accounts from before there was one.
    #[serde(default)]
    pub reader: String,
    /// No summary of the week by mail.
    #[serde(default)]
    pub no_summary: bool,
    /// The last day of the last week whose summary was made, in days since 1970.
    #[serde(default)]
    pub insight_told_day: u64,
}

/// How somebody came to be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By themselves.
    Open,
    /// Staff let them in.
    Approval,
    /// By an invitation.
    Invite,
    /// The operator made the account.
    Operator,
}

impl Origin {
    /// All of them.
    pub const ALL: [Origin; 4] = [Origin::Open, Origin::Approval, Origin::Invite, Origin::Operator];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Open => "open",
            Origin::Approval => "approval",
            Origin::Invite => "invite",
            Origin::Operator => "operator",
        }
    }
}

impl Login {
    /// How its owner came to be here.
    pub fn origin(&self) -> Origin {
        match (self.by_operator, self.invite, &self.reason) {
            (true, _, _) => Origin::Operator,
            (false, Some(_), _) => Origin::Invite,
            (false, None, Some(_)) => Origin::Approval,
            (false, None, None) => Origin::Open,
        }
    }
}

impl Node for Login {
    const KIND: NodeKind = NodeKind(11);
    const NAME: &'static str = "logins";
}

/// How far a timeline was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// `home` or `notifications`.
    pub timeline: String,
    /// The newest id that was read, as the client gave it.
    pub last_read: u64,
    /// Raised with each change.
    pub version: u64,
    /// Unix milliseconds.
    pub updated_ms: u64,
}

/// What a person may do here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes part.
    #[default]
    Member,
    /// Keeps it kind.
    Moderator,
    /// Runs it.
    Admin,
    /// Owns it.
    Owner,
}

/// Who may start a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhoMayMessage {
    /// Everyone.
    #[default]
    Everyone,
    /// People one follows.
    Following,
    /// Nobody.
    Nobody,
}

/// An invitation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invite {
    /// What is typed or followed.
    pub code: String,
    /// Who invites; none for the operator.
    pub by: Option<Id<Account>>,
    /// How often it may be used.
    pub uses: u32,
    /// How often it was.
    pub used: u32,
    /// Until when, Unix milliseconds.
    pub expires_ms: Option<u64>,
}

impl Node for Invite {
    const KIND: NodeKind = NodeKind(12);
    const NAME: &'static str = "invites";
}

/// A one-time link. Its token is a MAC of its id, so nothing secret is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// For whom; none for the first owner.
    pub account: Option<Id<Account>>,
    /// For what.
    pub purpose: TicketPurpose,
    /// Until when, Unix milliseconds.
    pub expires_ms: u64,
    /// Followed already.
    pub used: bool,
    /// The login's epoch when it was made: a later password change voids it.
    #[serde(default)]
    pub epoch: u64,
}

/// What a one-time link does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketPurpose {
    /// Confirms this address (and makes it the account's).
    ConfirmEmail {
        /// The address.
        email: String,
    },
    /// Sets a new password.
    ResetPassword,
    /// Makes its visitor the owner.
    BecomeOwner,
}

impl Node for Ticket {
    const KIND: NodeKind = NodeKind(13);
    const NAME: &'static str = "tickets";
}

/// A topic that people are interested in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interest {
    /// As first typed.
    pub name: String,
}

impl Node for Interest {
    const KIND: NodeKind = NodeKind(14);
    const NAME: &'static str = "interests";
}

/// `folded name -> Interest`.
pub const INTERESTS: KeySpace = KeySpace(5);

graph::edges! {
    /// All accounts of the community; its count is the number of members.
    Members = 10, "members": crate::instance::model::Instance => Account, Yes, purge Unlink;
    /// Accounts that wait for approval.
    PendingMembers = 11, "pending_members": crate::instance::model::Instance => Account, Yes, purge Unlink;
    /// One-time links of an account.
    Tickets = 12, "tickets_of": Account => Ticket, No, purge Members;
    /// All one-time links, so that old ones are found.
    OpenTickets = 17, "all_tickets": crate::instance::model::Instance => Ticket, No, purge Unlink;
    /// Invitations of the community.
    Invites = 13, "invites_of": crate::instance::model::Instance => Invite, No, purge Unlink;
    /// Everybody who has a role.
    StaffMembers = 103, "staff_members": crate::instance::model::Instance => Account, No, purge Unlink;
    /// Suspended accounts, by when they were: after thirty days they are purged.
    SuspendedMembers = 104, "suspended_members": crate::instance::model::Instance => Account, Yes, purge Unlink;
    /// Who came by an invitation.
    Invited = 116, "invited": Invite => Account, Yes, purge Unlink;
    /// Who has an interest.
    InterestHolders = 14, "interest_holders": Interest => Account, Yes, inverse AccountInterests, purge Unlink;
    /// Interests of an account.
    AccountInterests = 15, "account_interests": Account => Interest, No, inverse InterestHolders, purge Unlink;
    /// All interests of the community.
    Interests = 16, "interests_of": crate::instance::model::Instance => Interest, No, purge Unlink;
}
