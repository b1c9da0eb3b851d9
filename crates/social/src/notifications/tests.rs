//! Stories of notifications.

use graph::{Id, Page};

use super::{
    model::{NOTIFICATION_CAUSES, Notification, NotificationKind::*},
    *,
};
use crate::{
    accounts::{self, model::Account},
    events::Event,
    posts::{
        self, Draft,
        model::{Audience, Post},
    },
    profiles, reactions,
    relations::{self, model::Mute},
    subscriptions,
    testing::World,
};

const ALL: Page = Page { below: None, above: None, order: graph::Order::Newest, limit: 50 };

async fn kinds(world: &World, of: Id<Account>) -> Vec<model::NotificationKind> {
    let told = notifications(&world.app, of, &Filter::default(), ALL).await.unwrap().told;
    told.iter().map(|told| told.notification.kind).collect()
}

async fn answer(world: &World, by: Id<Account>, text: &str, to: Id<Post>) -> Id<Post> {
    let draft = Draft { text: text.to_owned(), reply_to: Some(to), ..Draft::default() };
    world.publish(by, draft).await.unwrap().post.id
}

#[tokio::test]
async fn each_doing_is_told_once_to_the_one_it_concerns() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    world.follow(ben, ada).await;
    reactions::like(&world.app, ben, post).await.unwrap();
    reactions::share(&world.app, ben, post, None, None).await.unwrap();
    // It names ada, too, but is a comment before it is a mention.
    answer(&world, ben, "@ada well said, @ada", post).await;
    world.post(ben, "have you met @ada and @ada?").await;
    world.settle().await;
    let mut told = kinds(&world, ada).await;
    told.sort_by_key(|kind| format!("{kind:?}"));
    assert_eq!(told, [Comment, Follow, Like, Mention, Share]);
    assert!(kinds(&world, ben).await.is_empty());
}

#[tokio::test]
async fn f_18_a_job_that_runs_again_tells_nothing_new() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    reactions::like(&world.app, ben, post).await.unwrap();
    let answered = answer(&world, ben, "hello", post).await;
    world.settle().await;
    let liked = Event::Liked { by: ben, post };
    let published =
        Event::PostPublished { post: answered, author: Some(ben), reacts_to: Some(post) };
    for event in [&liked, &published] {
        for _ in 0..3 {
            subscriptions::handle(&world.app, event).await.unwrap();
        }
    }
    assert_eq!(kinds(&world, ada).await.len(), 2);
    // Nor what was dismissed.
    clear(&world.app, ada).await.unwrap();
    subscriptions::handle(&world.app, &published).await.unwrap();
    assert!(kinds(&world, ada).await.is_empty());
}

#[tokio::test]
async fn a_like_that_is_taken_back_takes_its_notification_along() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    let like = async || reactions::like(&world.app, ben, post).await.unwrap();
    let unlike = async || reactions::unlike(&world.app, ben, post).await.unwrap();
    like().await;
    world.settle().await;
    assert_eq!(kinds(&world, ada).await, [Like]);
    unlike().await;
    world.settle().await;
    assert!(kinds(&world, ada).await.is_empty());
    like().await;
    world.settle().await;
    assert_eq!(kinds(&world, ada).await, [Like]);
    // Liked and unliked before any job ran: nothing was ever told.
    unlike().await;
    like().await;
    unlike().await;
    world.settle().await;
    assert!(kinds(&world, ada).await.is_empty());
}

#[tokio::test]
async fn a_muted_conversation_is_silent_until_it_is_heard_again() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let root = world.post(ada, "hello").await.post.id;
    let first = answer(&world, ben, "one", root).await;
    world.settle().await;
    // Muted by any post of it.
    reactions::mute_conversation(&world.app, ada, first).await.unwrap();
    let second = answer(&world, ben, "@ada two", first).await;
    reactions::like(&world.app, ben, root).await.unwrap();
    world.settle().await;
    assert_eq!(kinds(&world, ada).await, [Comment]);
    let marked = reactions::marks_of(&world.app, ada, &[(second, root)]).await.unwrap();
    assert!(marked[0].muted);
    reactions::unmute_conversation(&world.app, ada, second).await.unwrap();
    answer(&world, ben, "@ada three", second).await;
    world.settle().await;
    assert_eq!(kinds(&world, ada).await, [Mention, Comment]);
}

