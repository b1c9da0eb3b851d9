//! What counts, once, and what is left of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use engine::{
    memory::store::MemoryStore,
    store::{
        CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, NodeKind, NodeRecord,
        Op, Outcome, Range, ReadError, Store, Upkeep,
    },
};
use graph::{CacheSizes, Graph, Id, Mint, Page};
use proptest::prelude::*;
use tokio::sync::Notify;

use super::{
    model::{
        AccountDay, DAY_HOURS, DAY_MS, DAYS_KEPT, HOUR_MS, HOURS_KEPT_DAYS, InsightDays, Mark,
        PostInsight,
    },
    tally::{Kind, Look, PARCEL},
    *,
};
use crate::{
    accounts::{self, model::Account},
    app::App,
    posts::{self, Draft, model::Audience, model::Post},
    reactions, relations,
    testing::{PASSWORD, World},
    work,
};

mod days;

const HOUR: Duration = Duration::from_millis(HOUR_MS);
const DAY: Duration = Duration::from_millis(DAY_MS);

fn seen(posts: &[Id<Post>]) -> Looks {
    Looks { seen: posts.to_vec(), ..Looks::default() }
}

async fn report(world: &World, of: Id<Account>, post: Id<Post>) -> PostReport {
    post_report(&world.app, of, post).await.unwrap().expect("the author's own post")
}

/// Ada with a post, Ben who follows her, Cleo who does not.
async fn three(world: &World) -> (Id<Account>, Id<Account>, Id<Account>, Id<Post>) {
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let cleo = world.person("cleo").await;
    world.follow(ben, ada).await;
    let post = world.post(ada, "the tide is out").await.post.id;
    (ada, ben, cleo, post)
}

/// A store that counts commits, and at will says of one that happened that it does not know.
struct Watched {
    store: Arc<MemoryStore>,
    commits: Arc<AtomicUsize>,
    unknown: Arc<AtomicUsize>,
}

#[async_trait]
impl Store for Watched {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let answer = self.store.commit(batch).await;
        let lose = |left: usize| left.checked_sub(1);
        match self.unknown.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lose) {
            Ok(_) => Err(CommitError::Unavailable("the answer was lost".to_owned())),
            Err(_) => answer,
        }
    }
    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        self.store.nodes(ids).await
    }
    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        self.store.edges(edges).await
    }
    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        self.store.ranges(ranges).await
    }
    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        self.store.counts(lists).await
    }
    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
        self.store.keys(names).await
    }
    async fn lease_events(
        &self,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<LeasedEvent>, ReadError> {
        self.store.lease_events(limit, now_ms, lease).await
    }
    async fn settle_events(&self, events: &[(u64, u64)]) -> Result<usize, ReadError> {
        self.store.settle_events(events).await
    }
    fn emitted(&self) -> Arc<Notify> {
        self.store.emitted()
    }
}

fn watched() -> (World, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (commits, unknown) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (counted, lost) = (commits.clone(), unknown.clone());
    let world =
        World::watched(|store| Arc::new(Watched { store, commits: counted, unknown: lost }));
    (world, commits, unknown)
}

/// Another process on the same store, with caches, a mint and a tally of its own.
fn beside(world: &World, process: u8) -> App {
    let app = &world.app;
    App {
        graph: Arc::new(Graph::new(world.store.clone(), CacheSizes::default())),
        mint: Arc::new(Mint::new(app.clock.clone(), process)),
        clock: app.clock.clone(),
        chance: app.chance.clone(),
        engines: app.engines.clone(),
        settings: app.settings.clone(),
        access: crate::sessions::AccessCache::new(&app.secrets),
        tokens: crate::apps::TokenCache::new(),
        errors: Default::default(),
        insight: Default::default(),
        census: Default::default(),
        chat_turns: Default::default(),
        secrets: app.secrets.clone(),
        pipeline: crate::media::pipeline::Pipeline::new(
            crate::media::pipeline::Tools::find(["/usr/bin"]),
            1,
        ),
        uploads: crate::media::Uploads::new(),
        passwords: crate::sessions::passwords::Passwords::cheap(),
    }
}

