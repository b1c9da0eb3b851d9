//! Lists: what a filter leaves, in the order of a field, counted; and how much the age of a document counts.

use std::{cmp::Reverse, sync::Arc};

use super::{THINGS, document, everything, full, must, put, question};
use crate::search::{Change, Document, Filter, Question, Recency, Search, Sort, Start, Value};

/// Keywords sort as UTF-8 does, upwards by their least and downwards by their greatest; documents without any come last.
pub async fn words_sort_by_their_characters<S: Search>(search: Arc<S>) {
    let tags: [(u64, &[&str]); 8] = [
        (1, &["b"]),
        (2, &["a", "z"]),
        (3, &["Z"]),
        (4, &["é"]),
        (5, &["m", "b", "n"]),
        (6, &[""]),
        (7, &["b"]),
        (8, &[]),
    ];
    let mut documents: Vec<_> = tags.iter().map(|(id, tags)| full(*id, "x", "", tags, 0)).collect();
    documents.push(document(9, 1, "x"));
    // Among several commits, so that engines with segments have several.
    for document in documents {
        put(&*search, vec![document]).await;
    }
    let up = [6, 3, 2, 7, 5, 1, 4, 9, 8];
    let down = [4, 2, 5, 7, 1, 3, 6, 9, 8];
    for (sort, expected) in [(Sort::Ascending("tags"), up), (Sort::Descending("tags"), down)] {
        let asked = Question { sort, ..question(None, everything()) };
        assert_eq!(must(search.ask(asked.clone()).await).ids, expected, "{sort:?}");
        let mut walked = Vec::new();
        let mut start = Start::Walk;
        loop {
            let page = must(search.ask(Question { start, limit: 1, ..asked.clone() }).await);
            assert_eq!(page.total, 9);
            walked.extend(page.ids);
            let Some(next) = page.next else { break };
            start = Start::After(next);
        }
        assert_eq!(walked, expected, "{sort:?}, one by one");
    }
}

/// What an admin's list asks for: any of the filters, in the order of any field, page by page, with a count of all.
pub async fn a_list_is_filtered_sorted_and_counted<S: Search>(search: Arc<S>) {
    struct Row {
        id: u64,
        role: &'static str,
        state: &'static str,
        born: Option<u64>,
        size: u64,
    }
    let day = 86_400_000;
    let rows: Vec<Row> = (1..=60)
        .map(|id| Row {
            id,
            role: ["member", "member", "moderator", "admin"][id as usize * 7 % 4],
            state: ["active", "suspended", "active"][id as usize % 3],
            born: (id % 10 != 0).then_some(1_700_000_000_000 + id * 37 % 60 * day),
            size: id * 13 % 7,
        })
        .collect();
    let put_row = |row: &Row| {
        let tags = [row.role, row.state].map(str::to_owned).to_vec();
        let mut values = vec![("tags", Value::Keywords(tags)), ("size", Value::Number(row.size))];
        values.extend(row.born.map(|born| ("born", Value::Number(born))));
        Change::Put(Document { id: row.id, version: 1, values })
    };
    must(search.write(THINGS, rows.iter().map(put_row).collect()).await);
    must(search.refresh().await);
    let has = |word: &str| Filter::Has("tags", word.to_owned());
    let since = 1_700_000_000_000 + 20 * day;
    type Holds = fn(&Row, u64) -> bool;
    let filters: [(Filter, Holds); 5] = [
        (everything(), |_, _| true),
        (has("suspended"), |row, _| row.state == "suspended"),
        (Filter::All(vec![has("active"), Filter::Not(Box::new(has("member")))]), |row, _| {
            row.state == "active" && row.role != "member"
        }),
        (Filter::Between("born", since, u64::MAX >> 1), |row, since| {
            row.born.is_some_and(|born| born >= since)
        }),
        (
            Filter::All(vec![
                Filter::Any(vec![has("admin"), has("moderator")]),
                Filter::Between("size", 2, 5),
            ]),
            |row, _| row.role != "member" && (2..=5).contains(&row.size),
        ),
    ];
    type Order = fn(&Row) -> (bool, u64, Reverse<u64>);
    let orders: [(Sort, Order); 4] = [
        (Sort::Descending("born"), |row| {
            (row.born.is_none(), u64::MAX - row.born.unwrap_or(0), Reverse(row.id))
        }),
        (Sort::Ascending("born"), |row| {
            (row.born.is_none(), row.born.unwrap_or(0), Reverse(row.id))
        }),
        (Sort::Descending("size"), |row| (false, u64::MAX - row.size, Reverse(row.id))),
        (Sort::Ascending("size"), |row| (false, row.size, Reverse(row.id))),
    ];
    for (filter, holds) in &filters {
        for (sort, order) in orders {
            let mut wanted: Vec<&Row> = rows.iter().filter(|row| holds(row, since)).collect();
            wanted.sort_unstable_by_key(|row| order(row));
            let wanted: Vec<u64> = wanted.into_iter().map(|row| row.id).collect();
            let (mut walked, mut start) = (Vec::new(), Start::Walk);
            loop {
                let asked = Question { sort, start, limit: 7, ..question(None, filter.clone()) };
                let page = must(search.ask(asked).await);
                assert_eq!(page.total, wanted.len() as u64, "{filter:?} {sort:?}");
                walked.extend(page.ids);
                let Some(next) = page.next else { break };
                start = Start::After(next);
            }
            assert_eq!(walked, wanted, "{filter:?} {sort:?}");
        }
    }
}

