//! The model: a random history on the engine and on the memory store must be the same history.

use std::sync::Arc;

use bytes::Bytes;

use super::{COUNTED, NAMES, OTHER_NAMES, PLAIN, STRANGER, THING, at, counted, dump, must};
use crate::{
    memory::store::MemoryStore,
    store::{EdgeKind, Expect, OnExisting, OnMissing, Op, Order, Range, Store, Upkeep},
};

/// Repeatable dice (xorshift64*): a failure happens again with the same seed.
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same for the same seed.
    pub fn new(seed: u64) -> Self {
        // Never 0, which xorshift cannot leave.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number from 0 to `sides - 1`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// A random batch of up to `most` operations over few ids, names and places, so that they often meet.
pub fn batch(dice: &mut Dice, most: u64) -> Vec<Op> {
    (0..=dice.roll(most)).map(|_| op(dice)).collect()
}

fn op(dice: &mut Dice) -> Op {
    let id = dice.roll(6) + 1;
    let list = if dice.roll(2) == 0 { COUNTED } else { PLAIN };
    let edge = at(dice.roll(3) + 1, list, dice.roll(8) + 1);
    let ord = dice.roll(24) + 1;
    let kind = if dice.roll(5) == 0 { STRANGER } else { THING };
    let space = if dice.roll(2) == 0 { NAMES } else { OTHER_NAMES };
    let name = format!("name-{}", dice.roll(4));
    let body = Bytes::from(format!("{{\"n\":{}}}", dice.roll(1_000)));
    let expect = match dice.roll(8) {
        0 => Expect::Absent,
        1 => Expect::Present,
        2 => Expect::Version(dice.roll(3) + 1),
        _ => Expect::Any,
    };
    match dice.roll(20) {
        0..=3 => Op::Put { kind, id, body, expect },
        4 => Op::Remove { kind, id, expect },
        5 => Op::Guard { kind, id, expect },
        6 => Op::GuardEdge { edge, exists: dice.roll(2) == 0 },
        7..=10 => {
            let on_existing =
                if dice.roll(4) == 0 { OnExisting::Conflict } else { OnExisting::Keep };
            let flags = dice.roll(4) as u32;
            Op::Link { edge, ord, flags, data: body, counted: counted(list), on_existing }
        }
        11..=12 => {
            let on_missing =
                if dice.roll(4) == 0 { OnMissing::Conflict } else { OnMissing::Ignore };
            Op::Unlink { edge, counted: counted(list), on_missing }
        }
        13 => Op::Move { edge, ord },
        // A flag may make an edge, which no count hears of: only uncounted lists are flagged so.
        14..=15 => Op::Flag {
            edge: at(edge.from, PLAIN, edge.to),
            ord,
            set: dice.roll(16) as u32,
            clear: dice.roll(16) as u32,
            must_change: dice.roll(4) == 0,
        },
        16 => Op::Annotate { edge, data: body },
        17 => Op::Claim { space, name, id },
        18 => match dice.roll(3) {
            0 => Op::Release { space, name, id },
            _ => Op::Sequence { space, name },
        },
        _ => Op::Emit { id: dice.roll(1 << 40) + 1, topic: dice.roll(9) as u16, body },
    }
}

fn page(dice: &mut Dice) -> Range {
    let kind: EdgeKind = if dice.roll(2) == 0 { COUNTED } else { PLAIN };
    let bound = |dice: &mut Dice| (dice.roll(2) == 0).then(|| dice.roll(26));
    Range {
        from: dice.roll(3) + 1,
        kind,
        below: bound(dice),
        above: bound(dice),
        order: if dice.roll(2) == 0 { Order::Newest } else { Order::Oldest },
        limit: dice.roll(9) as usize,
    }
}

/// 400 random batches: every answer, page, count and holder equals the memory store's, and so does the end.
pub async fn a_random_history_equals_the_reference<E: Store + Upkeep>(store: Arc<E>) {
    let model = MemoryStore::new();
    let mut dice = Dice::new(20_260_101);
    let mut commits = 0;
    for round in 0..400 {
        let batch = batch(&mut dice, 6);
        let expected = model.commit(batch.clone()).await;
        let text = format!("round {round}: {batch:?}");
        assert_eq!(store.commit(batch).await, expected, "{text}");
        commits += usize::from(expected.is_ok());
        let pages: Vec<_> = (0..4).map(|_| page(&mut dice)).collect();
        assert_eq!(must(store.ranges(&pages).await), must(model.ranges(&pages).await), "{text}");
        let edges: Vec<_> = pages.iter().map(|page| at(page.from, page.kind, 3)).collect();
        assert_eq!(must(store.edges(&edges).await), must(model.edges(&edges).await), "{text}");
        let nodes: Vec<_> = (1..=6).flat_map(|id| [(THING, id), (STRANGER, id)]).collect();
        assert_eq!(must(store.nodes(&nodes).await), must(model.nodes(&nodes).await), "{text}");
        if round % 40 == 0 {
            assert_eq!(dump(&*store).await, dump(&model).await, "{text}");
        }
    }
    assert!(commits > 100, "only {commits} of 400 batches committed");
    assert_eq!(dump(&*store).await, dump(&model).await);
    assert_eq!(must(store.miscounts().await), []);
}
