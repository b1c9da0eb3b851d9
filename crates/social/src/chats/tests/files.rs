//! Media, links to posts, pictures of groups.

use std::time::Duration;

use super::*;
use crate::{
    media::{
        self, Claim, Link, Variant,
        model::{Attachment, Media, MediaKind, MediaState},
        pipeline::Purpose,
    },
    posts::{self, model::Audience},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn bring(world: &World, of: Id<Account>, width: u32) -> Id<Media> {
    let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
    image::RgbImage::new(width, 8).save(file.path()).unwrap();
    let alt = "a lighthouse";
    let media = media::upload(&world.app, of, file.path(), Purpose::Attachment, alt, None).await;
    media.unwrap().id
}

pub(super) fn with(text: &str, media: &[Id<Media>]) -> NewMessage {
    let client_id = crate::secret::hash(format!("{text}{media:?}").as_bytes());
    NewMessage { text: text.to_owned(), client_id, media: media.to_vec(), ..NewMessage::default() }
}

/// What somebody gets by the link that was made for them.
async fn opens(app: &App, viewer: Id<Account>, id: Id<Media>) -> bool {
    let Some(media) = app.graph.get(id).await.unwrap() else { return false };
    let link = media::link(app, &media, Variant::Original, Link::For(viewer)).unwrap();
    follow(app, &media, viewer, &link).await
}

async fn follow(app: &App, media: &graph::Stored<Media>, viewer: Id<Account>, link: &str) -> bool {
    let part = |name: &str| {
        let query = link.split_once('?').unwrap().1;
        query.split('&').find_map(|pair| pair.strip_prefix(name).map(str::to_owned))
    };
    let seal = part("m=").unwrap();
    let until_ms = part("u=").map(|until| until.parse().unwrap());
    let claim = Some(Claim { viewer, until_ms, seal: &seal });
    media::open(app, media.id, &media.secret, claim).await.unwrap().is_some()
}

/// A group of three, with a picture in a message that came before the third.
async fn album(world: &World) -> (Id<Chat>, [Id<Account>; 4], Id<Message>, Id<Media>) {
    let ada = world.person("ada").await;
    let (chat, people) = group(world, ada, &["ben"]).await;
    let picture = bring(world, ada, 8).await;
    let message = send(&world.app, ada, chat, with("", &[picture])).await.unwrap().id;
    let (late, eve) = (world.person("late").await, world.person("eve").await);
    world.follow(late, ada).await;
    invite(&world.app, ada, chat, &[late]).await.unwrap();
    (chat, [ada, people[0], late, eve], message, picture)
}

#[tokio::test]
async fn z_17_a_picture_of_a_chat_is_read_by_who_reads_its_message_and_by_nobody_else() {
    let world = World::new().await;
    let app = &world.app;
    let (chat, [ada, ben, late, eve], _, picture) = album(&world).await;
    let (_, shown) = history(app, ben, chat, Place::Newest, 9).await.unwrap();
    assert_eq!(shown[0].media.iter().map(|one| one.id).collect::<Vec<_>>(), [picture]);
    assert!(opens(app, ada, picture).await && opens(app, ben, picture).await);
    assert!(!opens(app, late, picture).await, "it came before they did");
    assert!(!opens(app, eve, picture).await);
    let media = app.graph.get(picture).await.unwrap().unwrap();
    assert!(media::open(app, picture, &media.secret, None).await.unwrap().is_none());
    relations::block(app, ben, ada).await.unwrap();
    assert!(!opens(app, ben, picture).await, "withheld");
    relations::unblock(app, ben, ada).await.unwrap();
    assert!(opens(app, ben, picture).await);
    remove(app, ada, chat, ben).await.unwrap();
    assert!(!opens(app, ben, picture).await, "removed");
    leave(app, ada, chat).await.unwrap();
    assert!(!opens(app, ada, picture).await, "also of one's own, once one is out");
}

#[tokio::test]
async fn a_link_to_a_picture_of_a_chat_ends_and_cannot_be_made_longer() {
    let world = World::new().await;
    let app = &world.app;
    let (_, [_, ben, _, eve], _, picture) = album(&world).await;
    let media = app.graph.get(picture).await.unwrap().unwrap();
    let link = media::link(app, &media, Variant::Small, Link::For(ben)).unwrap();
    assert!(follow(app, &media, ben, &link).await);
    assert!(!follow(app, &media, eve, &link).await, "another's");
    let until = link.split("&u=").nth(1).unwrap().split('&').next().unwrap();
    let later = (until.parse::<u64>().unwrap() + 1).to_string();
    assert!(!follow(app, &media, ben, &link.replace(until, &later)).await, "changed");
    let endless = link.replace(&format!("&u={until}"), "");
    assert!(!follow(app, &media, ben, &endless).await, "taken out");
    world.advance(DAY * 7);
    assert!(follow(app, &media, ben, &link).await, "a week it holds");
    world.advance(DAY);
    assert!(!follow(app, &media, ben, &link).await, "ended");
    assert!(opens(app, ben, picture).await, "whoever reads again gets a new one");
}

#[tokio::test]
async fn z_15_only_own_loose_and_finished_uploads_can_be_sent() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben, chat) = friends(&world).await;
    let mut mine = Vec::new();
    for width in 1..=11 {
        mine.push(bring(&world, ada, width).await);
    }
    let theirs = bring(&world, ben, 20).await;
    let refused =
        async |media: &[Id<Media>]| send(app, ada, chat, with("x", media)).await.unwrap_err();
    assert_eq!(refused(&mine).await, ChatError::TooManyMedia { max: MOST_MEDIA });
    assert_eq!(refused(&[theirs]).await, ChatError::Media);
    assert_eq!(refused(&[mine[0], mine[0]]).await, ChatError::Media);
    assert_eq!(refused(&[Id::new(77).unwrap()]).await, ChatError::Media);
    let sent = send(app, ada, chat, with("", &mine[..10])).await.unwrap();
    assert_eq!(sent.media, mine[..10]);
    assert_eq!(refused(&mine[..1]).await, ChatError::Media, "in a message already");
    let draft = posts::Draft { media: vec![mine[0]], ..posts::Draft::default() };
    assert!(world.publish(ada, draft).await.is_err(), "nor in a post");
    let draft = posts::Draft { media: vec![mine[10]], ..posts::Draft::default() };
    world.publish(ada, draft).await.unwrap();
    assert_eq!(refused(&mine[10..]).await, ChatError::Media, "in a post already");
    let waits = bring(&world, ada, 30).await;
    let media = app.graph.get(waits).await.unwrap().unwrap();
    for (state, error) in [
        (MediaState::Processing { upload: "x".to_owned() }, ChatError::MediaNotReady),
        (MediaState::Failed { why: "x".to_owned() }, ChatError::Media),
    ] {
        let media = app.graph.get(waits).await.unwrap().unwrap_or_else(|| media.clone());
        let mut batch = graph::Batch::new();
        batch.replace(&media, &Media { state, ..media.body.clone() });
        app.graph.commit(batch).await.unwrap();
        assert_eq!(refused(&[waits]).await, error);
    }
    // What was refused is not there, and nothing of it was taken.
    assert_eq!(history(app, ben, chat, Place::Newest, 9).await.unwrap().1.len(), 1);
}

