//! How hot something is: interest that decays, measured against what is usual for it.

use serde::{Deserialize, Serialize};

use super::crowd::Crowd;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// After so long without anybody new, half of the heat is left: of tags and links, and of posts, which age faster.
pub const HALF_LIFE_MS: u64 = DAY_MS / 2;
pub const POST_HALF_LIFE_MS: u64 = DAY_MS / 3;
/// Days that are remembered, today among them; the week before today is what is usual.
pub const DAYS: usize = 8;
/// What fewer people did on a day is no trend: of tags and links, and of posts (their authors apart).
pub const LEAST_PEOPLE: u32 = 3;
pub const LEAST_LIKES: u32 = 2;
/// What has less heat is forgotten.
pub const COLD: f64 = 0.02;

/// The number of a day, UTC.
pub fn day_of(ms: u64) -> u32 {
    (ms / DAY_MS) as u32
}

/// What is left of heat after so long.
pub fn decayed(heat: f64, elapsed_ms: u64, half_life_ms: u64) -> f64 {
    heat * (-(elapsed_ms as f64) / half_life_ms as f64).exp2()
}

/// Use of a thing on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Days since 1970.
    pub day: u32,
    /// Posts.
    pub uses: u32,
    /// People.
    pub people: u32,
}

/// A tag or a link in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Warm {
    /// Which.
    pub id: u64,
    /// People who took it up, decayed to when the ledger was written.
    pub heat: f64,
    /// Days with use, the newest first.
    pub days: Vec<Day>,
    /// Who it was on the newest day.
    #[serde(default)]
    pub crowd: Crowd,
}

impl Warm {
    /// Somebody used it on a day. The same person counts once a day, in whatever order days come.
    pub fn used(&mut self, day: u32, person: u64) {
        match self.days.first_mut() {
            Some(newest) if newest.day == day => {
                newest.uses += 1;
                if self.crowd.add(person) {
                    newest.people = self.crowd.count();
                    self.heat += 1.0;
                }
            }
            // A post of yesterday that came after today's: who it was is not known any more.
            Some(newest) if newest.day > day => {
                if let Some(known) = self.days.iter_mut().find(|known| known.day == day) {
                    known.uses += 1;
                }
            }
            _ => {
                self.crowd = Crowd::default();
                self.crowd.add(person);
                self.days.insert(0, Day { day, uses: 1, people: 1 });
                self.days.truncate(DAYS);
                self.heat += 1.0;
            }
        }
    }

    fn on(&self, day: u32) -> Day {
        let known = self.days.iter().find(|known| known.day == day);
        known.copied().unwrap_or(Day { day, ..Day::default() })
    }

    /// The last seven days, today first.
    pub fn week(&self, now_ms: u64) -> Vec<Day> {
        let today = day_of(now_ms);
        (0..7).map(|back| self.on(today.saturating_sub(back))).collect()
    }

    /// How hot it is now; none where too few people take part.
    pub fn score(&self, now_ms: u64) -> Option<f64> {
        let today = day_of(now_ms);
        let (now, before) = (self.on(today), self.on(today.saturating_sub(1)));
        if now.people.max(before.people) < LEAST_PEOPLE {
            return None;
        }
        // Of the last day and night, about: what of yesterday lies within it.
        let elapsed = (now_ms % DAY_MS) as f64 / DAY_MS as f64;
        let recent = f64::from(now.people) + f64::from(before.people) * (1.0 - elapsed);
        let week: u32 = (1..=7).map(|back| self.on(today.saturating_sub(back)).people).sum();
        let usual = f64::from(week) / 7.0;
        Some(self.heat * velocity(recent, usual))
    }
}

/// How much faster than usual: from a quarter to four times.
fn velocity(recent: f64, usual: f64) -> f64 {
    ((recent + 1.0) / (usual + 1.0)).clamp(0.25, 4.0)
}

/// A post in the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmPost {
    /// Which.
    pub id: u64,
    /// Likes, and shares twice, decayed to when the ledger was written.
    pub heat: f64,
    /// How many of them there were.
    pub known: u64,
    /// How many people, at least, its author apart.
    pub people: u32,
}

impl WarmPost {
    /// What is known of it now: what came since adds to its heat.
    pub fn measured(&mut self, likes: u64, shares: u64) {
        let now = likes + 2 * shares;
        self.heat += now.saturating_sub(self.known) as f64;
        self.known = now;
        self.people = u32::try_from(likes.max(shares)).unwrap_or(u32::MAX);
    }

    /// How hot it is now; none where too few people take part.
    pub fn score(&self) -> Option<f64> {
        (self.people >= LEAST_LIKES).then_some(self.heat)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: u64 = 20_000 * DAY_MS + DAY_MS / 2;

    fn with(people: &[(u32, u64)]) -> Warm {
        let mut warm = Warm { id: 1, ..Warm::default() };
        people.iter().for_each(|(back, person)| warm.used(day_of(NOON) - back, *person));
        warm
    }

    #[test]
    fn what_is_always_used_as_much_is_less_hot_than_what_is_new() {
        let always: Vec<_> =
            (0..8).rev().flat_map(|back| (0..20).map(move |p| (back, p))).collect();
        let mut usual = with(&always);
        let mut fresh = with(&(0..20).map(|person| (0, person)).collect::<Vec<_>>());
        // The same heat, so that velocity alone decides.
        (usual.heat, fresh.heat) = (20.0, 20.0);
        assert!(fresh.score(NOON).unwrap() > 2.0 * usual.score(NOON).unwrap());
    }

    #[test]
    fn one_person_is_no_trend_however_often_they_post() {
        let shouting = with(&vec![(0, 7); 1_000]);
        assert_eq!((shouting.heat, shouting.score(NOON)), (1.0, None));
        assert_eq!(shouting.week(NOON)[0], Day { day: day_of(NOON), uses: 1_000, people: 1 });
        assert!(with(&[(0, 1), (0, 2), (0, 3)]).score(NOON).is_some());
    }

    #[test]
    fn a_post_is_as_hot_as_what_came_since() {
        let mut post = WarmPost::default();
        post.measured(1, 0);
        assert_eq!(post.score(), None);
        post.measured(4, 2);
        assert_eq!((post.score(), post.people), (Some(8.0), 4));
        // Taken back and given again it gains nothing twice but what was taken back.
        post.measured(4, 2);
        assert_eq!(post.score(), Some(8.0));
    }

    proptest! {
        #[test]
        fn heat_only_falls_with_time(heat in 0.0..1e6f64, a in 0..DAY_MS * 30, b in 0..DAY_MS * 30) {
            let (sooner, later) = (a.min(b), a.max(b));
            let [sooner, later] = [sooner, later].map(|ms| decayed(heat, ms, HALF_LIFE_MS));
            prop_assert!(later <= sooner && sooner <= heat && later >= 0.0);
        }

        #[test]
        fn more_people_are_never_less_hot(
            days in prop::collection::vec((0u32..8, 0u64..40), 0..60), more in 100u64..200,
        ) {
            let mut ordered = days;
            ordered.sort_by_key(|(back, _)| std::cmp::Reverse(*back));
            let before = with(&ordered);
            let mut after = before.clone();
            after.used(day_of(NOON), more);
            prop_assert!(after.score(NOON).unwrap_or(0.0) >= before.score(NOON).unwrap_or(0.0));
            prop_assert!(after.days.len() <= DAYS);
            prop_assert_eq!(after.week(NOON).len(), 7);
        }
    }
}
