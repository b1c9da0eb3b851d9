//! Conversations as their owners have them: gathered, read, put away, and gone with what may be seen of them.

use graph::{Id, Page};

use super::{Talk, conversation, conversations, gather, mark, model::Conversation, put_away};
use crate::{
    accounts::{self, model::Account},
    events::Event,
    posts::{
        self, Draft,
        model::{Audience, Post},
    },
    relations, subscriptions,
    testing::{PASSWORD, World},
};

const ALL: Page = Page { below: None, above: None, order: graph::Order::Newest, limit: 40 };

async fn direct(world: &World, by: Id<Account>, text: &str, to: Option<Id<Post>>) -> Id<Post> {
    let audience = Some(Audience::Direct);
    let draft = Draft { text: text.to_owned(), audience, reply_to: to, ..Draft::default() };
    let id = world.publish(by, draft).await.unwrap().post.id;
    world.settle().await;
    id
}

async fn of(world: &World, who: Id<Account>) -> Vec<Talk> {
    let rows = conversations(&world.app, who, ALL).await.unwrap();
    rows.into_iter().filter_map(|row| row.1).collect()
}

/// Newest posts and whether they are unread.
async fn shown(world: &World, who: Id<Account>) -> Vec<(Id<Post>, bool)> {
    let talks = of(world, who).await;
    talks.iter().map(|talk| (talk.last.post.id, talk.conversation.unread)).collect()
}

#[tokio::test]
async fn an_exchange_is_one_conversation_of_each_who_has_a_part_in_it() {
    let world = World::new().await;
    let [ada, bob, eve] =
        [world.person("ada").await, world.person("bob").await, world.person("eve").await];
    let first = direct(&world, ada, "@bob are you there?", None).await;
    assert_eq!(shown(&world, ada).await, [(first, false)]);
    assert_eq!(shown(&world, bob).await, [(first, true)]);
    assert_eq!(shown(&world, eve).await, []);
    let answer = direct(&world, bob, "@ada I am", Some(first)).await;
    assert_eq!(shown(&world, ada).await, [(answer, true)]);
    assert_eq!(shown(&world, bob).await, [(answer, false)]);
    let with: Vec<_> = of(&world, ada).await[0].others.iter().map(|one| one.id).collect();
    assert_eq!(with, [bob]);
    // Another one, although with the same person; it is the newest until something comes in the first.
    let second = direct(&world, bob, "@ada by the way", None).await;
    assert_eq!(shown(&world, ada).await, [(second, true), (answer, true)]);
    let again = direct(&world, ada, "@bob good", Some(answer)).await;
    assert_eq!(shown(&world, bob).await, [(again, true), (second, false)]);
    // A direct answer to an open post begins an exchange of its own, whoever else answers so.
    let open = world.post(ada, "who comes?").await.post.id;
    let his = direct(&world, bob, "@ada I do", Some(open)).await;
    let hers = direct(&world, eve, "@ada not I", Some(open)).await;
    assert_eq!(shown(&world, ada).await[..2], [(hers, true), (his, true)]);
    assert_eq!(shown(&world, eve).await, [(hers, false)]);
}

#[tokio::test]
async fn it_is_read_kept_unread_and_put_away_by_its_owner_alone() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let first = direct(&world, ada, "@bob hello", None).await;
    let (app, theirs) = (&world.app, of(&world, bob).await[0].conversation.id);
    let read = mark(app, bob, theirs, false).await.unwrap().unwrap();
    assert!(!read.conversation.unread);
    assert!(mark(app, bob, theirs, true).await.unwrap().unwrap().conversation.unread);
    // Nobody else's.
    assert!(mark(app, ada, theirs, false).await.unwrap().is_none());
    assert!(conversation(app, ada, theirs).await.unwrap().is_none());
    assert!(!put_away(app, ada, theirs).await.unwrap());
    assert!(put_away(app, bob, theirs).await.unwrap());
    assert!(!put_away(app, bob, theirs).await.unwrap());
    assert_eq!(shown(&world, bob).await, []);
    assert_eq!(shown(&world, ada).await, [(first, false)]);
    // A card, a description or a warning of staff says nothing new in it.
    subscriptions::handle(app, &Event::PostTouched { post: first }).await.unwrap();
    assert_eq!(shown(&world, bob).await, []);
    // Nor does an edit, but to those whom it names for the first time.
    let eve = world.person("eve").await;
    let edit = |text: &str| Draft { text: text.to_owned(), ..Draft::default() };
    posts::edit(app, ada, first, edit("@bob @eve hello")).await.unwrap();
    world.settle().await;
    assert_eq!(shown(&world, bob).await, []);
    assert_eq!(shown(&world, eve).await, [(first, true)]);
    let hers = of(&world, eve).await[0].conversation.id;
    assert!(put_away(app, eve, hers).await.unwrap());
    posts::edit(app, ada, first, edit("@bob @eve hello!")).await.unwrap();
    world.settle().await;
    assert_eq!(shown(&world, eve).await, []);
    let next = direct(&world, ada, "@bob still there?", Some(first)).await;
    assert_eq!(shown(&world, bob).await, [(next, true)]);
}

