//! Search in one's own chats.

use super::{
    files::{bring, with},
    *,
};
use crate::search::reindex;

async fn finds(app: &App, me: Id<Account>, words: &str) -> Vec<String> {
    let hits = search(app, me, words, None, None, 100).await.unwrap();
    let named: HashSet<_> = hits.messages.iter().map(|one| one.message.chat).collect();
    let chats: HashSet<_> = hits.chats.iter().map(|one| one.seat.chat.id).collect();
    assert_eq!(named, chats, "the chats of what was found, and no others");
    hits.messages.iter().map(|one| one.message.text.clone()).collect()
}

#[tokio::test]
async fn z_17_nobody_finds_what_they_do_not_read() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (harbour, people) = group(&world, ada, &["ben", "cleo"]).await;
    let [ben, cleo] = people[..] else { unreachable!("two") };
    let (late, eve) = (world.person("late").await, world.person("eve").await);
    world.follow(late, ada).await;
    say(app, ada, harbour, "lantern one").await;
    say(app, cleo, harbour, "Lantern two").await;
    invite(app, ada, harbour, &[late, eve]).await.unwrap();
    say(app, ada, harbour, "lantern three").await;
    world.settle().await;
    assert_eq!(
        finds(app, ben, "lantern").await,
        ["lantern three", "Lantern two", "lantern one"],
        "the newest first"
    );
    assert_eq!(finds(app, ben, "lan two").await, Vec::<String>::new(), "words, not parts");
    assert_eq!(finds(app, ben, "two lan").await, ["Lantern two"], "the last may be a start");
    assert_eq!(finds(app, late, "lantern").await, ["lantern three"], "from when they came");
    assert_eq!(finds(app, eve, "lantern").await, Vec::<String>::new(), "asked is not in");
    let named = search(app, eve, "lantern", Some(harbour), None, 9).await;
    assert_eq!(named.unwrap_err(), ChatError::NotAccepted);
    let stranger = world.person("stranger").await;
    let named = search(app, stranger, "lantern", Some(harbour), None, 9).await;
    assert_eq!(named.unwrap_err(), ChatError::NotFound);
    // Nothing has to be indexed again for this: it is decided when one asks.
    relations::block(app, ben, cleo).await.unwrap();
    assert_eq!(finds(app, ben, "lantern").await, ["lantern three", "lantern one"]);
    assert_eq!(finds(app, cleo, "lantern").await.len(), 3, "of the two nothing came from ben");
    accounts::suspend(app, ada).await.unwrap();
    assert_eq!(finds(app, cleo, "lantern").await, ["Lantern two"]);
    accounts::unsuspend(app, ada).await.unwrap();
    remove(app, ada, harbour, ben).await.unwrap();
    assert_eq!(finds(app, ben, "lantern").await, Vec::<String>::new());
    let named = search(app, ben, "lantern", Some(harbour), None, 9).await;
    assert_eq!(named.unwrap_err(), ChatError::NotAllowed);
}

#[tokio::test]
async fn z_17_who_is_blocked_in_a_chat_of_two_finds_nothing_of_it() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    say(app, ada, chat, "lantern").await;
    world.settle().await;
    assert_eq!(finds(app, ada, "lantern").await, ["lantern"]);
    relations::block(app, ben, ada).await.unwrap();
    assert_eq!(finds(app, ada, "lantern").await, Vec::<String>::new(), "not their own either");
}

#[tokio::test]
async fn what_is_edited_is_found_by_its_new_words_and_what_is_deleted_by_none() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    let first = say(app, ada, chat, "apple").await;
    let picture = bring(&world, ada, 8).await;
    let second = send(app, ada, chat, with("", &[picture])).await.unwrap().id;
    world.settle().await;
    assert_eq!(finds(app, ben, "lighthouse").await, [""], "by what is written about its picture");
    edit_message(app, ada, chat, first, "pear").await.unwrap();
    world.settle().await;
    assert_eq!(finds(app, ben, "apple").await, Vec::<String>::new());
    assert_eq!(finds(app, ben, "pear").await, ["pear"]);
    crate::media::describe(app, ada, picture, Some("a windmill"), None).await.unwrap();
    world.settle().await;
    assert_eq!(finds(app, ben, "windmill").await.len(), 1);
    delete_message(app, ada, chat, first).await.unwrap();
    assert_eq!(
        finds(app, ben, "pear").await,
        Vec::<String>::new(),
        "before it is out of the index"
    );
    world.settle().await;
    assert_eq!(documents(app).await, [second.raw()]);
    accounts::delete_account(app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    assert!(documents(app).await.is_empty());
}

