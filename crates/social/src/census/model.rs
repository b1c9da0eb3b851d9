//! Nodes and edges of the census: a day or a month, and who was here in it.

use std::collections::BTreeMap;

use engine::store::NodeKind;
use graph::{Id, Node};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{accounts::model::Account, instance::model::Instance};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Ids of days and months: above the process numbers, below every id made of a time.
const DAYS: u64 = 2_000_000;
const MONTHS: u64 = 3_000_000;

/// A day or a month, UTC. The numbers are days since 1970 and months since the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// A day.
    Day(u32),
    /// A month.
    Month(u32),
}

impl Span {
    /// The day that holds a moment, Unix milliseconds.
    pub fn day_of(ms: u64) -> Span {
        Span::Day(number_of_day(ms))
    }

    /// The month that holds a moment, Unix milliseconds.
    pub fn month_of(ms: u64) -> Span {
        let date = date_of(number_of_day(ms));
        let (year, month) = (date.year().unsigned_abs(), date.month().unsigned_abs());
        Span::Month(u32::from(year) * 12 + u32::from(month) - 1)
    }

    /// When it begins, Unix milliseconds.
    pub fn starts_ms(self) -> u64 {
        match self {
            Span::Day(day) => u64::from(day) * DAY_MS,
            Span::Month(month) => {
                let year = i16::try_from(month / 12).unwrap_or(i16::MAX - 1);
                let date = Date::new(year, (month % 12) as i8 + 1, 1).unwrap_or(Date::ZERO);
                let days = date.duration_since(epoch()).as_hours() / 24;
                u64::try_from(days).unwrap_or(0) * DAY_MS
            }
        }
    }

    /// The one so many before.
    pub fn back(self, steps: u32) -> Span {
        match self {
            Span::Day(day) => Span::Day(day.saturating_sub(steps)),
            Span::Month(month) => Span::Month(month.saturating_sub(steps)),
        }
    }

    /// The one so many after.
    pub fn on(self, steps: u32) -> Span {
        match self {
            Span::Day(day) => Span::Day(day.saturating_add(steps)),
            Span::Month(month) => Span::Month(month.saturating_add(steps)),
        }
    }

    /// Its number.
    pub fn number(self) -> u32 {
        match self {
            Span::Day(number) | Span::Month(number) => number,
        }
    }

    /// The node that holds what is known of it.
    pub fn id(self) -> Id<Period> {
        let raw = match self {
            Span::Day(day) => DAYS + u64::from(day.min(900_000)),
            Span::Month(month) => MONTHS + u64::from(month.min(900_000)),
        };
        Id::new(raw).expect("it is neither 0 nor over 63 bits")
    }
}

pub(super) fn number_of_day(ms: u64) -> u32 {
    u32::try_from(ms / DAY_MS).unwrap_or(u32::MAX)
}

fn epoch() -> Date {
    Date::constant(1970, 1, 1)
}

fn date_of(day: u32) -> Date {
    let days = jiff::SignedDuration::from_hours(i64::from(day) * 24);
    epoch().checked_add(days).unwrap_or(epoch())
}

/// What is known of a day or a month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// How many people were here.
    #[serde(default)]
    pub people: u64,
    /// How many of them joined in which span of the same length: its number, and how many. Only the latest.
    #[serde(default)]
    pub joined: BTreeMap<u32, u64>,
    /// How many of them have which language of the interface.
    #[serde(default)]
    pub languages: BTreeMap<String, u64>,
    /// What else was counted.
    #[serde(default, flatten)]
    pub counts: Counts,
}

/// One figure of what is known.
pub type Figure = fn(&Period) -> u64;

/// What is counted beside people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// New accounts.
    #[serde(default)]
    pub sign_ups: u64,
    /// Posts.
    #[serde(default)]
    pub posts: u64,
    /// Likes, shares, and comments on others' posts.
    #[serde(default)]
    pub interactions: u64,
    /// Reports that were made.
    #[serde(default)]
    pub reported: u64,
    /// Cases that were decided.
    #[serde(default)]
    pub decided: u64,
}

impl Counts {
    /// Adds what was counted elsewhere.
    pub fn add(&mut self, more: &Counts) {
        self.sign_ups += more.sign_ups;
        self.posts += more.posts;
        self.interactions += more.interactions;
        self.reported += more.reported;
        self.decided += more.decided;
    }
}

impl Node for Period {
    const KIND: NodeKind = NodeKind(200);
    const NAME: &'static str = "census_periods";
}

graph::edges! {
    /// Who was here in a day or a month: until two days after, so that nobody is counted twice.
    PeopleHere = 200, "people_here": Period => Account, No, inverse PeriodsHere, purge Unlink;
    /// When an account was here.
    PeriodsHere = 201, "periods_here": Account => Period, No, inverse PeopleHere, purge Unlink;
    /// Everybody who was ever here, by the day they were here last.
    LastHere = 202, "last_here": Instance => Account, No, inverse LastHereOf, purge Unlink;
    /// The other side, so that a purge finds it.
    LastHereOf = 203, "last_here_of": Account => Instance, No, inverse LastHere, purge Unlink;
}
