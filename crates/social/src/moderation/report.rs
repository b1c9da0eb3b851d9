//! Reporting an account, with posts of it, and with messages of a chat: those that the reporter picked.

use std::sync::Arc;

use graph::{Batch, CommitError, Id, Page, Stored};

use super::model::{
    Case, CaseReports, CasesAbout, Category, Evidence, EvidenceMedia, MessageEvidence, OPEN_CASES,
    OpenCases, Report, ReportsBy,
};
use crate::{
    accounts::model::Account,
    app::App,
    census::What,
    chats::{
        self, ChatError,
        model::{Chat, Message},
    },
    events::Event,
    fault::Fault,
    house,
    instance::model::INSTANCE,
    media::model::Media,
    posts::{Place, model::Post, see},
    text::plain_block,
};

/// Most posts of one report.
const MOST_POSTS: usize = 20;
/// Most messages of one report.
const MOST_MESSAGES: usize = 50;
/// Most characters of a comment.
const MOST_COMMENT: usize = 1_000;

/// Why something was not reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// No such account or post, or not one that the reporter may see.
    #[error("no such account, post or message")]
    NotFound,
    /// Oneself.
    #[error("you cannot report yourself")]
    Yourself,
    /// Too many posts.
    #[error("at most 20 posts can be reported at once")]
    TooManyPosts,
    /// Too many messages.
    #[error("at most 50 messages can be reported at once")]
    TooManyMessages,
    /// The comment.
    #[error("the comment is too long (maximum is 1000 characters)")]
    Comment,
    /// A rule that there is not.
    #[error("there is no such rule")]
    Rule,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for ReportError
where
    Fault: From<E>,
{
    fn from(error: E) -> ReportError {
        ReportError::Fault(error.into())
    }
}

/// What is reported.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// About whom.
    pub about: Id<Account>,
    /// Posts of theirs.
    pub posts: Vec<Id<Post>>,
    /// A chat that both are in, and the messages of it that staff are to see.
    pub messages: Option<(Id<Chat>, Vec<Id<Message>>)>,
    /// Of which kind.
    pub category: Category,
    /// Numbers of rules that are broken.
    pub rules: Vec<u64>,
    /// In words.
    pub comment: String,
}

