//! What is asked of a running server: the contract, and what the contract cannot know.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use elasticsearch_adapter::ElasticSearch;
use engine::search::{
    Change, Document, FieldKind, Filter, IndexSpec, Question, Search, SearchError, Sort, Start,
    Value, Words,
};
use serde_json::{Value as Json, json};

use crate::{ENGINE, STEMS, VARIABLE, server::Server};

/// A URL that nobody else uses.
fn url() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    match std::env::var(VARIABLE) {
        Ok(base) => format!("{}/{prefix}", base.trim_end_matches('/')),
        Err(_) => Server::shared(ENGINE).url(&prefix),
    }
}

async fn open(specs: Vec<IndexSpec>) -> (Arc<ElasticSearch>, ()) {
    let (search, is_new) = ElasticSearch::open(&url(), specs).await.expect("the server is there");
    assert!(is_new);
    (Arc::new(search), ())
}

engine::search_contract!(open);

/// What was filled once is not filled again, and another process finds it.
#[tokio::test]
async fn an_index_is_new_until_it_was_filled() {
    let url = url();
    let specs = engine::contract::search::specs;
    let (one, is_new) = ElasticSearch::open(&url, specs()).await.unwrap();
    assert!(is_new);
    let (other, is_new) = ElasticSearch::open(&url, specs()).await.unwrap();
    assert!(is_new, "nobody has filled it yet");
    for spec in specs() {
        one.rebuild(spec.name).await.unwrap();
        // The other process hears of the twin by asking.
        let put = Change::Put(Document { id: 7, version: 1, values: vec![] });
        other.write(spec.name, vec![put]).await.unwrap();
        one.swap(spec.name).await.unwrap();
    }
    assert_eq!(other.ask(everything(9)).await.unwrap().ids, [7]);
    let (_, is_new) = ElasticSearch::open(&url, specs()).await.unwrap();
    assert!(!is_new);
}

#[tokio::test]
async fn a_url_that_cannot_be_used_says_what_is_wrong_without_its_password() {
    for (url, part) in [
        ("elasticsearch+ftp://host/", "elasticsearch+http://user:password@host:9200"),
        ("elasticsearch+http://me:hunter2@127.0.0.1:1/", "does not answer"),
        ("elasticsearch+http://host/Not-a-prefix", "elasticsearch+http://user:password@host:9200"),
    ] {
        let error = ElasticSearch::open(url, vec![]).await.unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
    }
}

fn everything(limit: usize) -> Question {
    let filter = Filter::All(vec![]);
    let (sort, start) = (Sort::Relevance, Start::At(0));
    Question { index: "things", words: None, filter, sort, start, limit }
}

/// Killed under writes and started again: what was acknowledged is found, the rest was said to have failed, and the same
/// handle goes on.
#[tokio::test(flavor = "multi_thread")]
async fn f_14_what_was_acknowledged_survives_a_crash_and_search_says_when_it_is_away() {
    let server = Server::start(ENGINE);
    let specs = engine::contract::search::specs;
    let (search, _) = ElasticSearch::open(&server.url("crash"), specs()).await.unwrap();
    let search = Arc::new(search);
    let writer = {
        let search = search.clone();
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for id in 1.. {
                let put = Change::Put(Document { id, version: 1, values: vec![] });
                match search.write("things", vec![put]).await {
                    Ok(()) => acknowledged.push(id),
                    Err(error) => return (acknowledged, error),
                }
            }
            unreachable!("ids have no end")
        })
    };
    while search.refresh().await.is_ok() {
        if search.ask(everything(0)).await.unwrap().total > 20 {
            break;
        }
    }
    server.kill();
    let (acknowledged, error) = writer.await.unwrap();
    assert!(matches!(error, SearchError::Unavailable(_)), "{error}");
    let away = search.ask(everything(1)).await.unwrap_err();
    assert!(matches!(away, SearchError::Unavailable(_)), "{away}");
    server.restart();
    search.refresh().await.unwrap();
    let found = search.ask(everything(10_000)).await.unwrap().ids;
    for id in acknowledged {
        assert!(found.contains(&id), "{id} was acknowledged and is lost");
    }
}

/// An index that somebody else made under our name is not written to.
#[tokio::test]
async fn a_strange_index_is_refused_by_its_name() {
    let url = url();
    let (base, prefix) = url.strip_prefix("elasticsearch+").unwrap().rsplit_once('/').unwrap();
    let index = format!("{base}/{prefix}-things");
    let made = reqwest::Client::new().put(&index).send().await.unwrap();
    assert!(made.status().is_success());
    let error = ElasticSearch::open(&url, engine::contract::search::specs()).await.unwrap_err();
    assert!(
        error.to_string().contains(&format!("{prefix}-things is not of our making")),
        "{error}"
    );
}

