//! The oracle: who may see what of an author, on every surface that shows posts, against a model that is one `match`.
//!
//! At first everybody follows and many are mentioned; then access is taken away. Whoever sees more than the model
//! says, or less, is a failure, and all failures are told together.

use std::collections::{BTreeSet, HashMap};

use graph::{Id, Page};

use super::{
    AuthorFilter, Draft, PublishError, Seen, by_author, edit, history,
    model::{Audience, Post},
    pinned, see_one, thread,
};
use crate::{
    accounts::model::Account,
    app::App,
    conversations,
    insight::{self, Looks, model::InsightOf},
    media::{
        self, Link, Variant,
        model::{Attachment, Media},
        pipeline::Purpose,
    },
    moderation::{Ruling, Target, decide, lift, model::Measure},
    notifications::{self, model::NotificationKind},
    profiles,
    reactions::{self, ReactionError},
    relations,
    search::{self, Scope},
    staff::Powers,
    testing::World,
    timelines, trends,
};

mod staff;

const AUDIENCES: [Audience; 4] =
    [Audience::Public, Audience::Unlisted, Audience::Followers, Audience::Direct];
const ALL: Page = Page { below: None, above: None, order: graph::Order::Newest, limit: 200 };

type Posts = BTreeSet<Id<Post>>;

/// A post, as the model knows it.
struct Subject {
    id: Id<Post>,
    author: Id<Account>,
    audience: Audience,
    mentioned: Vec<Id<Account>>,
    parent: Option<Id<Post>>,
    media: Option<Id<Media>>,
    shares: Vec<Id<Post>>,
    name: String,
}

struct Town {
    world: World,
    ada: Id<Account>,
    sharer: Id<Account>,
    viewers: Vec<(&'static str, Option<Id<Account>>)>,
    subjects: Vec<Subject>,
    followers: Vec<Id<Account>>,
    blocked: Vec<Id<Account>>,
    told: HashMap<Id<Account>, Posts>,
    kept: HashMap<Id<Account>, Posts>,
    wrong: Vec<String>,
    asked: usize,
    /// What staff decided about the author.
    standing: Option<Measure>,
}

fn draft(text: String, audience: Audience, reply_to: Option<Id<Post>>) -> Draft {
    Draft { text, audience: Some(audience), reply_to, ..Draft::default() }
}

fn contents(posts: &[Seen]) -> Posts {
    posts.iter().map(|seen| seen.content().id).collect()
}

impl Town {
    async fn build(world: World) -> Town {
        let ada = world.person("ada").await;
        let sharer = world.person("sharer").await;
        let mut viewers = vec![("anonymous", None)];
        for handle in ["stranger", "follower", "pending", "blocked", "mentioned"] {
            let viewer = world.person(handle).await;
            world.follow(viewer, ada).await;
            world.follow(viewer, sharer).await;
            viewers.push((handle, Some(viewer)));
        }
        let followers = viewers.iter().filter_map(|(_, viewer)| *viewer).collect();
        let mut town = Town {
            world,
            ada,
            sharer,
            viewers,
            subjects: Vec::new(),
            followers,
            blocked: Vec::new(),
            told: HashMap::new(),
            kept: HashMap::new(),
            wrong: Vec::new(),
            asked: 0,
            standing: None,
        };
        town.write().await;
        town.world.settle().await;
        town.react().await;
        town.world.settle().await;
        // While everything is open: what nobody counted then trends only when somebody reacts again.
        town.world.advance(std::time::Duration::from_secs(5));
        trends::refresh(&town.world.app).await.unwrap();
        town
    }

