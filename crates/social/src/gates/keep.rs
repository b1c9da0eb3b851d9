//! Blocking and unblocking.

use std::{sync::Arc, time::Duration};

use graph::{Batch, CommitError, Expect, Id, Page, Stored};

use super::{
    model::{
        ADDRESSES, AddressBlock, AddressBlocks, BARRED, Barred, EMAIL_DOMAINS, EmailDomainBlock,
        EmailDomainBlocks, Severity,
    },
    range::{BadRange, Range},
};
use crate::{
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    instance::model::INSTANCE,
    staff::{Permission, Powers},
    text::plain_line,
};

/// Most ranges from which nobody gets in at all: they are asked at every request.
const MOST_BARRED: usize = 1_000;

/// Why a gate was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// Who asks may not.
    #[error("your role does not allow this")]
    NotAllowed,
    /// No such block.
    #[error("no such block")]
    NotFound,
    /// Blocked already.
    #[error("is blocked already")]
    Taken,
    /// The domain.
    #[error("must be a domain like example.org")]
    Domain,
    /// The range.
    #[error(transparent)]
    Range(BadRange),
    /// The comment.
    #[error("the comment is too long (maximum is 200 characters)")]
    Comment,
    /// Too many.
    #[error("at most 1000 ranges are kept out altogether")]
    TooMany,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for GateError
where
    Fault: From<E>,
{
    fn from(error: E) -> GateError {
        GateError::Fault(error.into())
    }
}

fn allowed(by: &Powers) -> Result<(), GateError> {
    if by.may(Permission::ManageBlocks) { Ok(()) } else { Err(GateError::NotAllowed) }
}

