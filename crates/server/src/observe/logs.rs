//! Where log lines go: to stdout, to a file a day, over TCP. Whoever logs waits for none of them: each has a buffer with a
//! bound, and what does not fit is counted.

use std::{io::IsTerminal, path::Path, sync::Arc};

use social::errors::Pot;
use tracing_appender::{
    non_blocking::{ErrorCounter, NonBlocking, WorkerGuard},
    rolling::{InitError, RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use super::{
    ecs::Ecs,
    errors::ErrorGroups,
    tcp::{self, TcpGuard, TcpLog},
};
use crate::config::{Config, LogFormat};

/// Files of the log that are kept, one a day.
const LOG_FILES: usize = 14;

/// Libraries whose lines hold what people wrote.
const TALKS: [&str; 2] = ["html5ever=off", "markup5ever=off"];

/// Lines that wait for stdout or the file at most.
const LINES: usize = 16 * 1024;

/// Keeps the writers alive; drop it last: what waits is written then.
pub struct Logs {
    errors: Arc<Pot>,
    losses: LogLosses,
    _writers: Vec<WorkerGuard>,
    _tcp: Option<TcpGuard>,
}

/// What was lost of the log on its way.
#[derive(Clone, Default)]
pub struct LogLosses {
    writers: Vec<(&'static str, ErrorCounter)>,
    tcp: Option<TcpLog>,
}

impl LogLosses {
    /// Sets the figures.
    pub fn measure(&self) {
        for (sink, counter) in &self.writers {
            let dropped = counter.dropped_lines() as u64;
            metrics::counter!("log_dropped_total", "sink" => *sink).absolute(dropped);
        }
        if let Some(tcp) = &self.tcp {
            tcp.measure();
        }
    }
}

impl Logs {
    /// Errors that were logged and wait to be written.
    pub fn errors(&self) -> Arc<Pot> {
        self.errors.clone()
    }

    /// What was lost on its way.
    pub fn losses(&self) -> LogLosses {
        self.losses.clone()
    }
}

/// Starts logging as the config says. A second start in one process changes nothing.
pub fn start_logs(config: &Config) -> Logs {
    let filter = filter(&config.log_level);
    let (mut losses, mut guards, mut broken) = (LogLosses::default(), Vec::new(), Vec::new());
    let mut buffered = |sink: &'static str, writer: Box<dyn std::io::Write + Send>| {
        let (writer, guard) = tracing_appender::non_blocking::NonBlockingBuilder::default()
            .buffered_lines_limit(LINES)
            .finish(writer);
        losses.writers.push((sink, writer.error_counter()));
        guards.push(guard);
        writer
    };
    let file = match config.log_file.as_deref().map(log_file).transpose() {
        Ok(file) => file.map(|file| json_to(buffered("file", Box::new(file)))),
        Err(error) => {
            broken.push(format!("log.file cannot be written, so there is none: {error}"));
            None
        }
    };
    // Colours are for eyes: in a file or a journal they are noise.
    let terminal = std::io::stdout().is_terminal();
    let for_people = is_for_people(config.log_format, terminal);
    let json = (!for_people).then(|| json_to(buffered("stdout", Box::new(std::io::stdout()))));
    let pretty =
        for_people.then(|| tracing_subscriber::fmt::layer().with_target(false).with_ansi(terminal));
    let (tcp, tcp_guard) = match config.log_tcp.clone().map(tcp::start).transpose() {
        Ok(started) => started.unzip(),
        Err(error) => {
            broken.push(format!("log.tcp has no thread, so nothing is sent: {error}"));
            (None, None)
        }
    };
    losses.tcp.clone_from(&tcp);
    let tcp = tcp.map(|tcp| tracing_subscriber::fmt::layer().event_format(Ecs).with_writer(tcp));
    let layers = tracing_subscriber::registry().with(filter).with(file).with(json).with(pretty);
    let errors = Arc::new(Pot::default());
    let _ = layers.with(tcp).with(ErrorGroups(errors.clone())).try_init();
    for why in broken {
        tracing::error!("{why}");
    }
    Logs { errors, losses, _writers: guards, _tcp: tcp_guard }
}

/// What is logged: what the operator asked for, but for a library that logs every word of every post that it parses.
fn filter(level: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    TALKS.iter().filter_map(|talks| talks.parse().ok()).fold(filter, EnvFilter::add_directive)
}

fn json_to<S>(writer: NonBlocking) -> impl tracing_subscriber::Layer<S> + Send + Sync
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    tracing_subscriber::fmt::layer().event_format(Ecs).with_writer(writer)
}

pub(super) fn is_for_people(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    }
}

pub(super) fn log_file(path: &Path) -> Result<RollingFileAppender, InitError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().unwrap_or(std::ffi::OsStr::new("sociosphere.log"));
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(name.to_string_lossy())
        .max_log_files(LOG_FILES)
        .build(folder.unwrap_or(Path::new(".")))
}
