//! Stories of trends.

use std::time::Duration;

use graph::Id;

use super::{
    model::{Kind, Verdict},
    *,
};
use crate::{
    accounts::{self, model::Account},
    audit,
    moderation::{Ruling, Target, decide, model::Measure},
    posts::{
        self, Draft,
        model::{Audience, Post},
    },
    profiles, reactions,
    staff::Powers,
    testing::World,
};

async fn people(world: &World, count: usize) -> Vec<Id<Account>> {
    let mut people = Vec::new();
    for n in 0..count {
        people.push(world.person(&format!("person{n}")).await);
    }
    people
}

/// Lets the moment pass in which posts may still come out of order, and refreshes.
async fn refreshed(world: &World) -> Refreshed {
    world.settle().await;
    world.advance(Duration::from_secs(5));
    refresh(&world.app).await.unwrap()
}

async fn tag_names(world: &World) -> Vec<String> {
    let found = tags(&world.app, 0, 20).await.unwrap();
    found.iter().map(|one| one.tag.name.clone()).collect()
}

async fn post_ids(world: &World, viewer: Option<Id<Account>>) -> Vec<Id<Post>> {
    posts(&world.app, viewer, 0, 40).await.unwrap().iter().map(|seen| seen.post.id).collect()
}

#[tokio::test]
async fn a_tag_trends_when_enough_people_use_it_and_not_by_one_who_shouts() {
    let world = World::new().await;
    let people = people(&world, 4).await;
    for person in &people[..3] {
        world.post(*person, "a #Lantern").await;
    }
    for _ in 0..20 {
        world.post(people[3], "my #shop").await;
    }
    refreshed(&world).await;
    assert_eq!(tag_names(&world).await, ["Lantern"]);
    let found = tags(&world.app, 0, 20).await.unwrap();
    assert_eq!((found[0].days.len(), found[0].days[0].uses, found[0].days[0].people), (7, 3, 3));
    assert!(tags(&world.app, 1, 20).await.unwrap().is_empty());
    let shop = crate::tags::find(&world.app, "shop").await.unwrap().unwrap();
    let week = history_of(&world.app, &[shop]).await.unwrap().pop().unwrap();
    assert_eq!((week[0].uses, week[0].people), (20, 1));
}

#[tokio::test]
async fn a_refresh_reads_what_is_new_and_nothing_twice() {
    let world = World::new().await;
    let people = people(&world, 5).await;
    for person in &people {
        world.post(*person, "#lantern").await;
    }
    assert_eq!(refreshed(&world).await.posts, 5);
    assert_eq!(refreshed(&world).await.posts, 0);
    world.post(people[0], "#lantern").await;
    assert_eq!(refreshed(&world).await.posts, 1);
    let found = tags(&world.app, 0, 20).await.unwrap();
    assert_eq!((found[0].days[0].uses, found[0].days[0].people), (6, 5));
    // Two at once: one ledger, nothing doubled.
    world.post(people[1], "#lantern").await;
    world.settle().await;
    world.advance(Duration::from_secs(5));
    let (one, two) = tokio::join!(refresh(&world.app), refresh(&world.app));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(tags(&world.app, 0, 20).await.unwrap()[0].days[0].uses, 7);
}

#[tokio::test]
async fn a_refresh_reads_a_bound_of_posts_however_many_there_are() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    for n in 0..1_010 {
        world.post(ada, &format!("post {n} #all{}", n % 900)).await;
    }
    assert_eq!(refreshed(&world).await.posts, 1_000);
    let ledger = world.app.graph.get(model::LEDGER).await.unwrap().unwrap();
    assert_eq!(ledger.tags.len(), 500);
    // At first the newest; older ones are no news.
    assert_eq!(refreshed(&world).await.posts, 0);
}

#[tokio::test]
async fn what_was_hot_cools_and_is_forgotten() {
    let world = World::new().await;
    let people = people(&world, 8).await;
    for person in &people[..5] {
        world.post(*person, "#old").await;
    }
    refreshed(&world).await;
    world.advance(Duration::from_secs(20 * 60 * 60));
    for person in &people[..3] {
        world.post(*person, "#new").await;
    }
    refreshed(&world).await;
    assert_eq!(tag_names(&world).await, ["new", "old"]);
    world.advance(Duration::from_secs(3 * 24 * 60 * 60));
    refreshed(&world).await;
    assert_eq!(tag_names(&world).await, Vec::<String>::new());
    world.advance(Duration::from_secs(30 * 24 * 60 * 60));
    refreshed(&world).await;
    let ledger = world.app.graph.get(model::LEDGER).await.unwrap().unwrap();
    assert!(ledger.tags.is_empty());
}

