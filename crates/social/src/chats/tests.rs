use std::{collections::HashSet, sync::Arc};

use graph::{Id, Page};
use proptest::prelude::*;

use super::{
    model::{Chat, ChatMessages, Message},
    *,
};
use crate::{
    accounts::{
        self,
        model::{Account, Login, WhoMayMessage},
    },
    app::{App, Settings},
    relations,
    testing::{PASSWORD, World},
};

mod files;
mod found;
mod told;

fn words(text: &str) -> NewMessage {
    NewMessage { text: text.to_owned(), client_id: text.to_owned(), ..NewMessage::default() }
}

async fn say(app: &App, by: Id<Account>, chat: Id<Chat>, text: &str) -> Id<Message> {
    send(app, by, chat, words(text)).await.unwrap().id
}

/// The texts that somebody reads, the last page.
async fn texts(app: &App, me: Id<Account>, chat: Id<Chat>) -> Vec<String> {
    let (_, shown) = history(app, me, chat, Place::Newest, MOST_SHOWN).await.unwrap();
    shown.into_iter().map(|one| one.message.text.clone()).collect()
}

async fn own_chats(app: &App, me: Id<Account>) -> Vec<Listed> {
    let rows = chats(app, me, Page::newest(40)).await.unwrap();
    rows.into_iter().filter_map(|(_, row)| row).collect()
}

async fn waiting(app: &App, me: Id<Account>) -> Vec<Listed> {
    let rows = requests(app, me, Page::newest(40)).await.unwrap();
    rows.into_iter().filter_map(|(_, row)| row).collect()
}

async fn prefers(app: &App, who: Id<Account>, choice: WhoMayMessage) {
    let account = app.graph.get(who).await.unwrap().unwrap();
    let login = app.graph.get(account.login).await.unwrap().unwrap();
    let mut batch = graph::Batch::new();
    batch.replace(&login, &Login { who_may_message: choice, ..login.body.clone() });
    app.graph.commit(batch).await.unwrap();
}

/// Two people who know each other, and their chat.
async fn friends(world: &World) -> (Id<Account>, Id<Account>, Id<Chat>) {
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ada, ben).await;
    world.follow(ben, ada).await;
    let chat = open_direct(&world.app, ada, ben).await.unwrap().chat.id;
    (ada, ben, chat)
}

/// A group of people who all follow its owner.
async fn group(world: &World, owner: Id<Account>, names: &[&str]) -> (Id<Chat>, Vec<Id<Account>>) {
    let mut people = Vec::new();
    for name in names {
        let one = world.person(name).await;
        world.follow(one, owner).await;
        people.push(one);
    }
    let chat = open_group(&world.app, owner, "Harbour", &people).await.unwrap().chat.id;
    (chat, people)
}

#[tokio::test]
async fn two_who_know_each_other_write_and_read_in_one_order() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    assert!(own_chats(app, ben).await.is_empty(), "nothing before the first message");
    say(app, ada, chat, "one").await;
    assert_eq!(open_direct(app, ben, ada).await.unwrap().chat.id, chat);
    say(app, ben, chat, "two @ada https://example.org").await;
    assert_eq!(texts(app, ada, chat).await, texts(app, ben, chat).await);
    let list = own_chats(app, ada).await;
    assert_eq!((list[0].unread, list[0].members, list[0].last), (1, 2, 2));
    assert_eq!(list[0].newest.as_ref().unwrap().message.mentions[0].account, ada);
    assert_eq!(mark_read(app, ada, chat, 99).await.unwrap(), 2);
    assert_eq!(mark_read(app, ada, chat, 1).await.unwrap(), 2, "it never goes back");
    assert_eq!(own_chats(app, ada).await[0].unread, 0);
    assert_eq!(own_chats(app, ben).await[0].unread, 0, "who writes has read");
    let third = world.person("cleo").await;
    assert_eq!(seat(app, third, chat).await.unwrap_err(), ChatError::NotFound);
    assert_eq!(send(app, third, chat, words("x")).await.unwrap_err(), ChatError::NotFound);
}

