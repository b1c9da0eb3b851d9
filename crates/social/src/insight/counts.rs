//! What is counted in a stretch of time, as a short list of numbers.

use serde::{Deserialize, Serialize};

/// A number, by who it comes from at that moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Of followers.
    pub followers: u64,
    /// Of everybody else.
    pub others: u64,
}

impl Split {
    /// All together.
    pub fn all(self) -> u64 {
        self.followers.saturating_add(self.others)
    }

    /// One more, or many.
    pub(super) fn more(&mut self, follows: bool, by: u64) {
        let of = if follows { &mut self.followers } else { &mut self.others };
        *of = of.saturating_add(by);
    }
}

/// The counts of an hour, a day or a whole life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<u64>", from = "Vec<u64>")]
pub struct Counts {
    /// A post was at least half on screen for a second.
    pub impressions: Split,
    /// A post was opened, or its video played for three seconds.
    pub views: Split,
    /// A link in a post was followed.
    pub opens: Split,
    /// People who were reached in this stretch for the first time.
    pub reached: Split,
    /// The profile was opened.
    pub visits: Split,
    /// People who began to follow from a post's page.
    pub followed: u64,
}

impl Counts {
    /// Adds another stretch.
    pub fn add(&mut self, more: &Counts) {
        let both = Vec::from(*self).into_iter().zip(Vec::from(*more));
        *self = Counts::from(both.map(|(a, b)| a.saturating_add(b)).collect::<Vec<_>>());
    }
}

impl From<Counts> for Vec<u64> {
    fn from(counts: Counts) -> Vec<u64> {
        let Counts { impressions, views, opens, reached, visits, followed } = counts;
        let splits = [impressions, views, opens, reached, visits];
        let pairs = splits.into_iter().flat_map(|split| [split.followers, split.others]);
        pairs.chain([followed]).collect()
    }
}

impl From<Vec<u64>> for Counts {
    /// What another release left out is 0, and what it added is not known here.
    fn from(numbers: Vec<u64>) -> Counts {
        let at = |place: usize| numbers.get(place).copied().unwrap_or_default();
        let split = |place: usize| Split { followers: at(place), others: at(place + 1) };
        Counts {
            impressions: split(0),
            views: split(2),
            opens: split(4),
            reached: split(6),
            visits: split(8),
            followed: at(10),
        }
    }
}
