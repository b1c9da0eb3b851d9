//! Nodes and edges of announcements.

use std::collections::BTreeMap;

use engine::store::NodeKind;
use graph::Node;
use serde::{Deserialize, Serialize};

use crate::{accounts::model::Account, audit::model::words, instance::model::Instance};

words! {
    /// Where an announcement stands.
    #[derive(Default)]
    State { #[default] Draft "draft", Published "published", Withdrawn "withdrawn" }
}

/// Something that staff tell everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// As typed.
    pub text: String,
    /// Of which time it tells, Unix milliseconds.
    #[serde(default)]
    pub starts_ms: Option<u64>,
    /// After it, it is not shown any more.
    #[serde(default)]
    pub ends_ms: Option<u64>,
    /// The times are days.
    #[serde(default)]
    pub all_day: bool,
    /// Where it stands.
    #[serde(default)]
    pub state: State,
    /// Unix milliseconds.
    pub updated_ms: u64,
    /// When it was published, Unix milliseconds.
    #[serde(default)]
    pub published_ms: Option<u64>,
    /// How many people react with what. Who does stands in the edges.
    #[serde(default)]
    pub reactions: BTreeMap<String, u64>,
}

impl Node for Announcement {
    const KIND: NodeKind = NodeKind(203);
    const NAME: &'static str = "announcements";
}

graph::edges! {
    /// All announcements.
    Announcements = 205, "announcements_of": Instance => Announcement, No, purge Unlink;
    /// Those that are published.
    Published = 206, "published_announcements": Instance => Announcement, No, purge Unlink;
    /// Who reacts to an announcement; the edge's data says with what.
    ReactedBy = 207, "announcement_reactions": Announcement => Account, No, inverse ReactedTo, purge Unlink;
    /// What an account reacts to.
    ReactedTo = 208, "reacts_to": Account => Announcement, No, inverse ReactedBy, purge Unlink;
    /// Which announcements an account has read.
    Dismissed = 209, "dismissed_announcements": Account => Announcement, No, inverse DismissedBy, purge Unlink;
    /// Who has read an announcement.
    DismissedBy = 210, "announcement_readers": Announcement => Account, No, inverse Dismissed, purge Unlink;
}
