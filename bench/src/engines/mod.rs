//! `make bench WORKLOAD=engines`: what each engine that processes share carries on this machine, beside its floor: the
//! same work on the same server by its bare client, or by the embedded engine, in turns in the same run.
//!
//! The engines are those of `cargo xtask engines`, started if they do not run. Each part lies under names of its own and
//! takes away what it left. MongoDB is a stand-in there that lets one transaction in after the other, in memory, so its
//! figures say what the way through all processes costs, not how fast MongoDB is.

mod buses;
mod cleaning;
mod indexing;
mod moving;
mod queues;
mod topology;

use std::{collections::BTreeMap, fmt::Write as _, future::Future, path::Path, process::Command};

use crate::{Failure, report::median};

/// Rounds of a row that is quoted: the median counts.
const ROUNDS: usize = 3;

/// What the engines answer to: `SOCIOSPHERE_TEST_…_URL` by name.
struct Addresses(BTreeMap<String, String>);

impl Addresses {
    /// Starts what does not run.
    fn started() -> Result<Addresses, Failure> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["run", "--quiet", "--locked", "--package", "xtask", "--", "engines"])
            .current_dir(workspace)
            .stderr(std::process::Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err("the engines do not start".into());
        }
        let text = String::from_utf8(output.stdout)?;
        let pair = |line: &str| line.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
        Ok(Addresses(text.lines().filter_map(pair).collect()))
    }

    /// The URL of a port (`QUEUE`).
    fn of(&self, port: &str) -> Result<&str, Failure> {
        let name = format!("SOCIOSPHERE_TEST_{port}_URL");
        match self.0.get(&name) {
            Some(url) => Ok(url),
            None => Err(format!("`cargo xtask engines` names no {name}").into()),
        }
    }
}

/// What a part measured.
struct Line {
    what: String,
    /// Of what the rate is.
    unit: &'static str,
    rate: f64,
    /// What the floor is, and its rate.
    floor: Option<(&'static str, f64)>,
    /// The least rate that we hold ourselves to.
    target: Option<f64>,
}

impl Line {
    fn text(&self) -> String {
        let Line { what, unit, rate, floor, target } = self;
        let floor = floor.map_or("- | - | -".to_owned(), |(name, floor)| {
            format!("{name} | {floor:.0} | {:.2}", rate / floor)
        });
        let target = target.map_or("-".to_owned(), |target| format!("{target:.0}"));
        format!("| {what} | {rate:.0} {unit} | {floor} | {target} |")
    }
}

/// Takes the work and its floor in turns; their median rates.
async fn in_turns<A, B>(
    mut work: impl FnMut() -> A,
    mut floor: impl FnMut() -> B,
) -> Result<(f64, f64), Failure>
where
    A: Future<Output = Result<f64, Failure>>,
    B: Future<Output = Result<f64, Failure>>,
{
    let (mut works, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(floor().await?);
        works.push(work().await?);
    }
    Ok((median(works), median(floors)))
}

/// Runs all parts and returns their tables.
pub async fn run(root: &Path) -> Result<String, Failure> {
    std::fs::create_dir_all(root)?;
    let addresses = Addresses::started()?;
    let mut lines = Vec::new();
    lines.extend(queues::measure(&addresses).await?);
    lines.extend(buses::measure(&addresses).await?);
    lines.push(indexing::measure(&addresses).await?);
    lines.push(moving::measure(root).await?);
    let mut text = String::from(
        "| 2 cores shared with the engines and the load | rate | floor | floor/s | ratio | target |\n\
         | --- | --: | --- | --: | --: | --: |\n",
    );
    for line in lines {
        let _ = writeln!(text, "{}", line.text());
    }
    let _ = write!(text, "\n{}", topology::measure(root, &addresses).await?);
    std::fs::write(root.join("engines.md"), &text)?;
    Ok(text)
}

/// A name that no other run has, of letters that every engine takes.
fn unique(what: &str) -> String {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as u64);
    format!("bench_{what}_{}_{nanos:x}", std::process::id())
}

fn with_query(url: &str, pair: &str) -> String {
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}{pair}")
}