/// Of those that fit equally well the newest comes first; one that fits far better stays above, however old it is. What
/// else decides an order by relevance is the engine's own.
pub async fn newer_documents_count_for_more_but_not_for_all<S: Search>(search: Arc<S>) {
    let (now, day) = (1_800_000_000_000, 86_400_000);
    let born = |id, title: &str, body: &str, born: Option<u64>| {
        let mut document = full(id, title, body, &[], 0);
        document.values.extend(born.map(|born| ("born", Value::Number(born))));
        document
    };
    // Ids say nothing about the age here; 9 has none, and 8 is dated ahead by a clock that is wrong.
    let ages = [(1, 0), (7, 1), (3, 10), (6, 40), (2, 120), (5, 250)];
    let mut documents: Vec<_> = ages
        .iter()
        .map(|(id, age)| born(*id, "the same needle", "", Some(now - age * day)))
        .collect();
    documents.push(born(9, "the same needle", "", None));
    documents.push(born(8, "the same needle", "", Some(now + 3 * day)));
    put(&*search, documents).await;
    let fresh = |weight| Sort::Fresh(Recency { field: "born", now, half_life: 30 * day, weight });
    let asked = question(Some(("needle", false)), everything());
    let ask = async |sort| must(search.ask(Question { sort, ..asked.clone() }).await).ids;
    assert_eq!(ask(fresh(100)).await, [1, 7, 8, 3, 6, 2, 5, 9]);
    // Without a bonus all of them are equal, and ids decide.
    assert_eq!(ask(fresh(0)).await, [9, 8, 7, 6, 5, 3, 2, 1]);
    let filler = "some other words of about this length";
    let mut documents = vec![born(20, "thread here in the title", filler, Some(now - 900 * day))];
    documents.extend((21..=30).map(|id| born(id, filler, "thread here in the body", Some(now))));
    documents.extend((31..=50).map(|id| born(id, filler, filler, Some(now))));
    put(&*search, documents).await;
    let mut asked = question(Some(("thread", false)), everything());
    if let Some(words) = &mut asked.words {
        words.fields = vec![("title", 1_000), ("body", 100)];
    }
    let found = must(search.ask(Question { sort: fresh(100), ..asked }).await);
    assert_eq!((found.ids[0], found.total), (20, 11));
}
