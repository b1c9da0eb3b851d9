use std::{collections::HashSet, path::PathBuf};

use graph::Node;
use social::{
    media::model::{Media, MediaState},
    posts::{MAX_PICTURES, thread},
    profiles::{MAX_BIO, MAX_FIELD, MAX_FIELDS, MAX_NAME},
    search::{Scope, search},
};

use super::{
    Folder, Script,
    plan::{Act, plan},
    tell,
};
use crate::{
    commands,
    config::{Config, Inputs},
    demo::DemoError,
    instance,
};

const NOW: u64 = 1_800_000_000_000;

#[test]
fn the_script_makes_sense() {
    let script = Script::embedded().unwrap();
    assert!(script.people.len() >= 44 && script.posts.len() >= 620);
    let handles: HashSet<_> = script.people.iter().map(|person| person.handle.as_str()).collect();
    assert_eq!(handles.len(), script.people.len(), "two people have one handle");
    assert_eq!(script.people.iter().filter(|person| person.owner).count(), 1);
    let said = script.posts.iter().flat_map(|post| {
        [Some((&post.place, &post.text)), post.edited.as_ref().map(|text| (&post.place, text))]
    });
    let bios = script.people.iter().map(|person| Some((&person.handle, &person.bio)));
    for (place, text) in said.chain(bios).flatten() {
        assert!(!text.trim().is_empty() && text.chars().count() <= 500, "{place}");
        assert!(!text.to_lowercase().contains("lorem"), "{place}");
        for mentioned in text.split('@').skip(1) {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let handle = mentioned.split(|c| !name(c)).next().unwrap();
            assert!(handles.contains(handle), "{place}: who is @{handle}?");
        }
    }
    let texts: HashSet<_> = script.posts.iter().map(|post| (post.by, &post.text)).collect();
    assert_eq!(texts.len(), script.posts.len(), "somebody repeats themselves");
    for person in &script.people {
        assert!(person.name.chars().count() <= MAX_NAME && person.bio.chars().count() <= MAX_BIO);
        assert!(person.fields.len() <= MAX_FIELDS);
        assert!(person.fields.iter().all(|(a, b)| a.len() <= MAX_FIELD && b.len() <= MAX_FIELD));
        assert!(Folder::get(&format!("avatars/{}.jpg", person.handle)).is_some());
        assert!(script.photos.contains_key(&person.picture), "{}", person.handle);
    }
}

#[test]
fn every_picture_is_described_credited_and_used() {
    let script = Script::embedded().unwrap();
    let credits = String::from_utf8(Folder::get("CREDITS.md").unwrap().data.into_owned()).unwrap();
    for (name, photo) in &script.photos {
        let file = match photo.video {
            true => format!("{name}.mp4"),
            false => format!("photos/{name}.jpg"),
        };
        assert!(Folder::get(&file).is_some(), "{file} is missing");
        let row = format!("| `{file}` | {} | {} | {} |", photo.author, photo.licence, photo.source);
        assert!(credits.contains(&row), "{row}");
        assert!(photo.alt.chars().count() >= 40, "{name}: say what it shows");
        let shown = |post: &super::Post| {
            post.photos.contains(name) || post.video.as_deref() == Some(name.as_str())
        };
        assert!(script.posts.iter().any(shown), "{name} is in no post");
    }
    assert!(script.posts.iter().all(|post| post.photos.len() <= MAX_PICTURES));
    for file in Folder::iter().filter(|file| file.starts_with("photos/")) {
        let name = file.trim_start_matches("photos/").trim_end_matches(".jpg");
        assert!(script.photos.contains_key(name), "{file} is credited to nobody");
    }
}

