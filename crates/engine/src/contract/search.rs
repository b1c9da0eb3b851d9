//! The contract of search: what every engine of [`crate::search`] must do.
//!
//! `engine::search_contract!(open)` makes a named test of each function below; `open(specs)` is an async function that
//! gives `(Arc<engine>, guard)` with these indexes, fresh and empty.

use std::{fmt::Debug, sync::Arc, time::Duration};

use crate::search::{
    Change, Document, FieldKind, Filter, Found, IndexSpec, Question, Search, SearchError, Sort,
    Start, Value, Words,
};

mod lists;
mod walks;

pub use self::{lists::*, walks::*};

/// The index that the suite works on.
const THINGS: &str = "things";

/// The indexes that the suite needs.
pub fn specs() -> Vec<IndexSpec> {
    let fields = &[
        ("title", FieldKind::Text),
        ("body", FieldKind::Text),
        ("tags", FieldKind::Keywords),
        ("size", FieldKind::Number),
        ("born", FieldKind::Number),
    ];
    let language = None;
    vec![
        IndexSpec { name: THINGS, fields, language },
        IndexSpec { name: "others", fields, language },
    ]
}

#[track_caller]
fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

fn document(id: u64, version: u64, title: &str) -> Document {
    Document { id, version, values: vec![("title", Value::Text(title.to_owned()))] }
}

fn full(id: u64, title: &str, body: &str, tags: &[&str], size: u64) -> Document {
    let mut document = document(id, 1, title);
    document.values.extend([
        ("body", Value::Text(body.to_owned())),
        ("tags", Value::Keywords(tags.iter().map(|tag| (*tag).to_owned()).collect())),
        ("size", Value::Number(size)),
    ]);
    document
}

fn question(words: Option<(&str, bool)>, filter: Filter) -> Question {
    let words = words.map(|(text, prefix)| Words {
        fields: vec![("title", 200), ("body", 100)],
        text: text.to_owned(),
        prefix,
    });
    Question {
        index: THINGS,
        words,
        filter,
        sort: Sort::Relevance,
        start: Start::At(0),
        limit: 100,
    }
}

fn everything() -> Filter {
    Filter::All(vec![])
}

async fn put<S: Search>(search: &S, documents: Vec<Document>) {
    must(search.write(THINGS, documents.into_iter().map(Change::Put).collect()).await);
    must(search.refresh().await);
}

/// Ids in order of their numbers; the total is their number.
async fn ask<S: Search>(search: &S, question: Question) -> Vec<u64> {
    let mut found = must(search.ask(question).await);
    assert_eq!(found.total, found.ids.len() as u64);
    found.ids.sort_unstable();
    found.ids
}

async fn find<S: Search>(search: &S, text: &str) -> Vec<u64> {
    ask(search, question(Some((text, false)), everything())).await
}

async fn find_as_typed<S: Search>(search: &S, text: &str) -> Vec<u64> {
    ask(search, question(Some((text, true)), everything())).await
}

async fn filtered<S: Search>(search: &S, filter: Filter) -> Vec<u64> {
    ask(search, question(None, filter)).await
}

async fn corpus<S: Search>(search: &S) {
    let documents = vec![
        full(1, "Crème brûlée at the café", "A dessert from Kraków", &["food", "Paris"], 10),
        full(2, "The cafeteria is open", "coffee and cake, don't wait", &["food"], 20),
        full(3, "Привет, мир", "Ёжик в тумане смотрит на реку", &["кино"], 30),
        full(4, "مرحبا بالعالم", "السَّلامُ عَلَيْكُمْ يا أصدقاء", &["سلام"], 40),
        full(5, "東京タワーの夜景", "日本の写真を撮りました。", &["旅", "photo"], 50),
        full(6, "北京的春天", "我喜欢在北京大学学习中文", &["旅"], 60),
        full(7, "서울의 봄", "한국어를 공부하고 있어요", &["photo"], 70),
        full(8, "Party 🎉 tonight", "bring 👍🏽 friends, straße 12", &["party", "food"], 80),
        full(9, "Ελλάδα ΣΊΣΥΦΟΣ", "Nguyễn Văn Łukasz Ångström", &[], 1 << 63),
        full(10, "", "", &["", "Food"], 0),
        document(11, 1, "only a title: the open café"),
    ];
    put(search, documents).await;
}

