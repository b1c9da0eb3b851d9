//! Looking whether all is well: `doctor` at the engines, `verify` at the data.

use std::fmt::Write;

use graph::{Id, Node};
use social::media::model::{Blob, Media};

use super::{Outcome, socket};
use crate::{
    config::{Config, redacted},
    engines,
    instance::Instance,
};

/// Looks at every engine and says how it is: all lines, whatever one of them says.
pub(super) async fn doctor(config: &Config) -> Outcome {
    let mut out = String::new();
    for (name, url) in config.engines.named() {
        let _ = writeln!(out, "{name}\t{}", redacted(url));
    }
    let tools = std::env::var_os("PATH").unwrap_or_default();
    let film = ["ffmpeg", "ffprobe"]
        .iter()
        .all(|tool| std::env::split_paths(&tools).any(|folder| folder.join(tool).exists()));
    let film =
        if film { "found" } else { "missing: video and audio are refused until it is installed" };
    let _ = writeln!(out, "ffmpeg\t{film}");
    let mut wrong = Vec::new();
    for line in engines::look(config).await {
        match line.found {
            Ok(found) => _ = writeln!(out, "{}\t{found}", line.setting),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if !wrong.is_empty() {
        return Outcome { out, err: wrong.join("\nsociosphere: ") };
    }
    if socket::is_there(config).await {
        let _ =
            writeln!(out, "a server runs on {}: it has the engines open", config.data.display());
        return Outcome::said(out);
    }
    match engines::rehearse(config).await {
        Ok((opened, took)) => {
            let _ = writeln!(out, "all engines opened in {} ms", took.as_millis());
            if let Ok(waiting) = opened.upkeep.waiting_events().await {
                let _ = writeln!(out, "{waiting} events wait in the outbox");
            }
            Outcome::said(out)
        }
        Err(error) => Outcome { out, err: error.to_string() },
    }
}

/// Checks that counts and media agree with the store.
pub(super) async fn verify(instance: &Instance) -> Outcome {
    let mut wrong = String::new();
    let upkeep = &*instance.opened.upkeep;
    match upkeep.miscounts().await {
        Ok(miscounts) => {
            for (from, kind, kept, real) in miscounts {
                let _ = writeln!(wrong, "list {} of {from} counts {kept} and has {real}", kind.0);
            }
        }
        Err(error) => return Outcome::failed(error),
    }
    let (mut after, mut media, mut blobs) = (0, 0, 0);
    loop {
        let page = match upkeep.scan_nodes(Blob::KIND, after, 200).await {
            Ok(page) => page,
            Err(error) => return Outcome::failed(error),
        };
        let Some(last) = page.last() else { break };
        after = last.id;
        for node in &page {
            blobs += 1;
            let Ok(blob) = serde_json::from_slice::<Blob>(&node.body) else {
                let _ = writeln!(wrong, "blob {} does not decode", node.id);
                continue;
            };
            match instance.app.engines.blobs.stat(&blob.key).await {
                Ok(stat) if stat.size == blob.size => {}
                Ok(stat) => {
                    let _ =
                        writeln!(wrong, "{} has {} bytes, not {}", blob.key, stat.size, blob.size);
                }
                Err(error) => {
                    let _ = writeln!(wrong, "{}: {error}", blob.key);
                }
            }
        }
    }
    after = 0;
    while let Ok(page) = upkeep.scan_nodes(Media::KIND, after, 200).await {
        let Some(last) = page.last() else { break };
        after = last.id;
        for node in &page {
            media += 1;
            let Ok(one) = serde_json::from_slice::<Media>(&node.body) else { continue };
            for rendition in [&one.original, &one.small].into_iter().flatten() {
                let blob = instance.app.graph.get(rendition.blob).await;
                if !matches!(blob, Ok(Some(_))) {
                    let id: Option<Id<Media>> = Id::new(node.id);
                    let _ = writeln!(wrong, "media {id:?} has lost its bytes");
                }
            }
        }
    }
    if wrong.is_empty() {
        Outcome::said(format!("sound: {media} media, {blobs} blobs, every count exact"))
    } else {
        Outcome::failed(wrong)
    }
}
