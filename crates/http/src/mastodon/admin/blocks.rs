//! Blocked e-mail domains and ranges of addresses.

use std::time::Duration;

use axum::{extract::State, response::Response};
use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    gates::{
        self,
        model::{AddressBlock, EmailDomainBlock, Severity},
    },
    staff::Permission,
};

use super::PAGE;
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    mastodon::{PathId, WithLink},
    page::{Back, Paging, link},
    problem::Problem,
    routes::{Access, Operation, delete, get, post},
    views::{AdminEmailDomainBlock, AdminIpBlock, Empty, Rendered, bytes, domain_block, ip_block},
};

const TAG: &str = "admin";
const DOMAINS: &str = "/api/v1/admin/email_domain_blocks";
const DOMAIN: &str = "/api/v1/admin/email_domain_blocks/{id}";
const ADDRESSES: &str = "/api/v1/admin/ip_blocks";
const ADDRESS: &str = "/api/v1/admin/ip_blocks/{id}";

pub fn operations() -> Vec<Operation> {
    let read = |scope| Access::Staff(scope, Permission::ManageBlocks);
    let domains = read("admin:read:email_domain_blocks");
    let domains_write = read("admin:write:email_domain_blocks");
    let addresses = read("admin:read:ip_blocks");
    let addresses_write = read("admin:write:ip_blocks");
    vec![
        get("getEmailDomainBlocks", DOMAINS, domains)
            .says(TAG, "Lists blocked e-mail domains")
            .takes::<Paging>()
            .answers::<Vec<AdminEmailDomainBlock>>()
            .to(list_domains),
        get("getEmailDomainBlock", DOMAIN, domains)
            .says(TAG, "Reads a blocked e-mail domain")
            .answers::<AdminEmailDomainBlock>()
            .to(one_domain),
        post("postEmailDomainBlock", DOMAINS, domains_write)
            .says(TAG, "Blocks an e-mail domain")
            .takes::<DomainForm>()
            .answers::<AdminEmailDomainBlock>()
            .to(block_domain),
        delete("deleteEmailDomainBlock", DOMAIN, domains_write)
            .says(TAG, "Unblocks an e-mail domain")
            .answers::<Empty>()
            .to(unblock_domain),
        get("getIpBlocks", ADDRESSES, addresses)
            .says(TAG, "Lists blocked ranges of addresses")
            .takes::<Paging>()
            .answers::<Vec<AdminIpBlock>>()
            .to(list_addresses),
        get("getIpBlock", ADDRESS, addresses)
            .says(TAG, "Reads a blocked range")
            .answers::<AdminIpBlock>()
            .to(one_address),
        post("postIpBlock", ADDRESSES, addresses_write)
            .says(TAG, "Blocks a range of addresses")
            .takes::<AddressForm>()
            .answers::<AdminIpBlock>()
            .to(block_address),
        delete("deleteIpBlock", ADDRESS, addresses_write)
            .says(TAG, "Unblocks a range")
            .answers::<Empty>()
            .to(unblock_address),
    ]
}

async fn list_domains(
    State(site): State<Shared>,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let page = paging.page(PAGE)?;
    let blocks = gates::blocked_domains(&site.app, page).await?;
    let ends = blocks.first().zip(blocks.last()).map(|(a, b)| (a.id.raw(), b.id.raw()));
    let link = link(&site, &uri, ends, blocks.len() >= page.limit, Back::MinId);
    let views: Vec<_> = blocks.iter().map(|block| domain_block(block)).collect();
    Ok((link.map(|link| [link]), Rendered(bytes(&views))).into_response_with_link())
}

async fn one_domain(
    State(site): State<Shared>,
    PathId(id): PathId<EmailDomainBlock>,
) -> Result<Rendered, Problem> {
    let block = site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&domain_block(&block))))
}

/// Which domain.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DomainForm {
    /// Domain.
    #[schemars(length(max = 253))]
    domain: String,
    /// Staff may still let somebody in.
    allow_with_approval: bool,
}

async fn block_domain(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<DomainForm>,
) -> Result<Rendered, Problem> {
    let with_approval = form.allow_with_approval;
    let block = gates::block_domain(&site.app, &by, &form.domain, with_approval, "").await?;
    Ok(Rendered(bytes(&domain_block(&block))))
}

async fn unblock_domain(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<EmailDomainBlock>,
) -> Result<Rendered, Problem> {
    gates::unblock_domain(&site.app, &by, id, "").await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn list_addresses(
    State(site): State<Shared>,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let page = paging.page(PAGE)?;
    let blocks = gates::blocked_addresses(&site.app, page).await?;
    let ends = blocks.first().zip(blocks.last()).map(|(a, b)| (a.id.raw(), b.id.raw()));
    let link = link(&site, &uri, ends, blocks.len() >= page.limit, Back::MinId);
    let views: Vec<_> = blocks.iter().map(|block| ip_block(block)).collect();
    Ok((link.map(|link| [link]), Rendered(bytes(&views))).into_response_with_link())
}

async fn one_address(
    State(site): State<Shared>,
    PathId(id): PathId<AddressBlock>,
) -> Result<Rendered, Problem> {
    let block = site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&ip_block(&block))))
}

/// Which range.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AddressForm {
    /// An address or a range.
    #[schemars(length(max = 60))]
    ip: String,
    /// What is held off.
    #[schemars(extend("enum" = ["sign_up_requires_approval", "sign_up_block", "no_access"]))]
    severity: String,
    /// Why.
    #[schemars(length(max = 200))]
    comment: String,
    /// For how many seconds; for good without.
    expires_in: Option<u64>,
}

async fn block_address(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<AddressForm>,
) -> Result<Rendered, Problem> {
    let severity = Severity::parse(&form.severity)
        .ok_or_else(|| Problem::field("severity", "is not one of ours"))?;
    // Ten years are for good.
    let life = form.expires_in.filter(|life| *life > 0);
    let life = life.map(|life| Duration::from_secs(life.min(10 * 365 * 86_400)));
    let comment = &form.comment;
    let block = gates::block_address(&site.app, &by, &form.ip, severity, comment, life).await?;
    Ok(Rendered(bytes(&ip_block(&block))))
}

async fn unblock_address(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AddressBlock>,
) -> Result<Rendered, Problem> {
    gates::unblock_address(&site.app, &by, id, "").await?;
    Ok(Rendered(bytes(&Empty {})))
}
