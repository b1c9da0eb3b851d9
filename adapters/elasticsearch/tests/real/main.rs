//! The contract on a running Elasticsearch or OpenSearch: that of `SOCIOSPHERE_TEST_SEARCH_URL`
//! (`elasticsearch+http://127.0.0.1:9200`), else an OpenSearch that this program starts for itself. Each test has a prefix of
//! its own.

mod server;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use elasticsearch_adapter::ElasticSearch;
use engine::search::{
    Change, Document, Filter, IndexSpec, Question, Search, SearchError, Sort, Value,
};

use server::Server;

/// A URL that nobody else uses.
fn url() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    match std::env::var("SOCIOSPHERE_TEST_SEARCH_URL") {
        Ok(base) => format!("{}/{prefix}", base.trim_end_matches('/')),
        Err(_) => Server::shared().url(&prefix),
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
    let filter = Filter::All(vec![]);
    let (offset, limit) = (0, 9);
    let all =
        Question { index: "things", words: None, filter, sort: Sort::Relevance, offset, limit };
    assert_eq!(other.ask(all).await.unwrap().ids, [7]);
    let (_, is_new) = ElasticSearch::open(&url, specs()).await.unwrap();
    assert!(!is_new);
}

/// Pages behind the server's own window are walked to.
#[tokio::test]
async fn a_page_far_behind_is_found() {
    let (search, ()) = open(engine::contract::search::specs()).await;
    let document = |id| Document { id, version: 1, values: vec![("size", Value::Number(id))] };
    let changes = (1..=10_050).map(|id| Change::Put(document(id))).collect();
    search.write("things", changes).await.unwrap();
    search.refresh().await.unwrap();
    let filter = Filter::All(vec![]);
    let sort = Sort::Ascending("size");
    let far = Question { index: "things", words: None, filter, sort, offset: 10_020, limit: 20 };
    let found = search.ask(far).await.unwrap();
    assert_eq!((found.total, found.ids), (10_050, (10_021..=10_040).collect()));
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
    Question { index: "things", words: None, filter, sort: Sort::Relevance, offset: 0, limit }
}

/// Killed under writes and started again: what was acknowledged is found, the rest was said to have failed, and the same
/// handle goes on.
#[tokio::test(flavor = "multi_thread")]
async fn f_14_what_was_acknowledged_survives_a_crash_and_search_says_when_it_is_away() {
    let server = Server::start();
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
