//! Who hears an event: one exhaustive match. Each subscriber is a job of its own, so that one that fails is tried
//! again without the others.

use std::sync::Arc;

use engine::bus::Message;
use graph::Id;

use crate::{
    accounts,
    app::App,
    cards, conversations,
    events::Event,
    fault::Fault,
    live, media, moderation,
    notifications::{self, model::NotificationKind},
    posts::model::{Audience, Post},
    push, search, timelines, trends,
};

/// A part of the product that follows what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subscriber {
    /// Home timelines and open streams.
    Timelines,
    /// Notifications.
    Notifications,
    /// The search index.
    Search,
    /// Media processing and letting go.
    Media,
    /// Mail to people.
    Mail,
    /// Taking a deleted account apart.
    Purge,
    /// Taking apart what is left of a deleted post, and chats that nobody is in.
    Remains,
    /// Reading pages that people link.
    Cards,
    /// Ending open streams of people who lost access.
    Access,
    /// Pushing to browsers and apps.
    Push,
}

impl Subscriber {
    /// All of them.
    pub const ALL: [Subscriber; 10] = [
        Subscriber::Timelines,
        Subscriber::Notifications,
        Subscriber::Search,
        Subscriber::Media,
        Subscriber::Mail,
        Subscriber::Purge,
        Subscriber::Remains,
        Subscriber::Cards,
        Subscriber::Access,
        Subscriber::Push,
    ];

    /// The kind of its jobs.
    pub fn job_kind(self) -> &'static str {
        match self {
            Subscriber::Timelines => "timelines.deliver",
            Subscriber::Notifications => "notifications.deliver",
            Subscriber::Search => "search.index",
            Subscriber::Media => "media.process",
            Subscriber::Mail => "mail.send",
            Subscriber::Purge => "accounts.purge",
            Subscriber::Remains => "posts.purge",
            Subscriber::Cards => "cards.fetch",
            Subscriber::Access => "access.end",
            Subscriber::Push => "push.send",
        }
    }

    /// The subscriber of a kind of job.
    pub fn of_job(kind: &str) -> Option<Subscriber> {
        Subscriber::ALL.into_iter().find(|subscriber| subscriber.job_kind() == kind)
    }
}

/// Who hears an event.
pub fn subscribers(event: &Event) -> &'static [Subscriber] {
    use Subscriber::{
        Access, Cards, Mail, Media, Notifications, Purge, Push, Remains, Search, Timelines,
    };
    match event {
        Event::AccountOpened { .. } => &[Search, Notifications],
        Event::FindabilityChanged { .. } => &[Search],
        Event::AccountChanged { .. } => &[Search],
        Event::AccountDeleted { .. } => &[Access, Search, Purge],
        Event::AccessEnded { .. } => &[Access],
        Event::TicketMade { .. }
        | Event::NoticeDue { .. }
        | Event::ApplicantRejected { .. }
        | Event::SummaryDue { .. }
        | Event::NotificationToMail { .. }
        | Event::NotificationsDue { .. }
        | Event::DigestDue { .. } => &[Mail],
        Event::SignedInAnew { .. } => &[Notifications],
        Event::PushDue { .. } => &[Push],
        Event::PostPublished { .. } | Event::PostEdited { .. } => {
            &[Timelines, Notifications, Search]
        }
        Event::PostTouched { .. } => &[Timelines, Search],
        Event::PostDeleted { .. } => &[Timelines, Search, Remains],
        // What these change in search may wait: `search::stale`.
        Event::Liked { .. } | Event::Unliked { .. } => &[Notifications],
        Event::Followed { .. } => &[Timelines, Notifications],
        Event::FollowRequested { .. } => &[Notifications],
        Event::RelationChanged { .. } => &[Timelines],
        Event::ReportMade { .. } => &[Notifications, Search],
        Event::DecisionMade { .. } | Event::AppealDecided { .. } => &[Notifications, Mail],
        Event::MediaUploaded { .. } => &[Media],
        Event::CardWanted { .. } => &[Cards],
        Event::ChatEmptied { .. } => &[Remains],
        Event::MessageChanged { .. } => &[Search, Notifications],
        Event::MediaChanged { .. } | Event::MediaLoose { .. } => &[Search],
    }
}