#[tokio::test]
async fn the_chat_with_the_newest_message_stands_first() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, direct) = friends(&world).await;
    say(app, ada, direct, "one").await;
    let (harbour, _) = group(&world, ada, &["cleo"]).await;
    let order =
        async || own_chats(app, ada).await.iter().map(|c| c.seat.chat.id).collect::<Vec<_>>();
    assert_eq!(order().await, [harbour, direct]);
    say(app, ben, direct, "two").await;
    assert_eq!(order().await, [direct, harbour]);
}

#[tokio::test]
async fn a_retry_is_the_first_message_and_another_text_under_its_id_is_refused() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    let first = say(app, ada, chat, "once").await;
    assert_eq!(say(app, ada, chat, "once").await, first);
    let other = NewMessage { client_id: "once".to_owned(), ..words("twice") };
    assert_eq!(send(app, ada, chat, other.clone()).await.unwrap_err(), ChatError::KeyReused);
    assert_ne!(send(app, ben, chat, other).await.unwrap().id, first, "ids are each client's own");
    delete_message(app, ada, chat, first).await.unwrap();
    assert_eq!(say(app, ada, chat, "once").await, first, "nor does a retry bring it back");
    assert_eq!(texts(app, ben, chat).await, ["", "twice"]);
    for bad in ["", &"x".repeat(129)] {
        let new = NewMessage { client_id: bad.to_owned(), ..words("x") };
        assert_eq!(send(app, ada, chat, new).await.unwrap_err(), ChatError::ClientId);
    }
    let blank = NewMessage { client_id: "b".to_owned(), ..words(" \u{200b} ") };
    assert_eq!(send(app, ada, chat, blank).await.unwrap_err(), ChatError::Empty);
    let long = NewMessage { client_id: "l".to_owned(), ..words(&"x".repeat(5_001)) };
    assert_eq!(send(app, ada, chat, long).await.unwrap_err(), ChatError::TooLong { max: 5_000 });
}

#[tokio::test]
async fn a_strangers_first_message_waits_and_is_the_only_one() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let chat = open_direct(app, ada, ben).await.unwrap().chat.id;
    say(app, ada, chat, "hello").await;
    assert_eq!(send(app, ada, chat, words("hello?")).await.unwrap_err(), ChatError::Waiting);
    say(app, ada, chat, "hello").await;
    assert!(own_chats(app, ben).await.is_empty());
    let request = waiting(app, ben).await.remove(0);
    assert_eq!(
        (request.asked_by, request.newest.unwrap().message.text.as_str()),
        (Some(ada), "hello")
    );
    assert_eq!(texts(app, ben, chat).await, ["hello"]);
    assert_eq!(send(app, ben, chat, words("x")).await.unwrap_err(), ChatError::NotAccepted);
    accept(app, ben, chat).await.unwrap();
    assert_eq!(accept(app, ben, chat).await.unwrap_err(), ChatError::NotFound);
    say(app, ben, chat, "hello, ada").await;
    say(app, ada, chat, "good").await;
    assert!(waiting(app, ben).await.is_empty());
    assert_eq!(texts(app, ben, chat).await, ["hello", "hello, ada", "good"]);
}

#[tokio::test]
async fn an_ignored_request_is_gone_until_its_receiver_opens_the_chat() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let chat = open_direct(app, ada, ben).await.unwrap().chat.id;
    say(app, ada, chat, "hello").await;
    ignore(app, ben, chat).await.unwrap();
    assert_eq!(ignore(app, ben, chat).await.unwrap_err(), ChatError::NotFound);
    assert!(waiting(app, ben).await.is_empty());
    // The same answer as while it waits: nobody learns that they are ignored.
    assert_eq!(send(app, ada, chat, words("hello?")).await.unwrap_err(), ChatError::Waiting);
    assert_eq!(open_direct(app, ben, ada).await.unwrap().chat.id, chat);
    say(app, ben, chat, "sorry").await;
    assert_eq!(texts(app, ada, chat).await, ["hello", "sorry"]);
}

