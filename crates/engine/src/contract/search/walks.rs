//! Walks: page by page through an answer that others change meanwhile.

use std::{collections::HashMap, sync::Arc};

use super::{THINGS, document, everything, full, must, put, question, specs};
use crate::search::{
    Change, Cursor, DEEPEST, Document, Found, Question, Recency, Search, SearchError, Sort, Start,
    Value,
};

/// The present of these walks.
const NOW: u64 = 1_800_000_000_000;

fn sorts() -> [Sort; 7] {
    let recency = Recency { field: "born", now: NOW, half_life: 1_000_000_000, weight: 100 };
    [
        Sort::Relevance,
        Sort::Fresh(recency),
        Sort::Descending("size"),
        Sort::Ascending("size"),
        Sort::Ascending("born"),
        Sort::Ascending("tags"),
        Sort::Descending("tags"),
    ]
}

/// Stays as it is. Some have no number, some no tag; texts differ in length, so that scores do.
fn lasting(id: u64) -> Document {
    let tags: &[&str] = [&["a"][..], &["b", "c"], &[]][id as usize % 3];
    let mut lasting = full(id, &"words ".repeat(1 + id as usize % 5), "", tags, id % 4);
    if !id.is_multiple_of(5) {
        lasting.values.push(("born", Value::Number(NOW - id * 10_000_000)));
    }
    lasting
}

/// Comes and changes.
fn passing(id: u64, version: u64) -> Document {
    Document { version, ..full(id, "words and other words", "", &["b"], version % 4) }
}

async fn page<S: Search>(search: &S, sort: Sort, start: Start, limit: usize) -> Found {
    let words = Some(("words", false));
    must(search.ask(Question { sort, start, limit, ..question(words, everything()) }).await)
}

/// Whatever the order, and whatever is written between two pages.
pub async fn a_walk_meets_what_stays_exactly_once_whatever_is_written<S: Search>(search: Arc<S>) {
    put(&*search, (1..=60).map(lasting).collect()).await;
    let mut version = 0;
    for sort in sorts() {
        let (mut met, mut start) = (HashMap::new(), Start::Walk);
        let mut pages = 0;
        loop {
            let found = page(&*search, sort, start, 7).await;
            pages += 1;
            assert!(pages < 100, "{sort:?}: the walk does not end");
            for id in found.ids {
                *met.entry(id).or_insert(0) += 1;
            }
            let Some(next) = found.next else { break };
            start = Start::After(next);
            version += 1;
            let mut changes: Vec<_> =
                (100..=110).map(|id| Change::Put(passing(id, version))).collect();
            changes.push(Change::Put(passing(200 + version, version)));
            changes.push(Change::Delete { id: 198 + version, version });
            must(search.write(THINGS, changes).await);
            must(search.refresh().await);
        }
        for id in 1..=60 {
            assert_eq!(met.get(&id), Some(&1), "{id} in {sort:?}");
        }
    }
}

/// A rebuild takes the moment of a walk away: it goes on in the new index.
pub async fn a_walk_goes_on_when_the_index_is_swapped<S: Search>(search: Arc<S>) {
    put(&*search, (1..=40).map(lasting).collect()).await;
    for sort in [Sort::Descending("size"), Sort::Ascending("tags")] {
        let first = page(&*search, sort, Start::Walk, 15).await;
        must(search.rebuild(THINGS).await);
        must(search.refill(THINGS, (1..=40).map(lasting).collect()).await);
        must(search.swap(THINGS).await);
        must(search.refresh().await);
        let mut met = first.ids;
        let mut next = first.next;
        while let Some(cursor) = next {
            let found = page(&*search, sort, Start::After(cursor), 15).await;
            assert_eq!(found.total, 40, "{sort:?}");
            met.extend(found.ids);
            next = found.next;
        }
        met.sort_unstable();
        assert_eq!(met, (1..=40).collect::<Vec<_>>(), "{sort:?}");
    }
}

/// Pages that are counted end after the first [`DEEPEST`]; a walk meets all.
pub async fn a_walk_goes_beyond_where_counted_pages_end<S: Search>(search: Arc<S>) {
    let all = DEEPEST as u64 + 50;
    let sized = |id| Document { id, version: 1, values: vec![("size", Value::Number(id))] };
    let ids: Vec<u64> = (1..=all).collect();
    for some in ids.chunks(2_000) {
        must(search.write(THINGS, some.iter().map(|id| Change::Put(sized(*id))).collect()).await);
    }
    must(search.refresh().await);
    let sort = Sort::Ascending("size");
    let asked = |start, limit| Question { sort, start, limit, ..question(None, everything()) };
    let last = must(search.ask(asked(Start::At(DEEPEST - 10), 20)).await);
    assert_eq!(last.ids, ids[DEEPEST - 10..DEEPEST]);
    assert_eq!((last.total, last.next), (all, None));
    let beyond = must(search.ask(asked(Start::At(DEEPEST), 20)).await);
    assert_eq!((beyond.ids, beyond.total), (vec![], all));
    let (mut walked, mut start) = (Vec::new(), Start::Walk);
    loop {
        let found = must(search.ask(asked(start, 4_000)).await);
        walked.extend(found.ids);
        let Some(next) = found.next else { break };
        start = Start::After(next);
    }
    assert_eq!(walked, ids);
    let largest = must(search.ask(asked(Start::Walk, usize::MAX)).await);
    assert_eq!(largest.ids.len(), DEEPEST);
    must(search.leave(largest.next.expect("there is more")).await);
}

/// Leaving is for those who stop; who goes on after it goes on as of now. A cursor of another question, or of nobody, is
/// refused; one whose moment is long gone is not.
pub async fn a_walk_may_be_left_and_a_strange_cursor_is_refused<S: Search>(search: Arc<S>) {
    put(&*search, (1..=30).map(lasting).collect()).await;
    let sort = Sort::Descending("size");
    let first = page(&*search, sort, Start::Walk, 10).await;
    let cursor = first.next.expect("there is more");
    must(search.leave(cursor.clone()).await);
    must(search.leave(cursor.clone()).await);
    let second = page(&*search, sort, Start::After(cursor.clone()), 20).await;
    let mut met = [first.ids, second.ids].concat();
    met.sort_unstable();
    assert_eq!(met, (1..=30).collect::<Vec<_>>());
    let others = |index, sort, cursor: &Cursor| Question {
        index,
        sort,
        start: Start::After(cursor.clone()),
        ..question(Some(("words", false)), everything())
    };
    let other = specs()[1].name;
    for strange in [
        others(other, sort, &cursor),
        others(THINGS, Sort::Ascending("size"), &cursor),
        others(THINGS, sort, &Cursor(String::new())),
        others(THINGS, sort, &Cursor("things~d-size~0~\"}~00".to_owned())),
    ] {
        let answer = search.ask(strange).await;
        assert!(matches!(answer, Err(SearchError::Refused(_))), "{answer:?}");
    }
    // What nobody ever made, but could have been: the walk begins somewhere, or is refused; nothing breaks.
    for text in ["things~d-size~0~999~", "things~d-size~0~~31", "things~d-size~0~abc~39206e31"] {
        let asked = others(THINGS, sort, &Cursor(text.to_owned()));
        match search.ask(asked).await {
            Ok(found) => assert_eq!(found.total, 30, "{text}"),
            Err(error) => assert!(matches!(error, SearchError::Refused(_)), "{text}: {error}"),
        }
    }
    put(&*search, vec![document(31, 1, "words")]).await;
    assert_eq!(page(&*search, sort, Start::At(0), 100).await.total, 31);
}
