//! Stories of the audit log.

use graph::{Batch, Expect, Id, Order, Page, Writing};

use super::{
    model::{Act, AuditEntries, Entry, Subject, SubjectKind},
    *,
};
use crate::{instance::model::INSTANCE, testing::World};

const ALL: Page = Page { below: None, above: None, order: Order::Newest, limit: 50 };

async fn act(world: &World, act: Act, id: u64, reason: &str) {
    let mut batch = Batch::new();
    let on = Subject { kind: SubjectKind::Account, id };
    let note = Note { by: None, act, on, reason, before: "a".into(), after: "b".into() };
    record(&world.app, &mut batch, note).await.unwrap();
    world.app.graph.commit(batch).await.unwrap();
}

async fn numbered(world: &World, number: u64) -> Id<Entry> {
    let page = Page { above: Some(number - 1), below: Some(number + 1), ..ALL };
    world.app.graph.list::<AuditEntries>(INSTANCE, page).await.unwrap()[0].to
}

#[tokio::test]
async fn p_10_a_log_that_somebody_changed_says_where() {
    let world = World::uncached().await;
    assert_eq!(verify(&world.app).await.unwrap().entries, 0);
    for id in 1..=5 {
        act(&world, Act::Decide, id, "because").await;
    }
    assert_eq!(verify(&world.app).await.unwrap().entries, 5);
    let third = numbered(&world, 3).await;
    let read = world.app.graph.get(third).await.unwrap().unwrap();
    let mut batch = Batch::new();
    batch.put(third, &Entry { reason: "another".into(), ..read.body.clone() }, Expect::Any);
    world.app.graph.commit(batch).await.unwrap();
    assert_eq!(verify(&world.app).await, Err(Damage::Changed(3)));
    // With its hash made to fit, the next one gives it away.
    let mut forged = Entry { reason: "another".into(), ..read.body.clone() };
    forged.hash = forged.sealed();
    let mut batch = Batch::new();
    batch.put(third, &forged, Expect::Any);
    world.app.graph.commit(batch).await.unwrap();
    assert_eq!(verify(&world.app).await, Err(Damage::Changed(4)));
}

#[tokio::test]
async fn p_10_an_entry_that_is_taken_out_is_missed_also_at_the_end() {
    for (gone, damage) in [(2, Damage::Missing(2)), (5, Damage::End { found: 4, wanted: 5 })] {
        let world = World::uncached().await;
        for id in 1..=5 {
            act(&world, Act::Decide, id, "because").await;
        }
        let entry = numbered(&world, gone).await;
        let mut batch = Batch::new();
        batch.remove(entry, Expect::Any);
        batch.unlink::<AuditEntries>(INSTANCE, entry);
        world.app.graph.commit(batch).await.unwrap();
        assert_eq!(verify(&world.app).await, Err(damage));
    }
}

#[tokio::test]
async fn entries_are_found_by_what_they_are_about_and_are_short() {
    let world = World::new().await;
    act(&world, Act::Decide, 1, &"ä".repeat(5_000)).await;
    act(&world, Act::Restore, 1, "two").await;
    act(&world, Act::Restore, 2, "three").await;
    let of = |filter| {
        let app = world.app.clone();
        async move {
            let (found, _) = entries(&app, filter, ALL).await.unwrap();
            found.iter().map(|entry| entry.number).collect::<Vec<_>>()
        }
    };
    assert_eq!(of(Filter::default()).await, [3, 2, 1]);
    assert_eq!(of(Filter { act: Some(Act::Restore), ..Filter::default() }).await, [3, 2]);
    let on = Some(Subject { kind: SubjectKind::Account, id: 1 });
    assert_eq!(of(Filter { on, ..Filter::default() }).await, [2, 1]);
    let first = world.app.graph.get(numbered(&world, 1).await).await.unwrap().unwrap();
    assert_eq!(first.reason.len(), 2_000);
    let page = Page { limit: 1, ..ALL };
    let (found, next) = entries(&world.app, Filter::default(), page).await.unwrap();
    assert_eq!((found[0].number, next), (3, Some(3)));
}

#[tokio::test]
async fn staff_act_before_and_after_a_community_was_read_only() {
    let world = World::new().await;
    let (graph, now) = (&world.app.graph, world.app.now_ms());
    graph.decide(Writing::Nothing, now).await.unwrap();
    graph.decide(Writing::All, now).await.unwrap();
    act(&world, Act::Approve, 1, "first").await;
    graph.decide(Writing::Nothing, now).await.unwrap();
    assert_eq!(graph.obey().await.unwrap().writing, Writing::Nothing);
    graph.decide(Writing::All, now).await.unwrap();
    act(&world, Act::Approve, 2, "second").await;
    assert_eq!(verify(&world.app).await.unwrap().entries, 2);
}
