//! Moderation: reports gather into cases, staff decide, people may appeal.
//!
//! A case is about one account. It keeps what was reported as it was then; a decision closes it, acts on posts and
//! standing in one commit, and is told to both sides without saying who decided.

pub mod model;

mod report;
pub use report::{NewReport, ReportError, report, reports_about, reports_by};

mod cases;
pub use cases::{CaseFile, CaseFilter, Claimed, case_file, cases, claim, reopen, unclaim};

mod decide;
pub use decide::{Ruling, Target, decide};

mod appeals;
pub use appeals::{
    appeal, appeal_by_link, appeals, decide_appeal, decision_of_link, decisions_on, link_of,
};

mod sight;
pub use sight::{StaffSeen, reported_posts, staff_see, staff_sees};

mod evidence;
pub use evidence::{EVIDENCE_LIFE, Look, evidence_link, note_look, open_evidence};

mod waiting;
pub use waiting::{Waiting, waiting};

mod list;
pub use list::{People, PeopleFilter, Standings, people};

mod people;
pub(crate) use people::below;
pub use people::{approve, delete_person, lift, reject};

mod invites;
pub use invites::{Invited, create_invite, end_invite, invites};

mod forget;
pub(crate) use forget::forget;

mod tell;
pub(crate) use tell::{mail, notify_appeal, notify_decision, notify_report};

mod error;
pub use error::ModerationError;

#[cfg(test)]
mod tests;
