//! The load generator: a number of clients, a connection each, the next request when the last is answered (a closed
//! loop), latencies of every request.
//!
//! It speaks HTTP/1.1 on the bare socket, because it shares its cores with the server that it measures: what it
//! spends is missing there. It understands only answers with a Content-Length, which is all that is measured here.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use rand::rngs::SmallRng;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Failure, chance::seeded};

/// How much is asked, for how long.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Connections.
    pub clients: usize,
    /// How long.
    pub time: Duration,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Latencies, microseconds, sorted.
    pub micros: Vec<u32>,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// Answers that were not 2xx.
    pub refused: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Seen {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.seconds
    }

    /// The latency that this share of requests stays under, milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = (last as f64 * share) as usize;
        self.micros.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }

    /// Mean bytes of a body.
    pub fn body(&self) -> usize {
        (self.bytes / self.micros.len().max(1) as u64) as usize
    }
}

/// Asks until the time is over. `request` writes the next request of a client into an empty buffer.
pub async fn drive(
    address: SocketAddr,
    load: Load,
    request: impl Fn(&mut SmallRng, &mut Vec<u8>) + Clone + Send + 'static,
) -> Result<Seen, Failure> {
    let started = Instant::now();
    let clients: Vec<_> = (0..load.clients)
        .map(|number| {
            let request = request.clone();
            let chance = seeded(1000 + number as u64);
            tokio::spawn(client(address, started + load.time, chance, request))
        })
        .collect();
    let mut seen = Seen::default();
    for client in clients {
        let one = client.await??;
        seen.micros.extend(one.micros);
        seen.bytes += one.bytes;
        seen.refused += one.refused;
    }
    seen.seconds = started.elapsed().as_secs_f64();
    seen.micros.sort_unstable();
    Ok(seen)
}

async fn client(
    address: SocketAddr,
    until: Instant,
    mut chance: SmallRng,
    request: impl Fn(&mut SmallRng, &mut Vec<u8>),
) -> Result<Seen, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut seen, mut out, mut input) = (Seen::default(), Vec::new(), vec![0; 64 * 1024]);
    while Instant::now() < until {
        out.clear();
        request(&mut chance, &mut out);
        let asked = Instant::now();
        stream.write_all(&out).await?;
        let (status, bytes) = answer(&mut stream, &mut input).await?;
        seen.micros.push(asked.elapsed().as_micros().min(u128::from(u32::MAX)) as u32);
        seen.bytes += bytes as u64;
        if !(200..300).contains(&status) {
            seen.refused += 1;
        }
    }
    Ok(seen)
}

/// Reads one answer; says its status and how long its body was.
async fn answer(stream: &mut TcpStream, input: &mut [u8]) -> Result<(u16, usize), Failure> {
    let mut filled = 0;
    let head = loop {
        let read = stream.read(&mut input[filled..]).await?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        let from = filled.saturating_sub(3);
        filled += read;
        if let Some(at) = input[from..filled].windows(4).position(|four| four == b"\r\n\r\n") {
            break from + at + 4;
        }
        if filled == input.len() {
            return Err("the answer's headers do not end".into());
        }
    };
    let text = std::str::from_utf8(&input[..head])?;
    let status = text.get(9..12).ok_or("no status line")?.parse()?;
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .ok_or("an answer without Content-Length")?
        .1
        .trim()
        .parse::<usize>()?;
    let mut left = length.saturating_sub(filled - head);
    while left > 0 {
        let most = left.min(input.len());
        let read = stream.read(&mut input[..most]).await?;
        if read == 0 {
            return Err("the server closed the connection in a body".into());
        }
        left -= read;
    }
    Ok((status, length))
}