    /// Of each audience: a post with a picture and mentions, an open answer under it, an answer under an open post,
    /// and a comment on a post of each viewer.
    async fn write(&mut self) {
        let root = self.add(self.ada, "root", Audience::Public, None, Vec::new(), None).await;
        let [stranger, blocked, mentioned] =
            ["stranger", "blocked", "mentioned"].map(|n| self.who(n));
        for audience in AUDIENCES {
            let media = self.picture().await;
            let named = vec![stranger, blocked, mentioned];
            let top = self.add(self.ada, "top", audience, None, named, Some(media)).await;
            self.add(self.ada, "child", Audience::Public, Some(top), Vec::new(), None).await;
            self.add(self.ada, "answer", audience, Some(root), Vec::new(), None).await;
        }
        for (_, viewer) in self.viewers.clone() {
            let Some(viewer) = viewer else { continue };
            let theirs = self.add(viewer, "theirs", Audience::Public, None, Vec::new(), None).await;
            for audience in AUDIENCES {
                let id =
                    self.add(self.ada, "comment", audience, Some(theirs), Vec::new(), None).await;
                if audience == Audience::Followers {
                    // A comment for followers is also for the one it answers.
                    self.subject_mut(id).mentioned.push(viewer);
                }
            }
        }
        for subject in &self.subjects {
            let parents = subject.parent.map(|id| self.subject(id).author);
            for reader in subject.mentioned.iter().copied().chain(parents) {
                if reader != subject.author && self.may(Some(reader), subject) {
                    self.told.entry(reader).or_default().insert(subject.id);
                }
            }
        }
    }

    async fn add(
        &mut self,
        author: Id<Account>,
        name: &str,
        audience: Audience,
        parent: Option<Id<Post>>,
        mentioned: Vec<Id<Account>>,
        media: Option<Id<Media>>,
    ) -> Id<Post> {
        let names = match mentioned.is_empty() {
            true => "",
            false => "@stranger @blocked @mentioned #oracle",
        };
        let mut draft = draft(format!("lantern {name} {names}"), audience, parent);
        draft.media = media.into_iter().collect();
        let id = self.world.publish(author, draft).await.unwrap().post.id;
        let name = format!("{name} {audience:?}");
        let shares = Vec::new();
        self.subjects.push(Subject {
            id,
            author,
            audience,
            mentioned,
            parent,
            media,
            shares,
            name,
        });
        id
    }

    async fn picture(&self) -> Id<Media> {
        let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
        image::RgbImage::new(8, 8).save(file.path()).unwrap();
        let app = &self.world.app;
        let upload = media::upload(app, self.ada, file.path(), Purpose::Attachment, "", None);
        upload.await.unwrap().id
    }

    /// Pins, shares, and everybody likes and keeps what they may see now.
    async fn react(&mut self) {
        let app = self.world.app.clone();
        for at in self.named("top") {
            let (id, audience) = (self.subjects[at].id, self.subjects[at].audience);
            if audience != Audience::Direct {
                reactions::pin(&app, self.ada, id).await.unwrap();
            }
            if audience.is_open() {
                let share = reactions::share(&app, self.sharer, id, None, None).await.unwrap();
                self.subjects[at].shares.push(share.post.id);
            }
            for (_, viewer) in self.viewers.clone() {
                let Some(viewer) = viewer else { continue };
                if !self.may(Some(viewer), &self.subjects[at]) {
                    continue;
                }
                reactions::like(&app, viewer, id).await.unwrap();
                reactions::bookmark(&app, viewer, id).await.unwrap();
                self.kept.entry(viewer).or_default().insert(id);
            }
        }
    }

    /// Access is lost in every way: removed, asking again, blocked, edited out.
    async fn lose_access(&mut self) {
        let app = self.world.app.clone();
        let [stranger, pending, blocked, mentioned] =
            ["stranger", "pending", "blocked", "mentioned"].map(|name| self.who(name));
        for gone in [stranger, pending, mentioned] {
            relations::remove_follower(&app, self.ada, gone).await.unwrap();
        }
        relations::block(&app, self.ada, blocked).await.unwrap();
        let lock = profiles::Changes { locked: Some(true), ..Default::default() };
        profiles::update(&app, self.ada, lock).await.unwrap();
        self.world.follow(pending, self.ada).await;
        self.followers = vec![self.who("follower")];
        self.blocked = vec![blocked];
        for at in self.named("top") {
            let subject = &mut self.subjects[at];
            let mut again =
                draft("lantern top @blocked @mentioned #oracle".to_owned(), subject.audience, None);
            again.media = subject.media.into_iter().collect();
            subject.mentioned = vec![blocked, mentioned];
            edit(&app, self.ada, subject.id, again).await.unwrap();
        }
    }

