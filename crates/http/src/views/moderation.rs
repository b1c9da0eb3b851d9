//! Reports and decisions as the people concerned see them. Who decided is in none of it (Z-19).

use graph::Stored;
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    fault::Fault,
    moderation::model::{self as nodes, Decision, Measure},
};

use super::{Account, view_of};
use crate::{Shared, format};

/// What somebody reported, as they see it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Id.
    pub id: String,
    /// Whether staff have decided.
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
    /// Reported posts.
    pub status_ids: Vec<String>,
    /// Rules that are broken.
    pub rule_ids: Vec<String>,
    /// About whom.
    pub target_account: Account,
    /// What became of it.
    pub sociosphere: ReportExtra,
}

/// What other servers do not tell of a report.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ReportExtra {
    /// `open`, `dismissed` or `acted`.
    #[schemars(extend("enum" = ["open", "dismissed", "acted"]))]
    pub outcome: &'static str,
    /// What staff say to those who reported.
    pub message: String,
}

/// A report as who made it sees it; `None` where the account is gone.
pub async fn report_view(
    site: &Shared,
    report: &Stored<nodes::Report>,
) -> Result<Option<Report>, Fault> {
    let graph = &site.app.graph;
    let Some(target) = graph.get(report.about).await? else { return Ok(None) };
    let decision = match graph.get(report.case).await?.and_then(|case| case.decision) {
        Some(id) => graph.get(id).await?,
        None => None,
    };
    let sociosphere = match &decision {
        None => ReportExtra { outcome: "open", message: String::new() },
        Some(decision) => ReportExtra {
            outcome: if decision.concerns_account() { "acted" } else { "dismissed" },
            message: decision.to_reporters.clone(),
        },
    };
    Ok(Some(Report {
        id: report.id.to_string(),
        action_taken: decision.is_some(),
        action_taken_at: decision.map(|decision| format::time(decision.id.ms())),
        category: report.category.as_str(),
        comment: report.comment.clone(),
        forwarded: false,
        created_at: format::time(report.id.ms()),
        status_ids: report.evidence.iter().map(|one| one.post.to_string()).collect(),
        rule_ids: report.rules.iter().map(|rule| rule.id.to_string()).collect(),
        target_account: view_of(site, &target).await?,
        sociosphere,
    }))
}

/// What staff decided about an account, as it sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AccountWarning {
    /// Id.
    pub id: String,
    /// The hardest measure, in Mastodon's word.
    #[schemars(extend("enum" = [
        "none", "disable", "mark_statuses_as_sensitive", "delete_statuses", "sensitive", "silence",
        "suspend"
    ]))]
    pub action: &'static str,
    /// What staff say.
    pub text: String,
    /// Posts that it is about.
    pub status_ids: Vec<String>,
    /// About whom.
    pub target_account: Account,
    /// What was said against it.
    pub appeal: Option<AppealView>,
    /// When.
    pub created_at: String,
    /// What other servers do not tell.
    pub sociosphere: WarningExtra,
}

/// What other servers do not tell of a decision.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WarningExtra {
    /// All measures.
    pub measures: Vec<&'static str>,
    /// An appeal was accepted: it no longer holds.
    pub undone: bool,
}

/// An appeal as who made it sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AppealView {
    /// In their words.
    pub text: String,
    /// `pending`, `approved` or `rejected`.
    #[schemars(extend("enum" = ["pending", "approved", "rejected"]))]
    pub state: &'static str,
}

/// Mastodon's word for the hardest measure.
pub fn action_of(measures: &[Measure]) -> &'static str {
    let has = |measure| measures.contains(&measure);
    match () {
        () if has(Measure::Suspend) => "suspend",
        () if has(Measure::Limit) => "silence",
        () if has(Measure::Freeze) => "disable",
        () if has(Measure::Sensitive) => "sensitive",
        () if has(Measure::Delete) => "delete_statuses",
        () if has(Measure::Fold) => "mark_statuses_as_sensitive",
        () => "none",
    }
}

/// A decision as the account sees it (`own`), or as those see it who reported; `None` where the account is gone.
pub async fn warning_view(
    site: &Shared,
    decision: &Stored<Decision>,
    own: bool,
) -> Result<Option<AccountWarning>, Fault> {
    let graph = &site.app.graph;
    let Some(target) = graph.get(decision.about).await? else { return Ok(None) };
    let appeal = match decision.appeal.filter(|_| own) {
        Some(id) => graph.get(id).await?,
        None => None,
    };
    let text = if own { &decision.to_account } else { &decision.to_reporters };
    let measures: &[Measure] = if own { &decision.measures } else { &[] };
    Ok(Some(AccountWarning {
        id: decision.id.to_string(),
        action: action_of(measures),
        text: text.clone(),
        status_ids: match own {
            true => decision.posts.iter().map(|post| post.to_string()).collect(),
            false => Vec::new(),
        },
        target_account: view_of(site, &target).await?,
        appeal: appeal
            .map(|appeal| AppealView { text: appeal.text.clone(), state: appeal.state.as_str() }),
        created_at: format::time(decision.id.ms()),
        sociosphere: WarningExtra {
            measures: measures.iter().map(|measure| measure.as_str()).collect(),
            undone: own && decision.undone,
        },
    }))
}
