//! Asking the gates.

use std::net::IpAddr;

use super::{
    model::{ADDRESSES, AddressBlock, BARRED, EMAIL_DOMAINS, EmailDomainBlock, Severity},
    range::Range,
};
use crate::{app::App, fault::Fault};

/// What the gates say to somebody who wants to sign up; the later, the harder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Come in.
    #[default]
    Open,
    /// Only if staff say so.
    Approval,
    /// Not from this address.
    AddressBlocked,
    /// Not with this e-mail domain.
    DomainBlocked,
}

/// Whether somebody may sign up with an e-mail address, from where they come.
pub async fn pass(app: &App, email: &str, from: Option<IpAddr>) -> Result<Verdict, Fault> {
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase();
    // The domain and all above it: `a.b.c`, `b.c`, `c`.
    let mut names = vec![domain.as_str()];
    names.extend(domain.match_indices('.').map(|(dot, _)| &domain[dot + 1..]));
    let names: Vec<_> = names.iter().map(|name| (EMAIL_DOMAINS, *name)).collect();
    let mut ids = app.graph.keys::<EmailDomainBlock>(&names).await?;
    ids.retain(Option::is_some);
    let ids: Vec<_> = ids.into_iter().flatten().collect();
    let mut verdict = Verdict::Open;
    for block in app.graph.get_many(&ids).await?.into_iter().flatten() {
        let one = if block.with_approval { Verdict::Approval } else { Verdict::DomainBlocked };
        verdict = verdict.max(one);
    }
    let Some(from) = from else { return Ok(verdict) };
    let ranges: Vec<String> = Range::all_around(from).map(|range| range.to_string()).collect();
    let names: Vec<_> = ranges.iter().map(|range| (ADDRESSES, range.as_str())).collect();
    let ids: Vec<_> = app.graph.keys::<AddressBlock>(&names).await?.into_iter().flatten().collect();
    let now = app.now_ms();
    for block in app.graph.get_many(&ids).await?.into_iter().flatten() {
        if block.expires_ms.is_some_and(|end| end <= now) {
            continue;
        }
        verdict = verdict.max(match block.severity {
            Severity::Approval => Verdict::Approval,
            Severity::SignUp | Severity::NoAccess => Verdict::AddressBlocked,
        });
    }
    Ok(verdict)
}

/// Whether nobody gets in from an address at all. Costs a look into a cache where no range is barred.
pub async fn is_barred(app: &App, from: IpAddr) -> Result<bool, Fault> {
    let Some(barred) = app.graph.get(BARRED).await? else { return Ok(false) };
    let now = app.now_ms();
    Ok(barred
        .ranges
        .iter()
        .any(|(range, end)| range.holds(from) && end.is_none_or(|end| end > now)))
}
