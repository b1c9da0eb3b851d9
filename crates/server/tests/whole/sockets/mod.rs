//! Thousands of sockets on one process: idle ones while people write and read, all of them cut at once, one that reads
//! nothing, and those that were put out.

mod holder;

use std::{path::Path, process::Command, time::Duration};

use futures::{SinkExt, Stream, StreamExt};
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use self::holder::{OF_ONE, Socket, Sockets, Town, event, knock, packet, say};
use crate::support::{Server, command, request, send};

/// How long what must come may take.
const SOON: Duration = Duration::from_secs(30);
/// Most resident bytes that an idle socket may cost in a build without optimisation; how many it costs in a release is
/// measured by `make bench WORKLOAD=live`.
const A_SOCKET: usize = 160 << 10;
const ME: &str = "/api/v1/accounts/verify_credentials";
/// How often a client says that it is there: more often than it is asked.
const BEAT: Duration = Duration::from_secs(5);
/// Here one address is the whole town.
const OPEN: &[&str] = &["limits.connections_per_address=20000"];

/// They take turns: each fills the machine by itself.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn start(data: &Path, limits: &[&str]) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    for limit in [&["limits.connections=20000"][..], limits].concat() {
        command.args(["--set", limit]);
    }
    Server::start_by(command, data)
}

/// How many sockets a test opens: what the variable says, or so many, if this process may open as many beside what
/// other tests have open.
fn many(usual: usize) -> usize {
    let wanted = std::env::var("SOCIOSPHERE_TEST_SOCKETS").ok().and_then(|it| it.parse().ok());
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = files.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok());
    let room = soft.unwrap_or(1_024).saturating_sub(200);
    wanted.map_or(usual.min(room / 4), |wanted: usize| wanted.min(room))
}

/// What the server holds in memory.
fn resident(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id()));
    let status = status.expect("the server runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux says so");
    line.split_whitespace().nth(1).and_then(|it| it.parse::<usize>().ok()).expect("kB") << 10
}

/// A figure of the server's, over all its labels.
fn figure(server: &Server, name: &str) -> f64 {
    let answer = send(server.address, "GET", "/metrics", "", b"");
    let text = String::from_utf8(answer.body).expect("text");
    let named = |line: &&str| line.starts_with(name) && !line.starts_with('#');
    let figures = text.lines().filter(named).filter_map(|line| line.rsplit(' ').next());
    figures.filter_map(|it| it.parse::<f64>().ok()).sum()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("it ends")
}

