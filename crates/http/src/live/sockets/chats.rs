//! Chats as events. What is the same for many members is rendered once for all sockets of the process.

use std::{sync::Arc, time::Duration};

use graph::Id;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};
use social::{
    accounts::model::Account,
    chats::{
        self, ChatError, Shown,
        model::{Chat, Message},
    },
};
use tokio::time::Instant;

use super::task::Live;
use crate::{
    problem::{Code, Problem},
    views::{OneChat, authors_of, chat_views, message_views, people_of_chats},
};

/// After so long without a word nobody writes any more.
const TYPING: Duration = Duration::from_secs(6);
/// Most messages that go out at once before one that is told.
const MOST_BEHIND: u64 = 64;
/// Most people of whom it is kept that they write.
const TYPISTS: usize = 256;

impl Live {
    /// Tells a new message, and before it those that were not told yet: the numbers of a chat go out in order.
    pub async fn tell_message(&mut self, chat: Id<Chat>, number: u64) -> Result<(), Problem> {
        let told = self.numbers.get(&chat).copied();
        if told.is_some_and(|told| number <= told) {
            return Ok(());
        }
        let (above, since) = match told {
            None => (0, self.since_ms),
            // Who missed so much reads again; all of it at once would only fill the way out.
            Some(told) if number - told > MOST_BEHIND => {
                self.resync();
                (number - 1, 0)
            }
            Some(told) => (told, 0),
        };
        let fresh = chats::fresh_since(self.app(), self.me(), chat, above, number, since).await;
        let Some(fresh) = readable(fresh)? else { return Ok(()) };
        self.went_out(chat, number);
        for shown in fresh {
            let mark = shown.message.id.raw();
            let body = self.message_body(&shown, mark, true).await?;
            self.emit_raw("chat.message", &body);
        }
        self.badges_move();
        Ok(())
    }

    /// Tells that a message was edited, deleted or reacted to.
    pub async fn tell_change(
        &mut self,
        chat: Id<Chat>,
        id: Id<Message>,
        mark: u64,
    ) -> Result<(), Problem> {
        let shown = chats::message(self.app(), self.me(), chat, id).await;
        let Some(shown) = readable(shown)? else { return Ok(()) };
        let body = self.message_body(&shown, mark, false).await?;
        self.emit_raw("chat.changed", &body);
        Ok(())
    }

    /// The body of an event about a message. All that it depends on is in its key, so nobody gets what another may see.
    pub async fn message_body(
        &self,
        shown: &Shown,
        mark: u64,
        new: bool,
    ) -> Result<Arc<RawValue>, Problem> {
        let (site, me) = (&self.session.site, self.me());
        let message = &shown.message;
        let author = shown.author.as_ref().map(|author| (author.id, author.version));
        let mine = message.author == me;
        // A post behind a link shows more to some than to others; addresses of media are each reader's own.
        let shared = message.linked.is_none() && message.media.is_empty();
        let key = (message.id, message.version, mine, shown.withheld, author, &shown.reactions);
        let key = serde_json::to_vec(&(key, mark, new)).unwrap_or_default();
        if shared && let Some(body) = site.hub.rendered.get(&key) {
            return Ok(body);
        }
        let view = message_views(site, std::slice::from_ref(shown)).await?.pop();
        let mut body = json!({
            "chat_id": message.chat, "message": view, "mark": mark.to_string(),
        });
        if new {
            let author = authors_of(site, std::slice::from_ref(shown)).await?.pop();
            body["account"] = json!(author);
        }
        let body = to_raw_value(&body).map_err(|_| Problem::of(Code::Defect))?;
        let body: Arc<RawValue> = body.into();
        if shared {
            site.hub.rendered.insert(key, body.clone());
        }
        Ok(body)
    }

    /// Tells that a chat is new or another, or that one is out of it.
    pub async fn tell_chat(&mut self, chat: Id<Chat>) -> Result<(), Problem> {
        let site = self.session.site.clone();
        let listed = chats::listed(&site.app, self.me(), &[chat]).await?.pop().flatten();
        let Some(listed) = listed else { return self.tell_gone(chat).await };
        let accounts = people_of_chats(&site, std::slice::from_ref(&listed)).await?;
        if let Some(chat) = chat_views(&site, std::slice::from_ref(&listed)).await?.pop() {
            self.emit("chat.updated", &json!(OneChat { chat, accounts }).to_string());
        }
        self.badges_move();
        Ok(())
    }

    /// Tells that one is out of a chat, if that is so.
    pub async fn tell_gone(&mut self, chat: Id<Chat>) -> Result<(), Problem> {
        if readable(chats::seat(self.app(), self.me(), chat).await)?.is_none() {
            self.numbers.remove(&chat);
            self.emit("chat.gone", &json!({ "chat_id": chat }).to_string());
            self.badges_move();
        }
        Ok(())
    }

    /// Tells how far somebody is.
    pub async fn tell_receipt(
        &mut self,
        event: &str,
        chat: Id<Chat>,
        account: Id<Account>,
        number: u64,
    ) -> Result<(), Problem> {
        let own = account == self.me();
        if own {
            self.badges_move();
        }
        let shown = own
            || chats::exchange_receipts(self.app(), self.me(), &[account]).await? == [true]
                && readable(chats::seat(self.app(), self.me(), chat).await)?.is_some();
        if shown {
            let body = json!({ "chat_id": chat, "account_id": account, "number": number });
            self.emit(event, &body.to_string());
        }
        Ok(())
    }

    /// Tells that somebody writes.
    pub async fn tell_typing(
        &mut self,
        chat: Id<Chat>,
        account: Id<Account>,
        typing: bool,
    ) -> Result<(), Problem> {
        if account == self.me()
            || chats::exchange_typing(self.app(), self.me(), &[account]).await? != [true]
            || readable(chats::seat(self.app(), self.me(), chat).await)?.is_none()
        {
            return Ok(());
        }
        let known = self.typing.remove(&(chat, account)).is_some();
        if typing && self.typing.len() < TYPISTS {
            self.typing.insert((chat, account), Instant::now() + TYPING);
        }
        if typing || known {
            self.emit_typing(chat, account, typing);
        }
        Ok(())
    }

    /// Tells that those write no more of whom nothing was heard.
    pub fn forget_typing(&mut self, now: Instant) {
        let over: Vec<_> =
            self.typing.iter().filter(|(_, end)| **end <= now).map(|(who, _)| *who).collect();
        for (chat, account) in over {
            self.typing.remove(&(chat, account));
            self.emit_typing(chat, account, false);
        }
    }

    fn emit_typing(&mut self, chat: Id<Chat>, account: Id<Account>, typing: bool) {
        let body = json!({ "chat_id": chat, "account_id": account, "typing": typing });
        self.emit("chat.typing", &body.to_string());
    }
}

/// What may be read; none where one may not, which tells nothing.
pub fn readable<T>(answer: Result<T, ChatError>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ChatError::Fault(fault)) => Err(fault.into()),
        Err(error) => match Problem::from(error).code() {
            Code::Unavailable | Code::Defect => Err(Problem::of(Code::Unavailable)),
            _ => Ok(None),
        },
    }
}
