//! Putting a direct post into the conversations of those who have a part in it.

use std::sync::Arc;

use engine::bus::Message;
use graph::{Batch, CommitError, Id, Stored};

use super::model::{CONVERSATIONS, Conversation, Conversations, name_of};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    posts::{
        Place,
        model::{Audience, Post},
        see,
    },
    timelines::{nudge, send},
};

/// How many posts a conversation knows: if all of them go, it goes, although older ones may be there.
const KEPT: usize = 16;
/// How often it is tried again when somebody else changes the same conversation.
const TRIES: usize = 8;

/// Gathers a direct post for all who have a part in it, and tells them. Any other post is none of its business. May run
/// twice and in any order.
pub async fn gather(app: &App, id: Id<Post>) -> Result<(), Fault> {
    let Some(post) = app.graph.get(id).await?.filter(is_direct) else { return Ok(()) };
    let named = post.mentions.iter().map(|mention| mention.account);
    let mut people: Vec<_> = named.chain([post.author]).collect();
    people.sort_unstable();
    people.dedup();
    put_all(app, &post, &people).await
}

/// Gathers a direct post for these alone, of those who have a part in it: an edit names somebody, and brings back nothing
/// that the others put away.
pub async fn gather_for(app: &App, id: Id<Post>, people: &[Id<Account>]) -> Result<(), Fault> {
    if people.is_empty() {
        return Ok(());
    }
    let Some(post) = app.graph.get(id).await?.filter(is_direct) else { return Ok(()) };
    put_all(app, &post, people).await
}

fn is_direct(post: &Arc<Stored<Post>>) -> bool {
    post.audience == Audience::Direct
}

async fn put_all(app: &App, post: &Stored<Post>, people: &[Id<Account>]) -> Result<(), Fault> {
    let (id, head) = (post.id, post.exchange.unwrap_or(post.id));
    let mut messages = Vec::new();
    for &who in people {
        // Whoever blocks or mutes its author hears nothing of it.
        if see(app, Some(who), &[id], Place::Listed).await?.iter().all(Option::is_none) {
            continue;
        }
        if let Some(conversation) = put(app, who, head, id, who != post.author).await? {
            let topic = format!("live:direct:{who}");
            messages.push(Message { topic, body: nudge("conversation", conversation.raw()) });
        }
    }
    send(app, messages).await;
    Ok(())
}

/// Puts a post into somebody's conversation; which that is, if the post is new to it.
async fn put(
    app: &App,
    who: Id<Account>,
    head: Id<Post>,
    post: Id<Post>,
    unread: bool,
) -> Result<Option<Id<Conversation>>, Fault> {
    let name = name_of(who, head);
    for _ in 0..TRIES {
        let mut batch = Batch::new();
        let id = match app.graph.key::<Conversation>(CONVERSATIONS, &name).await? {
            Some(id) => {
                let Some(read) = app.graph.get(id).await? else { continue };
                let Some(body) = read.with(post, unread) else { return Ok(None) };
                let newest = body.posts.last().copied().unwrap_or(post);
                batch.replace(&read, &body);
                batch.move_to::<Conversations>(who, id, newest.raw());
                id
            }
            None => {
                let id: Id<Conversation> = app.id();
                let body = Conversation { account: who, head, posts: vec![post], unread };
                batch.claim(CONVERSATIONS, &name, id);
                batch.create(id, &body);
                batch.link::<Conversations>(who, id, post.raw());
                id
            }
        };
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(Some(id)),
            Err(CommitError::KeyTaken { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

impl Conversation {
    /// With one more post; none if it is there already, or older than all that are kept.
    fn with(&self, post: Id<Post>, unread: bool) -> Option<Conversation> {
        let mut posts = self.posts.clone();
        let place = posts.binary_search(&post).err()?;
        posts.insert(place, post);
        if posts.len() > KEPT {
            posts.remove(0);
        }
        let newest = posts.last() == Some(&post);
        let unread = if newest { unread } else { self.unread };
        posts.contains(&post).then(|| Conversation { posts, unread, ..self.clone() })
    }
}
