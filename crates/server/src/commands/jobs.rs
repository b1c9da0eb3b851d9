//! Commands on jobs.

use std::{fmt::Write, time::Instant};

use clap::Subcommand;
use graph::Writing;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::instance::Instance;

/// Quick jobs at a time where somebody waits for all of them: most wait for a commit, which many share.
const AT_ONCE: usize = 32;

/// What is done with jobs.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum JobsCommand {
    /// How much waits, and the jobs that were given up.
    List,
    /// Lets a job that was given up run again; without a key, all of them.
    Retry {
        /// Which.
        key: Option<String>,
    },
    /// Forgets a job that was given up.
    Drop {
        /// Which.
        key: String,
    },
    /// Waits until all that is due has run.
    Settle,
}

pub(super) async fn execute(instance: &Instance, command: JobsCommand) -> Outcome {
    let desk = &*instance.opened.desk;
    let now = instance.app.now_ms();
    match command {
        JobsCommand::List => list(instance).await,
        JobsCommand::Retry { key: Some(key) } => match jobs::dead::retry(desk, &key, now).await {
            Ok(true) => Outcome::said("runs again"),
            Ok(false) => Outcome::failed(format!("{key}: no such job")),
            Err(error) => Outcome::failed(error),
        },
        JobsCommand::Retry { key: None } => match jobs::dead::retry_all(desk, None, now).await {
            Ok(number) => Outcome::said(format!("{number} run again")),
            Err(error) => Outcome::failed(error),
        },
        JobsCommand::Drop { key } => match jobs::dead::drop(desk, &key).await {
            Ok(true) => Outcome::said("forgotten"),
            Ok(false) => Outcome::failed(format!("{key}: no such job")),
            Err(error) => Outcome::failed(error),
        },
        JobsCommand::Settle => settle(instance).await,
    }
}

async fn list(instance: &Instance) -> Outcome {
    let desk = &*instance.opened.desk;
    let depth = match desk.depth(instance.app.now_ms()).await {
        Ok(depth) => depth,
        Err(error) => return Outcome::failed(error),
    };
    let mut out = format!(
        "ready {}\tdelayed {}\trunning {}\tgiven up {}\n",
        depth.ready, depth.delayed, depth.leased, depth.dead
    );
    match jobs::dead::list(desk, None, 500).await {
        Ok(dead) => {
            for job in dead {
                let _ = writeln!(
                    out,
                    "{}\t{}\t{} tries\t{}",
                    job.job.key, job.job.kind, job.attempts, job.error
                );
            }
            Outcome::said(out)
        }
        Err(error) => Outcome::failed(error),
    }
}

async fn settle(instance: &Instance) -> Outcome {
    let done = match work_off(instance).await {
        Ok(done) => done,
        Err(error) => return Outcome::failed(error),
    };
    match instance.app.engines.search.refresh().await {
        Ok(()) => Outcome::said(format!("settled ({done} jobs)")),
        Err(error) => Outcome::failed(error),
    }
}

/// Helps with the work until nothing is due, nothing is gathered any more and nobody else has any in hand. How many jobs
/// it did itself. While nothing may be written nothing is done, and it is not waited for.
pub(super) async fn work_off(instance: &Instance) -> Result<usize, String> {
    let mut done = 0;
    // When all that was committed before had become jobs.
    let mut relayed: Option<Instant> = None;
    loop {
        let now = instance.app.now_ms();
        let settled =
            instance.runner.settle_by(now, AT_ONCE).await.map_err(|error| error.to_string())?;
        done += settled.done;
        let waiting = instance.opened.upkeep.waiting_events().await;
        let waiting = waiting.map_err(|error| error.to_string())?;
        let depth = instance.opened.desk.depth(now).await.map_err(|error| error.to_string())?;
        let held = instance.app.graph.gate().writing() == Writing::Nothing;
        if !held && (waiting > 0 || depth.ready + depth.leased > 0) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        }
        let gathers = instance.gathers_with_others() && depth.delayed > 0;
        let relayed = relayed.get_or_insert_with(Instant::now);
        if !gathers || relayed.elapsed() > jobs::GATHERED_WITHIN {
            return Ok(done);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
