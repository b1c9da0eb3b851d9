//! Commands on what went wrong.

use std::fmt::Write;

use clap::Subcommand;
use graph::{Id, Stored};
use serde::{Deserialize, Serialize};
use social::{
    app::App,
    errors::{self, model::ErrorGroup},
};

use super::Outcome;

/// What is done with errors.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum ErrorsCommand {
    /// The groups that are open, last seen first.
    List {
        /// Those that were resolved, too.
        #[arg(long)]
        all: bool,
    },
    /// All that is known of a group.
    Show {
        /// Which.
        id: String,
    },
    /// Says that a group is done with; if it comes back, it is open again.
    Resolve {
        /// Which.
        id: String,
    },
}

/// Most groups of a list.
const LISTED: usize = 500;

pub(super) async fn execute(app: &App, command: ErrorsCommand) -> Outcome {
    match command {
        ErrorsCommand::List { all } => match errors::list(app, LISTED).await {
            Ok(groups) => {
                let shown = groups.iter().filter(|group| all || group.resolved_ms.is_none());
                Outcome::said(shown.map(|group| line(group)).collect::<String>())
            }
            Err(error) => Outcome::failed(error),
        },
        ErrorsCommand::Show { id } => match id.parse::<Id<ErrorGroup>>() {
            Ok(at) => match errors::find(app, at).await {
                Ok(Some(group)) => Outcome::said(page(&group)),
                Ok(None) => Outcome::failed(format!("{id}: no such error")),
                Err(error) => Outcome::failed(error),
            },
            Err(error) => Outcome::failed(error),
        },
        ErrorsCommand::Resolve { id } => match id.parse::<Id<ErrorGroup>>() {
            Ok(at) => match errors::resolve(app, at).await {
                Ok(true) => Outcome::said("resolved"),
                Ok(false) => Outcome::failed(format!("{id}: no such error")),
                Err(error) => Outcome::failed(error),
            },
            Err(error) => Outcome::failed(error),
        },
    }
}

fn line(group: &Stored<ErrorGroup>) -> String {
    let title = group.title.lines().next().unwrap_or_default();
    format!(
        "{}\t{}\t{}\t{}×\t{}\t{title}\t{}\n",
        group.id,
        state(group),
        when(group.last_ms),
        group.count,
        group.source.name(),
        group.place
    )
}

fn page(group: &Stored<ErrorGroup>) -> String {
    let mut out = String::new();
    for (name, value) in [
        ("error", group.title.as_str()),
        ("state", state(group)),
        ("source", group.source.name()),
        ("place", &group.place),
        ("count", &group.count.to_string()),
        ("first", &format!("{} in {}", when(group.first_ms), group.first_version)),
        ("last", &format!("{} in {}", when(group.last_ms), group.last_version)),
        ("came back", &group.reopened.to_string()),
        ("request", &group.request),
        ("trace", &group.trace),
        ("detail", &group.detail),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "{name}\t{value}");
        }
    }
    out
}

fn state(group: &ErrorGroup) -> &'static str {
    match (group.resolved_ms, group.reopened) {
        (Some(_), _) => "resolved",
        (None, 0) => "open",
        (None, _) => "back",
    }
}

fn when(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(String::new, |time| format!("{time:.0}"))
}