#[tokio::test]
async fn whoever_may_write_is_the_receivers_choice() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, cleo) =
        (world.person("ada").await, world.person("ben").await, world.person("cleo").await);
    world.follow(ben, ada).await;
    prefers(app, ben, WhoMayMessage::Following).await;
    assert_eq!(open_direct(app, cleo, ben).await.unwrap_err(), ChatError::Refused);
    let chat = open_direct(app, ada, ben).await.unwrap().chat.id;
    // The choice counts when the message comes, not when the chat was opened.
    prefers(app, ben, WhoMayMessage::Nobody).await;
    assert_eq!(send(app, ada, chat, words("x")).await.unwrap_err(), ChatError::Refused);
    prefers(app, ben, WhoMayMessage::Following).await;
    say(app, ada, chat, "hello").await;
    prefers(app, ben, WhoMayMessage::Nobody).await;
    say(app, ada, chat, "once in, one is in").await;
    assert_eq!(open_group(app, ada, "G", &[ben]).await.unwrap_err(), ChatError::Refused);
    assert_eq!(open_direct(app, ada, ada).await.unwrap_err(), ChatError::NotFound);
}

#[tokio::test]
async fn z_17_a_block_ends_writing_both_ways_and_reading_for_the_blocked() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    let first = say(app, ada, chat, "one").await;
    relations::block(app, ben, ada).await.unwrap();
    assert_eq!(send(app, ada, chat, words("two")).await.unwrap_err(), ChatError::NotAllowed);
    assert_eq!(send(app, ben, chat, words("three")).await.unwrap_err(), ChatError::Refused);
    assert_eq!(react(app, ada, chat, first, "👍").await, Err(ChatError::NotAllowed));
    assert_eq!(edit_message(app, ada, chat, first, "x").await, Err(ChatError::NotAllowed));
    let read = history(app, ada, chat, Place::Newest, 10).await;
    assert_eq!(read.unwrap_err(), ChatError::NotAllowed);
    assert!(own_chats(app, ada).await.is_empty());
    // Who blocks keeps what they were sent, and sees nothing of who they block.
    let (_, shown) = history(app, ben, chat, Place::Newest, 10).await.unwrap();
    assert!(shown[0].withheld && shown[0].author.is_none());
    relations::unblock(app, ben, ada).await.unwrap();
    say(app, ada, chat, "two").await;
    assert_eq!(texts(app, ben, chat).await, ["one", "two"]);
}

#[tokio::test]
async fn a_request_can_be_answered_with_a_block() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let chat = open_direct(app, ada, ben).await.unwrap().chat.id;
    say(app, ada, chat, "hello").await;
    block(app, ben, chat).await.unwrap();
    assert!(waiting(app, ben).await.is_empty());
    assert_eq!(send(app, ada, chat, words("x")).await.unwrap_err(), ChatError::NotAllowed);
    assert_eq!(open_direct(app, ada, ben).await.unwrap_err(), ChatError::NotAllowed);
    assert_eq!(open_direct(app, ben, ada).await.unwrap_err(), ChatError::Refused);
}

#[tokio::test]
async fn in_a_group_a_block_hides_what_the_two_write_from_each_other_and_from_nobody_else() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben", "cleo"]).await;
    let [ben, cleo] = people[..] else { unreachable!("two") };
    relations::block(app, ben, cleo).await.unwrap();
    let hers = say(app, cleo, chat, "from cleo").await;
    say(app, ben, chat, "from ben").await;
    let withheld = async |me| {
        let (_, shown) = history(app, me, chat, Place::Newest, 10).await.unwrap();
        shown.iter().map(|one| one.withheld).collect::<Vec<_>>()
    };
    assert_eq!(withheld(ben).await, [true, false]);
    assert_eq!(withheld(cleo).await, [false, true]);
    assert_eq!(withheld(ada).await, [false, false]);
    assert_eq!(react(app, ben, chat, hers, "👍").await, Err(ChatError::NotFound));
    accounts::suspend(app, cleo).await.unwrap();
    assert_eq!(withheld(ada).await, [true, false], "a suspended person is seen nowhere");
}

