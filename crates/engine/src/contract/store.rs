//! The contract of the store: what every engine of [`crate::store`] must do.
//!
//! `engine::store_contract!(open)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty, opened with [`schema`] where the engine asks for one. The guard
//! is dropped after the engine. `engine::durable_store_contract!(open_at)` is for engines on a disk:
//! `open_at(&Path)` gives the engine in that folder, and dropping it closes it.

pub mod batches;
pub mod crowds;
pub mod durable;
pub mod events;
pub mod lists;
pub mod model;
pub mod upkeep;

use std::fmt::Debug;

use bytes::Bytes;

use crate::store::{
    CommitError, Counted, EdgeKind, EdgeRecord, EdgeRef, Expect, KeySpace, NodeKind, NodeRecord,
    OnExisting, OnMissing, Op, Order, Range, Schema, Store, Upkeep,
};

/// Two kinds of nodes.
pub const THING: NodeKind = NodeKind(1);
/// The other one.
pub const STRANGER: NodeKind = NodeKind(2);
/// A counted kind of list.
pub const COUNTED: EdgeKind = EdgeKind(1);
/// A kind of list without a count.
pub const PLAIN: EdgeKind = EdgeKind(2);
/// A space of names.
pub const NAMES: KeySpace = KeySpace(1);
/// Another one.
pub const OTHER_NAMES: KeySpace = KeySpace(2);

/// The schema that the suite's kinds belong to.
pub fn schema() -> Schema {
    Schema {
        nodes: vec![(THING, "things"), (STRANGER, "strangers")],
        edges: vec![(COUNTED, "counted_lists", Counted::Yes), (PLAIN, "plain_lists", Counted::No)],
        keys: vec![(NAMES, "names"), (OTHER_NAMES, "other_names")],
    }
}

/// What an engine that works answers.
#[track_caller]
pub(crate) fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

pub(crate) fn at(from: u64, kind: EdgeKind, to: u64) -> EdgeRef {
    EdgeRef { from, kind, to }
}

pub(crate) fn counted(kind: EdgeKind) -> Counted {
    if kind == COUNTED { Counted::Yes } else { Counted::No }
}

pub(crate) fn put(id: u64, body: &'static str, expect: Expect) -> Op {
    Op::Put { kind: THING, id, body: Bytes::from_static(body.as_bytes()), expect }
}

pub(crate) fn link(from: u64, kind: EdgeKind, to: u64, ord: u64) -> Op {
    Op::Link {
        edge: at(from, kind, to),
        ord,
        flags: 0,
        data: Bytes::new(),
        counted: counted(kind),
        on_existing: OnExisting::Conflict,
    }
}

pub(crate) fn ensure(from: u64, kind: EdgeKind, to: u64, ord: u64) -> Op {
    Op::Link {
        edge: at(from, kind, to),
        ord,
        flags: 0,
        data: Bytes::new(),
        counted: counted(kind),
        on_existing: OnExisting::Keep,
    }
}

pub(crate) fn unlink(from: u64, kind: EdgeKind, to: u64) -> Op {
    let edge = at(from, kind, to);
    Op::Unlink { edge, counted: counted(kind), on_missing: OnMissing::Conflict }
}

pub(crate) fn flag(from: u64, to: u64, ord: u64, set: u32, clear: u32) -> Op {
    Op::Flag { edge: at(from, PLAIN, to), ord, set, clear, must_change: false }
}

pub(crate) fn claim(name: &str, id: u64) -> Op {
    Op::Claim { space: NAMES, name: name.to_owned(), id }
}

pub(crate) fn next(name: &str) -> Op {
    Op::Sequence { space: NAMES, name: name.to_owned() }
}

pub(crate) fn emit(id: u64) -> Op {
    Op::Emit { id, topic: 7, body: Bytes::from_static(b"{\"n\":1}") }
}

pub(crate) fn newest(from: u64, kind: EdgeKind, limit: usize) -> Range {
    Range { from, kind, below: None, above: None, order: Order::Newest, limit }
}

pub(crate) fn members(page: &[EdgeRecord]) -> Vec<u64> {
    page.iter().map(|edge| edge.to).collect()
}

pub(crate) fn conflict(op: usize) -> CommitError {
    CommitError::Conflict { op }
}

pub(crate) async fn node<E: Store>(store: &E, id: u64) -> Option<NodeRecord> {
    must(store.nodes(&[(THING, id)]).await).remove(0)
}

