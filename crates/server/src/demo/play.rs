//! Telling the script: each act of the plan is one call of the verb that people use, at its own time.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use graph::{Clock, Id, Page};
use social::{
    accounts::{
        self, SignUp, SignedUp,
        model::{Account, Members, PendingMembers, Role},
    },
    app::App,
    instance::model::INSTANCE,
    media::{
        self, MediaError,
        model::{Media, MediaState},
        pipeline::{Focus, PipelineError, Purpose},
    },
    posts::{self, Draft},
    profiles::{self, Changes, Picture},
    reactions, relations,
};
use tokio_util::sync::CancellationToken;

use super::{
    Folder, PASSWORD,
    plan::{Act, plan},
    script::{Script, ScriptError},
};
use crate::{
    config::Config,
    instance::{self, Instance, StartError},
};

/// Between two pauses in which the jobs catch up, so that what they make is dated when it was caused.
const STRIDE_MS: u64 = 8 * 60 * 60 * 1_000;
/// How long jobs may take to catch up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why the demo was not built.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// It would mix with people's own accounts.
    #[error("{} holds accounts already: the demo goes into an empty data folder (--data FOLDER)", .0.display())]
    NotEmpty(PathBuf),
    /// The script does not make sense.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The instance did not open.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A verb refused.
    #[error("{place}: {why}")]
    Refused {
        /// Where in the script.
        place: String,
        /// What the verb said.
        why: String,
    },
    /// A file or an engine.
    #[error("{0}")]
    Other(String),
}

/// What was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Accounts.
    pub accounts: usize,
    /// Posts, without shares.
    pub posts: usize,
    /// Shares.
    pub shares: usize,
    /// Likes.
    pub likes: usize,
    /// Follows and requests.
    pub follows: usize,
    /// Pictures and videos in posts.
    pub media: usize,
}

/// Builds the demo community in the data folder of a config, which must hold no accounts. What goes on is said to `say`.
pub async fn tell(config: &Config, say: &mut (dyn FnMut(&str) + Send)) -> Result<Told, DemoError> {
    let script = Script::embedded()?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(other)?;
    // The story ends a little before its telling begins: ids of the past and of the present never meet.
    let end = since.as_millis() as u64 - 2_000;
    let clock = Arc::new(StoryClock(AtomicU64::new(end)));
    let instance = Arc::new(instance::open_at(config, Some(clock.clone()), false).await?);
    let told = match empty(&instance.app).await? {
        true => tell_in(&instance, &script, &clock, end, say).await,
        false => Err(DemoError::NotEmpty(config.data.clone())),
    };
    if let Some(instance) = Arc::into_inner(instance) {
        instance.lease.end(&instance.app.graph).await.map_err(other)?;
    }
    told
}

async fn empty(app: &App) -> Result<bool, DemoError> {
    let one = Page::newest(1);
    let members = app.graph.list::<Members>(INSTANCE, one).await.map_err(other)?;
    let waiting = app.graph.list::<PendingMembers>(INSTANCE, one).await.map_err(other)?;
    Ok(members.is_empty() && waiting.is_empty())
}

async fn tell_in(
    instance: &Arc<Instance>,
    script: &Script,
    clock: &StoryClock,
    end: u64,
    say: &mut (dyn FnMut(&str) + Send),
) -> Result<Told, DemoError> {
    let files = tempfile::tempdir().map_err(other)?;
    let stop = CancellationToken::new();
    let jobs = instance.runner.start(stop.clone());
    let mut stage = Stage {
        app: instance.app.clone(),
        script,
        files: files.path(),
        people: HashMap::new(),
        posts: HashMap::new(),
        told: Told::default(),
        film: true,
    };
    let told = stage.play(instance, clock, plan(script, end), say).await;
    stop.cancel();
    jobs.stopped().await;
    told?;
    // Built once over the whole, so that the server does not find it new.
    instance.fill_search().await;
    instance.app.engines.search.refresh().await.map_err(other)?;
    Ok(stage.told)
}

/// What was said and done so far.
struct Stage<'a> {
    app: Arc<App>,
    script: &'a Script,
    /// Where embedded files are put for the verbs that read files.
    files: &'a Path,
    people: HashMap<usize, Id<Account>>,
    posts: HashMap<usize, Id<posts::model::Post>>,
    told: Told,
    /// There is an ffmpeg.
    film: bool,
}