/// Blocked domains, the newest first.
pub async fn blocked_domains(
    app: &App,
    page: Page,
) -> Result<Vec<Arc<Stored<EmailDomainBlock>>>, Fault> {
    let links = app.graph.list::<EmailDomainBlocks>(INSTANCE, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    Ok(app.graph.get_many(&ids).await?.into_iter().flatten().collect())
}

/// Blocked ranges, the newest first.
pub async fn blocked_addresses(
    app: &App,
    page: Page,
) -> Result<Vec<Arc<Stored<AddressBlock>>>, Fault> {
    let links = app.graph.list::<AddressBlocks>(INSTANCE, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    Ok(app.graph.get_many(&ids).await?.into_iter().flatten().collect())
}

/// Blocks a domain and those below it. Who has an account already keeps it.
pub async fn block_domain(
    app: &App,
    by: &Powers,
    domain: &str,
    with_approval: bool,
    reason: &str,
) -> Result<Arc<Stored<EmailDomainBlock>>, GateError> {
    allowed(by)?;
    let domain = domain.trim().trim_start_matches('@').to_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if domain.len() > 253 || !domain.contains('.') || !domain.split('.').all(label) {
        return Err(GateError::Domain);
    }
    let id: Id<EmailDomainBlock> = app.id();
    let mut batch = Batch::new();
    batch.claim(EMAIL_DOMAINS, &domain, id);
    batch.create(id, &EmailDomainBlock { domain: domain.clone(), with_approval });
    batch.link::<EmailDomainBlocks>(INSTANCE, id, id.raw());
    let note = Told { act: Act::BlockEmailDomain, kind: SubjectKind::EmailDomain, id: id.raw() };
    commit(app, by, batch, note, reason, String::new(), domain).await?;
    app.graph.get(id).await?.ok_or(GateError::NotFound)
}

/// Unblocks a domain.
pub async fn unblock_domain(
    app: &App,
    by: &Powers,
    id: Id<EmailDomainBlock>,
    reason: &str,
) -> Result<(), GateError> {
    allowed(by)?;
    let block = app.graph.get(id).await?.ok_or(GateError::NotFound)?;
    let mut batch = Batch::new();
    batch.release(EMAIL_DOMAINS, &block.domain, id);
    batch.remove(id, Expect::Version(block.version));
    batch.discard::<EmailDomainBlocks>(INSTANCE, id);
    let note = Told { act: Act::UnblockEmailDomain, kind: SubjectKind::EmailDomain, id: id.raw() };
    commit(app, by, batch, note, reason, block.domain.clone(), String::new()).await
}

/// Blocks a range of addresses, for a time or for good.
pub async fn block_address(
    app: &App,
    by: &Powers,
    range: &str,
    severity: Severity,
    comment: &str,
    life: Option<Duration>,
) -> Result<Arc<Stored<AddressBlock>>, GateError> {
    allowed(by)?;
    let range: Range = range.parse().map_err(GateError::Range)?;
    let comment = plain_line(comment, 200).map_err(|_| GateError::Comment)?;
    let expires_ms = life.map(|life| app.now_ms() + life.as_millis() as u64);
    let id: Id<AddressBlock> = app.id();
    let mut batch = Batch::new();
    batch.claim(ADDRESSES, &range.to_string(), id);
    batch.create(id, &AddressBlock { range, severity, comment: comment.clone(), expires_ms });
    batch.link::<AddressBlocks>(INSTANCE, id, id.raw());
    if severity == Severity::NoAccess {
        bar(app, &mut batch, range, Some(expires_ms)).await?;
    }
    let note = Told { act: Act::BlockAddress, kind: SubjectKind::Address, id: id.raw() };
    let after = format!("{range} {}", severity.as_str());
    commit(app, by, batch, note, &comment, String::new(), after).await?;
    app.graph.get(id).await?.ok_or(GateError::NotFound)
}

/// Unblocks a range.
pub async fn unblock_address(
    app: &App,
    by: &Powers,
    id: Id<AddressBlock>,
    reason: &str,
) -> Result<(), GateError> {
    allowed(by)?;
    let block = app.graph.get(id).await?.ok_or(GateError::NotFound)?;
    let mut batch = Batch::new();
    batch.release(ADDRESSES, &block.range.to_string(), id);
    batch.remove(id, Expect::Version(block.version));
    batch.discard::<AddressBlocks>(INSTANCE, id);
    if block.severity == Severity::NoAccess {
        bar(app, &mut batch, block.range, None).await?;
    }
    let note = Told { act: Act::UnblockAddress, kind: SubjectKind::Address, id: id.raw() };
    let before = format!("{} {}", block.range, block.severity.as_str());
    commit(app, by, batch, note, reason, before, String::new()).await
}

/// Keeps the node that every request asks in step with the list.
async fn bar(
    app: &App,
    batch: &mut Batch,
    range: Range,
    until: Option<Option<u64>>,
) -> Result<(), GateError> {
    let stored = app.graph.get(BARRED).await?;
    let mut ranges = stored.as_ref().map(|barred| barred.ranges.clone()).unwrap_or_default();
    ranges.retain(|(one, _)| *one != range);
    ranges.extend(until.map(|end| (range, end)));
    if ranges.len() > MOST_BARRED {
        return Err(GateError::TooMany);
    }
    match &stored {
        Some(stored) => batch.replace(stored, &Barred { ranges }),
        None => batch.create(BARRED, &Barred { ranges }),
    };
    Ok(())
}

struct Told {
    act: Act,
    kind: SubjectKind,
    id: u64,
}

async fn commit(
    app: &App,
    by: &Powers,
    mut batch: Batch,
    told: Told,
    reason: &str,
    before: String,
    after: String,
) -> Result<(), GateError> {
    let on = Subject { kind: told.kind, id: told.id };
    let note = Note { by: by.account, act: told.act, on, reason, before, after };
    audit::record(app, &mut batch, note).await?;
    match app.graph.commit(batch).await {
        Ok(_) => Ok(()),
        Err(CommitError::KeyTaken { .. }) => Err(GateError::Taken),
        Err(error) => Err(error.into()),
    }
}