/// Reports an account to staff. It becomes part of the case that is open about it, or opens one.
pub async fn report(
    app: &App,
    by: Id<Account>,
    new: NewReport,
) -> Result<Arc<Stored<Report>>, ReportError> {
    let about = app.graph.get(new.about).await?.filter(|account| account.is_visible());
    let about = about.ok_or(ReportError::NotFound)?.id;
    if about == by {
        return Err(ReportError::Yourself);
    }
    let comment = plain_block(&new.comment, MOST_COMMENT).map_err(|_| ReportError::Comment)?;
    let house = house::house(app).await?;
    let mut rules = Vec::new();
    for id in &new.rules {
        let rule = house.rule(*id).ok_or(ReportError::Rule)?;
        if !rules.contains(rule) {
            rules.push(rule.clone());
        }
    }
    let category = if rules.is_empty() { new.category } else { Category::Violation };
    let evidence = evidence(app, by, about, new.posts).await?;
    let messages = match new.messages {
        Some((chat, picked)) => messages(app, by, about, chat, picked).await?,
        None => Vec::new(),
    };
    for _ in 0..5 {
        let open = app.graph.key::<Case>(OPEN_CASES, &about.to_string()).await?;
        let open = match open {
            Some(id) => app.graph.get(id).await?,
            None => None,
        };
        let mut batch = Batch::new();
        let now = app.now_ms();
        let case = match &open {
            Some(case) => {
                let reports = case.reports + 1;
                batch.replace(case, &Case { reports, updated_ms: now, ..case.body.clone() });
                case.id
            }
            None => {
                let id: Id<Case> = app.id();
                let case = Case { about, claim: None, reports: 1, updated_ms: now, decision: None };
                batch.claim(OPEN_CASES, &about.to_string(), id);
                batch.create(id, &case);
                batch.link::<OpenCases>(INSTANCE, id, id.raw());
                batch.link::<CasesAbout>(about, id, id.raw());
                id
            }
        };
        let id: Id<Report> = app.id();
        let report = Report {
            case,
            by: Some(by),
            about,
            category,
            rules: rules.clone(),
            comment: comment.clone(),
            evidence: evidence.clone(),
            messages: messages.clone(),
        };
        batch.create(id, &report);
        batch.link::<CaseReports>(case, id, id.raw());
        batch.link::<ReportsBy>(by, id, id.raw());
        batch.emit(app.id(), &Event::ReportMade { report: id });
        match app.graph.commit(batch).await {
            Ok(_) => {
                app.census.count(What::Report, now);
                return Ok(app.graph.get(id).await?.ok_or(Fault::Busy)?);
            }
            // Reported by another, or decided, at this moment.
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ReportError::Fault(Fault::Busy))
}

/// The posts as they are now: only those of the account that the reporter may see.
async fn evidence(
    app: &App,
    by: Id<Account>,
    about: Id<Account>,
    mut posts: Vec<Id<Post>>,
) -> Result<Vec<Evidence>, ReportError> {
    posts.sort_unstable();
    posts.dedup();
    if posts.len() > MOST_POSTS {
        return Err(ReportError::TooManyPosts);
    }
    let mut evidence = Vec::with_capacity(posts.len());
    for seen in see(app, Some(by), &posts, Place::Named).await? {
        let seen = seen.filter(|seen| seen.post.author == about).ok_or(ReportError::NotFound)?;
        let post = &seen.post;
        let media = media_of(app, &post.media).await?;
        evidence.push(Evidence {
            post: post.id,
            made_ms: post.edited_ms.unwrap_or(post.id.ms()),
            text: post.text.clone(),
            warning: post.warning.clone(),
            sensitive: post.sensitive,
            audience: post.audience,
            answers: post.reply_to.map(|parent| parent.post),
            media,
        });
    }
    Ok(evidence)
}

/// The messages as they are now. Whom they are reported for is in the chat, or was.
async fn messages(
    app: &App,
    by: Id<Account>,
    about: Id<Account>,
    chat: Id<Chat>,
    mut picked: Vec<Id<Message>>,
) -> Result<Vec<MessageEvidence>, ReportError> {
    picked.sort_unstable();
    picked.dedup();
    if picked.len() > MOST_MESSAGES {
        return Err(ReportError::TooManyMessages);
    }
    let found = chats::copies(app, by, about, chat, &picked).await.map_err(unseen)?;
    if !chats::was_in(app, about, chat).await.map_err(unseen)? {
        return Err(ReportError::NotFound);
    }
    let mut copies = Vec::with_capacity(found.len());
    for message in found {
        copies.push(MessageEvidence {
            message: message.id,
            chat,
            author: message.author,
            number: message.number,
            made_ms: message.edited_ms.unwrap_or(message.id.ms()),
            text: message.text.clone(),
            media: media_of(app, &message.media).await?,
        });
    }
    Ok(copies)
}

/// Of what the reporter does not read they learn nothing.
fn unseen(error: ChatError) -> ReportError {
    match error {
        ChatError::Fault(fault) => ReportError::Fault(fault),
        _ => ReportError::NotFound,
    }
}

async fn media_of(app: &App, ids: &[Id<Media>]) -> Result<Vec<EvidenceMedia>, Fault> {
    let media = app.graph.get_many(ids).await?;
    let copy = |media: &Arc<Stored<Media>>| EvidenceMedia {
        media: media.id,
        kind: media.kind,
        description: media.description.clone(),
    };
    Ok(media.iter().flatten().map(copy).collect())
}

/// A report with its case.
pub type Filed = (Arc<Stored<Report>>, Option<Arc<Stored<Case>>>);

/// Reports about somebody, case by case, the newest case first; and where the next page begins. A case is shown whole, so a page
/// may be longer than was asked for.
pub async fn reports_about(
    app: &App,
    about: Id<Account>,
    page: Page,
) -> Result<(Vec<Filed>, Option<u64>), Fault> {
    /// Most cases that one page looks at, and most reports of each.
    const CASES: usize = 20;
    const REPORTS: usize = 200;
    let cases = app.graph.list::<CasesAbout>(about, Page { limit: CASES, ..page }).await?;
    let mut found: Vec<Filed> = Vec::new();
    for link in &cases {
        let case = app.graph.get(link.to).await?;
        let links = app.graph.list::<CaseReports>(link.to, Page::newest(REPORTS)).await?;
        let ids: Vec<_> = links.iter().map(|link| link.to).collect();
        let reports = app.graph.get_many(&ids).await?.into_iter().flatten();
        found.extend(reports.map(|report| (report, case.clone())));
        if found.len() >= page.limit {
            return Ok((found, Some(link.ord)));
        }
    }
    Ok((found, cases.last().filter(|_| cases.len() == CASES).map(|last| last.ord)))
}

/// Reports that somebody made, the newest first, with the case of each.
pub async fn reports_by(app: &App, by: Id<Account>, page: Page) -> Result<Vec<Filed>, Fault> {
    let links = app.graph.list::<ReportsBy>(by, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let reports: Vec<_> = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let cases: Vec<_> = reports.iter().map(|report| report.case).collect();
    let cases = app.graph.get_many(&cases).await?;
    Ok(reports.into_iter().zip(cases).collect())
}
