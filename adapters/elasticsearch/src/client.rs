//! HTTP to the server: one place that knows its answers.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

/// An answer takes no longer.
const PATIENCE: Duration = Duration::from_secs(15);
/// A server that is too busy is asked again so often.
const TRIES: u32 = 5;

/// A server, and who we are to it.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    login: Option<(String, Option<String>)>,
}

/// No password is ever printed.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.base)
    }
}

/// An answer that is none.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody answers.
    #[error("{0}")]
    Away(String),
    /// The server says no.
    #[error("{kind}: {reason}")]
    Said {
        /// The status of the answer.
        status: u16,
        /// Elasticsearch's word for it.
        kind: String,
        /// And its sentence.
        reason: String,
    },
}

impl Failure {
    /// Whether the server said just this.
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Failure::Said { kind, .. } if kind == word)
    }

    /// The status, if the server said anything.
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Said { status, .. } => Some(*status),
            Failure::Away(_) => None,
        }
    }
}

impl Client {
    /// To this address.
    pub fn new(base: Url, login: Option<(String, Option<String>)>) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().timeout(PATIENCE).connect_timeout(PATIENCE / 5);
        let http = http.build().map_err(|error| Failure::Away(error.to_string()))?;
        Ok(Self { http, base, login })
    }

    /// Asks.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, None).await
    }

    /// Asks with a body, or tells.
    pub async fn post(&self, path: &str, body: Option<String>) -> Result<Value, Failure> {
        self.send(Method::POST, path, body).await
    }

    /// Makes.
    pub async fn put(&self, path: &str, body: String) -> Result<Value, Failure> {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// Ends.
    pub async fn delete(&self, path: &str, body: Option<String>) -> Result<Value, Failure> {
        self.send(Method::DELETE, path, body).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Value, Failure> {
        let mut attempt = 0;
        loop {
            let answer = self.once(method.clone(), path, body.clone()).await;
            // A block does not end within seconds: the disk is full.
            let busy = matches!(&answer, Err(Failure::Said { status: 429 | 503, kind, .. }) if kind != "cluster_block_exception");
            attempt += 1;
            if !busy || attempt == TRIES {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        }
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Value, Failure> {
        // The address goes last: what follows is of our own making, without characters that a URL would bend.
        let url = format!("{}/{path}", self.base.as_str().trim_end_matches('/'));
        let mut request = self.http.request(method, url);
        if let Some((user, password)) = &self.login {
            request = request.basic_auth(user, password.as_ref());
        }
        if let Some(body) = body {
            let kind = match path.contains("_bulk") {
                true => "application/x-ndjson",
                false => "application/json",
            };
            request = request.header("content-type", kind).body(body);
        }
        let answer = request.send().await.map_err(away)?;
        let status = answer.status();
        let text = answer.text().await.map_err(away)?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(value);
        }
        let word = |field| value["error"][field].as_str().unwrap_or_default().to_owned();
        let (kind, reason) = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
                if word("type") != "cluster_block_exception" =>
            {
                ("denied".to_owned(), "it refuses the user or the password".to_owned())
            }
            _ => (word("type"), word("reason")),
        };
        Err(Failure::Said { status: status.as_u16(), kind, reason })
    }
}

/// What could not be sent or read, without the address, which may hold a password.
fn away(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let what = if error.is_timeout() { "it does not answer in time" } else { "it does not answer" };
    Failure::Away(match std::error::Error::source(&error) {
        Some(source) => format!("{what} ({source})"),
        None => what.to_owned(),
    })
}
