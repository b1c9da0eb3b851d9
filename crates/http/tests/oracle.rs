//! The oracle at the border: what each viewer gets of each post from every route that shows posts, against a model
//! that is one `match`. A post is found in an answer by a word of its text, wherever in the answer it stands; what is
//! hidden must look, byte for byte, like what never was.

use axum::{Router, body::Body, http::Request};
use graph::Id;
use http_body_util::BodyExt;
use serde_json::Value;
use social::{
    accounts::model::Account,
    apps::{self, Scopes},
    insight::{self, Looks},
    media::{self, pipeline::Purpose},
    moderation::{Ruling, Target, decide, lift, model::Measure},
    notifications,
    posts::{self, Draft, model::Audience, model::Post},
    profiles, reactions, relations,
    staff::Powers,
    testing::World,
    trends,
};
use sociosphere_http::{HttpOptions, router};
use tower::ServiceExt;

const AUDIENCES: [Audience; 4] =
    [Audience::Public, Audience::Unlisted, Audience::Followers, Audience::Direct];
const PNG: &[u8] = include_bytes!("../assets/avatar.png");

struct Viewer {
    name: &'static str,
    account: Option<Id<Account>>,
    token: String,
    /// Links of pictures that this viewer was given while everything was allowed.
    links: Vec<(usize, String)>,
}

/// A post, as the model knows it.
struct Subject {
    id: Id<Post>,
    word: String,
    audience: Audience,
    mentioned: Vec<Id<Account>>,
    /// An open answer under it.
    child: Option<Id<Post>>,
    media: Option<Id<media::model::Media>>,
}

impl Subject {
    fn is_top(&self) -> bool {
        self.media.is_some()
    }
}

struct Town {
    world: World,
    router: Router,
    ada: Id<Account>,
    sharer: Id<Account>,
    root: Id<Post>,
    /// A post of another that the author likes.
    liked: Id<Post>,
    viewers: Vec<Viewer>,
    subjects: Vec<Subject>,
    followers: Vec<Id<Account>>,
    blocked: Vec<Id<Account>>,
    /// Who was mentioned, and may have been told: also those who are edited out later.
    told: Vec<Id<Account>>,
    /// What each viewer liked and kept while it was allowed.
    kept: Vec<(Id<Account>, Id<Post>)>,
    wrong: Vec<String>,
    asked: usize,
    /// What staff decided about the author.
    standing: Option<Measure>,
}

fn draft(text: String, audience: Audience, reply_to: Option<Id<Post>>) -> Draft {
    Draft { text, audience: Some(audience), reply_to, ..Draft::default() }
}

impl Town {
    async fn build(world: World) -> Town {
        let (ada, sharer) = (world.person("ada").await, world.person("sharer").await);
        let router =
            router(world.app.clone(), HttpOptions { rate_limits: false, ..HttpOptions::default() })
                .expect("the usual URL");
        let nobody =
            Viewer { name: "anonymous", account: None, token: String::new(), links: Vec::new() };
        let mut viewers = vec![nobody];
        for name in ["stranger", "follower", "pending", "blocked", "mentioned"] {
            let account = world.person(name).await;
            world.follow(account, ada).await;
            world.follow(account, sharer).await;
            let all = Scopes::everything();
            let token = apps::issue(&world.app, None, Some(account), &all, None);
            let token = token.await.unwrap().token;
            viewers.push(Viewer { name, account: Some(account), token, links: Vec::new() });
        }
        let root = world.post(ada, "under this").await.post.id;
        let liked = world.post(sharer, "liked by the author").await.post.id;
        reactions::like(&world.app, ada, liked).await.unwrap();
        world.follow(ada, sharer).await;
        let mut town = Town {
            followers: viewers.iter().filter_map(|viewer| viewer.account).collect(),
            told: Vec::new(),
            world,
            router,
            ada,
            sharer,
            root,
            liked,
            viewers,
            subjects: Vec::new(),
            blocked: Vec::new(),
            kept: Vec::new(),
            wrong: Vec::new(),
            asked: 0,
            standing: None,
        };
        let change = |policy: &mut notifications::Policy| {
            policy.not_followers = notifications::Rule::Filter;
        };
        let holds = town.who("mentioned");
        notifications::change_policy(&town.world.app, holds, change).await.unwrap();
        town.told = ["stranger", "blocked", "mentioned"].map(|name| town.who(name)).to_vec();
        for audience in AUDIENCES {
            town.write(audience).await;
        }
        town.world.settle().await;
        // While everything is open, so that popularity is known of.
        town.world.advance(std::time::Duration::from_secs(5));
        trends::refresh(&town.world.app).await.unwrap();
        town.collect_links().await;
        town
    }

