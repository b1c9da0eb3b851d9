//! Messages of chats are found on a real OpenSearch as on the index that is built in, and by those alone who read them: the
//! same life in both, and after each part of it both are asked the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use graph::Id;
use jobs::Running;
use server::instance::Instance;
use social::{
    accounts::{self, model::Account},
    app::App,
    chats::{self, ChatError, NewMessage, Place, model::Chat},
    relations,
};
use tokio_util::sync::CancellationToken;

use crate::support::{member, opened};

#[path = "../../../../adapters/elasticsearch/tests/real/server.rs"]
#[allow(dead_code, reason = "the adapter's tests use more of it")]
mod engine;

/// An operator's own server, or one of this test's; none where it cannot be installed, which in CI is a failure.
fn opensearch() -> Option<(String, Option<engine::Server>)> {
    let prefix = format!("chats{}", std::process::id());
    if let Ok(base) = std::env::var("SOCIOSPHERE_TEST_SEARCH_URL") {
        return Some((format!("{}/{prefix}", base.trim_end_matches('/')), None));
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let build = root.join("target/engines/opensearch/build");
    std::fs::create_dir_all(&build).expect("target can be written to");
    let mut launcher = Command::new(root.join("testing/engines/opensearch/start"));
    launcher.arg("install").env("ENGINE_BUILD", &build).env("ENGINE_DATA", &build);
    if !launcher.status().expect("the launcher can be run").success() {
        assert!(std::env::var_os("CI").is_none(), "OpenSearch cannot be installed here");
        let text = b"\nNOT RUN: search in chats on OpenSearch; there is no Java here, `make engines` installs it.\n";
        let _ = std::io::stderr().write_all(text);
        return None;
    }
    let server = engine::Server::start("opensearch");
    Some((server.url(&prefix), Some(server)))
}

/// One community, on one index.
struct Side {
    instance: Instance,
    jobs: Running,
    stop: CancellationToken,
    people: Vec<Id<Account>>,
    chats: Vec<Id<Chat>>,
}

const PEOPLE: usize = 5;

impl Side {
    /// People who all know each other, a group of all, one of three, and a chat of two.
    async fn open(data: &Path, more: &[(&str, &str)]) -> Side {
        let instance = opened(data, more).await;
        assert!(instance.fill_search().await, "the index is there");
        let stop = CancellationToken::new();
        let jobs = instance.runner.start(stop.clone());
        let app = &instance.app;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(member(app, &format!("person{number}")).await.0);
        }
        for one in &people {
            for other in people.iter().filter(|other| *other != one) {
                relations::follow(app, *one, *other, Default::default()).await.expect("they may");
            }
        }
        let all = chats::open_group(app, people[0], "All", &people[1..]).await.expect("a group");
        let some = chats::open_group(app, people[1], "Some", &people[2..4]).await.expect("one");
        let two = chats::open_direct(app, people[0], people[1]).await.expect("a chat");
        let chats = [all, some, two].map(|seat| seat.chat.id).to_vec();
        Side { instance, jobs, stop, people, chats }
    }

    fn app(&self) -> &App {
        &self.instance.app
    }

    /// Does what a step says; whether it could be done is the same on both sides.
    async fn step(&self, step: &Step) -> bool {
        let (app, chat) = (self.app(), self.chats[step.chat]);
        let (by, whom) = (self.people[step.by], self.people[step.whom]);
        let its = |newest: usize| async move {
            let (_, shown) = chats::history(app, by, chat, Place::Newest, 100).await.ok()?;
            let own = shown.iter().filter(|one| one.message.author == by);
            own.rev().nth(newest).map(|one| one.message.id)
        };
        match step.does {
            0..=9 => {
                let text = step.text.clone();
                let client_id = format!("{}", step.number);
                let new = NewMessage { text, client_id, ..NewMessage::default() };
                chats::send(app, by, chat, new).await.is_ok()
            }
            10 => match its(step.number % 3).await {
                Some(id) => chats::edit_message(app, by, chat, id, &step.text).await.is_ok(),
                None => false,
            },
            11 => match its(step.number % 3).await {
                Some(id) => chats::delete_message(app, by, chat, id).await.is_ok(),
                None => false,
            },
            12 => chats::remove(app, self.people[0], chat, whom).await.is_ok(),
            13 => chats::leave(app, by, chat).await.is_ok(),
            14 | 15 => chats::invite(app, by, chat, &[whom]).await.is_ok(),
            16 if by != whom => relations::block(app, by, whom).await.is_ok(),
            17 if by != whom => relations::unblock(app, by, whom).await.is_ok(),
            18 => accounts::suspend(app, self.people[4]).await.is_ok(),
            19 => accounts::unsuspend(app, self.people[4]).await.is_ok(),
            _ => false,
        }
    }

    async fn settle(&self) {
        self.instance.runner.settle(self.app().now_ms()).await.expect("jobs run");
        self.app().engines.search.refresh().await.expect("search answers");
    }

    /// The texts that somebody finds, the newest first; or why not.
    async fn finds(
        &self,
        who: usize,
        words: &str,
        within: Option<usize>,
    ) -> Result<Vec<String>, ChatError> {
        let within = within.map(|chat| self.chats[chat]);
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let hits =
                chats::search(self.app(), self.people[who], words, within, before, 7).await?;
            found.extend(hits.messages.iter().map(|one| one.message.text.clone()));
            before = hits.next;
            if before.is_none() {
                return Ok(found);
            }
        }
    }

    /// Of what somebody reads in one of their chats, as its pages show it: the texts that have a word that begins so.
    async fn reads(&self, who: usize, word: &str, within: usize) -> BTreeMap<String, usize> {
        let (app, me, chat) = (self.app(), self.people[who], self.chats[within]);
        let (mut texts, mut place) = (BTreeMap::new(), Place::Newest);
        loop {
            let Ok((_, shown)) = chats::history(app, me, chat, place, 100).await else {
                return texts;
            };
            for one in shown.iter().filter(|one| !one.withheld && one.message.deleted_ms.is_none())
            {
                let text = &one.message.text;
                let lower = text.to_lowercase();
                let mut words = lower.split(|sign: char| !sign.is_alphanumeric());
                if words.any(|known| known.starts_with(word)) {
                    *texts.entry(text.clone()).or_default() += 1;
                }
            }
            match shown.first() {
                Some(first) if shown.len() == 100 => place = Place::Before(first.message.number),
                _ => return texts,
            }
        }
    }

    async fn end(self) {
        let Side { instance, jobs, stop, .. } = self;
        stop.cancel();
        jobs.stopped().await;
        instance.lease.end(&instance.app.graph).await.expect("the folder is let go");
    }
}

