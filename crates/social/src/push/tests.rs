//! Stories of pushes.

use std::{collections::BTreeSet, time::Duration};

use engine::push::PushError;
use graph::Id;
use p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint};
use serde_json::Value;

use super::{
    model::{From, Holder, Subscription},
    *,
};
use crate::{
    accounts::{self, model::Account},
    notifications::{Channels, change_wishes, model::NotificationKind},
    posts::{self, model::Audience},
    relations,
    secret::base64url,
    sessions,
    testing::{PASSWORD, World},
};

const ENDPOINT: &str = "https://push.example.net/one";

fn new() -> NewSubscription {
    let key = SecretKey::from_slice(&[5; 32]).unwrap().public_key().to_encoded_point(false);
    NewSubscription {
        endpoint: ENDPOINT.to_owned(),
        key: base64url(key.as_bytes()),
        auth: base64url(&[6; 16]),
        standard: true,
        alerts: NotificationKind::ALL.iter().copied().collect(),
        from: From::All,
    }
}

async fn device(world: &World, handle: &str) -> Holder {
    let signed = sessions::sign_in(&world.app, handle, PASSWORD, "a browser").await.unwrap();
    Holder::Session(signed.session)
}

async fn subscribed(world: &World, who: Id<Account>, handle: &str) -> (Holder, Id<Subscription>) {
    let holder = device(world, handle).await;
    (holder, subscribe(&world.app, who, holder, new()).await.unwrap().id)
}

fn contents(world: &World) -> Vec<Value> {
    let sent = world.push.sent();
    sent.iter().map(|parcel| serde_json::from_slice(&parcel.content).unwrap()).collect()
}

#[tokio::test]
async fn what_concerns_somebody_is_pushed_once_in_mastodons_words() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    subscribed(&world, ada, "ada").await;
    let post = world.post(ben, "hello   @ada,\nhow are you?").await;
    world.settle().await;
    world.settle().await;
    let sent = contents(&world);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["notification_type"], "mention");
    assert_eq!(sent[0]["title"], "ben mentioned you");
    assert_eq!(sent[0]["body"], "hello @ada, how are you?");
    assert_eq!(sent[0]["access_token"], "");
    assert!(sent[0]["notification_id"].is_u64());
    assert_eq!(sent[0]["url"], format!("http://127.0.0.1:8420/@ben/{}", post.post.id));
    let parcel = &world.push.sent()[0];
    assert_eq!(parcel.endpoint, ENDPOINT);
    assert_eq!(parcel.sender, world.app.secrets.vapid.private());
}

#[tokio::test]
async fn z_7_a_push_says_nothing_that_its_reader_may_not_see() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    subscribed(&world, ada, "ada").await;
    // For the followers of ben; ada is named and is none of them.
    world.post_to(ben, "a word about @ada among us", Audience::Followers).await;
    let gone = world.post(ben, "hello @ada").await.post.id;
    // Made, and not yet pushed, when it goes.
    world.push.fail(ENDPOINT, Some(PushError::Away("503".to_owned())));
    world.settle().await;
    posts::delete(&world.app, ben, gone).await.unwrap();
    world.push.fail(ENDPOINT, None);
    world.advance(Duration::from_secs(3_600));
    world.settle().await;
    let sent = contents(&world);
    let all = serde_json::to_string(&sent).unwrap();
    assert!(!all.contains("hello"), "{all}");
    world.post(ben, "once more @ada").await;
    relations::block(&world.app, ada, ben).await.unwrap();
    world.settle().await;
    assert_eq!(contents(&world).len(), sent.len());
}

#[tokio::test]
async fn alerts_policy_and_wishes_all_have_a_say() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let (holder, _) = subscribed(&world, ada, "ada").await;
    let follows: BTreeSet<_> = [NotificationKind::Follow].into();
    change(&world.app, holder, Some(follows), None).await.unwrap().unwrap();
    world.post(ben, "hello @ada").await;
    world.settle().await;
    assert!(contents(&world).is_empty());
    let mentions: BTreeSet<_> = [NotificationKind::Mention].into();
    let of = async |from| {
        change(&world.app, holder, Some(mentions.clone()), Some(from)).await.unwrap();
        let before = contents(&world).len();
        world.post(ben, "hello @ada").await;
        world.settle().await;
        contents(&world).len() - before
    };
    assert_eq!(
        (of(From::Nobody).await, of(From::Followed).await, of(From::Follower).await),
        (0, 0, 0)
    );
    world.follow(ada, ben).await;
    assert_eq!((of(From::Followed).await, of(From::Follower).await), (1, 0));
    world.follow(ben, ada).await;
    assert_eq!((of(From::Follower).await, of(From::All).await), (1, 1));
    change_wishes(&world.app, ada, |wishes| {
        let channels = Channels { in_app: true, email: false, push: false };
        wishes.channels.insert(NotificationKind::Mention, channels);
    })
    .await
    .unwrap();
    assert_eq!(of(From::All).await, 0);
}