    async fn write(&mut self, audience: Audience) {
        let (app, world) = (self.world.app.clone(), &self.world);
        let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
        std::fs::write(file.path(), PNG).unwrap();
        let upload = media::upload(&app, self.ada, file.path(), Purpose::Attachment, "", None);
        let picture = upload.await.unwrap().id;
        let word = format!("top{audience:?}").to_lowercase();
        let mut top =
            draft(format!("lantern {word} @stranger @blocked @mentioned #oracle"), audience, None);
        top.media = vec![picture];
        let top = world.publish(self.ada, top).await.unwrap().post.id;
        let child = draft("an open answer".to_owned(), Audience::Public, Some(top));
        let child = world.publish(self.ada, child).await.unwrap().post.id;
        let under = format!("under{audience:?}").to_lowercase();
        // Its card says its word, too.
        let page = format!("https://cards.example/{under}");
        world.web.put(&page, "text/html", format!("<title>titled {under}</title>"));
        let answer = draft(format!("lantern {under} {page}"), audience, Some(self.root));
        let answer = world.publish(self.ada, answer).await.unwrap().post.id;
        if audience != Audience::Direct {
            reactions::pin(&app, self.ada, top).await.unwrap();
        }
        if audience.is_open() {
            reactions::share(&app, self.sharer, top, None, None).await.unwrap();
        }
        self.subjects.push(Subject {
            id: top,
            word,
            audience,
            mentioned: self.told.clone(),
            child: Some(child),
            media: Some(picture),
        });
        self.subjects.push(Subject {
            id: answer,
            word: under,
            audience,
            mentioned: Vec::new(),
            child: None,
            media: None,
        });
        for account in self.viewers.iter().filter_map(|viewer| viewer.account) {
            if self.may(Some(account), &self.subjects[self.subjects.len() - 2]) {
                reactions::like(&app, account, top).await.unwrap();
                reactions::bookmark(&app, account, top).await.unwrap();
                self.kept.push((account, top));
            }
            let looks = Looks { seen: vec![top, answer], viewed: vec![top], ..Looks::default() };
            insight::look(&app, account, &looks).await.unwrap();
        }
        insight::flush(&app).await.unwrap();
    }

    async fn collect_links(&mut self) {
        for at in 0..self.viewers.len() {
            for (index, subject) in self.subjects.iter().enumerate() {
                let path = format!("/api/v1/statuses/{}", subject.id);
                let (status, body) = self.get(&path, &self.viewers[at].token).await;
                if !subject.is_top() || status != 200 {
                    continue;
                }
                let post: Value = serde_json::from_slice(&body).unwrap();
                for form in ["url", "preview_url"] {
                    let link = post["media_attachments"][0][form].as_str().unwrap();
                    let path = link.strip_prefix("http://127.0.0.1:8420").unwrap().to_owned();
                    self.viewers[at].links.push((index, path));
                }
            }
        }
    }

    /// Access is lost in every way: removed, asking again, blocked, edited out.
    async fn lose_access(&mut self) {
        let app = self.world.app.clone();
        for gone in ["stranger", "pending", "mentioned"] {
            relations::remove_follower(&app, self.ada, self.who(gone)).await.unwrap();
        }
        relations::block(&app, self.ada, self.who("blocked")).await.unwrap();
        let lock = profiles::Changes { locked: Some(true), ..Default::default() };
        profiles::update(&app, self.ada, lock).await.unwrap();
        self.world.follow(self.who("pending"), self.ada).await;
        self.followers = vec![self.who("follower")];
        self.blocked = vec![self.who("blocked")];
        let left = vec![self.who("blocked"), self.who("mentioned")];
        for subject in self.subjects.iter_mut().filter(|subject| subject.is_top()) {
            let text = format!("lantern {} @blocked @mentioned #oracle", subject.word);
            let mut again = draft(text, subject.audience, None);
            again.media = subject.media.into_iter().collect();
            subject.mentioned = left.clone();
            posts::edit(&app, self.ada, subject.id, again).await.unwrap();
        }
        self.world.settle().await;
    }

