//! Stories of relations.

use std::{sync::Arc, time::Duration};

use engine::store::Upkeep;
use graph::Page;

use super::{
    model::{FollowRequests, Followers, Follows, Mute},
    *,
};
use crate::{
    posts::{self, model::Audience},
    profiles,
    testing::World,
    timelines,
};

const ALL: Page = Page { below: None, above: None, order: graph::Order::Newest, limit: 50 };

async fn lock(world: &World, whom: graph::Id<crate::accounts::model::Account>, locked: bool) {
    let changes = profiles::Changes { locked: Some(locked), ..Default::default() };
    profiles::update(&world.app, whom, changes).await.unwrap();
}

#[tokio::test]
async fn following_twice_is_following_once_and_wishes_can_change() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ada, ben).await;
    world.follow(ada, ben).await;
    assert_eq!(world.app.graph.count::<Followers>(ben).await, Ok(1));
    let wishes = FollowWishes { shares: Some(false), notify: Some(true) };
    follow(&world.app, ada, ben, wishes).await.unwrap();
    // Following again without a wish leaves them.
    world.follow(ada, ben).await;
    let [relation] = &relationships(&world.app, ada, &[ben]).await.unwrap()[..] else { panic!() };
    assert!(relation.following && relation.notify && !relation.shares && !relation.followed_by);
    unfollow(&world.app, ada, ben).await.unwrap();
    unfollow(&world.app, ada, ben).await.unwrap();
    assert_eq!(world.app.graph.count::<Followers>(ben).await, Ok(0));
    assert_eq!(follow(&world.app, ada, ada, wishes).await, Err(RelationError::Yourself));
    let nobody = follow(&world.app, ada, world.app.id(), wishes).await;
    assert_eq!(nobody, Err(RelationError::NotFound));
}

#[tokio::test]
async fn z_3_a_locked_account_decides_who_follows() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    lock(&world, ben, true).await;
    let post = world.post_to(ben, "for followers", Audience::Followers).await.post.id;
    let sees = async || posts::see_one(&world.app, Some(ada), post).await.unwrap().is_some();
    world.follow(ada, ben).await;
    world.follow(ada, ben).await;
    assert!(!sees().await, "before approval");
    assert_eq!(follow_requests(&world.app, ben, ALL).await.unwrap().len(), 1);
    reject(&world.app, ben, ada).await.unwrap();
    assert!(!sees().await, "after a refusal");
    assert_eq!(accept(&world.app, ben, ada).await, Err(RelationError::NoRequest));
    world.follow(ada, ben).await;
    accept(&world.app, ben, ada).await.unwrap();
    assert!(sees().await, "after approval");
    assert_eq!(world.app.graph.count::<FollowRequests>(ben).await, Ok(0));
    block(&world.app, ben, ada).await.unwrap();
    assert!(!sees().await, "after a block");
    unblock(&world.app, ben, ada).await.unwrap();
    assert!(!sees().await, "an ended block brings no follow back");
    lock(&world, ben, false).await;
    world.follow(ada, ben).await;
    assert!(sees().await);
    unfollow(&world.app, ada, ben).await.unwrap();
    assert!(!sees().await, "after unfollowing");
}