/// All documents of the index.
async fn documents(app: &App) -> Vec<u64> {
    use engine::search::{Filter, Question, Sort, Start};
    let question = Question {
        index: crate::search::MESSAGES,
        words: None,
        filter: Filter::All(Vec::new()),
        sort: Sort::Ascending("place"),
        start: Start::At(0),
        limit: 100,
    };
    app.engines.search.ask(question).await.unwrap().ids
}

#[tokio::test]
async fn pages_go_on_where_the_last_ended_in_one_chat_and_in_all() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, direct) = friends(&world).await;
    let (harbour, _) = group(&world, ada, &["cleo"]).await;
    for number in 0..25 {
        let chat = if number % 2 == 0 { direct } else { harbour };
        say(app, ada, chat, &format!("lantern {number}")).await;
    }
    world.settle().await;
    let walk = async |me, within, limit| {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let hits = search(app, me, "lantern", within, before, limit).await.unwrap();
            all.extend(hits.messages.iter().map(|one| one.message.id));
            before = hits.next;
            if before.is_none() {
                return all;
            }
        }
    };
    let all = walk(ada, None, 4).await;
    assert_eq!(all.len(), 25);
    assert!(all.is_sorted_by(|one, other| one > other));
    assert_eq!(walk(ada, None, 100).await, all);
    assert_eq!(walk(ada, Some(harbour), 5).await.len(), 12);
    assert_eq!(walk(ben, None, 5).await.len(), 13);
    assert!(search(app, ada, " ", None, None, 5).await.unwrap().messages.is_empty());
    assert_eq!(walk(ada, None, 0).await, all, "a page has at least one");
    for odd in ["\"", "AND OR NOT", "chat:1", "*", "\u{0}", &"x ".repeat(5_000)] {
        search(app, ada, odd, None, None, 5).await.unwrap();
    }
}

#[tokio::test]
async fn a_rebuilt_index_finds_the_same() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    for number in 0..5 {
        say(app, ada, chat, &format!("lantern {number}")).await;
    }
    let gone = say(app, ada, chat, "lantern gone").await;
    delete_message(app, ada, chat, gone).await.unwrap();
    // Before any job has run: the rebuild alone finds them.
    reindex(app, &*world.store).await.unwrap();
    app.engines.search.refresh().await.unwrap();
    assert_eq!(finds(app, ben, "lantern").await.len(), 5);
    world.settle().await;
    assert_eq!(finds(app, ben, "lantern").await.len(), 5);
}

#[tokio::test]
async fn of_very_many_chats_those_with_the_newest_messages_are_searched_and_each_by_its_name() {
    let settings = Settings { strangers_per_hour: 0, ..Settings::default() };
    let world = World::with_settings(settings).await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let mut first = None;
    for number in 0..=MOST_SEARCHED {
        world.advance(std::time::Duration::from_millis(1));
        let chat = open_group(app, ada, &format!("g{number}"), &[]).await.unwrap().chat.id;
        say(app, ada, chat, "lantern").await;
        first = first.or(Some(chat));
    }
    world.settle().await;
    let (mut found, mut before) = (HashSet::new(), None);
    loop {
        let hits = search(app, ada, "lantern", None, before, 100).await.unwrap();
        found.extend(hits.messages.iter().map(|one| one.message.chat));
        before = hits.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), MOST_SEARCHED);
    let first = first.unwrap();
    assert!(!found.contains(&first));
    let named = search(app, ada, "lantern", Some(first), None, 9).await.unwrap();
    assert_eq!(named.messages.len(), 1);
}
