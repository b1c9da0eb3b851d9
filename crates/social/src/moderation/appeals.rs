//! Appeals: by the person concerned, decided by somebody else than who decided.

use std::{sync::Arc, time::Duration};

use graph::{Batch, CommitError, Id, Page, Stored};

use super::{
    error::{ModerationError, standing},
    model::{Appeal, AppealState, ClosedAppeals, Decision, DecisionsOn, Measure, PendingAppeals},
};
use crate::{
    accounts::{Change, model::Account, put_standing},
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    events::Event,
    fault::Fault,
    house::{house, model::Text},
    instance::model::INSTANCE,
    posts::{self, login_of},
    secret::{base64url, from_base64url, mac, same},
    staff::{Permission, Powers},
    text::plain_block,
};

/// How long a decision can be appealed.
const LIFE: Duration = Duration::from_secs(20 * 24 * 60 * 60);
/// Most characters of an appeal.
const MOST_TEXT: usize = 2_000;
/// Most decisions about one account that are looked at.
const MOST_DECISIONS: usize = 100;

/// Decisions about an account, the newest first.
pub async fn decisions_on(
    app: &App,
    account: Id<Account>,
) -> Result<Vec<Arc<Stored<Decision>>>, Fault> {
    let page = Page::newest(MOST_DECISIONS);
    let links = app.graph.list::<DecisionsOn>(account, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    Ok(app.graph.get_many(&ids).await?.into_iter().flatten().collect())
}

/// The secret part of the link in a decision's mail: who is suspended cannot sign in, and may appeal all the same.
pub fn link_of(app: &App, decision: Id<Decision>) -> String {
    let id = decision.raw().to_be_bytes();
    let seal = mac(&app.secrets.mac, "appeal", &[&id]);
    base64url(&[&id[..], &seal[..24]].concat())
}

/// The decision that a link is about.
pub async fn decision_of_link(
    app: &App,
    token: &str,
) -> Result<Arc<Stored<Decision>>, ModerationError> {
    let bytes = from_base64url(token).filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or(ModerationError::NotFound)?;
    let (id, seal) = bytes.split_at(8);
    if !same(&mac(&app.secrets.mac, "appeal", &[id])[..24], seal) {
        return Err(ModerationError::NotFound);
    }
    let id = u64::from_be_bytes(id.try_into().map_err(|_| ModerationError::NotFound)?);
    let id: Id<Decision> = Id::new(id).ok_or(ModerationError::NotFound)?;
    app.graph.get(id).await?.ok_or(ModerationError::NotFound)
}

/// Appeals by the link of the mail.
pub async fn appeal_by_link(
    app: &App,
    token: &str,
    text: &str,
) -> Result<Arc<Stored<Appeal>>, ModerationError> {
    let decision = decision_of_link(app, token).await?;
    appeal(app, decision.about, decision.id, text).await
}

/// Says something against a decision about oneself, once.
pub async fn appeal(
    app: &App,
    by: Id<Account>,
    id: Id<Decision>,
    text: &str,
) -> Result<Arc<Stored<Appeal>>, ModerationError> {
    let decision = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
    if decision.about != by || !decision.concerns_account() {
        return Err(ModerationError::NotFound);
    }
    if decision.appeal.is_some() {
        return Err(ModerationError::Decided);
    }
    if id.ms() + (LIFE.as_millis() as u64) < app.now_ms() {
        return Err(ModerationError::TooLate);
    }
    let text = plain_block(text, MOST_TEXT).map_err(|_| ModerationError::Text)?;
    if text.is_empty() {
        return Err(ModerationError::Text);
    }
    let appeal: Id<Appeal> = app.id();
    let body = Appeal { decision: id, by, text, state: AppealState::Pending, decided_by: None };
    let mut batch = Batch::new();
    batch.create(appeal, &body);
    batch.replace(&decision, &Decision { appeal: Some(appeal), ..decision.body.clone() });
    batch.link::<PendingAppeals>(INSTANCE, appeal, appeal.raw());
    match app.graph.commit(batch).await {
        Ok(_) => app.graph.get(appeal).await?.ok_or(ModerationError::NotFound),
        Err(CommitError::Conflict { .. }) => Err(ModerationError::Decided),
        Err(error) => Err(error.into()),
    }
}

/// Appeals with their decisions, the newest first: those that wait, or those that are decided.
pub async fn appeals(
    app: &App,
    by: &Powers,
    closed: bool,
    page: Page,
) -> Result<Vec<(Arc<Stored<Appeal>>, Arc<Stored<Decision>>)>, ModerationError> {
    if !by.may(Permission::ManageAppeals) {
        return Err(ModerationError::NotAllowed);
    }
    let links = match closed {
        true => app.graph.list::<ClosedAppeals>(INSTANCE, page).await?,
        false => app.graph.list::<PendingAppeals>(INSTANCE, page).await?,
    };
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let appeals: Vec<_> = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let decisions: Vec<_> = appeals.iter().map(|appeal| appeal.decision).collect();
    let decisions = app.graph.get_many(&decisions).await?;
    Ok(appeals.into_iter().zip(decisions).filter_map(|(one, of)| Some((one, of?))).collect())
}

/// Decides an appeal. An accepted one takes back what the decision did, as far as no other decision does the same;
/// deleted posts stay deleted.
pub async fn decide_appeal(
    app: &App,
    by: &Powers,
    id: Id<Appeal>,
    accept: bool,
    reason: &str,
) -> Result<(), ModerationError> {
    if !by.may(Permission::ManageAppeals) {
        return Err(ModerationError::NotAllowed);
    }
    let reason = plain_block(reason, MOST_TEXT).map_err(|_| ModerationError::Text)?;
    for _ in 0..5 {
        let appeal = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
        if appeal.state != AppealState::Pending {
            return Err(ModerationError::Decided);
        }
        let decision = app.graph.get(appeal.decision).await?.ok_or(ModerationError::NotFound)?;
        if decision.by == by.account || Some(appeal.by) == by.account {
            return Err(ModerationError::SamePerson);
        }
        let state = if accept { AppealState::Accepted } else { AppealState::Rejected };
        let mut batch = Batch::new();
        let decided_by = by.account;
        batch.replace(&appeal, &Appeal { state, decided_by, ..appeal.body.clone() });
        batch.discard::<PendingAppeals>(INSTANCE, id);
        batch.ensure::<ClosedAppeals>(INSTANCE, id, app.ord());
        if accept {
            batch.replace(&decision, &Decision { undone: true, ..decision.body.clone() });
            take_back(app, &mut batch, &decision).await?;
        }
        let on = Subject { kind: SubjectKind::Appeal, id: id.raw() };
        let before = format!("decision={} account={}", decision.id, decision.about);
        let after = state.as_str().to_owned();
        let note =
            Note { by: by.account, act: Act::DecideAppeal, on, reason: &reason, before, after };
        audit::record(app, &mut batch, note).await?;
        batch.emit(app.id(), &Event::AppealDecided { appeal: id });
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

async fn take_back(
    app: &App,
    batch: &mut Batch,
    decision: &Stored<Decision>,
) -> Result<(), ModerationError> {
    let about = decision.about;
    let others = decisions_on(app, about).await?;
    let others = || others.iter().filter(|other| other.id != decision.id && !other.undone);
    let clears = |measure| {
        let held = others().any(|other| other.measures.contains(&measure));
        (decision.measures.contains(&measure) && !held).then_some(false)
    };
    let change = Change {
        limited: clears(Measure::Limit),
        sensitive: clears(Measure::Sensitive),
        frozen: clears(Measure::Freeze),
        suspended: clears(Measure::Suspend),
    };
    let account = app.graph.get(about).await?.ok_or(ModerationError::Standing)?;
    if change != Change::default() {
        let login = login_of(app, about).await?;
        put_standing(app, batch, &account, &login, change).await.map_err(standing)?;
    }
    if decision.measures.contains(&Measure::Fold) {
        let words = house(app).await?.text(Text::FoldWarning).to_owned();
        for post in app.graph.get_many(&decision.posts).await?.into_iter().flatten() {
            let held = others().any(|other| {
                other.measures.contains(&Measure::Fold) && other.posts.contains(&post.id)
            });
            if !held {
                posts::unfold(app, batch, &post, &words);
            }
        }
    }
    Ok(())
}
