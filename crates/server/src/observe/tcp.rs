//! Log lines over TCP, each one JSON object and a line end, to whatever collects them (rsyslog, Logstash, Fluent Bit).
//!
//! Nobody who logs waits: a line goes into a buffer with a bound, or is dropped and counted. A thread of its own takes
//! them out, so that a receiver that hangs or is away costs no request anything; it connects again with growing pauses.
//! What the receiver's machine had taken and not read when it died is lost: it keeps a queue of its own, or it does not.

use std::{
    collections::VecDeque,
    io::{self, Write},
    net::{TcpStream, ToSocketAddrs},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Bytes that wait at most: some ten thousand lines.
const ROOM: usize = 4 << 20;
/// How long connecting, or a write without progress, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pauses between attempts to connect, first and longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// How long the end of the process waits for the last lines.
const GOODBYE: Duration = Duration::from_secs(2);

/// Where lines wait.
#[derive(Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Lines that did not fit, not yet counted in the figures.
    dropped: u64,
    ends: bool,
}

#[derive(Default)]
struct Buffer {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

/// Takes lines; cheap to clone.
#[derive(Clone)]
pub struct TcpLog(Arc<Buffer>);

/// Sends what still waits when it is dropped.
pub struct TcpGuard {
    buffer: Arc<Buffer>,
    sender: Option<JoinHandle<()>>,
}

/// Starts to send to `host:port`.
pub fn start(address: String) -> io::Result<(TcpLog, TcpGuard)> {
    let buffer = Arc::new(Buffer::default());
    let sending = buffer.clone();
    let sender = std::thread::Builder::new()
        .name("log-tcp".to_owned())
        .spawn(move || send(&sending, &address))?;
    Ok((TcpLog(buffer.clone()), TcpGuard { buffer, sender: Some(sender) }))
}

impl TcpLog {
    /// Counts what was dropped since the last time.
    pub fn measure(&self) {
        let dropped = std::mem::take(&mut self.0.waiting.lock().dropped);
        metrics::counter!("log_dropped_total", "sink" => "tcp").increment(dropped);
    }
}

/// One event's line on its way into the buffer.
pub struct Line {
    buffer: Arc<Buffer>,
    bytes: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let line = std::mem::take(&mut self.bytes);
        let mut waiting = self.buffer.waiting.lock();
        if waiting.bytes + line.len() > ROOM {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes += line.len();
        waiting.lines.push_back(line);
        drop(waiting);
        self.buffer.news.notify_one();
    }
}

impl<'a> MakeWriter<'a> for TcpLog {
    type Writer = Line;
    fn make_writer(&'a self) -> Line {
        Line { buffer: self.0.clone(), bytes: Vec::new() }
    }
}

impl Drop for TcpGuard {
    fn drop(&mut self) {
        self.buffer.waiting.lock().ends = true;
        self.buffer.news.notify_one();
        // It ends by itself, within its bounds.
        if let Some(sender) = self.sender.take() {
            let _ = sender.join();
        }
    }
}

/// Sends until the guard is dropped and all is sent, or cannot be.
fn send(buffer: &Buffer, address: &str) {
    let mut pause = PAUSES.0;
    let mut last: Option<Instant> = None;
    let mut connection: Option<TcpStream> = None;
    let mut said = false;
    loop {
        let Some(line) = next(buffer, &mut last) else { return };
        if connection.as_ref().is_some_and(left) {
            connection = None;
        }
        let sent = match connection.take() {
            Some(stream) => Ok(stream),
            None => connect(address),
        }
        .and_then(|mut stream| stream.write_all(&line).map(|()| stream));
        match sent {
            Ok(stream) => {
                (connection, pause, said) = (Some(stream), PAUSES.0, false);
                metrics::gauge!("log_tcp_up").set(1.0);
            }
            Err(error) => {
                metrics::gauge!("log_tcp_up").set(0.0);
                put_back(buffer, line);
                if !std::mem::replace(&mut said, true) {
                    // Not through `tracing`: this line would come here, too.
                    eprintln!(
                        "log.tcp = {address}: {error}; log lines wait, and are dropped when too many do"
                    );
                }
                rest(buffer, pause);
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

/// The next line; waits for one. `None` at the end.
fn next(buffer: &Buffer, last: &mut Option<Instant>) -> Option<Vec<u8>> {
    let mut waiting = buffer.waiting.lock();
    loop {
        if waiting.ends {
            let until = *last.get_or_insert_with(|| Instant::now() + GOODBYE);
            if Instant::now() >= until {
                return None;
            }
        }
        if let Some(line) = waiting.lines.pop_front() {
            waiting.bytes -= line.len();
            return Some(line);
        }
        if waiting.ends {
            return None;
        }
        buffer.news.wait(&mut waiting);
    }
}

/// A line that was not sent is the first again.
fn put_back(buffer: &Buffer, line: Vec<u8>) {
    let mut waiting = buffer.waiting.lock();
    waiting.bytes += line.len();
    waiting.lines.push_front(line);
}

/// Waits before the next attempt, but not for news of lines.
fn rest(buffer: &Buffer, pause: Duration) {
    let until = Instant::now() + pause;
    let mut waiting = buffer.waiting.lock();
    while Instant::now() < until && !waiting.ends {
        buffer.news.wait_until(&mut waiting, until);
    }
    let ends = waiting.ends;
    drop(waiting);
    if ends {
        std::thread::sleep(PAUSES.0);
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether the receiver has closed: what is written then would be lost without a word. Receivers say nothing else.
fn left(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return true;
    }
    let left = match stream.peek(&mut [0]) {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    };
    left || stream.set_nonblocking(false).is_err()
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        net::TcpListener,
    };

    use super::*;

    fn say(log: &TcpLog, text: &str) {
        log.make_writer().write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    fn read(listener: &TcpListener) -> BufReader<TcpStream> {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        BufReader::new(stream)
    }

    fn line(reader: &mut BufReader<TcpStream>) -> String {
        let mut text = String::new();
        reader.read_line(&mut text).unwrap();
        text.trim_end().to_owned()
    }

    #[test]
    fn lines_arrive_in_order_also_at_a_receiver_that_came_late_or_comes_back() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let (log, guard) = start(address.to_string()).unwrap();
        say(&log, "before anybody listens");
        say(&log, "second");
        let listener = TcpListener::bind(address).unwrap();
        let mut reader = read(&listener);
        assert_eq!(line(&mut reader), "before anybody listens");
        assert_eq!(line(&mut reader), "second");
        drop(reader);
        say(&log, "third");
        let mut reader = read(&listener);
        assert_eq!(line(&mut reader), "third");
        say(&log, "last");
        drop(guard);
        assert_eq!(line(&mut reader), "last");
        assert_eq!(line(&mut reader), "", "and the end");
    }

    #[test]
    fn f_33_a_receiver_that_takes_nothing_costs_lines_and_neither_time_nor_memory() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (log, guard) = start(listener.local_addr().unwrap().to_string()).unwrap();
        let long = "x".repeat(64 << 10);
        // More than the buffers of the kernel and ours: whoever logs is never held.
        for _ in 0..1_000 {
            say(&log, &long);
        }
        let waiting = log.0.waiting.lock();
        assert!(waiting.bytes <= ROOM + long.len() + 1, "{}", waiting.bytes);
        assert!(waiting.dropped > 500, "{}", waiting.dropped);
        drop((waiting, listener));
        // The end is not held either.
        drop(guard);
    }
}
