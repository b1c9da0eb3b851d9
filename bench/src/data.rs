//! The data of a run: a community made through the product's own verbs, kept between runs.
//!
//! 1,000 accounts that follow 200 others each (who is followed is Zipf), 100,000 posts (who writes is Zipf; every fifth
//! answers, every tenth has a tag), 50,000 likes (what is liked is Zipf). Everything comes from one seed; the folder
//! carries the generator's version in its name, so that a change here makes new data.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    time::Instant,
};

use futures::{StreamExt, TryStreamExt, stream};
use graph::Id;
use rand::Rng;
use serde::{Deserialize, Serialize};
use server::{
    config::{Config, Inputs},
    instance::{self, Instance},
};
use social::{
    accounts::{self, SignUp, SignedUp, model::Account},
    apps,
    posts::{Draft, model::Post, publish},
    reactions, relations,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Failure,
    chance::{Zipf, seeded},
};

/// Raised when this file makes other data.
const VERSION: u32 = 2;
/// Written last: a folder without it was not finished.
const LISTING: &str = "bench.json";
/// How many verbs run at once: enough to fill a group commit.
const AT_ONCE: usize = 128;
/// How many accounts are made at once: hashing a password takes a core for a while, and others are turned away.
const SIGNING_UP: usize = 4;

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// People.
    pub accounts: usize,
    /// Whom each follows.
    pub follows: usize,
    /// Posts of all.
    pub posts: usize,
    /// Likes of all.
    pub likes: usize,
}

/// What a load generator needs to know of the data.
#[derive(Serialize, Deserialize)]
pub struct Known {
    /// A bearer token for each account.
    pub tokens: Vec<String>,
    /// Ids of the accounts.
    pub accounts: Vec<String>,
    /// Ids of posts that everybody may see.
    pub posts: Vec<String>,
}

/// The data folder and what is in it; made first if it is not there.
pub async fn ready(root: &Path, size: Size) -> Result<(PathBuf, Known), Failure> {
    let Size { accounts, follows, posts, likes } = size;
    let folder = root.join(format!("data-{VERSION}-{accounts}-{follows}-{posts}-{likes}"));
    if let Ok(known) = known(&folder) {
        return Ok((folder, known));
    }
    if folder.exists() {
        // A run that was stopped in the middle.
        std::fs::remove_dir_all(&folder)?;
    }
    println!("making {accounts} accounts x {follows} follows, {posts} posts, {likes} likes");
    let flags = vec![("data".to_owned(), folder.display().to_string())];
    let config = Config::load(&Inputs { flags, ..Inputs::default() })?;
    let instance = instance::open(&config).await?;
    instance.fill_search().await;
    let stop = CancellationToken::new();
    let jobs = instance.runner.start(stop.clone());
    let known = fill(&instance, size).await?;
    instance.runner.settle_by(instance.app.now_ms(), 64).await?;
    stop.cancel();
    jobs.stopped().await;
    instance.lease.end(&instance.app.graph).await?;
    std::fs::write(folder.join(LISTING), serde_json::to_string(&known)?)?;
    Ok((folder, known))
}

/// What is known of a folder's data.
pub fn known(folder: &Path) -> Result<Known, Failure> {
    Ok(serde_json::from_str(&std::fs::read_to_string(folder.join(LISTING))?)?)
}

async fn fill(instance: &Instance, size: Size) -> Result<Known, Failure> {
    let app = &instance.app;
    let step = Steps(Instant::now());
    let people: Vec<(Id<Account>, String)> =
        all(SIGNING_UP, 0..size.accounts, |number| async move {
            let handle = format!("person{number}");
            let who = SignUp {
                email: format!("{handle}@example.org"),
                password: "a password of the bench".to_owned(),
                display_name: format!("Person {number} of the bench"),
                handle,
                agreement: true,
                by_operator: Some((Default::default(), true)),
                ..SignUp::default()
            };
            let SignedUp::Ready(id) = accounts::sign_up(app, who).await? else {
                return Err("an operator's account is ready at once".into());
            };
            let scopes = "read write follow push".parse().map_err(|_| "unknown scopes")?;
            let token = apps::issue(app, None, Some(id), &scopes, None).await?.token;
            Ok::<_, Failure>((id, token))
        })
        .await?;
    step.done("accounts");

    all(AT_ONCE, follows(size), |(by, whom)| {
        let (by, whom) = (people[by].0, people[whom].0);
        async move { Ok(relations::follow(app, by, whom, Default::default()).await?) }
    })
    .await?;
    step.done("follows");

    let posts = write(instance, &people, size.posts).await?;
    step.done("posts");

    let (popular, by) = (Zipf::new(posts.len(), 0.8), Zipf::new(people.len(), 0.5));
    let mut chance = seeded(5);
    let likes =
        (0..size.likes).map(|_| (people[by.draw(&mut chance)].0, posts[popular.draw(&mut chance)]));
    all(AT_ONCE, likes, |(by, post)| async move {
        Ok(reactions::like(app, by, post).await.map(|_| ())?)
    })
    .await?;
    step.done("likes");

    let text = |id: u64| id.to_string();
    Ok(Known {
        tokens: people.iter().map(|(_, token)| token.clone()).collect(),
        accounts: people.iter().map(|(id, _)| text(id.raw())).collect(),
        posts: posts.iter().rev().take(5_000).map(|id| text(id.raw())).collect(),
    })
}