/// An index that a newer release made is left alone, with a word that says what to do.
#[tokio::test]
async fn an_index_of_a_newer_release_is_refused_by_its_name() {
    let url = url();
    let (base, prefix) = url.strip_prefix("elasticsearch+").unwrap().rsplit_once('/').unwrap();
    let body = json!({
        "aliases": { format!("{prefix}-things"): {} },
        "mappings": { "_meta": { "sociosphere": { "form": 99, "fields": [] } } },
    });
    tell(base, &format!("{prefix}-things-7"), &body).await;
    let error = ElasticSearch::open(&url, engine::contract::search::specs()).await.unwrap_err();
    let expected = format!("the index {prefix}-things-7 was made by a newer release");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

async fn tell(base: &str, path: &str, body: &Json) {
    let put = reqwest::Client::new().put(format!("{base}/{path}"));
    let put = put.header("content-type", "application/json").body(body.to_string());
    let answer = put.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// How many points in time and scrolls the server keeps.
async fn open_contexts(base: &str) -> u64 {
    let path = format!("{base}/_nodes/stats/indices/search");
    let answer = reqwest::get(path).await.unwrap().text().await.unwrap();
    let answer: Json = serde_json::from_str(&answer).unwrap();
    let nodes = answer["nodes"].as_object().unwrap().values();
    nodes.map(|node| node["indices"]["search"]["open_contexts"].as_u64().unwrap()).sum()
}

/// Points in time end with their walks, and a walk whose point in time is gone goes on. On a server of its own: nobody
/// else has any.
#[tokio::test(flavor = "multi_thread")]
async fn points_in_time_are_closed_and_a_lost_one_is_opened_anew() {
    let server = Server::start(ENGINE);
    let specs = engine::contract::search::specs;
    let (search, _) = ElasticSearch::open(&server.url("walks"), specs()).await.unwrap();
    let base = format!("http://127.0.0.1:{}", server.port);
    let put = |id| Change::Put(Document { id, version: 1, values: vec![] });
    search.write("things", (1..=30).map(put).collect()).await.unwrap();
    search.refresh().await.unwrap();
    let ask = |start| search.ask(Question { start, ..everything(10) });
    ask(Start::At(0)).await.unwrap();
    assert_eq!(open_contexts(&base).await, 0, "a page by its number needs none");
    let first = ask(Start::Walk).await.unwrap();
    assert_eq!(open_contexts(&base).await, 1);
    search.write("things", vec![put(99)]).await.unwrap();
    search.refresh().await.unwrap();
    let cursor = first.next.unwrap();
    let second = ask(Start::After(cursor.clone())).await.unwrap();
    assert_eq!(second.total, 30, "as it was");
    search.leave(cursor.clone()).await.unwrap();
    assert_eq!(open_contexts(&base).await, 0, "who leaves closes it");
    let again = ask(Start::After(cursor)).await.unwrap();
    assert_eq!((&again.ids, again.total), (&second.ids, 31), "on from there, as it is now");
    let mut next = again.next;
    while let Some(cursor) = next {
        next = ask(Start::After(cursor)).await.unwrap().next;
    }
    assert_eq!(open_contexts(&base).await, 0, "the last page closes it");
}

/// The index of a community that writes in several languages.
fn posts() -> Vec<IndexSpec> {
    let fields = &[("text", FieldKind::Text), ("tongue", FieldKind::Keywords)];
    vec![IndexSpec { name: "posts", fields, language: Some("tongue") }]
}

/// Other forms of a word are found where the language is known, after the word itself; and only there.
#[tokio::test]
async fn other_forms_of_a_word_are_found_where_the_server_can_stem() {
    let url = url();
    let (search, _) = ElasticSearch::open(&url, posts()).await.unwrap();
    let health = search.health().await.unwrap();
    if std::env::var(VARIABLE).is_err() {
        assert_eq!(health.stems, STEMS, "{health:?}");
    }
    let texts = [
        (1, "en", "he runs along the harbours"),
        (2, "en", "a running harbour"),
        (3, "de", "die Häuser am Hafen"),
        (4, "fr", "l'école et les écoles"),
        (5, "ja", "東京の harbours"),
        (6, "", "harbours without a language"),
        (7, "pt-BR", "as cidades"),
    ];
    let put = |(id, tongue, text): (u64, &str, &str)| {
        let tongues = if tongue.is_empty() { vec![] } else { vec![tongue.to_owned()] };
        let values =
            vec![("text", Value::Text(text.to_owned())), ("tongue", Value::Keywords(tongues))];
        Change::Put(Document { id, version: 1, values })
    };
    search.write("posts", texts.into_iter().map(put).collect()).await.unwrap();
    search.refresh().await.unwrap();
    let find = async |text: &str| {
        let fields = vec![("text", 100)];
        let words = Some(Words { fields, text: text.to_owned(), prefix: false });
        let question = Question { index: "posts", words, ..everything(9) };
        search.ask(question).await.unwrap().ids
    };
    // What is found everywhere, and what stems add.
    let table: &[(&str, &[u64], &[u64])] = &[
        ("harbours", &[6, 5, 1], &[2]),
        ("harbour", &[2], &[1]),
        ("running", &[2], &[1]),
        ("haus", &[], &[3]),
        ("ecole", &[], &[4]),
        ("cidade", &[], &[7]),
        ("\"running harbours\"", &[], &[]),
        ("the", &[1], &[]),
        ("nowhere", &[], &[]),
    ];
    for (text, everywhere, stemmed) in table {
        let found = find(text).await;
        let (exact, others) = found.split_at(everywhere.len().min(found.len()));
        let mut exact = exact.to_vec();
        exact.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
        assert_eq!(exact, *everywhere, "{text}: the word itself comes first; {found:?}");
        let expected = if health.stems { *stemmed } else { &[] };
        assert_eq!(others, expected, "{text}");
    }
}

/// An index that was made on a minimal server, or by an earlier release, is widened where it is and filled again.
#[tokio::test]
async fn an_index_without_stems_is_widened() {
    let url = url();
    let (base, prefix) = url.strip_prefix("elasticsearch+").unwrap().rsplit_once('/').unwrap();
    let properties = json!({
        "id": { "type": "long" }, "live": { "type": "boolean" },
        "f_text": { "type": "text", "analyzer": "whitespace" }, "f_tongue": { "type": "keyword" },
    });
    let mark = json!({ "form": 1, "fields": ["text:Text", "tongue:Keywords"] });
    let body = json!({
        "aliases": { format!("{prefix}-posts"): {} },
        "mappings": { "dynamic": "strict", "_source": { "enabled": false }, "_meta": { "sociosphere": mark }, "properties": properties },
    });
    tell(base, &format!("{prefix}-posts-5"), &body).await;
    let (search, wants_filling) = ElasticSearch::open(&url, posts()).await.unwrap();
    assert!(wants_filling);
    let values = vec![
        ("text", Value::Text("harbours".to_owned())),
        ("tongue", Value::Keywords(vec!["en".to_owned()])),
    ];
    let document = Document { id: 1, version: 1, values };
    search.write("posts", vec![Change::Put(document.clone())]).await.unwrap();
    search.rebuild("posts").await.unwrap();
    search.refill("posts", vec![document]).await.unwrap();
    search.swap("posts").await.unwrap();
    let (_, wants_filling) = ElasticSearch::open(&url, posts()).await.unwrap();
    assert!(!wants_filling);
}

/// F-14: the disk is full. Writes are refused with a word for it, questions go on; when there is room, what was not written
/// is written late and in any order, and everything is as if nothing had happened.
#[tokio::test(flavor = "multi_thread")]
async fn f_14_after_a_full_disk_all_is_caught_up() {
    let url = url();
    let (base, prefix) = url.strip_prefix("elasticsearch+").unwrap().rsplit_once('/').unwrap();
    let specs = engine::contract::search::specs;
    let (search, _) = ElasticSearch::open(&url, specs()).await.unwrap();
    let reference = engine::memory::search::MemorySearch::new(specs());
    let change = |id: u64, version| match (id + version) % 5 {
        0 => Change::Delete { id, version },
        n => Change::Put(Document { id, version, values: vec![("size", Value::Number(n))] }),
    };
    let early: Vec<_> = (1..=20).map(|id| change(id, 1)).collect();
    search.write("things", early.clone()).await.unwrap();
    reference.write("things", early).await.unwrap();
    search.refresh().await.unwrap();
    let settings = format!("{prefix}-things/_settings");
    tell(base, &settings, &json!({ "index.blocks.read_only_allow_delete": true })).await;
    assert!(search.health().await.unwrap().blocked);
    let mut late = Vec::new();
    for version in 2..=4 {
        for id in (1..=30).step_by(3) {
            let error = search.write("things", vec![change(id, version)]).await.unwrap_err();
            let said =
                matches!(&error, SearchError::Unavailable(why) if why.contains("disk may be full"));
            assert!(said, "{error}");
            late.push(change(id, version));
        }
    }
    let sizes = Question { sort: Sort::Ascending("size"), ..everything(100) };
    let before = search.ask(sizes.clone()).await.unwrap();
    assert_eq!(before, reference.ask(sizes.clone()).await.unwrap(), "questions go on");
    tell(base, &settings, &json!({ "index.blocks.read_only_allow_delete": null })).await;
    for change in late.iter().rev() {
        search.write("things", vec![change.clone()]).await.unwrap();
    }
    reference.write("things", late).await.unwrap();
    search.refresh().await.unwrap();
    let after = search.ask(sizes.clone()).await.unwrap();
    assert_ne!(after, before);
    assert_eq!(after, reference.ask(sizes).await.unwrap());
}
