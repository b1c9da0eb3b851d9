//! Reporting an account, with posts of it.

use std::sync::Arc;

use graph::{Batch, CommitError, Id, Page, Stored};

use super::model::{
    Case, CaseReports, CasesAbout, Category, Evidence, EvidenceMedia, OPEN_CASES, OpenCases,
    Report, ReportsBy,
};
use crate::{
    accounts::model::Account,
    app::App,
    census::What,
    events::Event,
    fault::Fault,
    house,
    instance::model::INSTANCE,
    posts::{Place, model::Post, see},
    text::plain_block,
};

/// Most posts of one report.
const MOST_POSTS: usize = 20;
/// Most characters of a comment.
const MOST_COMMENT: usize = 1_000;

/// Why something was not reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// No such account or post, or not one that the reporter may see.
    #[error("no such account or post")]
    NotFound,
    /// Oneself.
    #[error("you cannot report yourself")]
    Yourself,
    /// Too many posts.
    #[error("at most 20 posts can be reported at once")]
    TooManyPosts,
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
        let media = app.graph.get_many(&post.media).await?.into_iter().flatten();
        evidence.push(Evidence {
            post: post.id,
            made_ms: post.edited_ms.unwrap_or(post.id.ms()),
            text: post.text.clone(),
            warning: post.warning.clone(),
            sensitive: post.sensitive,
            audience: post.audience,
            answers: post.reply_to.map(|parent| parent.post),
            media: media
                .map(|media| EvidenceMedia {
                    media: media.id,
                    kind: media.kind,
                    description: media.description.clone(),
                })
                .collect(),
        });
    }
    Ok(evidence)
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
