//! Stories of groups.

use std::time::Duration;

use graph::{Id, Order, Page};

use super::{model::NotificationKind, *};
use crate::{accounts::model::Account, posts::model::Post, reactions, relations, testing::World};

const ALL: Page = Page { below: None, above: None, order: Order::Newest, limit: 50 };

async fn read(world: &World, of: Id<Account>, page: Page) -> GroupSlice {
    let (filter, kinds) = (Filter::default(), NotificationKind::ALL);
    groups(&world.app, of, &filter, kinds, page).await.unwrap()
}

/// Somebody new likes a post.
async fn like(world: &World, name: &str, post: Id<Post>) -> Id<Account> {
    let by = world.person(name).await;
    reactions::like(&world.app, by, post).await.unwrap();
    world.settle().await;
    by
}

#[tokio::test]
async fn likes_and_shares_of_a_post_and_follows_are_told_as_one_each() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let (one, two) = (world.post(ada, "one").await.post.id, world.post(ada, "two").await.post.id);
    let mut fans = Vec::new();
    for number in 0..10 {
        fans.push(like(&world, &format!("fan{number}"), one).await);
    }
    for fan in &fans[..2] {
        reactions::like(&world.app, *fan, two).await.unwrap();
        reactions::share(&world.app, *fan, one, None, None).await.unwrap();
        world.follow(*fan, ada).await;
        world.post(*fan, "hello @ada").await;
        world.settle().await;
    }
    let slice = read(&world, ada, ALL).await;
    let mut found: Vec<_> = slice
        .groups
        .iter()
        .map(|group| {
            let post = group.newest().post.as_ref().map(|post| post.post.id);
            let which = post.map(|post| {
                if post == one {
                    1
                } else if post == two {
                    2
                } else {
                    0
                }
            });
            (group.newest().notification.kind.as_str(), which, group.count)
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("follow", None, 2),
            ("like", Some(1), 10),
            ("like", Some(2), 2),
            ("mention", Some(0), 1),
            ("mention", Some(0), 1),
            ("share", Some(1), 2),
        ]
    );
    assert!(!slice.more);
    let likes = slice.groups.iter().find(|group| group.count == 10).unwrap();
    let shown: Vec<_> = likes.told.iter().map(|told| told.by.id).collect();
    let newest: Vec<_> = fans.iter().rev().take(8).copied().collect();
    assert_eq!(shown, newest);
    let filter = Filter::default();
    let kinds = NotificationKind::ALL;
    assert_eq!(unread_groups(&world.app, ada, &filter, kinds, 50).await, Ok(6));
    assert_eq!(unread_groups(&world.app, ada, &filter, kinds, 4).await, Ok(4));
    let likes_only = [NotificationKind::Like];
    assert_eq!(unread_groups(&world.app, ada, &filter, &likes_only, 50).await, Ok(8));
}

#[tokio::test]
async fn a_group_ends_with_its_half_day() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let post = world.post(ada, "hello").await.post.id;
    like(&world, "ben", post).await;
    world.advance(Duration::from_secs(12 * 3_600));
    like(&world, "cem", post).await;
    let slice = read(&world, ada, ALL).await;
    assert_eq!(slice.groups.iter().map(|group| group.count).collect::<Vec<_>>(), [1, 1]);
    assert_ne!(slice.groups[0].key, slice.groups[1].key);
}

#[tokio::test]
async fn pages_of_groups_hold_each_row_once_and_keys_and_counts_are_the_same_on_each() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let post = world.post(ada, "hello").await.post.id;
    for number in 0..6 {
        let fan = like(&world, &format!("fan{number}"), post).await;
        world.follow(fan, ada).await;
        world.settle().await;
    }
    let whole = read(&world, ada, ALL).await;
    assert_eq!(whole.groups.len(), 2);
    for order in [Order::Newest, Order::Oldest] {
        let mut page = Page { order, limit: 1, ..ALL };
        let mut rows = Vec::new();
        loop {
            let slice = read(&world, ada, page).await;
            let Some((newest, oldest)) = slice.newest.zip(slice.oldest) else { break };
            let group = &slice.groups[0];
            assert!(whole.groups.iter().any(|one| one.key == group.key));
            let (last, first) = group.on_page.unwrap();
            assert_eq!((last.raw(), first.raw()), (newest, oldest));
            rows.push(newest);
            match order {
                Order::Newest => page.below = Some(oldest),
                Order::Oldest => page.above = Some(newest),
            }
            // What is younger than the page is not counted, what is older is.
            let before = match order {
                Order::Newest => (14 - rows.len()) / 2,
                Order::Oldest => rows.len().div_ceil(2),
            };
            assert_eq!(group.count, before, "{order:?} {rows:?}");
            if !slice.more {
                break;
            }
        }
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), 12, "{order:?}");
    }
}

#[tokio::test]
async fn z_14_groups_are_read_and_dismissed_by_their_owner_alone() {
    let world = World::new().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let post = world.post(ada, "hello").await.post.id;
    let ben = like(&world, "ben", post).await;
    let cem = like(&world, "cem", post).await;
    world.follow(ben, ada).await;
    world.settle().await;
    let slice = read(&world, ada, ALL).await;
    let likes = slice.groups.iter().find(|group| group.count == 2).unwrap().key;
    let alone = GroupKey::One(slice.groups[0].newest().notification.id);
    for key in [likes, alone] {
        assert!(group(&world.app, eve, key).await.unwrap().is_none());
        assert!(group_accounts(&world.app, eve, key, ALL).await.unwrap().is_none());
        dismiss_group(&world.app, eve, key).await.unwrap();
    }
    let rows = group_accounts(&world.app, ada, likes, ALL).await.unwrap().unwrap();
    assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [Some(cem), Some(ben)]);
    let second = Page { below: Some(rows[0].0), ..ALL };
    let rows = group_accounts(&world.app, ada, likes, second).await.unwrap().unwrap();
    assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [Some(ben)]);
    // Somebody whom the reader no longer hears is not counted.
    relations::block(&world.app, ada, cem).await.unwrap();
    assert_eq!(group(&world.app, ada, likes).await.unwrap().unwrap().count, 1);
    assert_eq!(read(&world, ada, ALL).await.groups.len(), 2);
    dismiss_group(&world.app, ada, likes).await.unwrap();
    dismiss_group(&world.app, ada, likes).await.unwrap();
    assert!(group(&world.app, ada, likes).await.unwrap().is_none());
    // Dismissed is dismissed, also what was not to be seen.
    relations::unblock(&world.app, ada, cem).await.unwrap();
    assert!(group(&world.app, ada, likes).await.unwrap().is_none());
    assert_eq!(read(&world, ada, ALL).await.groups.len(), 1);
}