#[tokio::test]
async fn z_17_who_was_removed_or_left_reads_and_does_nothing_more() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben", "cleo"]).await;
    let [ben, cleo] = people[..] else { unreachable!("two") };
    let first = say(app, ben, chat, "while inside").await;
    remove(app, ada, chat, ben).await.unwrap();
    leave(app, cleo, chat).await.unwrap();
    say(app, ada, chat, "after").await;
    for gone in [ben, cleo] {
        let refused = Err(ChatError::NotAllowed);
        assert_eq!(
            history(app, gone, chat, Place::Newest, 9).await.unwrap_err(),
            ChatError::NotAllowed
        );
        assert_eq!(message(app, gone, chat, first).await.unwrap_err(), ChatError::NotAllowed);
        assert_eq!(
            send(app, gone, chat, words("while inside")).await.unwrap_err(),
            ChatError::NotAllowed
        );
        assert_eq!(members(app, gone, chat).await.unwrap_err(), ChatError::NotAllowed);
        assert_eq!(edit_message(app, gone, chat, first, "x").await, refused);
        assert_eq!(delete_message(app, gone, chat, first).await, refused);
        assert_eq!(react(app, gone, chat, first, "👍").await, refused);
        assert_eq!(mark_read(app, gone, chat, 1).await.unwrap_err(), ChatError::NotAllowed);
        assert_eq!(accept(app, gone, chat).await, Err(ChatError::NotFound));
        assert!(own_chats(app, gone).await.is_empty());
    }
    // Who comes again reads what comes from then on.
    invite(app, ada, chat, &[ben]).await.unwrap();
    assert_eq!(texts(app, ben, chat).await, Vec::<String>::new());
    assert_eq!(message(app, ben, chat, first).await.unwrap_err(), ChatError::NotFound);
    say(app, ada, chat, "welcome back").await;
    assert_eq!(texts(app, ben, chat).await, ["welcome back"]);
    assert_eq!(own_chats(app, ben).await[0].unread, 1);
}

#[tokio::test]
async fn z_17_an_invitation_that_was_taken_back_opens_nothing() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let chat = open_group(app, ada, "Harbour", &[ben]).await.unwrap().chat.id;
    say(app, ada, chat, "before").await;
    let invitation = waiting(app, ben).await.remove(0);
    assert!(
        invitation.newest.is_none() && invitation.unread == 0,
        "an invitation shows no message"
    );
    assert_eq!(
        history(app, ben, chat, Place::Newest, 9).await.unwrap_err(),
        ChatError::NotAccepted
    );
    assert_eq!(members(app, ben, chat).await.unwrap_err(), ChatError::NotAccepted);
    remove(app, ada, chat, ben).await.unwrap();
    assert_eq!(accept(app, ben, chat).await, Err(ChatError::NotFound));
    assert_eq!(seat(app, ben, chat).await.unwrap_err(), ChatError::NotFound);
    invite(app, ada, chat, &[ben]).await.unwrap();
    accept(app, ben, chat).await.unwrap();
    say(app, ada, chat, "after").await;
    assert_eq!(texts(app, ben, chat).await, ["after"]);
}