#[tokio::test]
async fn a_retry_with_the_same_media_is_the_same_message_also_at_the_same_moment() {
    let world = World::new().await;
    let (ada, ben, chat) = friends(&world).await;
    let (one, other) = (bring(&world, ada, 8).await, bring(&world, ada, 9).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let app = world.app.clone();
        let new = NewMessage { client_id: "a".to_owned(), ..with("look", &[one]) };
        tasks.spawn(async move { send(&app, ada, chat, new).await.unwrap().id });
    }
    let sent: HashSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(sent.len(), 1);
    let new = NewMessage { client_id: "a".to_owned(), ..with("look", &[other]) };
    let refused = send(&world.app, ada, chat, new).await.unwrap_err();
    assert_eq!(refused, ChatError::KeyReused);
    assert_eq!(history(&world.app, ben, chat, Place::Newest, 9).await.unwrap().1.len(), 1);
}

#[tokio::test]
async fn media_goes_with_its_message_with_its_sender_and_with_the_chat() {
    let world = World::new().await;
    let app = &world.app;
    let (chat, [ada, ben, ..], message, first) = album(&world).await;
    let second = bring(&world, ben, 9).await;
    send(app, ben, chat, with("", &[second])).await.unwrap();
    let third = bring(&world, ada, 10).await;
    let kept = send(app, ada, chat, with("kept", &[third])).await.unwrap().id;
    edit_message(app, ada, chat, kept, "").await.unwrap();
    assert_eq!(message_of(app, ben, chat, kept).await.media.len(), 1, "an edit leaves it");
    delete_message(app, ada, chat, message).await.unwrap();
    assert!(!opens(app, ben, first).await, "gone with the answer");
    assert!(opens(app, ada, first).await, "for a day it is its owner's, who may use it again");
    assert!(message_of(app, ben, chat, message).await.media.is_empty());
    world.advance(DAY * 2);
    world.settle().await;
    assert!(app.graph.get(first).await.unwrap().is_none(), "swept");
    accounts::delete_account(app, ben, PASSWORD).await.unwrap();
    assert!(!opens(app, ada, second).await, "from the deletion on");
    world.settle().await;
    assert!(app.graph.get(second).await.unwrap().is_none());
    let picture = bring(&world, ada, 11).await;
    let edit = GroupEdit { name: None, picture: Some(Some(picture)) };
    edit_group(app, ada, chat, &edit).await.unwrap();
    for who in members(app, ada, chat).await.unwrap() {
        leave(app, who.account, chat).await.unwrap();
    }
    world.settle().await;
    for id in [third, picture] {
        assert!(app.graph.get(id).await.unwrap().is_none(), "with the chat");
    }
    world.advance(DAY * 2);
    world.settle().await;
    let left = app.engines.blobs.list(None, 10).await.unwrap();
    assert!(left.is_empty(), "no bytes are left: {left:?}");
}

