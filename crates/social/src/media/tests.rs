//! Stories of media: what is stored once, who reads it, and when it goes.

use std::time::Duration;

use graph::{Id, Node};

use super::{model::Attachment, pipeline::Purpose, *};
use crate::{
    accounts::{self, model::Account},
    app::Settings,
    posts::{self, Draft, model::Audience},
    profiles::{self, Picture},
    relations,
    testing::World,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

type Uploaded = Result<std::sync::Arc<graph::Stored<model::Media>>, MediaError>;

async fn bring(world: &World, of: Id<Account>, width: u32) -> Uploaded {
    let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
    image::RgbImage::new(width, 8).save(file.path()).unwrap();
    upload(&world.app, of, file.path(), Purpose::Attachment, "", None).await
}

async fn blobs(world: &World) -> usize {
    world.app.engines.blobs.list(None, 1_000).await.unwrap().len()
}

async fn post_with(
    world: &World,
    by: Id<Account>,
    media: Id<model::Media>,
    to: Audience,
) -> Id<posts::model::Post> {
    let draft = Draft {
        text: "@cleo look".to_owned(),
        audience: Some(to),
        media: vec![media],
        ..Draft::default()
    };
    world.publish(by, draft).await.unwrap().post.id
}

#[tokio::test]
async fn u_14_equal_bytes_are_stored_once_and_go_with_their_last_holder() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let first = bring(&world, ada, 8).await.unwrap();
    let stored = blobs(&world).await;
    let second = bring(&world, ben, 8).await.unwrap();
    assert_eq!(blobs(&world).await, stored);
    // That somebody has the same is not told: neither id nor link is the same.
    assert_ne!((first.id, &first.secret), (second.id, &second.secret));
    post_with(&world, ben, second.id, Audience::Public).await;
    discard(&world.app, ada, first.id).await.unwrap();
    world.advance(DAY * 2);
    world.settle().await;
    assert_eq!(blobs(&world).await, stored);
    let (key, _) = Variant::Original.key(&world.app, &second).await.unwrap().unwrap();
    world.app.engines.blobs.stat(&key).await.unwrap();
    accounts::delete_account(&world.app, ben, crate::testing::PASSWORD).await.unwrap();
    world.settle().await;
    world.advance(DAY);
    world.settle().await;
    assert_eq!(blobs(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn u_14_equal_bytes_uploaded_at_once_leave_nothing_that_no_sweep_finds() {
    for _ in 0..5 {
        let world = std::sync::Arc::new(World::new().await);
        let mut uploads = tokio::task::JoinSet::new();
        for n in 0..4 {
            let who = world.person(&format!("p{n}")).await;
            let world = std::sync::Arc::clone(&world);
            uploads.spawn(async move { bring(&world, who, 8).await.unwrap().id });
        }
        let made = uploads.join_all().await;
        let named = engine::store::Upkeep::scan_nodes(&*world.store, model::Blob::KIND, 0, 100);
        assert_eq!(blobs(&world).await, named.await.unwrap().len());
        for id in made {
            release(&world.app, id).await.unwrap();
        }
        sweep(&world.app).await.unwrap();
        assert_eq!(blobs(&world).await, 0);
    }
}

#[tokio::test]
async fn u_12_what_is_attached_to_nothing_goes_after_a_day() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let (loose, used) =
        (bring(&world, ada, 8).await.unwrap(), bring(&world, ada, 9).await.unwrap());
    post_with(&world, ada, used.id, Audience::Public).await;
    world.advance(DAY - Duration::from_secs(60 * 60));
    world.settle().await;
    assert!(owned(&world.app, ada, loose.id).await.unwrap().is_some());
    world.advance(Duration::from_secs(2 * 60 * 60));
    world.settle().await;
    assert!(owned(&world.app, ada, loose.id).await.unwrap().is_none());
    assert!(owned(&world.app, ada, used.id).await.unwrap().is_some());
    world.advance(DAY);
    world.settle().await;
    for (media, there) in [(&loose, false), (&used, true)] {
        let rendition = Variant::Original.of(media).unwrap();
        assert_eq!(world.app.graph.get(rendition.blob).await.unwrap().is_some(), there);
    }
}

#[tokio::test]
async fn u_12_nobody_keeps_more_than_the_quota() {
    let settings = Settings { media_quota_bytes: 4_000, ..Settings::default() };
    let world = World::with_settings(settings).await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let mut kept = Vec::new();
    let refused = loop {
        match bring(&world, ada, 8 + kept.len() as u32).await {
            Ok(media) => kept.push(media),
            Err(error) => break error,
        }
        assert!(kept.len() < 100, "the quota holds nobody off");
    };
    assert!(matches!(refused, MediaError::Quota));
    bring(&world, ben, 8).await.expect("the quota is each one's own");
    let room: u64 = kept.iter().map(|media| media.bytes).sum();
    assert!(!kept.is_empty() && room > 0);
    discard(&world.app, ada, kept[0].id).await.unwrap();
    bring(&world, ada, 8).await.expect("deleting makes room");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn u_12_fifty_uploads_at_once_do_not_pass_the_quota_together() {
    let world = World::new().await;
    let bytes = bring(&world, world.person("measure").await, 8).await.unwrap().bytes;
    // Room for three and a half.
    let settings = Settings { media_quota_bytes: bytes * 7 / 2, ..Settings::default() };
    let world = std::sync::Arc::new(World::with_settings(settings).await);
    let ada = world.person("ada").await;
    let mut uploads = tokio::task::JoinSet::new();
    for n in 0..50 {
        let world = std::sync::Arc::clone(&world);
        // Equal in size, different in content.
        uploads.spawn(async move {
            let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
            image::RgbImage::from_pixel(8, 8, image::Rgb([n; 3])).save(file.path()).unwrap();
            upload(&world.app, ada, file.path(), Purpose::Attachment, "", None).await
        });
    }
    let answers = uploads.join_all().await;
    let kept: Vec<_> = answers.iter().flatten().collect();
    let sum: u64 = kept.iter().map(|media| media.bytes).sum();
    assert!(!kept.is_empty() && sum <= bytes * 7 / 2, "{} kept, {sum} bytes", kept.len());
    assert!(kept.len() < 10, "they are alike in size");
    assert_eq!(used(&world.app, ada).await, Ok(sum));
    assert!(
        answers.iter().flat_map(|one| one.as_ref().err()).all(|e| matches!(e, MediaError::Quota))
    );
    for media in kept {
        release(&world.app, media.id).await.unwrap();
    }
    assert_eq!(used(&world.app, ada).await, Ok(0));
    sweep(&world.app).await.unwrap();
    assert_eq!(blobs(&world).await, 0, "what was refused left nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn u_12_one_picture_uploaded_by_thirty_at_once_is_processed_once() {
    let world = std::sync::Arc::new(World::new().await);
    let mut people = Vec::new();
    for n in 0..30 {
        people.push(world.person(&format!("p{n}")).await);
    }
    // Nothing is processed before all of them are there.
    let place = world.app.pipeline.hold_all_places().await;
    let mut uploads = tokio::task::JoinSet::new();
    for who in people {
        let world = std::sync::Arc::clone(&world);
        uploads.spawn(async move { bring(&world, who, 8).await.unwrap().id });
    }
    while world.app.uploads.waiting() < 30 {
        tokio::task::yield_now().await;
    }
    drop(place);
    let made: std::collections::HashSet<_> = uploads.join_all().await.into_iter().collect();
    assert_eq!((made.len(), world.app.pipeline.begun()), (30, 1));
    assert_eq!(world.app.uploads.waiting(), 0);
    bring(&world, world.person("late").await, 8).await.unwrap();
    assert_eq!(world.app.pipeline.begun(), 2, "nothing is kept for later");
}

#[tokio::test]
async fn z_18_a_private_pictures_link_names_its_viewer_and_is_proven() {
    let world = World::new().await;
    let (ada, ben, cleo) =
        (world.person("ada").await, world.person("ben").await, world.person("cleo").await);
    world.follow(ben, ada).await;
    let media = bring(&world, ada, 8).await.unwrap();
    let opens = async |viewer: Option<Id<Account>>, seal: &str| {
        let claim = viewer.map(|viewer| Claim { viewer, until_ms: None, seal });
        open(&world.app, media.id, &media.secret, claim).await.unwrap().is_some()
    };
    let seal = |whom| {
        let link = link(&world.app, &media, Variant::Small, Link::For(whom)).unwrap();
        link.split_once("&m=").unwrap().1.to_owned()
    };
    assert!(opens(Some(ada), &seal(ada)).await, "loose: its owner's alone");
    assert!(!opens(Some(ben), &seal(ben)).await);
    let post = post_with(&world, ada, media.id, Audience::Followers).await;
    for viewer in [ada, ben, cleo] {
        assert!(opens(Some(viewer), &seal(viewer)).await);
    }
    assert!(!opens(None, "").await);
    assert!(!opens(Some(ben), &seal(ada)).await, "another's proof");
    for forged in ["", "AAAA", &seal(ben)[1..], &format!("{}A", seal(ben))] {
        assert!(!opens(Some(ben), forged).await, "{forged}");
    }
    let other = "0".repeat(media.secret.len());
    let seal_of_ben = seal(ben);
    let wrong = open(
        &world.app,
        media.id,
        &other,
        Some(Claim { viewer: ben, until_ms: None, seal: &seal_of_ben }),
    )
    .await
    .unwrap();
    assert!(wrong.is_none(), "another secret");
    relations::remove_follower(&world.app, ada, ben).await.unwrap();
    assert!(!opens(Some(ben), &seal(ben)).await, "no follower any more");
    accounts::suspend(&world.app, cleo).await.unwrap();
    assert!(!opens(Some(cleo), &seal(cleo)).await, "suspended");
    posts::delete(&world.app, ada, post).await.unwrap();
    assert!(!opens(Some(cleo), &seal(cleo)).await, "deleted");
}

#[tokio::test]
async fn z_14_media_is_changed_and_discarded_by_its_owner_alone() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let media = bring(&world, ada, 8).await.unwrap();
    assert!(owned(&world.app, ben, media.id).await.unwrap().is_none());
    let theirs = discard(&world.app, ben, media.id).await;
    assert!(matches!(theirs, Err(MediaError::NotFound)));
    post_with(&world, ada, media.id, Audience::Public).await;
    let used = discard(&world.app, ada, media.id).await;
    assert!(matches!(used, Err(MediaError::InUse)));
}

#[tokio::test]
async fn a_portrait_is_open_and_the_one_before_goes() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
    let mut before = None;
    for width in [8, 9] {
        image::RgbImage::from_pixel(width, 8, image::Rgb([width as u8 * 20, 0, 0]))
            .save(file.path())
            .unwrap();
        let avatar = Some(Picture::New(file.path()));
        let changes = profiles::Changes { avatar, ..Default::default() };
        let account = profiles::update(&world.app, ada, changes).await.unwrap();
        let media = world.app.graph.get(account.avatar.unwrap()).await.unwrap().unwrap();
        assert_eq!(media.attached, Attachment::Profile);
        assert!(may_read(&world.app, None, &media).await.unwrap());
        if let Some(before) = before.replace(media.id) {
            world.settle().await;
            world.advance(DAY * 2);
            world.settle().await;
            assert!(world.app.graph.get(before).await.unwrap().is_none());
        }
    }
}