#[tokio::test]
async fn z_12_a_block_ends_everything_between_two_and_holds_off_more() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ada, ben).await;
    world.follow(ben, ada).await;
    block(&world.app, ada, ben).await.unwrap();
    block(&world.app, ada, ben).await.unwrap();
    for (by, whom) in [(ada, ben), (ben, ada)] {
        assert!(world.app.graph.edge::<Follows>(by, whom).await.unwrap().is_none());
        let again = follow(&world.app, by, whom, FollowWishes::default()).await;
        assert_eq!(again, Err(RelationError::Refused));
    }
    assert!(followers(&world.app, Some(ben), ada, ALL).await.unwrap().is_empty());
    assert_eq!(blocks(&world.app, ada, ALL).await.unwrap().len(), 1);
    assert!(blocks(&world.app, ben, ALL).await.unwrap().is_empty());
    unblock(&world.app, ada, ben).await.unwrap();
    unblock(&world.app, ada, ben).await.unwrap();
    world.follow(ben, ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_19_following_blocking_and_locking_at_once_leaves_no_follower_behind_a_block() {
    for _ in 0..10 {
        let world = World::new().await;
        let (ada, ben) = (world.person("ada").await, world.person("ben").await);
        let mut races = tokio::task::JoinSet::new();
        for n in 0..24 {
            let app = Arc::clone(&world.app);
            races.spawn(async move {
                match n % 4 {
                    0 | 1 => drop(follow(&app, ada, ben, FollowWishes::default()).await),
                    2 => drop(unfollow(&app, ada, ben).await),
                    _ if n == 11 => block(&app, ben, ada).await.unwrap(),
                    _ => {
                        let changes =
                            profiles::Changes { locked: Some(n % 8 == 3), ..Default::default() };
                        drop(profiles::update(&app, ben, changes).await);
                    }
                }
            });
        }
        races.join_all().await;
        assert!(world.app.graph.edge::<Follows>(ada, ben).await.unwrap().is_none());
        assert_eq!(world.app.graph.count::<FollowRequests>(ben).await, Ok(0));
        assert_eq!(world.store.miscounts().await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_mute_ends_when_it_says() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ada, ben).await;
    world.post(ben, "loud").await;
    world.settle().await;
    let home = async || timelines::home(&world.app, ada, ALL).await.unwrap().posts.len();
    assert_eq!(home().await, 1);
    let hour = Duration::from_secs(3_600);
    let until_ms = Some(world.app.now_ms() + hour.as_millis() as u64);
    mute(&world.app, ada, ben, Mute { notifications: true, until_ms }).await.unwrap();
    assert_eq!(home().await, 0);
    assert_eq!(mutes(&world.app, ada, ALL).await.unwrap().len(), 1);
    assert!(relationships(&world.app, ada, &[ben]).await.unwrap()[0].mute.is_some());
    world.advance(hour);
    assert_eq!(home().await, 1);
    assert!(mutes(&world.app, ada, ALL).await.unwrap().is_empty());
    assert!(relationships(&world.app, ada, &[ben]).await.unwrap()[0].mute.is_none());
    // Muting again, for good this time, changes what is there.
    mute(&world.app, ada, ben, Mute::default()).await.unwrap();
    world.advance(hour * 10_000);
    assert_eq!(home().await, 0);
    unmute(&world.app, ada, ben).await.unwrap();
    assert_eq!(home().await, 1);
}

#[tokio::test]
async fn a_note_is_read_by_its_writer_alone() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    note(&world.app, ada, ben, "from the choir").await.unwrap();
    let of = async |viewer, whom| {
        relationships(&world.app, viewer, &[whom]).await.unwrap()[0].note.clone()
    };
    assert_eq!(of(ada, ben).await, "from the choir");
    assert_eq!(of(eve, ben).await, "");
    assert_eq!(of(ben, ada).await, "");
    let long = note(&world.app, ada, ben, &"x".repeat(2_001)).await;
    assert_eq!(long, Err(RelationError::NoteTooLong));
    note(&world.app, ada, ben, "").await.unwrap();
    assert_eq!(of(ada, ben).await, "");
}

#[tokio::test]
async fn z_23_hidden_lists_are_empty_for_all_but_their_owner() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    world.follow(ada, ben).await;
    world.follow(eve, ada).await;
    let changes = profiles::Changes { hide_collections: Some(true), ..Default::default() };
    profiles::update(&world.app, ada, changes).await.unwrap();
    for (viewer, count) in [(None, 0), (Some(eve), 0), (Some(ada), 1)] {
        assert_eq!(followers(&world.app, viewer, ada, ALL).await.unwrap().len(), count);
        assert_eq!(following(&world.app, viewer, ada, ALL).await.unwrap().len(), count);
    }
    let familiar = familiar_followers(&world.app, ben, &[ada]).await.unwrap();
    assert_eq!(familiar, [(ada, Vec::new())]);
}
