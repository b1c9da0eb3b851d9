//! What runs at times: each slot of a schedule once, however many processes tick and restart.
//!
//! The last slot of every schedule stands in one node. A tick raises it and emits the slot's event in one
//! commit that names the node's version: of two schedulers one wins, and a crash loses nothing and repeats
//! nothing. Slots that passed while nobody ran are one slot: the newest.

use std::{collections::BTreeMap, sync::Arc};

use engine::{
    queue::{LONG, NewJob},
    store::{CommitError, Expect, NodeKind, ReadError},
};
use graph::{Batch, Event, Graph, Id, Mint, Node, NodeDecl, Writing};
use serde::{Deserialize, Serialize};

use crate::SCHEDULED;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// How often a tick tries again when another scheduler was faster.
const TRIES: usize = 8;

/// When a schedule runs. Times are UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// At each multiple of so many minutes since 1970 (0 counts as 1).
    Minutes(u32),
    /// Once a day at this hour and minute.
    DailyAt(u8, u8),
    /// Once a week on this day (0 is Monday), at this hour and minute.
    WeeklyAt(u8, u8, u8),
}

impl Every {
    /// When the slot after the one that holds `now_ms` begins.
    pub fn next_ms(self, now_ms: u64) -> u64 {
        let (length, offset) = self.grid();
        self.slot_ms(now_ms).map_or(offset, |slot_ms| slot_ms + length)
    }

    /// When the slot that holds `now_ms` began; `None` before the first one.
    pub fn slot_ms(self, now_ms: u64) -> Option<u64> {
        let (length, offset) = self.grid();
        now_ms.checked_sub(offset).map(|since| since / length * length + offset)
    }

    /// How long a slot is, and when the first one began.
    fn grid(self) -> (u64, u64) {
        match self {
            Every::Minutes(minutes) => (u64::from(minutes.max(1)) * MINUTE_MS, 0),
            Every::DailyAt(hour, minute) => {
                (DAY_MS, (u64::from(hour) * 60 + u64::from(minute)) * MINUTE_MS % DAY_MS)
            }
            Every::WeeklyAt(day, hour, minute) => {
                // 1970 began on a Thursday: the first Monday was its fifth day.
                let days = (u64::from(day) + 4) % 7;
                let minutes = (days * 24 + u64::from(hour)) * 60 + u64::from(minute);
                (7 * DAY_MS, minutes * MINUTE_MS % (7 * DAY_MS))
            }
        }
    }
}

/// A job that runs at times.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its name, unique among schedules; a new name is a new schedule, which runs at the first tick.
    pub name: &'static str,
    /// When.
    pub every: Every,
    /// The kind of its jobs.
    pub kind: &'static str,
    /// Their body.
    pub body: serde_json::Value,
}

/// Why a tick did nothing. The slots stay due.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The store did not answer the read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store did not take the commit.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// What the store holds about past slots does not decode.
    #[error("the record of past slots does not decode: {0}")]
    Corrupt(String),
}

/// The last slot of each schedule.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct PastSlots {
    /// Unix milliseconds by name.
    #[serde(default)]
    last: BTreeMap<String, u64>,
}

impl Node for PastSlots {
    const KIND: NodeKind = NodeKind(3);
    const NAME: &'static str = "schedules";
}

/// A slot that is due, as the event that makes its job.
#[derive(Serialize, Deserialize)]
pub(crate) struct Slot {
    name: String,
    slot_ms: u64,
    kind: String,
    body: serde_json::Value,
}

impl Event for Slot {
    fn topic(&self) -> u16 {
        SCHEDULED
    }
}

impl Slot {
    pub fn job(&self) -> NewJob {
        NewJob {
            key: format!("schedule:{}:{}", self.name, self.slot_ms),
            kind: self.kind.clone(),
            body: self.body.to_string().into(),
            run_at_ms: self.slot_ms,
            priority: LONG,
        }
    }
}

/// All schedules of the product.
pub struct Schedules {
    graph: Arc<Graph>,
    mint: Arc<Mint>,
    list: Vec<Schedule>,
}

impl Schedules {
    /// The declaration of the node that holds the past slots, for the schema.
    pub const DECL: NodeDecl = PastSlots::DECL;

    /// Schedules whose past slots stand in this graph.
    pub fn new(graph: Arc<Graph>, mint: Arc<Mint>, list: Vec<Schedule>) -> Schedules {
        Schedules { graph, mint, list }
    }

