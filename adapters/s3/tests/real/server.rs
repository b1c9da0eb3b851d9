//! A server that a test starts for itself, through the launcher of `testing/engines/minio`. (The tests of the whole product
//! use this file too.)

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A MinIO, on loopback, with a bucket `media`.
pub struct Server {
    child: Mutex<Child>,
    pub port: u16,
    data: tempfile::TempDir,
}

impl Server {
    /// The one that most tests share; it ends with the program.
    pub fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<Server>> = LazyLock::new(|| Arc::new(Server::start()));
        SHARED.clone()
    }

    /// Starts one on a free port; returns when it answers.
    pub fn start() -> Self {
        let data = tempfile::tempdir().expect("temporary folders can be made");
        let installed = launcher("install", 0, data.path()).status();
        if !installed.expect("the launcher can be run").success() {
            not_run();
        }
        // Somebody may take the port between our look and the server's: another one then.
        for _ in 0..10 {
            let port = TcpListener::bind(("127.0.0.1", 0))
                .and_then(|listener| listener.local_addr())
                .expect("loopback has free ports")
                .port();
            if let Some(child) = spawn(port, data.path()) {
                return Self { child: Mutex::new(child), port, data };
            }
        }
        panic!("MinIO does not start on any port");
    }

    /// Its URL, with a prefix of names.
    pub fn url(&self, prefix: &str) -> String {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        format!("s3://sociosphere:sociosphere-test@media/{prefix}?endpoint={endpoint}")
    }

    /// Ends it at once, as a crash would (`kill -9`).
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        drop(child.stdin.take());
        let _ = child.wait();
    }

    /// Starts it again on its port, with its data.
    pub fn restart(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        *child = spawn(self.port, self.data.path()).expect("its port is still free");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn launcher(verb: &str, port: u16, data: &Path) -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let build = root.join("target/engines/minio/build");
    std::fs::create_dir_all(&build).expect("target can be written to");
    let mut command = Command::new(root.join("testing/engines/minio/start"));
    command.arg(verb).env("ENGINE_PORT", port.to_string());
    command.env("ENGINE_DATA", data).env("ENGINE_BUILD", build);
    command
}

/// `None`: the port is taken.
fn spawn(port: u16, data: &Path) -> Option<Child> {
    // It ends at once when our end of its input closes: also when this program ends without a word.
    let run = launcher("run", port, data);
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" run & server=$!; cat; kill -9 $server"]).arg(run.get_program());
    shell.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the launcher can be run");
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        if ready(port) {
            return Some(child);
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    drop(child.stdin.take());
    let _ = child.wait();
    None
}

fn ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let asked = "GET /minio/health/ready HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    let answered =
        stream.write_all(asked.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
    answered.is_ok() && answer.starts_with("HTTP/1.1 200")
}

/// There is no server here. In CI that is a failure; elsewhere nothing of this program can be run, and it says so (not
/// through `eprintln`, which the test harness would keep to itself).
fn not_run() -> ! {
    let text = "\nNOT RUN: no test of the S3 adapter against a running server. MinIO could not be built on this machine and there \
                is no SOCIOSPHERE_TEST_S3_URL; `make engines` builds and starts one.\n";
    let _ = std::io::stderr().write_all(text.as_bytes());
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci != "false" && !ci.is_empty());
    std::process::exit(i32::from(in_ci));
}