/// Words are found in every script, whatever their case and accents.
pub async fn words_are_found_in_every_script<S: Search>(search: Arc<S>) {
    corpus(&*search).await;
    let table: &[(&str, &[u64])] = &[
        ("creme", &[1]),
        ("CRÈME", &[1]),
        ("BRULEE", &[1]),
        ("cafe", &[1, 11]),
        ("café", &[1, 11]),
        ("caf", &[]),
        ("krakow", &[1]),
        ("kraków creme", &[1]),
        ("krakow coffee", &[]),
        ("the open", &[2, 11]),
        ("don't", &[2]),
        ("don’t", &[2]),
        ("мир", &[3]),
        ("ПРИВЕТ", &[3]),
        ("ежик", &[3]),
        ("Ёжик туман", &[]),
        ("السلام", &[4]),
        ("اصدقاء", &[4]),
        ("مرحبا", &[4]),
        ("東京", &[5]),
        ("タワー", &[5]),
        ("夜景", &[5]),
        ("写真", &[5]),
        ("東京写真", &[]),
        ("東京 写真", &[5]),
        ("京", &[5, 6]),
        ("日", &[5]),
        ("北京", &[6]),
        ("北京大学", &[6]),
        ("中文", &[6]),
        ("文", &[6]),
        ("大中", &[]),
        ("서울", &[7]),
        ("한국어", &[7]),
        ("공부", &[7]),
        ("🎉", &[8]),
        ("👍", &[8]),
        ("party 🎉", &[8]),
        ("STRASSE", &[8]),
        ("12", &[8]),
        ("1", &[]),
        ("σίσυφος", &[9]),
        ("ελλαδα", &[9]),
        ("nguyen", &[9]),
        ("lukasz", &[9]),
        ("angstrom", &[9]),
        ("food", &[]),
        ("ｃａｆｅ", &[1, 11]),
        ("nowhere", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(find(&*search, text).await, *expected, "{text}");
    }
}

/// As you type: the last word may be the start of a word, the others not.
pub async fn the_last_word_may_be_a_prefix<S: Search>(search: Arc<S>) {
    corpus(&*search).await;
    let table: &[(&str, &[u64])] = &[
        ("c", &[1, 2, 11]),
        ("caf", &[1, 2, 11]),
        ("cafe", &[1, 2, 11]),
        ("cafet", &[2]),
        ("open caf", &[2, 11]),
        ("caf open", &[]),
        ("CRÈ", &[1]),
        ("при", &[3]),
        ("ёж", &[3]),
        ("سل", &[]),
        ("السل", &[4]),
        ("東", &[5]),
        ("東京タ", &[5]),
        ("한국", &[7]),
        ("ang", &[9]),
        ("zz", &[]),
        ("don'", &[2]),
        ("\"the open\" c", &[11]),
    ];
    for (text, expected) in table {
        assert_eq!(find_as_typed(&*search, text).await, *expected, "{text}");
    }
}

/// What stands in quotes stands together, in one field.
pub async fn quoted_words_stand_together<S: Search>(search: Arc<S>) {
    corpus(&*search).await;
    let table: &[(&str, &[u64])] = &[
        ("\"the open\"", &[11]),
        ("\"open café\"", &[11]),
        ("\"café open\"", &[]),
        ("“at the cafe”", &[1]),
        ("\"café a dessert\"", &[]),
        ("\"the open\" title", &[11]),
        ("\"the open", &[2, 11]),
        ("\"coffee and cake\" \"don't wait\"", &[2]),
        ("\"日本の写真\"", &[5]),
        ("\"日本写真\"", &[]),
        ("\"в тумане\" МИР", &[3]),
        ("\"\" café", &[1, 11]),
        ("\"party 🎉\"", &[8]),
    ];
    for (text, expected) in table {
        assert_eq!(find(&*search, text).await, *expected, "{text}");
    }
}

/// N-4, N-5, N-7: nothing that a person types is an operator, an error, or slow.
pub async fn no_text_is_an_error_or_an_operator<S: Search>(search: Arc<S>) {
    corpus(&*search).await;
    let nothing = [
        "",
        " ",
        "*",
        ".*",
        "\"",
        "\"\"",
        "\\Q",
        "?",
        "(((",
        "~",
        "*:*",
        "a* OR b",
        "* OR _exists_:secret",
        "title:cafe OR title:coffee",
        "cafe AND NOT open",
        "+cafe -open nowhere",
        "cafe~2",
        "*afe",
        "[a TO z]",
        "^(zq+)+$",
        "NEAR(the cafe)",
        "the NEAR cafe",
        "size:[0 TO 99]",
        "{\"match_all\":{}}",
        "' OR 1=1 --",
        "; DROP TABLE x",
        "\0",
        "\u{202e}\u{feff}",
        "\u{0}\u{1}\u{7f}",
        "//",
        "\\",
        "$ref",
        "%00",
        "tags:*",
    ];
    for text in nothing {
        for prefix in [false, true] {
            let found = must(search.ask(question(Some((text, prefix)), everything())).await);
            assert_eq!(found, Found::default(), "{text:?}");
        }
    }
    // Signs beside words are nothing; the words are still words.
    for (text, expected) in [
        ("cafe*", vec![1, 11]),
        ("caf?", vec![]),
        ("(café)", vec![1, 11]),
        ("+the^5", vec![]),
        ("caf\0é", vec![]),
    ] {
        assert_eq!(find(&*search, text).await, expected, "{text:?}");
    }
    let long = [
        "x".repeat(10_000),
        "x ".repeat(5_000),
        "\"x ".repeat(5_000),
        "本".repeat(10_000),
        "é".repeat(10_000),
        "🎉".repeat(2_500),
        "a\u{301}".repeat(5_000),
        format!("\"{}\"", "x y ".repeat(2_500)),
    ];
    for text in long {
        for prefix in [false, true] {
            let answer = search.ask(question(Some((&text, prefix)), everything()));
            let found = must(must(tokio::time::timeout(Duration::from_secs(5), answer).await));
            assert!(found.total == 0 || text.starts_with('🎉'), "{} finds something", &text[..9]);
        }
    }
    // They may be indexed, too.
    put(
        &*search,
        vec![full(99, &"x ".repeat(50_000), &"y".repeat(100_000), &[&"z".repeat(200), "\0"], 1)],
    )
    .await;
    assert_eq!(find(&*search, "x").await, [99]);
    assert_eq!(find(&*search, &"y".repeat(64)).await, [99]);
    assert_eq!(filtered(&*search, Filter::Has("tags", "z".repeat(200))).await, [99]);
}

/// Keywords are exact, numbers lie in inclusive bounds, and all of it combines.
pub async fn filters_say_exactly_what_they_say<S: Search>(search: Arc<S>) {
    corpus(&*search).await;
    let has = |word: &str| Filter::Has("tags", word.to_owned());
    let not = |filter| Filter::Not(Box::new(filter));
    let size = |from, to| Filter::Between("size", from, to);
    let table: Vec<(Filter, Vec<u64>)> = vec![
        (everything(), (1..=11).collect()),
        (Filter::Any(vec![]), vec![]),
        (has("food"), vec![1, 2, 8]),
        (has("Food"), vec![10]),
        (has("foo"), vec![]),
        (has("foo*"), vec![]),
        (has(""), vec![10]),
        (has("旅"), vec![5, 6]),
        (has("سلام"), vec![4]),
        (size(20, 40), vec![2, 3, 4]),
        (size(0, 0), vec![10]),
        (size(81, u64::MAX), vec![9]),
        (size(1 << 63, 1 << 63), vec![9]),
        (size(40, 20), vec![]),
        (Filter::Between("born", 0, u64::MAX), vec![]),
        (not(has("food")), vec![3, 4, 5, 6, 7, 9, 10, 11]),
        (not(everything()), vec![]),
        (not(Filter::Any(vec![])), (1..=11).collect()),
        (not(size(0, u64::MAX)), vec![11]),
        (Filter::All(vec![has("food"), not(has("party"))]), vec![1, 2]),
        (Filter::Any(vec![has("food"), has("photo")]), vec![1, 2, 5, 7, 8]),
        (Filter::All(vec![not(has("food")), not(has("photo")), size(0, 60)]), vec![3, 4, 6, 10]),
        (Filter::Any(vec![not(size(0, 79)), has("кино")]), vec![3, 8, 9, 11]),
        (Filter::All(vec![Filter::Any(vec![]), has("food")]), vec![]),
    ];
    for (filter, expected) in table {
        assert_eq!(filtered(&*search, filter.clone()).await, expected, "{filter:?}");
    }
    let both = question(Some(("cafe", false)), has("food"));
    assert_eq!(ask(&*search, both).await, [1]);
}

/// The total never counts what a filter hides, and pages walk all of it once.
pub async fn pages_walk_what_the_filter_leaves<S: Search>(search: Arc<S>) {
    let documents =
        (0..50).map(|n| full(n, "same words", "", &[["seen", "hidden"][n as usize % 2]], n / 4));
    put(&*search, documents.collect()).await;
    for sort in [
        Sort::Relevance,
        Sort::Descending("size"),
        Sort::Ascending("size"),
        Sort::Descending("born"),
    ] {
        let mut walked = Vec::new();
        for offset in [0, 7, 14, 21, 28] {
            let seen = Filter::Has("tags", "seen".to_owned());
            let start = Start::At(offset);
            let page = Question { sort, start, limit: 7, ..question(Some(("words", false)), seen) };
            let found = must(search.ask(page).await);
            assert_eq!(found.total, 25);
            walked.extend(found.ids);
        }
        if sort == Sort::Descending("size") {
            assert!(walked.is_sorted_by(|a, b| a / 4 >= b / 4), "{walked:?}");
        }
        if sort == Sort::Ascending("size") {
            assert!(walked.is_sorted_by(|a, b| a / 4 <= b / 4), "{walked:?}");
        }
        walked.sort_unstable();
        assert_eq!(walked, (0..25).map(|n| n * 2).collect::<Vec<_>>(), "{sort:?}");
    }
    for (start, limit) in [(Start::At(0), 0), (Start::Walk, 0), (Start::At(1_000_000), 100)] {
        let nothing = Question { start, limit, ..question(None, everything()) };
        let found = must(search.ask(nothing).await);
        assert_eq!(found, Found { ids: vec![], total: 50, next: None });
    }
}

/// Numbers sort as numbers up to 2^63; equal ones newest id first; documents without one come last.
pub async fn numbers_sort_as_numbers<S: Search>(search: Arc<S>) {
    let sizes = [(1, 9), (2, 10), (3, 1 << 63), (4, 0), (5, 10), (6, 1 << 62)];
    let mut documents: Vec<_> = sizes.map(|(id, size)| full(id, "x", "", &[], size)).into();
    documents.push(document(7, 1, "x"));
    put(&*search, documents).await;
    let sorted =
        async |sort| must(search.ask(Question { sort, ..question(None, everything()) }).await).ids;
    assert_eq!(sorted(Sort::Descending("size")).await, [3, 6, 5, 2, 1, 4, 7]);
    assert_eq!(sorted(Sort::Ascending("size")).await, [4, 1, 5, 2, 6, 3, 7]);
}

/// Points, combining marks, marks of direction and very long words, in every way that they may be written.
pub async fn marks_and_directions_hide_no_word<S: Search>(search: Arc<S>) {
    let long = "ab".repeat(100);
    put(
        &*search,
        vec![
            document(1, 1, "cafe\u{301} Z\u{35b}a\u{30a}lgo"),
            document(2, 1, "\u{200f}שָׁלוֹם עולם\u{200e} abc"),
            document(3, 1, "हिन्दी भाषा"),
            document(4, 1, "ภาษาไทย"),
            document(5, 1, &long),
            document(6, 1, "co\u{ad}operate \u{202e}mirror\u{202c}"),
            document(7, 1, "not -negative +positive \"quoted\" AND OR"),
        ],
    )
    .await;
    let table: &[(&str, &[u64])] = &[
        ("café", &[1]),
        ("zalgo", &[1]),
        ("שלום", &[2]),
        ("\u{202b}שלום\u{202c} abc", &[2]),
        ("\"שלום עולם\"", &[2]),
        ("हिन्दी", &[3]),
        ("ภาษา", &[4]),
        ("ไทย", &[4]),
        (&long, &[5]),
        ("cooperate", &[6]),
        ("mirror", &[6]),
        ("-negative", &[7]),
        ("-quoted -nowhere", &[]),
        ("positive AND quoted", &[7]),
        ("positive OR nowhere", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(find(&*search, text).await, *expected, "{text}");
    }
    for start in [1, 30, 64, 65, 200] {
        assert!(find_as_typed(&*search, &long[..start]).await.contains(&5), "{start}");
    }
}

/// Where the words stand in the weightier field, the document comes first.
pub async fn the_weightier_field_comes_first<S: Search>(search: Arc<S>) {
    let filler = "some other words of about this length";
    let documents = (1..=20).map(|id| match id {
        13 => full(id, "needle in the title here", filler, &[], 0),
        _ if id % 3 == 0 => full(id, filler, "needle in the body here", &[], 0),
        _ => full(id, filler, filler, &[], 0),
    });
    put(&*search, documents.collect()).await;
    let mut asked = question(Some(("needle", false)), everything());
    if let Some(words) = &mut asked.words {
        words.fields = vec![("title", 1_000), ("body", 100)];
    }
    let found = must(search.ask(asked).await);
    assert_eq!((found.ids[0], found.total), (13, 7));
}

/// A document is replaced whole; a late write with an older version, of a put or a delete, never wins.
pub async fn a_late_write_never_wins<S: Search>(search: Arc<S>) {
    put(&*search, vec![full(1, "first", "body", &["old"], 1)]).await;
    put(&*search, vec![document(1, 5, "second")]).await;
    put(&*search, vec![document(1, 4, "late")]).await;
    assert_eq!(find(&*search, "second").await, [1]);
    for gone in ["first", "body", "late"] {
        assert_eq!(find(&*search, gone).await, [0; 0], "{gone}");
    }
    assert_eq!(filtered(&*search, Filter::Has("tags", "old".to_owned())).await, [0; 0]);
    must(search.write(THINGS, vec![Change::Delete { id: 1, version: 4 }]).await);
    must(search.refresh().await);
    assert_eq!(find(&*search, "second").await, [1]);
    must(search.write(THINGS, vec![Change::Delete { id: 1, version: 7 }]).await);
    must(search.refresh().await);
    assert_eq!(filtered(&*search, everything()).await, [0; 0]);
    put(&*search, vec![document(1, 6, "late after its end")]).await;
    assert_eq!(filtered(&*search, everything()).await, [0; 0]);
    put(&*search, vec![document(1, 8, "back")]).await;
    assert_eq!(find(&*search, "back").await, [1]);
    // A delete may come before what it deletes; and within one batch the same holds.
    must(search.write(THINGS, vec![Change::Delete { id: 2, version: 2 }]).await);
    put(&*search, vec![document(2, 1, "early"), document(3, 2, "kept"), document(3, 1, "dropped")])
        .await;
    assert_eq!(filtered(&*search, everything()).await, [1, 3]);
    assert_eq!(find(&*search, "kept").await, [3]);
    // The same version again says the same again.
    put(&*search, vec![document(3, 2, "kept")]).await;
    assert_eq!(find(&*search, "kept").await, [3]);
}

/// Twenty tasks write versions of the same documents in any order: the newest is there, once.
pub async fn the_newest_version_wins_whatever_the_order<S: Search>(search: Arc<S>) {
    let writers = (0..20_u64).map(|task| {
        let search = search.clone();
        tokio::spawn(async move {
            for step in 0..20 {
                // 7 is coprime to 20: each task goes through all versions in an order of its own.
                let version = 1 + (task + step * 7) % 20;
                let documents = (1..=5).map(|id| match (version, id) {
                    (20, 5) => Change::Delete { id, version },
                    _ => Change::Put(document(id, version, &format!("version{version}"))),
                });
                must(search.write(THINGS, documents.collect()).await);
                if step % 5 == task % 5 {
                    must(search.refresh().await);
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        must(writer.await);
    }
    must(search.refresh().await);
    assert_eq!(find(&*search, "version20").await, [1, 2, 3, 4]);
    assert_eq!(filtered(&*search, everything()).await, [1, 2, 3, 4]);
}

/// After `refresh` every earlier write is found.
pub async fn after_a_refresh_every_earlier_write_is_found<S: Search>(search: Arc<S>) {
    for round in 1..=10_u64 {
        let tasks = (0..5).map(|task| {
            let (search, id) = (search.clone(), round * 10 + task);
            tokio::spawn(async move {
                must(search.write(THINGS, vec![Change::Put(document(id, 1, "there"))]).await);
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            must(task.await);
        }
        must(search.refresh().await);
        assert_eq!(find(&*search, "there").await.len() as u64, round * 5);
    }
}

/// Indexes know nothing of each other.
pub async fn indexes_are_apart<S: Search>(search: Arc<S>) {
    put(&*search, vec![document(1, 5, "here")]).await;
    must(search.write("others", vec![Change::Put(document(1, 1, "there"))]).await);
    must(search.refresh().await);
    assert_eq!(find(&*search, "here").await, [1]);
    assert_eq!(find(&*search, "there").await, [0; 0]);
    let others = Question { index: "others", ..question(Some(("there", false)), everything()) };
    assert_eq!(ask(&*search, others).await, [1]);
}

/// What the declaration does not know is a defect of the caller and changes nothing.
pub async fn strange_indexes_fields_and_values_are_refused<S: Search>(search: Arc<S>) {
    let refused = |answer: Option<SearchError>| {
        assert!(matches!(answer, Some(SearchError::Refused(_))), "{answer:?}");
    };
    let good = document(1, 1, "good");
    let values = [
        ("secret", Value::Number(1)),
        ("title", Value::Number(1)),
        ("tags", Value::Text("x".to_owned())),
        ("size", Value::Keywords(vec![])),
        ("size", Value::Number((1 << 63) + 1)),
    ];
    for value in values {
        let bad = Document { id: 2, version: 1, values: vec![value] };
        refused(
            search.write(THINGS, vec![Change::Put(good.clone()), Change::Put(bad)]).await.err(),
        );
    }
    refused(search.write("nowhere", vec![]).await.err());
    refused(search.rebuild("nowhere").await.err());
    refused(search.swap("nowhere").await.err());
    refused(search.swap(THINGS).await.err());
    refused(search.refill(THINGS, vec![good]).await.err());
    let asked = question(Some(("good", false)), everything());
    refused(search.ask(Question { index: "nowhere", ..asked.clone() }).await.err());
    let filters = [
        Filter::Has("title", "x".to_owned()),
        Filter::Has("size", "x".to_owned()),
        Filter::Between("tags", 0, 1),
        Filter::Not(Box::new(Filter::Any(vec![
            everything(),
            Filter::Has("secret", String::new()),
        ]))),
    ];
    for filter in filters {
        refused(search.ask(Question { filter, ..asked.clone() }).await.err());
    }
    for sort in [Sort::Descending("title"), Sort::Ascending("secret")] {
        refused(search.ask(Question { sort, ..asked.clone() }).await.err());
    }
    let words = Words { fields: vec![("tags", 1)], text: "x".to_owned(), prefix: false };
    refused(search.ask(Question { words: Some(words), ..asked }).await.err());
    must(search.refresh().await);
    assert_eq!(filtered(&*search, everything()).await, [0; 0]);
}

/// During a rebuild the old index answers; writes reach both; the twin has what it was given and no more.
pub async fn a_rebuild_answers_from_the_old_until_the_swap<S: Search>(search: Arc<S>) {
    put(&*search, vec![document(1, 1, "one"), document(2, 1, "two"), document(9, 1, "stale")])
        .await;
    must(search.rebuild(THINGS).await);
    put(&*search, vec![document(3, 1, "three"), document(2, 5, "two newer")]).await;
    must(search.write(THINGS, vec![Change::Delete { id: 1, version: 3 }]).await);
    must(search.refresh().await);
    assert_eq!(filtered(&*search, everything()).await, [2, 3, 9]);
    // What a slow reader of the source brings is older than what was written meanwhile.
    must(
        search
            .refill(
                THINGS,
                vec![document(1, 1, "one"), document(2, 1, "two"), document(4, 1, "four")],
            )
            .await,
    );
    must(search.refresh().await);
    assert_eq!(filtered(&*search, everything()).await, [2, 3, 9]);
    must(search.swap(THINGS).await);
    must(search.refresh().await);
    assert_eq!(filtered(&*search, everything()).await, [2, 3, 4]);
    assert_eq!(find(&*search, "newer").await, [2]);
    put(&*search, vec![document(5, 1, "five"), document(2, 4, "late")]).await;
    assert_eq!(filtered(&*search, everything()).await, [2, 3, 4, 5]);
    assert_eq!(find(&*search, "late").await, [0; 0]);
    assert!(search.swap(THINGS).await.is_err(), "there is no twin any more");
    // A rebuild that is begun again begins empty.
    must(search.rebuild(THINGS).await);
    must(search.refill(THINGS, vec![document(6, 1, "six")]).await);
    must(search.rebuild(THINGS).await);
    must(search.refill(THINGS, vec![document(7, 1, "seven")]).await);
    must(search.swap(THINGS).await);
    must(search.refresh().await);
    assert_eq!(filtered(&*search, everything()).await, [7]);
}

/// Writers go on while the index is rebuilt and swapped, twice: none of their documents is missing, before or after.
pub async fn a_rebuild_under_writes_loses_nothing<S: Search>(search: Arc<S>) {
    put(&*search, (1..=100).map(|id| document(id, 1, "old")).collect()).await;
    let writers = (0..4_u64).map(|task| {
        let search = search.clone();
        tokio::spawn(async move {
            for step in 0..40 {
                let id = 1_000 + task * 100 + step;
                must(search.write(THINGS, vec![Change::Put(document(id, 1, "new"))]).await);
                must(
                    search
                        .write(THINGS, vec![Change::Put(document(1 + step, 2 + task, "changed"))])
                        .await,
                );
                tokio::task::yield_now().await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    for _ in 0..2 {
        must(search.rebuild(THINGS).await);
        must(search.refresh().await);
        // As a reindex does: what the source has, which is what the index has by now.
        let known =
            must(search.ask(Question { limit: 10_000, ..question(None, everything()) }).await).ids;
        assert!(known.len() >= 100);
        for ids in known.chunks(30) {
            let refill =
                ids.iter().map(|&id| document(id, 1, if id < 1_000 { "old" } else { "new" }));
            must(search.refill(THINGS, refill.collect()).await);
        }
        must(search.swap(THINGS).await);
    }
    for writer in writers {
        must(writer.await);
    }
    must(search.refresh().await);
    let count = async |text| {
        let asked = Question { limit: 0, ..question(Some((text, false)), everything()) };
        must(search.ask(asked).await).total
    };
    assert_eq!(count("new").await, 160);
    assert_eq!(count("old").await + count("changed").await, 100);
}

/// Makes a test of each function of the suite. See [`crate::contract::search`].
#[macro_export]
macro_rules! search_contract {
    ($open:path) => {
        $crate::search_contract!(@tests $open;
            words_are_found_in_every_script
            the_last_word_may_be_a_prefix
            quoted_words_stand_together
            no_text_is_an_error_or_an_operator
            filters_say_exactly_what_they_say
            pages_walk_what_the_filter_leaves
            numbers_sort_as_numbers
            the_weightier_field_comes_first
            marks_and_directions_hide_no_word
            words_sort_by_their_characters
            a_list_is_filtered_sorted_and_counted
            newer_documents_count_for_more_but_not_for_all
            a_walk_meets_what_stays_exactly_once_whatever_is_written
            a_walk_goes_on_when_the_index_is_swapped
            a_walk_goes_beyond_where_counted_pages_end
            a_walk_may_be_left_and_a_strange_cursor_is_refused
            a_late_write_never_wins
            the_newest_version_wins_whatever_the_order
            after_a_refresh_every_earlier_write_is_found
            indexes_are_apart
            strange_indexes_fields_and_values_are_refused
            a_rebuild_answers_from_the_old_until_the_swap
            a_rebuild_under_writes_loses_nothing
        );
    };
    (@tests $open:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (search, _guard) = $open($crate::contract::search::specs()).await;
                $crate::contract::search::$name(search).await;
            }
        )*
    };
}
