//! Faults that a genuine server shows only when it is really in trouble, said by a scripted one: too many requests, bulks
//! that half fail, shards that are away. What it says was read off Elasticsearch 8 and OpenSearch 2.

mod script;

use std::sync::Arc;

use elasticsearch_adapter::{ElasticSearch, OpenError};
use engine::search::{
    Change, Document, Filter, Question, Search, SearchError, Sort, Start, Value, Words,
};
use serde_json::json;

use script::{Asked, Script};

fn put(id: u64, title: &str) -> Change {
    let values = vec![("title", Value::Text(title.to_owned()))];
    Change::Put(Document { id, version: 1, values })
}

async fn open(script: &Arc<Script>) -> ElasticSearch {
    let specs = engine::contract::search::specs();
    ElasticSearch::open(&script.url(), specs).await.expect("the script lets it in").0
}

fn everything() -> Question {
    let (sort, start) = (Sort::Relevance, Start::At(0));
    Question { index: "things", words: None, filter: Filter::All(vec![]), sort, start, limit: 9 }
}

/// F-14: a server that is too busy is asked again, and what it put off is sent again: that alone.
#[tokio::test]
async fn f_14_what_a_busy_server_puts_off_is_sent_again_and_nothing_else() {
    let script = Script::start().await;
    let search = open(&script).await;
    let busy = json!({ "type": "es_rejected_execution_exception", "reason": "queue is full" });
    script.on("_bulk", 1, Asked::status(429, json!({ "error": busy })));
    script.on("_bulk", 2, Asked::items(move |id| (id == 2).then(|| (429, busy.clone()))));
    search.write("things", vec![put(1, "one"), put(2, "two"), put(3, "three")]).await.unwrap();
    let sizes: Vec<usize> = script.bulks().iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 3, 1, 1], "refused whole, then two of three taken, then the one twice");
    assert_eq!(script.bulks()[3], [2]);
}

/// One that stays busy is told of as such, soon; the job comes again.
#[tokio::test]
async fn f_14_a_server_that_stays_busy_is_unavailable() {
    let script = Script::start().await;
    let search = open(&script).await;
    let busy = json!({ "type": "es_rejected_execution_exception", "reason": "queue is full" });
    script.on("_bulk", 99, Asked::items(move |_| Some((429, busy.clone()))));
    let error = search.write("things", vec![put(1, "one")]).await.unwrap_err();
    assert_eq!(error.to_string(), "search is unavailable: it is too busy to take writes");
    let full = json!({ "error": { "type": "circuit_breaking_exception", "reason": "too large" } });
    script.on("_search", 99, Asked::status(429, full));
    let error = search.ask(everything()).await.unwrap_err();
    assert!(
        matches!(&error, SearchError::Unavailable(why) if why.contains("too large")),
        "{error}"
    );
}

/// A document that does not fit is refused, and keeps no other from being written.
#[tokio::test]
async fn f_14_a_document_that_conflicts_with_the_mapping_is_refused_alone() {
    let script = Script::start().await;
    let search = open(&script).await;
    let strange =
        json!({ "type": "document_parsing_exception", "reason": "failed to parse field [f_size]" });
    let busy = json!({ "type": "es_rejected_execution_exception", "reason": "queue is full" });
    script.on(
        "_bulk",
        1,
        Asked::items(move |id| match id {
            1 => Some((400, strange.clone())),
            3 => Some((429, busy.clone())),
            _ => None,
        }),
    );
    let changes = vec![put(1, "one"), put(2, "two"), put(3, "three")];
    let error = search.write("things", changes).await.unwrap_err();
    let expected = "search refuses: document_parsing_exception: failed to parse field [f_size]";
    assert_eq!(error.to_string(), expected);
    assert_eq!(script.bulks(), [vec![1, 2, 3], vec![3]], "what was put off was still written");
}

