//! Process numbers: each in one process's hands.

use graph::{CacheSizes, Graph, ProcessError, ProcessLease};

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
