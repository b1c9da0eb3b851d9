//! Stories of mails about what happened.

use std::time::Duration;

use engine::mail::{Mail, MailError};
use graph::{Batch, Id};

use super::*;
use crate::{
    accounts::{self, model::Account},
    events::Event,
    instance::model::INSTANCE,
    notifications::{
        self, Channels, Digest, change_wishes,
        model::{MailDue, Notification, NotificationKind, Notifications, ToMail},
    },
    posts::model::Audience,
    reactions, subscriptions,
    testing::World,
    timelines,
};

const RIPE: Duration = Duration::from_secs(15 * 60);

/// Lets all that happened ripen and be mailed.
async fn ripen(world: &World) {
    world.settle().await;
    world.advance(RIPE);
    world.settle().await;
}

async fn by_mail(world: &World, of: Id<Account>, kind: NotificationKind) {
    let channels = Channels { in_app: true, email: true, push: false };
    let change = change_wishes(&world.app, of, |wishes| {
        wishes.channels.insert(kind, channels);
    });
    change.await.unwrap();
}

async fn digest(world: &World, of: Id<Account>, digest: Digest) {
    change_wishes(&world.app, of, |wishes| wishes.digest = digest).await.unwrap();
}

fn to(mails: &[Mail], handle: &str) -> Vec<Mail> {
    let of = |mail: &&Mail| mail.to == format!("{handle}@example.org");
    mails.iter().filter(of).cloned().collect()
}

#[tokio::test]
async fn ten_likes_are_one_mail() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    by_mail(&world, ada, NotificationKind::Like).await;
    let post = world.post(ada, "a <b>bold</b> claim").await.post.id;
    for number in 0..10 {
        let fan = world.person(&format!("fan{number}")).await;
        reactions::like(&world.app, fan, post).await.unwrap();
    }
    world.settle().await;
    assert!(world.mails().is_empty(), "it waits for what may come");
    ripen(&world).await;
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "fan9 and 9 others liked your post");
    assert!(mails[0].text.contains("a <b>bold</b> claim"));
    assert!(mails[0].html.contains("a &lt;b&gt;bold&lt;/b&gt; claim"));
    assert!(mails[0].html.contains("prefers-color-scheme:dark"));
    ripen(&world).await;
    assert_eq!(world.mails().len(), 1, "once told is told");
    let late = world.person("late").await;
    reactions::like(&world.app, late, post).await.unwrap();
    ripen(&world).await;
    assert_eq!(world.mails().len(), 2);
    assert_eq!(world.mails()[1].subject, "late liked your post");
}

#[tokio::test]
async fn a_mail_tells_only_what_is_unread_and_may_be_seen_when_it_is_made() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let seen = world.post(ben, "hello @ada").await.post.id;
    world.settle().await;
    let newest = world.app.ord();
    timelines::set_marker(&world.app, ada, "notifications", newest).await.unwrap();
    let gone = world.post(ben, "a secret for @ada").await.post.id;
    world.post_to(ben, "this stays, @ada", Audience::Direct).await;
    world.settle().await;
    crate::posts::delete(&world.app, ben, gone).await.unwrap();
    ripen(&world).await;
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("this stays"));
    assert!(!mails[0].text.contains("secret") && !mails[0].text.contains("hello"), "{seen}");
    // All of it blocked meanwhile: no mail at all.
    world.post(ben, "and @ada again").await;
    world.settle().await;
    crate::relations::block(&world.app, ada, ben).await.unwrap();
    ripen(&world).await;
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn f_25_each_cause_is_in_one_mail_whatever_the_server_says_and_however_often_jobs_run() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let down = MailError::Temporary("451 later".to_owned());
    world.mailer.fail("ada@example.org", Some(down));
    world.post(ben, "first, @ada").await;
    world.settle().await;
    world.advance(RIPE);
    // The part is taken, and its mail fails; meanwhile more comes and is taken, too.
    assert_eq!(due(&world.app, WINDOW).await.unwrap(), 1);
    world.settle().await;
    world.post(ben, "second, @ada").await;
    world.settle().await;
    world.advance(RIPE);
    world.settle().await;
    assert!(world.mails().is_empty());
    world.mailer.fail("ada@example.org", None);
    for _ in 0..6 {
        world.advance(Duration::from_secs(3_600));
        world.settle().await;
    }
    let mails = world.mails();
    let with = |text: &str| mails.iter().filter(|mail| mail.text.contains(text)).count();
    assert_eq!((with("first"), with("second")), (1, 1));
    assert_eq!(mails.len(), 2);
    // A job that was cut off after its mail runs again: the same key, and nothing of another's part.
    let (after, upto) = (0, world.app.ord());
    let again = Event::NotificationsDue { account: ada, after, upto };
    subscriptions::handle(&world.app, &again).await.unwrap();
    assert_eq!(world.mails().len(), 2);
    // Two schedulers at once take each part once.
    world.post(ben, "third, @ada").await;
    world.settle().await;
    world.advance(RIPE);
    let (one, other) = tokio::join!(due(&world.app, WINDOW), due(&world.app, WINDOW));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    world.settle().await;
    assert_eq!(world.mails().len(), 3);
}

