//! What staff are told of a chat, and how many strangers hear of one.

use std::time::Duration;

use super::{
    files::{bring, with},
    *,
};
use crate::{
    house,
    moderation::{
        self, ModerationError, NewReport, ReportError, Ruling, Target,
        model::{Category, Measure},
    },
    staff::Powers,
};

fn about(about: Id<Account>, chat: Id<Chat>, messages: &[Id<Message>]) -> NewReport {
    NewReport {
        about,
        posts: Vec::new(),
        messages: Some((chat, messages.to_vec())),
        category: Category::Spam,
        rules: Vec::new(),
        comment: "look".to_owned(),
    }
}

#[tokio::test]
async fn a_report_brings_the_picked_messages_and_no_others_before_staff() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben", "cleo"]).await;
    let [ben, cleo] = people[..] else { unreachable!("two") };
    let picture = bring(&world, ben, 8).await;
    let rude = send(app, ben, chat, with("rude words", &[picture])).await.unwrap().id;
    let between = say(app, cleo, chat, "between").await;
    let mine = say(app, ada, chat, "please stop").await;
    say(app, ben, chat, "not picked").await;
    let report = async |by, new| moderation::report(app, by, new).await;
    // Twice is once, and the order is the chat's.
    let made = report(ada, about(ben, chat, &[mine, rude, mine])).await.unwrap();
    let told: Vec<_> = made.messages.iter().map(|one| (one.author, one.text.as_str())).collect();
    assert_eq!(told, [(ben, "rude words"), (ada, "please stop")]);
    assert_eq!(made.messages[0].media[0].media, picture);
    // What is edited or deleted later stays as it was.
    edit_message(app, ben, chat, rude, "kind words").await.unwrap();
    delete_message(app, ben, chat, rude).await.unwrap();
    let file = moderation::case_file(app, &Powers::operator(), made.case).await.unwrap();
    assert_eq!(file.reports[0].messages, made.messages);
    let not_found = ReportError::NotFound;
    let gone = report(ada, about(ben, chat, &[rude])).await.unwrap_err();
    assert_eq!(gone, not_found, "what is gone cannot be picked any more");
    let third = report(ada, about(ben, chat, &[between])).await.unwrap_err();
    assert_eq!(third, not_found, "nobody's but the two");
    let eve = world.person("eve").await;
    assert_eq!(report(eve, about(ben, chat, &[mine])).await.unwrap_err(), not_found);
    assert_eq!(report(ada, about(eve, chat, &[mine])).await.unwrap_err(), not_found, "not in it");
    let other = friends_of(&world).await.0;
    assert_eq!(report(ada, about(ben, other, &[mine])).await.unwrap_err(), not_found);
    let many: Vec<_> = (1..=51).map(|raw| Id::new(raw).unwrap()).collect();
    let too_many = report(ada, about(ben, chat, &many)).await.unwrap_err();
    assert_eq!(too_many, ReportError::TooManyMessages);
    let file = moderation::case_file(app, &Powers::operator(), made.case).await.unwrap();
    assert_eq!(file.reports.len(), 1, "what was refused is no report");
}

#[tokio::test]
async fn staff_delete_messages_that_were_reported_and_no_others_z_19() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben", "cleo"]).await;
    let [ben, cleo] = people[..] else { unreachable!("two") };
    let picture = bring(&world, ben, 8).await;
    let rude = send(app, ben, chat, with("rude words", &[picture])).await.unwrap().id;
    let worse = say(app, ben, chat, "worse words").await;
    let mine = say(app, ada, chat, "please stop").await;
    let other = say(app, ben, chat, "not picked").await;
    react(app, cleo, chat, rude, "👍").await.unwrap();
    let report = async |picked: &[Id<Message>]| {
        moderation::report(app, ada, about(ben, chat, picked)).await.unwrap().case
    };
    let decide = async |case, measure, messages: &[Id<Message>]| {
        let (measures, messages) = (vec![measure], messages.to_vec());
        let ruling = Ruling { measures, messages, ..Ruling::default() };
        moderation::decide(app, &Powers::operator(), Target::Case(case), ruling).await
    };
    let case = report(&[rude, worse, mine]).await;
    // Neither what nobody reported, nor what somebody else wrote, nor by a measure that takes none.
    for (measure, chosen) in
        [(Measure::Delete, other), (Measure::Delete, mine), (Measure::Warn, rude)]
    {
        let refused = decide(case, measure, &[chosen]).await.unwrap_err();
        assert_eq!(refused, ModerationError::Messages);
    }
    let decision = decide(case, Measure::Delete, &[rude]).await.unwrap();
    assert_eq!((&decision.messages, &decision.posts), (&vec![rude], &vec![]));
    let says = async || {
        let (_, shown) = history(app, cleo, chat, Place::Newest, 50).await.unwrap();
        let says = |one: &Shown| (one.message.deleted_ms.is_some(), one.message.text.clone());
        shown.iter().map(says).collect::<Vec<_>>()
    };
    let here = |text: &str| (false, text.to_owned());
    let gone = (true, String::new());
    let rest = [here("worse words"), here("please stop"), here("not picked")];
    assert_eq!(says().await, [&[gone.clone()][..], &rest[..]].concat());
    let shown = message(app, cleo, chat, rude).await.unwrap();
    assert!(shown.message.media.is_empty() && shown.reactions.is_empty());
    // Who chooses nothing means all that was reported of this person.
    let case = report(&[worse, mine]).await;
    let decision = decide(case, Measure::Delete, &[]).await.unwrap();
    assert_eq!(decision.messages, [worse]);
    assert_eq!(says().await, [gone.clone(), gone, here("please stop"), here("not picked")]);
    // What staff saw stays in the case.
    let file = moderation::case_file(app, &Powers::operator(), case).await.unwrap();
    assert_eq!(file.reports[0].messages[0].text, "worse words");
    // Nothing of the person is left that was reported.
    let case = report(&[mine]).await;
    let refused = decide(case, Measure::Delete, &[]).await.unwrap_err();
    assert_eq!(refused, ModerationError::Posts);
}

