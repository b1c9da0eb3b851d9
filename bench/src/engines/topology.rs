//! What distribution costs and gains: the same community and the same questions, asked of the embedded default, and of one
//! and of two `serve` processes (with one `worker`) on MongoDB's stand-in, GridFS, Redis, RabbitMQ and OpenSearch, all behind nginx
//! as `deploy/` ships it; the embedded default without a proxy stands beside them as the floor.

use std::{
    fmt::Write as _,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use rand::Rng;

use super::{Addresses, cleaning, unique, with_query};
use crate::{
    Failure,
    data::{self, Known, Size},
    load::{Load, Seen, drive},
    process::{Process, binary, until_it_answers},
    report::median,
    workload::{Ask, ask, copy_folder, reads, writes},
};

/// Small: the stand-in for MongoDB keeps all it has in 768 MB.
const SIZE: Size = Size { accounts: 50, follows: 20, posts: 1_000, likes: 500 };
const LOAD: Load = Load { clients: 32, time: Duration::from_secs(2) };
const ROUNDS: usize = 3;

/// One of the ways to run the platform, and what it answered.
struct Way {
    name: &'static str,
    address: SocketAddr,
}

/// The table.
pub async fn measure(root: &Path, addresses: &Addresses) -> Result<String, Failure> {
    let (folder, known) = data::ready(root, SIZE).await?;
    let known = Arc::new(known);
    let binary = binary()?;
    let place = tempfile::tempdir_in(root)?;
    let embedded_data = place.path().join("embedded");
    std::fs::create_dir_all(&embedded_data)?;
    copy_folder(&folder, &embedded_data)?;
    let embedded = Process::serve(&binary, &embedded_data).await?;
    let name = unique("all");
    let settings = settings(addresses, &name)?;
    moved(&binary, &folder, &settings)?;
    let role = async |role: &str, name: &str| {
        let data = place.path().join(name);
        Process::role(&binary, role, &data, &settings).await
    };
    let (first, second) = (role("serve", "first").await?, role("serve", "second").await?);
    let worker = role("worker", "worker").await?;
    let proxies = [
        Nginx::start(place.path(), "nginx-0", &[embedded.address]).await?,
        Nginx::start(place.path(), "nginx-1", &[first.address]).await?,
        Nginx::start(place.path(), "nginx-2", &[first.address, second.address]).await?,
    ];
    let ways = [
        Way { name: "embedded, no proxy", address: embedded.address },
        Way { name: "embedded", address: proxies[0].address },
        Way { name: "one `serve`", address: proxies[1].address },
        Way { name: "two `serve`", address: proxies[2].address },
    ];
    let mut text = String::from("| 2 cores shared with all of it, requests/s (p99 ms) |");
    let _ = ways.iter().try_for_each(|way| write!(text, " {} |", way.name));
    text.push_str("\n| --- | --: | --: | --: | --: |\n");
    for ask in asks() {
        let mut seen: Vec<Vec<(f64, f64)>> = vec![Vec::new(); ways.len()];
        for _ in 0..ROUNDS {
            for (way, rounds) in ways.iter().zip(&mut seen) {
                let one = one(&ask, way, &known).await?;
                rounds.push((one.rate(), one.quantile(0.99)));
            }
        }
        let _ = write!(text, "| {} |", ask.name);
        for rounds in &seen {
            let rate = median(rounds.iter().map(|round| round.0));
            let p99 = median(rounds.iter().map(|round| round.1));
            let _ = write!(text, " {rate:.0} ({p99:.0}) |");
        }
        text.push('\n');
        println!("  {}", text.lines().last().unwrap_or_default());
    }
    drop(proxies);
    drop((first, second, worker));
    cleaning::everything(&settings, &name).await?;
    Ok(text)
}

fn asks() -> Vec<Ask> {
    let named = |all: Vec<Ask>, name: &str| all.into_iter().find(|ask| ask.name == name);
    let (home, post) = (named(reads(), "home, 20 posts"), named(reads(), "one post"));
    let publish = named(writes(), "publish, durable");
    let (Some(home), Some(post), Some(publish)) = (home, post, publish) else { return Vec::new() };
    let (a, b, c) = (home.request.clone(), post.request.clone(), publish.request.clone());
    // What people do in an app: they look at home, open a post, and now and then write one.
    let mixed =
        ask(
            "mixed: 70 % home, 25 % one post, 5 % publish",
            None,
            move |known, chance| match chance.random_range(0..100) {
                0..70 => a(known, chance),
                70..95 => b(known, chance),
                _ => c(known, chance),
            },
        );
    vec![home, post, publish, mixed]
}

async fn one(ask: &Ask, way: &Way, known: &Arc<Known>) -> Result<Seen, Failure> {
    let (request, known) = (ask.request.clone(), known.clone());
    let seen = drive(way.address, LOAD, move |chance, out| {
        out.extend_from_slice(request(&known, chance).as_bytes());
    })
    .await?;
    match seen.refused {
        0 => Ok(seen),
        some => Err(format!("{} on {}: {some} answers were not 2xx", ask.name, way.name).into()),
    }
}

/// Everything on engines that processes share, under names of this run's own.
fn settings(addresses: &Addresses, name: &str) -> Result<Vec<(&'static str, String)>, Failure> {
    let redis = |port| Ok::<_, Failure>(with_query(addresses.of(port)?, &format!("prefix={name}")));
    let store = addresses.of("STORE")?.replacen("/sociosphere", &format!("/{name}"), 1);
    let search = addresses.of("SEARCH")?.trim_end_matches('/');
    Ok(vec![
        ("store", store),
        ("blobs", "gridfs:".to_owned()),
        ("cache", redis("CACHE")?),
        ("rings", redis("RINGS")?),
        ("bus", redis("BUS")?),
        ("queue", redis("QUEUE_AMQP").or_else(|_| redis("QUEUE"))?),
        ("search", format!("{search}/{name}")),
    ])
}

/// The community of the data folder, in the store of these settings.
fn moved(binary: &Path, folder: &Path, settings: &[(&str, String)]) -> Result<(), Failure> {
    let to = settings.iter().find(|(name, _)| *name == "store").map(|(_, url)| url.as_str());
    let output = Command::new(binary)
        .arg("--data")
        .arg(folder)
        .arg("copy")
        .arg("--from")
        .arg(format!("sqlite:{}", folder.join("sociosphere.db").display()))
        .args(["--to", to.unwrap_or_default()])
        .output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("copy: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// nginx by the launcher of `testing/engines`; ends with the value.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    async fn start(place: &Path, name: &str, upstreams: &[SocketAddr]) -> Result<Nginx, Failure> {
        let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testing/engines/nginx/start");
        let data = place.join(name);
        std::fs::create_dir_all(&data)?;
        open_to_all(place)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let upstreams: Vec<_> = upstreams.iter().map(SocketAddr::to_string).collect();
        let child = Command::new(launcher)
            .arg("run")
            .env("ENGINE_PORT", address.port().to_string())
            .env("ENGINE_DATA", &data)
            .env("ENGINE_BUILD", &data)
            .env("SOCIOSPHERE_UPSTREAMS", upstreams.join(" "))
            .stdout(Stdio::null())
            .spawn()?;
        let mut nginx = Nginx { child, address };
        until_it_answers(&mut nginx.child, address).await?;
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master ends its workers only if it is asked; it is told by the system's own tool.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// nginx runs as nobody, and must be able to reach its folder.
fn open_to_all(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?)
}
