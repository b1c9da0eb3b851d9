//! Nodes and edges of moderation.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::Account,
    audit::model::words,
    chats::model::{Chat, Message},
    house::model::Rule,
    instance::model::Instance,
    media::model::{Media, MediaKind},
    posts::model::{Audience, Post},
};

/// `account -> Case`: the one that is open about it.
pub const OPEN_CASES: KeySpace = KeySpace(73);

/// All reports on one account until somebody decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// About whom.
    pub about: Id<Account>,
    /// Who looks at it.
    #[serde(default)]
    pub claim: Option<Claim>,
    /// How many reports.
    pub reports: u32,
    /// When it was last reported or touched, Unix milliseconds.
    pub updated_ms: u64,
    /// The decision that closed it.
    #[serde(default)]
    pub decision: Option<Id<Decision>>,
}

impl Node for Case {
    const KIND: NodeKind = NodeKind(104);
    const NAME: &'static str = "cases";
}

/// That somebody looks at a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who; none for the operator.
    pub by: Option<Id<Account>>,
    /// Since when, Unix milliseconds.
    pub at_ms: u64,
}

/// One person's report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The case it is part of.
    pub case: Id<Case>,
    /// Who reports; none once they are gone.
    pub by: Option<Id<Account>>,
    /// About whom.
    pub about: Id<Account>,
    /// Of which kind.
    pub category: Category,
    /// Rules that are broken, as they were then.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// In words.
    #[serde(default)]
    pub comment: String,
    /// Posts as they were then.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Messages of a chat as they were then: those that the reporter picked.
    #[serde(default)]
    pub messages: Vec<MessageEvidence>,
}

impl Node for Report {
    const KIND: NodeKind = NodeKind(105);
    const NAME: &'static str = "reports";
}

words! {
    /// Kinds of reports; the words are Mastodon's.
    Category { Spam "spam", Legal "legal", Violation "violation", Other "other" }
}

/// A post as it was when it was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which.
    pub post: Id<Post>,
    /// When this version was made, Unix milliseconds.
    pub made_ms: u64,
    /// Its text.
    pub text: String,
    /// Its content warning.
    #[serde(default)]
    pub warning: String,
    /// Whether its media was hidden at first.
    #[serde(default)]
    pub sensitive: bool,
    /// Whom it was for.
    pub audience: Audience,
    /// What it answered.
    #[serde(default)]
    pub answers: Option<Id<Post>>,
    /// What was attached.
    #[serde(default)]
    pub media: Vec<EvidenceMedia>,
}

/// A message of a chat as it was when it was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEvidence {
    /// Which.
    pub message: Id<Message>,
    /// Of which chat.
    pub chat: Id<Chat>,
    /// Who wrote it: whom the report is about, or the reporter.
    pub author: Id<Account>,
    /// Its place there.
    pub number: u64,
    /// When this version was made, Unix milliseconds.
    pub made_ms: u64,
    /// Its text.
    pub text: String,
    /// What was attached.
    #[serde(default)]
    pub media: Vec<EvidenceMedia>,
}

/// A media of a reported post or message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceMedia {
    /// Which.
    pub media: Id<Media>,
    /// Of which kind.
    pub kind: MediaKind,
    /// Alternative text.
    pub description: String,
}

words! {
    /// What a decision does.
    #[derive(Hash)]
    Measure {
        Dismiss "dismiss", Warn "warn", Fold "fold", Delete "delete", Sensitive "sensitive",
        Limit "limit", Freeze "freeze", Suspend "suspend",
    }
}

/// What staff decided about an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// About whom.
    pub about: Id<Account>,
    /// In which case, if it was in one.
    #[serde(default)]
    pub case: Option<Id<Case>>,
    /// Who decided: for staff alone. None for the operator.
    pub by: Option<Id<Account>>,
    /// What it does.
    pub measures: Vec<Measure>,
    /// To which posts.
    #[serde(default)]
    pub posts: Vec<Id<Post>>,
    /// To which messages of chats.
    #[serde(default)]
    pub messages: Vec<Id<Message>>,
    /// What the account is told; empty for nothing.
    #[serde(default)]
    pub to_account: String,
    /// What the reporters are told.
    #[serde(default)]
    pub to_reporters: String,
    /// Why, for staff.
    #[serde(default)]
    pub reason: String,
    /// The appeal against it.
    #[serde(default)]
    pub appeal: Option<Id<Appeal>>,
    /// It no longer holds: an appeal was accepted.
    #[serde(default)]
    pub undone: bool,
}

impl Decision {
    /// Whether the account hears of it, and may appeal.
    pub fn concerns_account(&self) -> bool {
        !self.measures.contains(&Measure::Dismiss)
    }
}

impl Node for Decision {
    const KIND: NodeKind = NodeKind(106);
    const NAME: &'static str = "decisions";
}

/// What somebody says against a decision about them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Appeal {
    /// Against which.
    pub decision: Id<Decision>,
    /// Who.
    pub by: Id<Account>,
    /// In their words.
    pub text: String,
    /// What became of it.
    #[serde(default)]
    pub state: AppealState,
    /// Who decided: for staff alone.
    #[serde(default)]
    pub decided_by: Option<Id<Account>>,
}

impl Node for Appeal {
    const KIND: NodeKind = NodeKind(107);
    const NAME: &'static str = "appeals";
}

words! {
    /// What became of an appeal; the words are Mastodon's.
    #[derive(Default)]
    AppealState { #[default] Pending "pending", Accepted "approved", Rejected "rejected" }
}

graph::edges! {
    /// Cases that wait for a decision.
    OpenCases = 105, "open_cases": Instance => Case, Yes, purge Unlink;
    /// Cases that are decided.
    ClosedCases = 106, "closed_cases": Instance => Case, Yes, purge Unlink;
    /// Cases about an account.
    CasesAbout = 107, "cases_about": Account => Case, Yes, purge Unlink;
    /// Reports of a case.
    CaseReports = 108, "case_reports": Case => Report, No, purge Unlink;
    /// Who of staff has looked at the pictures of a case.
    SawPictures = 211, "saw_pictures": Case => Account, No, inverse PicturesSeen, purge Unlink;
    /// The other side, so that a purge of either leaves nothing.
    PicturesSeen = 212, "pictures_seen": Account => Case, No, inverse SawPictures, purge Unlink;
    /// Reports that an account made.
    ReportsBy = 109, "reports_by": Account => Report, No, purge Unlink;
    /// Decisions about an account.
    DecisionsOn = 110, "decisions_on": Account => Decision, Yes, purge Unlink;
    /// Appeals that wait for a decision.
    PendingAppeals = 114, "pending_appeals": Instance => Appeal, Yes, purge Unlink;
    /// Appeals that are decided.
    ClosedAppeals = 115, "closed_appeals": Instance => Appeal, No, purge Unlink;
}
