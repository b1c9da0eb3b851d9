//! Nodes and names through types.

use graph::{Batch, CommitError, Expect, KeySpace, ReadError};

use crate::kinds::{Note, Person, bare, graph, named, note, person};

#[tokio::test]
async fn a_node_reads_back_as_its_type_with_its_version() {
    let graph = graph();
    assert!(graph.get(person(7)).await.unwrap().is_none());
    let mut batch = Batch::new();
    batch.create(person(7), &named("Ada"));
    graph.commit(batch).await.unwrap();

    let first = graph.get(person(7)).await.unwrap().expect("the missing node was cached");
    assert_eq!((first.version, &*first.name), (1, "Ada"));
    let mut batch = Batch::new();
    batch.replace(&first, &named("Ada Lovelace"));
    graph.commit(batch).await.unwrap();
    let second = graph.get(person(7)).await.unwrap().unwrap();
    assert_eq!((second.version, &*second.name), (2, "Ada Lovelace"));

    let mut batch = Batch::new();
    batch.remove(person(7), Expect::Version(2));
    graph.commit(batch).await.unwrap();
    assert!(graph.get(person(7)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_replace_of_an_old_version_conflicts_and_changes_nothing() {
    let graph = graph();
    let mut batch = Batch::new();
    batch.create(person(7), &named("Ada"));
    graph.commit(batch).await.unwrap();
    let old = graph.get(person(7)).await.unwrap().unwrap();
    let mut batch = Batch::new();
    batch.replace(&old, &named("Bea"));
    graph.commit(batch).await.unwrap();

    let mut batch = Batch::new();
    batch.create(note(8), &Note { text: "never".to_owned() }).replace(&old, &named("Cid"));

    assert_eq!(graph.commit(batch).await, Err(CommitError::Conflict { op: 1 }));
    assert_eq!(graph.get(person(7)).await.unwrap().unwrap().name, "Bea");
    assert!(graph.get(note(8)).await.unwrap().is_none());
}

#[tokio::test]
async fn an_id_of_another_kind_is_nothing() {
    let graph = graph();
    let mut batch = Batch::new();
    batch.create(person(7), &named("Ada"));
    graph.commit(batch).await.unwrap();
    graph.get(person(7)).await.unwrap();

    assert!(graph.get(note(7)).await.unwrap().is_none());
    assert!(graph.get(person(7).cast::<Note>()).await.unwrap().is_none());
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_questions() {
    let graph = graph();
    let mut batch = Batch::new();
    batch.create(person(1), &named("1")).create(person(3), &named("3"));
    graph.commit(batch).await.unwrap();
    graph.get(person(3)).await.unwrap();

    let ids = [person(3), person(2), person(1), person(3)];
    let names = graph.get_many(&ids).await.unwrap();

    let names: Vec<_> = names.iter().map(|node| node.as_ref().map(|n| n.name.as_str())).collect();
    assert_eq!(names, [Some("3"), None, Some("1"), Some("3")]);
}

#[tokio::test]
async fn a_body_that_does_not_decode_is_an_error_and_not_a_gap() {
    let graph = graph();
    let mut batch = Batch::new();
    batch.create(note(5), &Note { text: "x".to_owned() });
    graph.commit(batch).await.unwrap();

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Newer {
        title: String,
    }
    impl graph::Node for Newer {
        const KIND: graph::NodeKind = Note::KIND;
        const NAME: &'static str = "notes";
    }

    let read = graph.get(note(5).cast::<Newer>()).await;
    assert!(matches!(read, Err(ReadError::Corrupt { name: "notes", id: 5, .. })));
}

#[tokio::test]
async fn a_conflict_makes_the_cache_look_again() {
    let here = graph();
    let there = bare(&here);
    let mut batch = Batch::new();
    batch.create(person(7), &named("Ada"));
    here.commit(batch).await.unwrap();
    let read = here.get(person(7)).await.unwrap().unwrap();
    // Another process changes the node; this one's cache does not hear of it.
    let mut batch = Batch::new();
    batch.replace(&read, &named("Bea"));
    there.commit(batch).await.unwrap();

    let mut batch = Batch::new();
    batch.replace(&read, &named("Cid"));
    assert!(here.commit(batch).await.is_err());
    let again = here.get(person(7)).await.unwrap().unwrap();

    assert_eq!((again.version, &*again.name), (2, "Bea"));
    let mut batch = Batch::new();
    batch.replace(&again, &named("Cid"));
    assert!(here.commit(batch).await.is_ok(), "reading again did not help");
}

#[tokio::test]
async fn names_are_held_by_one() {
    const HANDLES: KeySpace = KeySpace(1);
    let graph = graph();
    let mut batch = Batch::new();
    batch.claim(HANDLES, "ada", person(1));
    graph.commit(batch).await.unwrap();
    let mut batch = Batch::new();
    batch.claim(HANDLES, "ada", person(2));

    assert_eq!(graph.commit(batch).await, Err(CommitError::KeyTaken { op: 0 }));
    let holders = graph.keys::<Person>(&[(HANDLES, "bea"), (HANDLES, "ada")]).await.unwrap();
    assert_eq!(holders, [None, Some(person(1))]);
}