#[tokio::test]
async fn looks_are_told_to_the_author_split_by_followers_and_others() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    look(app, ben, &seen(&[post])).await.unwrap();
    let looks = Looks { viewed: vec![post], opened: vec![post], ..seen(&[post, post]) };
    look(app, cleo, &looks).await.unwrap();
    assert_eq!(report(&world, ada, post).await.total, Counts::default(), "not written yet");
    flush(app).await.unwrap();
    let told = report(&world, ada, post).await;
    assert_eq!(told.total.impressions, Split { followers: 1, others: 2 });
    assert_eq!(told.total.views, Split { followers: 0, others: 1 });
    assert_eq!(told.total.opens, Split { followers: 0, others: 1 });
    assert_eq!((told.reach, told.everybody), (Split { followers: 1, others: 1 }, 2));
    assert_eq!(told.step, Step::Hour);
    assert_eq!(told.points.len(), 1);
    assert_eq!(told.points[0].counts, told.total);
    for stranger in [ben, cleo] {
        assert!(post_report(app, stranger, post).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn impressions_cost_no_commit_and_a_flush_of_many_posts_is_one() {
    let (world, commits, _) = watched();
    let (ada, ben, cleo, post) = three(&world).await;
    let mut posts = vec![post];
    for number in 0..PARCEL - 2 {
        posts.push(world.post(ada, &format!("post {number}")).await.post.id);
    }
    let before = commits.load(Ordering::Relaxed);
    for _ in 0..2 {
        look(&world.app, ben, &seen(&posts)).await.unwrap();
        look(&world.app, cleo, &seen(&posts)).await.unwrap();
    }
    assert_eq!(commits.load(Ordering::Relaxed), before, "looks are not written");
    assert_eq!(flush(&world.app).await.unwrap(), 1);
    assert_eq!(commits.load(Ordering::Relaxed), before + 1);
    assert_eq!(flush(&world.app).await.unwrap(), 0, "nothing is left");
    assert_eq!(report(&world, ada, posts[5]).await.total.impressions.all(), 4);
    // An account from before there were secrets gets one by its first look, and never again.
    let login = world.app.graph.get(ben).await.unwrap().unwrap().login;
    let known = world.app.graph.get(login).await.unwrap().unwrap();
    let mut batch = graph::Batch::new();
    let old = accounts::model::Login { reader: String::new(), ..known.body.clone() };
    batch.replace(&known, &old);
    world.app.graph.commit(batch).await.unwrap();
    let before = commits.load(Ordering::Relaxed);
    for _ in 0..3 {
        look(&world.app, ben, &seen(&posts)).await.unwrap();
    }
    assert_eq!(commits.load(Ordering::Relaxed), before + 1);
}

#[tokio::test]
async fn own_looks_automated_accounts_and_what_one_may_not_see_do_not_count() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    let quiet = world.post_to(ada, "for followers", Audience::Followers).await.post.id;
    let gone = world.post(ada, "soon gone").await.post.id;
    posts::delete(app, ada, gone).await.unwrap();
    let bot = world.person("bot").await;
    let known = app.graph.get(bot).await.unwrap().unwrap();
    let mut batch = graph::Batch::new();
    batch.replace(&known, &Account { bot: true, ..known.body.clone() });
    app.graph.commit(batch).await.unwrap();
    let blocked = world.person("blocked").await;
    relations::block(app, ada, blocked).await.unwrap();
    let all = Looks {
        viewed: vec![post, quiet],
        opened: vec![post],
        followed: vec![post],
        visited: vec![ada],
        ..seen(&[post, quiet, gone])
    };
    look(app, ada, &all).await.unwrap();
    look(app, bot, &all).await.unwrap();
    look(app, blocked, &all).await.unwrap();
    assert_eq!(flush(app).await.unwrap(), 0, "nothing counted");
    look(app, cleo, &seen(&[quiet])).await.unwrap();
    assert_eq!(flush(app).await.unwrap(), 0, "cleo does not see it");
    look(app, ben, &seen(&[quiet])).await.unwrap();
    flush(app).await.unwrap();
    assert_eq!(report(&world, ada, quiet).await.total.impressions.all(), 1);
}

#[tokio::test]
async fn a_share_is_a_look_at_what_is_shared() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let share = reactions::share(&world.app, ben, post, None, None).await.unwrap().post.id;
    assert_ne!(share, post);
    look(&world.app, cleo, &seen(&[share])).await.unwrap();
    look(&world.app, ada, &seen(&[share])).await.unwrap();
    flush(&world.app).await.unwrap();
    assert_eq!(report(&world, ada, post).await.total.impressions.all(), 1);
    assert!(post_report(&world.app, ben, share).await.unwrap().is_none(), "a share has none");
}

