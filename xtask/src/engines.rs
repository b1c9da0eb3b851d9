//! `cargo xtask engines` and `engines-stop`: the engines that tests run against, on loopback with free ports.
//!
//! What an engine is stands in `testing/engines/<name>/start`, a program with four verbs (its contract is in
//! `testing/engines/README.md`). Here is only the frame: ports, folders, readiness, pid files. A pid file holds
//! when its process began, too, so that a number that was given to a stranger since is never ended.

use std::{
    fs,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// An engine that never answers is given up after this; one that answers sooner is waited for no longer.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between two questions whether it is ready, or gone.
const PAUSE: Duration = Duration::from_millis(100);

/// Starts the named engines, or all that there are; gives their environment lines.
pub fn start(root: &Path, names: &[String]) -> Result<Vec<String>, String> {
    let mut starting = Vec::new();
    for engine in engines(root, names)? {
        engine.verb("install", true)?;
        // One that another call of this started may not answer yet: it is waited for like the others.
        if engine.pid().is_none() {
            engine.spawn()?;
        }
        starting.push(engine);
    }
    for engine in starting {
        engine.wait_until_ready()?;
        eprintln!("{} answers", engine.name);
    }
    let mut lines = Vec::new();
    // All that run, not only those that were named now: the file is for whoever tests next.
    for engine in engines(root, &[])?.into_iter().filter(Engine::running) {
        lines.extend(engine.verb("urls", false)?.lines().map(str::to_owned));
    }
    let file = root.join("target/engines/env");
    fs::write(&file, lines.join("\n") + "\n").map_err(|why| said(&file, why))?;
    Ok(lines)
}

/// Ends the named engines, or all, that `start` started.
pub fn stop(root: &Path, names: &[String]) -> Result<(), String> {
    let engines = engines(root, names)?;
    for engine in &engines {
        engine.stop()?;
    }
    let _ = fs::remove_file(root.join("target/engines/env"));
    Ok(())
}

/// One folder of `testing/engines`.
struct Engine {
    name: String,
    launcher: PathBuf,
    /// `target/engines/<name>`: `pid`, `port`, `log`, `data/`, `build/`.
    home: PathBuf,
}

fn engines(root: &Path, names: &[String]) -> Result<Vec<Engine>, String> {
    let folder = root.join("testing/engines");
    let entries = fs::read_dir(&folder).map_err(|why| said(&folder, why))?;
    let mut engines: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path().join("start"))
        .filter(|launcher| launcher.is_file())
        .filter_map(|launcher| {
            let name = launcher.parent()?.file_name()?.to_str()?.to_owned();
            let home = root.join("target/engines").join(&name);
            Some(Engine { name, launcher, home })
        })
        .collect();
    engines.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(stranger) =
        names.iter().find(|name| engines.iter().all(|engine| engine.name != **name))
    {
        let known: Vec<_> = engines.iter().map(|engine| engine.name.as_str()).collect();
        return Err(format!("there is no engine {stranger}; known are {}", known.join(", ")));
    }
    engines.retain(|engine| names.is_empty() || names.contains(&engine.name));
    for engine in &engines {
        for folder in [engine.home.join("data"), engine.home.join("build")] {
            fs::create_dir_all(&folder).map_err(|why| said(&folder, why))?;
        }
    }
    Ok(engines)
}

