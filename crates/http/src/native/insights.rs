//! Insight for creators: what a client tells of looks, and what authors read of them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    insight::{self, Looks, Span},
    posts::model::Post,
};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    format,
    limits::Bucket,
    mastodon::{PathId, ids},
    problem::Problem,
    routes::{Access, Operation, get, post, put},
    views::{AccountInsight, Empty, PostInsight, Rendered, account_insight, bytes, post_insight},
};

const TAG: &str = "insights";
/// The ranges of the dashboard.
const RANGES: [u64; 3] = [7, 28, 90];
/// Most posts of a table.
const POSTS: usize = 100;

pub fn operations() -> Vec<Operation> {
    vec![
        post("postLooks", "/api/sociosphere/v1/insights/looks", Access::Person("read:statuses"))
            .says(TAG, "Tells what the person looked at; the answer is the same whether it counts")
            .limited(Bucket::Looks)
            .frozen_may()
            .takes::<LooksForm>()
            .accepts::<Empty>()
            .to(looks),
        get(
            "getPostInsight",
            "/api/sociosphere/v1/insights/posts/{id}",
            Access::Person("read:statuses"),
        )
        .says(TAG, "How one's own post was seen")
        .answers::<PostInsight>()
        .to(of_post),
        get(
            "getAccountInsight",
            "/api/sociosphere/v1/insights/account",
            Access::Person("read:accounts"),
        )
        .says(TAG, "How one's own posts were seen in the last days")
        .takes::<RangeForm>()
        .answers::<AccountInsight>()
        .to(of_account),
        get(
            "getAccountInsightTable",
            "/api/sociosphere/v1/insights/account.csv",
            Access::Person("read:accounts"),
        )
        .says(TAG, "The same by day, for a spreadsheet")
        .takes::<RangeForm>()
        .to(account_table),
        get(
            "getPostsInsightTable",
            "/api/sociosphere/v1/insights/posts.csv",
            Access::Person("read:statuses"),
        )
        .says(TAG, "The posts that were seen most in the last days, for a spreadsheet")
        .takes::<RangeForm>()
        .to(posts_table),
        get("getSummary", "/api/sociosphere/v1/insights/summary", Access::Person("read:accounts"))
            .says(TAG, "Whether a summary of the week comes by mail")
            .answers::<SummaryForm>()
            .to(summary),
        put("putSummary", "/api/sociosphere/v1/insights/summary", Access::Person("write:accounts"))
            .says(TAG, "Turns the summary of the week on or off")
            .takes::<SummaryForm>()
            .answers::<SummaryForm>()
            .to(choose_summary),
    ]
}

/// What the person looked at since the last time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LooksForm {
    /// Posts that were at least half on screen for a second.
    #[schemars(length(max = 200))]
    seen: Vec<String>,
    /// Posts that were opened, or whose video played for three seconds.
    #[schemars(length(max = 200))]
    viewed: Vec<String>,
    /// Posts in which a link was followed.
    #[schemars(length(max = 200))]
    opened: Vec<String>,
    /// Posts on whose page the author was followed.
    #[schemars(length(max = 200))]
    followed: Vec<String>,
    /// Accounts whose profile was opened.
    #[schemars(length(max = 200))]
    visited: Vec<String>,
}

async fn looks(
    State(site): State<Shared>,
    person: Person,
    headers: HeaderMap,
    Params(form): Params<LooksForm>,
) -> Result<Response, Problem> {
    if is_a_person(&person, &headers) {
        let looks = Looks {
            seen: ids(&form.seen),
            viewed: ids(&form.viewed),
            opened: ids(&form.opened),
            followed: ids(&form.followed),
            visited: ids(&form.visited),
        };
        insight::look(&site.app, person.account, &looks).await?;
    }
    Ok((StatusCode::ACCEPTED, Rendered(bytes(&Empty {}))).into_response())
}

/// Whether somebody looks with their eyes: no crawler by its own word, and no tool of staff.
fn is_a_person(person: &Person, headers: &HeaderMap) -> bool {
    /// What crawlers and programs that fetch pages call themselves.
    const MACHINES: [&str; 13] = [
        "bot", "crawl", "spider", "slurp", "headless", "scrap", "preview", "fetch", "curl", "wget",
        "python-", "go-http", "monitor",
    ];
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default().to_ascii_lowercase();
    let of_staff = person.session.is_none()
        && ["admin:read", "admin:write"].into_iter().any(|scope| person.scopes.allows(scope));
    !agent.is_empty() && !of_staff && !MACHINES.iter().any(|word| agent.contains(word))
}

async fn of_post(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let report = insight::post_report(&site.app, person.account, id).await?;
    let report = report.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&post_insight(&report))))
}

/// Which days.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RangeForm {
    /// How many, up to today: 7, 28 (if it is left out) or 90.
    days: Option<u64>,
}

impl RangeForm {
    fn span(&self, site: &Shared) -> Result<Span, Problem> {
        let days = self.days.unwrap_or(28);
        match RANGES.contains(&days) {
            true => Ok(Span::until_today(&site.app, days)),
            false => Err(Problem::field("days", "must be 7, 28 or 90")),
        }
    }
}

async fn of_account(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<RangeForm>,
) -> Result<Rendered, Problem> {
    let span = form.span(&site)?;
    let report = insight::account_report(&site.app, person.account, span).await?;
    Ok(Rendered(bytes(&account_insight(&site.app, &report).await?)))
}

async fn account_table(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<RangeForm>,
) -> Result<Response, Problem> {
    let span = form.span(&site)?;
    let report = insight::account_report(&site.app, person.account, span).await?;
    let name = HeaderValue::from_static("attachment; filename=\"insight-days.csv\"");
    Ok(table(insight::days_csv(&report.days, format::day), name))
}

async fn posts_table(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<RangeForm>,
) -> Result<Response, Problem> {
    let span = form.span(&site)?;
    let posts = insight::best_posts(&site.app, person.account, span, POSTS).await?;
    let name = HeaderValue::from_static("attachment; filename=\"insight-posts.csv\"");
    Ok(table(insight::posts_csv(&posts, format::time), name))
}

fn table(text: String, name: HeaderValue) -> Response {
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    response
}

/// Whether a summary of the week comes by mail.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
struct SummaryForm {
    /// On unless somebody turns it off.
    weekly: bool,
}

async fn summary(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let weekly = insight::wants_summary(&site.app, person.account).await?;
    Ok(Rendered(bytes(&SummaryForm { weekly })))
}

/// A choice that must be made: what is left out is not "off".
#[derive(Debug, Deserialize)]
struct Chosen {
    weekly: bool,
}

async fn choose_summary(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<Chosen>,
) -> Result<Rendered, Problem> {
    insight::want_summary(&site.app, person.account, form.weekly).await?;
    Ok(Rendered(bytes(&SummaryForm { weekly: form.weekly })))
}