#[tokio::test]
async fn a_group_is_ruled_by_its_admins_and_they_by_its_owner() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben", "cleo", "dan"]).await;
    let [ben, cleo, dan] = people[..] else { unreachable!("three") };
    let hers = say(app, cleo, chat, "hers").await;
    assert_eq!(rename(app, ben, chat, "x").await, Err(ChatError::NotAllowed));
    assert_eq!(remove(app, ben, chat, cleo).await, Err(ChatError::NotAllowed));
    assert_eq!(invite(app, ben, chat, &[]).await, Err(ChatError::NotAllowed));
    assert_eq!(delete_message(app, ben, chat, hers).await, Err(ChatError::NotAllowed));
    assert_eq!(set_role(app, ben, chat, ben, Role::Admin).await, Err(ChatError::NotAllowed));
    set_role(app, ada, chat, ben, Role::Admin).await.unwrap();
    set_role(app, ada, chat, ben, Role::Admin).await.unwrap();
    set_role(app, ada, chat, dan, Role::Admin).await.unwrap();
    rename(app, ben, chat, "  Pier \n 7 ").await.unwrap();
    assert_eq!(rename(app, ben, chat, " ").await, Err(ChatError::Name));
    delete_message(app, ben, chat, hers).await.unwrap();
    assert_eq!(edit_message(app, ben, chat, hers, "x").await, Err(ChatError::NotFound));
    assert_eq!(remove(app, ben, chat, dan).await, Err(ChatError::NotAllowed), "an admin");
    assert_eq!(remove(app, ben, chat, ada).await, Err(ChatError::NotAllowed), "the owner");
    assert_eq!(set_role(app, ben, chat, cleo, Role::Admin).await, Err(ChatError::NotAllowed));
    set_role(app, ada, chat, ben, Role::Member).await.unwrap();
    remove(app, ada, chat, cleo).await.unwrap();
    // The owner's place goes to an admin, though a member has been there longer.
    leave(app, ada, chat).await.unwrap();
    let roles: Vec<_> = members(app, ben, chat).await.unwrap();
    assert_eq!(
        roles,
        [Member { account: ben, role: Role::Member }, Member { account: dan, role: Role::Owner }]
    );
    set_role(app, dan, chat, ben, Role::Owner).await.unwrap();
    assert!(seat(app, ben, chat).await.unwrap().owner);
    mute(app, ben, chat, true).await.unwrap();
    mute(app, ben, chat, true).await.unwrap();
    say(app, dan, chat, "more").await;
    assert!(own_chats(app, ben).await[0].seat.muted, "a message does not end it");
    mute(app, ben, chat, false).await.unwrap();
    assert!(!seat(app, ben, chat).await.unwrap().muted);
    let direct = friends_of(&world).await;
    assert_eq!(leave(app, direct.1, direct.0).await, Err(ChatError::NotAGroup));
}

async fn friends_of(world: &World) -> (Id<Chat>, Id<Account>) {
    let (eva, fay) = (world.person("eva").await, world.person("fay").await);
    world.follow(fay, eva).await;
    let chat = open_direct(&world.app, eva, fay).await.unwrap().chat.id;
    (chat, eva)
}

#[tokio::test]
async fn a_group_takes_no_more_than_it_may_have() {
    let world =
        World::with_settings(Settings { strangers_per_hour: 0, ..Settings::default() }).await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let chat = open_group(app, ada, "Harbour", &[]).await.unwrap().chat.id;
    let mut people = Vec::new();
    for number in 0..MOST_MEMBERS {
        people.push(world.person(&format!("p{number}")).await);
    }
    let too_many = ChatError::TooMany { max: MOST_MEMBERS, at_once: MOST_INVITED };
    assert_eq!(invite(app, ada, chat, &people[..51]).await.unwrap_err(), too_many);
    for some in people[..MOST_MEMBERS - 1].chunks(MOST_INVITED) {
        for one in some.iter().take(40) {
            world.follow(*one, ada).await;
        }
        invite(app, ada, chat, some).await.unwrap();
        invite(app, ada, chat, some).await.unwrap();
    }
    let last = people[MOST_MEMBERS - 1];
    assert_eq!(invite(app, ada, chat, &[last]).await.unwrap_err(), too_many);
    assert_eq!(members(app, ada, chat).await.unwrap().len(), MOST_MEMBERS);
    say(app, ada, chat, "one batch").await;
    remove(app, ada, chat, people[0]).await.unwrap();
    invite(app, ada, chat, &[last]).await.unwrap();
}

