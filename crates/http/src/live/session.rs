//! One connection's side of live streams, whatever carries it: what it subscribed to, and what each nudge means for its
//! viewer now.

use std::{collections::VecDeque, time::Duration};

use engine::bus::Message;
use graph::Id;
use serde::Deserialize;
use social::{
    accounts::may_act,
    fault::Fault,
    notifications::{self, model::Notification, model::NotificationKind},
    posts::{Place as Where, Seen, model::Post, see},
    timelines::belongs_home,
};
use tokio::{
    sync::mpsc,
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    figures::{Ending, Open, Transport},
    hub::Place,
    stream::{Asked, Refusal, StreamName},
};
use crate::{
    Shared,
    auth::{Person, Viewer, identify},
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
    /// `update`, `status.update`, `delete`, `notification`.
    pub event: &'static str,
    /// JSON, or an id.
    pub payload: String,
}

/// One connection.
pub struct Session {
    site: Shared,
    person: Person,
    token: String,
    place: Place,
    nudges: mpsc::Receiver<Message>,
    streams: Vec<StreamName>,
    ready: VecDeque<Event>,
    /// Heard and not yet understood: stays when [`Session::next`] is dropped meanwhile.
    heard: Option<Message>,
    closed: CancellationToken,
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
        person: Person,
        token: String,
        transport: Transport,
    ) -> Result<Session, Problem> {
        let (mut place, nudges) = site.hub.place(&site.app.engines.bus, person.account).await?;
        place.listen(format!("live:access:{}", person.account));
        let closed = place.closed();
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (streams, ready) = (Vec::new(), VecDeque::new());
        Ok(Session {
            site,
            person,
            token,
            place,
            nudges,
            streams,
            ready,
            heard: None,
            closed,
            recheck,
            open: Open::new(transport),
        })
    }

    /// Says why the connection ends, for the figures.
    pub fn ends(&mut self, why: Ending) {
        self.open.why = why;
    }

    /// Adds a stream; one that is there already stays as it is.
    pub fn subscribe(&mut self, name: &str, asked: &Asked) -> Result<(), Refusal> {
        let stream = StreamName::parse(name, asked)?;
        if self.person.scopes_cover(stream.scope()).is_err() {
            return Err(Refusal::OutsideScopes);
        }
        if self.streams.contains(&stream) {
            return Ok(());
        }
        if self.streams.len() == STREAMS {
            return Err(Refusal::TooMany);
        }
        for topic in stream.topics(self.person.account) {
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
            for topic in stream.topics(self.person.account) {
                self.place.ignore(&topic);
            }
        }
        Ok(())
    }

    /// The next thing for the client; `None` when the connection has to close. Nothing is lost if this is dropped
    /// before it is done.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if let Some(message) = self.heard.clone() {
                self.hear(&message).await?;
                self.heard = None;
                continue;
            }
            tokio::select! {
                biased;
                () = self.closed.cancelled() => {
                    self.ends(Ending::Slow);
                    return None;
                }
                _ = self.recheck.tick() => self.check().await?,
                message = self.nudges.recv() => self.heard = Some(message?),
            }
        }
    }

    /// What a nudge means for this viewer; `None` to close.
    async fn hear(&mut self, message: &Message) -> Option<()> {
        let Ok(nudge) = serde_json::from_slice::<Nudge>(&message.body) else { return Some(()) };
        let events = match message.topic.split(':').nth(1) {
            Some("access") => {
                return self.check().await;
            }
            Some("home") => self.home(&nudge).await,
            Some("notify") => self.notification(&nudge).await,
            Some("public") => self.public(&nudge, false).await,
            Some("tags") => self.public(&nudge, true).await,
            _ => Ok(Vec::new()),
        };
        match events {
            Ok(events) => self.ready.extend(events),
            // An engine is away: the client reads again when it is back.
            Err(error) => tracing::warn!("a live event was not read: {error}"),
        }
        Some(())
    }

    /// Whether it goes on.
    async fn check(&mut self) -> Option<()> {
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
        let seen = belongs_home(&self.site.app, self.person.account, nudge.id.cast()).await?;
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
        let seen = see(&self.site.app, Some(self.person.account), &[id], Where::Listed).await?;
        let seen = seen.into_iter().next().flatten();
        let has_media = seen.as_ref().is_some_and(|seen| !seen.content().media.is_empty());
        let streams = self.matching(|stream| {
            wants(stream) && (has_media || !matches!(stream, StreamName::Public(_, true)))
        });
        self.shown(streams, nudge, seen).await
    }

    async fn notification(&self, nudge: &Nudge) -> Result<Vec<Event>, Fault> {
        if self.person.scopes_cover("read:notifications").is_err() {
            return Ok(Vec::new());
        }
        let streams =
            self.matching(|stream| matches!(stream, StreamName::User | StreamName::Notifications));
        let (app, reader) = (&self.site.app, self.person.account);
        let id: Id<Notification> = nudge.id.cast();
        let Some(told) = notifications::read_one(app, reader, id).await? else {
            return Ok(Vec::new());
        };
        let kind = told.notification.kind;
        let ours = [NotificationKind::ReportDecided, NotificationKind::AppealDecided];
        if self.person.session.is_none() && ours.contains(&kind) {
            return Ok(Vec::new());
        }
        let made = render_notifications(&self.site, reader, &[told]).await?.concat();
        let payload = String::from_utf8_lossy(&made).into_owned();
        Ok(each(streams, "notification", &payload))
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
        let made = render_post(&self.site, Some(self.person.account), &seen).await?;
        Ok(each(streams, event, &String::from_utf8_lossy(&made)))
    }

    fn matching(&self, wanted: impl Fn(&StreamName) -> bool) -> Vec<Vec<String>> {
        self.streams.iter().filter(|stream| wanted(stream)).map(StreamName::shown).collect()
    }

    /// Whether the viewer may still listen: the token is not revoked, the device not signed out, the account not
    /// suspended. An access token that ran out does not matter while its session lives.
    async fn may_listen(&self) -> bool {
        let Some(session) = self.person.session else {
            return match identify(&self.site, &self.token).await {
                Ok(Viewer::Person(person)) => person.account == self.person.account,
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
                session.epoch == acting.login.epoch && session.expires_ms > self.site.app.now_ms()
            }
            Err(social::accounts::Refusal::Fault(_)) => true,
            Err(_) => false,
        }
    }
}

fn deleted(streams: Vec<Vec<String>>, nudge: &Nudge) -> Vec<Event> {
    if nudge.kind == "delete" { each(streams, "delete", &nudge.id.to_string()) } else { Vec::new() }
}

fn each(streams: Vec<Vec<String>>, event: &'static str, payload: &str) -> Vec<Event> {
    let one = |stream| Event { stream, event, payload: payload.to_owned() };
    streams.into_iter().map(one).collect()
}