    /// The model.
    fn may(&self, viewer: Option<Id<Account>>, post: &Subject) -> bool {
        let is_in = |set: &[Id<Account>]| viewer.is_some_and(|viewer| set.contains(&viewer));
        if is_in(&self.blocked) || !self.shows(viewer) {
            return false;
        }
        match post.audience {
            Audience::Public | Audience::Unlisted => true,
            Audience::Followers => is_in(&self.followers) || is_in(&post.mentioned),
            Audience::Direct => is_in(&post.mentioned),
        }
    }

    /// Whether the author's standing lets a viewer see anything of theirs.
    fn shows(&self, viewer: Option<Id<Account>>) -> bool {
        match self.standing {
            Some(Measure::Suspend) => false,
            Some(Measure::Limit) => viewer.is_some_and(|viewer| self.followers.contains(&viewer)),
            _ => true,
        }
    }

    /// Staff decide about the author; whoever still sees pictures is given new links.
    async fn stand(&mut self, measure: Measure) {
        let ruling = Ruling { measures: vec![measure], ..Ruling::default() };
        let (app, by) = (self.world.app.clone(), Powers::operator());
        decide(&app, &by, Target::Account(self.ada), ruling).await.unwrap();
        self.world.settle().await;
        self.standing = Some(measure);
        self.renew_links().await;
    }

    async fn renew_links(&mut self) {
        for viewer in self.viewers.iter_mut().filter(|viewer| viewer.name == "follower") {
            viewer.links.clear();
        }
        self.collect_links().await;
    }

    async fn lift(&mut self, measure: Measure) {
        lift(&self.world.app, &Powers::operator(), self.ada, measure, "").await.unwrap();
        self.world.settle().await;
        self.standing = None;
        self.renew_links().await;
    }

    fn who(&self, name: &str) -> Id<Account> {
        self.viewers.iter().find(|viewer| viewer.name == name).unwrap().account.unwrap()
    }

    async fn get(&self, path: &str, token: &str) -> (u16, Vec<u8>) {
        self.send("GET", path, token).await
    }

    /// Status and body of an answer, with the headers in front and without what names the request.
    async fn send(&self, method: &str, path: &str, token: &str) -> (u16, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes().to_vec();
        assert!(status < 500, "{method} {path}: {status}");
        match serde_json::from_slice::<Value>(&body) {
            Ok(mut json) if json.get("request_id").is_some() => {
                json.as_object_mut().unwrap().remove("request_id");
                (status, serde_json::to_vec(&json).unwrap())
            }
            _ => (status, body),
        }
    }

    /// A route that shows many: exactly the wanted words stand in its answer.
    async fn many(&mut self, at: usize, path: &str, wanted: impl Fn(&Town, &Subject) -> bool) {
        let (name, token) = (self.viewers[at].name, self.viewers[at].token.clone());
        let account = self.viewers[at].account;
        let (status, body) = self.get(path, &token).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        for subject in &self.subjects {
            self.asked += 1;
            let got = text.contains(&subject.word);
            let should = self.may(account, subject) && wanted(self, subject);
            if got != should {
                let verb = if got { "sees" } else { "lacks" };
                self.wrong.push(format!("{path} ({status}): {name} {verb} {}", subject.word));
            }
        }
    }

