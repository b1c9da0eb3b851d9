//! Stories of search.

use engine::search::{Filter, Question, Sort, Start};
use graph::Id;

use super::*;
use crate::{
    accounts::{self, model::Account},
    posts::{self, Draft, model::Audience},
    profiles, reactions, relations,
    testing::World,
};

fn scope() -> Scope {
    Scope {
        people: true,
        posts: true,
        tags: true,
        following: false,
        by: None,
        offset: 0,
        limit: 20,
    }
}

async fn texts(world: &World, viewer: Option<Id<Account>>, typed: &str) -> Vec<String> {
    let found = search(&world.app, viewer, typed, &scope()).await.unwrap();
    found.posts.iter().map(|seen| seen.post.text.clone()).collect()
}

async fn people(world: &World, viewer: Option<Id<Account>>, typed: &str) -> Vec<String> {
    let found = search(&world.app, viewer, typed, &scope()).await.unwrap();
    found.people.iter().map(|account| account.handle.to_string()).collect()
}

#[tokio::test]
async fn posts_are_found_by_words_authors_tags_days_and_what_they_are() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let first = world.post(ada, "coffee at the #harbour").await.post.id;
    world.advance(std::time::Duration::from_secs(3 * 24 * 60 * 60));
    world.post(ben, "coffee at home").await;
    let answer = Draft {
        text: "no coffee for me".to_owned(),
        reply_to: Some(first),
        language: Some("en".to_owned()),
        ..Draft::default()
    };
    world.publish(ben, answer).await.unwrap();
    world.settle().await;
    for (typed, found) in [
        ("coffee harbour", vec!["coffee at the #harbour"]),
        ("coff from:ada", vec!["coffee at the #harbour"]),
        ("from:ben", vec!["no coffee for me", "coffee at home"]),
        ("from:me", vec!["coffee at the #harbour"]),
        ("#Harbour", vec!["coffee at the #harbour"]),
        ("coffee is:reply", vec!["no coffee for me"]),
        ("coffee language:en", vec!["no coffee for me"]),
        ("coffee before:2026-01-02", vec!["coffee at the #harbour"]),
        ("after:2026-01-02 home", vec!["coffee at home"]),
        ("coffee has:media", vec![]),
        ("tea", vec![]),
        ("from:nobody", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(texts(&world, Some(ada), typed).await, found, "{typed}");
    }
}

#[tokio::test]
async fn n_4_odd_texts_are_words() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    world.post(ada, "hello").await;
    world.settle().await;
    let long = "x ".repeat(10_000);
    let odd = [".*", "^(a+)+$", "\\Q", "* OR _exists_:sees", "sees:everyone", "\"", "NEAR(", &long];
    for typed in odd {
        assert!(texts(&world, None, typed).await.is_empty(), "{typed}");
        people(&world, None, typed).await;
    }
}

#[tokio::test]
async fn z_22_an_edited_or_deleted_post_is_found_by_what_it_says_now() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let post = world.post(ada, "violins").await.post.id;
    world.settle().await;
    assert_eq!(texts(&world, None, "violins").await, ["violins"]);
    let again = Draft { text: "cellos".to_owned(), ..Draft::default() };
    posts::edit(&world.app, ada, post, again).await.unwrap();
    world.settle().await;
    assert!(texts(&world, None, "violins").await.is_empty());
    assert_eq!(texts(&world, None, "cellos").await, ["cellos"]);
    posts::delete(&world.app, ada, post).await.unwrap();
    assert!(texts(&world, None, "cellos").await.is_empty(), "before any job");
    world.settle().await;
    assert!(texts(&world, None, "cellos").await.is_empty());
}

#[tokio::test]
async fn who_does_not_want_to_be_found_is_not() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.post(ada, "violins for @ben").await;
    world.settle().await;
    assert_eq!(texts(&world, None, "violins").await.len(), 1);
    let shy = profiles::Changes {
        indexable: Some(false),
        discoverable: Some(false),
        display_name: Some("Lovelace".to_owned()),
        ..Default::default()
    };
    profiles::update(&world.app, ada, shy).await.unwrap();
    world.settle().await;
    assert!(texts(&world, None, "violins").await.is_empty());
    assert_eq!(texts(&world, Some(ada), "violins").await.len(), 1, "her own");
    assert_eq!(texts(&world, Some(ben), "violins").await.len(), 1, "to him");
    assert!(people(&world, Some(ben), "lovelace").await.is_empty());
    assert_eq!(people(&world, Some(ben), "@ada").await, ["ada"], "by the whole handle");
}

#[tokio::test]
async fn z_12_the_blocked_muted_and_suspended_are_left_out() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.post(ben, "violins").await;
    world.settle().await;
    relations::mute(&world.app, ada, ben, Default::default()).await.unwrap();
    assert!(texts(&world, Some(ada), "violins").await.is_empty());
    relations::unmute(&world.app, ada, ben).await.unwrap();
    assert_eq!(texts(&world, Some(ada), "violins").await.len(), 1);
    relations::block(&world.app, ben, ada).await.unwrap();
    assert!(texts(&world, Some(ada), "violins").await.is_empty());
    assert!(people(&world, Some(ada), "ben").await.is_empty());
    accounts::suspend(&world.app, ben).await.unwrap();
    for _ in 0..2 {
        assert!(texts(&world, None, "violins").await.is_empty());
        assert!(people(&world, None, "ben").await.is_empty());
        world.settle().await;
    }
}

