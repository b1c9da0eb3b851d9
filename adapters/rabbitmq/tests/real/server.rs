//! A RabbitMQ that a test starts for itself, with `testing/engines/rabbitmq`. (The tests of the whole product use this file too.)

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// A RabbitMQ of our own, on loopback.
pub struct Server {
    child: Mutex<Child>,
    pub port: u16,
    folder: tempfile::TempDir,
}

/// Whoever has it may hurt the server; each test has a thread of its own, and waits for it there.
pub struct Turn(#[allow(dead_code)] MutexGuard<'static, ()>);

impl Server {
    /// The one that most tests share; it ends with the last of them.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        Self::of(&SHARED)
    }

    /// The one that is killed, frightened and filled: by one test at a time.
    #[allow(dead_code)]
    pub fn to_be_hurt() -> (Arc<Self>, Turn) {
        static TURN: Mutex<()> = Mutex::new(());
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        (Self::of(&SHARED), Turn(turn))
    }

    fn of(shared: &'static Mutex<Weak<Server>>) -> Arc<Self> {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// Starts one on a free port; returns when it answers.
    pub fn start() -> Self {
        if Command::new(launcher())
            .arg("install")
            .stdin(Stdio::null())
            .status()
            .is_ok_and(|it| !it.success())
            || !Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server").exists()
        {
            not_run();
        }
        // A connection of somebody else may get the port before it listens there: then another one is tried.
        for _ in 0..5 {
            let folder = tempfile::tempdir().expect("a folder");
            let port = TcpListener::bind(("127.0.0.1", 0))
                .and_then(|listener| listener.local_addr())
                .expect("loopback has free ports")
                .port();
            let child = Mutex::new(spawn(port, folder.path()));
            let server = Self { child, port, folder };
            if server.comes_up() {
                return server;
            }
        }
        panic!("RabbitMQ ends as soon as it starts");
    }

    /// As a user who may do everything on the default virtual host.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Sends a signal to all of it (`STOP`: it answers nobody any more, but keeps its connections).
    pub fn signal(&self, name: &str) {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let group = format!("-{}", child.id());
        let sent = Command::new("kill").args(["-s", name, "--", &group]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // The process and all that it started are a group.
        let _ =
            Command::new("kill").args(["-s", "KILL", "--", &format!("-{}", child.id())]).output();
        let _ = child.wait();
    }

    /// Starts it again on its port, with its data.
    pub fn restart(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        *child = spawn(self.port, self.folder.path());
        drop(child);
        // Whoever got its port meanwhile leaves again.
        for _ in 0..5 {
            if self.comes_up() {
                return;
            }
            let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            *child = spawn(self.port, self.folder.path());
        }
        panic!("RabbitMQ ends as soon as it starts again");
    }

    /// Asks it something, as an operator would (`rabbitmqctl`).
    pub fn ctl(&self, words: &[&str]) -> String {
        let answer = self.ask("ctl", words);
        let wrong = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert!(answer.status.success(), "{words:?}: {wrong}");
        String::from_utf8_lossy(&answer.stdout).into_owned()
    }

    fn ask(&self, verb: &str, words: &[&str]) -> Output {
        let mut command = command(self.port, self.folder.path());
        command.arg(verb).args(words).stdin(Stdio::null()).output().expect("the launcher runs")
    }

    /// Waits until it answers (or has ended: false).
    fn comes_up(&self) -> bool {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err()
            || !self.ask("ready", &[]).status.success()
        {
            if self
                .child
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .try_wait()
                .is_ok_and(|it| it.is_some())
            {
                return false;
            }
            let log =
                || std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(180), "it does not start: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        true
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn launcher() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testing/engines/rabbitmq/start")
}

fn command(port: u16, folder: &Path) -> Command {
    let mut command = Command::new(launcher());
    command
        .env("ENGINE_PORT", port.to_string())
        .env("ENGINE_DATA", folder)
        .env("ENGINE_BUILD", folder);
    command
}

fn spawn(port: u16, folder: &Path) -> Child {
    let log = std::fs::File::create(folder.join("output")).expect("a file");
    let errors = log.try_clone().expect("the same file");
    let mut command = command(port, folder);
    command.arg("run").stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
    command.spawn().expect("the launcher runs")
}

/// There is no RabbitMQ here. In CI that is a failure; elsewhere nothing of this program can be run, and it says so (not
/// through `eprintln`, which the test harness would keep to itself).
fn not_run() -> ! {
    let text = "\nNOT RUN: no test against a running RabbitMQ. There is no rabbitmq-server on this machine and no \
                SOCIOSPHERE_TEST_QUEUE_AMQP_URL; `make engines` installs and starts one.\n";
    let _ = std::io::stderr().write_all(text.as_bytes());
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci != "false" && !ci.is_empty());
    std::process::exit(i32::from(in_ci));
}
