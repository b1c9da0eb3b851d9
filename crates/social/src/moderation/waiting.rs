//! What waits for staff: open cases by their age, applicants, appeals.

use graph::{Order, Page};

use super::model::{OpenCases, PendingAppeals};
use crate::{accounts::model::PendingMembers, app::App, fault::Fault, instance::model::INSTANCE};

/// Most open cases whose age is looked at: the oldest.
const MOST: usize = 1_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Open cases.
    pub cases: u64,
    /// Of those that were looked at: up to a day old, three days, a week, and older.
    pub by_age: [u64; 4],
    /// When the oldest was opened, Unix milliseconds.
    pub oldest_ms: Option<u64>,
    /// Applicants.
    pub applicants: u64,
    /// Appeals.
    pub appeals: u64,
}

/// What waits for staff now.
pub async fn waiting(app: &App) -> Result<Waiting, Fault> {
    let page = Page { order: Order::Oldest, ..Page::newest(MOST) };
    let open = app.graph.list::<OpenCases>(INSTANCE, page).await?;
    let mut waiting = Waiting {
        cases: app.graph.count::<OpenCases>(INSTANCE).await?,
        oldest_ms: open.first().map(|link| link.to.ms()),
        applicants: app.graph.count::<PendingMembers>(INSTANCE).await?,
        appeals: app.graph.count::<PendingAppeals>(INSTANCE).await?,
        ..Waiting::default()
    };
    for link in open {
        let days = app.now_ms().saturating_sub(link.to.ms()) / DAY_MS;
        let place = match days {
            0 => 0,
            1..3 => 1,
            3..7 => 2,
            _ => 3,
        };
        waiting.by_age[place] += 1;
    }
    Ok(waiting)
}