impl Engine {
    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.launcher);
        let port = fs::read_to_string(self.home.join("port")).unwrap_or_default();
        command
            .arg(verb)
            .env("ENGINE_PORT", port.trim())
            .env("ENGINE_DATA", self.home.join("data"))
            .env("ENGINE_BUILD", self.home.join("build"))
            .stdin(Stdio::null());
        command
    }

    /// Runs a short verb; what it says on standard output, or what it says when it fails.
    fn verb(&self, verb: &str, shown: bool) -> Result<String, String> {
        let mut command = self.command(verb);
        if shown {
            command.stderr(Stdio::inherit());
        }
        let output = command.output().map_err(|why| said(&self.launcher, why))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} {verb}: {} {}", self.name, output.status, words.trim()))
    }

    fn spawn(&self) -> Result<(), String> {
        let file = self.home.join("port");
        let before = fs::read_to_string(&file).ok().and_then(|port| port.trim().parse().ok());
        let port = free_port(before).map_err(|why| said("a free port", why))?;
        fs::write(&file, port.to_string()).map_err(|why| said(&file, why))?;
        let log = self.home.join("log");
        let output = fs::File::create(&log).map_err(|why| said(&log, why))?;
        let errors = output.try_clone().map_err(|why| said(&log, why))?;
        // A group of its own: it outlives this program and the terminal's Ctrl-C, and is ended as a whole.
        let child = self
            .command("run")
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|why| said(&self.launcher, why))?;
        let pid = child.id();
        let birth = birth(pid).unwrap_or_default();
        let file = self.home.join("pid");
        fs::write(&file, format!("{pid} {birth}")).map_err(|why| said(&file, why))
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let begun = Instant::now();
        while self.verb("ready", false).is_err() {
            if self.pid().is_none() || begun.elapsed() > PATIENCE {
                self.stop()?;
                let log = self.home.join("log");
                return Err(format!("{} does not start; see {}", self.name, log.display()));
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// The process of the pid file, if it still is that process.
    fn pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.home.join("pid")).ok()?;
        let (pid, born) = text.trim().split_once(' ')?;
        let pid = pid.parse().ok()?;
        (birth(pid)? == born).then_some(pid)
    }

    fn running(&self) -> bool {
        self.pid().is_some() && self.verb("ready", false).is_ok()
    }

    fn stop(&self) -> Result<(), String> {
        for signal in ["-TERM", "-KILL"] {
            let Some(pid) = self.pid() else { break };
            let group = format!("-{pid}");
            // One that ended just now is no failure: the loop looks again.
            let _ = Command::new("kill").args([signal, "--", &group]).status();
            let begun = Instant::now();
            while self.pid().is_some() && begun.elapsed() < Duration::from_secs(20) {
                thread::sleep(PAUSE);
            }
        }
        if self.pid().is_some() {
            return Err(format!("{} does not end", self.name));
        }
        if fs::remove_file(self.home.join("pid")).is_ok() {
            eprintln!("{} ended", self.name);
        }
        Ok(())
    }
}

/// The port of the last time if nobody took it, else one that the system gives.
fn free_port(before: Option<u16>) -> std::io::Result<u16> {
    if let Some(port) = before.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()) {
        return Ok(port);
    }
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// When a living process began, in ticks since boot: field 22 of its `stat`, counted after the name in brackets.
fn birth(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    // One that ended and that nobody asked about yet is not alive.
    (state != "Z").then(|| fields.nth(18).map(str::to_owned))?
}

fn said(what: impl AsRef<Path>, why: std::io::Error) -> String {
    format!("{}: {why}", what.as_ref().display())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A workspace with one engine: a shell that waits, ready when its data folder says so.
    fn workspace(run: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!(
            "engines-{}-{:?}",
            std::process::id(),
            thread::current().id()
        ));
        let _ = fs::remove_dir_all(&root);
        let folder = root.join("testing/engines/toy");
        fs::create_dir_all(&folder).unwrap();
        let script = format!(
            "#!/bin/sh\ncase $1 in\nrun) {run} ;;\nready) test -e $ENGINE_DATA/up ;;\n\
             urls) echo SOCIOSPHERE_TEST_TOY_URL=toy://127.0.0.1:$ENGINE_PORT ;;\nesac\n"
        );
        fs::write(folder.join("start"), script).unwrap();
        fs::set_permissions(folder.join("start"), fs::Permissions::from_mode(0o755)).unwrap();
        root
    }

    #[test]
    fn an_engine_starts_once_and_ends_with_what_it_started() {
        let root = workspace("touch $ENGINE_DATA/up; sleep 1000 & wait");
        let lines = start(&root, &[]).unwrap();
        let engine = engines(&root, &[]).unwrap().remove(0);
        let pid = engine.pid().expect("it runs");
        assert!(lines[0].starts_with("SOCIOSPHERE_TEST_TOY_URL=toy://127.0.0.1:"), "{lines:?}");
        assert_eq!(start(&root, &["toy".to_owned()]).unwrap(), lines);
        assert_eq!(engine.pid(), Some(pid), "the second time starts nothing");
        stop(&root, &[]).unwrap();
        assert_eq!(engine.pid(), None);
        stop(&root, &[]).unwrap();
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn an_engine_that_falls_over_is_told_of_at_once() {
        let root = workspace("echo no luck; exit 3");
        let error = start(&root, &[]).unwrap_err();
        assert!(error.contains("toy does not start"), "{error}");
        assert_eq!(fs::read_to_string(root.join("target/engines/toy/log")).unwrap(), "no luck\n");
        assert!(start(&root, &["other".to_owned()]).unwrap_err().contains("known are toy"));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_number_that_was_given_to_a_stranger_is_left_alone() {
        let root = workspace("true");
        let engine = engines(&root, &[]).unwrap().remove(0);
        fs::write(engine.home.join("pid"), format!("{} 1", std::process::id())).unwrap();
        assert_eq!(engine.pid(), None);
        stop(&root, &[]).unwrap();
        fs::remove_dir_all(root).unwrap();
    }
}