#[tokio::test]
async fn somebody_counts_a_bounded_number_of_times_in_an_hour() {
    let world = World::new().await;
    let (ada, ben, _, post) = three(&world).await;
    let app = &world.app;
    for _ in 0..50 {
        look(app, ben, &seen(&[post; 50])).await.unwrap();
        flush(app).await.unwrap();
    }
    let most = u64::from(TIMES_AN_HOUR);
    let told = report(&world, ada, post).await;
    assert_eq!((told.total.impressions.all(), told.everybody), (most, 1));
    world.advance(HOUR);
    look(app, ben, &seen(&[post; 50])).await.unwrap();
    flush(app).await.unwrap();
    let told = report(&world, ada, post).await;
    assert_eq!((told.total.impressions.all(), told.everybody), (2 * most, 1));
    let by_hour: Vec<_> = told.points.iter().map(|point| point.counts.impressions.all()).collect();
    assert_eq!(by_hour, [most, most]);
    assert_eq!(told.points[1].counts.reached.all(), 0, "nobody new");
}

#[tokio::test]
async fn a_follow_counts_for_a_post_only_if_there_is_one_and_it_is_new() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    let other = world.post(ada, "another").await.post.id;
    let followed = |posts: &[Id<Post>]| Looks { followed: posts.to_vec(), ..Looks::default() };
    look(app, cleo, &followed(&[post])).await.unwrap();
    world.advance(HOUR);
    look(app, ben, &followed(&[post])).await.unwrap();
    assert_eq!(flush(app).await.unwrap(), 0, "cleo follows nobody, ben since an hour");
    world.follow(cleo, ada).await;
    look(app, cleo, &followed(&[post, other, post])).await.unwrap();
    flush(app).await.unwrap();
    assert_eq!(report(&world, ada, post).await.total.followed, 1);
    assert_eq!(report(&world, ada, other).await.total.followed, 0, "one follow, one post");
}

