//! Stories of cards.

use std::{sync::Arc, time::Duration};

use engine::web::WebError;
use graph::{Id, Stored};

use super::{
    fetch::owner,
    model::{Card, CardHolders, CardState, LooseCards},
};
use crate::{
    instance::model::INSTANCE,
    media::{
        self, Variant,
        model::{Attachment, LooseBlobs},
    },
    posts::{
        self, Draft,
        model::{Audience, Post},
    },
    testing::World,
};

const URL: &str = "https://site.example/page";
const PAGE: &str = r#"<html lang="en"><title>Plain</title><meta property="og:title" content="A lantern">
    <meta property="og:description" content="It shines."><meta property="og:site_name" content="Lanterns">
    <meta property="og:image" content="/lantern.png"><meta property="og:image:alt" content="lit">"#;

fn picture(side: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(side, side).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A world with a page that has a picture.
async fn world() -> World {
    let world = World::new().await;
    world.web.put(URL, "text/html; charset=utf-8", PAGE);
    world.web.put("https://site.example/lantern.png", "image/png", picture(200));
    world
}

async fn card_of(world: &World, post: Id<Post>) -> Option<Arc<Stored<Card>>> {
    let post = world.app.graph.get(post).await.unwrap().unwrap();
    world.app.graph.get(post.card?).await.unwrap()
}

#[tokio::test]
async fn a_link_gets_its_card_with_a_picture_of_our_own() {
    let world = world().await;
    let ada = world.person("ada").await;
    let post = world.post(ada, &format!("see {URL}?utm_source=x#part")).await.post.id;
    assert_eq!(card_of(&world, post).await.unwrap().state, CardState::Pending);
    world.settle().await;
    let card = card_of(&world, post).await.unwrap();
    let told = (card.title.as_str(), card.description.as_str(), card.site.as_str());
    assert_eq!(told, ("A lantern", "It shines.", "Lanterns"));
    assert_eq!((card.url.as_str(), card.language.as_deref()), (URL, Some("en")));
    let media = world.app.graph.get(card.picture.unwrap()).await.unwrap().unwrap();
    assert_eq!((media.attached, media.owner), (Attachment::Card, owner()));
    assert_eq!(media.meta["original"]["width"], 200);
    // Everybody may read it, by its own link alone.
    assert!(media::open(&world.app, media.id, &media.secret, None).await.unwrap().is_some());
    assert!(media::open(&world.app, media.id, "guessed", None).await.unwrap().is_none());
    let link = media::link(&world.app, &media, Variant::Original, media::Link::Open).unwrap();
    assert!(link.starts_with("/media/"), "{link}");
}

#[tokio::test]
async fn s_10_a_page_is_read_once_however_many_link_it_and_a_post_has_one_card() {
    let world = world().await;
    let ada = world.person("ada").await;
    let mut posts = Vec::new();
    for n in 0..30 {
        posts.push(world.post(ada, &format!("{n} {URL} https://other.example/{n}")).await.post.id);
    }
    world.settle().await;
    let asked = world.web.asked();
    assert_eq!(asked, [URL, "https://site.example/lantern.png"]);
    let card = card_of(&world, posts[0]).await.unwrap();
    for post in &posts {
        assert_eq!(card_of(&world, *post).await.unwrap().id, card.id);
    }
    assert_eq!(world.app.graph.count::<CardHolders>(card.id).await.unwrap(), 30);
    // Nor is it read again while it is fresh; a week later it is.
    world.advance(Duration::from_secs(60 * 60));
    world.post(ada, URL).await;
    world.settle().await;
    assert_eq!(world.web.asked().len(), 2);
    world.advance(Duration::from_secs(8 * 24 * 60 * 60));
    world.post(ada, URL).await;
    world.settle().await;
    assert_eq!(world.web.asked().len(), 4);
}

#[tokio::test]
async fn s_10_one_site_is_not_asked_more_often_than_a_reader_would() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    for n in 0..60 {
        let url = format!("https://busy.example/{n}");
        world.web.put(&url, "text/html", "<title>x</title>");
        world.post(ada, &url).await;
    }
    let mut cards = Vec::new();
    for wanted in
        world.app.graph.list::<LooseCards>(INSTANCE, graph::Page::newest(100)).await.unwrap()
    {
        cards.push(wanted.to);
    }
    assert!(cards.is_empty(), "posts hold their cards");
    // Beyond thirty at once, jobs come back later.
    let mut later = 0;
    for post in world
        .app
        .graph
        .list::<posts::model::PublicPosts>(INSTANCE, graph::Page::newest(100))
        .await
        .unwrap()
    {
        let card = card_of(&world, post.to).await.unwrap();
        later += usize::from(super::fetch(&world.app, card.id).await.is_err());
    }
    assert_eq!((later, world.web.asked().len()), (30, 30));
}

