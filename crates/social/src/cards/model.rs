//! Nodes and edges of cards.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{instance::model::Instance, media::model::Media, posts::model::Post};

/// `SHA-256 of an address -> Card`: one card for all who link it.
pub const CARDS: KeySpace = KeySpace(160);

/// What a linked page says about itself, as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The address, without what only tracks.
    pub url: String,
    /// Whether there is anything to show.
    #[serde(default)]
    pub state: CardState,
    /// When the page was last asked, Unix milliseconds; 0 for never.
    #[serde(default)]
    pub asked_ms: u64,
    /// Title.
    #[serde(default)]
    pub title: String,
    /// Description.
    #[serde(default)]
    pub description: String,
    /// Name of the site; its host where it has none.
    #[serde(default)]
    pub site: String,
    /// Who wrote it.
    #[serde(default)]
    pub author: String,
    /// BCP 47.
    #[serde(default)]
    pub language: Option<String>,
    /// A picture, stored here.
    #[serde(default)]
    pub picture: Option<Id<Media>>,
    /// What the picture shows, in the page's words.
    #[serde(default)]
    pub picture_alt: String,
}

impl Node for Card {
    const KIND: NodeKind = NodeKind(160);
    const NAME: &'static str = "cards";
}

/// Whether a card can be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// The page was not read yet.
    #[default]
    Pending,
    /// It can be shown.
    Ready,
    /// The page says nothing, or may not be read.
    Nothing,
    /// The page did not answer.
    Away,
}

impl Card {
    /// Whether the page should be asked (again): what it says is old, or it may answer by now.
    pub fn is_due(&self, now_ms: u64) -> bool {
        const HOUR_MS: u64 = 60 * 60 * 1_000;
        let rest = match self.state {
            CardState::Pending => 0,
            CardState::Ready => 7 * 24 * HOUR_MS,
            CardState::Nothing => 24 * HOUR_MS,
            CardState::Away => HOUR_MS,
        };
        now_ms >= self.asked_ms.saturating_add(rest)
    }

    /// Whether there is something to show.
    pub fn is_shown(&self) -> bool {
        !self.title.is_empty()
    }
}

graph::edges! {
    /// Posts that show a card.
    CardHolders = 160, "card_holders": Card => Post, Yes, inverse HeldCard, purge Unlink;
    /// The card that a post shows.
    HeldCard = 161, "held_card": Post => Card, No, inverse CardHolders, purge Unlink;
    /// Cards that lost a holder: to be looked at by the sweep.
    LooseCards = 162, "loose_cards": Instance => Card, No, purge Unlink;
}
