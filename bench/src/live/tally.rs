//! Who heard what, when. Each message has a number in its words; it is heard when so many sockets had it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::Failure;

/// What stands before the number of a message.
const MARK: &str = "bench-";
/// The next message's number, of all tallies: a number that is said twice is one message to the server.
static NEXT: AtomicU64 = AtomicU64::new(1);
/// A message that nobody hears for so long is lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is under way.
pub struct Tally {
    hearers: usize,
    heard: AtomicU64,
    bytes: AtomicU64,
    open: Mutex<HashMap<u64, Open>>,
    failed: Mutex<Option<String>>,
}

struct Open {
    left: usize,
    done: oneshot::Sender<Instant>,
}

/// A message under way.
pub struct Underway {
    number: u64,
    to: String,
    since: Instant,
    done: oneshot::Receiver<Instant>,
    tally: Arc<Tally>,
}

impl Tally {
    /// Where so many sockets are to hear each message.
    pub fn new(hearers: usize) -> Arc<Tally> {
        Arc::new(Tally {
            hearers,
            heard: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            open: Mutex::default(),
            failed: Mutex::default(),
        })
    }

    /// The next message.
    pub fn next(self: &Arc<Tally>, to: &str) -> Underway {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let (done, receiver) = oneshot::channel();
        self.open.lock().insert(number, Open { left: self.hearers, done });
        Underway {
            number,
            to: to.to_owned(),
            since: Instant::now(),
            done: receiver,
            tally: self.clone(),
        }
    }

    /// A frame came to somebody.
    pub fn hear(&self, text: &str, by: usize) {
        let Some((number, to)) = marked(text) else { return };
        if to != "all" && to.parse() != Ok(by) {
            return;
        }
        self.heard.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
        let mut open = self.open.lock();
        let Some(one) = open.get_mut(&number) else { return };
        one.left -= 1;
        if one.left == 0
            && let Some(one) = open.remove(&number)
        {
            let _ = one.done.send(Instant::now());
        }
    }

    /// The server refused something, or gave us up.
    pub fn fail(&self, why: &str) {
        self.failed.lock().get_or_insert_with(|| why.to_owned());
    }

    /// Frames heard so far.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Bytes of a frame.
    pub fn mean_bytes(&self) -> usize {
        (self.bytes.load(Ordering::Relaxed) / self.heard().max(1)) as usize
    }
}

/// The number of a message, and for whom it is.
fn marked(text: &str) -> Option<(u64, &str)> {
    let mut behind = text[text.find(MARK)? + MARK.len()..].split('-');
    Some((behind.next()?.parse().ok()?, behind.next()?))
}

impl Underway {
    /// What is written.
    pub fn words(&self, more: &str) -> String {
        format!("{MARK}{}-{}- {more}", self.number, self.to)
    }

    /// The same, so many bytes long.
    pub fn filled(&self, bytes: usize) -> String {
        format!("{:x<bytes$}", self.words(""))
    }

    /// Waits until all heard it; how long that took.
    pub async fn heard(self) -> Result<Duration, Failure> {
        let done = tokio::time::timeout(PATIENCE, self.done).await;
        match (self.tally.failed.lock().clone(), done) {
            (Some(why), _) => Err(why.into()),
            (None, Ok(done)) => Ok(done? - self.since),
            (None, Err(_)) => {
                let left = self.tally.open.lock().get(&self.number).map_or(0, |open| open.left);
                Err(format!("message {} was not heard by {left}", self.number).into())
            }
        }
    }
}

/// How long messages took.
pub struct Times(Vec<Duration>);

impl Times {
    /// Of all of these, when all are heard.
    pub async fn of(messages: Vec<Underway>) -> Result<Times, Failure> {
        let mut times = Vec::with_capacity(messages.len());
        for message in messages {
            times.push(message.heard().await?);
        }
        Ok(Times::from(times))
    }

    /// What this share of them stays under, milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = self.0.get((last as f64 * share) as usize);
        at.map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    /// They.
    pub fn into_vec(self) -> Vec<Duration> {
        self.0
    }
}

impl From<Vec<Duration>> for Times {
    fn from(mut times: Vec<Duration>) -> Times {
        times.sort_unstable();
        Times(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_is_heard_when_all_have_it() {
        let tally = Tally::new(2);
        let (first, second) = (tally.next("all"), tally.next("all"));
        let words = first.words("hello");
        tally.hear(&format!("42[\"chat.message\",{{\"text\":\"{words}\"}}]"), 0);
        tally.hear(&second.filled(100), 1);
        tally.hear(&words, 1);
        assert!(first.heard().await.unwrap() < PATIENCE);
        assert_eq!(tally.heard(), 3);
        assert_eq!(second.filled(100).len(), 100);
    }

    #[tokio::test]
    async fn a_message_to_one_is_not_heard_by_another() {
        let tally = Tally::new(1);
        let words = tally.next("7").words("");
        tally.hear(&words, 8);
        assert_eq!(tally.heard(), 0);
        tally.hear(&words, 7);
        assert_eq!(tally.heard(), 1);
    }
}
