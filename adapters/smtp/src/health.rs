//! Looking at a mail server: what it says first, whether it encrypts, and whether it lets us in.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use crate::SmtpMailer;

/// A look takes no longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// More lines than this is no greeting.
const MOST_LINES: usize = 64;

/// How a mail server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The first line that it says; of one that is encrypted from the first byte, nothing.
    pub greeting: String,
    /// Whether mails to it are encrypted.
    pub encrypted: bool,
    /// How long it took to be ready for a mail: connected, encrypted, signed in.
    pub latency: Duration,
}

/// Why it is of no use. Holds no password.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// Nobody answers.
    #[error(
        "the mail server does not answer ({0}): check host and port, and whether this machine may connect"
    )]
    Away(String),
    /// It is another kind of server.
    #[error("what answers is no mail server, or one that wants smtps:// or smtp:// instead")]
    Stranger,
    /// It does not want us.
    #[error(
        "the mail server refuses ({0}): check user, password and encryption (smtps://, ?tls=required, ?tls=none)"
    )]
    Refused(String),
}

impl SmtpMailer {
    /// Speaks with the server as if there were a mail, and sends none.
    pub async fn health(&self) -> Result<Health, HealthError> {
        let late = |_| HealthError::Away("it takes too long".to_owned());
        let (greeting, offers) = match self.wrapped {
            true => (String::new(), true),
            false => timeout(PATIENCE, greeting(&self.place)).await.map_err(late)??,
        };
        let began = Instant::now();
        let tried = timeout(PATIENCE, self.transport.test_connection()).await.map_err(late)?;
        let latency = began.elapsed();
        match tried {
            Ok(true) => Ok(Health { greeting, encrypted: offers && !self.plain, latency }),
            Ok(false) => Err(HealthError::Stranger),
            Err(error)
                if error.is_permanent()
                    || error.is_transient()
                    || error.is_tls()
                    || error.is_client() =>
            {
                Err(HealthError::Refused(error.to_string()))
            }
            Err(error) if error.is_response() => Err(HealthError::Stranger),
            Err(error) => Err(HealthError::Away(error.to_string())),
        }
    }
}

/// The greeting, and whether STARTTLS is offered.
async fn greeting(place: &(String, u16)) -> Result<(String, bool), HealthError> {
    let away = |error: std::io::Error| HealthError::Away(error.to_string());
    let (host, port) = place;
    let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(away)?;
    let mut stream = BufReader::new(stream);
    let hello = answer(&mut stream, "220").await?;
    stream.write_all(b"EHLO localhost\r\n").await.map_err(away)?;
    let offers = answer(&mut stream, "250").await?;
    // It is ending anyway; whoever does not hear it loses nothing.
    let _ = stream.write_all(b"QUIT\r\n").await;
    let first = hello.first().map(|line| line.chars().take(100).collect()).unwrap_or_default();
    Ok((first, offers.iter().any(|line| line.eq_ignore_ascii_case("STARTTLS"))))
}

/// The lines of an answer with this code, without the code.
async fn answer(
    stream: &mut (impl AsyncBufRead + Unpin),
    code: &str,
) -> Result<Vec<String>, HealthError> {
    let mut lines = Vec::new();
    while lines.len() < MOST_LINES {
        let mut line = String::new();
        let read = stream.read_line(&mut line).await.map_err(|_| HealthError::Stranger)?;
        let text = line.trim_end();
        if read == 0 || !text.starts_with(code) {
            return Err(HealthError::Stranger);
        }
        lines.push(text.get(4..).unwrap_or_default().to_owned());
        if text.as_bytes().get(3) != Some(&b'-') {
            return Ok(lines);
        }
    }
    Err(HealthError::Stranger)
}
