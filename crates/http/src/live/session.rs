//! One connection's side of live streams, whatever carries it: what it subscribed to, and what each nudge means for its
//! viewer now.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use engine::bus::Message;
use graph::Id;
use serde::Deserialize;
use social::{
    accounts::may_act,
    announcements, conversations,
    fault::Fault,
    notifications::{self, model::Notification},
    posts::{Place as Where, Seen, model::Post, see},
    timelines::belongs_home,
};
use tokio::{
    sync::mpsc,
    time::{Interval, MissedTickBehavior, interval},
};

use super::{
    figures::{Ending, Open, Transport},
    hub::Place,
    stream::{Asked, Refusal, StreamName},
};
use crate::{
    Shared,
    auth::{Person, Viewer, identify},
    limits::ClientKey,
    mastodon::{announcement_view, render_conversations},
    problem::Problem,
    views::{render_notifications, render_post},
};

/// Most streams of one connection.
const STREAMS: usize = 100;
/// How often it is asked whether the viewer may still listen. A nudge asks at once.
const RECHECK: Duration = Duration::from_millis(1_000);

/// Something for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Of which stream.
    pub stream: Vec<String>,
    /// `update`, `status.update`, `delete`, `notification`, `conversation`, `announcement`, `announcement.delete`.
    pub event: &'static str,
    /// JSON, or an id.
    pub payload: String,
    /// What it is about.
    pub id: Id<()>,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Something of a stream.
    Event(Event),
    /// A nudge that no stream understands: on a topic that the front end listens to itself.
    Nudge(Arc<Message>),
    /// Something was missed, and the connection goes on: it has to read again.
    Missed,
}

/// Who listens, and by what right.
#[derive(Clone, Debug)]
pub struct Standing {
    /// They.
    pub person: Person,
    /// Their token.
    pub token: String,
}

/// One connection.
pub struct Session {
    /// The site.
    pub site: Shared,
    /// Who listens.
    pub standing: Standing,
    place: Place,
    nudges: mpsc::Receiver<Arc<Message>>,
    streams: Vec<StreamName>,
    ready: VecDeque<Event>,
    /// Heard and not yet understood: stays when [`Session::next`] is dropped meanwhile.
    heard: Option<Arc<Message>>,
    resyncs: bool,
    recheck: Interval,
    open: Open,
}

#[derive(Deserialize)]
struct Nudge {
    kind: String,
    id: Id<()>,
    /// Folded keys, on the topic of tags.
    #[serde(default)]
    tags: Vec<String>,
}

impl Session {
    /// For somebody who may listen.
    pub async fn open(
        site: Shared,
        standing: Standing,
        transport: Transport,
        address: Option<ClientKey>,
    ) -> Result<Session, Problem> {
        let (account, resyncs) = (standing.person.account, transport.resyncs());
        let (mut place, nudges) =
            site.hub.place(&site.app.engines.bus, account, address, resyncs).await?;
        place.listen(format!("live:access:{account}"));
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (streams, ready, open) = (Vec::new(), VecDeque::new(), Open::new(transport));
        Ok(Session {
            site,
            standing,
            place,
            nudges,
            streams,
            ready,
            heard: None,
            resyncs,
            recheck,
            open,
        })
    }

    /// Says why the connection ends, for the figures.
    pub fn ends(&mut self, why: Ending) {
        self.open.why = why;
    }

    /// Adds a stream; one that is there already stays as it is.
    pub fn subscribe(&mut self, name: &str, asked: &Asked) -> Result<(), Refusal> {
        let stream = StreamName::parse(name, asked)?;
        if self.standing.person.scopes_cover(stream.scope()).is_err() {
            return Err(Refusal::OutsideScopes);
        }
        if self.streams.contains(&stream) {
            return Ok(());
        }
        if self.streams.len() == STREAMS {
            return Err(Refusal::TooMany);
        }
        for topic in stream.topics(self.standing.person.account) {
            self.place.listen(topic);
        }
        self.streams.push(stream);
        Ok(())
    }

    /// Takes a stream away.
    pub fn unsubscribe(&mut self, name: &str, asked: &Asked) -> Result<(), Refusal> {
        let stream = StreamName::parse(name, asked)?;
        if let Some(index) = self.streams.iter().position(|known| *known == stream) {
            self.streams.remove(index);
            for topic in stream.topics(self.standing.person.account) {
                self.place.ignore(&topic);
            }
        }
        Ok(())
    }