/// Shards that are away, a full disk, an index that is gone: each one a clear word, and none of them asked six times.
#[tokio::test]
async fn f_14_a_red_cluster_and_a_full_disk_are_said_in_one_line() {
    let script = Script::start().await;
    let search = open(&script).await;
    let table = [
        (503, "unavailable_shards_exception", "primary shard is not active", "too busy to take"),
        (403, "cluster_block_exception", "index [x] blocked by: [FORBIDDEN/12]", "may be full"),
        (429, "cluster_block_exception", "disk usage exceeded flood-stage", "may be full"),
    ];
    for (status, kind, reason, part) in table {
        let error = json!({ "type": kind, "reason": reason });
        script.on("_bulk", 99, Asked::items(move |_| Some((status, error.clone()))));
        let before = script.bulks().len();
        let error = search.write("things", vec![put(1, "one")]).await.unwrap_err();
        let unavailable = matches!(&error, SearchError::Unavailable(why) if why.contains(part));
        assert!(unavailable && !error.to_string().contains('\n'), "{kind}: {error}");
        if kind == "cluster_block_exception" {
            assert_eq!(script.bulks().len() - before, 1, "{status}: asked once");
        }
    }
    let red = json!({ "error": { "type": "search_phase_execution_exception", "reason": "all shards failed" } });
    script.on("_search", 99, Asked::status(503, red));
    let error = search.ask(everything()).await.unwrap_err();
    assert!(
        matches!(&error, SearchError::Unavailable(why) if why.contains("all shards failed")),
        "{error}"
    );
    script.health("red", true);
    let health = search.health().await.unwrap();
    assert!(health.red && health.blocked, "{health:?}");
}

/// Bulks end at a number of changes and at a number of bytes.
#[tokio::test]
async fn a_bulk_is_bounded_in_changes_and_in_bytes() {
    let script = Script::start().await;
    let search = open(&script).await;
    search.write("things", (1..=4_500).map(|id| put(id, "x")).collect()).await.unwrap();
    let sizes: Vec<usize> = script.bulks().iter().map(Vec::len).collect();
    assert_eq!(sizes, [2_000, 2_000, 500]);
    let long = "word ".repeat(200_000);
    search.write("things", (1..=10).map(|id| put(id, &long)).collect()).await.unwrap();
    let sizes: Vec<usize> = script.bulks()[3..].iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 4, 2], "a million bytes each");
}

/// Who is there, and what is wrong with it: one line each, without a password.
#[tokio::test]
async fn a_server_that_will_not_do_says_why_in_one_line() {
    let table = [
        (json!({ "version": { "number": "7.17.9" } }), "Elasticsearch 7.17.9 is too old"),
        (
            json!({ "version": { "number": "1.3.20", "distribution": "opensearch" } }),
            "OpenSearch 1.3.20 is too old",
        ),
        (json!({ "hello": "I am another program" }), "Elasticsearch 0 is too old"),
    ];
    for (front, part) in table {
        let script = Script::start().await;
        script.on("", 99, Asked::status(200, front));
        let error = ElasticSearch::open(&script.url(), vec![]).await.unwrap_err();
        assert!(error.to_string().starts_with(part), "{error}");
    }
    let script = Script::start().await;
    let denied = json!({ "error": { "type": "security_exception", "reason": "me:hunter2" } });
    script.on("", 99, Asked::status(401, denied));
    let url = script.url().replace("http://", "http://me:hunter2@");
    let error = ElasticSearch::open(&url, vec![]).await.unwrap_err();
    assert!(matches!(error, OpenError::Server(_)));
    assert_eq!(error.to_string(), "denied: it refuses the user or the password");
    // TLS where there is none.
    let url = script.url().replace("+http:", "+https:").replace("://", "://me:hunter2@");
    let error = ElasticSearch::open(&url, vec![]).await.unwrap_err().to_string();
    assert!(error.contains("does not answer") && !error.contains("hunter2"), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

/// Operators, quotes and signs of a person reach the server as words in fields, never as a query of its own language.
#[tokio::test]
async fn n_5_no_text_becomes_a_query_of_the_server() {
    let script = Script::start().await;
    let search = open(&script).await;
    let text = "title:cafe* OR _exists_:x -y \"a b\" {\"match_all\":{}}".to_owned();
    let words = Some(Words { fields: vec![("title", 100)], text, prefix: true });
    search.ask(Question { words, ..everything() }).await.unwrap();
    let asked = script.last("_search");
    for language in ["query_string", "wildcard", "regexp", "\"exists\"", "must_not", "script"] {
        assert!(!asked.contains(language), "{language}: {asked}");
    }
    let words = ["title:cafe", "or", "_exists_", "x", "y", "match_all"];
    for word in words {
        let found =
            asked.contains(&format!("{{\"f_title\":{{\"value\":\"{word}\",\"boost\":1.0}}}}"));
        assert!(found, "{word}: {asked}");
    }
    assert!(asked.contains("\"query\":\"a b\""), "{asked}");
}