/// Why a subscriber could not follow an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// Try again later.
    #[error("{0}")]
    Later(String),
    /// Trying again will not help.
    #[error("{0}")]
    Never(String),
}

impl From<Fault> for HandleError {
    fn from(fault: Fault) -> HandleError {
        match fault {
            Fault::Unavailable(_) | Fault::Busy => HandleError::Later(fault.to_string()),
            Fault::Defect(why) => HandleError::Never(why),
        }
    }
}

/// Lets one subscriber follow an event. May run twice, late, and in any order.
pub async fn run(
    app: &Arc<App>,
    subscriber: Subscriber,
    event: &Event,
    attempt: u32,
) -> Result<(), HandleError> {
    match subscriber {
        Subscriber::Timelines => deliver(app, event).await?,
        Subscriber::Notifications => notify(app, event).await?,
        Subscriber::Search => index(app, event).await?,
        Subscriber::Media => process(app, event).await?,
        Subscriber::Mail => accounts::mail(app, event).await?,
        Subscriber::Push => {
            if let Event::PushDue { subscription, notification } = event {
                push::send(app, *subscription, *notification, attempt).await?;
            }
        }
        Subscriber::Purge => {
            if let Event::AccountDeleted { account } = event {
                accounts::purge(app, *account).await?;
            }
        }
        Subscriber::Remains => {
            if let Event::PostDeleted { post, .. } = event {
                crate::posts::purge_remains(app, *post).await?;
            }
            if let Event::ChatEmptied { chat } = event {
                crate::chats::purge(app, *chat).await?;
            }
        }
        Subscriber::Cards => {
            if let Event::CardWanted { card } = event {
                cards::fetch(app, *card).await?;
            }
        }
        Subscriber::Access => {
            if let Event::AccessEnded { account } | Event::AccountDeleted { account } = event {
                let topic = format!("live:access:{account}");
                let body = timelines::nudge("access", account.raw());
                timelines::send(app, vec![Message { topic, body }]).await;
            }
        }
    }
    Ok(())
}

/// Lets every subscriber follow an event, one after the other: for tests that drive by hand.
pub async fn handle(app: &Arc<App>, event: &Event) -> Result<(), HandleError> {
    for subscriber in subscribers(event) {
        run(app, *subscriber, event, 1).await?;
    }
    for stale in search::stale(event) {
        search::index_stale(app, stale).await?;
    }
    Ok(())
}

