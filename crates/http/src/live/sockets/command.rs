//! What a client says: taken in one after the other, counted, and always answered.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use socketioxide::extract::AckSender;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::problem::{Code, Problem};

/// How many events of a client wait.
const WAITING: usize = 64;
/// How many events at once.
const BURST: f64 = 80.0;
/// How many more each second.
const A_SECOND: f64 = 20.0;
/// After so many refusals in a row the client is no client of ours.
const REFUSALS: u32 = 400;

/// One event of a client.
pub struct Command {
    /// Its name.
    pub name: String,
    /// Its body; none if it cannot be read.
    pub body: Option<Value>,
    /// Where the answer goes.
    pub ack: AckSender,
}

/// What came of a command: what its acknowledgement adds.
pub type Answer = Result<Map<String, Value>, Problem>;

impl Command {
    /// Answers it.
    pub fn answer(ack: AckSender, answer: Answer) {
        let mut said = match answer {
            Ok(said) => said,
            Err(problem) => refusal(&problem),
        };
        said.entry("ok").or_insert(Value::Bool(true));
        // A client that takes no more is told nothing.
        let _ = ack.send(&Value::Object(said));
    }
}

fn refusal(problem: &Problem) -> Map<String, Value> {
    if problem.status().is_server_error() {
        let cause = problem.cause().unwrap_or("no cause given");
        tracing::error!(error = cause, "a live command failed: {}", problem.text());
    }
    let mut said = Map::new();
    said.insert("ok".to_owned(), Value::Bool(false));
    said.insert("code".to_owned(), json!(problem.code().row().0));
    said.insert("error".to_owned(), json!(problem.text()));
    if let Some(seconds) = problem.retry_after_s() {
        said.insert("retry_after_s".to_owned(), json!(seconds));
    }
    said
}

/// Where the events of one socket come in.
#[derive(Clone)]
pub struct Inbox {
    sender: mpsc::Sender<Box<Command>>,
    left: CancellationToken,
    bucket: Arc<Mutex<Bucket>>,
}

/// How much a socket may still say.
struct Bucket {
    tokens: f64,
    filled: Instant,
    refused: u32,
}

impl Inbox {
    /// One, and where the events come out. They are boxed: a channel holds room for dozens from its beginning on.
    pub fn new() -> (Inbox, mpsc::Receiver<Box<Command>>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let bucket = Bucket { tokens: BURST, filled: Instant::now(), refused: 0 };
        let left = CancellationToken::new();
        (Inbox { sender, left, bucket: Arc::new(Mutex::new(bucket)) }, receiver)
    }

    /// Ends when the client is gone, or has to go.
    pub fn left(&self) -> CancellationToken {
        self.left.clone()
    }

    /// Takes an event in, or refuses it.
    pub fn take(&self, command: Command) {
        let refused = match self.bucket.lock().take(Instant::now()) {
            Ok(()) => {
                self.sender.try_send(Box::new(command)).err().map(|error| error.into_inner().ack)
            }
            Err(refusals) => {
                if refusals > REFUSALS {
                    self.left.cancel();
                }
                Some(command.ack)
            }
        };
        if let Some(ack) = refused {
            Command::answer(ack, Err(Problem::of(Code::TooMany).retry_after(1)));
        }
    }
}

impl Bucket {
    /// Takes one; if there is none, how many were refused in a row.
    fn take(&mut self, now: Instant) -> Result<(), u32> {
        let passed = now.duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * A_SECOND).min(BURST);
        self.filled = now;
        if self.tokens < 1.0 {
            self.refused += 1;
            return Err(self.refused);
        }
        self.tokens -= 1.0;
        self.refused = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn d9_a_socket_says_a_burst_and_then_twenty_a_second() {
        let start = Instant::now();
        let mut bucket = Bucket { tokens: BURST, filled: start, refused: 0 };
        assert_eq!((0..80).filter(|_| bucket.take(start).is_ok()).count(), 80);
        assert_eq!(bucket.take(start), Err(1));
        assert_eq!(bucket.take(start), Err(2));
        let later = start + Duration::from_secs(1);
        assert_eq!((0..40).filter(|_| bucket.take(later).is_ok()).count(), 20);
        assert_eq!(bucket.refused, 20);
    }
}