#[tokio::test]
async fn a_flush_of_unknown_result_counts_once_whether_it_happened_or_not() {
    let (world, _, unknown) = watched();
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    look(app, ben, &seen(&[post])).await.unwrap();
    unknown.store(3, Ordering::Relaxed);
    for _ in 0..3 {
        assert!(flush(app).await.is_err());
        look(app, cleo, &seen(&[post])).await.unwrap();
    }
    flush(app).await.unwrap();
    let told = report(&world, ada, post).await;
    assert_eq!(told.total.impressions, Split { followers: 1, others: 3 });
    let dashboard = account_report(app, ada, Span::until_today(app, 7)).await.unwrap();
    assert_eq!(dashboard.now.counts.impressions.all(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_flush_at_once_lose_nothing() {
    let world = World::new().await;
    let (ada, _, _, post) = three(&world).await;
    let apps: Vec<_> = (2..6).map(|process| Arc::new(beside(&world, process))).collect();
    let mut people = Vec::new();
    for number in 0..40 {
        people.push(world.person(&format!("reader{number}")).await);
    }
    for round in 0..10 {
        let flushes: Vec<_> = apps
            .iter()
            .cloned()
            .zip(people.chunks(10).map(<[_]>::to_vec).collect::<Vec<_>>())
            .map(|(app, people)| {
                tokio::spawn(async move {
                    look(&app, people[round], &seen(&[post])).await.unwrap();
                    // Who loses too often keeps what it has.
                    while flush(&app).await.is_err() {}
                })
            })
            .collect();
        for flush in flushes {
            flush.await.unwrap();
        }
    }
    world.app.graph.forget_everything();
    let told = report(&world, ada, post).await;
    assert_eq!((told.total.impressions.all(), told.everybody), (40, 40));
    let dashboard = account_report(&world.app, ada, Span::until_today(&world.app, 7));
    let now = dashboard.await.unwrap().now;
    assert_eq!((now.counts.impressions.all(), now.everybody), (40, 40));
}

#[tokio::test]
async fn a_deleted_post_takes_its_insight_along_and_gets_none_again() {
    let world = World::new().await;
    let (ada, ben, _, post) = three(&world).await;
    let app = &world.app;
    let before = world.store.records().await.unwrap();
    assert!(before.is_none() || before.is_some_and(|records| records.nodes > 0));
    look(app, ben, &seen(&[post])).await.unwrap();
    flush(app).await.unwrap();
    assert_eq!(nodes_of::<PostInsight>(&world).await.len(), 1);
    // What was seen before the deletion and is written after it.
    world.advance(HOUR);
    look(app, ben, &seen(&[post])).await.unwrap();
    posts::delete(app, ada, post).await.unwrap();
    flush(app).await.unwrap();
    world.settle().await;
    flush(app).await.unwrap();
    assert_eq!(nodes_of::<PostInsight>(&world).await, Vec::<String>::new());
    assert!(post_report(app, ada, post).await.unwrap().is_none());
    let report = account_report(app, ada, Span::until_today(app, 7)).await.unwrap();
    assert!(report.best.is_empty());
    assert_eq!(world.store.miscounts().await, Ok(Vec::new()));
}

async fn nodes_of<T: graph::Node>(world: &World) -> Vec<String> {
    let records = world.store.scan_nodes(T::KIND, 0, 1_000).await.unwrap();
    records.iter().map(|record| String::from_utf8_lossy(&record.body).into_owned()).collect()
}

#[tokio::test]
async fn x_1_nothing_of_who_looked_or_was_looked_at_is_left_after_a_purge() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    for by in [ben, cleo] {
        look(app, by, &Looks { visited: vec![ada], ..seen(&[post]) }).await.unwrap();
    }
    flush(app).await.unwrap();
    let secret = {
        let login = app.graph.get(ben).await.unwrap().unwrap().login;
        app.graph.get(login).await.unwrap().unwrap().reader.clone()
    };
    assert_eq!(secret.len(), 32);
    // No node of insight holds an id or the secret of who looked.
    let all =
        [nodes_of::<PostInsight>(&world).await, nodes_of::<AccountDay>(&world).await].concat();
    assert_eq!(all.len(), 2);
    for text in &all {
        assert!(!text.contains(&ben.to_string()) && !text.contains(&secret), "{text}");
    }
    accounts::delete_account(app, ben, PASSWORD).await.unwrap();
    world.settle().await;
    let logins = nodes_of::<accounts::model::Login>(&world).await;
    assert!(!logins.iter().any(|login| login.contains(&secret)), "the secret outlives its person");
    let told = report(&world, ada, post).await;
    assert_eq!(told.everybody, 2, "that somebody looked stays true");
    // What waits to be written when its owner goes makes nothing new.
    world.advance(HOUR);
    look(app, cleo, &Looks { visited: vec![ada], ..seen(&[post]) }).await.unwrap();
    accounts::delete_account(app, ada, PASSWORD).await.unwrap();
    flush(app).await.unwrap();
    world.settle().await;
    flush(app).await.unwrap();
    assert_eq!(nodes_of::<PostInsight>(&world).await, Vec::<String>::new());
    assert_eq!(nodes_of::<AccountDay>(&world).await, Vec::<String>::new());
    for decl in model::EDGES {
        let left = world.store.scan_edges(None, 1_000).await.unwrap();
        assert!(left.iter().all(|edge| edge.kind != decl.kind), "{}", decl.name);
    }
}

#[tokio::test]
async fn reactions_are_those_of_others_and_who_takes_one_back_is_not_in_it() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    for by in [ada, ben, cleo] {
        reactions::like(app, by, post).await.unwrap();
        reactions::bookmark(app, by, post).await.unwrap();
        let draft = Draft { text: "aye".to_owned(), reply_to: Some(post), ..Draft::default() };
        world.publish(by, draft).await.unwrap();
    }
    reactions::share(app, cleo, post, None, None).await.unwrap();
    reactions::unlike(app, cleo, post).await.unwrap();
    let told = report(&world, ada, post).await.reactions;
    assert_eq!(told.likes.total, Split { followers: 1, others: 0 });
    assert_eq!(told.comments.total, Split { followers: 1, others: 1 });
    assert_eq!(told.shares.total, Split { followers: 0, others: 1 });
    assert_eq!(told.bookmarks.total.all(), 2);
    let point = report(&world, ada, post).await.points[0];
    assert_eq!((point.likes.all(), point.comments.all(), point.bookmarks), (1, 2, 2));
}

#[tokio::test]
async fn more_looks_than_there_is_room_for_cost_no_memory_and_ask_for_a_flush() {
    let (tally, mut closed) = (Tally::default(), tally::Closed::default());
    let author = Id::new(7).unwrap();
    for person in 0..250_000 {
        let post = Some((Id::new(9).unwrap(), person));
        let look = Look { kind: Kind::Seen, post, author, person, follows: false };
        tally.note(1, &look);
    }
    tally.filling().await;
    tally.close(&mut closed);
    let [tally::Unit::Post(_, _, post), tally::Unit::Day(..)] = &closed.parcels[0].units[..] else {
        panic!("a post and a day");
    };
    let counted = post[0].1.counts.impressions.all();
    assert!((99_000..=100_000).contains(&counted), "{counted}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However looks are cut into flushes, tried again and rolled up: the sums are those of the looks.
    #[test]
    fn sums_do_not_depend_on_how_looks_are_flushed(
        looks in prop::collection::vec((0_u64..72, 0_u64..20, any::<bool>(), any::<bool>()), 1..80),
        again in 0_usize..3,
    ) {
        let author = Id::new(7).unwrap();
        let tally = Tally::default();
        let mut closed = tally::Closed::default();
        let mut looks = looks;
        looks.sort_by_key(|look| look.0);
        let mut counted = std::collections::HashMap::new();
        for (hour, person, follows, cut) in &looks {
            let post = Some((Id::new(9).unwrap(), *person));
            let look =
                Look { kind: Kind::Seen, post, author, person: *person, follows: *follows };
            tally.note(*hour, &look);
            *counted.entry((*hour, *person)).or_insert(0_u64) += 1;
            if *cut {
                tally.close(&mut closed);
            }
        }
        tally.close(&mut closed);
        let mut insight = PostInsight::new(Id::new(9).unwrap(), author);
        let mut rolled = false;
        for parcel in &closed.parcels {
            for unit in &parcel.units {
                let tally::Unit::Post(_, _, heaps) = unit else { continue };
                for _ in 0..=again {
                    insight.take(Mark { by: 1, number: parcel.number }, heaps);
                }
            }
            if !rolled {
                insight.roll_up(DAY_HOURS, 0);
                rolled = true;
            }
        }
        let most = u64::from(TIMES_AN_HOUR);
        let wanted: u64 = counted.values().map(|times| (*times).min(most)).sum();
        let people: std::collections::HashSet<_> = looks.iter().map(|look| look.1).collect();
        prop_assert_eq!(insight.total.impressions.all(), wanted);
        prop_assert_eq!(insight.everybody(), people.len() as u64);
        let by_day: u64 = (0..3).map(|day| insight.of_day(day).impressions.all()).sum();
        prop_assert_eq!(by_day, wanted);
    }
}