/// What somebody does next.
struct Step {
    number: usize,
    does: u64,
    by: usize,
    whom: usize,
    chat: usize,
    text: String,
}

const WORDS: [&str; 12] = [
    "lantern",
    "Lanterns",
    "harbour",
    "boat",
    "Größe",
    "naïve",
    "東京",
    "storm",
    "quay",
    "rope",
    "sail-maker",
    "100",
];

/// A life that is the same each time.
fn life(steps: usize) -> Vec<Step> {
    let mut seed: u64 = 11;
    let mut chance = move |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or_default() % bound
    };
    (0..steps)
        .map(|number| {
            let words: Vec<_> = (0..4).map(|_| WORDS[chance(WORDS.len())]).collect();
            let text = format!("{} n{number}", words.join(" "));
            let does = chance(20) as u64;
            Step { number, does, by: chance(PEOPLE), whom: chance(PEOPLE), chat: chance(3), text }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn z_17_messages_are_found_on_opensearch_as_on_the_built_in_index_and_by_their_readers_alone()
{
    let Some((url, _server)) = opensearch() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let built_in = Side::open(&folder.path().join("one"), &[]).await;
    let real = Side::open(&folder.path().join("two"), &[("search", url.as_str())]).await;
    let (mut done, mut found_in_all, mut refused) = (0, 0, BTreeSet::new());
    for part in life(240).chunks(40) {
        for step in part {
            let did = built_in.step(step).await;
            assert_eq!(real.step(step).await, did, "step {} does {}", step.number, step.does);
            done += usize::from(did);
        }
        for side in [&built_in, &real] {
            side.settle().await;
        }
        for who in 0..PEOPLE {
            for word in ["lantern", "harb", "größe", "naïve", "東京", "sail", "100", "nowhere"]
            {
                for within in [None, Some(0), Some(1), Some(2)] {
                    let found = real.finds(who, word, within).await;
                    let same = built_in.finds(who, word, within).await;
                    assert_eq!(found, same, "person{who} asks for {word} in {within:?}");
                    let found = match found {
                        Ok(found) => found,
                        Err(error) => {
                            refused.insert(error.to_string());
                            continue;
                        }
                    };
                    // And what is found is what its own pages show to this person, all of it and nothing else.
                    let mut wanted = BTreeMap::new();
                    for chat in within.map_or(0..3, |chat| chat..chat + 1) {
                        wanted.extend(real.reads(who, word, chat).await);
                    }
                    let mut counted = BTreeMap::new();
                    for text in &found {
                        *counted.entry(text.clone()).or_default() += 1;
                    }
                    assert_eq!(counted, wanted, "person{who} asks for {word} in {within:?}");
                    found_in_all += found.len();
                }
            }
        }
    }
    assert!(done > 100 && found_in_all > 500, "{done} steps were done, {found_in_all} found");
    assert!(!refused.is_empty(), "nobody was ever outside of a chat");
    // Words of the language of queries are words.
    for odd in [
        "\"",
        "AND OR NOT",
        "chat:1",
        "*",
        "text:lantern",
        "{\"match_all\":{}}",
        "lantern~2",
        "\u{0}",
    ] {
        let found = real.finds(0, odd, None).await.expect("it is a question");
        assert_eq!(found, built_in.finds(0, odd, None).await.expect("it is one"), "{odd}");
    }
    // Built anew, it is the same.
    let before = real.finds(1, "lantern", None).await;
    real.instance.reindex().await.expect("it is built");
    real.settle().await;
    assert_eq!(real.finds(1, "lantern", None).await, before);
    real.end().await;
    built_in.end().await;
}
