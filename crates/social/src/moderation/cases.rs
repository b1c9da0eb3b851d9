//! Cases as staff read them, and who looks at which.

use std::sync::Arc;

use graph::{Batch, CommitError, Edge, Id, Page, Stored};

use super::{
    error::ModerationError,
    model::{
        Case, CaseReports, CasesAbout, Claim, ClosedCases, Decision, OPEN_CASES, OpenCases, Report,
    },
};
use crate::{
    accounts::model::Account,
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    instance::model::{INSTANCE, Instance},
    staff::{Permission, Powers},
};

/// Most reports of a case that are read.
const MOST_REPORTS: usize = 200;
/// Most earlier cases that are read.
const MOST_EARLIER: usize = 50;

/// Which cases.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaseFilter {
    /// Decided ones.
    pub closed: bool,
    /// By who looks at them.
    pub claimed: Claimed,
    /// Only about this account.
    pub about: Option<Id<Account>>,
}

/// Who looks at a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claimed {
    /// Anybody or nobody.
    #[default]
    Any,
    /// Who asks.
    Mine,
    /// Nobody.
    Nobody,
}

fn may(by: &Powers) -> Result<(), ModerationError> {
    if by.may(Permission::ManageReports) { Ok(()) } else { Err(ModerationError::NotAllowed) }
}

/// A page of cases, and where the next one begins. What a filter leaves out is looked through to a bound.
pub async fn cases(
    app: &App,
    by: &Powers,
    filter: CaseFilter,
    page: Page,
) -> Result<(Vec<Arc<Stored<Case>>>, Option<u64>), ModerationError> {
    may(by)?;
    let kept = |case: &Case| {
        filter.about.is_none_or(|about| case.about == about)
            && match filter.claimed {
                Claimed::Any => true,
                Claimed::Mine => case.claim.is_some_and(|claim| claim.by == by.account),
                Claimed::Nobody => case.claim.is_none(),
            }
    };
    match filter.closed {
        true => listed::<ClosedCases>(app, page, kept).await,
        false => listed::<OpenCases>(app, page, kept).await,
    }
}

async fn listed<E: Edge<From = Instance, To = Case>>(
    app: &App,
    page: Page,
    kept: impl Fn(&Case) -> bool,
) -> Result<(Vec<Arc<Stored<Case>>>, Option<u64>), ModerationError> {
    /// How many cases are read at once, and for one page.
    const STEP: usize = 100;
    const SCAN: usize = 1_000;
    let (mut found, mut cursor, mut scanned) = (Vec::new(), page, 0);
    cursor.limit = STEP;
    loop {
        let links = app.graph.list::<E>(INSTANCE, cursor).await?;
        let ids: Vec<_> = links.iter().map(|link| link.to).collect();
        for (link, case) in links.iter().zip(app.graph.get_many(&ids).await?) {
            found.extend(case.filter(|case| kept(case)));
            if found.len() == page.limit {
                return Ok((found, Some(link.ord)));
            }
        }
        scanned += links.len();
        let Some(last) = links.last().filter(|_| links.len() == STEP) else {
            return Ok((found, None));
        };
        if scanned >= SCAN {
            return Ok((found, Some(last.ord)));
        }
        match page.order {
            graph::Order::Newest => cursor.below = Some(last.ord),
            graph::Order::Oldest => cursor.above = Some(last.ord),
        }
    }
}

/// A case with all that helps to decide it.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The case.
    pub case: Arc<Stored<Case>>,
    /// Its reports, the oldest first.
    pub reports: Vec<Arc<Stored<Report>>>,
    /// Other cases about the account, the newest first.
    pub earlier: Vec<Arc<Stored<Case>>>,
    /// Decisions about the account, the newest first.
    pub decisions: Vec<Arc<Stored<Decision>>>,
}

