//! Mastodon's ready-made figures for staff: measures by the day, dimensions, retention. Keys that we do not count are left out of
//! the answer, as Mastodon leaves out those that it does not know.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Origin,
    census::{
        self,
        model::{Figure, Period, Span},
    },
    media, search,
    staff::Permission,
};

use crate::{
    Shared,
    body::Params,
    format,
    problem::Problem,
    routes::{Access, Operation, post},
    views::{Rendered, VERSION, bytes},
};

const TAG: &str = "admin";
/// Most days, and most months, of one question.
const DAYS: u32 = 190;
const MONTHS: u32 = 36;
/// Most days of one question about retention: its answer grows with the square.
const COHORTS: u32 = 62;

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ViewDashboard);
    vec![
        post("postAdminMeasures", "/api/v1/admin/measures", read)
            .says(TAG, "Figures by the day")
            .takes::<Asked>()
            .answers::<Vec<MeasureView>>()
            .to(measures),
        post("postAdminDimensions", "/api/v1/admin/dimensions", read)
            .says(TAG, "What figures are made of")
            .takes::<Asked>()
            .answers::<Vec<DimensionView>>()
            .to(dimensions),
        post("postAdminRetention", "/api/v1/admin/retention", read)
            .says(TAG, "Who came back")
            .takes::<RetentionForm>()
            .answers::<Vec<CohortView>>()
            .to(retention),
    ]
}

/// Which figures, of which days.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Asked {
    /// Which.
    #[schemars(length(max = 20))]
    keys: Vec<String>,
    /// First day.
    start_at: Option<String>,
    /// Last day.
    end_at: Option<String>,
    /// Most rows of a dimension.
    limit: Option<u32>,
}

/// A figure by the day.
#[derive(Debug, Serialize, JsonSchema)]
struct MeasureView {
    /// Which.
    key: &'static str,
    /// Never: they are numbers of things.
    unit: Option<String>,
    /// Of all days.
    total: String,
    /// Of as many days before.
    previous_total: String,
    /// Each day.
    data: Vec<Point>,
}

/// A day.
#[derive(Debug, Serialize, JsonSchema)]
struct Point {
    /// Its first moment.
    date: String,
    /// How many.
    value: String,
}

/// What a figure is made of.
#[derive(Debug, Serialize, JsonSchema)]
struct DimensionView {
    /// Which.
    key: &'static str,
    /// The parts, the largest first.
    data: Vec<Part>,
}

/// A part.
#[derive(Debug, Serialize, JsonSchema)]
struct Part {
    /// What.
    key: String,
    /// What, for people.
    human_key: String,
    /// How much.
    value: String,
    /// Of what.
    unit: Option<&'static str>,
    /// How much, for people.
    human_value: Option<String>,
}

/// Of which days, or months.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RetentionForm {
    /// First day.
    start_at: Option<String>,
    /// Last day.
    end_at: Option<String>,
    /// By the day, or by the month.
    #[schemars(extend("enum" = ["day", "month"]))]
    frequency: Option<String>,
}

/// Who joined in a day, or month.
#[derive(Debug, Serialize, JsonSchema)]
struct CohortView {
    /// Its first moment.
    period: String,
    /// By the day, or by the month.
    #[schemars(extend("enum" = ["day", "month"]))]
    frequency: &'static str,
    /// From then on.
    data: Vec<RatePoint>,
}

/// How many of them were here.
#[derive(Debug, Serialize, JsonSchema)]
struct RatePoint {
    /// First moment of the day, or month.
    date: String,
    /// From 0 to 1.
    rate: f64,
    /// How many.
    value: String,
}

const FIGURES: [(&str, Figure); 5] = [
    ("active_users", |day| day.people),
    ("new_users", |day| day.counts.sign_ups),
    ("interactions", |day| day.counts.interactions),
    ("opened_reports", |day| day.counts.reported),
    ("resolved_reports", |day| day.counts.decided),
];

/// The first and the last day that are asked about; the last thirty without.
fn days(
    site: &Shared,
    from: &Option<String>,
    to: &Option<String>,
) -> Result<(Span, Span), Problem> {
    let today = Span::day_of(site.app.now_ms());
    let last = day("end_at", to)?.unwrap_or(today).min(today);
    let first = day("start_at", from)?.unwrap_or(last.back(29));
    match first <= last {
        true => Ok((first, last)),
        false => Err(Problem::field("start_at", "must not be after end_at")),
    }
}

fn day(field: &str, sent: &Option<String>) -> Result<Option<Span>, Problem> {
    let Some(text) = sent.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    let text = text.split(['T', ' ']).next().unwrap_or_default();
    let date = text.parse::<jiff::civil::Date>().ok();
    let start = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let ms = start.and_then(|start| u64::try_from(start.timestamp().as_millisecond()).ok());
    let ms = ms.ok_or_else(|| Problem::field(field, "must be a day like 2026-11-26"))?;
    Ok(Some(Span::day_of(ms)))
}