    /// A route of one post: 200, or the very answer that an id gets which never was.
    async fn one(&mut self, at: usize, method: &str, path: &str, subject: usize, may: bool) {
        let (name, token) = (self.viewers[at].name, self.viewers[at].token.clone());
        let id = self.subjects[subject].id.to_string();
        let never: Id<Post> = self.world.app.id();
        let (status, body) = self.send(method, &path.replace("{}", &id), &token).await;
        let other = self.send(method, &path.replace("{}", &never.to_string()), &token).await;
        let word = self.subjects[subject].word.clone();
        self.asked += 1;
        if may && (status == 401 || status == 404) {
            self.wrong.push(format!("{method} {path}: {name} lacks {word} ({status})"));
        }
        if !may && (status, &body) != (other.0, &other.1) {
            let (a, b) = (String::from_utf8_lossy(&body), String::from_utf8_lossy(&other.1));
            let says = format!("{status} {a} instead of {} {b}", other.0);
            self.wrong.push(format!("{method} {path}: {name} learns of {word}: {says}"));
        }
        if !may && !matches!(status, 401 | 404) {
            self.wrong.push(format!("{method} {path}: {name} gets {status} of {word}"));
        }
    }

    async fn check(&mut self) {
        // What is of this moment waits for the next refresh.
        self.world.advance(std::time::Duration::from_secs(5));
        trends::refresh(&self.world.app).await.unwrap();
        for at in 0..self.viewers.len() {
            self.check_open_lists(at).await;
            self.check_people(at).await;
            if self.viewers[at].account.is_some() {
                self.check_own_lists(at).await;
            }
            self.check_each(at).await;
            self.check_pictures(at).await;
        }
    }

    async fn check_open_lists(&mut self, at: usize) {
        let of = format!("/api/v1/accounts/{}/statuses?limit=40", self.ada);
        self.many(at, &of, |_, _| true).await;
        self.many(at, &format!("{of}&only_media=true"), |_, s| s.is_top()).await;
        self.many(at, &format!("{of}&exclude_replies=true"), |_, _| true).await;
        self.many(at, &format!("{of}&exclude_reblogs=true"), |_, _| true).await;
        self.many(at, &format!("{of}&tagged=Oracle"), |_, s| s.is_top()).await;
        self.many(at, &format!("{of}&pinned=true"), |_, s| {
            s.is_top() && s.audience != Audience::Direct
        })
        .await;
        let shared = format!("/api/v1/accounts/{}/statuses", self.sharer);
        self.many(at, &shared, |_, s| s.is_top() && s.audience.is_open()).await;
        for path in ["public?limit=40", "public?local=true", "tag/oracle", "tag/Oracle?local=true"]
        {
            self.many(at, &format!("/api/v1/timelines/{path}"), |_, s| {
                s.is_top() && s.audience == Audience::Public
            })
            .await;
        }
        let ids: Vec<_> = self.subjects.iter().map(|s| format!("id[]={}", s.id)).collect();
        self.many(at, &format!("/api/v1/statuses?{}", ids.join("&")), |_, _| true).await;
        // For nobody, followers neither, while staff keep the author back.
        self.many(at, "/api/v1/trends/statuses?limit=40", |town, s| {
            s.is_top() && s.audience == Audience::Public && town.standing.is_none()
        })
        .await;
        for path in ["trends/links", "trends/tags", "directory"] {
            self.many(at, &format!("/api/v1/{path}?limit=20"), |_, _| false).await;
        }
        let account = self.viewers[at].account;
        for query in ["lantern", "from:ada", "lantern%20from:ada&type=statuses"] {
            // What is not public is found by those it names, not by all who may see it.
            self.many(at, &format!("/api/v2/search?limit=40&q={query}"), |town, s| {
                let named = account.is_some_and(|account| s.mentioned.contains(&account));
                let limited = town.standing == Some(Measure::Limit);
                s.audience == Audience::Public && !limited || named
            })
            .await;
        }
        let context = format!("/api/v1/statuses/{}/context", self.root);
        self.many(at, &context, |_, s| !s.is_top()).await;
        for index in 0..self.subjects.len() {
            let Some(child) = self.subjects[index].child else { continue };
            let word = self.subjects[index].word.clone();
            let context = format!("/api/v1/statuses/{child}/context");
            self.many(at, &context, |_, s| s.word == word).await;
            self.check_parent(at, index, child).await;
        }
    }

