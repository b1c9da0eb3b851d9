//! The audit log.

use axum::extract::State;
use graph::Stored;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    audit::{
        self, Filter,
        model::{Act, Entry, Subject, SubjectKind},
    },
    staff::Permission,
};

use super::{PAGE, PageOf, TAG};
use crate::{
    Shared,
    body::Params,
    format,
    mastodon::optional_id,
    page::Paging,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{Rendered, bytes},
};

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ViewAuditLog);
    vec![
        get("getAuditLog", "/api/sociosphere/v1/admin/audit", read)
            .says(TAG, "What staff did, the newest first")
            .takes::<Query>()
            .answers::<PageOf<EntryView>>()
            .to(list),
    ]
}

/// Which entries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Only of this person's doing.
    by: Option<String>,
    /// Only such acts.
    #[schemars(length(max = 40))]
    act: Option<String>,
    /// Only about things of this kind, with `subject_id`.
    #[schemars(length(max = 40))]
    subject: Option<String>,
    /// Only about this thing.
    subject_id: Option<String>,
    /// Which page; its cursors are numbers of entries.
    #[serde(flatten)]
    paging: Paging,
}

/// An act of staff.
#[derive(Debug, Serialize, JsonSchema)]
struct EntryView {
    /// The first is 1.
    number: u64,
    /// When.
    at: String,
    /// Id of who did it; none for the operator.
    by: Option<String>,
    /// What.
    act: &'static str,
    /// To what kind of thing.
    subject: &'static str,
    /// To which.
    subject_id: String,
    /// Why.
    reason: String,
    /// How it was.
    before: String,
    /// How it is since.
    after: String,
    /// SHA-256 over all of this and the hash of the entry before.
    hash: String,
}

fn view(entry: &Stored<Entry>) -> EntryView {
    EntryView {
        number: entry.number,
        at: format::time(entry.at_ms),
        by: entry.by.map(|by| by.to_string()),
        act: entry.act.as_str(),
        subject: entry.on.kind.as_str(),
        subject_id: entry.on.id.to_string(),
        reason: entry.reason.clone(),
        before: entry.before.clone(),
        after: entry.after.clone(),
        hash: entry.hash.clone(),
    }
}

async fn list(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let page = query.paging.page(PAGE)?;
    let act = match query.act.as_deref() {
        None | Some("") => None,
        Some(word) => {
            Some(Act::parse(word).ok_or_else(|| Problem::field("act", "is not one of ours"))?)
        }
    };
    let on = match (query.subject.as_deref(), query.subject_id.as_deref()) {
        (None | Some(""), None | Some("")) => None,
        (Some(kind), Some(id)) => {
            let kind = SubjectKind::parse(kind)
                .ok_or_else(|| Problem::field("subject", "is not one of ours"))?;
            let id = id.parse().map_err(|_| Problem::field("subject_id", "must be a number"))?;
            Some(Subject { kind, id })
        }
        _ => return Err(Problem::field("subject", "goes with subject_id")),
    };
    let filter = Filter { by: optional_id(&query.by)?, act, on };
    let (found, next) = audit::entries(&site.app, filter, page).await?;
    let items = found.iter().map(|entry| view(entry)).collect();
    Ok(Rendered(bytes(&PageOf { items, next: next.map(|next| next.to_string()) })))
}
