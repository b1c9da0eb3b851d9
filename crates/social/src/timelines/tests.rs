//! Stories of timelines.

use graph::{Order, Page};

use super::*;
use crate::{
    posts::{self, Draft, Seen, model::Audience},
    reactions, relations,
    testing::World,
};

fn texts(posts: &[Seen]) -> Vec<String> {
    posts.iter().map(|seen| seen.content().text.clone()).collect()
}

async fn home_of(world: &World, viewer: graph::Id<crate::accounts::model::Account>) -> Vec<String> {
    texts(&home(&world.app, viewer, Page::newest(20)).await.unwrap().posts)
}

#[tokio::test]
async fn home_holds_own_posts_and_those_of_the_followed() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    world.follow(ada, ben).await;
    world.post(ben, "from ben").await;
    world.post(ada, "from ada").await;
    world.post(eve, "from eve").await;
    world.settle().await;
    assert_eq!(home_of(&world, ada).await, ["from ada", "from ben"]);
    world.post(ben, "pushed").await;
    world.settle().await;
    assert_eq!(home_of(&world, ada).await, ["pushed", "from ada", "from ben"]);
}

#[tokio::test]
async fn the_author_reads_a_post_at_home_before_any_job_ran() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    assert!(home_of(&world, ada).await.is_empty());
    world.post(ada, "at once").await;
    assert_eq!(home_of(&world, ada).await, ["at once"]);
}

#[tokio::test]
async fn answers_show_only_to_those_who_follow_both() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    world.follow(ada, ben).await;
    let question = world.post(eve, "question").await;
    let answer =
        Draft { text: "answer".to_owned(), reply_to: Some(question.post.id), ..Draft::default() };
    world.publish(ben, answer).await.unwrap();
    world.settle().await;
    assert!(home_of(&world, ada).await.is_empty());
    world.follow(ada, eve).await;
    world.settle().await;
    assert_eq!(home_of(&world, ada).await, ["answer", "question"]);
}

#[tokio::test]
async fn a_post_that_two_share_stands_once() {
    let world = World::new().await;
    let (ada, ben, eve, dan) = (
        world.person("ada").await,
        world.person("ben").await,
        world.person("eve").await,
        world.person("dan").await,
    );
    world.follow(ada, ben).await;
    world.follow(ada, eve).await;
    let post = world.post(dan, "worth it").await;
    reactions::share(&world.app, ben, post.post.id, None, None).await.unwrap();
    reactions::share(&world.app, eve, post.post.id, None, None).await.unwrap();
    world.settle().await;
    assert_eq!(home_of(&world, ada).await, ["worth it"]);
}

#[tokio::test]
async fn z_3_losing_access_holds_from_the_next_read_on() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ada, ben).await;
    world.post_to(ben, "for followers", Audience::Followers).await;
    world.settle().await;
    assert_eq!(home_of(&world, ada).await, ["for followers"]);
    // No job ran between: what is read decides, not what was pushed.
    relations::remove_follower(&world.app, ben, ada).await.unwrap();
    assert!(home_of(&world, ada).await.is_empty());
}

#[tokio::test]
async fn following_leads_every_page_of_a_long_home_to_its_end() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    world.follow(ada, ben).await;
    world.follow(ada, eve).await;
    let mut all = Vec::new();
    for n in 0..130 {
        let author = if n % 3 == 0 { eve } else { ben };
        world.post(author, &format!("post {n}")).await;
        all.push(format!("post {n}"));
    }
    world.settle().await;
    all.reverse();
    let mut read = Vec::new();
    let mut page = Page::newest(17);
    loop {
        let slice = home(&world.app, ada, page).await.unwrap();
        read.extend(texts(&slice.posts));
        if !slice.more {
            break;
        }
        page.below = slice.oldest;
    }
    assert_eq!(read, all);
    let oldest = home(&world.app, ada, Page { order: Order::Oldest, ..Page::newest(3) });
    let after = oldest.await.unwrap();
    assert_eq!(texts(&after.posts), ["post 2", "post 1", "post 0"]);
}

#[tokio::test]
async fn authors_with_many_followers_are_merged_when_read() {
    let settings = crate::app::Settings { push_limit: 1, ..Default::default() };
    let world = World::with_settings(settings).await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    world.follow(ada, eve).await;
    world.follow(ben, eve).await;
    assert!(home_of(&world, ada).await.is_empty());
    world.post(eve, "to the crowd").await;
    world.settle().await;
    assert_eq!(home_of(&world, ada).await, ["to the crowd"]);
}

#[tokio::test]
async fn z_4_public_and_tag_pages_leave_out_what_is_not_public() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.post(ben, "open #harbour").await;
    world.post_to(ben, "quiet #harbour", Audience::Unlisted).await;
    world.post_to(ben, "hidden #harbour", Audience::Followers).await;
    world.post_to(ben, "secret #harbour", Audience::Direct).await;
    world.settle().await;
    for viewer in [None, Some(ada)] {
        let page = Page::newest(20);
        let all = public(&world.app, viewer, false, page).await.unwrap();
        assert_eq!(texts(&all.posts), ["open #harbour"]);
        let tag = tagged(&world.app, viewer, "Harbour", false, page).await.unwrap();
        assert_eq!(texts(&tag.posts), ["open #harbour"]);
    }
    relations::block(&world.app, ada, ben).await.unwrap();
    let none = public(&world.app, Some(ada), false, Page::newest(20)).await.unwrap();
    assert!(none.posts.is_empty());
}

#[tokio::test]
async fn a_deleted_post_is_gone_from_home_at_once_and_its_shares_after_the_job() {
    let world = World::new().await;
    let (ada, ben, eve) =
        (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    world.follow(ada, ben).await;
    let post = world.post(eve, "soon gone").await;
    reactions::share(&world.app, ben, post.post.id, None, None).await.unwrap();
    world.settle().await;
    assert_eq!(home_of(&world, ada).await, ["soon gone"]);
    posts::delete(&world.app, eve, post.post.id).await.unwrap();
    assert!(home_of(&world, ada).await.is_empty());
    world.settle().await;
    let filter = posts::AuthorFilter::default();
    let shares = posts::by_author(&world.app, None, ben, &filter, Page::newest(5));
    assert!(shares.await.unwrap().posts.is_empty());
}

#[tokio::test]
async fn markers_are_versioned_per_timeline() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    set_marker(&world.app, ada, "home", 7).await.unwrap();
    let marker = set_marker(&world.app, ada, "home", 9).await.unwrap();
    assert_eq!((marker.version, marker.last_read), (2, 9));
    assert_eq!(markers(&world.app, ada).await.unwrap().len(), 1);
    assert_eq!(
        set_marker(&world.app, ada, "elsewhere", 1).await,
        Err(MarkerError::UnknownTimeline)
    );
}
