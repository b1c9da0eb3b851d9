//! Stories of profiles.

use std::sync::Arc;

use graph::Id;

use super::*;
use crate::{
    accounts::{self, model::Account},
    posts::{login_of, model::Audience},
    testing::{PASSWORD, World},
};

async fn likes(world: &World, who: Id<Account>, interests: &[&str]) {
    let interests = Some(interests.iter().map(|name| (*name).to_owned()).collect());
    let changes = Changes { interests, ..Changes::default() };
    update(&world.app, who, changes).await.unwrap();
}

async fn counted(world: &World) -> Vec<(String, u64)> {
    let all = interests(&world.app, 50).await.unwrap();
    all.into_iter().map(|interest| (interest.name, interest.accounts)).collect()
}

#[tokio::test]
async fn interests_are_counted_as_people_choose_and_leave_them() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    likes(&world, ada, &["Sailing", "bread"]).await;
    likes(&world, ben, &["sailing"]).await;
    let expected = [("Sailing".to_owned(), 2), ("bread".to_owned(), 1)];
    assert_eq!(counted(&world).await, expected);
    // One that one keeps counts on.
    likes(&world, ada, &["Sailing", "choir"]).await;
    assert_eq!(counted(&world).await, [("Sailing".to_owned(), 2), ("choir".to_owned(), 1)]);
    likes(&world, ben, &[]).await;
    assert_eq!(counted(&world).await, [("Sailing".to_owned(), 1), ("choir".to_owned(), 1)]);
    accounts::delete_account(&world.app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    assert!(counted(&world).await.is_empty());
    assert_eq!(engine::store::Upkeep::miscounts(&*world.store).await, Ok(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_choose_one_new_interest_at_once_are_counted_exactly() {
    let world = World::new().await;
    let mut choices = tokio::task::JoinSet::new();
    for n in 0..20 {
        let who = world.person(&format!("p{n}")).await;
        let app = Arc::clone(&world.app);
        choices.spawn(async move {
            let interests = Some(vec![if n % 2 == 0 { "Tea" } else { "tea" }.to_owned()]);
            update(&app, who, Changes { interests, ..Changes::default() }).await.map(drop)
        });
    }
    for answer in choices.join_all().await {
        answer.unwrap();
    }
    let all = counted(&world).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].1, 20);
}

#[tokio::test]
async fn everything_wrong_is_said_at_once_and_nothing_changes() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let changes = Changes {
        display_name: Some("x".repeat(MAX_NAME + 1)),
        bio: Some("x".repeat(MAX_BIO + 1)),
        fields: Some(vec![("a".to_owned(), "x".repeat(MAX_FIELD + 1))]),
        interests: Some((0..=interests::MAX_INTERESTS).map(|n| format!("interest {n}")).collect()),
        default_language: Some("no language".to_owned()),
        locked: Some(true),
        ..Changes::default()
    };
    let error = update(&world.app, ada, changes).await.unwrap_err();
    let ProfileError::Fields(wrong) = error else { panic!("{error:?}") };
    assert_eq!(wrong.len(), 5, "{wrong:?}");
    let after = world.app.graph.get(ada).await.unwrap().unwrap();
    assert!(!after.locked && after.bio.is_empty() && after.display_name.is_empty());
}

#[tokio::test]
async fn what_one_prefers_is_what_new_posts_are() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let changes = Changes {
        default_audience: Some(Audience::Followers),
        default_language: Some("de".to_owned()),
        ..Changes::default()
    };
    update(&world.app, ada, changes).await.unwrap();
    assert_eq!(login_of(&world.app, ada).await.unwrap().default_audience, Audience::Followers);
    let draft = crate::posts::Draft { text: "hallo".to_owned(), ..Default::default() };
    let post = world.publish(ada, draft).await.unwrap().post;
    assert_eq!((post.audience, post.language.as_deref()), (Audience::Followers, Some("de")));
}
