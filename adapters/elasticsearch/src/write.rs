//! Writes, and twins: what is written reaches every index that answers, or will.

use std::time::{SystemTime, UNIX_EPOCH};

use engine::search::{Change, Document, IndexSpec, SearchError, Value as Held, analysis::tokens};
use serde_json::{Value, json};

use crate::{
    ElasticSearch,
    client::Failure,
    query::{field, stored},
    stems,
};

/// Bytes of one request, about.
const BATCH: usize = 4 * 1024 * 1024;
/// And changes of one request: what a server answers has a line for each.
const MOST: usize = 2_000;
/// So long a server may wait for a shard that it does not have.
const SHARD_PATIENCE: &str = "5s";
/// Items that a busy server put off are sent again so often.
const TRIES: u32 = 6;

/// Which indexes the two aliases name now.
type State = (Option<String>, Option<String>);

impl ElasticSearch {
    /// To the index, and to its twin if it has one. An alias may move while we write: then the write is done again where it
    /// leads now (the versions make that harmless).
    pub(crate) async fn write_everywhere(
        &self,
        spec: &IndexSpec,
        changes: &[Change],
    ) -> Result<(), SearchError> {
        if changes.is_empty() {
            return Ok(());
        }
        let index = spec.name;
        let lines: Vec<String> = changes.iter().map(|change| self.line(spec, change)).collect();
        let mut state = self.state(index).await?;
        loop {
            let mut all = self.bulk_if_there(&self.alias(index), &lines).await?;
            if state.1.is_some() {
                all &= self.bulk_if_there(&self.next(index), &lines).await?;
            }
            let now = self.state(index).await?;
            match now == state {
                true if all => return Ok(()),
                true => return Err(SearchError::Unavailable(format!("the index {index} is gone"))),
                false => state = now,
            }
        }
    }

    async fn state(&self, index: &str) -> Result<State, Failure> {
        let (alias, next) = (self.alias(index), self.next(index));
        // Asked with a pattern, for which nothing is an answer too.
        let answer = self.client.get(&format!("_alias/{alias},{next}*")).await?;
        let named = |wanted: &str| {
            let indexes = answer.as_object().into_iter().flatten();
            let mut named = indexes.filter(|(_, index)| !index["aliases"][wanted].is_null());
            named.next().map(|(name, _)| name.clone())
        };
        Ok((named(&alias), named(&next)))
    }

