//! The server under measurement: a process of the release binary, and what the kernel says about it.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Failure;

/// Clock ticks a second in /proc: 100 on every Linux of today (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;

/// The load comes from one address; everything else is as it is for people.
const UNBOUND: [&str; 6] = [
    "--set",
    "rate_limits=false",
    "--set",
    "limits.connections_per_address=4096",
    "--set",
    "log.level=warn",
];

/// A process that is killed when it is dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
}

impl Process {
    /// The product on a data folder.
    pub async fn serve(binary: &Path, data: &Path) -> Result<Process, Failure> {
        let data = data.display().to_string();
        Process::start(binary, &[&["--data", &data], &UNBOUND[..]].concat()).await
    }

    /// One role of several processes, with these settings.
    pub async fn role(
        binary: &Path,
        role: &str,
        data: &Path,
        settings: &[(&str, String)],
    ) -> Result<Process, Failure> {
        let data = data.display().to_string();
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let set = settings.iter().flat_map(|setting| ["--set", setting]);
        let arguments: Vec<&str> =
            [role, "--data", &data].into_iter().chain(UNBOUND).chain(set).collect();
        Process::start(binary, &arguments).await
    }

    /// A page of this many bytes, from the same accept loop in the same binary.
    pub async fn floor(binary: &Path, bytes: usize) -> Result<Process, Failure> {
        let bytes = bytes.to_string();
        Process::start(binary, &[&["floor", "--bytes", &bytes], &UNBOUND[..]].concat()).await
    }

    async fn start(binary: &Path, arguments: &[&str]) -> Result<Process, Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let started = Instant::now();
        let child = Command::new(binary)
            .args(["--listen", &address.to_string()])
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut process = Process { child, address, started_in: Duration::ZERO };
        until_it_answers(&mut process.child, address).await?;
        process.started_in = started.elapsed();
        Ok(process)
    }

    /// Seconds of CPU so far, in user and kernel mode.
    pub fn cpu(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in brackets may hold spaces: count behind it. utime and stime are fields 14 and 15 (proc(5)).
        let behind = stat.rsplit_once(')').ok_or("/proc/PID/stat without a name")?.1;
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let ticks = |at: usize| {
            fields.get(at).ok_or("a short /proc/PID/stat")?.parse::<f64>().map_err(Failure::from)
        };
        Ok((ticks(11)? + ticks(12)?) / TICKS)
    }

    /// Resident memory, MiB.
    pub fn rss(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
        Ok(kib.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a server that was just started answers.
pub async fn until_it_answers(child: &mut Child, address: SocketAddr) -> Result<(), Failure> {
    let started = Instant::now();
    while !answers(address).await {
        if started.elapsed() > Duration::from_secs(60) || child.try_wait()?.is_some() {
            return Err("the server does not come up".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn answers(address: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = "GET /health HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        // A worker knows no such page, and says so: it answers.
        answer.starts_with("HTTP/1.1 ").then_some(())
    };
    ask.await.is_some()
}

/// The release binary: beside our own.
pub fn binary() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe()?;
    Ok(own.with_file_name("sociosphere"))
}
