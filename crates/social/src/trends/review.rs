//! What staff decide about trends, and the list that they decide it in.

use graph::{Batch, CommitError, Edge, Id, Page};

use super::{
    model::{
        ALLOWED, Day, HIDDEN, Kind, LEDGER, Ledger, ReviewedLinks, ReviewedPosts, ReviewedTags,
        Verdict,
    },
    read::{Line, lines, shown},
};
use crate::{
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    instance::model::{INSTANCE, Instance},
    posts::model::Post,
    staff::{Permission, Powers},
};

/// How many decisions are looked at for a list.
const DECISIONS: usize = 1_000;

/// Why a trend was not reviewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// Who asks may not.
    #[error("your role does not allow this")]
    NotAllowed,
    /// There is no such thing.
    #[error("no such trend")]
    NotFound,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for ReviewError
where
    Fault: From<E>,
{
    fn from(error: E) -> ReviewError {
        ReviewError::Fault(error.into())
    }
}

/// A trend as staff see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reviewed {
    /// Which kind.
    pub kind: Kind,
    /// Which.
    pub id: u64,
    /// What staff decided.
    pub verdict: Verdict,
    /// Its place in what everybody sees, from 1.
    pub rank: Option<usize>,
    /// How hot it is.
    pub score: f64,
    /// The last seven days, today first; none of posts.
    pub days: Vec<Day>,
    /// People, where there are no days.
    pub people: u32,
}

/// A list of trends for staff.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reviewing {
    /// The hottest first; then what was decided and is not hot, the newest decision first.
    pub items: Vec<Reviewed>,
    /// When trends were brought up to date, Unix milliseconds.
    pub refreshed_ms: Option<u64>,
}

/// Which of a kind staff look at: those of a verdict, or all.
pub async fn to_review(
    app: &App,
    by: &Powers,
    kind: Kind,
    of: Option<Verdict>,
    offset: usize,
    limit: usize,
) -> Result<Reviewing, ReviewError> {
    if !by.may(Permission::ManageTrends) {
        return Err(ReviewError::NotAllowed);
    }
    let ledger = app.graph.get(LEDGER).await?;
    let hot = ledger.as_ref().map(|ledger| lines(ledger, kind)).unwrap_or_default();
    let mut all = hot;
    for id in decided(app, kind).await? {
        if all.iter().all(|line| line.id != id) {
            all.push(Line {
                id,
                score: 0.0,
                days: days(ledger.as_ref().map(|ledger| &ledger.body), kind, id),
                people: 0,
            });
        }
    }
    let mut items = judged(app, kind, all).await?;
    items.retain(|item| of.is_none_or(|of| of == item.verdict));
    let items = items.into_iter().skip(offset).take(limit).collect();
    Ok(Reviewing { items, refreshed_ms: ledger.map(|ledger| ledger.at_ms) })
}

fn days(ledger: Option<&Ledger>, kind: Kind, id: u64) -> Vec<Day> {
    let Some(ledger) = ledger else { return Vec::new() };
    let list = match kind {
        Kind::Tag => &ledger.tags,
        Kind::Link => &ledger.links,
        Kind::Post => return Vec::new(),
    };
    let warm = list.iter().find(|warm| warm.id == id);
    warm.map(|warm| warm.week(ledger.at_ms)).unwrap_or_default()
}

async fn judged(app: &App, kind: Kind, lines: Vec<Line>) -> Result<Vec<Reviewed>, Fault> {
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    let verdicts = verdicts(app, kind, &ids).await?;
    let seen: Vec<_> = shown(app, kind).await?.iter().map(|line| line.id).collect();
    let each = lines.into_iter().zip(verdicts).map(|(line, verdict)| Reviewed {
        kind,
        id: line.id,
        verdict,
        rank: seen.iter().position(|id| *id == line.id).map(|place| place + 1),
        score: line.score,
        days: line.days,
        people: line.people,
    });
    Ok(each.collect())
}