    /// The model.
    fn may(&self, viewer: Option<Id<Account>>, post: &Subject) -> bool {
        let is_in = |set: &[Id<Account>]| viewer.is_some_and(|viewer| set.contains(&viewer));
        if viewer == Some(post.author) {
            return true;
        }
        if post.author == self.ada && is_in(&self.blocked) {
            return false;
        }
        if post.author == self.ada {
            match self.standing {
                Some(Measure::Suspend) => return false,
                Some(Measure::Limit) if !is_in(&self.followers) => return false,
                _ => {}
            }
        }
        match post.audience {
            Audience::Public | Audience::Unlisted => true,
            Audience::Followers => is_in(&self.followers) || is_in(&post.mentioned),
            Audience::Direct => is_in(&post.mentioned),
        }
    }

    fn may_id(&self, viewer: Option<Id<Account>>, id: Id<Post>) -> bool {
        self.may(viewer, self.subject(id))
    }

    fn who(&self, name: &str) -> Id<Account> {
        self.viewers.iter().find(|(n, _)| *n == name).unwrap().1.unwrap()
    }

    fn subject(&self, id: Id<Post>) -> &Subject {
        self.subjects.iter().find(|subject| subject.id == id).unwrap()
    }

    fn subject_mut(&mut self, id: Id<Post>) -> &mut Subject {
        self.subjects.iter_mut().find(|subject| subject.id == id).unwrap()
    }

    fn named(&self, name: &str) -> Vec<usize> {
        let is = |at: &usize| self.subjects[*at].name.starts_with(name);
        (0..self.subjects.len()).filter(is).collect()
    }

    /// Posts of the author that pass, and that the viewer may see.
    fn wanted(&self, viewer: Option<Id<Account>>, passes: impl Fn(&Subject) -> bool) -> Posts {
        let passes = |s: &&Subject| s.author == self.ada && self.may(viewer, s) && passes(s);
        self.subjects.iter().filter(passes).map(|subject| subject.id).collect()
    }

    fn name_of(&self, id: Id<Post>) -> &str {
        let named = self.subjects.iter().find(|s| s.id == id || s.shares.contains(&id));
        named.map_or("something else", |subject| subject.name.as_str())
    }

    /// What a surface showed against what it should; only the author's posts count.
    fn compare(&mut self, surface: &str, viewer: &str, got: Posts, wanted: Posts) {
        self.asked += 1;
        for id in got.difference(&wanted) {
            if self.subjects.iter().all(|s| s.id != *id || s.author == self.ada) {
                let name = self.name_of(*id).to_owned();
                self.wrong.push(format!("{surface}: {viewer} sees {name}"));
            }
        }
        for id in wanted.difference(&got) {
            let name = self.name_of(*id).to_owned();
            self.wrong.push(format!("{surface}: {viewer} lacks {name}"));
        }
    }

    fn agree(&mut self, surface: &str, viewer: &str, at: usize, got: bool, wanted: bool) {
        self.asked += 1;
        if got != wanted {
            let verb = if got { "sees" } else { "lacks" };
            let name = self.subjects[at].name.clone();
            self.wrong.push(format!("{surface}: {viewer} {verb} {name}"));
        }
    }

    async fn check(&mut self) {
        // What is of this moment waits for the next refresh.
        self.world.advance(std::time::Duration::from_secs(5));
        trends::refresh(&self.world.app).await.unwrap();
        for (name, viewer) in self.viewers.clone() {
            self.check_each(name, viewer).await;
            self.check_lists(name, viewer).await;
            self.check_search(name, viewer).await;
            self.check_media(name, viewer).await;
            if let Some(viewer) = viewer {
                self.check_own(name, viewer).await;
            }
        }
        self.check_looks().await;
    }

