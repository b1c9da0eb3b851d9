//! Collects a page in the order asked for, from where the walk stands, and counts all.

use std::{cmp::Reverse, collections::BinaryHeap, io};

use engine::search::{FieldKind, IndexSpec, Place, Question, Rank, Sort};
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::{
        Column, StrColumn,
        TermOrdHit::{Exact, Next},
    },
};

use crate::generation::ID;

/// A [`Rank`] within one segment, whose words are known by their numbers there: what has no place comes last, then the
/// place, then the newest id.
type Here = (bool, u64, Reverse<u64>);

pub(crate) struct Top {
    sort: Sort,
    /// The field to sort by holds words.
    by_words: bool,
    scored: bool,
    after: Option<Rank>,
    /// So many hits at the top are enough.
    depth: usize,
}

/// What was collected: ranks in order, at most as many as asked for, and how many hits there are in all.
pub(crate) type Ranks = (Vec<Rank>, u64);

impl Top {
    pub(crate) fn of(question: &Question, spec: &IndexSpec, after: Option<Rank>) -> Self {
        let (offset, limit) = question.window();
        let by_words = match question.sort {
            Sort::Relevance | Sort::Fresh(_) => false,
            Sort::Descending(name) | Sort::Ascending(name) => {
                spec.kind(name) == Some(FieldKind::Keywords)
            }
        };
        let depth = if limit == 0 { 0 } else { offset + limit };
        Self { sort: question.sort, by_words, scored: question.words.is_some(), after, depth }
    }
}

/// The hits of a segment: the last of the best on top of the heap.
pub(crate) struct SegmentTop {
    depth: usize,
    ids: Column<u64>,
    order: Order,
    after: Option<Here>,
    best: BinaryHeap<Here>,
    total: u64,
}

enum Order {
    Score,
    Fresh(engine::search::Recency, Column<u64>),
    Descending(Column<u64>),
    Ascending(Column<u64>),
    /// Words by their numbers; whether the greatest comes first. No column: no document of the segment has any.
    Words(Option<StrColumn>, bool),
}

impl Order {
    fn place(&self, document: DocId, score: Score) -> Option<u64> {
        let number = |place| match place {
            Place::Number(number) => Some(number),
            Place::Word(_) | Place::Back(_) | Place::Nothing => None,
        };
        match self {
            Order::Score => number(Place::score(f64::from(score))),
            Order::Fresh(recency, column) => {
                let factor = recency.factor(column.first(document));
                number(Place::score(f64::from(score) * factor))
            }
            Order::Descending(column) => number(Place::number(column.first(document), true)),
            Order::Ascending(column) => number(Place::number(column.first(document), false)),
            Order::Words(words, true) => {
                words.as_ref()?.term_ords(document).max().map(|number| u64::MAX - number)
            }
            Order::Words(words, false) => words.as_ref()?.term_ords(document).min(),
        }
    }

    /// A rank as this segment has it. A word that is not here stands between two that are.
    fn here(&self, rank: &Rank) -> io::Result<Here> {
        let id = rank.id;
        Ok(match (&rank.place, self) {
            (Place::Number(number), _) => (false, *number, id),
            (Place::Word(word), Order::Words(Some(words), _)) => {
                match words.dictionary().term_ord_or_next(word)? {
                    Exact(number) => (false, number, id),
                    Next(number) => (false, number, Reverse(u64::MAX)),
                }
            }
            (Place::Back(Reverse(word)), Order::Words(Some(words), _)) => {
                match words.dictionary().term_ord_or_next(word)? {
                    Exact(number) => (false, u64::MAX - number, id),
                    Next(number) => (false, u64::MAX - number, Reverse(0)),
                }
            }
            // Here are only documents without a value.
            (Place::Word(_) | Place::Back(_), _) => (true, 0, Reverse(u64::MAX)),
            (Place::Nothing, _) => (true, 0, id),
        })
    }

    /// What [`Order::place`] said, for other segments.
    fn rank(&self, (last, place, id): Here) -> io::Result<Rank> {
        let place = match (last, self) {
            (true, _) => Place::Nothing,
            (false, Order::Words(words, descending)) => {
                let number = if *descending { u64::MAX - place } else { place };
                let mut word = String::new();
                if let Some(words) = words {
                    words.ord_to_str(number, &mut word)?;
                }
                Place::word(Some(word), *descending)
            }
            (false, _) => Place::Number(place),
        };
        Ok(Rank { place, id })
    }
}

impl Collector for Top {
    type Fruit = Ranks;
    type Child = SegmentTop;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> Result<SegmentTop, TantivyError> {
        let columns = segment.fast_fields();
        let order = match self.sort {
            Sort::Relevance => Order::Score,
            Sort::Fresh(recency) => Order::Fresh(recency, columns.u64(recency.field)?),
            Sort::Descending(name) if self.by_words => Order::Words(columns.str(name)?, true),
            Sort::Ascending(name) if self.by_words => Order::Words(columns.str(name)?, false),
            Sort::Descending(name) => Order::Descending(columns.u64(name)?),
            Sort::Ascending(name) => Order::Ascending(columns.u64(name)?),
        };
        let after = self.after.as_ref().map(|after| order.here(after)).transpose()?;
        let (ids, best) = (columns.u64(ID)?, BinaryHeap::new());
        Ok(SegmentTop { depth: self.depth, ids, order, after, best, total: 0 })
    }

    fn requires_scoring(&self) -> bool {
        self.scored && matches!(self.sort, Sort::Relevance | Sort::Fresh(_))
    }

    fn merge_fruits(&self, segments: Vec<io::Result<Ranks>>) -> Result<Ranks, TantivyError> {
        let (mut ranks, mut total) = (Vec::new(), 0);
        for segment in segments {
            let (some, count) = segment?;
            ranks.extend(some);
            total += count;
        }
        ranks.sort_unstable();
        ranks.truncate(self.depth);
        Ok((ranks, total))
    }
}

impl SegmentCollector for SegmentTop {
    type Fruit = io::Result<Ranks>;

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        if self.depth == 0 {
            return;
        }
        let place = self.order.place(document, score);
        let id = Reverse(self.ids.first(document).unwrap_or(0));
        let here = (place.is_none(), place.unwrap_or(0), id);
        if self.after.is_some_and(|after| here <= after) {
            return;
        }
        self.best.push(here);
        if self.best.len() > self.depth {
            self.best.pop();
        }
    }

    fn harvest(self) -> io::Result<Ranks> {
        let ranks: io::Result<Vec<Rank>> =
            self.best.into_iter().map(|here| self.order.rank(here)).collect();
        Ok((ranks?, self.total))
    }
}
