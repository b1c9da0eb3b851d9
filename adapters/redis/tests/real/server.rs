//! A `redis-server` that a test starts for itself. (The tests of the whole product use this file too.)

use std::{
    io::{BufRead, BufReader, ErrorKind, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// A `redis-server` of our own, on loopback, with nothing on disk.
pub struct Server {
    child: Mutex<Child>,
    pub port: u16,
    arguments: Vec<String>,
}

impl Server {
    /// The one that most tests share; it ends with the last of them.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start(&[]));
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// Starts one on a free port, with these settings; returns when it answers.
    pub fn start(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        // Somebody may take the port between our look and the server's: another one then.
        for _ in 0..10 {
            let port = TcpListener::bind(("127.0.0.1", 0))
                .and_then(|listener| listener.local_addr())
                .expect("loopback has free ports")
                .port();
            if let Some(child) = spawn(port, &arguments) {
                return Self { child: Mutex::new(child), port, arguments };
            }
        }
        panic!("redis-server does not start on any port");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Starts it again on its port.
    pub fn restart(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        *child = spawn(self.port, &self.arguments).expect("its port is still free");
    }

    /// Asks it something, as an operator would.
    pub fn command(&self, words: &[&str]) -> String {
        let mut cli = Command::new("redis-cli");
        let answer = cli.args(["-p", &self.port.to_string()]).args(words).output();
        let answer = answer.expect("redis-cli stands beside redis-server");
        assert!(answer.status.success(), "{words:?}");
        String::from_utf8_lossy(&answer.stdout).into_owned()
    }

    /// How often it read from a connection so far: one for each round trip.
    pub fn reads(&self) -> u64 {
        let stats = self.command(&["INFO", "stats"]);
        let line = stats.lines().find_map(|line| line.strip_prefix("total_reads_processed:"));
        line.and_then(|count| count.trim().parse().ok()).expect("it counts")
    }

    /// Sends a signal (`STOP`: it answers nobody any more, but keeps its connections).
    pub fn signal(&self, name: &str) {
        let pid = self.child.lock().unwrap_or_else(PoisonError::into_inner).id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `None`: the port is taken.
fn spawn(port: u16, arguments: &[String]) -> Option<Child> {
    let started = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--port", &port.to_string()])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match started {
        Err(why) if why.kind() == ErrorKind::NotFound => not_run(),
        started => started.expect("redis-server can be run"),
    };
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut lines = output.lines().map_while(Result::ok);
    if lines.any(|line| line.contains("Ready to accept connections")) {
        // It writes on; somebody must read, or it would stand still one day.
        std::thread::spawn(move || lines.for_each(drop));
        return Some(child);
    }
    let _ = child.wait();
    None
}

/// There is no Redis here. In CI that is a failure; elsewhere nothing of this program can be run, and it says so (not
/// through `eprintln`, which the test harness would keep to itself).
fn not_run() -> ! {
    let text = "\nNOT RUN: no test of the Redis adapter against a running Redis. There is no redis-server on this machine and no \
                SOCIOSPHERE_TEST_CACHE_URL; `make engines` installs and starts one.\n";
    // Whoever gave a Redis wants what can be run on it to count.
    let given = |port| std::env::var_os(format!("SOCIOSPHERE_TEST_{port}_URL")).is_some();
    assert!(!["CACHE", "RINGS", "BUS", "QUEUE"].into_iter().any(given), "no redis-server here");
    let _ = std::io::stderr().write_all(text.as_bytes());
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci != "false" && !ci.is_empty());
    std::process::exit(i32::from(in_ci));
}
