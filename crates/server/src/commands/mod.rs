//! The command line.
//!
//! Commands that touch the instance run on the server's own instance while one runs (through a socket in the data folder
//! that only its owner may open), and on the store itself while none does: the same code either way.

mod accounts;
mod admin;
mod backup;
mod check;
mod copy;
mod demo;
mod errors;
mod floor;
mod jobs;
mod read_only;
pub mod socket;
mod tasks;

use std::{process::ExitCode, sync::Arc};

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{self, Config, Inputs},
    instance::{self, Instance},
    roles::{self, Role},
};

pub use admin::Admin;

/// A social platform that a community can own.
#[derive(Debug, Parser)]
#[command(name = "sociosphere", version)]
struct Line {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Options {
    /// The config file [default: sociosphere.toml, if it is there].
    #[arg(long, global = true, env = "SOCIOSPHERE_CONFIG")]
    config: Option<String>,
    /// Address and port to listen on.
    #[arg(long, global = true)]
    listen: Option<String>,
    /// Where people reach the instance.
    #[arg(long, global = true)]
    public_url: Option<String>,
    /// The data folder.
    #[arg(long, global = true)]
    data: Option<String>,
    /// Any other setting.
    #[arg(long, global = true, value_name = "SETTING=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves requests and runs jobs (what happens without a command).
    All,
    /// Serves requests only.
    Serve,
    /// Runs jobs only.
    Worker,
    /// Prints the config with every setting's meaning.
    Config,
    /// Opens every engine and says how it is.
    Doctor,
    /// Builds a demo community in an empty data folder, to look around in.
    Demo {
        /// A data folder that holds accounts is left as it is, without an error.
        #[arg(long)]
        if_empty: bool,
    },
    /// Copies a store to another one (sqlite:PATH, mongodb://…), or media to other blobs, and compares both. Servers are
    /// stopped first; search and home timelines are rebuilt afterwards.
    Copy {
        /// Where everything is.
        #[arg(long, value_name = "URL")]
        from: String,
        /// Where it goes. What is there already is not written again.
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Restores a backup into an empty data folder.
    Restore {
        /// The backup.
        from: std::path::PathBuf,
    },
    /// Tasks of other workers (a service in Python) on the broker of the queue.
    Tasks {
        #[command(subcommand)]
        command: tasks::TasksCommand,
    },
    /// A page of a given size and nothing else: what `make bench` measures against.
    #[command(hide = true)]
    Floor {
        /// Its size.
        #[arg(long)]
        bytes: usize,
    },
    /// Keys of the instance.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    #[command(flatten)]
    Admin(Admin),
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Makes new keys where they are lost: ends every session and link.
    New,
}

/// What a command printed, and whether it worked.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Outcome {
    /// It worked.
    pub fn said(out: impl Into<String>) -> Outcome {
        Outcome { out: out.into(), err: String::new() }
    }

    /// It did not.
    pub fn failed(err: impl std::fmt::Display) -> Outcome {
        Outcome { out: String::new(), err: err.to_string() }
    }

    fn print(self) -> ExitCode {
        if !self.out.is_empty() {
            println!("{}", self.out.trim_end());
        }
        if self.err.is_empty() {
            return ExitCode::SUCCESS;
        }
        eprintln!("sociosphere: {}", self.err.trim_end());
        ExitCode::FAILURE
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let line = Line::parse();
    if let Some(Command::Config) = line.command {
        print!("{}", config::commented());
        return ExitCode::SUCCESS;
    }
    let config = match read_config(&line.options) {
        Ok(config) => config,
        Err(error) => return Outcome::failed(error).print(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::failed(error).print(),
    };
    runtime.block_on(run(config, line.command.unwrap_or(Command::All)))
}

async fn run(config: Config, command: Command) -> ExitCode {
    let role = match command {
        Command::All => Role::All,
        Command::Serve => Role::Serve,
        Command::Worker => Role::Worker,
        Command::Config => return ExitCode::SUCCESS,
        Command::Floor { bytes } => return floor::serve(&config, bytes).await.print(),
        Command::Doctor => return check::doctor(&config).await.print(),
        Command::Demo { if_empty } => return demo::build(&config, if_empty).await.print(),
        Command::Copy { from, to } => return copy::copy(&config, &from, &to).await.print(),
        Command::Tasks { command } => return tasks::execute(&config, command).await.print(),
        Command::Restore { from } => return backup::restore(&config, &from).await.print(),
        Command::Keys { command: KeysCommand::New } => {
            let path = crate::keys::path(&config.data);
            return match path.exists() {
                true => Outcome::failed(format!("{} is there", path.display())),
                false => match crate::keys::create(&path) {
                    Ok(()) => Outcome::said(format!("made {}", path.display())),
                    Err(error) => Outcome::failed(error),
                },
            }
            .print();
        }
        Command::Admin(command) => return admin_command(&config, command).await.print(),
    };
    match roles::run(config, role).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => Outcome::failed(error).print(),
    }
}

/// On the running server, if there is one; else on an instance of our own.
async fn admin_command(config: &Config, command: Admin) -> Outcome {
    match socket::ask(config, &command).await {
        Ok(Some(outcome)) => return outcome,
        Ok(None) => {}
        Err(error) => return Outcome::failed(error),
    }
    let instance = match instance::open(config).await {
        Ok(instance) => Arc::new(instance),
        Err(error) => return Outcome::failed(error),
    };
    let outcome = execute(&instance, config, command).await;
    if let Some(instance) = Arc::into_inner(instance) {
        let _ = instance.lease.end(&instance.app.graph).await;
    }
    outcome
}

/// Does an admin command on an instance.
pub async fn execute(instance: &Arc<Instance>, config: &Config, command: Admin) -> Outcome {
    admin::execute(instance, config, command).await
}

fn read_config(options: &Options) -> Result<Config, String> {
    let named = options.config.clone();
    let name = named.clone().unwrap_or_else(|| "sociosphere.toml".to_owned());
    let file = match std::fs::read_to_string(&name) {
        Ok(text) => Some((name, text)),
        Err(_) if named.is_none() => None,
        Err(error) => return Err(format!("{name}: {error}")),
    };
    let mut flags = Vec::new();
    for (key, value) in
        [("listen", &options.listen), ("public_url", &options.public_url), ("data", &options.data)]
    {
        flags.extend(value.clone().map(|value| (key.to_owned(), value)));
    }
    for set in &options.set {
        let Some((key, value)) = set.split_once('=') else {
            return Err(format!("--set {set}: must be SETTING=VALUE"));
        };
        flags.push((key.to_owned(), value.to_owned()));
    }
    // Variables that are no text are none of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Config::load(&Inputs { file, environment, flags }).map_err(|errors| errors.to_string())
}
