//! After a gap: what a client missed of the chats it holds, in order, without a gap and without a number twice.

use graph::{Id, Page};
use serde_json::{Map, Value, json};
use social::{
    chats::{self, model::Chat},
    notifications,
};

use super::{chats::readable, task::Live, verbs::ResumeForm};
use crate::problem::Problem;

/// Most chats that one asks for; of the others one reads by REST.
const MOST_CHATS: usize = 200;
/// A gap of the feeds that may be none, milliseconds: what edits and deletions it had nobody knows.
const SHORT_MS: u64 = 10_000;

impl Live {
    /// Sends what was missed, then says how far it goes.
    pub async fn resume(&mut self, form: ResumeForm) -> Result<Map<String, Value>, Problem> {
        if form.chats.len() > MOST_CHATS {
            let most = format!("takes at most {MOST_CHATS}");
            return Err(Problem::field("chats", &most));
        }
        let mut chats = Vec::with_capacity(form.chats.len());
        for held in &form.chats {
            let id: Id<Chat> = held.id.parse().map_err(|_| Problem::not_found())?;
            // Taken before the look: what comes after it is told by the next one, once more at most.
            let mark = self.app().ord();
            let since = held.mark.as_deref().and_then(|mark| mark.parse().ok()).unwrap_or(0);
            let number = self.catch_up(id, held.number, since).await?;
            chats.push(json!({
                "id": held.id,
                "resync": number.is_none(),
                "number": number.unwrap_or(held.number),
                "mark": mark.to_string(),
            }));
        }
        let feeds = match self.feeds_moved(form.mark.as_deref()).await? {
            true => "resync",
            false => "ok",
        };
        self.badges = None;
        self.badges_move();
        Ok(Map::from_iter([
            ("chats".to_owned(), Value::Array(chats)),
            ("feeds".to_owned(), json!(feeds)),
        ]))
    }

    /// Sends what was missed of a chat; the newest number, or none if that is too much or none of one's business.
    async fn catch_up(
        &mut self,
        id: Id<Chat>,
        number: u64,
        since: u64,
    ) -> Result<Option<u64>, Problem> {
        // A number of the future would hide all messages up to it.
        let Some(seat) = readable(chats::seat(self.app(), self.me(), id).await)? else {
            return Ok(None);
        };
        let last = self.app().graph.get(seat.chat.head).await?.map_or(0, |head| head.last);
        let number = number.min(last);
        let missed = chats::missed(self.app(), self.me(), id, number, since).await;
        let Some(Some(missed)) = readable(missed)? else { return Ok(None) };
        let newest = missed.messages.last().map_or(number, |shown| shown.message.number);
        for shown in &missed.messages {
            let body = self.message_body(shown, shown.message.id.raw(), true).await?;
            self.emit_all("chat.message", &body).await;
        }
        for (mark, shown) in &missed.changed {
            let body = self.message_body(shown, *mark, false).await?;
            self.emit_all("chat.changed", &body).await;
        }
        self.went_out(id, newest);
        Ok(Some(newest))
    }

    /// Whether something of one's own feeds is newer than a mark, or may have changed since.
    async fn feeds_moved(&self, mark: Option<&str>) -> Result<bool, Problem> {
        let Some(mark) = mark.and_then(|mark| mark.parse::<u64>().ok()) else { return Ok(true) };
        let (app, me) = (self.app(), self.me());
        if app.now_ms().saturating_sub(graph::ms_of(mark)) > SHORT_MS {
            return Ok(true);
        }
        let page = Page { above: Some(mark), ..Page::newest(1) };
        let home = social::timelines::home(app, me, page).await?;
        let told =
            notifications::unread_count(app, me, &notifications::Filter::default(), 1).await?;
        Ok(home.newest.is_some_and(|newest| newest > mark) || told > 0)
    }
}