#[tokio::test]
async fn f_25_what_comes_while_a_part_is_taken_is_in_the_next_mail_also_after_a_crash() {
    let world = World::new().await;
    let (_, ben) = (world.person("ada").await, world.person("ben").await);
    world.post(ben, "first, @ada").await;
    world.settle().await;
    world.advance(WINDOW + Duration::from_secs(1));
    // It is written while ada is in the list already; then her part is taken, and the process ends with that commit.
    let late = world.post(ben, "meanwhile, @ada").await.post.id;
    notifications::notify_post(&world.app, late).await.unwrap();
    assert_eq!(due(&world.app, WINDOW).await.unwrap(), 1);
    world.settle().await;
    let mails = to(&world.mails(), "ada");
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("first") && !mails[0].text.contains("meanwhile"));
    ripen(&world).await;
    let mails = to(&world.mails(), "ada");
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("meanwhile") && !mails[1].text.contains("first"));
}

#[tokio::test]
async fn f_25_what_was_made_before_a_part_was_taken_and_committed_after_it_is_not_forgotten() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ben, "slow as a snail").await.post.id;
    world.post(ben, "first, @ada").await;
    world.settle().await;
    world.advance(WINDOW + Duration::from_secs(1));
    // It has its id, and its commit waits for a busy store.
    let slow: Id<Notification> = world.app.id();
    assert_eq!(due(&world.app, WINDOW).await.unwrap(), 1);
    world.settle().await;
    let told = Notification {
        account: ada,
        kind: NotificationKind::Mention,
        by: ben,
        post: Some(post),
        about: None,
        number: None,
    };
    let mut batch = Batch::new();
    batch.create(slow, &told);
    batch.link::<Notifications>(ada, slow, slow.raw());
    batch.link::<ToMail>(ada, slow, slow.raw());
    batch.ensure::<MailDue>(INSTANCE, ada, world.app.ord());
    world.app.graph.commit(batch).await.unwrap();
    ripen(&world).await;
    let mails = to(&world.mails(), "ada");
    let with = |text: &str| mails.iter().filter(|mail| mail.text.contains(text)).count();
    assert_eq!((mails.len(), with("first"), with("slow as a snail")), (2, 1, 1));
}

#[tokio::test]
async fn an_address_that_refuses_for_good_gets_no_more_until_it_is_confirmed_again() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let nobody = MailError::NoReceiver("550 5.1.1 no such person".to_owned());
    world.mailer.fail("ada@example.org", Some(nobody));
    world.post(ben, "hello @ada").await;
    ripen(&world).await;
    world.mailer.fail("ada@example.org", None);
    world.post(ben, "hello again @ada").await;
    ripen(&world).await;
    accounts::set_password(&world.app, ada, crate::testing::PASSWORD).await.unwrap();
    world.settle().await;
    assert!(world.mails().is_empty(), "no mail of any kind");
    // They ask for the link that confirms it, and follow it.
    let password = crate::testing::PASSWORD;
    accounts::change_email(&world.app, ada, password, "ada@example.org").await.unwrap();
    world.settle().await;
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    let token = mails[0].text.split("token=").nth(1).unwrap().split_whitespace().next().unwrap();
    accounts::confirm(&world.app, token).await.unwrap();
    world.post(ben, "welcome back @ada").await;
    ripen(&world).await;
    assert!(world.mails().last().unwrap().text.contains("welcome back"));
    // Another address is another matter.
    world.mailer.fail("ada@example.org", Some(MailError::NoReceiver("550".to_owned())));
    world.post(ben, "are you there, @ada?").await;
    ripen(&world).await;
    let before = world.mails().len();
    accounts::change_email(&world.app, ada, password, "new@example.org").await.unwrap();
    world.settle().await;
    let mails = world.mails();
    let token = mails.last().unwrap().text.split("token=").nth(1).unwrap();
    accounts::confirm(&world.app, token.split_whitespace().next().unwrap()).await.unwrap();
    world.post(ben, "at last, @ada").await;
    ripen(&world).await;
    assert!(world.mails().len() > before);
    assert_eq!(world.mails().last().unwrap().to, "new@example.org");
}