fn everybody_of(count: usize) -> Vec<usize> {
    (1..=count.div_ceil(OF_ONE)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn f_22_thousands_of_idle_sockets_cost_little_and_slow_nobody_to_failure() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let count = many(2_000);
    let people = everybody_of(count);
    let town = Town::make(&data, people.len() + 1).await;
    let server = start(&data, OPEN);
    say(&server, &town.tokens[0], &town.group, "hello").await;
    let before = resident(&server);
    let sockets = Sockets::open(server.address, &town, &people, count).await;
    let grown = resident(&server).saturating_sub(before);
    println!("{count} idle sockets: {grown} bytes more, {} each", grown / count);
    // Who comes first wakes caches and threads, too.
    assert!(grown < (32 << 20) + count * A_SOCKET, "{grown} bytes more");
    assert!(figure(&server, "sociosphere_live_connections_open") >= count as f64);
    // Others write and read: everything is answered, and done.
    for round in 0..40 {
        let (writer, reader) = (&town.tokens[0], town.tokens[1].clone());
        let written = blocking({
            let (address, writer) = (server.address, writer.clone());
            let body = json!({ "status": format!("post {round}") }).to_string();
            move || {
                request(address, "POST", "/api/v1/statuses", &writer, &format!("{round}"), &body)
            }
        });
        let (status, post) = written.await.expect("an answer");
        assert_eq!(status, 200, "{post}");
        let read = blocking({
            let (address, path) = (
                server.address,
                format!("/api/v1/statuses/{}", post["id"].as_str().expect("an id")),
            );
            move || request(address, "GET", &path, &reader, "", "")
        });
        assert_eq!(read.await.expect("an answer").0, 200);
    }
    // They were not asleep: what is said reaches all of them, once, and none was cut meanwhile.
    let number = say(&server, &town.tokens[0], &town.group, "still there?").await;
    sockets.have(number).await;
    sockets.nothing_odd();
    assert!(sockets.held.iter().all(|held| held.lock().comings == 1), "nobody had to come twice");
    assert_eq!(figure(&server, "sociosphere_live_events_dropped_total"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_14_all_sockets_are_cut_at_once_and_all_come_back_without_gap_or_double() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let count = many(1_000).min(4_000);
    let people = everybody_of(count);
    let town = Town::make(&data, people.len() + 1).await;
    // With the limits of an operator: one address may be a house, and none is the whole town.
    let limits = ["rate_limits=true", "limits.connections_per_address=100"];
    let server = start(&data, &limits);
    let (ada, group) = (&town.tokens[0], &town.group);
    say(&server, ada, group, "hello").await;
    let sockets = Sockets::open(server.address, &town, &people, count).await;
    for round in 0..3 {
        say(&server, ada, group, &format!("before {round}")).await;
    }
    sockets.have(4).await;
    server.kill();
    let server = start(&data, &limits);
    // What is said while nobody hears it, and then while all come.
    for round in 0..5 {
        say(&server, ada, group, &format!("meanwhile {round}")).await;
    }
    *sockets.crowd.address.lock() = server.address;
    let mut last = 0;
    for round in 0..5 {
        last = say(&server, ada, group, &format!("in the storm {round}")).await;
    }
    assert_eq!(last, 14);
    sockets.are_here().await;
    sockets.have(last).await;
    sockets.nothing_odd();
    let all = || sockets.held.iter().map(|held| held.lock());
    assert!(all().all(|held| held.comings >= 2), "each of them came back");
    let twice: u64 = all().map(|held| held.twice).sum();
    let later = sockets.crowd.later.lock().len();
    println!("{count} came back; {later} were told to come later, {twice} messages came twice");
    // The server is well: it answers, and what is said now reaches all.
    let last = say(&server, ada, group, "all here").await;
    sockets.have(last).await;
    sockets.nothing_odd();
}

#[tokio::test(flavor = "multi_thread")]
async fn d_9_of_two_thousand_sockets_one_reads_nothing_and_the_others_hear_everything() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let count = many(2_000).min(4_000);
    let people = everybody_of(count);
    // The last one is who reads nothing.
    let town = Town::make(&data, people.len() + 2).await;
    let server = start(&data, OPEN);
    let (ada, group) = (&town.tokens[0], &town.group);
    say(&server, ada, group, "hello").await;
    let sockets = Sockets::open(server.address, &town, &people, count).await;
    let slow_token = town.tokens.last().expect("people").clone();
    let slow = signed_in(&server, &slow_token, Some(4 << 10)).await;
    // It says that it is there and takes nothing, for as long as this machine needs to fill its way.
    let (mut says, mut hears) = slow.split();
    let there = tokio::spawn(async move {
        let mut beat = tokio::time::interval(BEAT);
        while says.send(Frame::text("3")).await.is_ok() {
            beat.tick().await;
        }
    });
    let before = resident(&server);
    // Long words to the slow one alone, until the server drops some of them; to everybody, a word in between.
    let long = "word ".repeat(900);
    let (mut last, mut said) = (1, 0);
    while figure(&server, "sociosphere_live_events_dropped_total") == 0.0 {
        assert!(said < 4_000, "a reader that reads nothing takes all of it");
        for _ in 0..50 {
            said += 1;
            say(&server, ada, &town.direct, &format!("{said:05} {long}")).await;
        }
        last = say(&server, ada, group, &format!("{said} long words were said")).await;
    }
    sockets.have(last).await;
    let grown = resident(&server).saturating_sub(before);
    println!("after {said} messages of {} bytes that nobody reads: {grown} bytes more", long.len());
    assert!(grown < 200 << 20, "{grown} bytes");
    sockets.nothing_odd();
    assert!(sockets.held.iter().all(|held| held.lock().comings == 1), "nobody else was cut");
    // When it reads again it is told to, and then it is live again.
    let resync = timeout(4 * SOON, next(&mut hears, "resync")).await.expect("it is told");
    assert_eq!(resync["topics"], json!(["user", "chats"]));
    say(&server, ada, group, "after all").await;
    let told = timeout(SOON, next(&mut hears, "chat.message")).await.expect("it is live again");
    assert_eq!(told["chat_id"], json!(group));
    sockets.have(last + 1).await;
    there.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_19_who_is_put_out_or_leaves_keeps_no_connection_whatever_it_answers() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let town = Town::make(&data, 3).await;
    let server = start(&data, OPEN);
    let mut put_out = signed_in(&server, &town.tokens[1], None).await;
    let mut leaves = signed_in(&server, &town.tokens[2], None).await;
    let mut stays = signed_in(&server, &town.tokens[0], None).await;
    let polls = poll_in(&server, &town.tokens[1]).await;
    let folder = data.clone();
    blocking(move || command(&folder, &["account", "suspend", "person1"])).await;
    leaves.send(Frame::text("41")).await.expect("it is taken");
    // They answer every ping, and say nothing: it is the server that ends it.
    for socket in [&mut put_out, &mut leaves] {
        let ends = async { while packet(socket).await.is_some() {} };
        timeout(SOON, ends).await.expect("the server hangs up");
    }
    let path = format!("/socket.io/?EIO=4&transport=polling&sid={polls}");
    let (address, asked) = (server.address, path.clone());
    // A poll that waits ends with the next ping; after it none is answered.
    let over =
        blocking(move || (0..20).any(|_| send(address, "GET", &asked, "", b"").status == 400));
    assert!(over.await, "polls of it are answered on and on");
    let pong = blocking(move || send(address, "POST", &path, "Content-Type: text/plain\r\n", b"3"));
    assert_eq!(pong.await.status, 400);
    // Others are not meant.
    stays.send(Frame::text("421[\"nothing\",{}]")).await.expect("it is open");
    timeout(SOON, async { while !packet(&mut stays).await.expect("open").starts_with("431") {} })
        .await
        .expect("it is answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn f_23_who_vanishes_without_a_word_is_away_and_comes_back_to_what_was_said() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let town = Town::make(&data, 2).await;
    let server = start(&data, OPEN);
    say(&server, &town.tokens[0], &town.direct, "hello").await;
    let mut ada = signed_in(&server, &town.tokens[0], None).await;
    let (_, ben) = request(server.address, "GET", ME, &town.tokens[1], "", "").expect("he is");
    let ben = ben["id"].as_str().expect("an id").to_owned();
    // Held open, and nobody reads it or answers: as a phone that lost its net.
    let vanished = signed_in(&server, &town.tokens[1], None).await;
    let watch = format!("421{}", json!(["watch_people", { "account_ids": [ben] }]));
    ada.send(Frame::text(watch)).await.expect("it is taken");
    let away = async {
        let mut came = false;
        loop {
            let packet = packet(&mut ada).await.expect("she stays");
            let told = event(&packet, "presence").filter(|told| told["account_id"] == json!(ben));
            let online = told.map(|told| told["online"] == true);
            came |= online == Some(true) || packet.contains("\"online\":true");
            if came && online == Some(false) {
                return;
            }
        }
    };
    timeout(2 * SOON, away).await.expect("he is away");
    let number = say(&server, &town.tokens[0], &town.direct, "are you there?").await;
    drop(vanished);
    let mut back = signed_in(&server, &town.tokens[1], None).await;
    let resume = json!(["resume", { "chats": [{ "id": town.direct, "number": number - 1 }] }]);
    back.send(Frame::text(format!("421{resume}"))).await.expect("it is taken");
    let told = timeout(SOON, next(&mut back, "chat.message")).await.expect("what he missed");
    assert_eq!(told["message"]["number"], json!(number));
}

/// A socket that is ready.
async fn signed_in(server: &Server, token: &str, room: Option<u32>) -> Socket {
    let mut socket = knock(server.address, [127, 0, 0, 1], room).await.expect("it listens");
    assert!(packet(&mut socket).await.is_some_and(|open| open.starts_with("0{")));
    let sign_in = format!("40{}", json!({ "token": token }));
    socket.send(Frame::text(sign_in)).await.expect("it is taken");
    let ready = async {
        while event(&packet(&mut socket).await.expect("it is open"), "ready").is_none() {}
    };
    timeout(SOON, ready).await.expect("it is ready");
    socket
}

/// A session by polling that is ready.
async fn poll_in(server: &Server, token: &str) -> String {
    let (address, token) = (server.address, token.to_owned());
    blocking(move || {
        let root = "/socket.io/?EIO=4&transport=polling";
        let open = send(address, "GET", root, "", b"");
        let open: serde_json::Value = serde_json::from_slice(&open.body[1..]).expect("JSON");
        let sid = open["sid"].as_str().expect("a session").to_owned();
        let path = format!("{root}&sid={sid}");
        let sign_in = format!("40{}", json!({ "token": token }));
        let lines = "Content-Type: text/plain;charset=UTF-8\r\n";
        assert_eq!(send(address, "POST", &path, lines, sign_in.as_bytes()).status, 200);
        while !String::from_utf8_lossy(&send(address, "GET", &path, "", b"").body).contains("ready")
        {
        }
        sid
    })
    .await
}

/// The next event of a name; whoever waits for it so shortly is not asked whether they are there.
async fn next(
    frames: &mut (impl Stream<Item = Result<Frame, Error>> + Unpin),
    name: &str,
) -> serde_json::Value {
    loop {
        let frame = frames.next().await.expect("open").expect("the connection holds");
        if let Frame::Text(text) = frame
            && let Some(body) = event(&text, name)
        {
            return body;
        }
    }
}