async fn deliver(app: &App, event: &Event) -> Result<(), Fault> {
    match event {
        Event::PostPublished { post, .. } => {
            timelines::push(app, *post).await?;
            conversations::gather(app, *post).await?;
            if let Some(read) = app.graph.get(*post).await?
                && let Some(moved) = read.share_of.or(read.reply_to.map(|to| to.post))
            {
                live::tell_counts(app, moved).await;
            }
            nudge_open(app, *post, "update").await
        }
        Event::PostEdited { post, .. } | Event::PostTouched { post } => {
            let Some(read) = app.graph.get(*post).await? else { return Ok(()) };
            timelines::take_back(app, read.author, *post, "edit").await?;
            if let Event::PostEdited { named, .. } = event {
                conversations::gather_for(app, *post, named).await?;
            }
            nudge_open(app, *post, "edit").await
        }
        Event::PostDeleted { post, author, public, share_of, reply_to } => {
            if let Some(moved) = share_of.or(*reply_to) {
                live::tell_counts(app, moved).await;
            }
            timelines::take_back(app, *author, *post, "delete").await?;
            // Strangers hear of the end of what strangers could see, and of nothing else.
            if *public {
                let body = timelines::nudge("delete", post.raw());
                let message = Message { topic: "live:public".to_owned(), body };
                timelines::send(app, vec![message]).await;
            }
            Ok(())
        }
        Event::Followed { by, .. } | Event::RelationChanged { by, .. } => {
            timelines::forget(app, &[*by]).await;
            // Who shows that they are here to those they follow is shown to others now.
            live::shown_anew(app, *by).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Tells the open streams of everyone, and of a post's tags.
async fn nudge_open(app: &App, id: Id<Post>, kind: &str) -> Result<(), Fault> {
    let Some(post) = app.graph.get(id).await? else { return Ok(()) };
    if post.audience != Audience::Public || post.share_of.is_some() {
        return Ok(());
    }
    let tags: Vec<_> = post.tags.iter().filter_map(|name| crate::text::Tag::parse(name)).collect();
    let mut messages = Vec::new();
    if !tags.is_empty() {
        let tags: Vec<&str> = tags.iter().map(|tag| tag.key()).collect();
        let body = serde_json::json!({ "kind": kind, "id": id, "tags": tags });
        messages.push(Message { topic: "live:tags".to_owned(), body: body.to_string().into() });
    }
    if post.reply_to.is_none() {
        let body = timelines::nudge(kind, id.raw());
        messages.push(Message { topic: "live:public".to_owned(), body });
    }
    timelines::send(app, messages).await;
    Ok(())
}

async fn notify(app: &App, event: &Event) -> Result<(), Fault> {
    match event {
        Event::PostPublished { post, .. } => notifications::notify_post(app, *post).await,
        Event::PostEdited { post, .. } => notifications::notify_edit(app, *post).await,
        Event::Liked { by, post } => notifications::notify_like(app, *by, *post).await,
        Event::Unliked { by, post } => notifications::take_back_like(app, *by, *post).await,
        Event::Followed { by, whom } => {
            let kind = NotificationKind::Follow;
            notifications::notify_follow(app, *by, *whom, kind).await
        }
        Event::FollowRequested { by, whom } => {
            let kind = NotificationKind::FollowRequest;
            notifications::notify_follow(app, *by, *whom, kind).await
        }
        Event::AccountOpened { account } => notifications::notify_sign_up(app, *account).await,
        Event::MessageChanged { message } => notifications::notify_chat(app, *message).await,
        Event::SignedInAnew { account, session } => {
            let (kind, about) = (NotificationKind::NewSignIn, session.raw());
            notifications::notify_about(app, *account, kind, *account, about).await
        }
        Event::ReportMade { report } => moderation::notify_report(app, *report).await,
        Event::DecisionMade { decision } => moderation::notify_decision(app, *decision).await,
        Event::AppealDecided { appeal } => moderation::notify_appeal(app, *appeal).await,
        _ => Ok(()),
    }
}

async fn index(app: &App, event: &Event) -> Result<(), Fault> {
    match event {
        Event::AccountOpened { account }
        | Event::AccountChanged { account }
        | Event::AccountDeleted { account } => search::index_account(app, *account).await,
        Event::FindabilityChanged { account } => search::index_findability(app, *account).await,
        Event::PostPublished { post, .. }
        | Event::PostEdited { post, .. }
        | Event::PostTouched { post } => search::index_post(app, *post).await,
        Event::PostDeleted { post, .. } => {
            trends::forget_post(app, *post).await?;
            search::forget_post(app, *post).await
        }
        // The lists of staff are sorted by reports.
        Event::ReportMade { report } => match app.graph.get(*report).await? {
            Some(report) => search::index_account(app, report.about).await,
            None => Ok(()),
        },
        Event::MediaChanged { media } | Event::MediaLoose { media } => {
            search::index_media(app, *media).await
        }
        Event::MessageChanged { message } => search::index_message(app, *message).await,
        _ => Ok(()),
    }
}

async fn process(app: &App, event: &Event) -> Result<(), HandleError> {
    let Event::MediaUploaded { media } = event else { return Ok(()) };
    media::process_upload(app, *media).await.map_err(|error| match error {
        media::MediaError::Fault(fault) => fault.into(),
        other => HandleError::Later(other.to_string()),
    })
}
