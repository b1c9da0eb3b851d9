//! How the community does, on one page: days, who came back, what waits, what it takes.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    census::{
        self,
        model::{Figure, Period, Span},
    },
    desk, media, moderation,
    staff::Permission,
};

use super::{TAG, jobs::QueueView, media::ClassView};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{Rendered, VERSION, bytes},
};

/// Days that are shown: by default, at least, at most.
const DAYS: (usize, usize, usize) = (30, 7, 90);
/// Months whose newcomers are followed.
const MONTHS: usize = 6;
/// How the open cases are told apart by age.
const AGES: [&str; 4] = ["day", "three_days", "week", "older"];

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ViewDashboard);
    vec![
        get("getAdminHome", "/api/sociosphere/v1/admin/home", read)
            .says(TAG, "How the community does: its days, who came back, what waits, what it takes")
            .takes::<Query>()
            .answers::<HomeView>()
            .to(home),
    ]
}

/// How far back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Days, 7 to 90.
    days: Option<u32>,
}

/// How the community does.
#[derive(Debug, Serialize, JsonSchema)]
struct HomeView {
    /// How many days the series have.
    days: usize,
    /// Figures by the day.
    tiles: Vec<Tile>,
    /// Who joined in which month, and how many of them were here since.
    retention: Vec<CohortView>,
    /// Open cases.
    cases: CasesView,
    /// Applicants who wait.
    sign_ups_waiting: u64,
    /// Appeals that wait.
    appeals_waiting: u64,
    /// Jobs; none while the queue does not answer, and for whoever may not see how things run.
    jobs: Option<QueueView>,
    /// Bytes of media.
    storage: StorageView,
    /// What runs here.
    versions: Vec<VersionView>,
}

/// A figure by the day.
#[derive(Debug, Serialize, JsonSchema)]
struct Tile {
    /// `active_people`, `sign_ups`, `posts`, `interactions`, `opened_reports`, `resolved_reports`.
    #[schemars(extend("enum" = ["active_people", "sign_ups", "posts", "interactions", "opened_reports", "resolved_reports"]))]
    key: &'static str,
    /// Of all days together; of people the most of one day.
    total: u64,
    /// The same of as many days before.
    before: u64,
    /// Each day, the oldest first.
    series: Vec<DayView>,
}

/// A day.
#[derive(Debug, Serialize, JsonSchema)]
struct DayView {
    /// `2026-11-26`, UTC.
    date: String,
    /// How many.
    value: u64,
}

/// Who joined in a month.
#[derive(Debug, Serialize, JsonSchema)]
struct CohortView {
    /// First day of the month.
    period: String,
    /// How many joined.
    people: u64,
    /// From that month on.
    data: Vec<ReturnView>,
}

/// How many of a month's newcomers were here in another month.
#[derive(Debug, Serialize, JsonSchema)]
struct ReturnView {
    /// First day of the month.
    date: String,
    /// From 0 to 1.
    rate: f64,
    /// How many.
    value: u64,
}

/// Open cases by age.
#[derive(Debug, Serialize, JsonSchema)]
struct CasesView {
    /// How many.
    open: u64,
    /// There are more than were looked at: ages are those of the oldest.
    more: bool,
    /// By age.
    by_age: Vec<AgeView>,
    /// When the oldest was opened.
    oldest_at: Option<String>,
}

/// Cases of an age.
#[derive(Debug, Serialize, JsonSchema)]
struct AgeView {
    /// Up to `day`, `three_days`, `week`; `older`.
    #[schemars(extend("enum" = ["day", "three_days", "week", "older"]))]
    age: &'static str,
    /// How many.
    count: u64,
}

/// Bytes of media, as they were counted last.
#[derive(Debug, Serialize, JsonSchema)]
struct StorageView {
    /// When.
    counted_at: Option<String>,
    /// By class.
    classes: Vec<ClassView>,
}

/// A part that runs here.
#[derive(Debug, Serialize, JsonSchema)]
struct VersionView {
    /// `sociosphere`, or the port.
    key: String,
    /// The product or the engine.
    name: String,
    /// Its release, where it is known.
    version: String,
}

/// What is counted, and under which name.
const FIGURES: [(&str, Figure); 6] = [
    ("active_people", |day| day.people),
    ("sign_ups", |day| day.counts.sign_ups),
    ("posts", |day| day.counts.posts),
    ("interactions", |day| day.counts.interactions),
    ("opened_reports", |day| day.counts.reported),
    ("resolved_reports", |day| day.counts.decided),
];

async fn home(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let app = &site.app;
    let days = query.days.map_or(DAYS.0, |days| days as usize).clamp(DAYS.1, DAYS.2);
    let today = Span::day_of(app.now_ms());
    let all = census::days(app, today, days * 2).await?;
    let (before, now) = all.split_at(days);
    let tile = |(key, of): (&'static str, Figure)| {
        let total = |days: &[(Span, Period)]| match key {
            "active_people" => days.iter().map(|(_, day)| of(day)).max().unwrap_or(0),
            _ => days.iter().map(|(_, day)| of(day)).sum(),
        };
        let day = |(span, day): &(Span, Period)| DayView {
            date: format::day(span.starts_ms()),
            value: of(day),
        };
        Tile {
            key,
            total: total(now),
            before: total(before),
            series: now.iter().map(day).collect(),
        }
    };
    let cohorts = census::cohorts(app, Span::month_of(app.now_ms()), MONTHS).await?;
    let waiting = moderation::waiting(app).await?;
    let may = by.may(Permission::ViewOperations);
    let jobs = match may {
        true => desk::depth(app).await.ok(),
        false => None,
    };
    let totals = media::totals(app).await?;
    let view = HomeView {
        days,
        tiles: FIGURES.into_iter().map(tile).collect(),
        retention: cohorts.iter().map(cohort).collect(),
        cases: CasesView {
            open: waiting.cases,
            more: waiting.by_age.iter().sum::<u64>() < waiting.cases,
            by_age: AGES
                .into_iter()
                .zip(waiting.by_age)
                .map(|(age, count)| AgeView { age, count })
                .collect(),
            oldest_at: waiting.oldest_ms.map(format::time),
        },
        sign_ups_waiting: waiting.applicants,
        appeals_waiting: waiting.appeals,
        jobs: jobs.map(|(depth, next)| QueueView::of(depth, next)),
        storage: StorageView {
            counted_at: totals.as_ref().map(|totals| format::time(totals.counted_ms)),
            classes: totals.iter().flat_map(ClassView::all).collect(),
        },
        versions: versions(&site),
    };
    Ok(Rendered(bytes(&view)))
}

fn cohort(cohort: &census::Cohort) -> CohortView {
    CohortView {
        period: format::day(cohort.joined.starts_ms()),
        people: cohort.people,
        data: cohort
            .here
            .iter()
            .map(|(span, value)| ReturnView {
                date: format::day(span.starts_ms()),
                rate: *value as f64 / cohort.people.max(1) as f64,
                value: *value,
            })
            .collect(),
    }
}

fn versions(site: &Shared) -> Vec<VersionView> {
    let own = VersionView {
        key: "sociosphere".to_owned(),
        name: "SocioSphere".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let api = VersionView {
        key: "api".to_owned(),
        name: "Mastodon's API".to_owned(),
        version: VERSION.to_owned(),
    };
    let engines = site.options.engines.iter().map(|(key, name)| VersionView {
        key: key.clone(),
        name: name.clone(),
        version: String::new(),
    });
    [own, api].into_iter().chain(engines).collect()
}
