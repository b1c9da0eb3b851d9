//! Takes away what a run left on engines that others use, too: just what stands under its own names.

use std::{path::Path, process::Command};

use redis::AsyncCommands;

use super::indexing::server;
use crate::Failure;

/// All keys that begin with a prefix of this run's.
pub async fn redis(url: &str, prefix: &str) -> Result<(), Failure> {
    let client = redis::Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut cursor = 0_u64;
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(1_000);
        let (next, keys): (u64, Vec<String>) = scan.query_async(&mut connection).await?;
        for some in keys.chunks(500) {
            connection.unlink::<_, ()>(some).await?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

/// All queues that begin with a prefix of this run's, by the launcher's own tool.
pub fn rabbitmq(prefix: &str) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let tool = |words: &[&str]| {
        Command::new(root.join("testing/engines/rabbitmq/start"))
            .arg("ctl")
            .args(words)
            .env("ENGINE_DATA", root.join("target/engines/rabbitmq/data"))
            .env(
                "ENGINE_PORT",
                std::fs::read_to_string(root.join("target/engines/rabbitmq/port"))?.trim(),
            )
            .output()
    };
    let names = tool(&["list_queues", "name", "--no-table-headers"])?;
    for name in String::from_utf8_lossy(&names.stdout).lines().filter(|it| it.starts_with(prefix)) {
        tool(&["delete_queue", name])?;
    }
    Ok(())
}

/// All indexes of these names.
pub async fn search(url: &str, indexes: &str) -> Result<(), Failure> {
    let (client, base) = (reqwest::Client::new(), server(url)?);
    let names: serde_json::Value =
        client.get(format!("{base}/{indexes}/_alias")).send().await?.json().await?;
    for name in names.as_object().into_iter().flatten().map(|(name, _)| name) {
        client.delete(format!("{base}/{name}")).send().await?.error_for_status()?;
    }
    Ok(())
}

/// What a platform with these settings, all under one name, made anywhere.
pub async fn everything(settings: &[(&str, String)], name: &str) -> Result<(), Failure> {
    for (_, url) in settings {
        match url.split(':').next().unwrap_or_default() {
            "mongodb" => {
                let database = mongodb::Client::with_uri_str(url).await?;
                let database = database.default_database().ok_or("a URL without a database")?;
                database.drop().await?;
            }
            "redis" => {
                // The prefix is our word, not Redis's.
                redis(url.split('?').next().unwrap_or(url), name).await?;
            }
            "amqp" => rabbitmq(name)?,
            "elasticsearch+http" => {
                let url = url.trim_end_matches(name).trim_end_matches('/');
                search(url, &format!("{name}-*")).await?;
            }
            _ => {}
        }
    }
    Ok(())
}
