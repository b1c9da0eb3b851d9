//! The writer: groups, their bounds, and what a failing disk does.

use std::{
    pin::Pin,
    sync::mpsc::{Sender, channel},
    task::{Context, Waker},
};

use engine::store::{CommitError, Op};

use super::{commit, has, open_at, open_new, put};
use crate::SqliteStore;

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends a write on its way without waiting for its end.
fn begin<'a, T>(write: impl Future<Output = T> + Send + 'a) -> Pending<'a, T> {
    let mut write: Pending<'a, T> = Box::pin(write);
    let answered = write.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(answered.is_pending());
    write
}

/// Keeps the writer busy until the sender is used, so that a group gathers behind it.
async fn hold(store: &SqliteStore) -> (Sender<()>, Pending<'_, Result<(), CommitError>>) {
    let (release, released) = channel::<()>();
    let (started, start) = tokio::sync::oneshot::channel();
    let held = begin(store.writer.write(move |_| {
        started.send(()).unwrap();
        released.recv().unwrap();
        Ok(())
    }));
    start.await.unwrap();
    (release, held)
}

fn claim(id: u64) -> Op {
    Op::Claim { space: engine::store::KeySpace(1), name: "ada".to_owned(), id }
}

#[tokio::test]
async fn what_waits_is_one_commit_and_a_conflict_in_it_goes_alone() {
    let (store, _folder) = open_new().await;
    let (release, held) = hold(&store).await;
    let first = begin(commit(&store, vec![put(1, "{}"), claim(1)]));
    let second = begin(commit(&store, vec![put(2, "{}"), claim(2)]));
    let third = begin(commit(&store, vec![put(3, "{}")]));
    release.send(()).unwrap();
    held.await.unwrap();
    first.await.unwrap();
    assert_eq!(second.await, Err(CommitError::KeyTaken { op: 1 }));
    third.await.unwrap();
    assert_eq!((store.stats().commits, store.stats().writes), (2, 4));
    assert!(store.stats().wal_bytes > 0);
    assert!(has(&store, 1).await && !has(&store, 2).await && has(&store, 3).await);
}

#[tokio::test]
async fn when_too_many_wait_the_next_is_turned_away() {
    let (store, _folder) = open_new().await;
    let (release, held) = hold(&store).await;
    let waiting: Vec<_> =
        (1..=4_096).map(|id| begin(commit(&store, vec![put(id, "{}")]))).collect();
    let turned_away = commit(&store, vec![put(5_000, "{}")]).await;
    assert!(matches!(turned_away, Err(CommitError::Unavailable(_))), "{turned_away:?}");
    release.send(()).unwrap();
    held.await.unwrap();
    for write in waiting {
        write.await.unwrap();
    }
    assert_eq!(store.stats().commits, 1 + 4_096 / 512);
    assert!(has(&store, 4_096).await && !has(&store, 5_000).await);
}

#[tokio::test]
async fn a_commit_that_fails_is_not_tried_again_and_ends_writing() {
    let (store, folder) = open_new().await;
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    let (release, held) = hold(&store).await;
    let breaking = begin(store.writer.write(|tx| {
        // The commit is turned into an error, as by a disk that cannot be synced.
        tx.connection.commit_hook(Some(|| true))?;
        Ok(())
    }));
    let beside = begin(commit(&store, vec![put(2, "{}")]));
    release.send(()).unwrap();
    held.await.unwrap();
    assert!(matches!(breaking.await, Err(CommitError::Unavailable(_))));
    assert!(matches!(beside.await, Err(CommitError::Unavailable(_))));
    let after = commit(&store, vec![put(3, "{}")]).await;
    let Err(CommitError::Unavailable(reason)) = after else { panic!("{after:?}") };
    assert!(reason.contains("until a restart"), "{reason}");
    assert!(has(&store, 1).await && !has(&store, 2).await && !has(&store, 3).await);
    drop(store);
    let store = open_at(folder.path()).await;
    commit(&store, vec![put(4, "{}")]).await.unwrap();
    assert!(has(&store, 1).await && !has(&store, 2).await && has(&store, 4).await);
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let (store, _folder) = open_new().await;
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    let pages = async |most: u32| {
        let set = move |tx: &mut crate::writer::Tx| {
            let sql = format!("PRAGMA max_page_count = {most}");
            Ok(tx.connection.query_row(&sql, [], |row| row.get::<_, u32>(0))?)
        };
        store.writer.write(set).await.unwrap()
    };
    // As small as it is.
    pages(1).await;
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(100_000));
    for id in [2, 3] {
        let full = commit(&store, vec![put(id, &large)]).await;
        assert_eq!(full, Err(CommitError::Unavailable("disk full".to_owned())));
    }
    assert!(has(&store, 1).await && !has(&store, 2).await);
    pages(1_000_000).await;
    commit(&store, vec![put(4, &large)]).await.unwrap();
    assert!(has(&store, 4).await && !has(&store, 2).await);
}

#[tokio::test]
async fn a_write_that_is_given_up_by_its_caller_still_happens() {
    let (store, folder) = open_new().await;
    let (release, held) = hold(&store).await;
    drop(begin(commit(&store, vec![put(1, "{}")])));
    release.send(()).unwrap();
    held.await.unwrap();
    drop(store);
    assert!(has(&*open_at(folder.path()).await, 1).await);
}
