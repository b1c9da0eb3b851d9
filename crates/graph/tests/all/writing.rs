//! Who may write: decided once for all processes, and obeyed by each.

use graph::{
    Batch, CacheSizes, CommitError, Expect, Graph, Id, Mode, OWN_NODES, ProcessLease, READ_ONLY,
    Writing,
};

use crate::kinds::{Note, graph};

fn note(id: u64) -> Id<Note> {
    Id::new(id).unwrap()
}

async fn write(graph: &Graph, id: u64) -> Result<(), CommitError> {
    let mut batch = Batch::new();
    batch.put(note(id), &Note { text: String::new() }, Expect::Any);
    graph.commit(batch).await.map(drop)
}

#[tokio::test]
async fn while_nothing_may_be_written_all_processes_refuse_and_go_on_living() {
    let here = graph();
    let there = Graph::new(here.store().clone(), CacheSizes::default());
    let lease = ProcessLease::take(&there, "there", 0).await.unwrap();
    assert_eq!(there.obey().await.unwrap(), Mode::default());
    write(&there, 5_000).await.unwrap();

    here.decide(Writing::Nothing, 7).await.unwrap();
    let read_only = Err(CommitError::Unavailable(READ_ONLY.to_owned()));
    assert_eq!(write(&here, 5_001).await, read_only, "who decides obeys at once");
    let mode = there.obey().await.unwrap();
    assert_eq!(mode, Mode { writing: Writing::Nothing, since_ms: 7 });
    assert_eq!(write(&there, 5_001).await, read_only);
    assert!(there.get(note(5_000)).await.unwrap().is_some());
    assert!(there.get(note(5_001)).await.unwrap().is_none());
    // A process keeps its number, and others may come and go.
    lease.renew(&there, 30_000).await.unwrap();
    let other = ProcessLease::take(&here, "here", 30_000).await.unwrap();
    other.end(&here).await.unwrap();

    for writing in [Writing::Settling, Writing::All] {
        here.decide(writing, 8).await.unwrap();
        there.obey().await.unwrap();
        assert_eq!(there.gate().writing(), writing);
        write(&there, 5_001).await.unwrap();
    }
}

#[test]
fn what_the_kernel_keeps_has_kinds_of_its_own() {
    let kinds: std::collections::BTreeSet<_> = OWN_NODES.iter().map(|decl| decl.kind).collect();
    assert_eq!(kinds.len(), OWN_NODES.len());
}