    /// Listens to a topic of the front end's own.
    pub fn listen(&mut self, topic: String) {
        self.place.listen(topic);
    }

    /// Stops listening to one.
    pub fn ignore(&mut self, topic: &str) {
        self.place.ignore(topic);
    }

    /// The next event of a stream; `None` when the connection has to close.
    pub async fn next_event(&mut self) -> Option<Event> {
        loop {
            match self.next().await? {
                Next::Event(event) => return Some(event),
                Next::Nudge(_) | Next::Missed => {}
            }
        }
    }

    /// What comes next; `None` when the connection has to close. Nothing is lost if this is dropped before it is done.
    pub async fn next(&mut self) -> Option<Next> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Next::Event(event));
            }
            if let Some(message) = self.heard.clone() {
                let foreign = Box::pin(self.hear(&message)).await?;
                self.heard = None;
                match foreign {
                    true => return Some(Next::Nudge(message)),
                    false => continue,
                }
            }
            tokio::select! {
                biased;
                () = self.place.missed() => {
                    if self.resyncs {
                        while self.nudges.try_recv().is_ok() {}
                        return Some(Next::Missed);
                    }
                    self.ends(Ending::Slow);
                    return None;
                }
                _ = self.recheck.tick() => self.check().await?,
                message = self.nudges.recv() => self.heard = Some(message?),
            }
        }
    }

    /// What a nudge means for this viewer's streams, and whether it means something else; `None` to close.
    async fn hear(&mut self, message: &Message) -> Option<bool> {
        let known = ["access", "home", "notify", "direct", "public", "tags", "announcements"];
        let word = message.topic.split(':').nth(1).filter(|word| known.contains(word));
        let Some(word) = word else { return Some(true) };
        let Ok(nudge) = serde_json::from_slice::<Nudge>(&message.body) else { return Some(false) };
        let events = match word {
            "access" => return self.check().await.map(|()| false),
            "home" => self.home(&nudge).await,
            "notify" => self.notification(&nudge).await,
            "direct" => self.conversation(&nudge).await,
            "public" => self.public(&nudge, false).await,
            "tags" => self.public(&nudge, true).await,
            _ => self.announcement(&nudge).await,
        };
        match events {
            Ok(events) => self.ready.extend(events),
            // An engine is away: the client reads again when it is back.
            Err(error) => tracing::warn!("a live event was not read: {error}"),
        }
        Some(false)
    }

    /// Whether it goes on.
    pub async fn check(&mut self) -> Option<()> {
        if self.may_listen().await {
            return Some(());
        }
        self.ends(Ending::Access);
        None
    }

    async fn home(&self, nudge: &Nudge) -> Result<Vec<Event>, Fault> {
        let streams = self.matching(|stream| matches!(stream, StreamName::User));
        if nudge.kind == "delete" || streams.is_empty() {
            return Ok(deleted(streams, nudge));
        }
        let seen =
            belongs_home(&self.site.app, self.standing.person.account, nudge.id.cast()).await?;
        self.shown(streams, nudge, seen).await
    }

    async fn public(&self, nudge: &Nudge, tagged: bool) -> Result<Vec<Event>, Fault> {
        let gone = nudge.kind == "delete";
        let wants = |stream: &StreamName| match stream {
            StreamName::Public(..) => !tagged,
            // Deletions are told on the public topic alone.
            StreamName::Tag(_, _, key) => nudge.tags.contains(key) || gone && !tagged,
            _ => false,
        };
        let streams = self.matching(wants);
        if gone || streams.is_empty() {
            return Ok(deleted(streams, nudge));
        }
        let id: Id<Post> = nudge.id.cast();
        let seen =
            see(&self.site.app, Some(self.standing.person.account), &[id], Where::Listed).await?;
        let seen = seen.into_iter().next().flatten();
        let has_media = seen.as_ref().is_some_and(|seen| !seen.content().media.is_empty());
        let streams = self.matching(|stream| {
            wants(stream) && (has_media || !matches!(stream, StreamName::Public(_, true)))
        });
        self.shown(streams, nudge, seen).await
    }

    async fn notification(&self, nudge: &Nudge) -> Result<Vec<Event>, Fault> {
        if self.standing.person.scopes_cover("read:notifications").is_err() {
            return Ok(Vec::new());
        }
        let streams =
            self.matching(|stream| matches!(stream, StreamName::User | StreamName::Notifications));
        let (app, reader) = (&self.site.app, self.standing.person.account);
        let id: Id<Notification> = nudge.id.cast();
        let Some(told) = notifications::read_one(app, reader, id).await? else {
            return Ok(Vec::new());
        };
        if self.standing.person.session.is_none() && told.notification.kind.row().ours {
            return Ok(Vec::new());
        }
        let made = render_notifications(&self.site, reader, &[told]).await?.concat();
        let payload = String::from_utf8_lossy(&made).into_owned();
        Ok(each(streams, "notification", nudge, &payload))
    }

    async fn conversation(&self, nudge: &Nudge) -> Result<Vec<Event>, Fault> {
        let streams = self.matching(|stream| matches!(stream, StreamName::Direct));
        let (app, reader) = (&self.site.app, self.standing.person.account);
        let talk = conversations::conversation(app, reader, nudge.id.cast()).await?;
        let Some(talk) = talk else { return Ok(Vec::new()) };
        let made = render_conversations(&self.site, reader, &[talk]).await?.concat();
        Ok(each(streams, "conversation", nudge, &String::from_utf8_lossy(&made)))
    }

    async fn announcement(&self, nudge: &Nudge) -> Result<Vec<Event>, Fault> {
        let streams = self.matching(|stream| matches!(stream, StreamName::User));
        let (told, shown) = announcements::shown_one(&self.site.app, nudge.id.cast()).await?;
        Ok(match shown {
            Some(shown) => {
                let made = announcement_view(&self.site, &shown);
                let made = serde_json::to_string(&made).unwrap_or_default();
                each(streams, "announcement", nudge, &made)
            }
            None if told => each(streams, "announcement.delete", nudge, &nudge.id.to_string()),
            // A draft is nobody's business.
            None => Vec::new(),
        })
    }

    async fn shown(
        &self,
        streams: Vec<Vec<String>>,
        nudge: &Nudge,
        seen: Option<Seen>,
    ) -> Result<Vec<Event>, Fault> {
        let Some(seen) = seen else { return Ok(Vec::new()) };
        let event = match nudge.kind.as_str() {
            "update" => "update",
            "edit" => "status.update",
            _ => return Ok(Vec::new()),
        };
        let made = render_post(&self.site, Some(self.standing.person.account), &seen).await?;
        Ok(each(streams, event, nudge, &String::from_utf8_lossy(&made)))
    }

    fn matching(&self, wanted: impl Fn(&StreamName) -> bool) -> Vec<Vec<String>> {
        self.streams.iter().filter(|stream| wanted(stream)).map(StreamName::shown).collect()
    }

    /// Whether the viewer may still listen: the token is not revoked, the device not signed out, the account not
    /// suspended. An access token that ran out does not matter while its session lives.
    async fn may_listen(&mut self) -> bool {
        let Some(session) = self.standing.person.session else {
            return match identify(&self.site, &self.standing.token).await {
                Ok(Viewer::Person(person)) => {
                    let same = person.account == self.standing.person.account;
                    self.standing.person = person;
                    same
                }
                Ok(_) => false,
                Err(problem) => problem.status().is_server_error(),
            };
        };
        let graph = &self.site.app.graph;
        let session = match graph.get(session).await {
            Ok(Some(session)) => session,
            Ok(None) => return false,
            Err(_) => return true,
        };
        match may_act(&self.site.app, session.account, false).await {
            Ok(acting) => {
                self.standing.person.frozen = acting.login.frozen;
                session.epoch == acting.login.epoch && session.expires_ms > self.site.app.now_ms()
            }
            Err(social::accounts::Refusal::Fault(_)) => true,
            Err(_) => false,
        }
    }
}

fn deleted(streams: Vec<Vec<String>>, nudge: &Nudge) -> Vec<Event> {
    if nudge.kind == "delete" {
        each(streams, "delete", nudge, &nudge.id.to_string())
    } else {
        Vec::new()
    }
}

fn each(
    streams: Vec<Vec<String>>,
    event: &'static str,
    nudge: &Nudge,
    payload: &str,
) -> Vec<Event> {
    let one = |stream| Event { stream, event, payload: payload.to_owned(), id: nudge.id };
    streams.into_iter().map(one).collect()
}