#[tokio::test]
async fn z_6_a_tag_is_known_from_public_posts_alone() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    world.post_to(ada, "#secretclub for @ada", Audience::Followers).await;
    let harbour = world.post(ada, "#harbour").await.post.id;
    world.settle().await;
    let tags = async |typed: &str| {
        let found = search(&world.app, None, typed, &scope()).await.unwrap().tags;
        found.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tags("#harb").await, ["harbour"]);
    assert!(tags("secret").await.is_empty());
    posts::delete_any(&world.app, harbour).await.unwrap();
    world.settle().await;
    assert!(tags("#harb").await.is_empty(), "nobody uses it any more");
}

/// What staff will list: everybody and everything, by what an index declares; before and after a rebuild.
#[tokio::test]
async fn staff_can_list_people_and_posts_in_any_order() {
    let world = World::new().await;
    let (ada, ben, cleo) =
        (world.person("ada").await, world.person("ben").await, world.person("cleo").await);
    let plain = world.post_to(ben, "plain", Audience::Followers).await.post.id;
    world.advance(std::time::Duration::from_secs(60));
    let liked = world.post(ada, "liked").await.post.id;
    reactions::like(&world.app, ben, liked).await.unwrap();
    accounts::set_role(&world.app, ben, accounts::model::Role::Moderator).await.unwrap();
    accounts::suspend(&world.app, cleo).await.unwrap();
    world.settle().await;
    type Only = Option<(&'static str, &'static str)>;
    let list = async |index: &'static str, only: Only, sort: Sort| {
        let (mut listed, mut start) = (Vec::new(), Start::Walk);
        loop {
            let only = only.iter().map(|(field, word)| Filter::Has(field, (*word).to_owned()));
            let filter = Filter::All(only.collect());
            let question = Question { index, words: None, filter, sort, start, limit: 1 };
            let found = world.app.engines.search.ask(question).await.unwrap();
            listed.extend(found.ids);
            match found.next {
                Some(next) => start = Start::After(next),
                None => return (listed, found.total),
            }
        }
    };
    let ids = |ids: &[Id<Account>]| ids.iter().map(|id| id.raw()).collect::<Vec<_>>();
    for _ in 0..2 {
        let all = list("people", None, Sort::Ascending("login")).await;
        assert_eq!(all, (ids(&[ada, ben, cleo]), 3));
        let newest = list("people", None, Sort::Descending("created")).await;
        assert_eq!(newest.0, ids(&[cleo, ben, ada]));
        let active = list("people", None, Sort::Descending("posted")).await;
        assert_eq!(active.0, ids(&[ada, ben, cleo]), "who never did comes last");
        let moderators = list("people", Some(("role", "moderator")), Sort::Ascending("login"));
        assert_eq!(moderators.await, (ids(&[ben]), 1));
        let suspended = list("people", Some(("state", "suspended")), Sort::Ascending("login"));
        assert_eq!(suspended.await, (ids(&[cleo]), 1));
        let posts = list("posts", None, Sort::Descending("likes")).await;
        assert_eq!(posts, (vec![liked.raw(), plain.raw()], 2));
        let followers = list("posts", Some(("audience", "followers")), Sort::Ascending("created"));
        assert_eq!(followers.await, (vec![plain.raw()], 1));
        assert!(people(&world, None, "cleo").await.is_empty(), "people do not find the suspended");
        reindex(&world.app, &*world.store).await.unwrap();
        world.settle().await;
    }
    reactions::unlike(&world.app, ben, liked).await.unwrap();
    world.settle().await;
    let none = Filter::Between("likes", 0, 0);
    let (words, sort, start) = (None, Sort::Descending("created"), Start::At(0));
    let question = Question { index: "posts", words, filter: none, sort, start, limit: 9 };
    assert_eq!(world.app.engines.search.ask(question).await.unwrap().total, 2);
}

/// Of two posts that fit as well, the newer comes first; one that is old and fits better may stay above.
#[tokio::test]
async fn newer_posts_come_first_among_equals() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    for text in ["violins one", "violins two", "violins three"] {
        world.post(ada, text).await;
        world.advance(std::time::Duration::from_secs(20 * 24 * 60 * 60));
    }
    world.settle().await;
    let found = texts(&world, None, "violins").await;
    assert_eq!(found, ["violins three", "violins two", "violins one"]);
    let page = Scope { offset: 1, limit: 1, ..scope() };
    let found = search(&world.app, None, "violins", &page).await.unwrap();
    assert_eq!(found.posts[0].post.text, "violins two", "pages of apps count on");
}

#[tokio::test]
async fn a_rebuilt_index_finds_the_same() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    world.post(ada, "violins #harbour").await;
    world.post_to(ada, "violins in secret", Audience::Direct).await;
    world.settle().await;
    let count = reindex(&world.app, &*world.store).await.unwrap();
    assert_eq!(count, 4, "a person, a tag and two posts");
    world.settle().await;
    assert_eq!(texts(&world, None, "violins").await, ["violins #harbour"]);
    assert_eq!(texts(&world, Some(ada), "violins").await.len(), 2);
    assert_eq!(people(&world, None, "ada").await, ["ada"]);
}
