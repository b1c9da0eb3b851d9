//! Caches change speed and nothing else: any reads after any writes answer as without them.

use graph::{Batch, Expect, Graph, Order, Page};
use proptest::prelude::*;

use crate::kinds::{Followers, Follows, bare, graph, named, person};

/// People of the property; few, so that writes meet.
const PEOPLE: u64 = 4;

#[derive(Clone, Debug)]
enum Step {
    /// Links so many members at once: lists longer than a cached head come of it.
    Fill {
        from: u64,
        start: u64,
        many: u64,
    },
    Link {
        from: u64,
        to: u64,
        ord: u64,
    },
    Discard {
        from: u64,
        to: u64,
    },
    Move {
        from: u64,
        to: u64,
        ord: u64,
    },
    Flag {
        from: u64,
        to: u64,
        ord: u64,
        set: u32,
        clear: u32,
    },
    Put {
        id: u64,
        name: String,
    },
    Remove {
        id: u64,
    },
    Read {
        from: u64,
        page: Page,
    },
}

fn page() -> impl Strategy<Value = Page> {
    let bound = || proptest::option::of(0u64..400);
    (bound(), bound(), any::<bool>(), 0usize..130).prop_map(|(below, above, newest, limit)| Page {
        below,
        above,
        order: if newest { Order::Newest } else { Order::Oldest },
        limit,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 1..=PEOPLE;
    let member = || 1..=300u64;
    let ord = || 1..400u64;
    prop_oneof![
        1 => (who(), 1..200u64, 90..130u64).prop_map(|(from, start, many)| Step::Fill { from, start, many }),
        4 => (who(), member(), ord()).prop_map(|(from, to, ord)| Step::Link { from, to, ord }),
        4 => (who(), member()).prop_map(|(from, to)| Step::Discard { from, to }),
        3 => (who(), member(), ord()).prop_map(|(from, to, ord)| Step::Move { from, to, ord }),
        2 => (who(), member(), ord(), 0u32..4, 0u32..4)
            .prop_map(|(from, to, ord, set, clear)| Step::Flag { from, to, ord, set, clear }),
        2 => (who(), "[a-z]{1,4}").prop_map(|(id, name)| Step::Put { id, name }),
        1 => who().prop_map(|id| Step::Remove { id }),
        8 => (who(), page()).prop_map(|(from, page)| Step::Read { from, page }),
    ]
}

fn batch_of(step: &Step) -> Option<Batch> {
    let mut batch = Batch::new();
    match *step {
        Step::Fill { from, start, many } => {
            for member in start..start + many {
                batch.ensure::<Follows>(person(from), person(member + 1_000), member + 1_000);
            }
        }
        Step::Link { from, to, ord } => {
            batch.link::<Follows>(person(from), person(to), ord);
        }
        Step::Discard { from, to } => {
            batch.discard::<Follows>(person(from), person(to));
        }
        Step::Move { from, to, ord } => {
            batch.move_to::<Follows>(person(from), person(to), ord);
        }
        Step::Flag { from, to, ord, set, clear } => {
            batch.flag::<Follows>(person(from), person(to), ord, set, clear);
        }
        Step::Put { id, ref name } => {
            batch.put(person(id), &named(name), Expect::Any);
        }
        Step::Remove { id } => {
            batch.remove(person(id), Expect::Any);
        }
        Step::Read { .. } => return None,
    }
    Some(batch)
}

/// Asks both graphs the same, twice: the second time the cache answers.
async fn compare(cached: &Graph, bare: &Graph, from: u64, page: Page) {
    for _ in 0..2 {
        let (id, other) = (person(from), person(from % PEOPLE + 1));
        assert_eq!(
            cached.lists::<Follows>(&[id, other, id], page).await,
            bare.lists::<Follows>(&[id, other, id], page).await,
            "{from} {page:?}"
        );
        assert_eq!(
            cached.list::<Followers>(id, page).await,
            bare.list::<Followers>(id, page).await
        );
        assert_eq!(cached.count::<Follows>(id).await, bare.count::<Follows>(id).await);
        assert_eq!(cached.count::<Followers>(id).await, bare.count::<Followers>(id).await);
        let ends: Vec<_> = (1..=PEOPLE).map(|to| (id, person(to))).collect();
        assert_eq!(cached.edges::<Follows>(&ends).await, bare.edges::<Follows>(&ends).await);
        assert_eq!(
            cached.members::<Followers>(id).await.unwrap(),
            bare.members::<Followers>(id).await.unwrap()
        );
        let list = [(id.raw(), <Followers as graph::Edge>::DECL.kind)];
        let (kept, fresh) = (cached.heads(&list).await.unwrap(), bare.heads(&list).await.unwrap());
        for to in (1..=PEOPLE).map(|to| person(to).raw()) {
            assert_eq!(kept[0].find(to), fresh[0].find(to));
        }
        let (left, right) = (cached.get(id).await.unwrap(), bare.get(id).await.unwrap());
        let shown = |node: &Option<std::sync::Arc<graph::Stored<_>>>| {
            node.as_ref().map(|node| (node.version, crate::kinds::Person::clone(node)))
        };
        assert_eq!(shown(&left), shown(&right));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn caches_change_no_answer(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let cached = graph();
            let bare = bare(&cached);
            for step in &steps {
                match (step, batch_of(step)) {
                    (Step::Read { from, page }, _) => compare(&cached, &bare, *from, *page).await,
                    // A step that conflicts is a step too: it must leave nothing.
                    (_, Some(batch)) => { let _ = cached.commit(batch).await; }
                    (_, None) => {}
                }
            }
            for from in 1..=PEOPLE {
                for limit in [1, 99, 100, 101, 400] {
                    let oldest = Page { order: Order::Oldest, ..Page::newest(limit) };
                    compare(&cached, &bare, from, Page::newest(limit)).await;
                    compare(&cached, &bare, from, oldest).await;
                    compare(&cached, &bare, from, Page::below(1_150, limit)).await;
                    let above = Page { above: Some(1_100), ..Page::newest(limit) };
                    compare(&cached, &bare, from, above).await;
                }
            }
        });
    }
}
