//! Feeds, figures of posts, markers and badges, as events.

use std::collections::HashSet;

use engine::store::EdgeKind;
use graph::{Edge, Id};
use serde_json::json;
use social::{
    chats, notifications,
    posts::{
        Place,
        model::{LikedBy, OpenReplies, Post, SharedBy},
        see,
    },
    timelines,
};

use super::task::Live;
use crate::{
    live::session::Event,
    mastodon::markers_view,
    problem::{Code, Problem},
};

/// Most unread notifications that a badge counts.
const MOST_UNREAD: usize = 100;
/// Most posts whose figures one screen shows.
const MOST_WATCHED: usize = 80;

impl Live {
    /// Something of a feed.
    pub fn feed(&mut self, event: Event) {
        let Event { stream, event, payload, id } = event;
        let body = match event {
            "update" => {
                let stream = json!(stream);
                format!(r#"{{"stream":{stream},"status":{payload},"mark":"{id}"}}"#)
            }
            "status.update" => format!(r#"{{"status":{payload}}}"#),
            "notification" => {
                self.badges_move();
                format!(r#"{{"notification":{payload}}}"#)
            }
            "delete" | "announcement.delete" => json!({ "id": payload }).to_string(),
            _ => payload,
        };
        self.emit(event, &body);
    }

    /// Shows the figures of these posts and no others from now on, of those that one may see.
    pub async fn watch(&mut self, ids: &[Id<Post>]) -> Result<(), Problem> {
        if ids.len() > MOST_WATCHED {
            let most = format!("takes at most {MOST_WATCHED}");
            return Err(Problem::field("status_ids", &most));
        }
        let seen = see(self.app(), Some(self.me()), ids, Place::Named).await?;
        let wanted: HashSet<Id<Post>> =
            ids.iter().zip(seen).filter_map(|(id, seen)| seen.map(|_| *id)).collect();
        for gone in self.posts.difference(&wanted) {
            self.session.ignore(&topic(*gone));
        }
        for new in wanted.difference(&self.posts) {
            self.session.listen(topic(*new));
        }
        self.posts = wanted;
        Ok(())
    }

    /// Tells the figures that moved, of posts that one may still see.
    pub async fn tell_counts(&mut self) -> Result<(), Problem> {
        let moved: Vec<_> = std::mem::take(&mut self.moved)
            .into_iter()
            .filter(|id| self.posts.contains(id))
            .collect();
        let seen = see(self.app(), Some(self.me()), &moved, Place::Named).await?;
        let seen: Vec<_> = moved.into_iter().zip(seen).filter(|(_, seen)| seen.is_some()).collect();
        let ids: Vec<_> = seen.into_iter().map(|(id, _)| id).collect();
        let kinds = [OpenReplies::DECL.kind, SharedBy::DECL.kind, LikedBy::DECL.kind];
        let asked: Vec<(u64, EdgeKind)> =
            ids.iter().flat_map(|id| kinds.map(|kind| (id.raw(), kind))).collect();
        let counts = self.app().graph.counts(&asked).await?;
        for (id, counts) in ids.iter().zip(counts.chunks(kinds.len())) {
            let [replies, reblogs, favourites] = counts else { continue };
            let body = json!({
                "id": id,
                "replies_count": replies,
                "reblogs_count": reblogs,
                "favourites_count": favourites,
            });
            self.emit("status.counts", &body.to_string());
        }
        Ok(())
    }

    /// Tells how far one has read on another device.
    pub async fn tell_markers(&mut self) -> Result<(), Problem> {
        let all = timelines::markers(self.app(), self.me()).await;
        let all =
            all.map_err(|error| Problem::of(Code::Unavailable).because(&error.to_string()))?;
        let body = serde_json::Value::Object(markers_view(all.into_iter()));
        self.emit("markers", &body.to_string());
        self.badges_move();
        Ok(())
    }

    /// Tells the badges, if they are others than before.
    pub async fn tell_badges(&mut self) -> Result<(), Problem> {
        let (app, me) = (self.app(), self.me());
        let person = &self.session.standing.person;
        let told = match person.scopes_cover("read:notifications") {
            Ok(()) => {
                let filter = notifications::Filter::default().counted();
                notifications::unread_count(app, me, &filter, MOST_UNREAD).await?
            }
            Err(_) => 0,
        };
        let chats = match person.scopes_cover("read:statuses") {
            Ok(()) => chats::badges(app, me).await?,
            Err(_) => chats::Badges::default(),
        };
        let badges = (told, chats.chats, chats.requests);
        if self.badges.replace(badges) != Some(badges) {
            let body = json!({
                "notifications": told, "chats": chats.chats, "requests": chats.requests,
            });
            self.emit("unread", &body.to_string());
        }
        Ok(())
    }
}

fn topic(post: Id<Post>) -> String {
    format!("live:post:{post}")
}
