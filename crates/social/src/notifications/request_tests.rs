//! Stories of the policy and of requests.

use std::time::Duration;

use graph::{Id, Order, Page};

use super::*;
use crate::{
    accounts::{self, model::Account},
    posts::{
        Draft,
        model::{Audience, Post},
    },
    reactions, relations,
    relations::model::Mute,
    testing::{PASSWORD, World},
};

const ALL: Page = Page { below: None, above: None, order: Order::Newest, limit: 200 };
const DAY: Duration = Duration::from_secs(86_400);

/// How many are told, and how many with what is held.
async fn told(world: &World, of: Id<Account>) -> (usize, usize) {
    let with_held = Filter { held: true, ..Filter::default() };
    let mut counts = Vec::new();
    for filter in [Filter::default(), with_held] {
        let flat = notifications(&world.app, of, &filter, ALL).await.unwrap().told.len();
        let none = [];
        let slice = groups(&world.app, of, &filter, &none, ALL).await.unwrap();
        assert_eq!(slice.groups.len(), flat);
        counts.push(flat);
    }
    (counts[0], counts[1])
}

async fn set(world: &World, of: Id<Account>, change: impl Fn(&mut Policy)) {
    change_policy(&world.app, of, change).await.unwrap();
}

async fn asked(world: &World, of: Id<Account>) -> Vec<Asked> {
    let rows = requests(&world.app, of, ALL).await.unwrap();
    rows.into_iter().filter_map(|row| row.1).collect()
}

async fn like(world: &World, by: Id<Account>, post: Id<Post>) {
    reactions::like(&world.app, by, post).await.unwrap();
    world.settle().await;
}

#[tokio::test]
async fn each_rule_holds_back_or_drops_whom_it_names_and_nobody_else() {
    /// What a person is to ada.
    struct Case {
        name: &'static str,
        rule: fn(&mut Policy) -> &mut Rule,
        stranger: bool,
        followed: bool,
        new_follower: bool,
        old_follower: bool,
    }
    let cases = [
        Case {
            name: "not_following",
            rule: |policy| &mut policy.not_following,
            stranger: true,
            followed: false,
            new_follower: true,
            old_follower: true,
        },
        Case {
            name: "not_followers",
            rule: |policy| &mut policy.not_followers,
            stranger: true,
            followed: true,
            new_follower: true,
            old_follower: false,
        },
        Case {
            name: "new_accounts",
            rule: |policy| &mut policy.new_accounts,
            stranger: true,
            followed: false,
            new_follower: true,
            old_follower: true,
        },
    ];
    for case in cases {
        for rule in [Rule::Filter, Rule::Drop] {
            let world = World::new().await;
            let ada = world.person("ada").await;
            let old = world.person("old").await;
            world.follow(old, ada).await;
            world.advance(4 * DAY);
            let (strange, near) = (world.person("strange").await, world.person("near").await);
            let fresh = world.person("fresh").await;
            world.follow(ada, near).await;
            world.follow(fresh, ada).await;
            world.settle().await;
            clear(&world.app, ada).await.unwrap();
            let post = world.post(ada, "hello").await.post.id;
            set(&world, ada, |policy| *(case.rule)(policy) = rule).await;
            let people = [
                (strange, case.stranger),
                (near, case.followed),
                (fresh, case.new_follower),
                (old, case.old_follower),
            ];
            for (index, (by, caught)) in people.into_iter().enumerate() {
                let before = told(&world, ada).await;
                like(&world, by, post).await;
                let after = told(&world, ada).await;
                let grown = (after.0 - before.0, after.1 - before.1);
                let wanted = match (caught, rule) {
                    (false, _) => (1, 1),
                    (true, Rule::Filter) => (0, 1),
                    (true, _) => (0, 0),
                };
                assert_eq!(grown, wanted, "{} {rule:?} person {index}", case.name);
            }
        }
    }
}

#[tokio::test]
async fn an_account_is_new_for_a_month() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    set(&world, ada, |policy| policy.new_accounts = Rule::Drop).await;
    world.advance(30 * DAY);
    like(&world, ben, post).await;
    assert_eq!(told(&world, ada).await, (1, 1));
}

#[tokio::test]
async fn a_private_mention_that_nobody_asked_for_is_a_request() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    set(&world, ada, |policy| policy.private_mentions = Rule::Filter).await;
    world.post_to(ben, "@ada psst", Audience::Direct).await;
    world.post(ben, "@ada hello").await;
    world.settle().await;
    assert_eq!(told(&world, ada).await, (1, 2));
    let waiting = asked(&world, ada).await;
    assert_eq!((waiting.len(), waiting[0].from.id, waiting[0].count), (1, ben, 1));
    assert_eq!(waiting[0].last.as_ref().unwrap().content().text, "@ada psst");
    // She spoke to him, so his answer is none.
    let spoke = world.post_to(ada, "@ben yes?", Audience::Direct).await.post.id;
    let answer = Draft {
        text: "@ada well".to_owned(),
        audience: Some(Audience::Direct),
        reply_to: Some(spoke),
        ..Draft::default()
    };
    world.publish(ben, answer).await.unwrap();
    world.settle().await;
    assert_eq!(told(&world, ada).await, (2, 3));
    world.follow(ada, ben).await;
    world.post_to(ben, "@ada psst again", Audience::Direct).await;
    world.settle().await;
    assert_eq!(told(&world, ada).await, (3, 4));
}

