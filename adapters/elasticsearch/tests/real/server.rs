//! A server that a test starts for itself, through a launcher of `testing/engines`. (The tests of the whole product use
//! this file too.)

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// A server on loopback.
pub struct Server {
    engine: &'static str,
    child: Mutex<Child>,
    pub port: u16,
    data: tempfile::TempDir,
}

impl Server {
    /// The one that most tests share; it ends with the program. All tests of a program name the same engine.
    pub fn shared(engine: &'static str) -> Arc<Self> {
        static SHARED: OnceLock<Arc<Server>> = OnceLock::new();
        SHARED.get_or_init(|| Arc::new(Server::start(engine))).clone()
    }

    /// Starts one on a free port; returns when it answers.
    pub fn start(engine: &'static str) -> Self {
        let data = tempfile::tempdir().expect("temporary folders can be made");
        let installed = launcher(engine, "install", 0, data.path()).status();
        if !installed.expect("the launcher can be run").success() {
            not_run();
        }
        // Somebody may take the port between our look and the server's: another one then.
        for _ in 0..10 {
            let port = TcpListener::bind(("127.0.0.1", 0))
                .and_then(|listener| listener.local_addr())
                .expect("loopback has free ports")
                .port();
            if let Some(child) = spawn(engine, port, data.path()) {
                return Self { engine, child: Mutex::new(child), port, data };
            }
        }
        panic!("{engine} does not start on any port");
    }

    /// Its URL, with a prefix of indexes.
    pub fn url(&self, prefix: &str) -> String {
        format!("elasticsearch+http://127.0.0.1:{}/{prefix}", self.port)
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
        *child = spawn(self.engine, self.port, self.data.path()).expect("its port is still free");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn launcher(engine: &str, verb: &str, port: u16, data: &std::path::Path) -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let build = root.join(format!("target/engines/{engine}/build"));
    std::fs::create_dir_all(&build).expect("target can be written to");
    let mut command = Command::new(root.join(format!("testing/engines/{engine}/start")));
    command.arg(verb).env("ENGINE_PORT", port.to_string());
    command.env("ENGINE_DATA", data).env("ENGINE_BUILD", build);
    command
}

/// `None`: the port is taken.
fn spawn(engine: &str, port: u16, data: &std::path::Path) -> Option<Child> {
    // It ends at once when our end of its input closes: also when this program ends without a word.
    let run = launcher(engine, "run", port, data);
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" run & server=$!; cat; kill -9 $server"]).arg(run.get_program());
    shell.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut run = shell;
    run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = run.spawn().expect("the launcher can be run");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut lines = output.lines().map_while(Result::ok);
    // What our own launcher of OpenSearch says, and Elasticsearch in its log.
    if lines.any(|line| line.starts_with("READY") || line.contains("[node] started {")) {
        // It writes on; somebody must read, or it would stand still one day.
        std::thread::spawn(move || lines.for_each(drop));
        return Some(child);
    }
    let _ = child.wait();
    None
}

/// There is no server here. In CI that is a failure; elsewhere nothing of this program can be run, and it says so (not
/// through `eprintln`, which the test harness would keep to itself).
fn not_run() -> ! {
    let text = "\nNOT RUN: no test of the Elasticsearch adapter against a running server. There is no Java on this machine and no \
                SOCIOSPHERE_TEST_SEARCH_URL (or …_SEARCH_ELASTIC_URL); `make engines` installs and starts one.\n";
    let _ = std::io::stderr().write_all(text.as_bytes());
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci != "false" && !ci.is_empty());
    std::process::exit(i32::from(in_ci));
}
