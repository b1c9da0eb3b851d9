//! ffmpeg and ffprobe as processes: found once, run with no environment, no input, bounds on memory,
//! time and output, and killed when their time is up or when nobody waits for them any more.

use std::{
    ffi::{OsStr, OsString},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use super::PipelineError;

/// Most bytes that are kept of what a tool prints.
const MAX_PRINTED: u64 = 1 << 20;

/// Where the tools are.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    /// Processes video and sound.
    pub ffmpeg: Option<PathBuf>,
    /// Says what they are.
    pub ffprobe: Option<PathBuf>,
    /// Sets the bounds of a process. Where it is missing, only time is bounded.
    pub prlimit: Option<PathBuf>,
    /// Lets a process yield to those that people wait for.
    pub nice: Option<PathBuf>,
}

impl Tools {
    /// The tools in these folders, the first that has it. The caller takes the folders from where it
    /// likes, say `PATH`.
    pub fn find<P: AsRef<Path>>(folders: impl IntoIterator<Item = P>) -> Tools {
        let mut tools = Tools::default();
        for folder in folders {
            let at = |name: &str| {
                let path = folder.as_ref().join(name);
                path.is_file().then_some(path)
            };
            tools.ffmpeg = tools.ffmpeg.or_else(|| at("ffmpeg"));
            tools.ffprobe = tools.ffprobe.or_else(|| at("ffprobe"));
            tools.prlimit = tools.prlimit.or_else(|| at("prlimit"));
            tools.nice = tools.nice.or_else(|| at("nice"));
        }
        tools
    }

    /// No tools: pictures only.
    pub fn none() -> Tools {
        Tools::default()
    }

    /// The tools that video and sound need, if all are there.
    pub(super) fn film(&self) -> Result<FilmTools<'_>, PipelineError> {
        match (&self.ffmpeg, &self.ffprobe) {
            (Some(ffmpeg), Some(ffprobe)) => Ok(FilmTools { ffmpeg, ffprobe, all: self }),
            _ => Err(PipelineError::NoFfmpeg),
        }
    }
}

/// ffmpeg and ffprobe, both there.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilmTools<'a> {
    ffmpeg: &'a Path,
    ffprobe: &'a Path,
    all: &'a Tools,
}

/// What a process may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// On the clock.
    pub time: Duration,
    /// Bytes of address space.
    pub memory: u64,
    /// Bytes of the largest file it may write.
    pub file: u64,
}

impl FilmTools<'_> {
    /// Runs ffprobe and returns what it printed.
    pub(super) async fn probe(
        self,
        args: &[OsString],
        bounds: Bounds,
    ) -> Result<Vec<u8>, PipelineError> {
        run(self.command(self.ffprobe, bounds), args, bounds).await
    }

    /// Runs ffmpeg.
    pub(super) async fn convert(
        self,
        args: &[OsString],
        bounds: Bounds,
    ) -> Result<(), PipelineError> {
        run(self.command(self.ffmpeg, bounds), args, bounds).await.map(drop)
    }

    /// The tool behind its wrappers. Each of them replaces itself by the next, so that the process
    /// that is started is the tool in the end, and to kill it leaves nothing behind: ffmpeg starts
    /// threads, but no processes.
    fn command(self, tool: &Path, bounds: Bounds) -> Command {
        let mut words: Vec<OsString> = Vec::new();
        if let Some(prlimit) = &self.all.prlimit {
            // Two processors may both be busy for all of the time.
            let processor = bounds.time.as_secs().saturating_mul(2).max(1);
            words.push(prlimit.into());
            words.push(format!("--as={}", bounds.memory).into());
            words.push(format!("--cpu={processor}").into());
            words.push(format!("--fsize={}", bounds.file).into());
            words.extend(["--nofile=64", "--core=0"].map(OsString::from));
        }
        if let Some(nice) = &self.all.nice {
            words.push(nice.into());
            words.extend(["-n", "10"].map(OsString::from));
        }
        words.push(tool.into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command
    }
}

async fn run(
    mut command: Command,
    args: &[OsString],
    bounds: Bounds,
) -> Result<Vec<u8>, PipelineError> {
    let mut child = command
        .args(args)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: what stops the server from a terminal lets it finish its work first.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or(PipelineError::Internal("a tool has no output"))?;
    let stderr = child.stderr.take().ok_or(PipelineError::Internal("a tool has no messages"))?;
    let done = async {
        let (printed, messages, status) =
            tokio::join!(read_bounded(stdout), read_bounded(stderr), child.wait());
        Ok::<_, std::io::Error>((printed?, messages?, status?))
    };
    let Ok(done) = tokio::time::timeout(bounds.time, done).await else {
        child.kill().await?;
        return Err(PipelineError::TimedOut);
    };
    let (printed, messages, status) = done?;
    match judge(status, bounds) {
        None => Ok(printed),
        Some(error) => {
            let messages = String::from_utf8_lossy(&messages);
            let start: String = messages.replace('\n', "; ").chars().take(500).collect();
            tracing::debug!(media.status = %status, "a media tool gave up: {start}");
            match refused_decoder(&messages) {
                Some(codec) => Err(PipelineError::UnsupportedCodec { codec }),
                None => Err(error),
            }
        }
    }
}

/// What an exit says about the file. Signals are bounds that were met.
fn judge(status: ExitStatus, bounds: Bounds) -> Option<PipelineError> {
    const SIGXCPU: i32 = 24;
    const SIGXFSZ: i32 = 25;
    if status.success() {
        return None;
    }
    Some(match status.signal() {
        Some(SIGXCPU) => PipelineError::TimedOut,
        Some(SIGXFSZ) => PipelineError::TooLarge { max: bounds.file },
        _ => PipelineError::Corrupt,
    })
}

/// The decoder that was asked for and is not on our list, if that is what the messages are about.
fn refused_decoder(messages: &str) -> Option<String> {
    let (before, _) = messages.split_once(") not on whitelist")?;
    let (_, name) = before.rsplit_once("Codec (")?;
    Some(name.chars().filter(char::is_ascii_graphic).take(30).collect())
}

/// Reads to the end, so that the writer never waits, and keeps the start.
async fn read_bounded(mut from: impl AsyncRead + Unpin) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    (&mut from).take(MAX_PRINTED).read_to_end(&mut kept).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(kept)
}

/// A path as ffmpeg's argument: with its protocol, so that no name is taken for an option or a URL.
pub(super) fn file_argument(path: &Path) -> OsString {
    let mut argument = OsString::from("file:");
    argument.push::<&OsStr>(path.as_ref());
    argument
}
