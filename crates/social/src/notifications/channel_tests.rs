//! Stories of the kinds that came later, and of the ways on which things reach people.

use std::time::Duration;

use graph::{Id, Page};

use super::{
    model::{Aside, Notification, NotificationKind::*},
    *,
};
use crate::{
    accounts::model::{Account, Role},
    chats::{self, NewMessage},
    posts::{self, Draft, model::Audience},
    reactions,
    relations::{self, FollowWishes},
    sessions::{self, SignInDevice},
    testing::{PASSWORD, World},
};

const ALL: Page = Page { below: None, above: None, order: graph::Order::Newest, limit: 50 };

async fn kinds(world: &World, of: Id<Account>) -> Vec<model::NotificationKind> {
    let told = notifications(&world.app, of, &Filter::default(), ALL).await.unwrap().told;
    told.iter().map(|told| told.notification.kind).collect()
}

async fn bell(world: &World, by: Id<Account>, whom: Id<Account>, notify: Option<bool>) {
    let wishes = FollowWishes { notify, shares: None };
    relations::follow(&world.app, by, whom, wishes).await.unwrap();
}

async fn switch(
    world: &World,
    of: Id<Account>,
    kind: model::NotificationKind,
    (in_app, email, push): (bool, bool, bool),
) {
    change_wishes(&world.app, of, |wishes| {
        wishes.channels.insert(kind, Channels { in_app, email, push });
    })
    .await
    .unwrap();
}

async fn say(world: &World, by: Id<Account>, chat: Id<chats::model::Chat>, text: &str) -> u64 {
    let new =
        NewMessage { text: text.to_owned(), client_id: text.to_owned(), ..NewMessage::default() };
    chats::send(&world.app, by, chat, new).await.unwrap().number
}

#[tokio::test]
async fn a_bell_tells_of_each_post_and_of_nothing_that_is_no_post() {
    let world = World::new().await;
    let (ada, ben, cleo) =
        (world.person("ada").await, world.person("ben").await, world.person("cleo").await);
    bell(&world, ben, ada, Some(true)).await;
    world.follow(cleo, ada).await;
    let theirs = world.post(cleo, "mine").await.post.id;
    let post = world.post(ada, "hello").await.post.id;
    let thread = Draft { text: "and".to_owned(), reply_to: Some(post), ..Draft::default() };
    world.publish(ada, thread).await.unwrap();
    let reply = Draft { text: "to you".to_owned(), reply_to: Some(theirs), ..Draft::default() };
    world.publish(ada, reply).await.unwrap();
    reactions::share(&world.app, ada, theirs, None, None).await.unwrap();
    // Who is named hears of that, and only once.
    world.post(ada, "look, @ben").await;
    world.settle().await;
    assert_eq!(kinds(&world, ben).await, [Mention, NewPost, NewPost]);
    // Who follows without the bell hears nothing of it.
    assert!(!kinds(&world, cleo).await.contains(&NewPost));
    // What is asked for is no stranger's doing: the strictest policy does not hold it back.
    change_policy(&world.app, ben, |policy| policy.not_followers = Rule::Drop).await.unwrap();
    world.post(ada, "again").await;
    world.settle().await;
    assert_eq!(kinds(&world, ben).await.len(), 4);
}

#[tokio::test]
async fn a_bell_ends_with_the_wish_the_follow_and_the_sight_of_a_post() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    bell(&world, ben, ada, Some(true)).await;
    bell(&world, ben, ada, None).await;
    world.post(ada, "one").await;
    world.settle().await;
    assert_eq!(kinds(&world, ben).await, [NewPost]);
    world.post_to(ada, "not for ben", Audience::Direct).await;
    bell(&world, ben, ada, Some(false)).await;
    world.post(ada, "two").await;
    bell(&world, ben, ada, Some(true)).await;
    relations::unfollow(&world.app, ben, ada).await.unwrap();
    world.post(ada, "three").await;
    world.follow(ben, ada).await;
    world.post(ada, "four").await;
    world.settle().await;
    assert_eq!(kinds(&world, ben).await, [NewPost]);
    // What can no longer be seen is no longer told.
    let told = notifications(&world.app, ben, &Filter::default(), ALL).await.unwrap().told;
    let post = told[0].post.as_ref().unwrap().post.id;
    posts::delete(&world.app, ada, post).await.unwrap();
    assert!(kinds(&world, ben).await.is_empty());
}