#[tokio::test]
async fn who_is_not_confirmed_suspended_or_gone_gets_no_mail_of_what_happens() {
    let world = World::new().await;
    let ben = world.person("ben").await;
    let new = world.person_with("new", |who| who.by_operator = Some((Default::default(), false)));
    let new = new.await;
    let (bad, gone) = (world.person("bad").await, world.person("gone").await);
    world.settle().await;
    digest(&world, new, Digest::Daily).await;
    digest(&world, bad, Digest::Daily).await;
    digest(&world, gone, Digest::Daily).await;
    for follower in [new, bad, gone] {
        world.follow(follower, ben).await;
    }
    world.post(ben, "hello @new, @bad and @gone").await;
    world.settle().await;
    accounts::suspend(&world.app, bad).await.unwrap();
    let password = crate::testing::PASSWORD;
    accounts::delete_account(&world.app, gone, password).await.unwrap();
    ripen(&world).await;
    world.advance(Duration::from_secs(2 * 24 * 3_600));
    world.settle().await;
    let told = |mail: &&Mail| mail.key.starts_with("notif") || mail.key.starts_with("digest");
    let mails = world.mails();
    let mails: Vec<_> = mails.iter().filter(told).map(|mail| &mail.to).collect();
    assert!(mails.iter().all(|to| *to == "ben@example.org"), "{mails:?}");
}

#[tokio::test]
async fn a_digest_has_the_best_of_what_was_missed_and_may_be_seen_once_a_day() {
    let world = World::new().await;
    let (ada, ben, cleo) =
        (world.person("ada").await, world.person("ben").await, world.person("cleo").await);
    world.follow(ada, ben).await;
    world.settle().await;
    digest(&world, ada, Digest::Daily).await;
    let read = world.post(ben, "read long ago").await;
    timelines::set_marker(&world.app, ada, "home", read.post.id.raw()).await.unwrap();
    world.post(ben, "small news").await;
    let best = world.post(ben, "great news").await.post.id;
    reactions::like(&world.app, cleo, best).await.unwrap();
    world.post_to(ben, "not for ada", Audience::Direct).await;
    let gone = world.post(ben, "taken back").await.post.id;
    world.post(cleo, "of a stranger").await;
    crate::posts::delete(&world.app, ben, gone).await.unwrap();
    world.settle().await;
    world.advance(Duration::from_secs(24 * 3_600));
    world.settle().await;
    world.settle().await;
    let digests = |world: &World| {
        let mails = to(&world.mails(), "ada");
        mails.into_iter().filter(|mail| mail.key.starts_with("digest:")).collect::<Vec<_>>()
    };
    let mails = digests(&world);
    assert_eq!(mails.len(), 1);
    let text = &mails[0].text;
    assert!(text.find("great news").unwrap() < text.find("small news").unwrap());
    for missing in ["read long ago", "not for ada", "taken back", "of a stranger"] {
        assert!(!text.contains(missing), "{missing}");
    }
    // A day without anything has no mail; nobody else ever gets one.
    world.advance(Duration::from_secs(24 * 3_600));
    world.settle().await;
    assert_eq!(digests(&world).len(), 1);
    assert!(
        world
            .mails()
            .iter()
            .all(|mail| !mail.key.starts_with("digest:") || mail.to == "ada@example.org")
    );
}

#[tokio::test]
async fn a_weekly_digest_comes_on_mondays() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.follow(ada, ben).await;
    digest(&world, ada, Digest::Weekly).await;
    let mut days = Vec::new();
    for day in 0..15u64 {
        world.post(ben, "news").await;
        world.advance(Duration::from_secs(24 * 3_600));
        let before = world.mails().len();
        world.settle().await;
        let new =
            world.mails()[before..].iter().filter(|mail| mail.key.starts_with("digest")).count();
        days.extend(std::iter::repeat_n(day, new));
    }
    assert_eq!(days.len(), 2, "{days:?}");
    assert_eq!(days[1] - days[0], 7);
}

#[tokio::test]
async fn a_link_ends_its_kind_of_mail_for_its_reader_and_nothing_else() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let link = link_of(&world.app, ada, Topic::Notifications);
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(open_link(&world.app, "notifications", token), Ok((ada, Topic::Notifications)));
    let others = link_of(&world.app, ben, Topic::Notifications);
    assert_ne!(link, others);
    // Of one kind it says nothing about another, and nobody makes one without our key.
    assert_eq!(open_link(&world.app, "digest", token), Err(LinkError::Invalid));
    assert_eq!(open_link(&world.app, "password", token), Err(LinkError::Invalid));
    let mut forged = crate::secret::from_base64url(token).unwrap();
    forged[..8].copy_from_slice(&ben.raw().to_be_bytes());
    let forged = crate::secret::base64url(&forged);
    assert_eq!(open_link(&world.app, "notifications", &forged), Err(LinkError::Invalid));
    unsubscribe(&world.app, ada, Topic::Notifications).await.unwrap();
    unsubscribe(&world.app, ada, Topic::Notifications).await.unwrap();
    world.post(ben, "hello @ada").await;
    world.post(ada, "hello @ben").await;
    ripen(&world).await;
    let mails = world.mails();
    assert_eq!(to(&mails, "ada"), []);
    assert_eq!(to(&mails, "ben").len(), 1);
    let told = notifications::unread(&world.app, ada).await.unwrap();
    assert_eq!(told.notifications, 1, "in the list it stands all the same");
}
