//! Documents of posts into search, as a rebuild and the jobs write them; the floor sends the same documents to an index of
//! the same server that looks into none of their fields.

use std::time::Instant;

use elasticsearch_adapter::ElasticSearch;
use engine::search::{Change, Document, FieldKind, IndexSpec, Search, Value};
use serde_json::json;

use super::{Addresses, Line, cleaning, in_turns, unique};
use crate::{Failure, chance::seeded, data::words};

/// Documents of a round.
const DOCUMENTS: u64 = 10_000;
/// Documents of one write.
const AT_ONCE: u64 = 200;

/// Bulk indexing on OpenSearch.
pub async fn measure(addresses: &Addresses) -> Result<Line, Failure> {
    let url = addresses.of("SEARCH")?;
    let (rate, floor) = in_turns(|| ours(url), || bare(url)).await?;
    let line = Line {
        what: "documents of posts into OpenSearch".to_owned(),
        unit: "/s",
        rate,
        floor: Some(("the same bytes into an index without fields", floor)),
        target: Some(2_000.0),
    };
    println!("  {}", line.text());
    Ok(line)
}

fn posts() -> Result<&'static IndexSpec, Failure> {
    let spec = social::search::SPECS.iter().find(|spec| spec.name == "posts");
    spec.ok_or_else(|| "there is no index of posts".into())
}

/// A document with all fields of the index, as long as what people write.
fn document(spec: &IndexSpec, id: u64) -> Document {
    let mut chance = seeded(id);
    let value = |kind: FieldKind| match kind {
        FieldKind::Text => Value::Text(words(&mut chance)),
        FieldKind::Keywords => {
            Value::Keywords(vec!["everyone".to_owned(), format!("k{}", id % 97)])
        }
        FieldKind::Number => Value::Number(1_700_000_000_000 + id),
    };
    let mut value = value;
    let values = spec.fields.iter().map(|(name, kind)| (*name, value(*kind))).collect();
    Document { id, version: id, values }
}

async fn ours(url: &str) -> Result<f64, Failure> {
    let (spec, prefix) = (posts()?, unique("search"));
    let (search, _) =
        ElasticSearch::open(&format!("{}/{prefix}", url.trim_end_matches('/')), vec![spec.clone()])
            .await?;
    let all: Vec<_> = (1..=DOCUMENTS).map(|id| Change::Put(document(spec, id))).collect();
    let begun = Instant::now();
    for some in all.chunks(AT_ONCE as usize) {
        search.write(spec.name, some.to_vec()).await?;
    }
    let rate = DOCUMENTS as f64 / begun.elapsed().as_secs_f64();
    cleaning::search(url, &format!("{prefix}-*")).await?;
    Ok(rate)
}

async fn bare(url: &str) -> Result<f64, Failure> {
    let (base, index) = (server(url)?, unique("floor"));
    let client = reqwest::Client::new();
    let settings = json!({"settings": {"number_of_shards": 1, "number_of_replicas": 0},
                          "mappings": {"enabled": false}});
    let made = client.put(format!("{base}/{index}")).json(&settings).send().await?;
    made.error_for_status()?;
    let spec = posts()?;
    let bodies: Vec<String> = (0..DOCUMENTS / AT_ONCE)
        .map(|batch| {
            let line = |id| {
                let document = document(spec, batch * AT_ONCE + id + 1);
                let fields: serde_json::Map<_, _> = document
                    .values
                    .into_iter()
                    .map(|(name, value)| match value {
                        Value::Text(text) => (name.to_owned(), json!(text)),
                        Value::Keywords(words) => (name.to_owned(), json!(words)),
                        Value::Number(number) => (name.to_owned(), json!(number)),
                    })
                    .collect();
                format!("{{\"index\":{{\"_id\":\"{}\"}}}}\n{}\n", document.id, json!(fields))
            };
            (0..AT_ONCE).map(line).collect()
        })
        .collect();
    let begun = Instant::now();
    for body in bodies {
        let sent = client
            .post(format!("{base}/{index}/_bulk"))
            .header("Content-Type", "application/x-ndjson")
            .body(body)
            .send()
            .await?;
        if sent.error_for_status()?.json::<serde_json::Value>().await?["errors"] != false {
            return Err("the server refuses documents of the floor".into());
        }
    }
    let rate = DOCUMENTS as f64 / begun.elapsed().as_secs_f64();
    cleaning::search(url, &index).await?;
    Ok(rate)
}

/// The server's own URL.
pub(super) fn server(url: &str) -> Result<&str, Failure> {
    let base = url.strip_prefix("elasticsearch+").ok_or("not a URL of search")?;
    Ok(base.trim_end_matches('/'))
}
