//! What goes wrong, on purpose: the fail points of the server (or its stand-in), crashes, and two processes at once.
//!
//! A fail point is of the whole server, so each of these tests has a server of its own.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use engine::{
    blobs::Blobs,
    contract::store::{COUNTED, NAMES, THING, schema},
    store::{
        CommitError, Counted, EdgeRef, Expect, OnExisting, Op, Order, Range, Reads, Store, Upkeep,
    },
};
use futures::TryStreamExt;
use mongodb::bson::{Document, doc, oid::ObjectId, spec::BinarySubtype};
use mongodb_adapter::{Connection, GridFsBlobs, MongoStore, OpenError};

use crate::{
    server::Server,
    support::{open, place},
};

/// A server, a store on it, and a hand on its fail points.
struct Case {
    server: Server,
    store: Arc<MongoStore>,
    connection: Connection,
}

impl Case {
    async fn new() -> Self {
        let server = Server::start();
        let url = server.url("faults");
        let store = MongoStore::open(&url, schema()).await.expect("it is there");
        let connection = Connection::open(&url).await.expect("it is there");
        Self { server, store, connection }
    }

    /// The next `times` commands of these names fail like this.
    async fn fail(&self, times: i32, commands: &[&str], how: Document) {
        let mut data = doc! { "failCommands": commands.to_vec() };
        data.extend(how);
        let point =
            doc! { "configureFailPoint": "failCommand", "mode": { "times": times }, "data": data };
        let admin = self.connection.client().database("admin");
        admin.run_command(point).await.expect("the server has fail points");
    }
}

/// Touches every collection: whether it was applied, and how often, can be read off the sequence and the count.
fn batch(n: u64) -> Vec<Op> {
    let edge = EdgeRef { from: 1, kind: COUNTED, to: n };
    let data = Bytes::new();
    vec![
        Op::Put {
            kind: THING,
            id: n,
            body: Bytes::from_static(b"{\"a\":1}"),
            expect: Expect::Absent,
        },
        Op::Link {
            edge,
            ord: n,
            flags: 0,
            data,
            counted: Counted::Yes,
            on_existing: OnExisting::Conflict,
        },
        Op::Claim { space: NAMES, name: format!("name-{n}"), id: n },
        Op::Sequence { space: NAMES, name: "n".to_owned() },
        Op::Emit { id: n, topic: 1, body: Bytes::from_static(b"{}") },
    ]
}

