//! Making notifications from events. Every function here may run twice.

use std::collections::HashSet;

use graph::{Batch, CommitError, Id, Page};

use super::{
    deliver::{remove, write},
    model::{BellOf, NOTIFICATION_CAUSES, Notification, NotificationKind, cause_of},
    policy::{Rule, rule_for},
    read::remove_held,
    requests::hold,
};
use crate::{
    accounts::model::{Account, Standing},
    app::App,
    fault::Fault,
    posts::{
        model::{Marks, Post, SharedBy, marks},
        see_one,
    },
    relations::{
        model::{Follows, follow_flags},
        ties,
    },
    staff::{Permission, team},
};

/// How many people who shared a post hear of its edit, at most.
const MOST_SHARERS: usize = 1_000;
/// How many bells are looked at between two pages.
const BELLS: usize = 200;

/// Tells those whom a new post mentions, whom it answers, or whose post it shares.
pub async fn notify_post(app: &App, id: Id<Post>) -> Result<(), Fault> {
    let Some(post) = app.graph.get(id).await? else { return Ok(()) };
    if let Some(of) = post.share_of {
        if let Some(shared) = app.graph.get(of).await? {
            notify(app, shared.author, NotificationKind::Share, post.author, Some(of)).await?;
        }
        return Ok(());
    }
    let answered = post.reply_to.map(|parent| parent.author);
    if let Some(answered) = answered {
        notify(app, answered, NotificationKind::Comment, post.author, Some(id)).await?;
    }
    for mention in post.mentions.iter().filter(|mention| Some(mention.account) != answered) {
        notify(app, mention.account, NotificationKind::Mention, post.author, Some(id)).await?;
    }
    if answered.is_none_or(|answered| answered == post.author) {
        let named: HashSet<_> = post.mentions.iter().map(|mention| mention.account).collect();
        ring(app, post.author, id, &named).await?;
    }
    Ok(())
}

/// Tells the followers whose bell is on, but those who hear of the post anyway.
async fn ring(
    app: &App,
    author: Id<Account>,
    id: Id<Post>,
    but: &HashSet<Id<Account>>,
) -> Result<(), Fault> {
    let mut page = Page::newest(BELLS);
    loop {
        let links = app.graph.list::<BellOf>(author, page).await?;
        let Some(last) = links.last() else { return Ok(()) };
        page.below = Some(last.ord);
        for link in links.iter().filter(|link| !but.contains(&link.to)) {
            let follows = app.graph.edge::<Follows>(link.to, author).await?;
            if follows.is_some_and(|edge| edge.flags & follow_flags::NOTIFY != 0) {
                notify(app, link.to, NotificationKind::NewPost, author, Some(id)).await?;
            }
        }
    }
}

/// Tells staff that somebody joined.
pub async fn notify_sign_up(app: &App, id: Id<Account>) -> Result<(), Fault> {
    // Who waits for approval is told of when they are let in; until then staff see them in their list.
    if app.graph.get(id).await?.is_none_or(|account| !account.is_visible()) {
        return Ok(());
    }
    for one in team(app).await? {
        if let Some(to) = one.account.filter(|to| one.may(Permission::ManagePeople) && *to != id) {
            notify(app, to, NotificationKind::SignUp, id, None).await?;
        }
    }
    Ok(())
}

/// Tells those who shared a post that it was edited, and those whom it mentions now.
pub async fn notify_edit(app: &App, id: Id<Post>) -> Result<(), Fault> {
    let Some(post) = app.graph.get(id).await? else { return Ok(()) };
    notify_post(app, id).await?;
    let sharers = app.graph.list::<SharedBy>(id, Page::newest(MOST_SHARERS)).await?;
    for sharer in sharers {
        notify(app, sharer.to, NotificationKind::Edit, post.author, Some(id)).await?;
    }
    Ok(())
}

/// Tells the author of a post that somebody likes it, if they still do.
pub async fn notify_like(app: &App, by: Id<Account>, id: Id<Post>) -> Result<(), Fault> {
    let liked = app.graph.edge::<Marks>(by, id).await?;
    if liked.is_none_or(|mark| mark.flags & marks::LIKED == 0) {
        return Ok(());
    }
    let Some(post) = app.graph.get(id).await? else { return Ok(()) };
    notify(app, post.author, NotificationKind::Like, by, Some(id)).await
}

/// Takes the notification of a like back, if the like is gone.
pub async fn take_back_like(app: &App, by: Id<Account>, id: Id<Post>) -> Result<(), Fault> {
    let liked = app.graph.edge::<Marks>(by, id).await?;
    if liked.is_some_and(|mark| mark.flags & marks::LIKED != 0) {
        return Ok(());
    }
    let Some(post) = app.graph.get(id).await? else { return Ok(()) };
    let cause = cause_of(&Notification {
        account: post.author,
        kind: NotificationKind::Like,
        by,
        post: Some(id),
        about: None,
        number: None,
    });
    let Some(told) = app.graph.key::<Notification>(NOTIFICATION_CAUSES, &cause).await? else {
        return Ok(());
    };
    let node = app.graph.get(told).await?;
    let mut batch = Batch::new();
    batch.release(NOTIFICATION_CAUSES, &cause, told);
    remove(&mut batch, post.author, told);
    if let Some(node) = node {
        remove_held(app, &mut batch, &node).await?;
    }
    match app.graph.commit(batch).await {
        // Another worker was first.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Tells somebody that they are followed, or that somebody asks to.
pub async fn notify_follow(
    app: &App,
    by: Id<Account>,
    whom: Id<Account>,
    kind: NotificationKind,
) -> Result<(), Fault> {
    notify(app, whom, kind, by, None).await
}

async fn notify(
    app: &App,
    to: Id<Account>,
    kind: NotificationKind,
    by: Id<Account>,
    post: Option<Id<Post>>,
) -> Result<(), Fault> {
    let told = Notification { account: to, kind, by, post, about: None, number: None };
    let rule = if to == by { Rule::Drop } else { wanted(app, &told).await? };
    match rule {
        Rule::Accept => write(app, told, None).await,
        Rule::Filter => hold(app, &told).await,
        Rule::Drop => Ok(()),
    }
}

/// Tells somebody of a report or a decision: nobody's wishes hide that.
pub(crate) async fn notify_about(
    app: &App,
    to: Id<Account>,
    kind: NotificationKind,
    by: Id<Account>,
    about: u64,
) -> Result<(), Fault> {
    if app.graph.get(to).await?.is_none_or(|account| account.standing == Standing::Deleted) {
        return Ok(());
    }
    let about = Some(about);
    write(app, Notification { account: to, kind, by, post: None, about, number: None }, None).await
}

/// Whether somebody wants to hear of somebody's doing, and may see what it is about.
pub(super) async fn wanted(app: &App, told: &Notification) -> Result<Rule, Fault> {
    let (to, by) = (told.account, told.by);
    let to_is_there = app.graph.get(to).await?.is_some_and(|account| account.is_visible());
    let ties = ties(app, to, &[by]).await?.pop().unwrap_or_default();
    if !to_is_there || ties.blocks || ties.blocked || ties.mutes_notifications {
        return Ok(Rule::Drop);
    }
    let Some(post) = told.post else { return rule_for(app, told, &ties, None).await };
    let Some(seen) = see_one(app, Some(to), post).await? else { return Ok(Rule::Drop) };
    let root = app.graph.edge::<Marks>(to, seen.content().root).await?;
    if root.is_some_and(|mark| mark.flags & marks::MUTED != 0) {
        return Ok(Rule::Drop);
    }
    rule_for(app, told, &ties, Some(seen.content())).await
}
