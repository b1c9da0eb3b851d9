//! Figures as a Markdown table.

use std::fmt::Write;

use crate::load::Seen;

/// One kind of request, against its floor. Rates and costs are medians over the rounds of a run.
pub struct Row {
    /// What is asked.
    pub name: &'static str,
    /// Bytes of a body.
    pub body: usize,
    /// Requests a second.
    pub rate: f64,
    /// Latencies, milliseconds.
    pub p50: f64,
    /// The slowest but one in a hundred.
    pub p99: f64,
    /// Server CPU a request, milliseconds.
    pub cpu: f64,
    /// What the floor did a second.
    pub floor: f64,
    /// The rate by the floor, median of the rounds.
    pub ratio: f64,
    /// The least ratio that we hold ourselves to, if there is one.
    pub target: Option<f64>,
}

/// What is told of a start.
pub struct Start {
    /// Seconds until the first answer.
    pub seconds: f64,
    /// Resident memory behind it, MiB.
    pub rss: f64,
    /// The same after all load.
    pub rss_after: f64,
}

/// The median of a few figures.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// One round of a request.
pub struct Round {
    /// What the clients saw.
    pub seen: Seen,
    /// Server CPU a request, milliseconds.
    pub cpu: f64,
    /// What the floor did a second, just before.
    pub floor: f64,
}

impl Row {
    /// Folds rounds.
    pub fn new(name: &'static str, target: Option<f64>, rounds: &[Round]) -> Row {
        let of = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure));
        Row {
            name,
            body: of(&|round| round.seen.body() as f64) as usize,
            rate: of(&|round| round.seen.rate()),
            p50: of(&|round| round.seen.quantile(0.5)),
            p99: of(&|round| round.seen.quantile(0.99)),
            cpu: of(&|round| round.cpu),
            floor: of(&|round| round.floor),
            ratio: of(&|round| round.seen.rate() / round.floor),
            target,
        }
    }
}

/// The whole table.
pub fn table(start: &Start, rows: &[Row]) -> String {
    let mut text = String::from(
        "| 2 cores shared with the load, 64 clients | req/s | floor/s | ratio | target | p50 ms | p99 ms | CPU ms | bytes |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    for row in rows {
        let target = row.target.map_or("-".to_owned(), |target| format!("{target:.2}"));
        let Row { name, rate, floor, ratio, p50, p99, cpu, body, .. } = row;
        let _ = writeln!(
            text,
            "| {name} | {rate:.0} | {floor:.0} | {ratio:.2} | {target} | {p50:.1} | {p99:.1} | {cpu:.3} | {body} |"
        );
    }
    let Start { seconds, rss, rss_after } = start;
    let _ = writeln!(
        text,
        "\nFirst answer {:.0} ms after the start; RSS {rss:.0} MiB then, {rss_after:.0} MiB after all of this.",
        seconds * 1000.0
    );
    text
}