#[tokio::test]
async fn messages_are_edited_answered_reacted_to_and_deleted_for_all() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    let first = say(app, ada, chat, "one").await;
    assert_eq!(edit_message(app, ada, chat, first, " ").await, Err(ChatError::Empty));
    edit_message(app, ada, chat, first, "uno").await.unwrap();
    assert_eq!(edit_message(app, ben, chat, first, "x").await, Err(ChatError::NotAllowed));
    let answer = NewMessage { reply_to: Some(first), ..words("two") };
    let second = send(app, ben, chat, answer.clone()).await.unwrap();
    assert_eq!(second.reply_to.map(|answered| answered.number), Some(1));
    let other = friends_of(&world).await;
    let elsewhere = send(app, other.1, other.0, answer.clone()).await;
    assert_eq!(elsewhere.unwrap_err(), ChatError::NotFound, "only messages of the same chat");
    for _ in 0..2 {
        react(app, ben, chat, first, "👍").await.unwrap();
    }
    react(app, ada, chat, first, "🎉").await.unwrap();
    react(app, ada, chat, first, "👍").await.unwrap();
    assert_eq!(react(app, ben, chat, first, "<b>").await, Err(ChatError::Emoji));
    let shown = message(app, ben, chat, first).await.unwrap();
    assert_eq!(shown.reactions, [("👍".to_owned(), 2, true), ("🎉".to_owned(), 1, false)]);
    assert!(shown.message.edited_ms.is_some() && shown.message.text == "uno");
    unreact(app, ben, chat, first, "👍").await.unwrap();
    unreact(app, ben, chat, first, "👍").await.unwrap();
    assert_eq!(message(app, ben, chat, first).await.unwrap().reactions.len(), 2);
    let more = ["🐘", "🌻", "🍎", "🚲", "🎈", "🎁"];
    for emoji in more {
        react(app, ada, chat, first, emoji).await.unwrap();
    }
    let most = ChatError::TooManyReactions { max: 8 };
    assert_eq!(react(app, ada, chat, first, "🐝").await, Err(most));
    delete_message(app, ada, chat, first).await.unwrap();
    let shown = message(app, ben, chat, first).await.unwrap();
    assert!(shown.message.deleted_ms.is_some() && shown.message.text.is_empty());
    assert!(shown.reactions.is_empty());
    assert_eq!(react(app, ben, chat, first, "👍").await, Err(ChatError::NotFound));
    let late = NewMessage { client_id: "late".to_owned(), ..answer };
    assert_eq!(send(app, ben, chat, late).await.unwrap_err(), ChatError::NotFound);
}

#[tokio::test]
async fn history_is_walked_in_both_directions_from_anywhere() {
    let world = World::uncached().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    for number in 1..=250 {
        say(app, ada, chat, &number.to_string()).await;
    }
    let numbers = async |place, limit| {
        let (_, shown) = history(app, ben, chat, place, limit).await.unwrap();
        shown.iter().map(|one| one.message.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(Place::Newest, 3).await, [248, 249, 250]);
    assert_eq!(numbers(Place::Before(3), 3).await, [1, 2]);
    assert_eq!(numbers(Place::After(3), 3).await, [4, 5, 6]);
    assert_eq!(numbers(Place::Around(100), 4).await, [99, 100, 101, 102]);
    assert_eq!(numbers(Place::Around(250), 4).await, [249, 250]);
    assert_eq!(numbers(Place::After(u64::MAX), 4).await, Vec::<u64>::new());
    assert_eq!(numbers(Place::Newest, 100_000).await.len(), MOST_SHOWN);
    let (mut up, mut down) = (Vec::new(), Vec::new());
    loop {
        let page = numbers(Place::After(up.last().copied().unwrap_or(0)), 7).await;
        if page.is_empty() {
            break;
        }
        up.extend(page);
    }
    loop {
        let page = numbers(Place::Before(down.last().copied().unwrap_or(1_000)), 7).await;
        if page.is_empty() {
            break;
        }
        down.extend(page.into_iter().rev());
    }
    down.reverse();
    assert_eq!(up, (1..=250).collect::<Vec<_>>());
    assert_eq!(down, up);
}

#[tokio::test]
async fn x_1_a_deleted_account_takes_its_messages_along_and_its_groups_go_on() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben", "cleo"]).await;
    let [ben, cleo] = people[..] else { unreachable!("two") };
    let hers = say(app, ada, chat, "from ada").await;
    let his = say(app, ben, chat, "from ben").await;
    react(app, ada, chat, his, "👍").await.unwrap();
    react(app, ben, chat, hers, "👍").await.unwrap();
    let direct = open_direct(app, ada, ben).await.unwrap().chat.id;
    say(app, ada, direct, "between us").await;
    world.follow(ada, cleo).await;
    accounts::delete_account(app, ada, PASSWORD).await.unwrap();
    assert!(history(app, ben, chat, Place::Newest, 9).await.unwrap().1[0].withheld);
    world.settle().await;
    assert_eq!(texts(app, ben, chat).await, ["from ben"]);
    assert_eq!(texts(app, ben, direct).await, Vec::<String>::new());
    assert!(message(app, ben, chat, his).await.unwrap().reactions.is_empty());
    assert_eq!(app.graph.get(hers).await.unwrap().map(|one| one.id), None);
    assert!(seat(app, ben, chat).await.unwrap().owner, "who was there longest");
    assert_eq!(send(app, ben, direct, words("x")).await.unwrap_err(), ChatError::Refused);
    // The last to go takes the chats themselves along.
    leave(app, cleo, chat).await.unwrap();
    accounts::delete_account(app, ben, PASSWORD).await.unwrap();
    world.settle().await;
    for id in [chat, direct] {
        assert!(app.graph.get(id).await.unwrap().is_none());
        assert!(app.graph.list::<ChatMessages>(id, Page::newest(1)).await.unwrap().is_empty());
    }
    assert_eq!(app.graph.get(his).await.unwrap().map(|one| one.id), None);
}