/// `commits` batches were applied, each one once, and nothing is half there.
async fn applied(store: &MongoStore, commits: u64) {
    assert_eq!(store.scan_nodes(THING, 0, 999).await.unwrap().len() as u64, commits);
    assert_eq!(store.scan_edges(None, 999).await.unwrap().len() as u64, commits);
    assert_eq!(store.scan_keys(None, 999).await.unwrap().len() as u64, commits);
    assert_eq!(store.counts(&[(1, COUNTED)]).await.unwrap(), [commits]);
    assert_eq!(store.waiting_events().await.unwrap(), commits);
    assert_eq!(store.miscounts().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn f_15_a_batch_is_applied_once_whatever_its_transaction_meets() {
    let case = Case::new().await;
    let transient = doc! { "errorCode": 112, "errorLabels": ["TransientTransactionError"] };
    let unknown = doc! { "errorCode": 91, "errorLabels": ["UnknownTransactionCommitResult", "RetryableWriteError"] };
    let not_primary = doc! { "errorCode": 10_107, "errorLabels": ["TransientTransactionError"] };
    let cut = doc! { "closeConnection": true, "errorLabels": ["UnknownTransactionCommitResult"] };
    // What a genuine server says when two transactions meet: the stand-in lets one in after the other.
    let conflict = doc! { "errorCode": 112, "errorLabels": ["TransientTransactionError"] };
    let shutdown = doc! { "errorCode": 91, "errorLabels": ["TransientTransactionError"] };
    let cut_before = doc! { "closeConnection": true, "errorLabels": ["TransientTransactionError"] };
    let meetings: [(i32, &[&str], &Document); 14] = [
        (1, &["insert"], &transient),
        (3, &["update"], &transient),
        (2, &["commitTransaction"], &transient),
        (2, &["commitTransaction"], &unknown),
        (1, &["commitTransaction"], &cut),
        (1, &["insert"], &not_primary),
        (2, &["find"], &transient),
        (5, &["insert", "update"], &conflict),
        (3, &["delete"], &conflict),
        (2, &["update"], &not_primary),
        (1, &["commitTransaction"], &not_primary),
        (1, &["insert"], &shutdown),
        (1, &["update"], &cut_before),
        (3, &["commitTransaction"], &unknown),
    ];
    for (n, (times, commands, how)) in (1..).zip(meetings) {
        case.fail(times, commands, how.clone()).await;
        let outcomes = case.store.commit(batch(n)).await;
        let outcomes = outcomes.unwrap_or_else(|error| panic!("{commands:?} {how}: {error}"));
        assert_eq!(outcomes[3].number, n, "{commands:?} {how}: the sequence has no gap");
        applied(&case.store, n).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f_15_what_cannot_be_repeated_leaves_nothing_and_says_so() {
    let case = Case::new().await;
    case.fail(1, &["insert"], doc! { "errorCode": 14_031 }).await;
    let error = case.store.commit(batch(1)).await.unwrap_err();
    assert!(matches!(error, CommitError::Unavailable(_)), "{error}");
    applied(&case.store, 0).await;
    case.store.commit(batch(1)).await.unwrap();
    applied(&case.store, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f_15_what_was_acknowledged_survives_a_crash_and_nothing_is_half_there() {
    let case = Case::new().await;
    let writer = |from: u64| {
        let store = case.store.clone();
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for n in (from..).step_by(4).take(200) {
                match store.commit(batch(n)).await {
                    Ok(_) => acknowledged.push(n),
                    Err(_) => break,
                }
            }
            acknowledged
        })
    };
    let writers: Vec<_> = (1..=4).map(writer).collect();
    while case.store.waiting_events().await.unwrap() < 20 {}
    case.server.kill();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    assert!(acknowledged.len() >= 16 && acknowledged.len() < 800, "{}", acknowledged.len());
    case.server.restart();
    let store = MongoStore::open(&case.server.url("faults"), schema()).await.unwrap();
    let nodes = store.scan_nodes(THING, 0, 999).await.unwrap();
    for n in &acknowledged {
        assert!(nodes.iter().any(|node| node.id == *n), "{n} was acknowledged and is gone");
    }
    applied(&store, nodes.len() as u64).await;
    // The store that lost its server finds it again.
    case.store.commit(batch(5_000)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn f_29_one_process_migrates_and_the_others_wait() {
    let place = place();
    let opened = (0..6).map(|_| MongoStore::open(&place.url, schema()));
    let opened = futures::future::join_all(opened).await;
    let first = opened[0].as_ref().unwrap();
    for store in &opened {
        store.as_ref().unwrap();
    }
    first.commit(batch(1)).await.unwrap();
    applied(opened[5].as_ref().unwrap(), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_hears_of_an_event() {
    let (one, place) = open().await;
    let other = MongoStore::open(&place.url, schema()).await.unwrap();
    let bell = other.emitted();
    // The stream of the other may be opening still: what is written until then is found by polling.
    let heard = async {
        for n in 1.. {
            one.commit(batch(n)).await.unwrap();
            let waited =
                tokio::time::timeout(std::time::Duration::from_millis(200), bell.notified());
            if waited.await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), heard).await.expect("it hears");
}

/// Change streams ask these again and again.
fn is_watched(collection: &str) -> bool {
    ["events", "jobs"].contains(&collection)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_list_and_its_nodes_and_counts_cost_three_commands() {
    let place = place();
    let sent = Arc::new(AtomicU64::new(0));
    let seen = sent.clone();
    let connection = Connection::observed(&place.url, move |command, of| {
        if (command == "find" || command == "aggregate") && !is_watched(of) {
            seen.fetch_add(1, Ordering::Relaxed);
        }
    });
    let store = MongoStore::on(connection.await.unwrap(), schema()).await.unwrap();
    for n in 1..=20 {
        store.commit(batch(n)).await.unwrap();
    }
    let before = sent.load(Ordering::Relaxed);
    let (below, above) = (None, None);
    let range = Range { from: 1, kind: COUNTED, below, above, order: Order::Newest, limit: 20 };
    let page = store.ranges(&[range]).await.unwrap().remove(0);
    let ids: Vec<_> = page.iter().map(|edge| (THING, edge.to)).collect();
    assert_eq!(store.nodes(&ids).await.unwrap().iter().flatten().count(), 20);
    let lists: Vec<_> = page.iter().map(|edge| (edge.to, COUNTED)).chain([(1, COUNTED)]).collect();
    assert_eq!(store.counts(&lists).await.unwrap()[20], 20);
    assert_eq!(sent.load(Ordering::Relaxed) - before, 3);
}

/// One round trip, whatever the shapes: three of them make a page of posts with all that is around it (the product counts
/// these).
#[tokio::test(flavor = "multi_thread")]
async fn questions_of_all_shapes_cost_one_command() {
    let place = place();
    let sent = Arc::new(AtomicU64::new(0));
    let seen = sent.clone();
    let connection = Connection::observed(&place.url, move |command, of| {
        if ["find", "aggregate", "getMore", "commitTransaction"].contains(&command)
            && !is_watched(of)
        {
            seen.fetch_add(1, Ordering::Relaxed);
        }
    });
    let store = MongoStore::on(connection.await.unwrap(), schema()).await.unwrap();
    for n in 1..=20 {
        store.commit(batch(n)).await.unwrap();
    }
    let (below, above) = (None, None);
    let range = |limit| Range { from: 1, kind: COUNTED, below, above, order: Order::Newest, limit };
    let reads = Reads {
        nodes: (1..=20).map(|n| (THING, n)).collect(),
        edges: (1..=20).map(|to| EdgeRef { from: 1, kind: COUNTED, to }).collect(),
        ranges: vec![range(101), range(1_001), Range { from: 2, ..range(101) }],
        counts: (1..=20).map(|n| (n, COUNTED)).collect(),
    };
    let before = sent.load(Ordering::Relaxed);
    let answers = store.read(&reads).await.unwrap();
    assert_eq!(sent.load(Ordering::Relaxed) - before, 1);
    assert_eq!(answers.nodes.iter().flatten().count(), 20);
    assert_eq!(answers.edges.iter().flatten().count(), 20);
    assert_eq!(answers.ranges.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 0]);
    assert_eq!(answers.counts[0], 20);
}

#[tokio::test]
async fn a_url_that_cannot_be_used_says_what_is_wrong_without_its_password() {
    let error = |url: &'static str| async move {
        let opened = MongoStore::open(url, schema()).await;
        opened.map(drop).expect_err(url).to_string()
    };
    assert!(error("mongodb://host:port/db").await.contains("mongodb://user:password@host"));
    assert!(error("mongodb://127.0.0.1:1/").await.contains("names no database"));
    let away = error("mongodb://me:hunter2@127.0.0.1:1/db?serverSelectionTimeoutMS=300").await;
    assert!(away.starts_with("MongoDB does not answer") && !away.contains("hunter2"), "{away}");
    assert!(OpenError::Alone.to_string().contains("rs.initiate()"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recount_names_every_list_whose_count_is_wrong_and_no_other() {
    let (store, place) = open().await;
    for n in 1..=60 {
        store.commit(batch(n)).await.unwrap();
    }
    let counts = Connection::open(&place.url).await.unwrap();
    let counts = counts.database().collection::<Document>("counts");
    // Counts of lists that are empty, more than are looked at together, and one that is too large.
    let id = |from: i64| doc! { "from": from, "kind": i32::from(COUNTED.0), "shard": 15 };
    let empty = (101..=170).map(|from| doc! { "_id": id(from), "n": 1_i64 });
    counts.insert_many(empty).await.unwrap();
    counts.insert_one(doc! { "_id": id(1), "n": 2_i64 }).await.unwrap();
    let mut wrong = vec![(1, COUNTED, 62, 60)];
    wrong.extend((101..=170).map(|from| (from, COUNTED, 1, 0)));
    assert_eq!(store.miscounts().await.unwrap(), wrong);
    counts.delete_many(doc! {}).await.unwrap();
    assert_eq!(store.miscounts().await.unwrap(), [(1, COUNTED, 0, 60)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_of_an_upload_that_died_are_swept_and_no_others() {
    let place = place();
    let connection = Connection::open(&place.url).await.unwrap();
    let blobs = GridFsBlobs::on(&connection).await.unwrap();
    blobs.put("whole", &mut &[7; 600_000][..]).await.unwrap();
    let chunks = connection.database().collection::<Document>("media.chunks");
    let bytes = mongodb::bson::Binary { subtype: BinarySubtype::Generic, bytes: vec![1; 100] };
    let orphan = doc! { "files_id": ObjectId::new(), "n": 0, "data": bytes };
    chunks.insert_one(orphan).await.unwrap();
    let now = std::time::SystemTime::now();
    let hour = std::time::Duration::from_secs(3_600);
    assert_eq!(blobs.sweep(now - hour).await.unwrap(), 0, "it may still be going on");
    assert_eq!(blobs.sweep(now + hour).await.unwrap(), 1);
    assert_eq!(chunks.count_documents(doc! {}).await.unwrap(), 3);
    assert_eq!(blobs.stat("whole").await.unwrap().size, 600_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_reads_its_chunks_alone() {
    let place = place();
    let connection = Connection::open(&place.url).await.unwrap();
    let blobs = GridFsBlobs::on(&connection).await.unwrap();
    blobs.put("long", &mut &[7; 2_000_000][..]).await.unwrap();
    // Bytes that nobody asked for may be missing.
    let chunks = connection.database().collection::<Document>("media.chunks");
    chunks.delete_many(doc! { "n": { "$ne": 4 } }).await.unwrap();
    let (start, end) = (4 * 261_120 + 10, 5 * 261_120 - 10);
    let range = blobs.read("long", start, Some(end)).await.unwrap();
    let pieces: Vec<Bytes> = range.try_collect().await.unwrap();
    assert_eq!(pieces.concat().len() as u64, end - start);
    let whole: Result<Vec<Bytes>, _> =
        blobs.read("long", 0, None).await.unwrap().try_collect().await;
    assert!(whole.is_err(), "half a blob is never a blob");
}