/// Reads a case.
pub async fn case_file(app: &App, by: &Powers, id: Id<Case>) -> Result<CaseFile, ModerationError> {
    may(by)?;
    let case = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
    let links = app.graph.list::<CaseReports>(id, Page::newest(MOST_REPORTS)).await?;
    let ids: Vec<_> = links.iter().rev().map(|link| link.to).collect();
    let reports = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let links = app.graph.list::<CasesAbout>(case.about, Page::newest(MOST_EARLIER)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).filter(|other| *other != id).collect();
    let earlier = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let decisions = super::appeals::decisions_on(app, case.about).await?;
    Ok(CaseFile { case, reports, earlier, decisions })
}

/// Takes a case to look at; others are told that it is taken.
pub async fn claim(
    app: &App,
    by: &Powers,
    id: Id<Case>,
) -> Result<Arc<Stored<Case>>, ModerationError> {
    may(by)?;
    change(app, by, id, Act::ClaimCase, |case| {
        if case.decision.is_some() {
            return Err(ModerationError::Decided);
        }
        match case.claim {
            Some(claim) if claim.by != by.account => Err(ModerationError::Claimed),
            Some(_) => Ok(None),
            None => Ok(Some(Some(Claim { by: by.account, at_ms: app.now_ms() }))),
        }
    })
    .await
}

/// Lets go of a case, or takes it from who has it and does nothing.
pub async fn unclaim(
    app: &App,
    by: &Powers,
    id: Id<Case>,
) -> Result<Arc<Stored<Case>>, ModerationError> {
    may(by)?;
    change(app, by, id, Act::UnclaimCase, |case| Ok(case.claim.map(|_| None))).await
}

/// Changes the claim of a case as `decide` says; `None` leaves it.
async fn change(
    app: &App,
    by: &Powers,
    id: Id<Case>,
    act: Act,
    decide: impl Fn(&Case) -> Result<Option<Option<Claim>>, ModerationError>,
) -> Result<Arc<Stored<Case>>, ModerationError> {
    for _ in 0..5 {
        let case = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
        let Some(claim) = decide(&case)? else { return Ok(case) };
        let mut batch = Batch::new();
        batch.replace(&case, &Case { claim, updated_ms: app.now_ms(), ..case.body.clone() });
        let who = |claim: Option<Claim>| match claim {
            Some(Claim { by: Some(by), .. }) => by.to_string(),
            Some(_) => "operator".to_owned(),
            None => String::new(),
        };
        let on = Subject { kind: SubjectKind::Case, id: id.raw() };
        let (before, after) = (who(case.claim), who(claim));
        let note = Note { by: by.account, act, on, reason: "", before, after };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Ok(_) => return app.graph.get(id).await?.ok_or(ModerationError::NotFound),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

/// Opens a decided case again. What was decided holds until something else is.
pub async fn reopen(
    app: &App,
    by: &Powers,
    id: Id<Case>,
    reason: &str,
) -> Result<Arc<Stored<Case>>, ModerationError> {
    may(by)?;
    let case = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
    let Some(decision) = case.decision else { return Ok(case) };
    let mut batch = Batch::new();
    let after = Case { decision: None, claim: None, updated_ms: app.now_ms(), ..case.body.clone() };
    batch.replace(&case, &after);
    batch.claim(OPEN_CASES, &case.about.to_string(), id);
    batch.discard::<ClosedCases>(INSTANCE, id);
    batch.ensure::<OpenCases>(INSTANCE, id, id.raw());
    let on = Subject { kind: SubjectKind::Case, id: id.raw() };
    let before = decision.to_string();
    let note =
        Note { by: by.account, act: Act::ReopenCase, on, reason, before, after: String::new() };
    audit::record(app, &mut batch, note).await?;
    match app.graph.commit(batch).await {
        Ok(_) => app.graph.get(id).await?.ok_or(ModerationError::NotFound),
        // There is a newer case about the same account: what is new belongs there.
        Err(CommitError::KeyTaken { .. }) => Err(ModerationError::Decided),
        Err(error) => Err(error.into()),
    }
}
