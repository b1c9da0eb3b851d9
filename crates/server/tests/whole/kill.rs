//! It is killed while people write, and nothing that it acknowledged is lost.

use std::{collections::HashSet, sync::mpsc, thread};

use crate::support::{Server, person, request};

/// How often the server is killed.
const ROUNDS: usize = 20;
/// How many people write at once.
const WRITERS: usize = 4;

#[test]
fn f_1_twenty_kills_under_writes_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let token = person(&data, "ada");
    let (mut acked, mut attempted) = (Vec::new(), HashSet::new());
    for round in 0..ROUNDS {
        let server = Server::start(&data);
        let (report, reports) = mpsc::channel();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (report, token, address) = (report.clone(), token.clone(), server.address);
                thread::spawn(move || {
                    for post in 0.. {
                        let text = format!("marker r{round}w{writer}p{post}");
                        let body = serde_json::json!({ "status": text }).to_string();
                        let _ = report.send((text.clone(), None));
                        match request(address, "POST", "/api/v1/statuses", &token, &text, &body) {
                            Some((200, status)) => {
                                let id = status["id"].as_str().map(str::to_owned);
                                let _ = report.send((text, id));
                            }
                            Some((code, answer)) => panic!("{code}: {answer}"),
                            // Killed.
                            None => return,
                        }
                    }
                })
            })
            .collect();
        drop(report);
        // A different moment in each round, counted in answers and not in time.
        let mut left = 3 + round % 7;
        let mut server = Some(server);
        for (text, id) in reports {
            attempted.insert(text.clone());
            let Some(id) = id else { continue };
            acked.push((id, text));
            left = left.saturating_sub(1);
            if left == 0
                && let Some(server) = server.take()
            {
                server.kill();
            }
        }
        for writer in writers {
            writer.join().expect("a writer saw no answer but 200");
        }
    }
    assert!(acked.len() >= ROUNDS * 3);
    let server = Server::start(&data);
    server.audit(&token, &acked, &attempted);
    server.kill();
}