#[tokio::test]
async fn a_post_trends_by_those_who_like_and_share_it_and_not_by_its_author() {
    let world = World::new().await;
    refreshed(&world).await;
    let people = people(&world, 5).await;
    let liked = world.post(people[0], "liked").await.post.id;
    let own = world.post(people[1], "liked by myself").await.post.id;
    for person in &people[1..4] {
        reactions::like(&world.app, *person, liked).await.unwrap();
    }
    reactions::like(&world.app, people[1], own).await.unwrap();
    reactions::like(&world.app, people[2], own).await.unwrap();
    assert_eq!(refreshed(&world).await.touched, 2);
    assert_eq!(post_ids(&world, None).await, [liked]);
    // What is shared counts twice, and the hottest comes first.
    for person in &people[2..5] {
        reactions::share(&world.app, *person, own, None, None).await.unwrap();
    }
    refreshed(&world).await;
    assert_eq!(post_ids(&world, None).await, [own, liked]);
}

#[tokio::test]
async fn z_6_private_answered_hidden_and_sensitive_posts_move_no_trend() {
    let world = World::new().await;
    let people = people(&world, 6).await;
    let root = world.post(people[0], "root").await.post.id;
    for person in &people {
        for audience in [Audience::Unlisted, Audience::Followers, Audience::Direct] {
            world.post_to(*person, "#secret https://secret.example/", audience).await;
        }
    }
    let warned = Draft { text: "x".into(), warning: "cw".into(), ..Draft::default() };
    let warned = world.publish(people[0], warned).await.unwrap().post.id;
    let answer = Draft { text: "y".into(), reply_to: Some(root), ..Draft::default() };
    let answer = world.publish(people[0], answer).await.unwrap().post.id;
    let unlisted = world.post_to(people[0], "z", Audience::Unlisted).await.post.id;
    for person in &people[1..] {
        for post in [warned, answer, unlisted] {
            reactions::like(&world.app, *person, post).await.unwrap();
        }
    }
    refreshed(&world).await;
    let ledger = world.app.graph.get(model::LEDGER).await.unwrap().unwrap();
    assert!(ledger.tags.is_empty() && ledger.links.is_empty() && ledger.posts.is_empty());
}

#[tokio::test]
async fn links_trend_with_their_cards() {
    let world = World::new().await;
    let people = people(&world, 3).await;
    world.web.put("https://site.example/", "text/html", "<title>A page</title>");
    for person in &people {
        world.post(*person, "https://site.example/?utm_source=x").await;
        world.post(*person, "https://nothing.example/").await;
    }
    refreshed(&world).await;
    let found = links(&world.app, 0, 20).await.unwrap();
    assert_eq!(found.len(), 1, "a page without a card is not shown");
    assert_eq!((found[0].card.title.as_str(), found[0].days[0].people), ("A page", 3));
}

#[tokio::test]
async fn lists_lie_in_the_cache_and_are_made_again_when_they_are_lost() {
    let world = World::new().await;
    for person in people(&world, 3).await {
        world.post(person, "#lantern").await;
    }
    refreshed(&world).await;
    let keys = ["trends:tags", "trends:posts", "trends:links", "trends:people"];
    let (cache, now) = (&world.app.engines.cache, world.app.now_ms());
    assert!(cache.get(&keys, now).await.unwrap().iter().all(Option::is_some));
    cache.delete(&keys).await.unwrap();
    assert_eq!(tag_names(&world).await, ["lantern"]);
    assert!(cache.get(&keys, now).await.unwrap().iter().all(Option::is_some));
    // What lies there is what everybody is shown.
    cache.set(vec![(keys[0].to_owned(), "[]".into())], now, Duration::from_secs(60)).await.unwrap();
    assert!(tag_names(&world).await.is_empty());
}

