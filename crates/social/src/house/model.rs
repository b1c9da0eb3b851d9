//! The one node of the house.

use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{app::Registrations, audit::model::words};

/// What staff keep in order for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// Rules, in order.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// The number of the next rule: a number is never given twice.
    #[serde(default)]
    pub next_rule: u64,
    /// Texts that differ from the usual ones.
    #[serde(default)]
    pub texts: Vec<(Text, String)>,
    /// Handles that nobody may take at sign-up, folded.
    #[serde(default)]
    pub handles: Vec<String>,
    /// What the community is, where staff changed what the operator set.
    #[serde(default)]
    pub community: Changes,
}

/// What staff changed of the operator's settings; what is none is as the operator set it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Name of the community.
    #[serde(default)]
    pub title: Option<String>,
    /// A sentence about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Whom to write to.
    #[serde(default)]
    pub contact_email: Option<String>,
    /// Who may sign up.
    #[serde(default)]
    pub registrations: Option<Registrations>,
    /// How many people who do not know one can be written to in an hour.
    #[serde(default)]
    pub strangers_per_hour: Option<u32>,
}

impl Node for House {
    const KIND: NodeKind = NodeKind(103);
    const NAME: &'static str = "house";
}

/// Its id: above the process numbers, below every id made of a time.
pub const HOUSE: Id<House> = match Id::new(1003) {
    Some(id) => id,
    None => panic!("1003 is an id"),
};

/// A rule of the community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its number, for reports.
    pub id: u64,
    /// In a sentence.
    pub text: String,
    /// In more words.
    #[serde(default)]
    pub hint: String,
}

words! {
    /// A text that staff send, and may change.
    Text {
        Dismissed "reporter_dismissed", Acted "reporter_acted", Warned "account_warned",
        Folded "account_folded", Deleted "account_deleted", Sensitive "account_sensitive",
        Limited "account_limited", Frozen "account_frozen", Suspended "account_suspended",
        AppealAccepted "appeal_accepted", AppealRejected "appeal_rejected", FoldWarning "fold_warning",
    }
}

impl Text {
    /// What is sent where staff changed nothing.
    pub const fn usual(self) -> &'static str {
        match self {
            Text::Dismissed => {
                "Thank you for your report. We looked at it and found nothing that breaks our rules."
            }
            Text::Acted => "Thank you for your report. We looked at it and acted on it.",
            Text::Warned => "Something that you did here breaks our rules. Please keep to them.",
            Text::Folded => "Posts of yours are now behind a warning.",
            Text::Deleted => "Posts of yours broke our rules and were deleted.",
            Text::Sensitive => {
                "From now on the media of your posts is hidden until somebody opens it."
            }
            Text::Limited => "From now on your posts are seen by your followers only.",
            Text::Frozen => "Your account is frozen: you may read, but not write.",
            Text::Suspended => {
                "Your account is suspended. After thirty days it will be deleted with all that is in it."
            }
            Text::AppealAccepted => "Somebody else looked at your appeal, and you are right.",
            Text::AppealRejected => "Somebody else looked at your appeal, and the decision stands.",
            Text::FoldWarning => "Behind a warning by the community's staff",
        }
    }
}

impl House {
    /// A text as it is sent.
    pub fn text(&self, which: Text) -> &str {
        let own = self.texts.iter().find(|(text, _)| *text == which);
        own.map_or(which.usual(), |(_, words)| words.as_str())
    }

    /// A rule by its number.
    pub fn rule(&self, id: u64) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}
