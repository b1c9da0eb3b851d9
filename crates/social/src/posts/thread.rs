//! Threads: what a post answers, up to the first; and what answers it, at any depth.

use std::collections::HashMap;

use graph::{Id, Page};

use super::{
    model::{HiddenReplies, OpenReplies, Post},
    sight::{Place, Seen, see, see_one},
};
use crate::{accounts::model::Account, app::App, fault::Fault};

/// How much of a thread is read for somebody who is signed in, and for a stranger.
const BOUNDS: [Bounds; 2] =
    [Bounds { up: 400, down: 400, depth: 100 }, Bounds { up: 40, down: 60, depth: 20 }];

#[derive(Clone, Copy)]
struct Bounds {
    up: usize,
    down: usize,
    depth: usize,
}

/// A post's thread as a viewer may see it.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// What it answers, the first first.
    pub ancestors: Vec<Seen>,
    /// What answers it: depth first, older branches first.
    pub descendants: Vec<Seen>,
}

/// The thread around a post, or `None` where the post is not for the viewer.
pub async fn thread(
    app: &App,
    viewer: Option<Id<Account>>,
    id: Id<Post>,
) -> Result<Option<Thread>, Fault> {
    let Some(seen) = see_one(app, viewer, id).await? else { return Ok(None) };
    let bounds = BOUNDS[usize::from(viewer.is_none())];
    let content = seen.content().id;
    let mut ancestors = Vec::new();
    let mut next = seen.content().reply_to;
    while let Some(parent) = next {
        // A hidden or deleted post ends the way up: what is above it stays untold.
        let Some(seen) = see_one(app, viewer, parent.post).await? else { break };
        next = seen.post.reply_to;
        ancestors.push(seen);
        if ancestors.len() == bounds.up {
            break;
        }
    }
    ancestors.reverse();
    let descendants = descendants(app, viewer, content, bounds).await?;
    Ok(Some(Thread { ancestors, descendants }))
}

async fn descendants(
    app: &App,
    viewer: Option<Id<Account>>,
    root: Id<Post>,
    bounds: Bounds,
) -> Result<Vec<Seen>, Fault> {
    // Level by level, so that a thread of any shape costs a round trip per level, not per post.
    let mut children: HashMap<Id<Post>, Vec<Seen>> = HashMap::new();
    let mut level = vec![root];
    let mut left = bounds.down;
    for _ in 0..bounds.depth {
        if level.is_empty() || left == 0 {
            break;
        }
        let page = Page { below: None, above: None, order: graph::Order::Oldest, limit: left };
        let open = app.graph.lists::<OpenReplies>(&level, page).await?;
        let hidden = match viewer {
            Some(_) => app.graph.lists::<HiddenReplies>(&level, page).await?,
            None => vec![Vec::new(); level.len()],
        };
        let mut ids: Vec<Id<Post>> = open.iter().chain(&hidden).flatten().map(|l| l.to).collect();
        ids.sort_unstable();
        ids.truncate(left);
        let seen = see(app, viewer, &ids, Place::Listed).await?;
        level = Vec::new();
        for seen in seen.into_iter().flatten() {
            left -= 1;
            level.push(seen.post.id);
            if let Some(parent) = seen.post.reply_to {
                children.entry(parent.post).or_default().push(seen);
            }
        }
    }
    let mut answer = Vec::new();
    let mut stack: Vec<Seen> =
        children.remove(&root).unwrap_or_default().into_iter().rev().collect();
    while let Some(seen) = stack.pop() {
        let below = children.remove(&seen.post.id).unwrap_or_default();
        answer.push(seen);
        stack.extend(below.into_iter().rev());
    }
    Ok(answer)
}
