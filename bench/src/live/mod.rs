//! The live workload: what happens, from one person's socket to others', over Socket.IO; and how much a socket costs that
//! says nothing.
//!
//! The floor is bare WebSockets of the same binary (`sociosphere floor`): what one says goes to all, in frames of the same
//! size, to the same client. It decides nothing and keeps nothing; the product puts every message on disk first.

mod community;
mod socket;
mod tally;

use std::{
    fmt::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::try_join_all;

use crate::{
    Failure,
    process::{Process, binary},
    report::median,
};
use community::Community;
use socket::{Dialect, Socket};
use tally::{Tally, Times};

/// People of the community, all of them in each of its groups.
const PEOPLE: usize = 250;
/// Sockets of each of them when all are to hear.
const TABS: usize = 8;
/// Sockets of each of them when all are idle.
const IDLE_TABS: usize = 40;
/// Messages under way at once, each in a group of its own, when as many as possible are to arrive.
const AHEAD: usize = 8;
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(4);
/// Messages a second from one to another.
const PACE: u64 = 500;
/// A message of a conversation.
const WORDS: &str = "the tide is out and the harbour smells of rope and bread";

/// Runs everything and returns the table.
pub async fn run(root: &Path) -> Result<String, Failure> {
    std::fs::create_dir_all(root)?;
    let community = Community::ready(root, PEOPLE).await?;
    let settings = [
        ("rate_limits", "false".to_owned()),
        ("limits.connections", "19000".to_owned()),
        ("limits.connections_per_address", "19000".to_owned()),
    ];
    let server = Process::role(&binary()?, "all", community.data(), &settings).await?;
    let community = community.met(server.address, AHEAD).await?;
    let mut text = String::from(
        "| live, on 2 cores shared with the clients | measured | bound |\n| --- | --: | --: |\n",
    );
    idle(&server, &community, &mut text).await?;
    everybody_hears(&server, &community, &mut text).await?;
    conversations(&server, &community, &mut text).await?;
    last_of_a_group(&server, &community, &mut text).await?;
    std::fs::write(root.join("live.md"), &text)?;
    Ok(text)
}

fn line(text: &mut String, what: &str, measured: &str, bound: &str) {
    let _ = writeln!(text, "| {what} | {measured} | {bound} |");
    println!("  {what}: {measured} ({bound})");
}

async fn idle(server: &Process, community: &Community, text: &mut String) -> Result<(), Failure> {
    let tally = Tally::new(1);
    // The first ones fill pools and caches that all share.
    let few = community.sockets(server.address, IDLE_TABS / 8, &tally).await?;
    let before = server.rss()?;
    let sockets = community.sockets(server.address, IDLE_TABS - IDLE_TABS / 8, &tally).await?;
    let each = (server.rss()? - before) * 1024.0 / sockets.len() as f64;
    line(
        text,
        &format!("memory of an idle socket, of {}", few.len() + sockets.len()),
        &format!("{each:.1} KiB"),
        "25 KiB",
    );
    Ok(())
}

/// As many messages as go through, each to all sockets; and the same frames over bare ones.
async fn everybody_hears(
    server: &Process,
    community: &Community,
    text: &mut String,
) -> Result<(), Failure> {
    let hearers = PEOPLE * TABS;
    let tally = Tally::new(hearers);
    let sockets = community.sockets(server.address, TABS, &tally).await?;
    // What a frame weighs.
    let group = Speech::Groups(community);
    flood(&sockets, &group, &tally, Duration::from_secs(1)).await?;
    let bytes = tally.mean_bytes();
    let floor = Process::floor(&binary()?, 1).await?;
    let bare_tally = Tally::new(hearers);
    let bare = try_join_all(
        (0..hearers).map(|_| Socket::open(floor.address, Dialect::Bare, 0, bare_tally.clone())),
    )
    .await?;
    let bare_speech = Speech::Bare(bytes);
    let (mut rates, mut floors, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let floor = flood(&bare, &bare_speech, &bare_tally, TIME).await?;
        let rate = flood(&sockets, &group, &tally, TIME).await?;
        println!("  heard {rate:.0}/s, bare {floor:.0}/s");
        rates.push(rate);
        floors.push(floor);
        ratios.push(rate / floor);
    }
    line(
        text,
        &format!("messages of {bytes} bytes heard by {hearers} sockets, of bare frames"),
        &format!("{:.0}/s of {:.0}/s: {:.2}", median(rates), median(floors), median(ratios)),
        "0.50",
    );
    Ok(())
}

/// Pairs who write to each other, at a pace.
async fn conversations(
    server: &Process,
    community: &Community,
    text: &mut String,
) -> Result<(), Failure> {
    let tally = Tally::new(1);
    let sockets = community.sockets(server.address, 1, &tally).await?;
    let started = Instant::now();
    let (mut sent, mut under_way) = (0_u64, Vec::new());
    let mut clock = tokio::time::interval(Duration::from_micros(1_000_000 / PACE));
    while started.elapsed() < TIME * 2 {
        clock.tick().await;
        let by = (sent as usize * 7) % PEOPLE;
        let (chat, to) = community.conversation(by);
        let message = tally.next(&to.to_string());
        sockets[by].say(&message.words(WORDS), chat).await?;
        under_way.push(message);
        sent += 1;
    }
    let times = Times::of(under_way).await?;
    line(
        text,
        &format!("a message from one screen to another, {PACE} a second ({sent})"),
        &format!("p50 {:.1} ms, p99 {:.1} ms", times.quantile(0.5), times.quantile(0.99)),
        "10 ms, 60 ms",
    );
    Ok(())
}

/// One message after the other, until the last of the group has it.
async fn last_of_a_group(
    server: &Process,
    community: &Community,
    text: &mut String,
) -> Result<(), Failure> {
    let tally = Tally::new(PEOPLE);
    let sockets = community.sockets(server.address, 1, &tally).await?;
    let mut times = Vec::new();
    for number in 0..200 {
        let message = tally.next("all");
        sockets[number % PEOPLE].say(&message.words(WORDS), community.group(0)).await?;
        times.extend(Times::of(vec![message]).await?.into_vec());
    }
    let times = Times::from(times);
    line(
        text,
        &format!("a message to the last of a group of {PEOPLE}"),
        &format!("p50 {:.1} ms, p99 {:.1} ms", times.quantile(0.5), times.quantile(0.99)),
        "20 ms",
    );
    Ok(())
}

/// How something is said.
enum Speech<'a> {
    Groups(&'a Community),
    Bare(usize),
}

/// Several who write, each the next message when all have heard the last; heard frames a second.
async fn flood(
    sockets: &[Socket],
    speech: &Speech<'_>,
    tally: &Arc<Tally>,
    time: Duration,
) -> Result<f64, Failure> {
    let started = Instant::now();
    let before = tally.heard();
    let writers = (0..AHEAD).map(|writer| async move {
        while started.elapsed() < time {
            let message = tally.next("all");
            let socket = &sockets[writer * TABS];
            match speech {
                Speech::Groups(all) => socket.say(&message.words(WORDS), all.group(writer)).await?,
                Speech::Bare(bytes) => socket.frame(&message.filled(*bytes)).await?,
            }
            message.heard().await?;
        }
        Ok::<_, Failure>(())
    });
    try_join_all(writers).await?;
    Ok((tally.heard() - before) as f64 / started.elapsed().as_secs_f64())
}
