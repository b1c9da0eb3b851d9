//! The main workload: what people and their apps ask most, each in turns with its floor.

use std::{io::Write as _, path::Path, sync::Arc, time::Duration};

use rand::{Rng, rngs::SmallRng};

use crate::{
    Failure, commits,
    data::{self, Known, Size},
    load::{Load, Seen, drive},
    process::{Process, binary},
    report::{Round, Row, Start, table},
};

/// How big a run is.
pub struct Scale {
    size: Size,
    rounds: usize,
    load: Load,
}

impl Scale {
    /// What figures are quoted from.
    pub fn full() -> Scale {
        Scale {
            size: Size { accounts: 1_000, follows: 200, posts: 100_000, likes: 50_000 },
            rounds: 5,
            load: Load { clients: 64, time: Duration::from_secs(3) },
        }
    }

    /// Seconds instead of minutes.
    pub fn quick() -> Scale {
        Scale {
            size: Size { accounts: 50, follows: 20, posts: 1_000, likes: 500 },
            rounds: 1,
            load: Load { clients: 16, time: Duration::from_millis(500) },
        }
    }
}

/// Makes a request out of what is known and chance.
pub type Request = Arc<dyn Fn(&Known, &mut SmallRng) -> String + Send + Sync>;

/// A kind of request, and the least share of its floor that it is to reach.
pub struct Ask {
    /// What is asked.
    pub name: &'static str,
    target: Option<f64>,
    /// Writes one.
    pub request: Request,
}

/// A kind of request.
pub fn ask(
    name: &'static str,
    target: Option<f64>,
    request: impl Fn(&Known, &mut SmallRng) -> String + Send + Sync + 'static,
) -> Ask {
    Ask { name, target, request: Arc::new(request) }
}

fn any<'a>(of: &'a [String], chance: &mut SmallRng) -> &'a str {
    &of[chance.random_range(0..of.len())]
}

fn read(path: &str, known: &Known, chance: &mut SmallRng) -> String {
    let token = any(&known.tokens, chance);
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
}

fn write(path: &str, body: &str, known: &Known, chance: &mut SmallRng) -> String {
    let (token, length) = (any(&known.tokens, chance), body.len());
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// What people and apps read most.
pub fn reads() -> Vec<Ask> {
    let fixed = |name, target, path: &'static str| {
        ask(name, target, move |known, chance| read(path, known, chance))
    };
    vec![
        fixed("home, 20 posts", Some(0.25), "/api/v1/timelines/home?limit=20"),
        fixed("home, nothing new", None, "/api/v1/timelines/home?since_id=9000000000000000000"),
        ask("one post", Some(0.5), |known, chance| {
            let path = format!("/api/v1/statuses/{}", any(&known.posts, chance));
            read(&path, known, chance)
        }),
        ask("one account", None, |known, chance| {
            let path = format!("/api/v1/accounts/{}", any(&known.accounts, chance));
            read(&path, known, chance)
        }),
        fixed("verify_credentials", None, "/api/v1/accounts/verify_credentials"),
        ask("posts of an account", None, |known, chance| {
            let path = format!("/api/v1/accounts/{}/statuses", any(&known.accounts, chance));
            read(&path, known, chance)
        }),
        fixed("public timeline", None, "/api/v1/timelines/public?limit=20"),
        fixed("notifications", None, "/api/v1/notifications?limit=20"),
    ]
}