pub(crate) async fn edge<E: Store>(store: &E, edge: EdgeRef) -> Option<EdgeRecord> {
    must(store.edges(&[edge]).await).remove(0)
}

pub(crate) async fn range<E: Store>(store: &E, range: Range) -> Vec<EdgeRecord> {
    must(store.ranges(&[range]).await).remove(0)
}

pub(crate) async fn count<E: Store>(store: &E, from: u64, kind: EdgeKind) -> u64 {
    must(store.counts(&[(from, kind)]).await)[0]
}

pub(crate) async fn holder<E: Store>(store: &E, name: &str) -> Option<u64> {
    must(store.keys(&[(NAMES, name)]).await)[0]
}

/// Everything that a store shows of itself; equal dumps are equal stores.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dump {
    nodes: Vec<NodeRecord>,
    edges: Vec<EdgeRecord>,
    counts: Vec<u64>,
    keys: Vec<(KeySpace, String, u64)>,
    events: u64,
}

pub(crate) async fn dump<E: Store + Upkeep>(store: &E) -> Dump {
    let mut nodes = must(store.scan_nodes(THING, 0, 10_000).await);
    nodes.extend(must(store.scan_nodes(STRANGER, 0, 10_000).await));
    let edges = must(store.scan_edges(None, 10_000).await);
    let lists: Vec<_> = edges.iter().map(|edge| (edge.from, edge.kind)).collect();
    let counts = must(store.counts(&lists).await);
    let keys = must(store.scan_keys(None, 10_000).await);
    Dump { nodes, edges, counts, keys, events: must(store.waiting_events().await) }
}

/// Makes a test of each function of the suite. See [`crate::contract::store`].
#[macro_export]
macro_rules! store_contract {
    ($open:path) => {
        $crate::store_contract!(@tests $open;
            batches {
                put_counts_versions_and_heeds_every_expectation
                remove_heeds_every_expectation
                guards_require_and_change_nothing
                a_node_of_another_kind_is_none_and_cannot_be_overwritten
                operations_see_earlier_ones_of_their_batch
                a_failed_batch_leaves_nothing
                a_name_has_one_holder
                a_sequence_counts_from_one_without_gaps
                a_batch_of_500_commits_and_501_is_refused
                ids_outside_63_bits_are_refused
                empty_questions_have_empty_answers
                answers_stand_in_the_order_of_their_questions
            }
            lists {
                linking_must_change_something_unless_told_to_keep
                unlinking_must_change_something_unless_told_to_ignore
                a_place_has_one_member
                move_changes_the_place_and_keeps_the_count
                flags_are_set_then_cleared
                annotate_replaces_the_data_alone
                uncounted_lists_count_nothing
                ranges_read_both_ways_between_bounds
                following_the_last_place_walks_the_whole_list
                a_list_ends_where_the_next_begins
                what_is_asked_together_is_answered_as_alone
            }
            crowds {
                a_hundred_likes_are_a_hundred_edges_and_one_count
                a_hundred_links_of_one_edge_have_one_winner
                one_of_fifty_wins_a_name
                one_of_fifty_puts_a_version
                flags_of_64_tasks_do_not_overwrite_each_other
                a_sequence_is_total_under_50_tasks
                readers_never_see_half_a_batch
            }
            events {
                an_event_is_leased_by_one_holder_at_a_time
                a_lease_ends_and_its_fence_with_it
                events_come_oldest_first_within_the_limit
                an_event_is_emitted_only_with_its_batch
                two_relays_never_hold_one_event
                emitting_signals_who_waits_and_who_comes_later
            }
            upkeep {
                scans_walk_everything_once
                no_count_is_wrong_under_a_random_workload
                what_is_imported_is_what_was_scanned
            }
            model {
                a_random_history_equals_the_reference
            }
        );
    };
    (@tests $open:path; $($module:ident { $($name:ident)* })*) => {
        $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (store, _guard) = $open().await;
                $crate::contract::store::$module::$name(store).await;
            }
        )*)*
    };
}

/// Makes a test of each function of [`crate::contract::store::durable`].
#[macro_export]
macro_rules! durable_store_contract {
    ($open_at:path) => {
        $crate::durable_store_contract!(@tests $open_at;
            what_was_committed_is_there_after_reopening
            leases_and_fences_survive_reopening
        );
    };
    (@tests $open_at:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let folder = $crate::contract::store::durable::Folder::new();
                $crate::contract::store::durable::$name(
                    async || $open_at(folder.path()).await
                ).await;
            }
        )*
    };
}