impl Stage<'_> {
    async fn play(
        &mut self,
        instance: &Instance,
        clock: &StoryClock,
        acts: Vec<(u64, Act)>,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), DemoError> {
        let first = acts.first().map_or(0, |(at, _)| *at);
        let (mut paused, mut day) = (first, 0);
        for (at, act) in acts {
            if at >= paused + STRIDE_MS {
                catch_up(instance).await?;
                paused = at;
                let today = (at - first) / (24 * 60 * 60 * 1_000);
                if today >= day + 7 {
                    day = today;
                    let Told { accounts, posts, likes, .. } = self.told;
                    say(&format!("day {today}: {accounts} people, {posts} posts, {likes} likes"));
                }
            }
            clock.0.store(at, Ordering::Relaxed);
            self.act(act, say).await?;
        }
        catch_up(instance).await
    }

    async fn act(&mut self, act: Act, say: &mut (dyn FnMut(&str) + Send)) -> Result<(), DemoError> {
        let app = self.app.clone();
        match act {
            Act::Join(person) => self.join(person).await?,
            Act::Follow(by, whom) => {
                let (one, other) = (self.who(by), self.who(whom));
                let done = relations::follow(&app, one, other, Default::default()).await;
                done.map_err(|why| self.refused_person(by, why))?;
                self.told.follows += 1;
            }
            Act::Accept(whom, by) => {
                let done = relations::accept(&app, self.who(whom), self.who(by)).await;
                done.map_err(|why| self.refused_person(whom, why))?;
            }
            Act::Say(post) => self.say(post, say).await?,
            Act::Pin(post) => {
                let by = self.who(self.script.posts[post].by);
                let done = reactions::pin(&app, by, self.posts[&post]).await;
                done.map_err(|why| self.refused(post, why))?;
            }
            Act::Edit(post) => self.edit(post).await?,
            Act::Like(by, post) => {
                let done = reactions::like(&app, self.who(by), self.posts[&post]).await;
                done.map_err(|why| self.refused(post, why))?;
                self.told.likes += 1;
            }
            Act::Share(by, post) => {
                let (by, id) = (self.who(by), self.posts[&post]);
                let done = reactions::share(&app, by, id, None, None).await;
                done.map_err(|why| self.refused(post, why))?;
                self.told.shares += 1;
            }
            Act::Bookmark(by, post) => {
                let done = reactions::bookmark(&app, self.who(by), self.posts[&post]).await;
                done.map_err(|why| self.refused(post, why))?;
            }
        }
        Ok(())
    }

    async fn join(&mut self, number: usize) -> Result<(), DemoError> {
        let person = &self.script.people[number];
        let role = if person.owner { Role::Owner } else { Role::Member };
        let who = SignUp {
            handle: person.handle.clone(),
            email: format!("{}@lanternhaven.example", person.handle),
            password: PASSWORD.to_owned(),
            display_name: person.name.clone(),
            agreement: true,
            by_operator: Some((role, true)),
            locked: person.locked,
            ..SignUp::default()
        };
        let signed_up = accounts::sign_up(&self.app, who).await;
        let id = match signed_up.map_err(|why| self.refused_person(number, format!("{why:?}")))? {
            SignedUp::Ready(id) | SignedUp::ConfirmEmail(id) | SignedUp::AwaitingApproval(id) => id,
            SignedUp::Discreet { .. } => {
                return Err(self.refused_person(number, "the address is taken"));
            }
        };
        let avatar = self.file(&format!("avatars/{}.jpg", person.handle))?;
        let header = self.file(&format!("photos/{}.jpg", person.picture))?;
        let changes = Changes {
            bio: Some(person.bio.clone()),
            fields: Some(person.fields.clone()),
            interests: Some(person.interests.clone()),
            avatar: Some(Picture::New(&avatar)),
            header: Some(Picture::New(&header)),
            bot: Some(person.bot),
            default_language: Some(person.language.clone()),
            ..Changes::default()
        };
        let updated = profiles::update(&self.app, id, changes).await;
        updated.map_err(|why| self.refused_person(number, why))?;
        self.people.insert(number, id);
        self.told.accounts += 1;
        Ok(())
    }

    async fn say(
        &mut self,
        number: usize,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), DemoError> {
        let post = &self.script.posts[number];
        let by = self.who(post.by);
        let mut media = Vec::new();
        for name in &post.photos {
            let photo = &self.script.photos[name];
            let focus = photo.focus.and_then(|(x, y)| Focus::new(x, y).ok());
            let path = self.file(&format!("photos/{name}.jpg"))?;
            let made =
                media::upload(&self.app, by, &path, Purpose::Attachment, &photo.alt, focus).await;
            media.push(made.map_err(|why| self.refused(number, why))?.id);
        }
        if let Some(name) = post.video.as_ref().filter(|_| self.film) {
            match self.video(number, by, name).await? {
                Some(id) => media.push(id),
                None => {
                    self.film = false;
                    say("ffmpeg is not installed: the video is left out");
                }
            }
        }
        self.told.media += media.len();
        let draft = Draft {
            text: post.text.clone(),
            warning: post.warning.clone(),
            sensitive: !post.warning.is_empty(),
            audience: Some(post.audience),
            language: post.language.clone(),
            media,
            reply_to: post.parent.map(|parent| self.posts[&parent]),
            ..Draft::default()
        };
        let seen = posts::publish(&self.app, by, draft).await;
        let seen = seen.map_err(|why| self.refused(number, why))?;
        self.posts.insert(number, seen.post.id);
        self.told.posts += 1;
        Ok(())
    }

    /// Uploads a video and waits until its job is through; `None` where there is no ffmpeg.
    async fn video(
        &self,
        post: usize,
        by: Id<Account>,
        name: &str,
    ) -> Result<Option<Id<Media>>, DemoError> {
        let alt = &self.script.photos[name].alt;
        let path = self.file(&format!("{name}.mp4"))?;
        let made = media::upload(&self.app, by, &path, Purpose::Attachment, alt, None).await;
        let id = match made {
            Ok(made) => made.id,
            Err(MediaError::File(PipelineError::NoFfmpeg)) => return Ok(None),
            Err(why) => return Err(self.refused(post, why)),
        };
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let now = self.app.graph.get(id).await.map_err(other)?;
            match now.map(|now| now.state.clone()) {
                Some(MediaState::Ready) => return Ok(Some(id)),
                Some(MediaState::Failed { why }) => return Err(self.refused(post, why)),
                Some(MediaState::Processing { .. }) => {}
                None => break,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(self.refused(post, "the video was not processed"))
    }

    async fn edit(&self, number: usize) -> Result<(), DemoError> {
        let post = &self.script.posts[number];
        let (by, id) = (self.who(post.by), self.posts[&number]);
        let Some(text) = &post.edited else { return Ok(()) };
        let now = self.app.graph.get(id).await.map_err(other)?;
        let draft = Draft {
            text: text.clone(),
            warning: post.warning.clone(),
            sensitive: !post.warning.is_empty(),
            language: post.language.clone(),
            media: now.map(|now| now.media.clone()).unwrap_or_default(),
            ..Draft::default()
        };
        let done = posts::edit(&self.app, by, id, draft).await;
        done.map(drop).map_err(|why| self.refused(number, why))
    }

    fn who(&self, number: usize) -> Id<Account> {
        self.people[&number]
    }

    /// An embedded file, on disk.
    fn file(&self, name: &str) -> Result<PathBuf, DemoError> {
        let path = self.files.join(name.replace('/', "-"));
        if !path.exists() {
            let file = Folder::get(name)
                .ok_or_else(|| ScriptError { place: name.to_owned(), why: "is missing".into() })?;
            std::fs::write(&path, &file.data).map_err(other)?;
        }
        Ok(path)
    }

    fn refused(&self, post: usize, why: impl std::fmt::Display) -> DemoError {
        let place = format!("demo/{}", self.script.posts[post].place);
        DemoError::Refused { place, why: why.to_string() }
    }

    fn refused_person(&self, person: usize, why: impl std::fmt::Display) -> DemoError {
        let place = format!("demo/people.toml, {}", self.script.people[person].handle);
        DemoError::Refused { place, why: why.to_string() }
    }
}

/// Waits until the jobs have done what was caused so far.
async fn catch_up(instance: &Instance) -> Result<(), DemoError> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let waiting = instance.opened.upkeep.waiting_events().await.map_err(other)?;
        if waiting == 0 {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(other)?;
            let depth =
                instance.opened.desk.depth(since.as_millis() as u64).await.map_err(other)?;
            if depth.ready + depth.leased == 0 {
                return Ok(());
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Err(DemoError::Other("the jobs do not come to an end".to_owned()))
}

fn other(error: impl std::fmt::Display) -> DemoError {
    DemoError::Other(error.to_string())
}

/// The time of the story.
struct StoryClock(AtomicU64);

impl Clock for StoryClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