#[tokio::test]
async fn staff_who_may_see_people_hear_of_who_joins_and_nobody_else_does() {
    let world = World::new().await;
    let staff = async |handle: &str, role| {
        world.person_with(handle, |who| who.by_operator = Some((role, true))).await
    };
    let (admin, member) = (staff("ada", Role::Admin).await, world.person("mia").await);
    world.settle().await;
    world.person("ben").await;
    world.person("cleo").await;
    world.settle().await;
    assert_eq!(kinds(&world, admin).await, [SignUp, SignUp, SignUp]);
    assert!(kinds(&world, member).await.is_empty());
    // Told as one, and only as long as one is staff.
    let (filter, kinds_grouped) = (Filter::default(), model::NotificationKind::ALL);
    let grouped = groups(&world.app, admin, &filter, kinds_grouped, ALL).await.unwrap();
    assert_eq!(grouped.groups.len(), 1);
    crate::accounts::set_role(&world.app, admin, Role::Member).await.unwrap();
    assert!(kinds(&world, admin).await.is_empty());
}

#[tokio::test]
async fn of_a_chat_there_is_one_notification_while_it_is_unread() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ada, ben).await;
    world.follow(ben, ada).await;
    world.settle().await;
    clear(&world.app, ben).await.unwrap();
    let chat = chats::open_direct(&world.app, ada, ben).await.unwrap().chat.id;
    say(&world, ada, chat, "one").await;
    say(&world, ada, chat, "two").await;
    world.settle().await;
    assert_eq!(kinds(&world, ben).await, [ChatMessage]);
    assert_eq!(unread(&world.app, ben).await.unwrap(), Unread { chats: 1, ..Unread::default() });
    assert!(kinds(&world, ada).await.iter().all(|kind| *kind != ChatMessage));
    chats::mark_read(&world.app, ben, chat, 2).await.unwrap();
    assert!(kinds(&world, ben).await.is_empty(), "what is read waits no more");
    assert_eq!(unread(&world.app, ben).await.unwrap(), Unread::default());
    say(&world, ada, chat, "three").await;
    say(&world, ada, chat, "four").await;
    world.settle().await;
    assert_eq!(kinds(&world, ben).await, [ChatMessage]);
    let list = world.app.graph.list::<model::Notifications>(ben, ALL).await.unwrap();
    assert_eq!(list.len(), 1, "the one before is gone");
    // A muted chat says nothing, and what it said is hidden.
    chats::mute(&world.app, ben, chat, true).await.unwrap();
    assert!(kinds(&world, ben).await.is_empty());
    chats::mark_read(&world.app, ben, chat, 4).await.unwrap();
    say(&world, ada, chat, "five").await;
    world.settle().await;
    chats::mute(&world.app, ben, chat, false).await.unwrap();
    assert!(kinds(&world, ben).await.is_empty(), "nothing was told while it was muted");
}

#[tokio::test]
async fn a_sign_in_from_a_device_that_was_never_seen_is_told_at_once_and_by_mail() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let enter = async |mark: &str| {
        let device = SignInDevice { name: "Firefox".to_owned(), mark: Some(mark.to_owned()) };
        sessions::sign_in(&world.app, "ada", PASSWORD, device).await.unwrap().session
    };
    enter("at home").await;
    enter("at home").await;
    sessions::sign_in(&world.app, "ada", PASSWORD, "no browser").await.unwrap();
    world.settle().await;
    assert!(kinds(&world, ada).await.is_empty());
    let session = enter("at the library").await;
    enter("at the library").await;
    world.settle().await;
    let told = notifications(&world.app, ada, &Filter::default(), ALL).await.unwrap().told;
    assert_eq!(told.len(), 1);
    let Notification { kind, about, by, .. } = told[0].notification.body;
    assert_eq!((kind, about, by), (NewSignIn, Some(session.raw()), ada));
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("Firefox") && mails[0].unsubscribe.is_some());
}

#[tokio::test]
async fn the_matrix_decides_what_stands_in_the_list() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    switch(&world, ada, Like, (false, false, false)).await;
    // By mail, and in no list: it is kept until it is mailed, and some days more.
    switch(&world, ada, Follow, (false, true, false)).await;
    reactions::like(&world.app, ben, post).await.unwrap();
    world.follow(ben, ada).await;
    world.settle().await;
    assert!(kinds(&world, ada).await.is_empty());
    assert_eq!(unread(&world.app, ada).await.unwrap(), Unread::default());
    let aside = async || world.app.graph.list::<Aside>(ada, ALL).await.unwrap().len();
    assert_eq!(aside().await, 1);
    world.advance(crate::mails::WINDOW + Duration::from_secs(180));
    world.settle().await;
    assert_eq!(world.mails().len(), 1);
    world.advance(Duration::from_secs(8 * 24 * 3_600));
    let cleo = world.person("cleo").await;
    world.follow(cleo, ada).await;
    world.settle().await;
    assert_eq!(aside().await, 1, "what is older went");
    // What staff decide cannot be switched off.
    switch(&world, ada, Warning, (false, false, false)).await;
    let wishes = wishes(&world.app, ada).await.unwrap();
    assert_eq!(wishes.channels(Warning), Channels { in_app: true, email: true, push: false });
}
