//! Nodes and edges of the audit log.

use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{accounts::model::Account, instance::model::Instance, secret::hex};

/// One act of staff. Its hash covers everything in it and the hash of the entry before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The first is 1.
    pub number: u64,
    /// Unix milliseconds.
    pub at_ms: u64,
    /// Who did it; none for the operator at the command line.
    pub by: Option<Id<Account>>,
    /// What.
    pub act: Act,
    /// To what.
    pub on: Subject,
    /// Why, in the words of who did it.
    pub reason: String,
    /// How it was.
    pub before: String,
    /// How it is now.
    pub after: String,
    /// Hash of the entry before; empty for the first.
    pub previous: String,
    /// SHA-256 of all of the above, hexadecimal.
    pub hash: String,
}

impl Node for Entry {
    const KIND: NodeKind = NodeKind(101);
    const NAME: &'static str = "audit_entries";
}

impl Entry {
    /// What its hash has to be.
    pub fn sealed(&self) -> String {
        let by = self.by.map(|by| by.to_string()).unwrap_or_default();
        let (number, at, id) =
            (self.number.to_string(), self.at_ms.to_string(), self.on.id.to_string());
        let parts = [
            number.as_str(),
            &at,
            &by,
            self.act.as_str(),
            self.on.kind.as_str(),
            &id,
            &self.reason,
            &self.before,
            &self.after,
            &self.previous,
        ];
        let mut digest = Sha256::new();
        for part in parts {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        hex(&digest.finalize())
    }
}

/// The end of the chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chain {
    /// How many entries there are.
    pub entries: u64,
    /// Hash of the last.
    pub hash: String,
}

impl Node for Chain {
    const KIND: NodeKind = NodeKind(100);
    const NAME: &'static str = "audit_chain";
}

/// Its id: above the process numbers, below every id made of a time.
pub const CHAIN: Id<Chain> = match Id::new(1002) {
    Some(id) => id,
    None => panic!("1002 is an id"),
};

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Its id.
    pub id: u64,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $one:ident $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the words say what they are")]
        pub enum $name { $($(#[$each])* #[serde(rename = $word)] $one),* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$one),*];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$one => $word),* }
            }

            /// What a word means.
            pub fn parse(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Kinds of things that staff act on.
    SubjectKind {
        Account "account", Case "case", Decision "decision", Appeal "appeal", Role "role", House "house",
        EmailDomain "email_domain", Address "address", Invite "invite", Post "post", Jobs "jobs",
        Error "error", Announcement "announcement", List "list", Tag "tag", Link "link",
    }
}

words! {
    /// What staff do.
    Act {
        GiveRole "give_role", CreateRole "create_role", EditRole "edit_role", DeleteRole "delete_role",
        EditRules "edit_rules", EditTexts "edit_texts", EditHandles "edit_reserved_handles",
        ClaimCase "claim_case", UnclaimCase "unclaim_case", ReopenCase "reopen_case", Decide "decide",
        DecideAppeal "decide_appeal", Restore "restore_account", DeleteAccount "delete_account",
        Approve "approve_account", Reject "reject_account",
        BlockEmailDomain "block_email_domain", UnblockEmailDomain "unblock_email_domain",
        BlockAddress "block_address", UnblockAddress "unblock_address",
        Invite "create_invite", EndInvite "end_invite", ReviewTrend "review_trend",
        EndSessions "end_sessions", AddNote "add_note", DeleteNote "delete_note",
        ExportPerson "export_person", ExportList "export_list", ViewEvidence "view_evidence",
        RetryJobs "retry_jobs", DropJobs "drop_jobs", RunSchedule "run_schedule",
        ResolveError "resolve_error", ReopenError "reopen_error", EditSettings "edit_settings",
        CreateAnnouncement "create_announcement", EditAnnouncement "edit_announcement",
        PublishAnnouncement "publish_announcement", WithdrawAnnouncement "withdraw_announcement",
        DeleteAnnouncement "delete_announcement",
    }
}

graph::edges! {
    /// All entries, in order: the place is the number.
    AuditEntries = 120, "audit_log": Instance => Entry, Yes, purge Unlink;
}
