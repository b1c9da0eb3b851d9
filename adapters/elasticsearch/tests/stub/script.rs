//! A server that says what a test wants: HTTP/1.1 on loopback, one answer a question.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

type Fault = Box<dyn Fn(u64) -> Option<(u16, Value)> + Send + Sync>;

/// What it says when it is asked.
pub enum Asked {
    /// This.
    Status(u16, Value),
    /// An answer to a bulk: these documents fail, the others are written.
    Items(Fault),
}

impl Asked {
    pub fn status(status: u16, body: Value) -> Self {
        Asked::Status(status, body)
    }

    pub fn items(fault: impl Fn(u64) -> Option<(u16, Value)> + Send + Sync + 'static) -> Self {
        Asked::Items(Box::new(fault))
    }
}

/// A server, and what was asked of it.
pub struct Script {
    port: u16,
    /// The end of a path, how often, and what.
    planned: Mutex<Vec<(String, u32, Asked)>>,
    asked: Mutex<Vec<(String, String)>>,
    health: Mutex<(String, bool)>,
}

impl Script {
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port();
        let (planned, asked) = (Mutex::default(), Mutex::default());
        let health = Mutex::new(("green".to_owned(), false));
        let script = Arc::new(Self { port, planned, asked, health });
        let serving = script.clone();
        // It ends with the test's runtime.
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(serving.clone(), stream));
            }
        });
        script
    }

    pub fn url(&self) -> String {
        format!("elasticsearch+http://127.0.0.1:{}", self.port)
    }

    /// The next `times` questions whose path ends so are answered like this; a later plan for the same takes its place.
    pub fn on(&self, end: &str, times: u32, what: Asked) {
        let mut planned = self.planned.lock();
        planned.retain(|(known, times, _)| known != end || (*times != 99));
        planned.push((end.to_owned(), times, what));
    }

    pub fn health(&self, status: &str, blocked: bool) {
        *self.health.lock() = (status.to_owned(), blocked);
    }

    /// The ids of each bulk so far.
    pub fn bulks(&self) -> Vec<Vec<u64>> {
        let asked = self.asked.lock();
        let bulks = asked.iter().filter(|(path, _)| path.ends_with("_bulk"));
        bulks.map(|(_, body)| ids(body)).collect()
    }

    /// The last body that was sent to such a path.
    pub fn last(&self, end: &str) -> String {
        let asked = self.asked.lock();
        let found = asked.iter().rev().find(|(path, _)| path.ends_with(end));
        found.map(|(_, body)| body.clone()).unwrap_or_default()
    }

    fn answer(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        self.asked.lock().push((path.to_owned(), body.to_owned()));
        let mut planned = self.planned.lock();
        let place = planned.iter().position(|(end, times, _)| {
            *times > 0 && if end.is_empty() { path.is_empty() } else { path.ends_with(end) }
        });
        if let Some(place) = place {
            planned[place].1 -= u32::from(planned[place].1 != 99);
            return match &planned[place].2 {
                Asked::Status(status, body) => (*status, body.clone()),
                Asked::Items(fault) => (200, items(body, fault)),
            };
        }
        drop(planned);
        let (status, blocked) = self.health.lock().clone();
        match path {
            "" => (200, json!({ "version": { "number": "8.19.0" } })),
            "_analyze" => (400, json!({ "error": { "type": "illegal_argument_exception" } })),
            "_cluster/health" => (200, json!({ "status": status })),
            path if path.contains("_settings") => {
                let block = "index.blocks.read_only_allow_delete";
                let settings = if blocked { json!({ block: "true" }) } else { json!({}) };
                (200, json!({ "sociosphere-things-1": { "settings": settings } }))
            }
            path if path.ends_with("_mapping") => (404, json!({ "error": { "type": "x" } })),
            path if path.starts_with("_alias") => {
                let alias = path.trim_start_matches("_alias/").split(',').next().unwrap_or("");
                (200, json!({ "sociosphere-things-1": { "aliases": { alias: {} } } }))
            }
            path if path.ends_with("_bulk") => (200, items(body, &|_| None)),
            path if path.ends_with("_search") => {
                (200, json!({ "hits": { "total": { "value": 0 }, "hits": [] } }))
            }
            _ if method == "PUT" => (200, json!({ "acknowledged": true })),
            _ => (404, json!({})),
        }
    }
}

fn ids(bulk: &str) -> Vec<u64> {
    let actions = bulk.lines().step_by(2).filter_map(|line| serde_json::from_str(line).ok());
    let ids = actions.filter_map(|action: Value| action["index"]["_id"].as_str()?.parse().ok());
    ids.collect()
}

fn items(bulk: &str, fault: &dyn Fn(u64) -> Option<(u16, Value)>) -> Value {
    let item = |id| match fault(id) {
        Some((status, error)) => json!({ "index": { "status": status, "error": error } }),
        None => json!({ "index": { "status": 201 } }),
    };
    json!({ "items": ids(bulk).into_iter().map(item).collect::<Vec<_>>() })
}

async fn serve(script: Arc<Script>, stream: TcpStream) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        stream.read_line(&mut head).await.ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let mut words = head.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let path = path.trim_start_matches('/').split('?').next()?;
        let (status, answer) = script.answer(method, path, &String::from_utf8_lossy(&body));
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        stream.write_all(format!("{head}{answer}").as_bytes()).await.ok()?;
    }
}
