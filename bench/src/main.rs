//! `make bench`: what the product costs, beside what the same binary can do at best on the same machine in the same
//! run.
//!
//! Figures move with the machine; each is a ratio to its floor, taken in turns with it. The floor of a read is a page of
//! the same size from the same accept loop (`sociosphere floor`); the floor of a write is the embedded store committing
//! one node for each client. `bench drive KIND DATA ADDRESS SECONDS` asks a running server one kind of request only: for
//! a look with `perf`. Prints a Markdown table and leaves it in `target/bench/`.

mod chance;
mod chat;
mod commits;
mod data;
mod engines;
mod live;
mod load;
mod process;
mod report;
mod staff;
mod workload;

use std::{path::Path, process::ExitCode};

/// Whatever goes wrong ends the run with its text.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let workload = words.first().map_or("main", String::as_str);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    let done = match workload {
        "main" => workload::main(&root, workload::Scale::full()).await,
        // The same in seconds, to see that it runs.
        "quick" => workload::main(&root, workload::Scale::quick()).await,
        "engines" => engines::run(&root).await,
        "staff" => staff::run(&root).await,
        "live" => live::run(&root).await,
        "chat" => chat::run(&root).await,
        "drive" => workload::one_kind(&words[1..]).await,
        other => Err(format!(
            "there is no workload {other}: known are main, quick, engines, staff, live, chat and drive"
        )
        .into()),
    };
    match done {
        Ok(table) => {
            println!("\n{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
