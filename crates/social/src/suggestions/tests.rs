//! Stories of suggestions and the directory.

use std::{collections::BTreeSet, time::Duration};

use graph::Id;

use super::*;
use crate::{
    accounts::{self, model::Account},
    moderation::{Ruling, Target, decide, lift, model::Measure},
    profiles, relations, search,
    staff::Powers,
    testing::World,
    trends,
};

async fn handles(world: &World, viewer: Id<Account>) -> Vec<String> {
    let found = suggestions(&world.app, viewer, 40).await.unwrap();
    found.iter().map(|one| one.account.handle.as_str().to_owned()).collect()
}

async fn interested(world: &World, who: Id<Account>, interests: &[&str]) {
    let interests = Some(interests.iter().map(|name| (*name).to_owned()).collect());
    let changes = profiles::Changes { interests, ..Default::default() };
    profiles::update(&world.app, who, changes).await.unwrap();
}

#[tokio::test]
async fn reasons_are_friends_interests_and_popularity() {
    let world = World::new().await;
    let mut people = Vec::new();
    for handle in ["ada", "ben", "cleo", "dan", "eve", "finn", "gus"] {
        people.push(world.person(handle).await);
    }
    let [ada, ben, cleo, dan, eve, finn, gus] = people[..] else { unreachable!("seven people") };
    world.follow(ada, ben).await;
    world.follow(ada, cleo).await;
    for friend in [ben, cleo] {
        world.follow(friend, dan).await;
    }
    interested(&world, ada, &["Lanterns", "Tea"]).await;
    interested(&world, eve, &["lanterns"]).await;
    for follower in [gus, eve, dan] {
        world.follow(follower, finn).await;
    }
    world.post(finn, "hello").await;
    world.settle().await;
    world.advance(Duration::from_secs(5));
    trends::refresh(&world.app).await.unwrap();
    let found = suggestions(&world.app, ada, 40).await.unwrap();
    let told: Vec<_> = found.iter().map(|one| (one.account.id, one.reasons.clone())).collect();
    assert_eq!(
        told,
        [
            (dan, vec![Reason::Friends(vec![cleo, ben], 2)]),
            (eve, vec![Reason::Interests(vec!["lanterns".to_owned()])]),
            (finn, vec![Reason::Popular]),
        ]
    );
}

#[tokio::test]
async fn a_dismissed_suggestion_stays_away_until_it_is_taken_back() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let ben = world.person("ben").await;
    interested(&world, ada, &["tea"]).await;
    interested(&world, ben, &["tea"]).await;
    assert_eq!(handles(&world, ada).await, ["ben"]);
    dismiss(&world.app, ada, ben).await.unwrap();
    dismiss(&world.app, ada, ben).await.unwrap();
    assert!(handles(&world, ada).await.is_empty());
    assert_eq!(handles(&world, ben).await, ["ada"]);
    restore(&world.app, ada, ben).await.unwrap();
    restore(&world.app, ada, ben).await.unwrap();
    assert_eq!(handles(&world, ada).await, ["ben"]);
    assert_eq!(dismiss(&world.app, ada, Id::new(77).unwrap()).await, Err(SuggestError::NotFound));
    // A purge of either leaves nothing.
    dismiss(&world.app, ada, ben).await.unwrap();
    accounts::suspend(&world.app, ben).await.unwrap();
    assert_eq!(dismiss(&world.app, ada, ben).await, Err(SuggestError::NotFound));
}

#[tokio::test]
async fn whose_lists_are_hidden_is_no_reason_and_gets_none() {
    let world = World::new().await;
    let mut people = Vec::new();
    for handle in ["ada", "ben", "cleo"] {
        people.push(world.person(handle).await);
    }
    let [ada, ben, cleo] = people[..] else { unreachable!("three people") };
    world.follow(ada, ben).await;
    world.follow(ben, cleo).await;
    assert_eq!(handles(&world, ada).await, ["cleo"]);
    for hider in [ben, cleo] {
        let hide =
            |hidden| profiles::Changes { hide_collections: Some(hidden), ..Default::default() };
        profiles::update(&world.app, hider, hide(true)).await.unwrap();
        assert!(handles(&world, ada).await.is_empty());
        profiles::update(&world.app, hider, hide(false)).await.unwrap();
    }
}

