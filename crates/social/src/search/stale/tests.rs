//! How many writes many changes cost, that they say what is, and that no crash loses one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::{
    memory::search::MemorySearch,
    queue::{Lane, Queue},
    search::{Change, Cursor, Document, Found, Question, Search, SearchError, Value},
};
use graph::Clock;
use jobs::{GATHERED_WITHIN, Relay};
use parking_lot::Mutex;

use crate::{
    reactions, relations,
    search::{PeopleList, PeopleSort, list_people},
    testing::World,
    work::ProductSubscriptions,
};

/// Notes what is written.
struct Noted {
    inner: Arc<MemorySearch>,
    puts: Puts,
}

#[async_trait]
impl Search for Noted {
    async fn write(&self, index: &'static str, changes: Vec<Change>) -> Result<(), SearchError> {
        for change in &changes {
            if let Change::Put(document) = change {
                self.puts.lock().push((index, document.clone()));
            }
        }
        self.inner.write(index, changes).await
    }

    async fn refresh(&self) -> Result<(), SearchError> {
        self.inner.refresh().await
    }

    async fn ask(&self, question: Question) -> Result<Found, SearchError> {
        self.inner.ask(question).await
    }

    async fn leave(&self, cursor: Cursor) -> Result<(), SearchError> {
        self.inner.leave(cursor).await
    }

    async fn rebuild(&self, index: &'static str) -> Result<(), SearchError> {
        self.inner.rebuild(index).await
    }

    async fn refill(&self, index: &'static str, fill: Vec<Document>) -> Result<(), SearchError> {
        self.inner.refill(index, fill).await
    }

    async fn swap(&self, index: &'static str) -> Result<(), SearchError> {
        self.inner.swap(index).await
    }
}

type Put = (&'static str, Document);
type Puts = Arc<Mutex<Vec<Put>>>;

fn noted() -> (World, Puts) {
    let puts = Puts::default();
    let watch = |inner| Arc::new(Noted { inner, puts: puts.clone() }) as Arc<dyn Search>;
    (World::searching(watch), puts)
}

fn figure(document: &Document, name: &str) -> Option<u64> {
    document.values.iter().find_map(|(field, value)| match value {
        Value::Number(number) if *field == name => Some(*number),
        _ => None,
    })
}

/// How often a document was written, and a figure of its last writing.
fn written(puts: &[Put], index: &str, id: u64, name: &str) -> (usize, Option<u64>) {
    let of: Vec<_> = puts.iter().filter(|(at, put)| *at == index && put.id == id).collect();
    (of.len(), of.last().and_then(|(_, document)| figure(document, name)))
}

#[tokio::test]
async fn a_hundred_follows_and_likes_are_one_write_each_and_right() {
    let (world, puts) = noted();
    let ada = world.person("ada").await;
    let post = world.post(ada, "hello").await.post.id;
    world.settle().await;
    puts.lock().clear();
    let mut fans = Vec::new();
    for number in 0..100 {
        let fan = world.person(&format!("fan{number}")).await;
        world.follow(fan, ada).await;
        reactions::like(&world.app, fan, post).await.unwrap();
        fans.push(fan);
    }
    relations::unfollow(&world.app, fans[0], ada).await.unwrap();
    relations::block(&world.app, fans[1], ada).await.unwrap();
    world.settle().await;
    let puts = std::mem::take(&mut *puts.lock());
    assert_eq!(written(&puts, "people", ada.raw(), "followers"), (1, Some(98)));
    let (writes, likes) = written(&puts, "posts", post.raw(), "likes");
    assert_eq!(writes, 1);
    let counted = world.app.graph.count::<crate::posts::model::LikedBy>(post).await.unwrap();
    assert_eq!(likes, Some(counted));
}

#[tokio::test]
async fn a_post_is_found_at_once_and_counts_for_its_author_and_what_it_answers() {
    let (world, puts) = noted();
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let first = world.post(ada, "hello").await.post.id;
    let draft = crate::posts::Draft {
        text: "hello, ada".to_owned(),
        reply_to: Some(first),
        ..Default::default()
    };
    let answer = world.publish(ben, draft).await.unwrap().post.id;
    reactions::share(&world.app, ben, first, None, None).await.unwrap();
    world.settle().await;
    let all = std::mem::take(&mut *puts.lock());
    let of = |index, id, name| written(&all, index, id, name);
    assert_eq!(of("posts", answer.raw(), "interactions"), (1, Some(0)));
    assert_eq!(of("posts", first.raw(), "interactions").1, Some(2));
    assert_eq!(of("people", ben.raw(), "posts").1, Some(2));
    crate::posts::delete(&world.app, ben, answer).await.unwrap();
    reactions::unshare(&world.app, ben, first).await.unwrap();
    world.settle().await;
    let all = std::mem::take(&mut *puts.lock());
    let of = |index, id, name| written(&all, index, id, name);
    assert_eq!(of("posts", first.raw(), "interactions"), (1, Some(0)));
    assert_eq!(of("people", ben.raw(), "posts"), (1, Some(0)));
}

/// A process dies at each place between the follow and the write.
#[tokio::test]
async fn a_crash_between_the_follow_and_the_write_loses_nothing() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let fans = [world.person("one").await, world.person("two").await];
    world.settle().await;
    world.follow(fans[0], ada).await;
    world.follow(fans[1], ada).await;
    world.follow(fans[1], ben).await;
    let lease = Duration::from_secs(60);
    let clock = At(world.app.now_ms());
    let relay = |lease| {
        let (store, queue) = (world.app.graph.store().clone(), world.queue.clone());
        Relay::new(store, queue, Arc::new(ProductSubscriptions), 100, lease)
    };
    // A relay dies with the events in hand, another one once they are pushed.
    let taken = world.app.graph.store().lease_events(1, clock.0, lease).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert!(relay(lease).step(&clock).await.unwrap() > 0);
    // A worker dies with what is gathered in hand.
    world.advance(GATHERED_WITHIN);
    let now = world.app.now_ms();
    assert!(!world.queue.take(Lane::Gathered, 100, now, lease).await.unwrap().is_empty());
    world.advance(Duration::from_secs(61));
    world.settle().await;
    let list = PeopleList { sort: PeopleSort::Followers, ..PeopleList::default() };
    let listed = list_people(&world.app, &list, None, 2).await.unwrap();
    let ids: Vec<_> = listed.found.iter().map(|account| account.id).collect();
    assert_eq!(ids, [ada, ben]);
}

/// A moment.
struct At(u64);

impl Clock for At {
    fn now_ms(&self) -> u64 {
        self.0
    }
}
