//! Our own API for staff: cases, decisions, appeals, sign-ups, the house, roles, the audit log.
//!
//! Filters and sorts are words of lists; pages go by cursors.

mod audit;
mod cases;
mod house;
mod people;
mod roles;
mod trends;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{page::Sizes, problem::Problem, routes::Operation};

const TAG: &str = "staff";
const PAGE: Sizes = Sizes(50, 200);

pub fn operations() -> Vec<Operation> {
    let mut all = cases::operations();
    all.extend(people::operations());
    all.extend(house::operations());
    all.extend(roles::operations());
    all.extend(trends::operations());
    all.extend(audit::operations());
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