/// What they write most.
pub fn writes() -> Vec<Ask> {
    vec![
        ask("publish, durable", Some(0.3), |known, chance| {
            let number: u64 = chance.random();
            let text = format!(
                "{number:x} The tide is out and the harbour smells of rope and bread; the choir meets at seven."
            );
            let body = format!(r#"{{"status":"{text}"}}"#);
            write("/api/v1/statuses", &body, known, chance)
        }),
        ask("like, durable", None, |known, chance| {
            let path = format!("/api/v1/statuses/{}/favourite", any(&known.posts, chance));
            write(&path, "", known, chance)
        }),
    ]
}

/// Runs everything and returns the table.
pub async fn main(root: &Path, scale: Scale) -> Result<String, Failure> {
    std::fs::create_dir_all(root)?;
    let (folder, known) = data::ready(root, scale.size).await?;
    // Runs write: each on a copy, so that all begin alike.
    let copy = tempfile::tempdir_in(root)?;
    copy_folder(&folder, copy.path())?;
    let binary = binary()?;
    let known = Arc::new(known);
    let server = Process::serve(&binary, copy.path()).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut start =
        Start { seconds: server.started_in.as_secs_f64(), rss: server.rss()?, rss_after: 0.0 };
    let mut rows = Vec::new();
    for ask in reads() {
        rows.push(against_page(&ask, &binary, &server, &known, &scale).await?);
        progress(rows.last());
    }
    for ask in writes() {
        rows.push(against_commits(&ask, root, &server, &known, &scale).await?);
        progress(rows.last());
    }
    start.rss_after = server.rss()?;
    let table = table(&start, &rows);
    std::fs::write(root.join("main.md"), &table)?;
    Ok(table)
}

/// Asks a running server one kind of request.
pub async fn one_kind(words: &[String]) -> Result<String, Failure> {
    let [kind, folder, address, seconds] = words else {
        return Err("bench drive KIND DATA ADDRESS SECONDS".into());
    };
    let known = Arc::new(data::known(Path::new(folder))?);
    let ask = reads().into_iter().chain(writes()).find(|ask| ask.name == kind);
    let request = ask.ok_or_else(|| format!("there is no kind {kind}"))?.request;
    let load = Load { clients: 64, time: Duration::from_secs(seconds.parse()?) };
    let seen = drive(address.parse()?, load, move |chance, out| {
        out.extend_from_slice(request(&known, chance).as_bytes());
    })
    .await?;
    let (rate, p50, p99) = (seen.rate(), seen.quantile(0.5), seen.quantile(0.99));
    Ok(format!("{kind}: {rate:.0}/s, p50 {p50:.2} ms, p99 {p99:.2} ms, {} refused", seen.refused))
}

fn progress(row: Option<&Row>) {
    if let Some(row) = row {
        println!("  {:<24} {:>8.0}/s  {:.2} of its floor", row.name, row.rate, row.ratio);
        let _ = std::io::stdout().flush();
    }
}

async fn against_page(
    ask: &Ask,
    binary: &Path,
    server: &Process,
    known: &Arc<Known>,
    scale: &Scale,
) -> Result<Row, Failure> {
    // Warm: what a running server has read before.
    let warm = one(ask, server, known, scale.load).await?.0;
    let floor = Process::floor(binary, warm.body()).await?;
    let plain = |_: &mut SmallRng, out: &mut Vec<u8>| {
        out.extend_from_slice(b"GET /floor HTTP/1.1\r\nHost: bench\r\n\r\n");
    };
    drive(floor.address, Load { time: scale.load.time / 4, ..scale.load }, plain).await?;
    let mut rounds = Vec::new();
    for _ in 0..scale.rounds {
        let floor = drive(floor.address, scale.load, plain).await?.rate();
        let (seen, cpu) = one(ask, server, known, scale.load).await?;
        rounds.push(Round { seen, cpu, floor });
    }
    Ok(Row::new(ask.name, ask.target, &rounds))
}

async fn against_commits(
    ask: &Ask,
    root: &Path,
    server: &Process,
    known: &Arc<Known>,
    scale: &Scale,
) -> Result<Row, Failure> {
    let mut rounds = Vec::new();
    for _ in 0..scale.rounds {
        let floor = commits::bare(root, scale.load.clients, 300, scale.load.time).await?;
        let (seen, cpu) = one(ask, server, known, scale.load).await?;
        rounds.push(Round { seen, cpu, floor });
    }
    Ok(Row::new(ask.name, ask.target, &rounds))
}

/// One round; says the server's CPU a request, too. Refusals are failures: they would be cheap.
async fn one(
    ask: &Ask,
    server: &Process,
    known: &Arc<Known>,
    load: Load,
) -> Result<(Seen, f64), Failure> {
    let before = server.cpu()?;
    let (request, known) = (ask.request.clone(), known.clone());
    let seen = drive(server.address, load, move |chance, out| {
        out.extend_from_slice(request(&known, chance).as_bytes());
    })
    .await?;
    let cpu = (server.cpu()? - before) * 1000.0 / seen.micros.len().max(1) as f64;
    if seen.refused > 0 {
        return Err(format!("{}: {} answers were not 2xx", ask.name, seen.refused).into());
    }
    Ok((seen, cpu))
}

/// Copies a folder with all in it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            std::fs::create_dir_all(&to)?;
            copy_folder(&entry.path(), &to)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
