//! Collects a page in the order asked for, and counts all.

use std::{cmp::Reverse, collections::BinaryHeap};

use engine::search::{Found, Question, Sort};
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};

use crate::generation::ID;

/// Smallest first: what has no place comes last, then the place, then the newest id.
type Rank = (bool, u64, Reverse<u64>);

pub(crate) struct Top {
    sort: Sort,
    scored: bool,
    offset: usize,
    limit: usize,
}

impl Top {
    pub(crate) fn of(question: &Question) -> Self {
        Self {
            sort: question.sort,
            scored: question.words.is_some(),
            offset: question.offset,
            limit: question.limit,
        }
    }

    /// So many hits at the top are enough.
    fn depth(&self) -> usize {
        if self.limit == 0 { 0 } else { self.offset.saturating_add(self.limit) }
    }
}

/// The hits of a segment: the last of the best on top of the heap.
pub(crate) struct SegmentTop {
    depth: usize,
    ids: Column<u64>,
    order: Order,
    best: BinaryHeap<Rank>,
    total: u64,
}

enum Order {
    Score,
    Descending(Column<u64>),
    Ascending(Column<u64>),
}

impl Collector for Top {
    type Fruit = Found;
    type Child = SegmentTop;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> Result<SegmentTop, TantivyError> {
        let columns = segment.fast_fields();
        let order = match self.sort {
            Sort::Relevance => Order::Score,
            Sort::Descending(name) => Order::Descending(columns.u64(name)?),
            Sort::Ascending(name) => Order::Ascending(columns.u64(name)?),
        };
        let ids = columns.u64(ID)?;
        Ok(SegmentTop { depth: self.depth(), ids, order, best: BinaryHeap::new(), total: 0 })
    }

    fn requires_scoring(&self) -> bool {
        self.scored && self.sort == Sort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<(Vec<Rank>, u64)>) -> Result<Found, TantivyError> {
        let total = segments.iter().map(|segment| segment.1).sum();
        let mut ranks: Vec<_> = segments.into_iter().flat_map(|segment| segment.0).collect();
        ranks.sort_unstable();
        let page = ranks.into_iter().skip(self.offset).take(self.limit);
        Ok(Found { ids: page.map(|rank| rank.2.0).collect(), total })
    }
}

impl SegmentCollector for SegmentTop {
    type Fruit = (Vec<Rank>, u64);

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        if self.depth == 0 {
            return;
        }
        let (last, place) = match &self.order {
            // Scores are not negative, and such floats sort as their bits do.
            Order::Score => (false, u64::MAX - u64::from(score.to_bits())),
            Order::Descending(column) => {
                column.first(document).map_or((true, 0), |number| (false, u64::MAX - number))
            }
            Order::Ascending(column) => {
                column.first(document).map_or((true, 0), |number| (false, number))
            }
        };
        self.best.push((last, place, Reverse(self.ids.first(document).unwrap_or(0))));
        if self.best.len() > self.depth {
            self.best.pop();
        }
    }

    fn harvest(self) -> (Vec<Rank>, u64) {
        (self.best.into_vec(), self.total)
    }
}
