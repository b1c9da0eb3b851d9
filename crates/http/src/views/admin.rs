//! What staff see, in Mastodon's forms.

use std::{collections::HashMap, sync::Arc};

use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use social::{
    accounts::model::{Account as AccountNode, Login, Standing},
    fault::Fault,
    gates::model::{AddressBlock, EmailDomainBlock},
    moderation::model as nodes,
    posts::Seen,
    staff::{Powers, powers_of_logins},
};

use super::{Account, CredentialRole, Status, role_of, view_posts, views_of};
use crate::{Shared, format};

/// Somebody as staff see them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AdminAccount {
    /// Id.
    pub id: String,
    /// Handle.
    pub username: String,
    /// Never: everybody is of this community.
    pub domain: Option<String>,
    /// When it came to be.
    pub created_at: String,
    /// Address of mail.
    pub email: String,
    /// Never kept.
    pub ip: Option<String>,
    /// Never kept.
    pub ips: Vec<Value>,
    /// Language of the interface.
    pub locale: String,
    /// Why the person wants to join.
    pub invite_request: Option<String>,
    /// What they may do here.
    pub role: CredentialRole,
    /// Whether the address is confirmed.
    pub confirmed: bool,
    /// Whether staff let it in.
    pub approved: bool,
    /// Frozen: reads and does not write.
    pub disabled: bool,
    /// Media of its posts is hidden at first.
    pub sensitized: bool,
    /// Limited: seen by followers only.
    pub silenced: bool,
    /// Suspended.
    pub suspended: bool,
    /// As everyone sees it.
    pub account: Account,
    /// Never kept.
    pub created_by_application_id: Option<String>,
    /// Who invited.
    pub invited_by_account_id: Option<String>,
}

/// An account as staff see it.
pub async fn admin_account(
    site: &Shared,
    account: &Arc<Stored<AccountNode>>,
) -> Result<Option<AdminAccount>, Fault> {
    Ok(admin_accounts(site, std::slice::from_ref(account)).await?.pop().flatten())
}

/// The same of many, in order: as many reads as of one.
pub async fn admin_accounts(
    site: &Shared,
    accounts: &[Arc<Stored<AccountNode>>],
) -> Result<Vec<Option<AdminAccount>>, Fault> {
    let ids: Vec<_> = accounts.iter().map(|account| account.login).collect();
    let logins = site.app.graph.get_many(&ids).await?;
    let known: Vec<&Login> = logins.iter().flatten().map(|login| &login.body).collect();
    let mut powers = powers_of_logins(&site.app, &known).await?.into_iter();
    let views = views_of(site, accounts).await?;
    let all = accounts.iter().zip(logins).zip(views);
    let mut view = |((account, login), view): ((&Arc<Stored<AccountNode>>, Option<_>), Account)| {
        let login: Arc<Stored<Login>> = login?;
        Some(admin_view(account, &login, &powers.next()?, view))
    };
    Ok(all.map(&mut view).collect())
}

/// Those of many ids that there are.
pub async fn admin_people(
    site: &Shared,
    mut ids: Vec<Id<AccountNode>>,
) -> Result<HashMap<Id<AccountNode>, AdminAccount>, Fault> {
    ids.sort_unstable();
    ids.dedup();
    let accounts: Vec<_> = site.app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let views = admin_accounts(site, &accounts).await?;
    let each = accounts.iter().zip(views).filter_map(|(account, view)| Some((account.id, view?)));
    Ok(each.collect())
}

fn admin_view(
    account: &Stored<AccountNode>,
    login: &Stored<Login>,
    powers: &Powers,
    view: Account,
) -> AdminAccount {
    AdminAccount {
        id: account.id.to_string(),
        username: account.handle.as_str().to_owned(),
        domain: None,
        created_at: format::time(account.id.ms()),
        email: login.email.clone(),
        ip: None,
        ips: Vec::new(),
        locale: login.locale.clone(),
        invite_request: login.reason.clone(),
        role: role_of(powers),
        confirmed: login.confirmed,
        approved: account.standing != Standing::Pending,
        disabled: login.frozen,
        sensitized: account.sensitive,
        silenced: account.limited,
        suspended: account.standing == Standing::Suspended,
        account: view,
        created_by_application_id: None,
        invited_by_account_id: login.invited_by.map(|by| by.to_string()),
    }
}