async fn message_of(app: &App, me: Id<Account>, chat: Id<Chat>, id: Id<Message>) -> Shown {
    message(app, me, chat, id).await.unwrap()
}

#[tokio::test]
async fn a_group_has_a_picture_for_its_members_and_who_is_asked_in() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben"]).await;
    let (cleo, eve) = (world.person("cleo").await, world.person("eve").await);
    invite(app, ada, chat, &[cleo]).await.unwrap();
    let (first, second) = (bring(&world, ada, 8).await, bring(&world, ada, 9).await);
    let set = async |by, picture| {
        edit_group(app, by, chat, &GroupEdit { name: None, picture: Some(picture) }).await
    };
    assert_eq!(set(people[0], Some(first)).await, Err(ChatError::NotAllowed), "for admins");
    let theirs = bring(&world, people[0], 10).await;
    assert_eq!(set(ada, Some(theirs)).await, Err(ChatError::Media));
    set(ada, Some(first)).await.unwrap();
    set(ada, Some(first)).await.unwrap();
    for (who, reads) in [(ada, true), (people[0], true), (cleo, true), (eve, false)] {
        assert_eq!(opens(app, who, first).await, reads);
    }
    let listed = own_chats(app, people[0]).await.remove(0);
    assert_eq!(listed.picture.unwrap().id, first);
    assert!(waiting(app, cleo).await[0].picture.is_some());
    set(ada, Some(second)).await.unwrap();
    assert!(!opens(app, people[0], first).await, "the one before is nobody's but its owner's");
    rename(app, ada, chat, "Pier").await.unwrap();
    assert_eq!(own_chats(app, ada).await[0].picture.as_ref().unwrap().id, second);
    set(ada, None).await.unwrap();
    assert!(own_chats(app, ada).await[0].picture.is_none());
    let media = app.graph.get(second).await.unwrap().unwrap();
    assert_eq!(media.attached, Attachment::None);
    let mut batch = graph::Batch::new();
    batch.replace(&media, &Media { kind: MediaKind::Audio, ..media.body.clone() });
    app.graph.commit(batch).await.unwrap();
    assert_eq!(set(ada, Some(second)).await, Err(ChatError::Picture));
    let direct = friends_of(&world).await;
    let edit = GroupEdit { name: None, picture: Some(None) };
    assert_eq!(edit_group(app, direct.1, direct.0, &edit).await, Err(ChatError::NotAGroup));
}

#[tokio::test]
async fn z_17_a_link_to_a_post_shows_it_to_who_may_see_it() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let (chat, people) = group(&world, ada, &["ben", "cleo"]).await;
    let [ben, cleo] = people[..] else { unreachable!("two") };
    let dan = world.person("dan").await;
    world.follow(ben, dan).await;
    let open = world.post(dan, "for all").await.post.id;
    let private = world.post_to(dan, "for followers", Audience::Followers).await.post.id;
    let link = |id: Id<posts::model::Post>| format!("see http://127.0.0.1:8420/@dan/{id}");
    let first = say(app, ada, chat, &link(open)).await;
    let second = say(app, ada, chat, &link(private)).await;
    let sees = async |who, id| {
        let shown = message(app, who, chat, id).await.unwrap();
        shown.linked.map(|seen| seen.post.text.clone())
    };
    assert_eq!(sees(ben, first).await.as_deref(), Some("for all"));
    assert_eq!(sees(ben, second).await.as_deref(), Some("for followers"));
    assert_eq!(sees(cleo, second).await, None, "nothing more than the link");
    assert_eq!(sees(ada, second).await, None, "nor the one who sent it");
    relations::block(app, cleo, dan).await.unwrap();
    assert_eq!(sees(cleo, first).await, None, "of whom one blocks nothing is shown");
    edit_message(app, ada, chat, second, &link(open)).await.unwrap();
    assert_eq!(sees(ben, second).await.as_deref(), Some("for all"));
    posts::delete(app, dan, open).await.unwrap();
    assert_eq!(sees(ben, second).await, None);
    let listed = own_chats(app, ben).await.remove(0);
    assert!(listed.newest.unwrap().linked.is_none());
}