    /// What is asked for by id.
    async fn check_each(&mut self, name: &str, viewer: Option<Id<Account>>) {
        let app = self.world.app.clone();
        for at in 0..self.subjects.len() {
            let id = self.subjects[at].id;
            let may = self.may(viewer, &self.subjects[at]);
            let seen = see_one(&app, viewer, id).await.unwrap();
            if let Some(seen) = &seen {
                let parent = self.subjects[at].parent;
                let known = parent.is_none_or(|parent| self.may_id(viewer, parent));
                self.agree("parent", name, at, seen.parent_known, known);
            }
            self.agree("see_one", name, at, seen.is_some(), may);
            let versions = history(&app, viewer, id).await.unwrap();
            self.agree("history", name, at, versions.is_some(), may);
            for share in self.subjects[at].shares.clone() {
                let share = see_one(&app, viewer, share).await.unwrap();
                self.agree("a share of it", name, at, share.is_some(), may);
            }
            let likers = reactions::liked_by(&app, viewer, id, ALL).await;
            self.agree("liked_by", name, at, likers != Err(ReactionError::NotFound), may);
            let sharers = reactions::shared_by(&app, viewer, id, ALL).await;
            self.agree("shared_by", name, at, sharers != Err(ReactionError::NotFound), may);
            if let Some(viewer) = viewer {
                let told = insight::post_report(&app, viewer, id).await.unwrap();
                let own = may && self.subjects[at].author == viewer;
                self.agree("insight", name, at, told.is_some(), own);
            }
            let around = thread(&app, viewer, id).await.unwrap();
            self.agree("thread", name, at, around.is_some(), may);
            let Some(around) = around else { continue };
            let above = contents(&around.ancestors);
            let below = contents(&around.descendants);
            let mut wanted_above = Posts::new();
            let mut next = self.subjects[at].parent;
            while let Some(parent) = next.filter(|parent| self.may_id(viewer, *parent)) {
                wanted_above.insert(parent);
                next = self.subject(parent).parent;
            }
            let mut wanted_below = Posts::new();
            for subject in &self.subjects {
                let hangs = |parent: Id<Post>| parent == id || wanted_below.contains(&parent);
                if subject.parent.is_some_and(hangs) && self.may(viewer, subject) {
                    wanted_below.insert(subject.id);
                }
            }
            self.compare("ancestors", name, above, wanted_above);
            self.compare("descendants", name, below, wanted_below);
        }
    }

    /// A look counts where there is something to see, and never one's own.
    async fn check_looks(&mut self) {
        let app = self.world.app.clone();
        let ids: Vec<_> = self.subjects.iter().map(|subject| subject.id).collect();
        for (name, viewer) in self.viewers.clone() {
            let Some(viewer) = viewer else { continue };
            // Nobody has counted yet in this hour.
            self.world.advance(std::time::Duration::from_secs(3_600));
            let before = impressions(&app, &ids).await;
            let looks = Looks { seen: ids.clone(), ..Looks::default() };
            insight::look(&app, viewer, &looks).await.unwrap();
            insight::flush(&app).await.unwrap();
            let after = impressions(&app, &ids).await;
            for at in 0..ids.len() {
                let subject = &self.subjects[at];
                let may = self.may(Some(viewer), subject) && subject.author != viewer;
                self.agree("a look", name, at, after[at] == before[at] + 1, may);
                assert!(after[at] <= before[at] + 1, "one look, one impression");
            }
        }
    }