async fn measures(
    State(site): State<Shared>,
    Params(asked): Params<Asked>,
) -> Result<Rendered, Problem> {
    let (first, last) = days(&site, &asked.start_at, &asked.end_at)?;
    let number = (last.number() - first.number() + 1).min(DAYS) as usize;
    let all = census::days(&site.app, last, number * 2).await?;
    let (before, now) = all.split_at(number);
    let known = FIGURES.iter().filter(|(key, _)| asked.keys.iter().any(|asked| asked == key));
    let views: Vec<_> = known
        .map(|(key, of)| {
            let sum = |days: &[(Span, Period)]| days.iter().map(|(_, day)| of(day)).sum::<u64>();
            MeasureView {
                key,
                unit: None,
                total: sum(now).to_string(),
                previous_total: sum(before).to_string(),
                data: now
                    .iter()
                    .map(|(span, day)| Point {
                        date: format::time(span.starts_ms()),
                        value: of(day).to_string(),
                    })
                    .collect(),
            }
        })
        .collect();
    Ok(Rendered(bytes(&views)))
}

async fn dimensions(
    State(site): State<Shared>,
    Params(asked): Params<Asked>,
) -> Result<Rendered, Problem> {
    let (first, last) = days(&site, &asked.start_at, &asked.end_at)?;
    let limit = asked.limit.unwrap_or(10).clamp(1, 100) as usize;
    let mut views = Vec::new();
    for key in ["languages", "software_versions", "space_usage", "sources", "servers"] {
        if !asked.keys.iter().any(|asked| asked == key) {
            continue;
        }
        let mut data = match key {
            "languages" => languages(&site, last, limit).await?,
            "software_versions" => versions(&site),
            "space_usage" => space(&site).await?,
            "sources" => sources(&site, first, last).await?,
            // There are none.
            _ => Vec::new(),
        };
        data.truncate(limit);
        views.push(DimensionView { key, data });
    }
    Ok(Rendered(bytes(&views)))
}

/// Of those who were here in the month of the last day.
async fn languages(site: &Shared, last: Span, limit: usize) -> Result<Vec<Part>, Problem> {
    let month = census::period(&site.app, Span::month_of(last.starts_ms())).await?;
    let part = |(tag, people): (String, u64)| Part {
        human_key: if tag.is_empty() { "unknown".to_owned() } else { tag.clone() },
        key: tag,
        value: people.to_string(),
        unit: None,
        human_value: None,
    };
    Ok(month.by_language(limit).into_iter().map(part).collect())
}

/// How those who joined in these days came: by which door, for with which app is not kept.
async fn sources(site: &Shared, first: Span, last: Span) -> Result<Vec<Part>, Problem> {
    let to_ms = last.on(1).starts_ms() - 1;
    let counts = search::count_origins(&site.app, first.starts_ms(), to_ms).await?;
    let part = |(origin, people): (Origin, u64)| Part {
        key: origin.as_str().to_owned(),
        human_key: match origin {
            Origin::Open => "Signed up",
            Origin::Approval => "Let in by staff",
            Origin::Invite => "Invited",
            Origin::Operator => "Made by the operator",
        }
        .to_owned(),
        value: people.to_string(),
        unit: None,
        human_value: None,
    };
    Ok(counts.into_iter().map(part).collect())
}

fn versions(site: &Shared) -> Vec<Part> {
    let part = |key: &str, name: &str, version: &str| Part {
        key: key.to_owned(),
        human_key: name.to_owned(),
        value: version.to_owned(),
        unit: None,
        human_value: Some(version.to_owned()),
    };
    let own = [
        part("sociosphere", "SocioSphere", env!("CARGO_PKG_VERSION")),
        part("mastodon", "Mastodon's API", VERSION),
    ];
    let engines = site.options.engines.iter().map(|(port, name)| part(port, port, name));
    own.into_iter().chain(engines).collect()
}

async fn space(site: &Shared) -> Result<Vec<Part>, Problem> {
    let totals = media::totals(&site.app).await?.unwrap_or_default();
    let part = |(kind, _, size): &(media::model::MediaKind, u64, u64)| Part {
        key: format!("media_{}", kind.as_str()),
        human_key: format!("Media: {}", kind.as_str()),
        value: size.to_string(),
        unit: Some("bytes"),
        human_value: Some(human(*size)),
    };
    Ok(totals.classes.iter().map(part).collect())
}

fn human(size: u64) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (size as f64, 0);
    while value >= 1_024.0 && unit + 1 < units.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if unit == 0 { format!("{size} bytes") } else { format!("{value:.1} {}", units[unit]) }
}

async fn retention(
    State(site): State<Shared>,
    Params(form): Params<RetentionForm>,
) -> Result<Rendered, Problem> {
    let (first, last) = days(&site, &form.start_at, &form.end_at)?;
    let (frequency, first, last, most) = match form.frequency.as_deref() {
        Some("month") => {
            let month = |day: Span| Span::month_of(day.starts_ms());
            ("month", month(first), month(last), MONTHS)
        }
        None | Some("" | "day") => ("day", first, last, COHORTS),
        Some(_) => return Err(Problem::field("frequency", "must be day or month")),
    };
    let number = (last.number() - first.number() + 1).min(most) as usize;
    let views: Vec<_> = census::cohorts(&site.app, last, number)
        .await?
        .into_iter()
        .map(|cohort| CohortView {
            period: format::time(cohort.joined.starts_ms()),
            frequency,
            data: cohort
                .here
                .iter()
                .map(|(span, people)| RatePoint {
                    date: format::time(span.starts_ms()),
                    rate: *people as f64 / cohort.people.max(1) as f64,
                    value: people.to_string(),
                })
                .collect(),
        })
        .collect();
    Ok(Rendered(bytes(&views)))
}