#[tokio::test]
async fn what_is_held_is_told_in_its_place_once_accepted_and_who_did_it_is_heard_from_then() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let (one, two) = (world.post(ada, "one").await.post.id, world.post(ada, "two").await.post.id);
    set(&world, ada, |policy| policy.not_following = Rule::Filter).await;
    like(&world, ben, one).await;
    world.post(ben, "@ada hi").await;
    world.settle().await;
    assert_eq!(told(&world, ada).await, (0, 2));
    assert_eq!(unread_count(&world.app, ada, &Filter::default(), 50).await, Ok(0));
    assert_eq!(pending(&world.app, ada).await, Ok((1, 2)));
    let waiting = asked(&world, ada).await;
    let id = waiting[0].request.id;
    assert!(accept(&world.app, ada, id).await.unwrap());
    assert!(!accept(&world.app, ada, id).await.unwrap(), "it is no more");
    assert_eq!(told(&world, ada).await, (2, 2));
    assert_eq!(pending(&world.app, ada).await, Ok((0, 0)));
    like(&world, ben, two).await;
    assert_eq!(told(&world, ada).await, (3, 3));
    // A like that is taken back goes from where it is now.
    reactions::unlike(&world.app, ben, one).await.unwrap();
    world.settle().await;
    assert_eq!(told(&world, ada).await, (2, 2));
}

#[tokio::test]
async fn a_dismissed_request_takes_what_it_held_along_and_may_come_again() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let (one, two) = (world.post(ada, "one").await.post.id, world.post(ada, "two").await.post.id);
    set(&world, ada, |policy| policy.not_following = Rule::Filter).await;
    like(&world, ben, one).await;
    let id = asked(&world, ada).await[0].request.id;
    assert!(dismiss_request(&world.app, ada, id).await.unwrap());
    assert!(!dismiss_request(&world.app, ada, id).await.unwrap());
    assert_eq!(told(&world, ada).await, (0, 0));
    like(&world, ben, two).await;
    assert_eq!(asked(&world, ada).await.len(), 1);
    // Likes that are taken back, and single dismissals, leave no empty request behind.
    reactions::unlike(&world.app, ben, two).await.unwrap();
    world.settle().await;
    assert!(asked(&world, ada).await.is_empty());
    assert_eq!(told(&world, ada).await, (0, 0));
    world.post(ben, "@ada hi").await;
    world.settle().await;
    let held = Filter { held: true, ..Filter::default() };
    let all = notifications(&world.app, ada, &held, ALL).await.unwrap().told;
    dismiss(&world.app, ada, all[0].notification.id).await.unwrap();
    assert_eq!(told(&world, ada).await, (0, 0));
    assert_eq!(pending(&world.app, ada).await, Ok((0, 0)));
}

#[tokio::test]
async fn of_one_person_only_so_many_notifications_are_held_and_the_oldest_go() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    set(&world, ada, |policy| policy.not_following = Rule::Filter).await;
    for number in 0..MOST_HELD + 3 {
        world.post(ben, &format!("@ada {number}")).await;
        world.settle().await;
    }
    assert_eq!(told(&world, ada).await, (0, MOST_HELD));
    let waiting = asked(&world, ada).await;
    assert_eq!(waiting[0].count, MOST_HELD as u64);
    let last = waiting[0].last.as_ref().unwrap();
    assert_eq!(last.content().text, format!("@ada {}", MOST_HELD + 2));
    assert!(accept(&world.app, ada, waiting[0].request.id).await.unwrap());
    assert_eq!(told(&world, ada).await, (MOST_HELD, MOST_HELD));
}

#[tokio::test]
async fn z_12_requests_of_the_blocked_muted_and_suspended_are_not_seen() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    set(&world, ada, |policy| policy.not_following = Rule::Filter).await;
    world.post(ben, "@ada hi").await;
    world.settle().await;
    let id = asked(&world, ada).await[0].request.id;
    let gone = async || {
        assert!(asked(&world, ada).await.is_empty());
        assert!(request(&world.app, ada, id).await.unwrap().is_none());
        assert_eq!(pending(&world.app, ada).await, Ok((0, 0)));
        assert_eq!(told(&world, ada).await, (0, 0));
    };
    relations::block(&world.app, ada, ben).await.unwrap();
    gone().await;
    relations::unblock(&world.app, ada, ben).await.unwrap();
    assert_eq!(asked(&world, ada).await.len(), 1);
    let quiet = Mute { notifications: true, until_ms: None };
    relations::mute(&world.app, ada, ben, quiet).await.unwrap();
    gone().await;
    relations::unmute(&world.app, ada, ben).await.unwrap();
    accounts::suspend(&world.app, ben).await.unwrap();
    gone().await;
}

#[tokio::test]
async fn z_14_requests_are_read_and_answered_by_their_owner_alone() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let eve = world.person("eve").await;
    set(&world, ada, |policy| policy.not_following = Rule::Filter).await;
    world.post(ben, "@ada hi").await;
    world.settle().await;
    let id = asked(&world, ada).await[0].request.id;
    for other in [eve, ben] {
        assert!(request(&world.app, other, id).await.unwrap().is_none());
        assert!(!accept(&world.app, other, id).await.unwrap());
        assert!(!dismiss_request(&world.app, other, id).await.unwrap());
    }
    assert_eq!((told(&world, ada).await, asked(&world, ada).await.len()), ((0, 1), 1));
}

#[tokio::test]
async fn a_deleted_account_leaves_no_request_behind() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    set(&world, ada, |policy| policy.not_following = Rule::Filter).await;
    world.post(ben, "@ada hi").await;
    world.settle().await;
    let id = asked(&world, ada).await[0].request.id;
    accounts::delete_account(&world.app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    let graph = &world.app.graph;
    assert!(graph.get(id).await.unwrap().is_none());
    assert_eq!(graph.count::<model::HeldOf>(id).await, Ok(0));
    let name = model::request_name(ada, ben);
    let known = graph.key::<model::Request>(model::NOTIFICATION_REQUESTS, &name).await;
    assert_eq!(known, Ok(None));
}