#[tokio::test]
async fn staff_hide_allow_and_leave_alone_and_it_is_in_the_log() {
    let world = World::new().await;
    let people = people(&world, 3).await;
    for person in &people {
        world.post(*person, "#lantern #candle").await;
    }
    refreshed(&world).await;
    let (app, by) = (&world.app, Powers::operator());
    let lantern = crate::tags::find(app, "lantern").await.unwrap().unwrap().raw();
    let decide = async |verdict| {
        review(app, &by, Kind::Tag, lantern, verdict, "because").await.unwrap().rank
    };
    assert!(decide(Verdict::Open).await.is_some(), "nothing changed");
    assert_eq!(decide(Verdict::Hidden).await, None);
    assert_eq!(tag_names(&world).await, ["candle"]);
    let hidden = to_review(app, &by, Kind::Tag, Some(Verdict::Hidden), 0, 50).await.unwrap();
    assert_eq!(hidden.items.len(), 1);
    assert!(hidden.refreshed_ms.is_some());
    // Hidden it stays, also when it is not hot any more.
    world.advance(Duration::from_secs(20 * 24 * 60 * 60));
    refreshed(&world).await;
    let hidden = to_review(app, &by, Kind::Tag, Some(Verdict::Hidden), 0, 50).await.unwrap();
    assert_eq!((hidden.items[0].id, hidden.items[0].score), (lantern, 0.0));
    decide(Verdict::Allowed).await;
    decide(Verdict::Open).await;
    let all = to_review(app, &by, Kind::Tag, None, 0, 50).await.unwrap();
    assert!(all.items.is_empty());
    let page = graph::Page::newest(10);
    let (log, _) = audit::entries(app, audit::Filter::default(), page).await.unwrap();
    let told: Vec<_> =
        log.iter().map(|entry| (entry.before.as_str(), entry.after.as_str())).collect();
    assert_eq!(told, [("allowed", "open"), ("hidden", "allowed"), ("open", "hidden")]);
    let gone = review(app, &by, Kind::Link, 77, Verdict::Hidden, "").await;
    assert_eq!(gone, Err(ReviewError::NotFound));
    let member = crate::staff::powers_of(app, people[0]).await.unwrap();
    let refused = review(app, &member, Kind::Tag, lantern, Verdict::Hidden, "").await;
    assert_eq!(refused, Err(ReviewError::NotAllowed));
    let refused = to_review(app, &member, Kind::Tag, None, 0, 50).await;
    assert_eq!(refused, Err(ReviewError::NotAllowed));
}

#[tokio::test]
async fn what_staff_decided_goes_with_a_post_and_stays_with_a_link() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    world.web.put("https://site.example/", "text/html", "<title>A page</title>");
    let post = world.post(ada, "https://site.example/").await.post.id;
    world.settle().await;
    let (app, by) = (&world.app, Powers::operator());
    let card = app.graph.get(post).await.unwrap().unwrap().card.unwrap();
    review(app, &by, Kind::Post, post.raw(), Verdict::Hidden, "").await.unwrap();
    review(app, &by, Kind::Link, card.raw(), Verdict::Hidden, "").await.unwrap();
    posts::delete(app, ada, post).await.unwrap();
    for _ in 0..3 {
        world.advance(Duration::from_secs(2 * 60 * 60));
        world.settle().await;
    }
    let hidden = async |kind| {
        to_review(app, &by, kind, Some(Verdict::Hidden), 0, 9).await.unwrap().items.len()
    };
    assert_eq!((hidden(Kind::Post).await, hidden(Kind::Link).await), (0, 1));
    let again = world.post(ada, "https://site.example/").await.post.id;
    assert_eq!(app.graph.get(again).await.unwrap().unwrap().card, Some(card));
}

#[tokio::test]
async fn where_staff_see_trends_first_people_see_what_they_allowed() {
    let settings = crate::app::Settings { trends_need_review: true, ..Default::default() };
    let world = World::with_settings(settings).await;
    for person in people(&world, 3).await {
        world.post(person, "#lantern #candle").await;
    }
    refreshed(&world).await;
    assert!(tag_names(&world).await.is_empty());
    let lantern = crate::tags::find(&world.app, "lantern").await.unwrap().unwrap().raw();
    let by = Powers::operator();
    review(&world.app, &by, Kind::Tag, lantern, Verdict::Allowed, "").await.unwrap();
    assert_eq!(tag_names(&world).await, ["lantern"]);
}

