//! Our own API for staff, which the panel is made of: how the community does, people, posts, media, cases, decisions, appeals,
//! sign-ups, the house, roles, jobs, logs, errors, announcements, settings, the audit log.
//!
//! Filters and sorts are words of lists; pages go by cursors.

mod announcements;
mod appeals;
mod audit;
mod cases;
mod decisions;
mod errors;
mod evidence;
mod exports;
mod home;
mod house;
mod jobs;
mod logs;
mod media;
mod members;
mod people;
mod person;
mod posts;
mod roles;
mod settings;
mod trends;

use graph::{Id, Page};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{accounts::model::Account, fault::Fault};

use crate::{
    Shared,
    page::{Paging, Sizes},
    problem::Problem,
    routes::Operation,
    views::{AdminAccount, admin_account},
};

const TAG: &str = "staff";
const PAGE: Sizes = Sizes(50, 200);

pub fn operations() -> Vec<Operation> {
    let mut all = home::operations();
    for more in [
        cases::operations(),
        decisions::operations(),
        appeals::operations(),
        people::operations(),
        members::operations(),
        person::operations(),
        posts::operations(),
        media::operations(),
        house::operations(),
        roles::operations(),
        trends::operations(),
        audit::operations(),
        jobs::operations(),
        logs::operations(),
        errors::operations(),
        announcements::operations(),
        settings::operations(),
        exports::operations(),
    ] {
        all.extend(more);
    }
    all
}

/// Why something is done.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Reason {
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

/// A page of things.
#[derive(Debug, Serialize, JsonSchema)]
struct PageOf<T> {
    /// The things.
    items: Vec<T>,
    /// `max_id` (or `min_id` from the oldest on) of the next page; none at the end.
    next: Option<String>,
}

/// Where a page begins and how long it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct At {
    /// `next` of the page before; none for the first.
    #[schemars(length(max = 4000))]
    cursor: Option<String>,
    /// At most so many; clamped.
    limit: Option<String>,
}

impl At {
    fn limit(&self) -> Result<usize, Problem> {
        Paging { limit: self.limit.clone(), ..Paging::default() }.limit(PAGE)
    }

    fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref().filter(|cursor| !cursor.is_empty())
    }

    /// For lists whose cursors are places.
    fn page(&self) -> Result<Page, Problem> {
        let max_id = self.cursor.clone();
        Paging { max_id, limit: self.limit.clone(), ..Paging::default() }.page(PAGE)
    }
}

/// A page of things, with how many there are in all.
#[derive(Debug, Serialize, JsonSchema)]
struct CountedPage<T> {
    /// The things.
    items: Vec<T>,
    /// `cursor` of the next page; none at the end.
    next: Option<String>,
    /// How many there are in all, as of now.
    total: u64,
}

/// One of a feature's words; none for `any` and for nothing.
fn choice<T>(
    field: &str,
    sent: &Option<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    match sent.as_deref() {
        None | Some("" | "any") => Ok(None),
        Some(sent) => {
            parse(sent).map(Some).ok_or_else(|| Problem::field(field, "is not one of ours"))
        }
    }
}

/// A moment, RFC 3339; or a day, which is its first moment.
fn moment(field: &str, sent: &Option<String>) -> Result<Option<u64>, Problem> {
    let Some(text) = sent.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let day = text.parse::<jiff::civil::Date>().ok()?;
        Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    });
    let ms = stamp.and_then(|stamp| u64::try_from(stamp.as_millisecond()).ok());
    ms.map(Some).ok_or_else(|| Problem::field(field, "must be a time like 2026-11-26T12:00:00Z"))
}

/// Somebody as staff see them; none once they are gone.
async fn someone(site: &Shared, id: Option<Id<Account>>) -> Result<Option<AdminAccount>, Fault> {
    let Some(id) = id else { return Ok(None) };
    match site.app.graph.get(id).await? {
        Some(account) => admin_account(site, &account).await,
        None => Ok(None),
    }
}

/// A word of a list; empty is the first of them.
fn word<T: Copy>(field: &str, sent: Option<&str>, words: &[(&str, T)]) -> Result<T, Problem> {
    match sent {
        None | Some("") => Ok(words[0].1),
        Some(sent) => {
            let found = words.iter().find(|(word, _)| *word == sent).map(|(_, meant)| *meant);
            found.ok_or_else(|| Problem::field(field, "is not one of ours"))
        }
    }
}