#[tokio::test]
async fn a_report_can_follow_a_block_a_departure_and_a_first_message() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let chat = open_direct(app, ben, ada).await.unwrap().chat.id;
    let spam = say(app, ben, chat, "buy this").await;
    relations::block(app, ada, ben).await.unwrap();
    let made = moderation::report(app, ada, about(ben, chat, &[spam])).await.unwrap();
    assert_eq!(made.messages[0].text, "buy this");
    let (harbour, people) = group(&world, ada, &["cleo"]).await;
    let rude = say(app, people[0], harbour, "rude").await;
    leave(app, people[0], harbour).await.unwrap();
    let made = moderation::report(app, ada, about(people[0], harbour, &[rude])).await.unwrap();
    assert_eq!(made.messages.len(), 1);
    // Of a reporter who is gone nothing is kept, of whom they reported what they said.
    let mine = say(app, ada, harbour, "please stop").await;
    let both = about(people[0], harbour, &[rude, mine]);
    let made = moderation::report(app, ada, both).await.unwrap();
    accounts::delete_account(app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    let left = app.graph.get(made.id).await.unwrap().unwrap();
    let told: Vec<_> = left.messages.iter().map(|one| one.text.as_str()).collect();
    assert_eq!((told, left.by), (vec!["rude"], None));
}

#[tokio::test]
async fn only_so_many_strangers_are_written_to_in_an_hour() {
    let world =
        World::with_settings(Settings { strangers_per_hour: 3, ..Settings::default() }).await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let mut strangers = Vec::new();
    for number in 0..8 {
        strangers.push(world.person(&format!("p{number}")).await);
    }
    let first = async |to| {
        let chat = open_direct(app, ada, to).await.unwrap().chat.id;
        send(app, ada, chat, words("hello")).await.map(|sent| (chat, sent.id))
    };
    let (chat, sent) = first(strangers[0]).await.unwrap();
    // The same again costs nothing, nor does what is refused, nor who knows one.
    assert_eq!(say(app, ada, chat, "hello").await, sent);
    assert_eq!(send(app, ada, chat, words("more")).await.unwrap_err(), ChatError::Waiting);
    prefers(app, strangers[7], WhoMayMessage::Nobody).await;
    assert_eq!(open_direct(app, ada, strangers[7]).await.unwrap_err(), ChatError::Refused);
    let friend = world.person("friend").await;
    world.follow(friend, ada).await;
    first(friend).await.unwrap();
    open_group(app, ada, "G", &[friend, strangers[1]]).await.unwrap();
    first(strangers[2]).await.unwrap();
    let refused = first(strangers[3]).await.unwrap_err();
    let ChatError::TooManyStrangers { retry_after_s } = refused else { panic!("{refused}") };
    assert!((1..=1_201).contains(&retry_after_s), "{retry_after_s}");
    let group = open_group(app, ada, "G", &strangers[4..6]).await.unwrap_err();
    assert!(matches!(group, ChatError::TooManyStrangers { .. }), "{group}");
    assert!(waiting(app, strangers[3]).await.is_empty(), "nothing of it came");
    world.advance(Duration::from_secs(retry_after_s));
    first(strangers[3]).await.unwrap();
    // Others have their own, and staff may change how many.
    let chat = open_direct(app, strangers[0], strangers[1]).await.unwrap().chat.id;
    say(app, strangers[0], chat, "hello").await;
    assert!(first(strangers[4]).await.is_err());
    let edit = house::Edit { strangers_per_hour: Some(Some(0)), ..house::Edit::default() };
    house::edit_community(app, &Powers::operator(), &edit, "x").await.unwrap();
    for stranger in &strangers[4..7] {
        first(*stranger).await.unwrap();
    }
}
