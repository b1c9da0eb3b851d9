//! The chat workload: how many messages a chat takes, each on disk before its answer. A chat gives its numbers one after the
//! other, so senders into one chat meet; senders into chats of their own do not.

use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

use rand::{Rng, rngs::SmallRng};
use serde_json::{Value, json};

use crate::{
    Failure, commits,
    load::{Load, drive},
    process::{Process, binary},
    staff::Operator,
};

/// Senders at once.
const SENDERS: usize = 16;
const TIME: Duration = Duration::from_secs(5);
const CHATS: &str = "/api/sociosphere/v1/chats";

/// Runs everything and returns the table.
pub async fn run(root: &Path) -> Result<String, Failure> {
    std::fs::create_dir_all(root)?;
    let data = tempfile::tempdir_in(root)?;
    let operator = Operator { binary: binary()?, data: data.path().to_owned() };
    let mut tokens = Vec::new();
    for number in 0..SENDERS {
        tokens.push(operator.somebody(&format!("sender{number}"))?);
    }
    let server = Process::serve(&operator.binary, data.path()).await?;
    let caller =
        Caller { base: format!("http://{}", server.address), http: reqwest::Client::new() };
    let mut people = Vec::new();
    for token in &tokens {
        let me = caller.get("/api/v1/accounts/verify_credentials", token).await?;
        people.push(text(&me, "/id")?);
    }
    // Who follows the owner is a member at once.
    for token in &tokens[1..] {
        let path = format!("/api/v1/accounts/{}/follow", people[0]);
        caller.post(&path, token, json!({})).await?;
    }
    let group = json!({"name": "All", "account_ids": people[1..]});
    let group = caller.post(&format!("{CHATS}/groups"), &tokens[0], group).await?;
    let one = Arc::new(vec![text(&group, "/chat/id")?]);
    let mut own = Vec::new();
    for token in &tokens {
        let group = json!({"name": "Own", "account_ids": []});
        let group = caller.post(&format!("{CHATS}/groups"), token, group).await?;
        own.push(text(&group, "/chat/id")?);
    }
    let (own, tokens) = (Arc::new(own), Arc::new(tokens));

    let mut table =
        String::from("| messages | a second | p50 ms | p99 ms |\n| --- | --: | --: | --: |\n");
    for (name, chats, clients) in [
        ("one sender into one chat", &one, 1),
        ("16 senders into one chat", &one, SENDERS),
        ("16 senders into chats of their own", &own, SENDERS),
    ] {
        let (chats, tokens) = (chats.clone(), tokens.clone());
        let ask = move |chance: &mut SmallRng, out: &mut Vec<u8>| {
            let who = chance.random_range(0..tokens.len());
            message(&chats[who % chats.len()], &tokens[who], chance.random(), out);
        };
        let seen = drive(server.address, Load { clients, time: TIME }, ask).await?;
        if seen.refused > 0 {
            return Err(format!("{name}: {} answers were not 2xx", seen.refused).into());
        }
        let (p50, p99) = (seen.quantile(0.5), seen.quantile(0.99));
        let _ = writeln!(table, "| {name} | {:.0} | {p50:.1} | {p99:.1} |", seen.rate());
        println!("  {}", table.lines().last().unwrap_or_default());
    }
    let floor = commits::bare(root, SENDERS, 300, TIME).await?;
    let _ = writeln!(table, "| floor: the store alone, 16 writers | {floor:.0} | | |");
    std::fs::write(root.join("chat.md"), &table)?;
    Ok(table)
}

/// A message as it goes over the wire; the number is its client's id.
fn message(chat: &str, token: &str, number: u64, out: &mut Vec<u8>) {
    let body =
        json!({"text": "the ferry leaves at nine", "client_id": number.to_string()}).to_string();
    let head = format!(
        "POST {CHATS}/{chat}/messages HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body.as_bytes());
}

/// Asks what has to be there first.
struct Caller {
    base: String,
    http: reqwest::Client,
}

impl Caller {
    async fn get(&self, path: &str, token: &str) -> Result<Value, Failure> {
        let asked = self.http.get(format!("{}{path}", self.base)).bearer_auth(token);
        answer(path, asked).await
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Result<Value, Failure> {
        let asked = self.http.post(format!("{}{path}", self.base)).bearer_auth(token);
        let asked = asked.header("content-type", "application/json").body(body.to_string());
        answer(path, asked).await
    }
}

async fn answer(path: &str, asked: reqwest::RequestBuilder) -> Result<Value, Failure> {
    let answer = asked.timeout(Duration::from_secs(20)).send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    if !status.is_success() {
        return Err(format!("{path}: {status} {body}").into());
    }
    Ok(serde_json::from_str(&body)?)
}

fn text(value: &Value, at: &str) -> Result<String, Failure> {
    let found = value.pointer(at).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {at} in {value}").into())
}
