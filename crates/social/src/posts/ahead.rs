//! What a page of posts is going to read, asked for ahead: three round trips, where each question alone would take one.
//!
//! The policy, the counts and the views then find it in the caches. Nothing is decided here: what is missing from these lists
//! is read later, one question more.

use std::sync::Arc;

use engine::store::EdgeKind;
use graph::{Edge, Id, Stored, Wanted};

use super::model::{LikedBy, Marks, OpenPosts, OpenReplies, Post, SharedBy};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    relations::{
        model::{Followers, Follows},
        wanted_lists, wanted_ties,
    },
};

/// The posts themselves, their counts, and the viewer's lists that decide what may be seen.
pub(super) async fn of_page(
    app: &App,
    viewer: Option<Id<Account>>,
    ids: &[Id<Post>],
) -> Result<(), Fault> {
    let mut wanted = Wanted::default();
    wanted.nodes(ids.iter().copied());
    wanted.counts(ids.iter().flat_map(|id| counts_of_post(*id)));
    if let Some(viewer) = viewer {
        wanted_lists(viewer, &mut wanted);
        wanted.heads([(viewer.raw(), Marks::DECL.kind)]);
    }
    Ok(app.graph.warm(wanted).await?)
}

/// What these posts name: what they share and answer, who wrote that, their media and apps.
pub(super) async fn of_posts(
    app: &App,
    viewer: Option<Id<Account>>,
    posts: &[Option<Arc<Stored<Post>>>],
) -> Result<(), Fault> {
    let mut wanted = Wanted::default();
    let posts = || posts.iter().flatten();
    wanted.nodes(posts().filter_map(|post| post.share_of));
    wanted.counts(posts().filter_map(|post| post.share_of).flat_map(counts_of_post));
    let answered = || posts().filter_map(|post| post.reply_to);
    wanted.nodes(answered().map(|parent| parent.post));
    wanted.nodes(posts().flat_map(|post| post.media.iter().copied()));
    wanted.nodes(posts().filter_map(|post| post.app));
    let people = posts().map(|post| post.author).chain(answered().map(|parent| parent.author));
    of_people(app, viewer, people.collect(), &mut wanted).await?;
    Ok(app.graph.warm(wanted).await?)
}

/// What the shared posts and those that are answered name, and the pictures of who wrote all of it.
pub(super) async fn of_others(
    app: &App,
    viewer: Option<Id<Account>>,
    authors: &[Id<Account>],
    others: &[&Arc<Stored<Post>>],
) -> Result<(), Fault> {
    let mut wanted = Wanted::default();
    let others = || others.iter().copied();
    wanted.nodes(others().filter_map(|post| post.reply_to).map(|parent| parent.post));
    wanted.nodes(others().flat_map(|post| post.media.iter().copied()));
    wanted.nodes(others().filter_map(|post| post.app));
    let people: Vec<_> = others().map(|post| post.author).collect();
    of_people(app, viewer, people, &mut wanted).await?;
    for author in app.graph.get_many(authors).await?.iter().flatten() {
        wanted.nodes([author.avatar, author.header].into_iter().flatten());
    }
    Ok(app.graph.warm(wanted).await?)
}

async fn of_people(
    app: &App,
    viewer: Option<Id<Account>>,
    people: Vec<Id<Account>>,
    wanted: &mut Wanted,
) -> Result<(), Fault> {
    let kinds = [OpenPosts::DECL.kind, Followers::DECL.kind, Follows::DECL.kind];
    wanted.nodes(people.iter().copied());
    wanted.counts(people.iter().flat_map(|id| kinds.map(|kind| (id.raw(), kind))));
    if let Some(viewer) = viewer {
        wanted_ties(app, viewer, &people, wanted).await?;
    }
    Ok(())
}