#[tokio::test]
async fn a_subscription_ends_with_its_session_and_its_endpoint() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let (holder, id) = subscribed(&world, ada, "ada").await;
    // The same session again is the same place.
    let second = subscribe(&world.app, ada, holder, new()).await.unwrap().id;
    assert!(world.app.graph.get(id).await.unwrap().is_none() && second != id);
    let Holder::Session(session) = holder else { panic!("it is a session") };
    sessions::end_device(&world.app, ada, session).await.unwrap();
    world.post(ben, "hello @ada").await;
    world.settle().await;
    assert!(contents(&world).is_empty());
    assert!(world.app.graph.get(second).await.unwrap().is_none());
    // An endpoint that is gone.
    let (holder, id) = subscribed(&world, ada, "ada").await;
    world.push.fail(ENDPOINT, Some(PushError::Gone("410".to_owned())));
    world.post(ben, "hello again @ada").await;
    world.settle().await;
    assert!(world.app.graph.get(id).await.unwrap().is_none());
    assert!(subscription(&world.app, holder).await.unwrap().is_none());
    world.push.fail(ENDPOINT, None);
    // A password that is changed ends what the old one opened.
    let (_, id) = subscribed(&world, ada, "ada").await;
    accounts::set_password(&world.app, ada, "another horse battery").await.unwrap();
    world.post(ben, "and again @ada").await;
    world.settle().await;
    assert!(contents(&world).is_empty());
    assert!(world.app.graph.get(id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_push_service_that_is_away_is_asked_again_a_few_times_and_then_no_more() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let (_, id) = subscribed(&world, ada, "ada").await;
    world.push.fail(ENDPOINT, Some(PushError::Away("503".to_owned())));
    world.post(ben, "one @ada").await;
    // Settling panics where a job is given up: this one ends well.
    for _ in 0..20 {
        world.advance(Duration::from_secs(3_000));
        world.settle().await;
    }
    world.push.fail(ENDPOINT, None);
    world.advance(Duration::from_secs(3_600));
    world.settle().await;
    assert!(contents(&world).is_empty());
    assert!(world.app.graph.get(id).await.unwrap().is_some(), "the next one is tried");
    world.post(ben, "two @ada").await;
    world.settle().await;
    assert_eq!(contents(&world).len(), 1);
}

#[tokio::test]
async fn s_11_nobody_subscribes_our_own_address_or_what_is_no_push_service() {
    let settings = crate::app::Settings {
        public_url: "https://here.example".to_owned(),
        ..Default::default()
    };
    let world = World::with_settings(settings).await;
    let ada = world.person("ada").await;
    let holder = device(&world, "ada").await;
    let long = format!("https://push.example.net/{}", "x".repeat(2_000));
    for endpoint in [
        "https://here.example/api/v1/statuses",
        "https://HERE.example:443/",
        "http://push.example.net/",
        "ftp://push.example.net/",
        "https://ada:secret@push.example.net/",
        "nonsense",
        "",
        &long,
    ] {
        let wanted = NewSubscription { endpoint: endpoint.to_owned(), ..new() };
        let answer = subscribe(&world.app, ada, holder, wanted).await;
        assert!(matches!(answer, Err(SubscribeError::Endpoint(_))), "{endpoint}");
    }
    let bad = [base64url(&[4; 65]), base64url(&[1; 10]), "?".to_owned(), String::new()];
    for key in bad {
        let answer = subscribe(&world.app, ada, holder, NewSubscription { key, ..new() }).await;
        assert_eq!(answer.err(), Some(SubscribeError::Key));
    }
    let short = NewSubscription { auth: base64url(&[1; 15]), ..new() };
    assert_eq!(subscribe(&world.app, ada, holder, short).await.err(), Some(SubscribeError::Auth));
    assert!(subscription(&world.app, holder).await.unwrap().is_none());
    subscribe(&world.app, ada, holder, new()).await.unwrap();
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_subscriptions_and_takes_them_along() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let mut holders = Vec::new();
    for _ in 0..23 {
        world.advance(Duration::from_millis(5));
        holders.push(subscribed(&world, ada, "ada").await.0);
    }
    let mut alive = Vec::new();
    for holder in &holders {
        alive.push(subscription(&world.app, *holder).await.unwrap().is_some());
    }
    assert_eq!(alive.iter().filter(|alive| **alive).count(), 20);
    assert!(!alive[0] && alive[22]);
    accounts::delete_account(&world.app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    for holder in holders {
        assert!(subscription(&world.app, holder).await.unwrap().is_none());
    }
}
