//! What was seen and is not written yet: merged by hour in memory, with a bound. No id of a person is in here, only hashes.

use std::collections::{BTreeSet, HashMap, VecDeque};

use graph::Id;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{
    counts::{Counts, Split},
    model::DAY_HOURS,
    reach::Reach,
};
use crate::{accounts::model::Account, posts::model::Post};

/// Most entries (heaps and people in them) between two flushes. Beyond half of it a flush is asked for.
const ROOM: usize = 200_000;
/// Most pairs of a person and a post whose looks are bounded in an hour. Beyond, nothing counts until the next hour.
const PAIRS: usize = 500_000;
/// How often a person counts for a post in an hour, for each kind of look.
pub const TIMES_AN_HOUR: u8 = 3;
/// How many posts or days one commit writes.
pub(super) const PARCEL: usize = 80;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Seen,
    Viewed,
    Opened,
    Followed,
    Visited,
}

/// One look, by somebody who may look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub kind: Kind,
    /// At a post, with who looks as a hash of that post's own; none for a profile.
    pub post: Option<(Id<Post>, u64)>,
    pub author: Id<Account>,
    /// Who looks, as a hash of that author's own.
    pub person: u64,
    pub follows: bool,
}

/// Counts and people of one hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap {
    pub counts: Counts,
    followers: BTreeSet<u64>,
    others: BTreeSet<u64>,
}

impl Heap {
    fn note(&mut self, look: &Look, person: u64) -> usize {
        match look.kind {
            Kind::Seen => self.counts.impressions.more(look.follows, 1),
            Kind::Viewed => self.counts.views.more(look.follows, 1),
            Kind::Opened => self.counts.opens.more(look.follows, 1),
            Kind::Visited => self.counts.visits.more(look.follows, 1),
            Kind::Followed => self.counts.followed += 1,
        }
        let people = if look.follows { &mut self.followers } else { &mut self.others };
        let reaches = matches!(look.kind, Kind::Seen | Kind::Viewed | Kind::Opened);
        usize::from(reaches && people.insert(person))
    }

    /// Puts its people into what is kept; says how many were new.
    pub fn reach_into(&self, followers: &mut Reach, others: &mut Reach) -> Split {
        let new = |people: &BTreeSet<u64>, kept: &mut Reach| {
            let before = kept.count();
            people.iter().for_each(|person| kept.insert(*person));
            // An estimate may fall by a little.
            kept.count().saturating_sub(before)
        };
        Split { followers: new(&self.followers, followers), others: new(&self.others, others) }
    }
}

/// Heaps by hour since 1970.
type Hours = HashMap<u64, Heap>;

/// What is written to one node.
#[derive(Clone, Debug)]
pub(super) enum Unit {
    Post(Id<Post>, Id<Account>, Vec<(u64, Heap)>),
    Day(Id<Account>, u64, Vec<(u64, Heap)>),
}

/// What one commit writes.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub number: u64,
    pub units: Vec<Unit>,
}

#[derive(Debug, Default)]
struct Open {
    hour: u64,
    often: HashMap<(u64, Kind), u8>,
    posts: HashMap<Id<Post>, (Id<Account>, Hours)>,
    days: HashMap<(Id<Account>, u64), Hours>,
    entries: usize,
}

/// What waits to be written: closed, so that a second try writes the same.
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// The random number of this process's life; 0 before the first flush.
    pub by: u64,
    /// The newest parcel's number.
    pub number: u64,
    pub parcels: VecDeque<Parcel>,
}

/// Looks that wait to be written.
#[derive(Debug, Default)]
pub struct Tally {
    open: Mutex<Open>,
    pub(super) closed: tokio::sync::Mutex<Closed>,
    filling: Notify,
}

impl Tally {
    /// Counts a look in an hour (since 1970), unless the person counted often enough in it.
    pub(super) fn note(&self, hour: u64, look: &Look) {
        let mut open = self.open.lock();
        if open.hour != hour {
            open.hour = hour;
            open.often.clear();
        }
        // A follow is a follow of the author, from whichever post.
        let pair = match (look.post, look.kind) {
            (Some((_, person)), Kind::Seen | Kind::Viewed | Kind::Opened) => (person, look.kind),
            _ => (look.person, look.kind),
        };
        let most = if look.kind == Kind::Followed { 1 } else { TIMES_AN_HOUR };
        let times = open.often.get(&pair).copied().unwrap_or_default();
        let room = open.entries < ROOM && (times > 0 || open.often.len() < PAIRS);
        let result = match (times < most, room) {
            (true, true) => "counted",
            (false, _) => "often",
            (_, false) => "no_room",
        };
        metrics::counter!("insight_looks_total", "result" => result).increment(1);
        if result != "counted" {
            return;
        }
        open.often.insert(pair, times + 1);
        let mut more = 0;
        if let Some((post, person)) = look.post {
            let (_, hours) =
                open.posts.entry(post).or_insert_with(|| (look.author, HashMap::new()));
            more += usize::from(!hours.contains_key(&hour));
            more += hours.entry(hour).or_default().note(look, person);
        }
        let hours = open.days.entry((look.author, hour / DAY_HOURS)).or_default();
        more += usize::from(!hours.contains_key(&hour));
        more += hours.entry(hour).or_default().note(look, look.person);
        open.entries += more;
        if open.entries > ROOM / 2 {
            self.filling.notify_one();
        }
    }

    /// Waits until it is half full.
    pub async fn filling(&self) {
        self.filling.notified().await;
    }

    /// Takes all that is open, in parcels.
    pub(super) fn close(&self, closed: &mut Closed) {
        let (posts, days) = {
            let mut open = self.open.lock();
            open.entries = 0;
            (std::mem::take(&mut open.posts), std::mem::take(&mut open.days))
        };
        let in_order = |hours: Hours| {
            let mut hours: Vec<_> = hours.into_iter().collect();
            hours.sort_unstable_by_key(|hour| hour.0);
            hours
        };
        let posts = posts
            .into_iter()
            .map(|(post, (author, hours))| Unit::Post(post, author, in_order(hours)));
        let days = days
            .into_iter()
            .map(|((account, day), hours)| Unit::Day(account, day, in_order(hours)));
        let units: Vec<_> = posts.chain(days).collect();
        for units in units.chunks(PARCEL) {
            closed.number += 1;
            closed.parcels.push_back(Parcel { number: closed.number, units: units.to_vec() });
        }
    }
}