#[tokio::test]
async fn z_7_nobody_is_told_of_what_they_may_not_see() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    relations::block(&world.app, ben, eve).await.unwrap();
    world.post(ben, "hello @ada and @eve").await;
    let bens = world.post(ada, "a question").await.post.id;
    let direct = Draft {
        text: "not for the one it answers".to_owned(),
        audience: Some(Audience::Direct),
        reply_to: Some(bens),
        ..Draft::default()
    };
    world.publish(ben, direct).await.unwrap();
    world.settle().await;
    assert_eq!(kinds(&world, ada).await, [Mention]);
    assert!(kinds(&world, eve).await.is_empty());
    // What was told is seen no more once access is lost.
    relations::block(&world.app, ben, ada).await.unwrap();
    assert!(kinds(&world, ada).await.is_empty());
    assert_eq!(unread_count(&world.app, ada, &Filter::default(), 50).await, Ok(0));
}

#[tokio::test]
async fn z_12_the_blocked_muted_and_suspended_are_not_heard() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    let quiet = Mute { notifications: true, until_ms: None };
    relations::mute(&world.app, ada, ben, quiet).await.unwrap();
    reactions::like(&world.app, ben, post).await.unwrap();
    world.settle().await;
    relations::unmute(&world.app, ada, ben).await.unwrap();
    assert!(kinds(&world, ada).await.is_empty(), "told while muted");
    answer(&world, ben, "hello", post).await;
    world.settle().await;
    assert_eq!(kinds(&world, ada).await, [Comment]);
    // A mute that lets notifications through.
    relations::mute(&world.app, ada, ben, Mute::default()).await.unwrap();
    assert_eq!(kinds(&world, ada).await, [Comment]);
    accounts::suspend(&world.app, ben).await.unwrap();
    assert!(kinds(&world, ada).await.is_empty());
}

#[tokio::test]
async fn a_locked_account_is_told_of_requests_and_of_no_follow_before_it_said_yes() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let changes = profiles::Changes { locked: Some(true), ..Default::default() };
    profiles::update(&world.app, ada, changes).await.unwrap();
    world.follow(ben, ada).await;
    world.settle().await;
    assert_eq!(kinds(&world, ada).await, [FollowRequest]);
}

#[tokio::test]
async fn who_shared_a_post_is_told_of_its_edit() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "first").await.post.id;
    reactions::share(&world.app, ben, post, None, None).await.unwrap();
    let again = Draft { text: "second".to_owned(), ..Draft::default() };
    posts::edit(&world.app, ada, post, again).await.unwrap();
    world.settle().await;
    assert_eq!(kinds(&world, ben).await, [Edit]);
}

#[tokio::test]
async fn z_14_notifications_are_read_and_dismissed_by_their_owner_alone() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    reactions::like(&world.app, ben, post).await.unwrap();
    world.settle().await;
    let told = notifications(&world.app, ada, &Filter::default(), ALL).await.unwrap().told;
    let id = told[0].notification.id;
    assert!(read_one(&world.app, ben, id).await.unwrap().is_none());
    dismiss(&world.app, ben, id).await.unwrap();
    assert!(read_one(&world.app, ada, id).await.unwrap().is_some());
    assert_eq!(unread_count(&world.app, ada, &Filter::default(), 50).await, Ok(1));
    dismiss(&world.app, ada, id).await.unwrap();
    dismiss(&world.app, ada, id).await.unwrap();
    assert!(kinds(&world, ada).await.is_empty());
    let cause = model::cause_of(&Notification {
        number: None,
        account: ada,
        kind: Like,
        by: ben,
        post: Some(post),
        about: None,
    });
    let claimed = world.app.graph.key::<Notification>(NOTIFICATION_CAUSES, &cause).await.unwrap();
    assert_eq!(claimed, Some(id), "dismissed is told already");
}
