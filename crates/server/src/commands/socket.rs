//! The socket in the data folder: how a command reaches the running server. Only the folder's owner may open it.
//!
//! One line of JSON with the command goes in, one line with what it printed comes back.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{Admin, Outcome, execute};
use crate::{config::Config, instance::Instance};

/// The longest command.
const LONGEST: u64 = 64 * 1024;

fn path(config: &Config) -> PathBuf {
    config.data.join("admin.sock")
}

/// Listens for commands until the token is cancelled. Without a socket the server runs on, and says so.
pub fn listen(config: &Config, instance: Arc<Instance>, stop: CancellationToken) -> JoinHandle<()> {
    let path = path(config);
    // The store's lock says that no other server runs on this folder: what is here is a leftover.
    let _ = std::fs::remove_file(&path);
    let config = config.clone();
    tokio::spawn(async move {
        let listener = match UnixListener::bind(&path) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!("commands can not reach this server: {}: {error}", path.display());
                return;
            }
        };
        let _ = std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else { continue };
            let (instance, config) = (instance.clone(), config.clone());
            tokio::spawn(async move {
                if let Err(error) = answer(stream, &instance, &config).await {
                    tracing::warn!("a command was cut off: {error}");
                }
            });
        }
        let _ = std::fs::remove_file(&path);
    })
}

async fn answer(
    stream: UnixStream,
    instance: &Arc<Instance>,
    config: &Config,
) -> std::io::Result<()> {
    use tokio::io::AsyncReadExt;
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LONGEST)).read_line(&mut line).await?;
    let outcome = match serde_json::from_str::<Admin>(&line) {
        Ok(command) => execute(instance, config, command).await,
        Err(error) => Outcome::failed(format!("the server does not know this command: {error}")),
    };
    let text = serde_json::to_string(&outcome).unwrap_or_default();
    write.write_all(text.as_bytes()).await?;
    write.write_all(b"\n").await
}

/// Whether a server runs on the data folder.
pub(super) async fn is_there(config: &Config) -> bool {
    UnixStream::connect(path(config)).await.is_ok()
}

/// Asks the running server; `None` if there is none.
pub async fn ask(config: &Config, command: &Admin) -> Result<Option<Outcome>, String> {
    let path = path(config);
    let stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        Err(_) => return Ok(None),
    };
    let (read, mut write) = stream.into_split();
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    // A folder is meant as seen from here.
    let command = match command.clone() {
        Admin::Backup { to } => Admin::Backup { to: std::path::absolute(&to).map_err(failed)? },
        other => other,
    };
    let text = serde_json::to_string(&command).map_err(|error| error.to_string())?;
    write.write_all(text.as_bytes()).await.map_err(failed)?;
    write.write_all(b"\n").await.map_err(failed)?;
    let mut line = String::new();
    BufReader::new(read).read_line(&mut line).await.map_err(failed)?;
    serde_json::from_str(&line).map(Some).map_err(|error| format!("the server's answer: {error}"))
}