#[tokio::test]
async fn z_12_who_is_limited_frozen_suspended_or_not_to_be_found_neither_trends_nor_counts() {
    let world = World::new().await;
    let people = people(&world, 8).await;
    let follower = people[7];
    let hide = profiles::Changes { discoverable: Some(false), ..Default::default() };
    for person in &people[..4] {
        world.follow(follower, *person).await;
    }
    let mut theirs = Vec::new();
    for person in &people[..4] {
        let post = world.post(*person, "theirs").await.post.id;
        for other in &people[4..] {
            reactions::like(&world.app, *other, post).await.unwrap();
        }
        theirs.push(post);
    }
    refreshed(&world).await;
    assert_eq!(post_ids(&world, Some(follower)).await.len(), 4);
    let by = Powers::operator();
    for (person, measure) in people.iter().zip([Measure::Limit, Measure::Freeze, Measure::Suspend])
    {
        let ruling = Ruling { measures: vec![measure], ..Ruling::default() };
        decide(&world.app, &by, Target::Account(*person), ruling).await.unwrap();
    }
    profiles::update(&world.app, people[3], hide).await.unwrap();
    // At once, before any refresh, for strangers and for who follows them.
    for viewer in [None, Some(follower)] {
        assert!(post_ids(&world, viewer).await.is_empty());
    }
    refreshed(&world).await;
    assert!(post_ids(&world, Some(follower)).await.is_empty());
    // Their posts do not make a tag trend; three others do.
    for person in [people[0], people[3]] {
        world.post(person, "#quiet").await;
        world.post(person, "#loud").await;
    }
    for person in &people[4..7] {
        world.post(*person, "#loud").await;
    }
    refreshed(&world).await;
    assert_eq!(tag_names(&world).await, ["loud"]);
    assert_eq!(tags(&world.app, 0, 9).await.unwrap()[0].days[0].people, 3);
}

#[tokio::test]
async fn what_a_viewer_may_not_see_or_does_not_want_is_no_trend_for_them() {
    let world = World::new().await;
    let people = people(&world, 6).await;
    let (author, blocker, blocked, muter) = (people[0], people[1], people[2], people[3]);
    let post = world.post(author, "liked").await.post.id;
    for person in &people[1..] {
        reactions::like(&world.app, *person, post).await.unwrap();
    }
    refreshed(&world).await;
    crate::relations::block(&world.app, blocker, author).await.unwrap();
    crate::relations::block(&world.app, author, blocked).await.unwrap();
    crate::relations::mute(&world.app, muter, author, Default::default()).await.unwrap();
    for viewer in [blocker, blocked, muter] {
        assert!(post_ids(&world, Some(viewer)).await.is_empty());
    }
    assert_eq!(post_ids(&world, Some(people[4])).await, [post]);
    posts::delete(&world.app, author, post).await.unwrap();
    assert!(post_ids(&world, None).await.is_empty());
    accounts::suspend(&world.app, author).await.unwrap();
    refreshed(&world).await;
}

#[tokio::test]
async fn reactions_count_also_where_the_ring_of_them_was_lost() {
    let world = World::new().await;
    refreshed(&world).await;
    let people = people(&world, 4).await;
    let post = world.post(people[0], "liked").await.post.id;
    for person in &people[1..] {
        reactions::like(&world.app, *person, post).await.unwrap();
    }
    world.settle().await;
    world.app.engines.rings.forget(&[model::TOUCHED]).await.unwrap();
    refreshed(&world).await;
    assert_eq!(post_ids(&world, None).await, [post]);
}

#[tokio::test]
async fn the_ledger_names_nobody_and_stays_small() {
    let world = World::new().await;
    let people = people(&world, 3).await;
    for person in &people {
        world.post(*person, "#lantern").await;
    }
    refreshed(&world).await;
    let ledger = world.app.graph.get(model::LEDGER).await.unwrap().unwrap();
    assert!(ledger.people.is_empty(), "nobody has followers yet");
    let text = serde_json::to_string(&ledger.body).unwrap();
    for person in &people {
        assert!(!text.contains(&person.to_string()), "{text}");
    }
    assert!(text.len() < 2_000, "{text}");
}