/// Who follows whom: distinct, and nobody oneself.
fn follows(size: Size) -> Vec<(usize, usize)> {
    let (popular, mut chance) = (Zipf::new(size.accounts, 0.6), seeded(2));
    let mut pairs = Vec::with_capacity(size.accounts * size.follows);
    for by in 0..size.accounts {
        let mut whom = HashSet::new();
        while whom.len() < size.follows.min(size.accounts - 1) {
            let drawn = popular.draw(&mut chance);
            if drawn != by && whom.insert(drawn) {
                pairs.push((by, drawn));
            }
        }
    }
    pairs
}

/// Posts in rounds, so that answers have something to answer.
async fn write(
    instance: &Instance,
    people: &[(Id<Account>, String)],
    count: usize,
) -> Result<Vec<Id<Post>>, Failure> {
    let (app, writers, mut chance) = (&instance.app, Zipf::new(people.len(), 0.7), seeded(3));
    let mut posts: Vec<Id<Post>> = Vec::with_capacity(count);
    while posts.len() < count {
        let round = (count - posts.len()).min(2_000);
        let drafts: Vec<_> = (0..round)
            .map(|_| {
                let answers = !posts.is_empty() && chance.random_ratio(1, 5);
                let reply_to = answers.then(|| {
                    posts[posts.len() - 1 - chance.random_range(0..posts.len().min(5_000))]
                });
                let draft = Draft {
                    text: words(&mut chance),
                    language: Some("en".to_owned()),
                    reply_to,
                    ..Draft::default()
                };
                (people[writers.draw(&mut chance)].0, draft)
            })
            .collect();
        let made: Vec<Id<Post>> = all(AT_ONCE, drafts, |(by, draft)| async move {
            Ok(publish(app, by, draft).await?.post.id)
        })
        .await?;
        posts.extend(made);
    }
    posts.sort_unstable();
    Ok(posts)
}

/// Text of about the length people write: a few words to a few sentences.
pub fn words(chance: &mut impl Rng) -> String {
    let vocabulary: Vec<&str> = VOCABULARY.split_whitespace().collect();
    let common = Zipf::new(vocabulary.len(), 0.9);
    let mut text = String::new();
    for number in 0..chance.random_range(6..60) {
        if number > 0 {
            text.push(' ');
        }
        text.push_str(vocabulary[common.draw(chance)]);
    }
    if chance.random_ratio(1, 10) {
        text.push_str(" #");
        text.push_str(vocabulary[chance.random_range(0..vocabulary.len())]);
    }
    text
}

const VOCABULARY: &str = "the and of a to in that is for on with harbour morning coffee garden light rain bread \
    music train window letter river evening school kitchen market winter summer street book paper boat bridge \
    singing painting running cooking reading walking quiet bright early late small large old new first last green \
    blue red yellow silver wooden warm cold fresh dry north south east west friend neighbour teacher child captain \
    baker doctor singer painter mountain valley forest island beach cliff tower church library station theatre \
    football chess choir telescope moon stars comet planet camera picture film story poem novel recipe soup apple \
    pear plum cherry onion garlic pepper cheese butter honey tomorrow yesterday tonight always never sometimes";

/// Does something with each, so many at once, and ends at the first failure.
async fn all<T, U, F>(
    at_once: usize,
    items: impl IntoIterator<Item = T>,
    each: impl Fn(T) -> F,
) -> Result<Vec<U>, Failure>
where
    F: Future<Output = Result<U, Failure>>,
{
    stream::iter(items).map(each).buffered(at_once).try_collect().await
}

struct Steps(Instant);

impl Steps {
    fn done(&self, what: &str) {
        println!("  {what} after {:.0} s", self.0.elapsed().as_secs_f64());
    }
}