#[test]
fn causes_come_before_effects_and_nothing_in_the_future() {
    let script = Script::embedded().unwrap();
    let acts = plan(&script, NOW);
    assert_eq!(acts, plan(&script, NOW), "the same town each time");
    let (mut joined, mut said) = (HashSet::new(), HashSet::new());
    let mut before = 0;
    for (at, act) in acts {
        assert!(at >= before && at <= NOW);
        before = at;
        match act {
            Act::Join(person) => assert!(joined.insert(person)),
            Act::Follow(by, whom) | Act::Accept(whom, by) => {
                assert!(joined.contains(&by) && joined.contains(&whom));
            }
            Act::Say(post) => {
                let parent = script.posts[post].parent;
                assert!(parent.is_none_or(|parent| said.contains(&parent)));
                assert!(joined.contains(&script.posts[post].by) && said.insert(post));
            }
            Act::Pin(post) | Act::Edit(post) => assert!(said.contains(&post)),
            Act::Like(by, post) | Act::Share(by, post) | Act::Bookmark(by, post) => {
                assert!(said.contains(&post) && joined.contains(&by));
            }
        }
    }
    assert_eq!(said.len(), script.posts.len());
}

fn config(data: PathBuf) -> Config {
    let flags = vec![("data".to_owned(), data.display().to_string())];
    Config::load(&Inputs { flags, ..Inputs::default() }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_community_is_built_and_sound() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path().join("data"));
    let mut lines = Vec::new();
    let told = tell(&config, &mut |line| lines.push(line.to_owned())).await.unwrap();
    assert!(told.accounts >= 40 && told.posts >= 600, "{told:?}");
    assert!(told.likes > told.posts && told.shares > 20 && told.media > 30, "{told:?}");

    let again = tell(&config, &mut |_| {}).await;
    assert!(matches!(again, Err(DemoError::NotEmpty(_))), "{again:?}");

    let instance = std::sync::Arc::new(instance::open(&config).await.unwrap());
    let verified = commands::execute(&instance, &config, commands::Admin::Verify).await;
    assert!(verified.err.is_empty() && verified.out.starts_with("sound"), "{verified:?}");
    let app = &instance.app;
    let scope = Scope {
        people: false,
        posts: true,
        tags: false,
        following: false,
        by: None,
        offset: 0,
        limit: 20,
    };
    for word in ["cardamom", "harbour", "النون", "図書館", "библиотеке", "бібліотекарки"]
    {
        let found = search(app, None, word, &scope).await.unwrap();
        assert!(!found.posts.is_empty(), "nothing is found for {word}");
    }

    let found = search(app, None, "courage butter", &scope).await.unwrap();
    let answers = thread(app, None, found.posts[0].post.root).await.unwrap().unwrap().descendants;
    let depth = |mut id| {
        let mut depth = 0;
        while let Some(post) = answers.iter().find(|seen| seen.post.id == id) {
            depth += 1;
            let Some(parent) = post.post.reply_to else { break };
            id = parent.post;
        }
        depth
    };
    assert!(answers.iter().map(|seen| depth(seen.post.id)).max() >= Some(3));

    let mira = social::accounts::by_handle(app, "mira").await.unwrap().unwrap();
    assert!(mira.id.ms() < app.now_ms() - 40 * 24 * 60 * 60 * 1_000, "she joined weeks ago");

    let media = instance.opened.upkeep.scan_nodes(Media::KIND, 0, 1_000).await.unwrap();
    let media: Vec<Media> =
        media.iter().map(|node| serde_json::from_slice(&node.body).unwrap()).collect();
    assert!(media.len() >= told.media + 2 * told.accounts);
    assert!(media.iter().all(|media| media.state == MediaState::Ready), "a picture is not ready");
    assert_eq!(lines.iter().any(|line| line.contains("ffmpeg")), !app.pipeline.takes_film());
    // All that was caused has become jobs. On a slow machine some of what may wait a minute is due by now: it and what it
    // causes are done without a failure, and then nothing is left.
    assert_eq!(instance.opened.upkeep.waiting_events().await.unwrap(), 0, "events are left");
    let now = app.now_ms();
    let mut depth = instance.opened.desk.depth(now).await.unwrap();
    if depth.ready > 0 {
        let settled = instance.runner.settle(now).await.unwrap();
        assert_eq!((settled.retried, settled.buried), (0, 0), "{settled:?}");
        depth = instance.opened.desk.depth(now).await.unwrap();
        assert_eq!(instance.opened.upkeep.waiting_events().await.unwrap(), 0, "events are left");
    }
    assert_eq!((depth.ready, depth.leased, depth.dead), (0, 0, 0), "jobs are left");
}
