//! Stories of posts.

use std::{sync::Arc, time::Duration};

use graph::{Id, Page};

use super::{
    model::{Audience, OpenPosts, OpenReplies, Post, Revisions},
    *,
};
use crate::{
    accounts::model::Account,
    app::Settings,
    media::{self, model::Attachment, model::Media, pipeline::Purpose},
    testing::World,
};

/// A picture of this width, uploaded and loose.
pub(crate) async fn picture(world: &World, of: Id<Account>, width: u32) -> Id<Media> {
    let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
    image::RgbImage::new(width, 8).save(file.path()).unwrap();
    let upload = media::upload(&world.app, of, file.path(), Purpose::Attachment, "", None);
    upload.await.unwrap().id
}

fn saying(text: &str) -> Draft {
    Draft { text: text.to_owned(), ..Draft::default() }
}

fn answering(text: &str, audience: Audience, to: Id<Post>) -> Draft {
    Draft { audience: Some(audience), reply_to: Some(to), ..saying(text) }
}

#[tokio::test]
async fn an_idempotency_key_makes_one_post_a_day_for_each_author() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let keyed = |text: &str| Draft { idempotency: Some("k".to_owned()), ..saying(text) };
    let first = world.publish(ada, keyed("once")).await.unwrap().post.id;
    assert_eq!(world.publish(ada, keyed("once")).await.unwrap().post.id, first);
    let other = world.publish(ada, keyed("twice")).await;
    assert_eq!(other.unwrap_err(), PublishError::KeyReused);
    let bens = world.publish(ben, keyed("once")).await.unwrap().post.id;
    assert_ne!(bens, first);
    world.advance(Duration::from_secs(25 * 60 * 60));
    world.settle().await;
    assert_ne!(world.publish(ada, keyed("once")).await.unwrap().post.id, first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_sends_of_one_key_at_once_make_one_post() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let mut sends = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let app = Arc::clone(&world.app);
        let draft = Draft { idempotency: Some("k".to_owned()), ..saying("once") };
        sends.spawn(async move { publish(&app, ada, draft).await.unwrap().post.id });
    }
    let mut ids = sends.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.app.graph.count::<OpenPosts>(ada).await, Ok(1));
}

#[tokio::test]
async fn what_a_post_said_before_each_edit_stays_readable() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let post = world.post(ada, "first").await.post.id;
    let start = world.app.now_ms();
    for (n, text) in ["second", "third"].into_iter().enumerate() {
        world.advance(Duration::from_secs(60));
        let again = Draft { warning: format!("w{n}"), ..saying(text) };
        edit(&world.app, ada, post, again).await.unwrap();
    }
    // Saying the same again is no edit.
    edit(&world.app, ada, post, Draft { warning: "w1".to_owned(), ..saying("third") })
        .await
        .unwrap();
    let (seen, versions) = history(&world.app, None, post).await.unwrap().unwrap();
    let said: Vec<_> = versions
        .iter()
        .map(|v| (v.post.text.as_str(), v.post.warning.as_str(), v.made_ms - start))
        .collect();
    assert_eq!(said, [("first", "", 0), ("second", "w0", 60_000), ("third", "w1", 120_000)]);
    assert_eq!(seen.post.edited_ms, Some(start + 120_000));
}

#[tokio::test]
async fn z_1_posts_are_edited_and_deleted_by_their_author_alone() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "mine").await.post.id;
    let edited = edit(&world.app, ben, post, saying("taken")).await;
    assert_eq!(edited.unwrap_err(), EditError::NotFound);
    assert_eq!(delete(&world.app, ben, post).await.unwrap_err(), DeleteError::NotFound);
    assert_eq!(see_one(&world.app, None, post).await.unwrap().unwrap().post.text, "mine");
}

#[tokio::test]
async fn i_13_an_edit_is_checked_like_a_new_post() {
    let world = World::with_settings(Settings { post_characters: 20, ..Settings::default() }).await;
    let ada = world.person("ada").await;
    let post = world.post(ada, "fine").await.post.id;
    let long = "x".repeat(21);
    let cases = [
        (saying(""), DraftError::Empty),
        (saying("\u{200b} \u{2060}"), DraftError::Empty),
        (saying(&long), DraftError::TooLong { max: 20 }),
        (Draft { warning: "w".repeat(12), ..saying("123456789") }, DraftError::TooLong { max: 20 }),
        (Draft { language: Some("no language".to_owned()), ..saying("x") }, DraftError::Language),
    ];
    for (draft, error) in cases {
        let new = world.publish(ada, draft.clone()).await;
        assert_eq!(new.unwrap_err(), PublishError::Draft(error.clone()));
        let edited = edit(&world.app, ada, post, draft).await;
        assert_eq!(edited.unwrap_err(), EditError::Draft(error));
    }
    assert_eq!(world.app.graph.count::<OpenPosts>(ada).await, Ok(1));
}

#[tokio::test]
async fn delete_and_redraft_takes_the_picture_along() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let shown = picture(&world, ada, 8).await;
    let with = |text: &str| Draft { media: vec![shown], ..saying(text) };
    let first = world.publish(ada, with("with a typo")).await.unwrap().post.id;
    let twice = world.publish(ada, with("a second use")).await;
    assert_eq!(twice.unwrap_err(), PublishError::Draft(DraftError::Media));
    let deleted = delete(&world.app, ada, first).await.unwrap();
    assert_eq!(deleted.seen.post.media, [shown]);
    let second = world.publish(ada, with("without")).await.unwrap().post.id;
    world.settle().await;
    world.advance(Duration::from_secs(3 * 24 * 60 * 60));
    world.settle().await;
    let media = world.app.graph.get(shown).await.unwrap().expect("it is in use");
    assert_eq!(media.attached, Attachment::Post(second));
}

