//! Process numbers and turns: each in one process's hands.

use std::sync::Arc;

use engine::memory::store::MemoryStore;
use graph::{CacheSizes, Graph, ProcessError, ProcessLease, Turn, Work};

use crate::kinds::graph;

#[tokio::test]
async fn living_processes_have_different_numbers_and_a_dead_ones_is_taken_again() {
    let graph = graph();
    let first = ProcessLease::take(&graph, "a", 0).await.unwrap();
    let second = ProcessLease::take(&graph, "b", 0).await.unwrap();
    assert_ne!(first.number, second.number);

    second.renew(&graph, 50_000).await.unwrap();
    // The first did not renew.
    let third = ProcessLease::take(&graph, "c", 60_001).await.unwrap();
    assert_eq!(third.number, first.number);
    assert_eq!(first.renew(&graph, 60_002).await, Err(ProcessError::Lost));
    assert!(second.renew(&graph, 60_002).await.is_ok());
}

#[tokio::test]
async fn a_number_given_back_is_free_and_sixty_four_is_all() {
    let graph = graph();
    let mut leases = Vec::new();
    for holder in 0..64 {
        leases.push(ProcessLease::take(&graph, &holder.to_string(), 0).await.unwrap());
    }
    assert_eq!(ProcessLease::take(&graph, "late", 0).await.unwrap_err(), ProcessError::NoneFree);

    let back = leases.remove(17);
    assert_eq!(back.number, 17);
    back.end(&graph).await.unwrap();
    assert_eq!(ProcessLease::take(&graph, "late", 0).await.unwrap().number, 17);
}

#[tokio::test]
async fn a_process_with_an_old_cache_gets_no_number_twice() {
    let here = graph();
    let there = Graph::new(here.store().clone(), CacheSizes::default());
    let mine = ProcessLease::take(&here, "here", 0).await.unwrap();
    let theirs = ProcessLease::take(&there, "there", 0).await.unwrap();
    assert_ne!(mine.number, theirs.number);
    // The other process's cache holds what this one wrote at 0, and this one has renewed since.
    mine.renew(&here, 50_000).await.unwrap();

    let third = ProcessLease::take(&there, "third", 60_001).await.unwrap();

    assert_ne!(third.number, mine.number);
    assert!(mine.renew(&here, 60_002).await.is_ok());
}

#[tokio::test]
async fn a_turn_is_one_process_s_until_it_ends_or_dies() {
    let store = Arc::new(MemoryStore::new());
    let here = Graph::new(store.clone(), CacheSizes::default());
    let there = Graph::new(store.clone(), CacheSizes::default());
    let turn = Turn::take(&here, Work::Rebuild, "here", 0).await.unwrap().unwrap();
    assert!(Turn::take(&there, Work::Rebuild, "there", 1).await.unwrap().is_none());
    turn.renew(&here, 50_000).await.unwrap();
    assert!(Turn::take(&there, Work::Rebuild, "there", 60_001).await.unwrap().is_none());
    turn.end(&here).await.unwrap();

    let theirs = Turn::take(&there, Work::Rebuild, "there", 60_002).await.unwrap().unwrap();
    // It died; whoever takes it over keeps it.
    let mine = Turn::take(&here, Work::Rebuild, "here", 120_003).await.unwrap().unwrap();
    assert_eq!(theirs.renew(&there, 120_004).await, Err(ProcessError::Lost));
    theirs.end(&there).await.unwrap();
    assert!(mine.renew(&here, 120_005).await.is_ok());
    // Turns are no processes.
    assert_eq!(ProcessLease::alive(&*store, 120_006).await.unwrap(), 0);
}
