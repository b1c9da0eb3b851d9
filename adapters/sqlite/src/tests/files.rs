//! The file: who may open it, what people see in it, and copies of it.

use std::os::unix::fs::PermissionsExt;

use engine::{
    contract::store::{COUNTED, schema},
    store::{Counted, EdgeKind, EdgeRef, NodeKind, OnExisting, Op, Schema, Store, Upkeep},
};
use rusqlite::{Connection, types::Value};

use super::{commit, has, open_at, open_new, put};
use crate::{OpenError, open, open_beside, sql};

#[tokio::test]
async fn a_second_opener_is_refused_and_hears_of_the_lock_file() {
    let (store, folder) = open_new().await;
    let path = folder.path().join("test.db");
    let refusal = open(&path, schema()).err().unwrap();
    assert!(matches!(refusal, OpenError::InUse { .. }));
    assert!(refusal.to_string().contains("test.db.lock"), "{refusal}");
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    drop(store);
    assert!(has(&*open_at(folder.path()).await, 1).await);
}

#[tokio::test]
async fn only_the_owner_reads_the_file_and_its_log() {
    let (store, folder) = open_new().await;
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    for name in ["test.db", "test.db-wal", "test.db.lock"] {
        let mode = folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_and_for_no_checkpoint() {
    let (store, _folder) = open_new().await;
    let settings = store.writer.write(|tx| {
        let ask = |name: &str| {
            let setting =
                tx.connection.pragma_query_value(None, name, |row| row.get::<_, Value>(0));
            setting.unwrap()
        };
        Ok(["journal_mode", "synchronous", "wal_autocheckpoint"].map(ask))
    });
    let expected = [Value::Text("wal".to_owned()), Value::Integer(2), Value::Integer(0)];
    assert_eq!(settings.await.unwrap(), expected);
}

#[tokio::test]
async fn every_statement_that_serves_finds_its_rows_by_an_index() {
    let (_store, folder) = open_new().await;
    let connection = Connection::open(folder.path().join("test.db")).unwrap();
    let mut searches = 0;
    for statement in sql::ALL {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let mut steps = plan.raw_query();
        while let Some(step) = steps.next().unwrap() {
            let step: String = step.get("detail").unwrap();
            assert!(!step.contains("SCAN") && !step.contains("TEMP B-TREE"), "{statement}: {step}");
            searches += usize::from(step.contains("SEARCH"));
        }
    }
    assert!(searches >= 30, "only {searches} searches: were the statements planned?");
}

#[tokio::test]
async fn people_read_kinds_by_their_names() {
    let (store, folder) = open_new().await;
    let edge = EdgeRef { from: 1, kind: COUNTED, to: 2 };
    let link = Op::Link {
        edge,
        ord: 9,
        flags: 0,
        data: bytes::Bytes::from_static(b"{\"note\":\"hi\"}"),
        counted: Counted::Yes,
        on_existing: OnExisting::Conflict,
    };
    commit(&store, vec![put(1, "{\"name\":\"ada\"}"), link]).await.unwrap();
    drop(store);
    let read = |sql: &str| {
        let connection = Connection::open(folder.path().join("test.db")).unwrap();
        connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(read("SELECT body ->> '$.name' FROM things WHERE id = 1"), "ada");
    assert_eq!(read("SELECT data ->> '$.note' FROM counted_lists WHERE from_id = 1"), "hi");
    // Kinds get other names, also such as are taken; the views follow.
    let renamed = Schema {
        nodes: vec![(NodeKind(1), "people"), (NodeKind(2), "nodes")],
        edges: vec![(EdgeKind(1), "people", Counted::Yes)],
        keys: vec![],
    };
    let store = open(&folder.path().join("test.db"), renamed).unwrap();
    assert_eq!(store.counts(&[(1, COUNTED)]).await.unwrap(), [1]);
    drop(store);
    assert_eq!(read("SELECT body ->> '$.name' FROM people"), "ada");
    assert_eq!(read("SELECT data ->> '$.note' FROM people_edges"), "hi");
    assert_eq!(read("SELECT count(*) || '' FROM sqlite_master WHERE name = 'things'"), "0");
    assert_eq!(read("SELECT count(*) || '' FROM nodes_nodes"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_writing_is_of_one_moment() {
    let (store, folder) = open_new().await;
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for id in 1..=200 {
                commit(&store, vec![put(id, "{}"), put(1_000 + id, "{}")]).await.unwrap();
            }
        })
    };
    let mut copies = 0;
    while !writer.is_finished() || copies == 0 {
        copies += 1;
        let folder = folder.path().join(format!("copy {copies}"));
        std::fs::create_dir(&folder).unwrap();
        let to = folder.join("test.db");
        store.snapshot(&to).await.unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "one file alone");
        let copy = open(&to, schema()).unwrap();
        let nodes = copy.scan_nodes(NodeKind(1), 0, 1_000).await.unwrap();
        let (low, high): (Vec<_>, Vec<_>) = nodes.iter().partition(|node| node.id < 1_000);
        assert_eq!(low.len(), high.len(), "half a batch in copy {copies}");
        assert_eq!(low.last().map_or(0, |node| node.id), low.len() as u64);
    }
    writer.await.unwrap();
    let last = folder.path().join("last.db");
    store.snapshot(&last).await.unwrap();
    assert!(store.snapshot(&last).await.is_err(), "it is there already");
    assert!(has(&open(&last, schema()).unwrap(), 200).await);
}

#[tokio::test]
async fn closing_empties_the_log_into_the_file() {
    let (store, folder) = open_new().await;
    let log = folder.path().join("test.db-wal");
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    assert!(log.metadata().unwrap().len() > 0);
    drop(store);
    assert_eq!(log.metadata().map_or(0, |log| log.len()), 0);
}

#[tokio::test]
async fn who_reads_beside_another_process_sees_all_and_writes_nothing() {
    let (store, folder) = open_new().await;
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    let path = folder.path().join("test.db");
    let Err(OpenError::InUse { .. }) = open(&path, schema()) else { panic!("it is in use") };
    let beside = open_beside(&path, schema()).unwrap();
    assert!(has(&beside, 1).await);
    commit(&store, vec![put(2, "{}")]).await.unwrap();
    assert!(has(&beside, 2).await, "what is written meanwhile is seen");
    assert!(commit(&beside, vec![put(3, "{}")]).await.is_err());
    assert_eq!(beside.records().await.unwrap().map(|records| records.nodes), Some(2));
    drop(beside);
    commit(&store, vec![put(3, "{}")]).await.unwrap();
    drop(store);
    assert!(has(&*open_at(folder.path()).await, 3).await);
}

#[tokio::test]
async fn a_wrong_count_is_found() {
    let (store, folder) = open_new().await;
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    drop(store);
    let connection = Connection::open(folder.path().join("test.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO edges VALUES (1, 1, 1, 2, 0, ''), (1, 1, 2, 3, 0, ''), (4, 1, 1, 2, 0, '');
             INSERT INTO counts VALUES (1, 1, 5), (3, 1, 1), (4, 1, 1), (5, 1, -1)",
        )
        .unwrap();
    drop(connection);
    let found = open_at(folder.path()).await.miscounts().await.unwrap();
    assert_eq!(found, [(1, COUNTED, 5, 2), (3, COUNTED, 1, 0), (5, COUNTED, 0, 0)]);
}