#[tokio::test]
async fn what_is_for_a_few_or_shows_media_or_leads_here_has_no_card() {
    let world = world().await;
    let ada = world.person("ada").await;
    let direct = world.post_to(ada, URL, Audience::Direct).await.post.id;
    let here = world.post(ada, "http://127.0.0.1:8420/@ada").await.post.id;
    let none = world.post(ada, "no link").await.post.id;
    world.settle().await;
    for post in [direct, here, none] {
        assert!(card_of(&world, post).await.is_none());
    }
    assert_eq!(world.web.asked(), Vec::<String>::new());
    let followers = world.post_to(ada, URL, Audience::Followers).await.post.id;
    assert!(card_of(&world, followers).await.is_some());
}

#[tokio::test]
async fn a_page_that_says_nothing_is_away_or_closed_shows_no_card_and_is_asked_again_in_time() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    world.web.put("https://a.example/", "text/html", "<p>no title</p>");
    world.web.put("https://b.example/", "application/pdf", "x");
    world.web.fail("https://c.example/", WebError::Away("it took too long".into()));
    let mut states = Vec::new();
    for host in ["a", "b", "c", "d"] {
        let post = world.post(ada, &format!("https://{host}.example/")).await.post.id;
        world.settle().await;
        let card = card_of(&world, post).await.unwrap();
        assert!(!card.is_shown());
        states.push(card.state);
    }
    let nothing = CardState::Nothing;
    assert_eq!(states, [nothing, nothing, CardState::Away, nothing]);
    world.web.put("https://c.example/", "text/html", "<title>back</title>");
    world.advance(Duration::from_secs(2 * 60 * 60));
    let post = world.post(ada, "https://c.example/").await.post.id;
    world.settle().await;
    assert_eq!(card_of(&world, post).await.unwrap().title, "back");
    // Away later, it still shows what it said.
    world.web.fail("https://c.example/", WebError::Away("gone".into()));
    world.advance(Duration::from_secs(9 * 24 * 60 * 60));
    let post = world.post(ada, "https://c.example/").await.post.id;
    world.settle().await;
    let card = card_of(&world, post).await.unwrap();
    assert_eq!((card.state, card.title.as_str()), (CardState::Away, "back"));
}

#[tokio::test]
async fn a_picture_that_is_none_leaves_a_card_without_and_no_media() {
    for (kind, bytes) in [
        ("image/png", b"no picture".to_vec()),
        ("image/png", picture(8)),
        ("text/html", picture(200)),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
    ] {
        let world = world().await;
        world.web.put("https://site.example/lantern.png", kind, bytes);
        let ada = world.person("ada").await;
        let post = world.post(ada, URL).await.post.id;
        world.settle().await;
        let card = card_of(&world, post).await.unwrap();
        assert_eq!((card.title.as_str(), card.picture), ("A lantern", None));
        let page = graph::Page::newest(10);
        let kept = world.app.graph.list::<media::model::OwnedMedia>(owner(), page).await.unwrap();
        assert!(kept.is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_card_follows_the_text_and_goes_with_its_last_post() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.web.put("https://other.example/", "text/html", "<title>Other</title>");
    let first = world.post(ada, URL).await.post.id;
    let second = world.post(ada, URL).await.post.id;
    world.settle().await;
    let card = card_of(&world, first).await.unwrap();
    let other = Draft { text: "now https://other.example/".to_owned(), ..Draft::default() };
    posts::edit(&world.app, ada, first, other).await.unwrap();
    world.settle().await;
    assert_eq!(card_of(&world, first).await.unwrap().title, "Other");
    assert_eq!(world.app.graph.count::<CardHolders>(card.id).await.unwrap(), 1);
    let bare = Draft { text: "no link any more".to_owned(), ..Draft::default() };
    posts::edit(&world.app, ada, first, bare).await.unwrap();
    assert!(card_of(&world, first).await.is_none());
    // Still held by the second post.
    world.advance(Duration::from_secs(2 * 60 * 60));
    world.settle().await;
    assert!(world.app.graph.get(card.id).await.unwrap().is_some());
    posts::delete(&world.app, ada, second).await.unwrap();
    for _ in 0..2 {
        world.advance(Duration::from_secs(2 * 60 * 60));
        world.settle().await;
    }
    assert!(world.app.graph.get(card.id).await.unwrap().is_none());
    assert!(world.app.graph.get(card.picture.unwrap()).await.unwrap().is_none());
    let loose =
        world.app.graph.list::<LooseBlobs>(INSTANCE, graph::Page::newest(10)).await.unwrap();
    assert!(loose.is_empty(), "the picture's bytes are gone, too");
    // And comes back with the next who links it.
    let third = world.post(ada, URL).await.post.id;
    world.settle().await;
    assert_eq!(card_of(&world, third).await.unwrap().title, "A lantern");
}