    /// What everybody may page through.
    async fn check_lists(&mut self, name: &str, viewer: Option<Id<Account>>) {
        let app = self.world.app.clone();
        let plain = AuthorFilter::default();
        type Passes = fn(&Subject) -> bool;
        let filters: [(&str, AuthorFilter, Passes); 5] = [
            ("by_author", plain.clone(), |_| true),
            ("only_media", AuthorFilter { only_media: true, ..plain.clone() }, |s| {
                s.media.is_some()
            }),
            ("exclude_replies", AuthorFilter { exclude_replies: true, ..plain.clone() }, |s| {
                !s.name.starts_with("comment")
            }),
            ("exclude_shares", AuthorFilter { exclude_shares: true, ..plain.clone() }, |_| true),
            ("by_author tagged", AuthorFilter { tagged: Some("Oracle".into()), ..plain }, |s| {
                s.name.starts_with("top")
            }),
        ];
        for (surface, filter, passes) in filters {
            let slice = by_author(&app, viewer, self.ada, &filter, ALL).await.unwrap();
            let wanted = self.wanted(viewer, passes);
            self.compare(surface, name, contents(&slice.posts), wanted);
        }
        let top = |subject: &Subject| subject.name.starts_with("top");
        let shares =
            by_author(&app, viewer, self.sharer, &AuthorFilter::default(), ALL).await.unwrap();
        let wanted = self.wanted(viewer, |s| top(s) && s.audience.is_open());
        self.compare("shares of another", name, contents(&shares.posts), wanted);
        let pins = pinned(&app, viewer, self.ada).await.unwrap();
        let wanted = self.wanted(viewer, |s| top(s) && s.audience != Audience::Direct);
        self.compare("pinned", name, contents(&pins), wanted);
        let public = timelines::public(&app, viewer, false, ALL).await.unwrap();
        let wanted = self.wanted(viewer, |s| s.audience == Audience::Public && s.parent.is_none());
        self.compare("public", name, contents(&public.posts), wanted);
        let hot = trends::posts(&app, viewer, 0, 40).await.unwrap();
        // For nobody, followers neither, while staff keep the author back.
        let free = self.standing.is_none();
        let wanted = self.wanted(viewer, |s| top(s) && s.audience == Audience::Public && free);
        self.compare("trends", name, contents(&hot), wanted);
        let tagged = timelines::tagged(&app, viewer, "oracle", false, ALL).await.unwrap();
        let wanted = self.wanted(viewer, |s| top(s) && s.audience == Audience::Public);
        self.compare("tagged", name, contents(&tagged.posts), wanted);
    }

    async fn check_search(&mut self, name: &str, viewer: Option<Id<Account>>) {
        let app = self.world.app.clone();
        type Passes = fn(&Subject) -> bool;
        let queries: [(&str, bool, Passes); 5] = [
            ("lantern", false, |_| true),
            ("#oracle", false, |s| s.name.starts_with("top")),
            ("from:ada", false, |_| true),
            ("from:ada has:image lantern", false, |s| s.media.is_some()),
            ("lantern is:reply", true, |s| s.parent.is_some()),
        ];
        for (typed, by_ada, passes) in queries {
            let scope = Scope {
                people: false,
                posts: true,
                tags: false,
                following: false,
                by: by_ada.then_some(self.ada),
                offset: 0,
                limit: 200,
            };
            let found = search::search(&app, viewer, typed, &scope).await.unwrap();
            // What is not public is found by those it names, not by all who may see it.
            let wanted = self.wanted(viewer, |s| {
                let named = viewer.is_some_and(|viewer| s.mentioned.contains(&viewer));
                let open = s.audience == Audience::Public;
                passes(s) && (open && self.standing != Some(Measure::Limit) || named)
            });
            self.compare(&format!("search {typed}"), name, contents(&found.posts), wanted);
        }
    }

