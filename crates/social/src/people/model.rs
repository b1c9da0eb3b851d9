//! Nodes and edges of what staff note about people.

use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::accounts::model::Account;

/// What somebody of staff noted about a person. Staff alone read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StaffNote {
    /// About whom.
    pub about: Id<Account>,
    /// Who wrote it; none for the operator.
    pub by: Option<Id<Account>>,
    /// The words.
    pub text: String,
}

impl Node for StaffNote {
    const KIND: NodeKind = NodeKind(201);
    const NAME: &'static str = "staff_notes";
}

graph::edges! {
    /// What staff noted about an account, the newest first.
    StaffNotes = 204, "staff_notes_on": Account => StaffNote, Yes, purge Unlink;
}