/// Decides about a trend; it holds from the next read on.
pub async fn review(
    app: &App,
    by: &Powers,
    kind: Kind,
    id: u64,
    verdict: Verdict,
    reason: &str,
) -> Result<Reviewed, ReviewError> {
    if !by.may(Permission::ManageTrends) {
        return Err(ReviewError::NotAllowed);
    }
    match kind {
        Kind::Tag => decide::<ReviewedTags>(app, by, kind, id, verdict, reason).await?,
        Kind::Post => decide::<ReviewedPosts>(app, by, kind, id, verdict, reason).await?,
        Kind::Link => decide::<ReviewedLinks>(app, by, kind, id, verdict, reason).await?,
    }
    let ledger = app.graph.get(LEDGER).await?;
    let hot = ledger.as_ref().map(|ledger| lines(ledger, kind)).unwrap_or_default();
    let cold = Line {
        id,
        score: 0.0,
        days: days(ledger.as_ref().map(|ledger| &ledger.body), kind, id),
        people: 0,
    };
    let line = hot.into_iter().find(|line| line.id == id).unwrap_or(cold);
    judged(app, kind, vec![line]).await?.pop().ok_or(ReviewError::NotFound)
}

async fn decide<E: Edge<From = Instance>>(
    app: &App,
    by: &Powers,
    kind: Kind,
    id: u64,
    verdict: Verdict,
    reason: &str,
) -> Result<(), ReviewError>
where
    E::To: graph::Node,
{
    let id: Id<E::To> = Id::new(id).ok_or(ReviewError::NotFound)?;
    for _ in 0..5 {
        app.graph.get(id).await?.ok_or(ReviewError::NotFound)?;
        let edge = app.graph.edge::<E>(INSTANCE, id).await?;
        let before = meant(edge.as_ref().map_or(0, |edge| edge.flags));
        if before == verdict {
            return Ok(());
        }
        let mut batch = Batch::new();
        // Taken out and put in again: the newest decision stands first.
        batch.discard::<E>(INSTANCE, id);
        let flag = match verdict {
            Verdict::Open => None,
            Verdict::Hidden => Some(HIDDEN),
            Verdict::Allowed => Some(ALLOWED),
        };
        if let Some(flag) = flag {
            batch.flag::<E>(INSTANCE, id, app.ord(), flag, 0);
        }
        let subject = match kind {
            Kind::Tag => SubjectKind::Tag,
            Kind::Post => SubjectKind::Post,
            Kind::Link => SubjectKind::Link,
        };
        let note = Note {
            by: by.account,
            act: Act::ReviewTrend,
            on: Subject { kind: subject, id: id.raw() },
            reason,
            before: before.as_str().to_owned(),
            after: verdict.as_str().to_owned(),
        };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ReviewError::Fault(Fault::Busy))
}

/// Forgets what staff decided about a post that is gone.
pub async fn forget_post(app: &App, id: Id<Post>) -> Result<(), Fault> {
    if app.graph.edge::<ReviewedPosts>(INSTANCE, id).await?.is_some() {
        let mut batch = Batch::new();
        batch.discard::<ReviewedPosts>(INSTANCE, id);
        app.graph.commit(batch).await?;
    }
    Ok(())
}

fn meant(flags: u32) -> Verdict {
    match (flags & HIDDEN != 0, flags & ALLOWED != 0) {
        (true, _) => Verdict::Hidden,
        (_, true) => Verdict::Allowed,
        (false, false) => Verdict::Open,
    }
}

/// What staff decided about each of these, in order.
pub(super) async fn verdicts(app: &App, kind: Kind, ids: &[u64]) -> Result<Vec<Verdict>, Fault> {
    async fn of<E: Edge<From = Instance>>(app: &App, ids: &[u64]) -> Result<Vec<Verdict>, Fault> {
        let ends: Vec<_> =
            ids.iter().filter_map(|id| Id::<E::To>::new(*id)).map(|id| (INSTANCE, id)).collect();
        let edges = app.graph.edges::<E>(&ends).await?;
        Ok(edges.iter().map(|edge| meant(edge.as_ref().map_or(0, |edge| edge.flags))).collect())
    }
    match kind {
        Kind::Tag => of::<ReviewedTags>(app, ids).await,
        Kind::Post => of::<ReviewedPosts>(app, ids).await,
        Kind::Link => of::<ReviewedLinks>(app, ids).await,
    }
}

/// Everything of a kind that staff decided about, the newest decision first.
async fn decided(app: &App, kind: Kind) -> Result<Vec<u64>, Fault> {
    async fn of<E: Edge<From = Instance>>(app: &App) -> Result<Vec<u64>, Fault> {
        let links = app.graph.list::<E>(INSTANCE, Page::newest(DECISIONS)).await?;
        Ok(links.iter().map(|link| link.to.raw()).collect())
    }
    match kind {
        Kind::Tag => of::<ReviewedTags>(app).await,
        Kind::Post => of::<ReviewedPosts>(app).await,
        Kind::Link => of::<ReviewedLinks>(app).await,
    }
}