#[tokio::test]
async fn a_job_that_runs_twice_or_late_changes_nothing() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let first = direct(&world, ada, "@bob one", None).await;
    let second = direct(&world, ada, "@bob two", Some(first)).await;
    let id = of(&world, bob).await[0].conversation.id;
    mark(&world.app, bob, id, false).await.unwrap();
    for post in [first, second, first] {
        gather(&world.app, post).await.unwrap();
    }
    assert_eq!(shown(&world, bob).await, [(second, false)]);
}

#[tokio::test]
async fn all_gather_at_once_and_none_is_lost() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let first = direct(&world, ada, "@bob one", None).await;
    let draft = |number: usize| Draft {
        text: format!("@bob number {number}"),
        audience: Some(Audience::Direct),
        reply_to: Some(first),
        ..Draft::default()
    };
    let mut posts = Vec::new();
    for number in 0..6 {
        posts.push(world.publish(ada, draft(number)).await.unwrap().post.id);
    }
    let newest = *posts.last().unwrap();
    futures::future::join_all(posts.iter().map(|post| gather(&world.app, *post)))
        .await
        .into_iter()
        .for_each(|done| done.unwrap());
    assert_eq!(shown(&world, bob).await, [(newest, true)]);
    let kept = &of(&world, bob).await[0].conversation.posts.clone();
    assert_eq!(kept.len(), 7);
}

#[tokio::test]
async fn z_14_what_may_not_be_seen_is_in_no_conversation() {
    let world = World::new().await;
    let [ada, bob, eve] =
        [world.person("ada").await, world.person("bob").await, world.person("eve").await];
    let app = &world.app;
    let first = direct(&world, ada, "@bob @eve a secret", None).await;
    let second = direct(&world, ada, "@bob @eve another", Some(first)).await;
    // Deleted: the one before is the newest again, and without any there is no conversation.
    posts::delete(app, ada, second).await.unwrap();
    world.settle().await;
    assert_eq!(shown(&world, bob).await, [(first, true)]);
    // Edited out.
    let again = Draft { text: "@bob a secret".to_owned(), ..Draft::default() };
    posts::edit(app, ada, first, again).await.unwrap();
    world.settle().await;
    assert_eq!(shown(&world, eve).await, []);
    assert_eq!(shown(&world, bob).await, [(first, true)]);
    // Blocked, on both sides.
    let answer = direct(&world, bob, "@ada yes", Some(first)).await;
    relations::block(app, ada, bob).await.unwrap();
    assert_eq!(shown(&world, bob).await, []);
    assert_eq!(shown(&world, ada).await, []);
    relations::unblock(app, ada, bob).await.unwrap();
    assert_eq!(shown(&world, ada).await, [(answer, true)]);
    // Suspended.
    accounts::suspend(app, bob).await.unwrap();
    assert!(of(&world, ada).await.iter().all(|talk| talk.others.is_empty()));
    assert_eq!(shown(&world, ada).await, [(first, true)]);
    posts::delete(app, ada, first).await.unwrap();
    assert_eq!(shown(&world, ada).await, []);
}

#[tokio::test]
async fn who_blocks_or_mutes_an_author_hears_nothing_of_it() {
    let world = World::new().await;
    let [ada, bob, eve] =
        [world.person("ada").await, world.person("bob").await, world.person("eve").await];
    relations::block(&world.app, bob, eve).await.unwrap();
    relations::mute(&world.app, ada, eve, Default::default()).await.unwrap();
    direct(&world, eve, "@bob @ada listen", None).await;
    assert_eq!(shown(&world, bob).await, []);
    assert_eq!(shown(&world, ada).await, []);
}

#[tokio::test]
async fn a_purge_takes_them_with_their_names() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let first = direct(&world, ada, "@bob hello", None).await;
    let id: Id<Conversation> = of(&world, bob).await[0].conversation.id;
    accounts::delete_account(&world.app, bob, PASSWORD).await.unwrap();
    world.settle().await;
    assert!(world.app.graph.get(id).await.unwrap().is_none());
    let name = super::model::name_of(bob, first);
    let known = world.app.graph.key::<Conversation>(super::model::CONVERSATIONS, &name).await;
    assert_eq!(known.unwrap(), None);
    assert_eq!(shown(&world, ada).await, [(first, false)]);
}