    async fn check_media(&mut self, name: &str, viewer: Option<Id<Account>>) {
        let app = self.world.app.clone();
        for at in self.named("top") {
            let may = self.may(viewer, &self.subjects[at]);
            let id = self.subjects[at].media.unwrap();
            let media = app.graph.get(id).await.unwrap().unwrap();
            assert_eq!(media.attached, Attachment::Post(self.subjects[at].id));
            let reads = media::may_read(&app, viewer, &media).await.unwrap();
            self.agree("media", name, at, reads, may);
            let bare = media::open(&app, id, &media.secret, None).await.unwrap();
            let anyone = self.may(None, &self.subjects[at]);
            self.agree("bare media link", name, at, bare.is_some(), anyone);
            let Some(viewer) = viewer else { continue };
            let seal = |whom| {
                let link = media::link(&app, &media, Variant::Small, Link::For(whom)).unwrap();
                link.split_once("&m=").unwrap().1.to_owned()
            };
            let own = seal(viewer);
            let claim = |seal| Some(media::Claim { viewer, until_ms: None, seal });
            let opened = media::open(&app, id, &media.secret, claim(&own)).await.unwrap();
            self.agree("own media link", name, at, opened.is_some(), may);
            // The proof of somebody else proves nothing.
            let other = seal(self.ada);
            let opened = media::open(&app, id, &media.secret, claim(&other)).await.unwrap();
            self.agree("borrowed media link", name, at, opened.is_some(), anyone);
        }
    }

    /// What only its owner reads.
    async fn check_own(&mut self, name: &str, viewer: Id<Account>) {
        let app = self.world.app.clone();
        let home = timelines::home(&app, viewer, ALL).await.unwrap();
        let follows = self.followers.contains(&viewer);
        let wanted = self.wanted(Some(viewer), |s| {
            s.name.starts_with("top")
                && (s.audience.is_open() || follows && s.audience == Audience::Followers)
        });
        let got: Posts = contents(&home.posts);
        let tops = self.named("top").into_iter().map(|at| self.subjects[at].id).collect::<Posts>();
        self.compare("home", name, &got & &tops, wanted);
        let none_hidden = self.wanted(Some(viewer), |s| got.contains(&s.id));
        self.compare("home at large", name, got, none_hidden);
        let kept = self.kept.get(&viewer).cloned().unwrap_or_default();
        let wanted = self.wanted(Some(viewer), |s| kept.contains(&s.id));
        let likes = reactions::likes(&app, viewer, ALL).await.unwrap();
        self.compare("likes", name, contents(&likes.posts), wanted.clone());
        let bookmarks = reactions::bookmarks(&app, viewer, ALL).await.unwrap();
        self.compare("bookmarks", name, contents(&bookmarks.posts), wanted);
        // Exchanges of one post each: what is in none of them may not be seen.
        let talks = conversations::conversations(&app, viewer, ALL).await.unwrap();
        let got = talks.iter().filter_map(|(_, talk)| Some(talk.as_ref()?.last.post.id)).collect();
        let wanted = self.wanted(Some(viewer), |s| {
            s.audience == Audience::Direct && s.mentioned.contains(&viewer)
        });
        self.compare("conversations", name, got, wanted);
        let told = self.told.get(&viewer).cloned().unwrap_or_default();
        let wanted = self.wanted(Some(viewer), |s| told.contains(&s.id));
        let filter = notifications::Filter {
            kinds: vec![NotificationKind::Mention, NotificationKind::Comment],
            ..Default::default()
        };
        let read = notifications::notifications(&app, viewer, &filter, ALL).await.unwrap();
        let got = read.told.iter().filter_map(|told| Some(told.post.as_ref()?.post.id)).collect();
        self.compare("notifications", name, got, wanted);
    }

    /// What may not be seen cannot be touched, and touching it tells no more than an id that never was.
    async fn check_verbs(&mut self) {
        let app = self.world.app.clone();
        for (name, viewer) in self.viewers.clone() {
            let Some(viewer) = viewer else { continue };
            for at in self.named("top") {
                let id = self.subjects[at].id;
                let may = self.may(Some(viewer), &self.subjects[at]);
                let gone = |answer: Result<Seen, ReactionError>| {
                    !matches!(answer, Err(ReactionError::NotFound))
                };
                let answers = [
                    ("like", gone(reactions::like(&app, viewer, id).await)),
                    ("bookmark", gone(reactions::bookmark(&app, viewer, id).await)),
                    ("share", gone(reactions::share(&app, viewer, id, None, None).await)),
                    ("pin", gone(reactions::pin(&app, viewer, id).await)),
                    ("mute", gone(reactions::mute_conversation(&app, viewer, id).await)),
                    ("unlike", gone(reactions::unlike(&app, viewer, id).await)),
                    ("unbookmark", gone(reactions::unbookmark(&app, viewer, id).await)),
                    ("unmute", gone(reactions::unmute_conversation(&app, viewer, id).await)),
                ];
                for (surface, touched) in answers {
                    self.agree(surface, name, at, touched, may);
                }
                let answer = draft("an answer".to_owned(), Audience::Direct, Some(id));
                let answered = self.world.publish(viewer, answer).await;
                let refused = matches!(answered, Err(PublishError::NoParent));
                self.agree("answer", name, at, !refused, may);
            }
        }
    }