    async fn bulk(&self, alias: &str, lines: &[String]) -> Result<(), SearchError> {
        let mut batch: Vec<&str> = Vec::new();
        let mut bytes = 0;
        for line in lines {
            if !batch.is_empty() && (bytes + line.len() > BATCH || batch.len() == MOST) {
                self.send(alias, std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
            bytes += line.len();
            batch.push(line);
        }
        self.send(alias, batch).await
    }

    /// Whether it was there to the end: a twin takes the index's place, or is given up, at any moment.
    async fn bulk_if_there(&self, alias: &str, lines: &[String]) -> Result<bool, SearchError> {
        match self.bulk(alias, lines).await {
            Err(SearchError::Refused(why)) if why.starts_with("index_not_found") => Ok(false),
            answer => answer.map(|()| true),
        }
    }

    /// Each line, as often as the server puts it off. One that it refuses keeps no other from being written, and is told
    /// of at the end.
    async fn send(&self, alias: &str, mut lines: Vec<&str>) -> Result<(), SearchError> {
        let path = format!("{alias}/_bulk?require_alias=true&timeout={SHARD_PATIENCE}");
        let mut told = Ok(());
        for attempt in 0..TRIES {
            if lines.is_empty() {
                return told;
            }
            let answer = self.client.post(&path, Some(lines.concat())).await?;
            let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
            if items.len() != lines.len() {
                let why = "it answered less than it was asked".to_owned();
                return Err(SearchError::Unavailable(why));
            }
            let mut put_off = Vec::new();
            for (line, item) in lines.iter().zip(items) {
                let item = &item["index"];
                match item["status"].as_u64().unwrap_or(0) {
                    200..300 => {}
                    // What is there is newer.
                    409 => {}
                    // A block does not end within seconds.
                    429 | 503 if item["error"]["type"] != BLOCKED => put_off.push(*line),
                    _ if told.is_ok() => told = Err(refused(&item["error"])),
                    _ => {}
                }
            }
            lines = put_off;
            if !lines.is_empty() {
                let pause = std::time::Duration::from_millis(50 << attempt);
                tokio::time::sleep(pause).await;
            }
        }
        match lines.is_empty() {
            true => told,
            false => Err(SearchError::Unavailable("it is too busy to take writes".to_owned())),
        }
    }

    /// An empty twin; one that is there already is given up.
    pub(crate) async fn make_twin(&self, spec: &IndexSpec) -> Result<(), SearchError> {
        let next = self.next(spec.name);
        let (_, old) = self.state(spec.name).await?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{}-{}", self.alias(spec.name), since.as_nanos());
        self.client.put(&name, self.form(spec).to_string()).await?;
        let mut actions = vec![json!({ "add": { "index": name, "alias": next } })];
        if let Some(old) = old {
            actions.push(json!({ "remove_index": { "index": old } }));
        }
        self.client.post("_aliases", Some(json!({ "actions": actions }).to_string())).await?;
        Ok(())
    }

    pub(crate) async fn refill_twin(
        &self,
        spec: &IndexSpec,
        documents: Vec<Document>,
    ) -> Result<(), SearchError> {
        let index = spec.name;
        if self.state(index).await?.1.is_none() {
            return Err(no_twin(index));
        }
        let lines: Vec<String> =
            documents.into_iter().map(|document| self.line(spec, &Change::Put(document))).collect();
        self.bulk(&self.next(index), &lines).await
    }

    /// All in one action of the server: there is no moment without an index.
    pub(crate) async fn swap_twin(&self, index: &str) -> Result<(), SearchError> {
        let (alias, next) = (self.alias(index), self.next(index));
        let (Some(old), Some(twin)) = self.state(index).await? else { return Err(no_twin(index)) };
        // What was written to it is found from the first question on.
        self.client.post(&format!("{next}/_refresh"), None).await?;
        let actions = json!({ "actions": [
            { "add": { "index": twin, "alias": alias } },
            { "remove": { "index": twin, "alias": next } },
            { "remove_index": { "index": old } },
        ] });
        self.client.post("_aliases", Some(actions.to_string())).await?;
        Ok(())
    }
}

/// What a server says of an index that takes no writes for now.
const BLOCKED: &str = "cluster_block_exception";

fn no_twin(index: &str) -> SearchError {
    SearchError::Refused(format!("{index} is not being rebuilt"))
}

fn refused(error: &Value) -> SearchError {
    let word = |field| error[field].as_str().unwrap_or_default();
    let (kind, reason) = (word("type"), word("reason"));
    match kind {
        BLOCKED => SearchError::Unavailable(format!(
            "it takes no writes ({reason}): its disk may be full; make room, it goes on by itself"
        )),
        _ => SearchError::Refused(format!("{kind}: {reason}")),
    }
}

impl ElasticSearch {
    /// A change as two lines of a bulk.
    fn line(&self, spec: &IndexSpec, change: &Change) -> String {
        let (id, version, source) = match change {
            Change::Put(document) => {
                let mut source = source(document);
                if self.server.stems {
                    stems::of_document(spec, document, &mut source);
                }
                (document.id, document.version, source)
            }
            // A document that is not live remembers when it was removed.
            Change::Delete { id, version } => (*id, *version, json!({ "id": id, "live": false })),
        };
        let action = json!({ "index": {
            "_id": id.to_string(), "version": version, "version_type": "external_gte",
        } });
        format!("{action}\n{source}\n")
    }
}

fn source(document: &Document) -> Value {
    let mut source = json!({ "id": document.id, "live": true });
    for (name, value) in &document.values {
        source[field(name)] = match value {
            Held::Text(text) => tokens(text).join(" ").into(),
            Held::Keywords(words) => words.clone().into(),
            Held::Number(number) => stored(*number).into(),
        };
    }
    source
}
