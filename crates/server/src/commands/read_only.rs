//! `sociosphere read-only on|off|status`: a community that can be read, and not written to, while it is moved or mended.
//!
//! It stands in the store, so all processes obey it within a second, and after a restart too. First what people ask for is
//! refused and jobs finish what is under way, then nothing is written at all.

use std::time::{Duration, Instant};

use clap::Subcommand;
use graph::{Mode, Writing};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::instance::{FRESH, Instance};

/// How long jobs may take to finish what is under way.
const PATIENCE: Duration = Duration::from_secs(60);
/// Requests that were let through before may write once more: so often it begins again.
const ROUNDS: usize = 3;

/// What is done with it.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum ReadOnlyCommand {
    /// Nothing is saved any more; reading, streams and who is signed in go on.
    On,
    /// Everything is as ever.
    Off,
    /// Says which it is.
    Status,
}

pub(super) async fn execute(instance: &Instance, command: ReadOnlyCommand) -> Outcome {
    let done = match command {
        ReadOnlyCommand::On => on(instance).await,
        ReadOnlyCommand::Off => decide(instance, Writing::All).await.map(|()| {
            "off: everything can be written again, and jobs go on within a second".to_owned()
        }),
        ReadOnlyCommand::Status => status(instance).await,
    };
    match done {
        Ok(said) => Outcome::said(said),
        Err(why) => Outcome::failed(why),
    }
}

async fn on(instance: &Instance) -> Result<String, String> {
    let began = Instant::now();
    let mut left = UnderWay::default();
    for _ in 0..ROUNDS {
        decide(instance, Writing::Settling).await?;
        left = settle(instance, began + PATIENCE).await?;
        decide(instance, Writing::Nothing).await?;
        if left.is_none() {
            left = under_way(instance).await?;
        }
        if left.is_none() || began.elapsed() >= PATIENCE {
            break;
        }
    }
    Ok(match left.is_none() {
        true => "on: nothing is saved any more, and nothing is under way. `sociosphere copy` may copy the store now; \
                 `sociosphere read-only off` ends it"
            .to_owned(),
        false => format!(
            "on: nothing is saved any more. {} events and {} jobs could not be finished and wait: before a copy, mend \
             what stops them, then `read-only off` and `on` again",
            left.events, left.jobs
        ),
    })
}

async fn status(instance: &Instance) -> Result<String, String> {
    let mode = instance.app.graph.obey().await.map_err(text)?;
    let seconds = instance.app.now_ms().saturating_sub(mode.since_ms) / 1_000;
    Ok(match mode.writing {
        Writing::All => "off".to_owned(),
        Writing::Settling => "on in a moment: jobs finish what is under way".to_owned(),
        Writing::Nothing => format!("on, since {} minutes", seconds / 60),
    })
}

/// Decides for all processes, and waits until the others have looked.
async fn decide(instance: &Instance, writing: Writing) -> Result<(), String> {
    let now = instance.app.now_ms();
    instance.app.graph.decide(writing, now).await.map_err(text)?;
    if instance.is_shared() && writing != Writing::All {
        tokio::time::sleep(FRESH * 3).await;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, Default)]
struct UnderWay {
    events: u64,
    jobs: u64,
}

impl UnderWay {
    fn is_none(self) -> bool {
        self.events + self.jobs == 0
    }
}

async fn under_way(instance: &Instance) -> Result<UnderWay, String> {
    let events = instance.opened.upkeep.waiting_events().await.map_err(text)?;
    let depth = instance.opened.desk.depth(instance.app.now_ms()).await.map_err(text)?;
    Ok(UnderWay { events, jobs: depth.ready + depth.leased })
}

/// Helps with the work until nothing is under way, or the time is over; says what is left.
async fn settle(instance: &Instance, until: Instant) -> Result<UnderWay, String> {
    loop {
        // An engine that is away lets events wait; that is no reason not to stop writing.
        if let Err(error) = instance.runner.settle(instance.app.now_ms()).await {
            tracing::warn!("what is under way cannot be finished: {error}");
        }
        let left = under_way(instance).await?;
        if left.is_none() || Instant::now() >= until {
            return Ok(left);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether a store says that nobody writes to it.
pub(super) async fn is_on(store: &dyn engine::store::Store) -> Result<bool, String> {
    Ok(Mode::of(store).await.map_err(text)?.writing == Writing::Nothing)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
