//! Calling a task of somebody else's worker (a service in Python) over the broker of the queue.

use std::time::Duration;

use celery_wire::{Entry, Failure};
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::Outcome;
use crate::{config::Config, engines};

/// Tasks of other workers.
#[derive(Debug, Subcommand)]
pub enum TasksCommand {
    /// Calls a task of a worker of Celery, waits, and prints what it answered as JSON, or why it failed.
    Call(Call),
}

/// A call.
#[derive(Debug, Args)]
pub struct Call {
    /// Its name, as `community.describe`.
    name: String,
    /// Its arguments: a JSON list.
    #[arg(long, default_value = "[]")]
    args: String,
    /// Its named arguments: a JSON object.
    #[arg(long, default_value = "{}")]
    kwargs: String,
    /// The queue that its worker listens on.
    #[arg(long, default_value = "celery")]
    queue: String,
    /// How long to wait for the answer (30s, 500ms, 2m).
    #[arg(long, default_value = "30s", value_parser = wait)]
    wait: Duration,
}

pub(super) async fn execute(config: &Config, command: TasksCommand) -> Outcome {
    let TasksCommand::Call(call) = command;
    let args: Vec<Value> = match serde_json::from_str(&call.args) {
        Ok(args) => args,
        Err(error) => return Outcome::failed(format!("--args is no JSON list: {error}")),
    };
    let kwargs: Map<String, Value> = match serde_json::from_str(&call.kwargs) {
        Ok(kwargs) => kwargs,
        Err(error) => return Outcome::failed(format!("--kwargs is no JSON object: {error}")),
    };
    let task = (call.name.as_str(), args, kwargs, call.queue.as_str());
    match engines::call(config, task, call.wait).await {
        Ok(Entry::Success(result)) => Outcome::said(result.to_string()),
        Ok(Entry::Failure(why)) => Outcome::failed(failed(&call.name, &why)),
        Ok(Entry::Revoked(_)) => Outcome::failed(format!("{} was taken back", call.name)),
        Ok(Entry::Pending | Entry::Started | Entry::Retry(_)) => Outcome::failed(format!(
            "{} did not answer in {:?}: does a worker listen on the queue {}?",
            call.name, call.wait, call.queue
        )),
        Err(error) => Outcome::failed(error),
    }
}

fn failed(name: &str, why: &Failure) -> String {
    let traceback = why.traceback.as_deref().map(str::trim_end).unwrap_or_default();
    format!("{name} failed: {}\n{traceback}", why.repr())
}

/// A number and `ms`, `s` or `m`.
fn wait(text: &str) -> Result<Duration, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" | "" => 1_000,
        "m" => 60_000,
        _ => return Err("a time is a number and ms, s or m".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "a time is a number and ms, s or m".to_owned())?;
    Ok(Duration::from_millis(number.saturating_mul(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        for (text, ms) in [("30s", 30_000), ("500ms", 500), ("2m", 120_000), ("7", 7_000)] {
            assert_eq!(wait(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "s", "1h", "-1s", "1.5s"] {
            assert!(wait(text).is_err(), "{text}");
        }
    }
}
