//! Reporting somebody to staff.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::Account,
    moderation::{self, NewReport, model::Category},
    posts::model::Post,
};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    limits::Bucket,
    mastodon::optional_id,
    problem::Problem,
    routes::{Access, Operation, post},
    views::{Rendered, Report, bytes, report_view},
};

pub fn operations() -> Vec<Operation> {
    vec![
        post("postReport", "/api/v1/reports", Access::Person("write:reports"))
            .says("reports", "Reports an account, and posts and messages of it, to staff")
            .limited(Bucket::Report)
            .takes::<ReportForm>()
            .answers::<Report>()
            .to(report),
    ]
}

/// What is reported.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ReportForm {
    /// Whom.
    account_id: String,
    /// Posts of theirs.
    #[schemars(length(max = 100))]
    status_ids: Vec<String>,
    /// A chat that both are in, or were.
    chat_id: Option<String>,
    /// Messages of that chat, of whom is reported and one's own: staff see these and no others.
    #[schemars(length(max = 50))]
    message_ids: Vec<String>,
    /// Of which kind.
    #[schemars(extend("enum" = ["spam", "legal", "violation", "other"]))]
    category: Option<String>,
    /// Rules that are broken.
    #[schemars(length(max = 100))]
    rule_ids: Vec<String>,
    /// In words.
    #[schemars(length(max = 1000))]
    comment: String,
    /// Taken and ignored: everybody is of this community.
    forward: bool,
}

async fn report(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<ReportForm>,
) -> Result<Rendered, Problem> {
    // An id that is none names nothing: it must not be left out, or less would be reported than was meant.
    let posts: Option<Vec<graph::Id<Post>>> =
        form.status_ids.iter().map(|id| id.parse().ok()).collect();
    let picked: Option<Vec<_>> = form.message_ids.iter().map(|id| id.parse().ok()).collect();
    let messages = match (optional_id(&form.chat_id)?, picked.ok_or_else(Problem::not_found)?) {
        (Some(chat), picked) => Some((chat, picked)),
        (None, picked) if picked.is_empty() => None,
        (None, _) => return Err(Problem::field("chat_id", "must be there with message_ids")),
    };
    let rules: Option<Vec<u64>> = form.rule_ids.iter().map(|id| id.parse().ok()).collect();
    let category = match form.category.as_deref() {
        None | Some("") => Category::Other,
        Some(word) => {
            Category::parse(word).ok_or_else(|| Problem::field("category", "is not one of ours"))?
        }
    };
    let about: graph::Id<Account> = form.account_id.parse().map_err(|_| Problem::not_found())?;
    let new = NewReport {
        about,
        posts: posts.ok_or_else(Problem::not_found)?,
        messages,
        category,
        rules: rules.ok_or_else(|| Problem::field("rule_ids", "is not one of ours"))?,
        comment: form.comment,
    };
    let made = moderation::report(&site.app, person.account, new).await?;
    let view = report_view(&site, &made).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&view)))
}
