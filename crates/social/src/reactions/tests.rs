//! Stories of reactions.

use std::sync::Arc;

use engine::store::Upkeep;
use graph::Page;

use super::*;
use crate::{
    posts::{
        self, AuthorFilter,
        model::{Audience, LikedBy, OpenPosts, SharedBy},
    },
    testing::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn d_11_a_hundred_who_like_one_post_at_once_are_counted_exactly() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let post = world.post(ada, "loved").await.post.id;
    let mut likes = tokio::task::JoinSet::new();
    for n in 0..100 {
        let fan = world.person(&format!("fan{n}")).await;
        let app = Arc::clone(&world.app);
        likes.spawn(async move {
            like(&app, fan, post).await.unwrap();
            like(&app, fan, post).await.unwrap();
            if n % 4 == 0 {
                unlike(&app, fan, post).await.unwrap();
            }
        });
    }
    likes.join_all().await;
    assert_eq!(world.app.graph.count::<LikedBy>(post).await, Ok(75));
    assert_eq!(liked_by(&world.app, None, post, Page::newest(200)).await.unwrap().len(), 75);
    assert_eq!(world.store.miscounts().await, Ok(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_19_liking_and_unliking_at_once_ends_in_one_of_the_two() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hm").await.post.id;
    let mut presses = tokio::task::JoinSet::new();
    for n in 0..64 {
        let app = Arc::clone(&world.app);
        presses.spawn(async move {
            match n % 2 {
                0 => like(&app, ben, post).await.map(drop),
                _ => unlike(&app, ben, post).await.map(drop),
            }
            .unwrap();
        });
    }
    presses.join_all().await;
    let marked = marks_of(&world.app, ben, &[(post, post)]).await.unwrap()[0].liked;
    let count = world.app.graph.count::<LikedBy>(post).await.unwrap();
    assert_eq!(count, u64::from(marked));
    let listed = likes(&world.app, ben, Page::newest(5)).await.unwrap().posts.len();
    assert_eq!(listed, usize::from(marked));
    assert_eq!(world.store.miscounts().await, Ok(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sharing_from_many_devices_at_once_makes_one_share() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "worth it").await.post.id;
    let mut presses = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let app = Arc::clone(&world.app);
        presses.spawn(async move { share(&app, ben, post, None, None).await.unwrap().post.id });
    }
    let mut shares = presses.join_all().await;
    shares.dedup();
    assert_eq!(shares.len(), 1);
    assert_eq!(world.app.graph.count::<SharedBy>(post).await, Ok(1));
    assert_eq!(world.app.graph.count::<OpenPosts>(ben).await, Ok(1));
}

#[tokio::test]
async fn z_8_what_is_not_open_is_shared_by_nobody_but_its_author() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    world.follow(ben, ada).await;
    let hidden = world.post_to(ada, "for followers", Audience::Followers).await.post.id;
    let direct = world.post_to(ada, "for @ben", Audience::Direct).await.post.id;
    let app = &world.app;
    for post in [hidden, direct] {
        let reader = share(app, ben, post, None, None).await;
        assert_eq!(reader.unwrap_err(), ReactionError::NotShareable);
        let stranger = share(app, eve, post, None, None).await;
        assert_eq!(stranger.unwrap_err(), ReactionError::NotFound);
    }
    let own = share(app, ada, direct, None, None).await;
    assert_eq!(own.unwrap_err(), ReactionError::NotShareable);
    // One's own for followers may be shared again with followers, however openly it is asked for.
    let own = share(app, ada, hidden, Some(Audience::Public), None).await.unwrap();
    assert_eq!(own.post.audience, Audience::Followers);
    assert!(posts::see_one(app, Some(eve), own.post.id).await.unwrap().is_none());
    assert!(posts::see_one(app, Some(ben), own.post.id).await.unwrap().is_some());
    assert_eq!(app.graph.count::<SharedBy>(hidden).await, Ok(0));
}

#[tokio::test]
async fn a_share_is_taken_back_by_the_post_or_by_itself() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "worth it").await.post.id;
    for by_share in [false, true] {
        let shared = share(&world.app, ben, post, None, None).await.unwrap().post.id;
        // A share of the share is a share of the post.
        assert_eq!(share(&world.app, ben, shared, None, None).await.unwrap().post.id, shared);
        let id = if by_share { shared } else { post };
        assert_eq!(unshare(&world.app, ben, id).await.unwrap().post.id, post);
        assert_eq!(world.app.graph.count::<SharedBy>(post).await, Ok(0));
        let marked = marks_of(&world.app, ben, &[(post, post)]).await.unwrap()[0];
        assert_eq!(marked, Marked::default());
        let filter = AuthorFilter::default();
        let own = posts::by_author(&world.app, None, ben, &filter, Page::newest(5));
        assert!(own.await.unwrap().posts.is_empty());
        unshare(&world.app, ben, post).await.unwrap();
    }
}

#[tokio::test]
async fn bookmarks_are_seen_by_their_owner_alone() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "for later").await.post.id;
    bookmark(&world.app, ben, post).await.unwrap();
    bookmark(&world.app, ben, post).await.unwrap();
    assert_eq!(bookmarks(&world.app, ben, Page::newest(5)).await.unwrap().posts.len(), 1);
    assert!(bookmarks(&world.app, ada, Page::newest(5)).await.unwrap().posts.is_empty());
    world.settle().await;
    let filter = Default::default();
    let told = crate::notifications::notifications(&world.app, ada, &filter, Page::newest(5));
    assert!(told.await.unwrap().told.is_empty());
    unbookmark(&world.app, ben, post).await.unwrap();
    assert!(bookmarks(&world.app, ben, Page::newest(5)).await.unwrap().posts.is_empty());
}

#[tokio::test]
async fn one_pins_a_few_of_ones_own_posts() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let bens = world.post(ben, "not ada's").await.post.id;
    let other = pin(&world.app, ada, bens).await;
    assert_eq!(other.unwrap_err(), ReactionError::NotYours);
    let direct = world.post_to(ada, "for @ben", Audience::Direct).await.post.id;
    let shared = share(&world.app, ada, bens, None, None).await.unwrap().post.id;
    for post in [direct, shared] {
        let answer = pin(&world.app, ada, post).await;
        assert_eq!(answer.unwrap_err(), ReactionError::NotPinnable);
    }
    let mut own = Vec::new();
    for n in 0..=MAX_PINS {
        own.push(world.post(ada, &format!("{n}")).await.post.id);
    }
    for post in &own[..MAX_PINS] {
        pin(&world.app, ada, *post).await.unwrap();
        pin(&world.app, ada, *post).await.unwrap();
    }
    let sixth = pin(&world.app, ada, own[MAX_PINS]).await;
    assert_eq!(sixth.unwrap_err(), ReactionError::TooManyPins);
    unpin(&world.app, ada, own[0]).await.unwrap();
    pin(&world.app, ada, own[MAX_PINS]).await.unwrap();
    let pinned = posts::pinned(&world.app, None, ada).await.unwrap();
    let pinned: Vec<_> = pinned.iter().map(|seen| seen.post.id).collect();
    assert_eq!(pinned, own[1..].iter().rev().copied().collect::<Vec<_>>());
}