    /// Where people are listed and proposed: the author stands there for whom the model says.
    async fn check_people(&mut self, at: usize) {
        let (name, account) = (self.viewers[at].name, self.viewers[at].account);
        let token = self.viewers[at].token.clone();
        let blocked = account.is_some_and(|account| self.blocked.contains(&account));
        let open = self.standing.is_none() && !blocked;
        let near = account.is_some_and(|account| self.followers.contains(&account));
        // Who asked to follow waits.
        let strange = account.is_some() && !near && name != "pending";
        // Who keeps back whom: a block hides a like, and no name in a list of followers.
        let listed = match self.standing {
            Some(Measure::Suspend) => false,
            Some(Measure::Limit) => near,
            _ => true,
        };
        let seen = listed && !blocked;
        let mut cases = vec![
            ("/api/v1/directory?limit=80".to_owned(), open),
            ("/api/v1/directory?order=new&limit=80".to_owned(), open),
            (format!("/api/v1/accounts/{}/followers", self.sharer), listed),
            (format!("/api/v1/statuses/{}/favourited_by", self.liked), seen),
        ];
        if account.is_some() {
            cases.push(("/api/v1/accounts/search?q=ad&limit=40".to_owned(), seen));
            cases.push(("/api/v2/suggestions?limit=80".to_owned(), open && strange));
            cases.push(("/api/v1/suggestions?limit=80".to_owned(), open && strange));
        }
        for (path, should) in cases {
            let (status, body) = self.get(&path, &token).await;
            let got = String::from_utf8_lossy(&body).contains("\"acct\":\"ada\"");
            self.asked += 1;
            if got != should {
                let verb = if got { "is shown" } else { "lacks" };
                self.wrong.push(format!("{path} ({status}): {name} {verb} ada"));
            }
        }
    }

    /// An open answer does not tell what it answers to who may not see that.
    async fn check_parent(&mut self, at: usize, index: usize, child: Id<Post>) {
        let (status, body) =
            self.get(&format!("/api/v1/statuses/{child}"), &self.viewers[at].token).await;
        let (account, name) = (self.viewers[at].account, self.viewers[at].name);
        let blocked = account.is_some_and(|account| self.blocked.contains(&account));
        if blocked || !self.shows(account) {
            return;
        }
        let post: Value = serde_json::from_slice(&body).unwrap();
        let may = self.may(account, &self.subjects[index]);
        self.asked += 1;
        let told = !post["in_reply_to_id"].is_null() || !post["in_reply_to_account_id"].is_null();
        if status != 200 || told != may {
            let word = &self.subjects[index].word;
            self.wrong.push(format!("{name} is told the parent {word}: {told}"));
        }
    }

    async fn check_own_lists(&mut self, at: usize) {
        let account = self.viewers[at].account.unwrap();
        let follows = self.followers.contains(&account);
        self.many(at, "/api/v1/timelines/home?limit=40", |_, s| {
            let shared = s.is_top() && s.audience.is_open();
            shared || follows && s.audience != Audience::Direct
        })
        .await;
        for path in ["/api/v1/favourites?limit=40", "/api/v1/bookmarks?limit=40"] {
            self.many(at, path, |town, s| town.kept.contains(&(account, s.id))).await;
        }
        for table in ["account", "account.csv", "posts.csv"] {
            let path = format!("/api/sociosphere/v1/insights/{table}?days=7");
            self.many(at, &path, |_, _| false).await;
        }
        let told = self.told.contains(&account);
        let held = account == self.who("mentioned");
        for path in ["v1/notifications?limit=40", "v2/notifications?limit=40"] {
            for which in ["", "&types[]=mention"] {
                let path = format!("/api/{path}{which}");
                self.many(at, &path, |_, s| s.is_top() && told && !held).await;
                let path = format!("{path}&include_filtered=true");
                self.many(at, &path, |_, s| s.is_top() && told).await;
            }
        }
        // The newest that may still be seen stands for a request.
        self.many(at, "/api/v1/notifications/requests", |town, s| {
            let seen = |one: &&Subject| one.is_top() && town.may(Some(account), one);
            held && town.subjects.iter().rfind(seen).is_some_and(|newest| newest.id == s.id)
        })
        .await;
    }