#[tokio::test]
async fn a_picture_that_an_edit_took_out_stays_in_the_history_and_goes_with_the_post() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let (first, second) = (picture(&world, ada, 8).await, picture(&world, ada, 9).await);
    let with = |media| Draft { media: vec![media], ..saying("look") };
    let post = world.publish(ada, with(first)).await.unwrap().post.id;
    edit(&world.app, ada, post, with(second)).await.unwrap();
    world.advance(Duration::from_secs(3 * 24 * 60 * 60));
    world.settle().await;
    assert!(world.app.graph.get(first).await.unwrap().is_some());
    delete(&world.app, ada, post).await.unwrap();
    world.settle().await;
    for _ in 0..2 {
        world.advance(Duration::from_secs(2 * 24 * 60 * 60));
        world.settle().await;
    }
    for media in [first, second] {
        assert!(world.app.graph.get(media).await.unwrap().is_none());
    }
    assert_eq!(world.app.engines.blobs.list(None, 10).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn z_15_media_of_another_or_of_nobody_is_not_attached() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let bens = picture(&world, ben, 8).await;
    for media in [bens, world.app.id()] {
        let draft = Draft { media: vec![media], ..saying("not mine") };
        let answer = world.publish(ada, draft).await;
        assert_eq!(answer.unwrap_err(), PublishError::Draft(DraftError::Media));
    }
    let five = {
        let mut media = Vec::new();
        for width in 8..13 {
            media.push(picture(&world, ada, width).await);
        }
        Draft { media, ..saying("too many") }
    };
    let answer = world.publish(ada, five).await;
    assert_eq!(answer.unwrap_err(), PublishError::Draft(DraftError::MediaMix));
}

#[tokio::test]
async fn z_9_an_answer_does_not_tell_what_it_answers_to_who_may_not_see_that() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ben, ada).await;
    let hidden = world.post_to(ada, "for followers", Audience::Followers).await.post.id;
    let open = answering("an open answer", Audience::Public, hidden);
    let open = world.publish(ben, open).await.unwrap().post.id;
    for (viewer, known) in [(None, false), (Some(ben), true), (Some(ada), true)] {
        let seen = see_one(&world.app, viewer, open).await.unwrap().unwrap();
        assert_eq!(seen.parent_known, known);
        let around = thread(&world.app, viewer, open).await.unwrap().unwrap();
        assert_eq!(around.ancestors.len(), usize::from(known));
    }
    let eve = world.person("eve").await;
    let blind = world.publish(eve, answering("?", Audience::Public, hidden)).await;
    assert_eq!(blind.unwrap_err(), PublishError::NoParent);
}

#[tokio::test]
async fn a_comment_for_followers_is_for_the_one_it_answers_after_an_edit_too() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let bens = world.post(ben, "a question").await.post.id;
    let comment = answering("an answer", Audience::Followers, bens);
    let comment = world.publish(ada, comment).await.unwrap().post.id;
    assert!(see_one(&world.app, Some(ben), comment).await.unwrap().is_some());
    edit(&world.app, ada, comment, saying("a better answer")).await.unwrap();
    let seen = see_one(&world.app, Some(ben), comment).await.unwrap().expect("still for ben");
    assert_eq!(seen.post.text, "a better answer");
    assert!(see_one(&world.app, None, comment).await.unwrap().is_none());
}

#[tokio::test]
async fn z_22_a_deleted_post_is_gone_at_once_and_its_traces_after_the_job() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "soon gone #harbour").await.post.id;
    let answer = answering("an answer", Audience::Public, post);
    let answer = world.publish(ben, answer).await.unwrap().post.id;
    edit(&world.app, ada, post, saying("nearly gone #harbour")).await.unwrap();
    crate::reactions::like(&world.app, ben, post).await.unwrap();
    crate::reactions::share(&world.app, ben, post, None, None).await.unwrap();
    world.settle().await;
    delete(&world.app, ada, post).await.unwrap();
    assert!(see_one(&world.app, Some(ada), post).await.unwrap().is_none());
    assert_eq!(delete(&world.app, ada, post).await.unwrap_err(), DeleteError::NotFound);
    let left = see_one(&world.app, None, answer).await.unwrap().expect("answers stay");
    assert!(!left.parent_known);
    world.settle().await;
    assert_eq!(world.app.graph.count::<OpenPosts>(ben).await, Ok(1), "the share is gone");
    assert_eq!(world.app.graph.count::<OpenReplies>(post).await, Ok(0));
    assert!(world.app.graph.list::<Revisions>(post, Page::newest(5)).await.unwrap().is_empty());
    let kept = crate::reactions::likes(&world.app, ben, Page::newest(5)).await.unwrap();
    assert!(kept.posts.is_empty());
    assert_eq!(engine::store::Upkeep::miscounts(&*world.store).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_thread_is_read_whole_and_in_order() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let root = world.post(ada, "root").await.post.id;
    let say = async |by, text: &str, to| {
        world.publish(by, answering(text, Audience::Public, to)).await.unwrap().post.id
    };
    let first = say(ben, "first", root).await;
    let second = say(ada, "second", root).await;
    let below_second = say(ben, "below second", second).await;
    say(ada, "below first", first).await;
    let around = thread(&world.app, None, root).await.unwrap().unwrap();
    let texts = |posts: &[Seen]| posts.iter().map(|s| s.post.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&around.descendants), ["first", "below first", "second", "below second"]);
    let around = thread(&world.app, None, below_second).await.unwrap().unwrap();
    assert_eq!(texts(&around.ancestors), ["root", "second"]);
    assert_eq!(world.app.graph.count::<OpenReplies>(root).await, Ok(2));
}
