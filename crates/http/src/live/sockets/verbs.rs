//! What a client may ask for, each with its form. Chats go through the same verbs as by REST.

use graph::{Id, Writing};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use social::chats::{self, ChatError, NewMessage};

use super::{command::Answer, door::good, task::Live};
use crate::{
    auth::{Viewer, identify},
    body::read,
    limits::{self, Bucket, ClientKey},
    live::stream::{Asked, Refusal},
    mastodon::optional_id,
    problem::{Code, Problem},
    views::message_views,
};

#[derive(Deserialize)]
struct RenewForm {
    token: String,
}

#[derive(Deserialize)]
struct WatchForm {
    status_ids: Vec<String>,
}

#[derive(Deserialize)]
struct PeopleForm {
    account_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SendForm {
    chat_id: String,
    client_id: String,
    text: String,
    reply_to_id: Option<String>,
    media_ids: Vec<String>,
}

#[derive(Deserialize)]
struct PlaceForm {
    chat_id: String,
    number: u64,
}

#[derive(Deserialize)]
struct TypingForm {
    chat_id: String,
    typing: bool,
}

#[derive(Deserialize)]
struct ActiveForm {
    active: bool,
}

/// What a client has of the chats it holds, and its newest mark of the feeds.
#[derive(Deserialize)]
pub struct ResumeForm {
    /// The chats.
    #[serde(default)]
    pub chats: Vec<HeldChat>,
    /// The newest mark of the feeds.
    #[serde(default)]
    pub mark: Option<String>,
}

/// What a client has of a chat.
#[derive(Deserialize)]
pub struct HeldChat {
    /// It.
    pub id: String,
    /// Number of the newest message.
    pub number: u64,
    /// The newest mark of a change.
    #[serde(default)]
    pub mark: Option<String>,
}

impl Live {
    /// Does what an event of the client asks for.
    pub async fn follow(&mut self, name: &str, body: Option<Value>) -> Answer {
        let body = body.ok_or_else(|| Problem::of(Code::MalformedBody))?;
        if !body.is_object() {
            return Err(Problem::new(Code::MalformedBody, "An event carries one object"));
        }
        match name {
            "renew" => self.renew(form(body)?).await,
            "follow" => self.set_feed(&form(body)?, true),
            "unfollow" => self.set_feed(&form(body)?, false),
            "watch" => {
                self.may_read()?;
                let form: WatchForm = form(body)?;
                let ids = ids(&form.status_ids)?;
                self.watch(&ids).await.map(|()| Map::new())
            }
            "watch_people" => {
                self.may_read()?;
                let form: PeopleForm = form(body)?;
                let presence = self.watch_people(&ids(&form.account_ids)?).await?;
                Ok(Map::from_iter([("presence".to_owned(), Value::Array(presence))]))
            }
            "chat.send" => self.send(form(body)?).await,
            "chat.read" => {
                let form: PlaceForm = form(body)?;
                self.may_write(true)?;
                let chat = id(&form.chat_id)?;
                let read = chats::mark_read(self.app(), self.me(), chat, form.number).await?;
                Ok(Map::from_iter([("read_number".to_owned(), json!(read))]))
            }
            "chat.delivered" => {
                let form: PlaceForm = form(body)?;
                self.may_write(true)?;
                let chat = id(&form.chat_id)?;
                chats::mark_delivered(self.app(), self.me(), chat, form.number).await?;
                Ok(Map::new())
            }
            "chat.typing" => {
                let form: TypingForm = form(body)?;
                self.may_write(false)?;
                let chat = id(&form.chat_id)?;
                chats::tell_typing(self.app(), self.me(), chat, form.typing).await?;
                Ok(Map::new())
            }
            "resume" => {
                self.may_read()?;
                self.app().graph.catch_up(self.app().now_ms()).await;
                self.resume(form(body)?).await
            }
            "active" => {
                let form: ActiveForm = form(body)?;
                self.set_active(form.active);
                Ok(Map::new())
            }
            _ => Err(Problem::new(Code::BadRequest, "There is no such event")),
        }
    }

    async fn renew(&mut self, form: RenewForm) -> Answer {
        let invalid = || Problem::of(Code::InvalidToken);
        let token = good(form.token).ok_or_else(invalid)?;
        match identify(&self.session.site, &token).await? {
            Viewer::Person(person) if person.account == self.me() => {
                self.session.standing.person = person;
                self.session.standing.token = token;
                Ok(Map::new())
            }
            Viewer::Person(_) | Viewer::App(_) | Viewer::Anonymous => Err(invalid()),
        }
    }

    fn set_feed(&mut self, asked: &Asked, on: bool) -> Answer {
        let name = asked.stream.clone().unwrap_or_default();
        let open = name.starts_with("public") || name.starts_with("hashtag");
        if !open {
            return Err(refusal(Refusal::UnknownStream));
        }
        let shown = match &asked.tag {
            Some(tag) => format!("{name}:{tag}"),
            None => name.clone(),
        };
        self.feeds.retain(|feed| *feed != shown);
        if on {
            self.session.subscribe(&name, asked).map_err(refusal)?;
            self.feeds.push(shown);
        } else {
            self.session.unsubscribe(&name, asked).map_err(refusal)?;
        }
        Ok(Map::new())
    }

    async fn send(&mut self, form: SendForm) -> Answer {
        let chat = id(&form.chat_id)?;
        self.may_write(false)?;
        let site = self.session.site.clone();
        let person = Viewer::Person(self.session.standing.person.clone());
        let nowhere = ClientKey::from(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
        limits::charge(&site, Bucket::Api, &person, nowhere).await?;
        site.app.census.here(self.me(), site.app.now_ms());
        let reply_to = optional_id(&form.reply_to_id)?;
        let media = form.media_ids.iter().map(|id| id.parse().ok()).collect::<Option<Vec<_>>>();
        let media = media.ok_or(ChatError::Media)?;
        let new = NewMessage { text: form.text, reply_to, media, client_id: form.client_id };
        let sent = chats::send(&site.app, self.me(), chat, new).await?;
        let shown = chats::message(&site.app, self.me(), chat, sent.id).await?;
        let view = json!(message_views(&site, &[shown]).await?.pop());
        Ok(Map::from_iter([("message".to_owned(), view)]))
    }

    fn may_read(&self) -> Result<(), Problem> {
        self.session.standing.person.scopes_cover("read:statuses")
    }

    fn may_write(&self, frozen_may: bool) -> Result<(), Problem> {
        let person = &self.session.standing.person;
        person.scopes_cover("write:conversations")?;
        if person.frozen && !frozen_may {
            return Err(Problem::of(Code::Frozen));
        }
        if self.app().graph.gate().writing() != Writing::All {
            return Err(Problem::read_only());
        }
        Ok(())
    }
}

/// Reads a form; what is wrong is named.
fn form<T: DeserializeOwned>(body: Value) -> Result<T, Problem> {
    read(body).map_err(|error| Problem::field(&error.field, &error.message))
}

/// What is no id names nothing.
fn id<T>(text: &str) -> Result<Id<T>, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn ids<T>(texts: &[String]) -> Result<Vec<Id<T>>, Problem> {
    // What is none names nothing: it is left out, as lists do.
    Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
}

fn refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::OutsideScopes => Problem::of(Code::OutsideScopes),
        Refusal::TooMany => Problem::new(Code::TooMany, refusal.text()),
        Refusal::UnknownStream | Refusal::MissingTag | Refusal::MissingList => {
            Problem::new(Code::BadRequest, refusal.text())
        }
    }
}