/// A report as staff see it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AdminReport {
    /// Id.
    pub id: String,
    /// Whether its case is decided.
    pub action_taken: bool,
    /// When.
    pub action_taken_at: Option<String>,
    /// `spam`, `legal`, `violation` or `other`.
    #[schemars(extend("enum" = ["spam", "legal", "violation", "other"]))]
    pub category: &'static str,
    /// In the reporter's words.
    pub comment: String,
    /// Never: everybody is of this community.
    pub forwarded: bool,
    /// When it was made.
    pub created_at: String,
    /// When its case was last touched.
    pub updated_at: String,
    /// Who reports.
    pub account: AdminAccount,
    /// About whom.
    pub target_account: AdminAccount,
    /// Who looks at it.
    pub assigned_account: Option<AdminAccount>,
    /// Who decided.
    pub action_taken_by_account: Option<AdminAccount>,
    /// Reported posts that are still there.
    pub statuses: Vec<Status>,
    /// Rules that are broken, as they were.
    #[schemars(schema_with = "super::shapes::rules")]
    pub rules: Vec<Value>,
}

/// A report as staff see it; `None` where one of its sides is gone.
pub async fn admin_report(
    site: &Shared,
    report: &Stored<nodes::Report>,
) -> Result<Option<AdminReport>, Fault> {
    let graph = &site.app.graph;
    let Some(case) = graph.get(report.case).await? else { return Ok(None) };
    let decision = match case.decision {
        Some(id) => graph.get(id).await?,
        None => None,
    };
    let Some(account) = someone(site, report.by).await? else { return Ok(None) };
    let Some(target_account) = someone(site, Some(report.about)).await? else { return Ok(None) };
    let ids: Vec<_> = report.evidence.iter().map(|one| one.post).collect();
    let Some(author) = graph.get(report.about).await? else { return Ok(None) };
    // What was reported is for staff, whomever it was for; nothing else of the account is.
    let seen: Vec<_> = graph
        .get_many(&ids)
        .await?
        .into_iter()
        .flatten()
        .map(|post| Seen { post, author: author.clone(), shared: None, parent_known: false })
        .collect();
    let rules = report.rules.iter();
    Ok(Some(AdminReport {
        id: report.id.to_string(),
        action_taken: decision.is_some(),
        action_taken_at: decision.as_ref().map(|decision| format::time(decision.id.ms())),
        category: report.category.as_str(),
        comment: report.comment.clone(),
        forwarded: false,
        created_at: format::time(report.id.ms()),
        updated_at: format::time(case.updated_ms),
        account,
        target_account,
        assigned_account: someone(site, case.claim.and_then(|claim| claim.by)).await?,
        action_taken_by_account: someone(site, decision.and_then(|one| one.by)).await?,
        statuses: view_posts(site, None, &seen).await?,
        rules: rules
            .map(|rule| json!({"id": rule.id.to_string(), "text": rule.text, "hint": rule.hint}))
            .collect(),
    }))
}

async fn someone(
    site: &Shared,
    id: Option<Id<AccountNode>>,
) -> Result<Option<AdminAccount>, Fault> {
    let Some(id) = id else { return Ok(None) };
    match site.app.graph.get(id).await? {
        Some(account) => admin_account(site, &account).await,
        None => Ok(None),
    }
}

/// A blocked e-mail domain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AdminEmailDomainBlock {
    /// Id.
    pub id: String,
    /// Domain.
    pub domain: String,
    /// When it was blocked.
    pub created_at: String,
    /// Never kept.
    pub history: Vec<Value>,
    /// Whether staff may still let somebody in.
    pub allow_with_approval: bool,
}

/// See [`AdminEmailDomainBlock`].
pub fn domain_block(block: &Stored<EmailDomainBlock>) -> AdminEmailDomainBlock {
    AdminEmailDomainBlock {
        id: block.id.to_string(),
        domain: block.domain.clone(),
        created_at: format::time(block.id.ms()),
        history: Vec::new(),
        allow_with_approval: block.with_approval,
    }
}

/// A blocked range of addresses.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AdminIpBlock {
    /// Id.
    pub id: String,
    /// Range.
    pub ip: String,
    /// What is held off.
    #[schemars(extend("enum" = ["sign_up_requires_approval", "sign_up_block", "no_access"]))]
    pub severity: &'static str,
    /// Why.
    pub comment: String,
    /// When it was blocked.
    pub created_at: String,
    /// Until when.
    pub expires_at: Option<String>,
}

/// See [`AdminIpBlock`].
pub fn ip_block(block: &Stored<AddressBlock>) -> AdminIpBlock {
    AdminIpBlock {
        id: block.id.to_string(),
        ip: block.range.to_string(),
        severity: block.severity.as_str(),
        comment: block.comment.clone(),
        created_at: format::time(block.id.ms()),
        expires_at: block.expires_ms.map(format::time),
    }
}
