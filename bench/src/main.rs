//! `make bench`: what the product costs, beside what the same binary can do at best on the same machine in the same
//! run.
//!
//! Figures move with the machine; each is a ratio to its floor, taken in turns with it. The floor of a read is a page of
//! the same size from the same accept loop (`sociosphere floor`); the floor of a write is the embedded store committing
//! one node for each client. Prints a Markdown table and leaves it in `target/bench/`.

mod chance;
mod commits;
mod data;
mod load;
mod process;
mod report;
mod workload;

use std::{path::Path, process::ExitCode};

/// Whatever goes wrong ends the run with its text.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let workload = std::env::args().nth(1).unwrap_or_else(|| "main".to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    let done = match workload.as_str() {
        "main" => workload::main(&root, workload::Scale::full()).await,
        // The same in seconds, to see that it runs.
        "quick" => workload::main(&root, workload::Scale::quick()).await,
        other => Err(format!("there is no workload {other}: known are main and quick").into()),
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
