//! `sociosphere copy --from URL --to URL`: a community moves to another store, or its media to other blobs, and back.
//!
//! The source must not change meanwhile: its servers are stopped, or it is read-only. What is there already is not written
//! again, so a copy that broke off goes on when it is run again. At its end both sides are walked and compared, record by record
//! and byte by byte. Search and home timelines are not copied: they are rebuilt from the store.

mod blobs;
mod compare;
mod ends;
mod progress;
mod records;

use tokio_util::sync::CancellationToken;

use self::{ends::Ends, progress::Progress, records::Walks};
use super::Outcome;
use crate::{
    config::{Config, redacted},
    roles,
};

/// Copies what the two URLs name.
pub(super) async fn copy(config: &Config, from: &str, to: &str) -> Outcome {
    let is_store = |url: &str| url.starts_with("sqlite:") || url.starts_with("mongodb");
    let copied = async {
        match (is_store(from), is_store(to)) {
            _ if from == to => Err("both are the same".to_owned()),
            (true, true) => copy_store(config, from, to).await,
            (false, false) => blobs::copy(config, from, to).await,
            _ => Err("a store is copied to a store (sqlite:PATH, mongodb://…), and blobs are copied to blobs \
                      (file:FOLDER, gridfs+mongodb://…, s3://…)"
                .to_owned()),
        }
    };
    let stop = CancellationToken::new();
    roles::stop_on_signals(&stop);
    // What is dropped half way leaves whole batches and no half blob.
    let copied = tokio::select! {
        copied = copied => copied,
        () = stop.cancelled() => {
            Err("stopped. What is copied stays there: the same command goes on".to_owned())
        }
    };
    match copied {
        Ok(said) => Outcome::said(said),
        Err(why) => Outcome::failed(format!("{} to {}: {why}", redacted(from), redacted(to))),
    }
}

async fn copy_store(config: &Config, from: &str, to: &str) -> Result<String, String> {
    let ends = Ends::open(from, to).await?;
    let total = ends.source.upkeep.records().await.map_err(text)?.unwrap_or_default();
    let walks = Walks::over(&*ends.source.upkeep);
    let mut lines = Vec::new();
    let mut progress = Progress::new("nodes", total.nodes);
    for kind in records::kinds() {
        records::import(walks.nodes(kind), &ends.target, ends.at_once, &mut progress).await?;
    }
    lines.push(progress.end());
    let mut progress = Progress::new("edges", total.edges);
    records::import(walks.edges(), &ends.target, ends.at_once, &mut progress).await?;
    lines.push(progress.end());
    let mut progress = Progress::new("names", total.keys);
    records::import(walks.names(), &ends.target, ends.at_once, &mut progress).await?;
    lines.push(progress.end());
    lines.push(format!("{} jobs that wait", ends.carry_jobs().await?));
    ends.carry_keys(config, from, to).await?;

    let mut progress = Progress::new("records compared", total.nodes + total.edges + total.keys);
    compare::compare(&*ends.source.upkeep, &*ends.target.upkeep, &mut progress).await?;
    lines.push(progress.end());
    ends.still_at_rest().await?;
    lines.push("compared: both hold the same, and every count is exact".to_owned());
    lines.push(format!(
        "next: stop the servers, set store = \"{}\", start them, and run `sociosphere reindex` where search is new; the \
         old store stays as it is",
        redacted(to)
    ));
    Ok(lines.join("\n"))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