    /// When the last slot of each schedule began, by its name, Unix milliseconds.
    pub async fn last(graph: &Graph) -> Result<BTreeMap<String, u64>, ScheduleError> {
        Ok(read_past(graph).await?.0.last)
    }

    /// Emits the event of every slot that is due; says how many. None is due while the store comes to rest, or rests.
    pub async fn tick(&self, now_ms: u64) -> Result<usize, ScheduleError> {
        if self.graph.gate().writing() != Writing::All {
            return Ok(0);
        }
        let mut lost = None;
        for _ in 0..TRIES {
            match self.try_tick(now_ms).await {
                Err(ScheduleError::Commit(error @ CommitError::Conflict { .. })) => {
                    lost = Some(error);
                }
                answer => return answer,
            }
        }
        lost.map_or(Ok(0), |error| Err(error.into()))
    }

    async fn try_tick(&self, now_ms: u64) -> Result<usize, ScheduleError> {
        if self.list.is_empty() {
            return Ok(0);
        }
        let (mut past, expect) = read_past(&self.graph).await?;
        let mut due = Vec::new();
        for schedule in &self.list {
            let Some(slot_ms) = schedule.every.slot_ms(now_ms) else { continue };
            // A clock that was set back makes no slot due again.
            if past.last.get(schedule.name).is_some_and(|last| *last >= slot_ms) {
                continue;
            }
            past.last.insert(schedule.name.to_owned(), slot_ms);
            due.push(Slot {
                name: schedule.name.to_owned(),
                slot_ms,
                kind: schedule.kind.to_owned(),
                body: schedule.body.clone(),
            });
        }
        if due.is_empty() {
            return Ok(0);
        }
        let mut batch = Batch::new();
        batch.put(record_id(), &past, expect);
        for slot in &due {
            batch.emit(self.mint.next(), slot);
        }
        self.graph.commit(batch).await?;
        Ok(due.len())
    }
}

/// Straight from the store: another process may have ticked since this one cached anything.
async fn read_past(graph: &Graph) -> Result<(PastSlots, Expect), ScheduleError> {
    let asked = (PastSlots::KIND, record_id().raw());
    let Some(record) = graph.store().nodes(&[asked]).await?.pop().flatten() else {
        return Ok((PastSlots::default(), Expect::Absent));
    };
    let past = serde_json::from_slice(&record.body)
        .map_err(|error| ScheduleError::Corrupt(error.to_string()))?;
    Ok((past, Expect::Version(record.version)))
}

/// A small number: ids of the product are times shifted left, and process numbers end at 64.
fn record_id() -> Id<PastSlots> {
    Id::new(128).expect("128 is neither 0 nor over 63 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_begins_at_its_multiple_or_its_hour() {
        let noon = 20_000 * DAY_MS + DAY_MS / 2;
        assert_eq!(Every::Minutes(5).slot_ms(noon + 299_999), Some(noon));
        assert_eq!(Every::Minutes(5).slot_ms(noon + 300_000), Some(noon + 300_000));
        assert_eq!(Every::Minutes(0).slot_ms(noon + 59_999), Some(noon));
        assert_eq!(Every::DailyAt(12, 0).slot_ms(noon), Some(noon));
        assert_eq!(Every::DailyAt(12, 1).slot_ms(noon), Some(noon + MINUTE_MS - DAY_MS));
        assert_eq!(Every::DailyAt(3, 30).slot_ms(1), None);
        // 2026-11-23 was a Monday.
        let monday = 20_780 * DAY_MS;
        let at = |day| Every::WeeklyAt(day, 6, 30);
        let half_past_six = 390 * MINUTE_MS;
        assert_eq!(at(0).slot_ms(monday + half_past_six), Some(monday + half_past_six));
        assert_eq!(at(0).slot_ms(monday + 7 * DAY_MS), Some(monday + half_past_six));
        assert_eq!(at(6).slot_ms(monday), Some(monday - DAY_MS + half_past_six));
        assert_eq!(at(0).slot_ms(1), None);
        assert_eq!(Every::Minutes(5).next_ms(noon + 1), noon + 300_000);
        assert_eq!(Every::DailyAt(12, 1).next_ms(noon), noon + MINUTE_MS);
        assert_eq!(Every::DailyAt(3, 30).next_ms(1), 210 * MINUTE_MS);
    }
}
