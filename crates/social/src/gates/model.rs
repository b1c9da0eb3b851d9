//! Nodes, names and edges of the gates.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use super::range::Range;
use crate::{audit::model::words, instance::model::Instance};

/// `domain -> EmailDomainBlock`.
pub const EMAIL_DOMAINS: KeySpace = KeySpace(71);
/// `range -> AddressBlock`.
pub const ADDRESSES: KeySpace = KeySpace(72);

/// A domain whose addresses nobody signs up with; those below it are blocked, too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmailDomainBlock {
    /// Lower case.
    pub domain: String,
    /// Staff may still let somebody in.
    #[serde(default)]
    pub with_approval: bool,
}

impl Node for EmailDomainBlock {
    const KIND: NodeKind = NodeKind(108);
    const NAME: &'static str = "email_domain_blocks";
}

/// A range of addresses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddressBlock {
    /// Which.
    pub range: Range,
    /// What is held off.
    pub severity: Severity,
    /// Why.
    #[serde(default)]
    pub comment: String,
    /// Until when, Unix milliseconds.
    #[serde(default)]
    pub expires_ms: Option<u64>,
}

impl Node for AddressBlock {
    const KIND: NodeKind = NodeKind(109);
    const NAME: &'static str = "address_blocks";
}

words! {
    /// What a blocked range holds off; the words are Mastodon's.
    Severity {
        Approval "sign_up_requires_approval", SignUp "sign_up_block", NoAccess "no_access",
    }
}

/// All ranges from which nobody gets in at all: one node, for it is asked at every request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Barred {
    /// With the end of each, Unix milliseconds.
    pub ranges: Vec<(Range, Option<u64>)>,
}

impl Node for Barred {
    const KIND: NodeKind = NodeKind(110);
    const NAME: &'static str = "barred";
}

/// Its id: above the process numbers, below every id made of a time.
pub const BARRED: Id<Barred> = match Id::new(1004) {
    Some(id) => id,
    None => panic!("1004 is an id"),
};

graph::edges! {
    /// Blocked e-mail domains.
    EmailDomainBlocks = 112, "email_domain_blocks_of": Instance => EmailDomainBlock, No, purge Unlink;
    /// Blocked ranges.
    AddressBlocks = 113, "address_blocks_of": Instance => AddressBlock, No, purge Unlink;
}