#[tokio::test]
async fn an_invitation_into_a_group_that_everybody_left_is_none() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let chat = open_group(app, ada, "Harbour", &[ben]).await.unwrap().chat.id;
    say(app, ada, chat, "alone").await;
    leave(app, ada, chat).await.unwrap();
    assert_eq!(accept(app, ben, chat).await, Err(ChatError::NotFound));
    world.settle().await;
    assert!(app.graph.get(chat).await.unwrap().is_none());
    assert!(waiting(app, ben).await.is_empty());
}

/// What several people send at once, each as often as they like, each message up to three times.
async fn storm(plan: Vec<Vec<(u8, u8)>>) {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let names: Vec<_> = (0..plan.len()).map(|number| format!("p{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (chat, people) = group(&world, ada, &names).await;
    let mut tasks = tokio::task::JoinSet::new();
    let mut meant = HashSet::new();
    for (by, texts) in people.iter().zip(&plan) {
        for (text, times) in texts {
            meant.insert((*by, *text));
            for _ in 0..*times {
                let (app, by, text): (Arc<App>, _, _) = (world.app.clone(), *by, text.to_string());
                tasks.spawn(async move { send(&app, by, chat, words(&text)).await.unwrap() });
            }
        }
    }
    let mut acknowledged = HashSet::new();
    while let Some(sent) = tasks.join_next().await {
        let sent = sent.unwrap();
        acknowledged.insert((sent.number, sent.author, sent.text.clone()));
    }
    let mut read = Vec::new();
    for me in people.iter().chain([&ada]) {
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or(0, |one: &(u64, Id<Account>, String)| one.0);
            let page = history(&world.app, *me, chat, Place::After(after), 5).await.unwrap().1;
            if page.is_empty() {
                break;
            }
            all.extend(
                page.iter()
                    .map(|one| (one.message.number, one.message.author, one.message.text.clone())),
            );
        }
        read.push(all);
    }
    let first = &read[0];
    assert!(read.iter().all(|one| one == first), "everybody reads the same");
    let numbers: Vec<_> = first.iter().map(|one| one.0).collect();
    assert_eq!(numbers, (1..=meant.len() as u64).collect::<Vec<_>>(), "no gap, nothing twice");
    assert_eq!(first.iter().cloned().collect::<HashSet<_>>(), acknowledged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whoever_sends_what_at_once_all_read_it_once_and_in_one_order(
        plan in prop::collection::vec(prop::collection::vec((0u8..6, 1u8..4), 0..6), 1..6)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(storm(plan));
    }
}