/// Everybody is a candidate by everything at first; then each is taken away in one way.
#[tokio::test]
async fn z_12_nobody_is_proposed_or_listed_who_should_not_be() {
    for world in [World::new().await, World::uncached().await] {
        let viewer = world.person("viewer").await;
        let friend = world.person("friend").await;
        world.follow(viewer, friend).await;
        interested(&world, viewer, &["tea"]).await;
        let names = [
            "open",
            "followed",
            "blocks",
            "blocked",
            "muted",
            "limited",
            "frozen",
            "suspended",
            "private",
            "asked",
        ];
        let mut people = Vec::new();
        for name in names {
            let person = world.person(name).await;
            interested(&world, person, &["tea"]).await;
            world.follow(friend, person).await;
            world.post(person, "hello").await;
            people.push(person);
        }
        let app = &world.app;
        world.settle().await;
        world.advance(Duration::from_secs(5));
        trends::refresh(app).await.unwrap();
        assert_eq!(handles(&world, viewer).await.len(), names.len());
        let who = |name: &str| people[names.iter().position(|known| *known == name).unwrap()];
        let locked = profiles::Changes { locked: Some(true), ..Default::default() };
        profiles::update(app, who("asked"), locked).await.unwrap();
        for name in ["followed", "asked"] {
            world.follow(viewer, who(name)).await;
        }
        relations::block(app, who("blocks"), viewer).await.unwrap();
        relations::block(app, viewer, who("blocked")).await.unwrap();
        relations::mute(app, viewer, who("muted"), Default::default()).await.unwrap();
        let by = Powers::operator();
        let standings = [
            ("limited", Measure::Limit),
            ("frozen", Measure::Freeze),
            ("suspended", Measure::Suspend),
        ];
        for (name, measure) in standings {
            let ruling = Ruling { measures: vec![measure], ..Ruling::default() };
            decide(app, &by, Target::Account(who(name)), ruling).await.unwrap();
        }
        let private = profiles::Changes { discoverable: Some(false), ..Default::default() };
        profiles::update(app, who("private"), private).await.unwrap();
        // Before any job has run, and after.
        for _ in 0..2 {
            assert_eq!(handles(&world, viewer).await, ["open"]);
            for order in [Order::Active, Order::New] {
                let listed = async |viewer| {
                    let found = directory(app, viewer, order, 0, 80).await.unwrap();
                    let names = found.iter().map(|account| account.handle.as_str().to_owned());
                    names.filter(|name| names_of(name)).collect::<BTreeSet<_>>()
                };
                assert_eq!(listed(Some(viewer)).await, set(&["asked", "followed", "open"]));
                assert_eq!(
                    listed(None).await,
                    set(&["asked", "blocked", "blocks", "followed", "muted", "open"])
                );
            }
            world.settle().await;
        }
        for (name, measure) in standings {
            lift(app, &by, who(name), measure, "").await.unwrap();
        }
        world.settle().await;
        let back: BTreeSet<_> = handles(&world, viewer).await.into_iter().collect();
        assert_eq!(back, set(&["frozen", "limited", "open", "suspended"]));
    }
}

fn names_of(name: &str) -> bool {
    !matches!(name, "viewer" | "friend")
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn z_12_a_limited_account_stands_in_lists_for_its_followers_alone() {
    let world = World::new().await;
    let mut people = Vec::new();
    for handle in ["ada", "limited", "follower", "stranger"] {
        people.push(world.person(handle).await);
    }
    let [ada, limited, follower, stranger] = people[..] else { unreachable!("four people") };
    let app = &world.app;
    world.follow(follower, limited).await;
    world.follow(limited, ada).await;
    world.follow(ada, limited).await;
    let post = world.post(ada, "hello").await.post.id;
    crate::reactions::like(app, limited, post).await.unwrap();
    crate::reactions::share(app, limited, post, None, None).await.unwrap();
    world.settle().await;
    let by = Powers::operator();
    let ruling = Ruling { measures: vec![Measure::Limit], ..Ruling::default() };
    decide(app, &by, Target::Account(limited), ruling).await.unwrap();
    let page = graph::Page::newest(10);
    for settled in [false, true] {
        for (viewer, sees) in [
            (None, false),
            (Some(stranger), false),
            (Some(follower), true),
            (Some(limited), true),
            (Some(ada), true),
        ] {
            let has = |rows: relations::AccountPage| rows.iter().any(|row| row.1 == Some(limited));
            let rows = relations::followers(app, viewer, ada, page).await.unwrap();
            assert_eq!(rows.len(), 1, "the cursor goes on");
            assert_eq!(has(rows), sees, "followers for {viewer:?}");
            let rows = relations::following(app, viewer, ada, page).await.unwrap();
            assert_eq!(has(rows), sees, "following for {viewer:?}");
            let rows = crate::reactions::liked_by(app, viewer, post, page).await.unwrap();
            assert_eq!(has(rows), sees, "liked by for {viewer:?}");
            let rows = crate::reactions::shared_by(app, viewer, post, page).await.unwrap();
            assert_eq!(has(rows), sees, "shared by for {viewer:?}");
            let found = search::search_people(app, viewer, "limited", false, 10).await.unwrap();
            assert_eq!(!found.is_empty(), sees, "search for {viewer:?} {settled}");
        }
        world.settle().await;
    }
}