fn counts_of_post(id: Id<Post>) -> [(u64, EdgeKind); 3] {
    let kinds = [OpenReplies::DECL.kind, SharedBy::DECL.kind, LikedBy::DECL.kind];
    kinds.map(|kind| (id.raw(), kind))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        time::Duration,
    };

    use async_trait::async_trait;
    use engine::{
        memory::store::MemoryStore,
        store::{
            Answers, CommitError, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, NodeKind, NodeRecord,
            Op, Outcome, Range, ReadError, Reads, Store,
        },
    };
    use tokio::sync::Notify;

    use super::*;
    use crate::{
        posts::{Draft, Place, see},
        reactions::{self, marks_of},
        relations,
        testing::World,
    };

    /// Counts the round trips of reads.
    struct Watched {
        store: Arc<MemoryStore>,
        trips: Arc<AtomicU64>,
    }

    impl Watched {
        fn store(&self) -> &MemoryStore {
            self.trips.fetch_add(1, Ordering::Relaxed);
            &self.store
        }
    }

    #[async_trait]
    impl Store for Watched {
        async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
            self.store.commit(batch).await
        }
        async fn nodes(
            &self,
            ids: &[(NodeKind, u64)],
        ) -> Result<Vec<Option<NodeRecord>>, ReadError> {
            self.store().nodes(ids).await
        }
        async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
            self.store().edges(edges).await
        }
        async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
            self.store().ranges(ranges).await
        }
        async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
            self.store().counts(lists).await
        }
        async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
            self.store().keys(names).await
        }
        async fn read(&self, reads: &Reads) -> Result<Answers, ReadError> {
            self.store().read(reads).await
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

    /// Whom the viewer follows, whom not and who blocks; posts, shares of others' posts, answers to others' posts.
    #[tokio::test]
    async fn a_page_of_twenty_posts_costs_three_round_trips_when_nothing_is_cached() {
        let trips = Arc::new(AtomicU64::new(0));
        let seen = trips.clone();
        let world = World::watched(|store| Arc::new(Watched { store, trips: seen }));
        let app = &world.app;
        let mut people = Vec::new();
        for n in 0..10 {
            people.push(world.person(&format!("person{n}")).await);
        }
        let viewer = people[0];
        for other in &people[1..6] {
            relations::follow(app, viewer, *other, Default::default()).await.unwrap();
        }
        relations::mute(app, viewer, people[8], Default::default()).await.unwrap();
        relations::block(app, people[9], viewer).await.unwrap();
        // What is shared and answered stands on no page of its own here, and is by others; who wrote what is shared is known
        // by nothing but that.
        let stranger = world.person("stranger").await;
        let mut earlier = Vec::new();
        for n in 0..20 {
            let author = if n % 3 == 1 && n < 15 { stranger } else { people[5 + n % 5] };
            earlier.push(world.post(author, &format!("earlier {n}")).await.post.id);
        }
        let mut ids = Vec::new();
        for (n, earlier) in earlier.into_iter().enumerate() {
            let author = people[1 + n % 4];
            if n % 3 == 1 {
                let shared = reactions::share(app, author, earlier, None, None).await.unwrap();
                ids.push(shared.post.id);
                continue;
            }
            let reply_to = (n % 3 == 2).then_some(earlier);
            let draft = Draft { text: format!("post {n}"), reply_to, ..Draft::default() };
            let post = world.publish(author, draft).await.unwrap().post.id;
            reactions::like(app, people[1 + n % 7], post).await.unwrap();
            ids.push(post);
        }
        world.settle().await;
        let page = async || {
            let seen = see(app, Some(viewer), &ids, Place::Listed).await.unwrap();
            let contents: Vec<_> = seen.iter().flatten().map(|seen| seen.content()).collect();
            let asked: Vec<_> = contents.iter().map(|post| (post.id, post.root)).collect();
            let marks = marks_of(app, viewer, &asked).await.unwrap();
            let counts: Vec<_> = contents.iter().flat_map(|post| counts_of_post(post.id)).collect();
            let counts = app.graph.counts(&counts).await.unwrap();
            let shown: Vec<_> = seen.iter().map(|seen| seen.as_ref().map(|s| s.post.id)).collect();
            (shown, marks.len(), counts)
        };
        let warm = page().await;
        assert!((10..20).contains(&warm.0.iter().flatten().count()), "{:?}", warm.0);
        app.graph.forget_everything();
        trips.store(0, Ordering::Relaxed);
        assert_eq!(page().await, warm);
        assert_eq!(trips.load(Ordering::Relaxed), 3);
        assert_eq!(page().await, warm);
        assert_eq!(trips.load(Ordering::Relaxed), 3, "the second time all is there");
    }
}