    async fn check_each(&mut self, at: usize) {
        let account = self.viewers[at].account;
        for index in 0..self.subjects.len() {
            let may = self.may(account, &self.subjects[index]);
            for path in ["", "/context", "/history", "/favourited_by", "/reblogged_by"] {
                self.one(at, "GET", &format!("/api/v1/statuses/{{}}{path}"), index, may).await;
            }
            // The source is its author's alone; so is every change.
            self.one(at, "GET", "/api/v1/statuses/{}/source", index, false).await;
            // So is how it was seen.
            self.one(at, "GET", "/api/sociosphere/v1/insights/posts/{}", index, false).await;
            self.one(at, "DELETE", "/api/v1/statuses/{}", index, false).await;
        }
    }

    async fn check_pictures(&mut self, at: usize) {
        let (name, account) = (self.viewers[at].name, self.viewers[at].account);
        let token = self.viewers[at].token.clone();
        for (index, link) in self.viewers[at].links.clone() {
            let subject = &self.subjects[index];
            let mut cases = vec![
                // Whoever has the link is the one it was made for.
                (link.clone(), self.may(account, subject) || self.may(None, subject)),
                (link.split('?').next().unwrap().to_owned(), self.may(None, subject)),
            ];
            if let Some((bare, _)) = link.split_once("&m=") {
                cases.push((format!("{bare}&m=AAAAAAAAAAAAAAAAAAAAAA"), false));
            }
            for (path, may) in cases {
                self.asked += 1;
                let (status, _) = self.get(&path, "").await;
                if (status == 200) != may || !matches!(status, 200 | 404) {
                    let word = &self.subjects[index].word;
                    self.wrong.push(format!("{path} of {word}: {name} gets {status}"));
                }
            }
        }
        let never: Id<Post> = self.world.app.id();
        for index in 0..self.subjects.len() {
            let Some(media) = self.subjects[index].media else { continue };
            let got = self.get(&format!("/api/v1/media/{media}"), &token).await;
            let other = self.get(&format!("/api/v1/media/{never}"), &token).await;
            self.asked += 1;
            if got != other || !matches!(got.0, 401 | 404) {
                self.wrong.push(format!("/api/v1/media: {name} gets {} of another's", got.0));
            }
        }
    }

    /// What may not be seen cannot be touched, and touching it tells nothing (Z-10).
    async fn check_verbs(&mut self) {
        const VERBS: [&str; 10] = [
            "favourite",
            "unfavourite",
            "bookmark",
            "unbookmark",
            "reblog",
            "unreblog",
            "mute",
            "unmute",
            "pin",
            "unpin",
        ];
        for at in 0..self.viewers.len() {
            let account = self.viewers[at].account;
            for index in 0..self.subjects.len() {
                let may = account.is_some() && self.may(account, &self.subjects[index]);
                for verb in VERBS {
                    // Sharing what is not open is refused to those who may see it, in a way of its own.
                    let path = format!("/api/v1/statuses/{{}}/{verb}");
                    self.one(at, "POST", &path, index, may).await;
                }
            }
        }
    }

    fn verdict(self) {
        assert!(self.asked > 1_000, "only {} questions were asked", self.asked);
        let (wrong, asked) = (&self.wrong, self.asked);
        assert!(wrong.is_empty(), "{} of {asked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

async fn oracle(world: World) {
    let mut town = Town::build(world).await;
    town.check().await;
    town.lose_access().await;
    town.check().await;
    town.check_verbs().await;
    town.verdict();
}

#[tokio::test]
async fn z_2_to_z_11_every_route_answers_each_viewer_as_the_model_says() {
    oracle(World::new().await).await;
}

/// Each standing that staff may give to the author, and what none of them leaves behind.
async fn standings(world: World) {
    let mut town = Town::build(world).await;
    town.lose_access().await;
    for measure in [Measure::Limit, Measure::Freeze, Measure::Suspend] {
        town.stand(measure).await;
        town.check().await;
        town.lift(measure).await;
    }
    town.check().await;
    // Last, for it takes likes and bookmarks back.
    town.stand(Measure::Limit).await;
    town.check_verbs().await;
    town.verdict();
}

#[tokio::test]
async fn z_12_a_limited_frozen_or_suspended_author_is_so_on_every_route() {
    standings(World::new().await).await;
}

#[tokio::test]
async fn z_13_every_route_answers_the_same_without_caches() {
    oracle(World::uncached().await).await;
}