    fn verdict(self) {
        assert!(self.asked > 1_000, "only {} questions were asked", self.asked);
        let (wrong, asked) = (&self.wrong, self.asked);
        assert!(wrong.is_empty(), "{} of {asked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

async fn impressions(app: &App, posts: &[Id<Post>]) -> Vec<u64> {
    let mut all = Vec::new();
    for list in app.graph.lists::<InsightOf>(posts, Page::newest(2)).await.unwrap() {
        assert!(list.len() < 2, "a post has one insight");
        let Some(link) = list.first() else {
            all.push(0);
            continue;
        };
        all.push(app.graph.get(link.to).await.unwrap().unwrap().total.impressions.all());
    }
    all
}

async fn oracle(world: World) {
    let mut town = Town::build(world).await;
    town.check().await;
    town.lose_access().await;
    town.world.settle().await;
    town.check().await;
    town.check_verbs().await;
    town.verdict();
}

#[tokio::test]
async fn z_2_to_z_11_every_surface_shows_each_viewer_what_the_model_says() {
    oracle(World::new().await).await;
}

#[tokio::test]
async fn z_13_every_surface_shows_the_same_without_caches() {
    oracle(World::uncached().await).await;
}

/// Each standing that staff may give, and back to none.
async fn standings(world: World) {
    let mut town = Town::build(world).await;
    town.lose_access().await;
    let app = town.world.app.clone();
    let by = Powers::operator();
    for measure in [Measure::Limit, Measure::Freeze, Measure::Suspend] {
        let ruling = Ruling { measures: vec![measure], ..Ruling::default() };
        decide(&app, &by, Target::Account(town.ada), ruling).await.unwrap();
        town.world.settle().await;
        town.standing = Some(measure);
        town.check().await;
        lift(&app, &by, town.ada, measure, "").await.unwrap();
        town.world.settle().await;
        town.standing = None;
    }
    town.check().await;
    let ruling = Ruling { measures: vec![Measure::Limit], ..Ruling::default() };
    decide(&app, &by, Target::Account(town.ada), ruling).await.unwrap();
    town.world.settle().await;
    town.standing = Some(Measure::Limit);
    town.check_verbs().await;
    town.verdict();
}

#[tokio::test]
async fn z_12_a_limited_frozen_or_suspended_author_is_so_on_every_surface() {
    standings(World::new().await).await;
}

#[tokio::test]
async fn z_12_standings_hold_without_caches() {
    standings(World::uncached().await).await;
}

#[tokio::test]
async fn z_3_lost_access_holds_on_every_surface_before_any_job_runs() {
    let mut town = Town::build(World::new().await).await;
    town.check().await;
    assert!(town.wrong.is_empty(), "{}", town.wrong.join("\n"));
    town.lose_access().await;
    town.check().await;
    // Lists that a job mends may still hold an open post, and search what was said before; nothing hidden shows.
    let names: HashMap<&str, Option<Id<Account>>> = town.viewers.iter().copied().collect();
    let hidden = |line: &&String| {
        let Some((_, rest)) = line.split_once(": ") else { return true };
        let Some((viewer, post)) = rest.split_once(" sees ") else { return false };
        let subject = town.subjects.iter().find(|subject| subject.name == post);
        subject.is_none_or(|subject| !town.may(names[viewer], subject))
    };
    let leaks: Vec<_> = town.wrong.iter().filter(hidden).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
