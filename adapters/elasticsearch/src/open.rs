//! Opening: who is there, and whether the indexes are ours.

use std::time::{Duration, Instant};

use engine::search::{FieldKind, IndexSpec};
use serde_json::{Value, json};
use url::Url;

use crate::{
    Abilities, ElasticSearch,
    client::{Client, Failure},
    stems,
};

/// The form of documents; another one wants another number, and a rebuild.
const FORM: u64 = 1;

/// Why search did not open. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL makes no sense.
    #[error("one looks like elasticsearch+http://user:password@host:9200/prefix")]
    Url,
    /// The server.
    #[error("{0}")]
    Server(#[from] Failure),
    /// An old one.
    #[error("{flavour} {version} is too old: Elasticsearch 8 or OpenSearch 2 is needed")]
    Old {
        /// Which of the two.
        flavour: &'static str,
        /// Its version.
        version: String,
    },
    /// An index of a newer release.
    #[error(
        "the index {index} was made by a newer release of this program: run that one, or name another prefix at the end of the URL"
    )]
    Newer {
        /// Its name.
        index: String,
    },
    /// An index that somebody else made.
    #[error(
        "the index {index} is not of our making ({why}): delete or rename it, and it is made and filled again"
    )]
    Strange {
        /// Its name.
        index: String,
        /// What is strange.
        why: String,
    },
}

/// What an operator wants to know of a server.
#[derive(Clone, Debug)]
pub struct Health {
    /// `Elasticsearch` or `OpenSearch`.
    pub flavour: &'static str,
    /// Its version.
    pub version: String,
    /// How long it takes to answer.
    pub latency: Duration,
    /// Whether it finds other forms of words; a minimal server has no analyzers for that.
    pub stems: bool,
    /// `red`: parts of what it holds are away, and are neither found nor written.
    pub red: bool,
    /// Whether an index of ours takes no writes, as when the disk is full.
    pub blocked: bool,
}

impl ElasticSearch {
    /// Opens the indexes of a URL (`elasticsearch+https://user:password@host:9200/prefix`), made if they are not there; says
    /// whether one of them is new, or of an older form, and wants to be filled from the source.
    pub async fn open(url: &str, specs: Vec<IndexSpec>) -> Result<(Self, bool), OpenError> {
        let mut search = Self::connect(url, specs)?;
        let health = search.health().await?;
        let oldest = if health.flavour == "OpenSearch" { 2 } else { 8 };
        let major = health.version.split('.').next().and_then(|major| major.parse().ok());
        if major.unwrap_or(0) < oldest {
            return Err(OpenError::Old { flavour: health.flavour, version: health.version });
        }
        search.server =
            Abilities { opensearch: health.flavour == "OpenSearch", stems: health.stems };
        let mut wants_filling = false;
        for spec in &search.specs {
            wants_filling |= search.open_index(spec).await?;
        }
        Ok((search, wants_filling))
    }

    /// Speaks to nobody yet: for a look at the server alone.
    pub fn connect(url: &str, specs: Vec<IndexSpec>) -> Result<Self, OpenError> {
        let address = url.strip_prefix("elasticsearch+").ok_or(OpenError::Url)?;
        let mut address = Url::parse(address).map_err(|_| OpenError::Url)?;
        if !matches!(address.scheme(), "http" | "https") || address.host().is_none() {
            return Err(OpenError::Url);
        }
        let plain = |text: &str| percent_decoded(text);
        let login = (!address.username().is_empty())
            .then(|| (plain(address.username()), address.password().map(plain)));
        let prefix = address.path().trim_matches('/').to_owned();
        let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !prefix.chars().all(sound) {
            return Err(OpenError::Url);
        }
        let prefix = if prefix.is_empty() { "sociosphere".to_owned() } else { prefix };
        let _ = (address.set_username(""), address.set_password(None));
        address.set_path("/");
        let (client, server) = (Client::new(address, login)?, Abilities::default());
        Ok(Self { client, prefix, specs, server })
    }

    /// Asks how it is.
    pub async fn health(&self) -> Result<Health, OpenError> {
        let began = Instant::now();
        // A minimal Elasticsearch has no front page.
        let answer = match self.client.get("").await {
            Err(failure) if failure.status() == Some(405) => {
                let nodes = "_nodes/_local?filter_path=nodes.*.version";
                let nodes = self.client.get(nodes).await?;
                let first = nodes["nodes"].as_object().and_then(|nodes| nodes.values().next());
                json!({ "version": { "number": first.map_or(Value::Null, |node| node["version"].clone()) } })
            }
            answer => answer?,
        };
        let latency = began.elapsed();
        let stems = match self.client.post("_analyze", Some(stems::probe())).await {
            Ok(answer) => stems::can(&answer),
            Err(Failure::Said { status: 400..500, kind, .. }) if kind != "denied" => false,
            Err(failure) => return Err(failure.into()),
        };
        let cluster = self.client.get("_cluster/health?filter_path=status").await?;
        let blocks = format!("{}-*/_settings/index.blocks*?flat_settings=true", self.prefix);
        let blocks = self.client.get(&blocks).await?;
        let blocked = blocks.as_object().into_iter().flatten().any(|(_, index)| {
            let settings = index["settings"].as_object().into_iter().flatten();
            settings.into_iter().any(|(_, value)| value == "true")
        });
        let version = &answer["version"];
        let opensearch = version["distribution"] == "opensearch";
        Ok(Health {
            flavour: if opensearch { "OpenSearch" } else { "Elasticsearch" },
            version: version["number"].as_str().unwrap_or("0").to_owned(),
            latency,
            stems,
            red: cluster["status"] == "red",
            blocked,
        })
    }

    /// Whether the index wants to be filled.
    async fn open_index(&self, spec: &IndexSpec) -> Result<bool, OpenError> {
        let alias = self.alias(spec.name);
        let mappings = match self.client.get(&format!("{alias}/_mapping")).await {
            Err(failure) if failure.status() == Some(404) => {
                let mut body = self.form(spec);
                body["aliases"] = json!({ &alias: {} });
                let made = self.client.put(&format!("{alias}-1"), body.to_string()).await;
                match made {
                    // Another process was faster.
                    Err(failure) if failure.is("resource_already_exists_exception") => {}
                    made => _ = made?,
                }
                return Ok(true);
            }
            mappings => mappings?,
        };
        let indexes = mappings.as_object().into_iter().flatten();
        let [(name, index)] = indexes.collect::<Vec<_>>()[..] else {
            let why = "the alias names several".to_owned();
            return Err(OpenError::Strange { index: alias, why });
        };
        if name == &alias || index["mappings"]["_meta"]["sociosphere"].is_null() {
            let why = "it has no mark of ours".to_owned();
            return Err(OpenError::Strange { index: name.clone(), why });
        }
        let mark = &index["mappings"]["_meta"]["sociosphere"];
        if mark["form"].as_u64().is_some_and(|form| form > FORM) {
            return Err(OpenError::Newer { index: name.clone() });
        }
        let form = self.form(spec);
        let current = *mark == form["mappings"]["_meta"]["sociosphere"];
        // Fields that are new can be written while the rebuild goes on.
        if !current {
            let mappings = form["mappings"].to_string();
            let widened = self.client.put(&format!("{alias}/_mapping"), mappings).await;
            widened
                .map_err(|why| OpenError::Strange { index: name.clone(), why: why.to_string() })?;
        }
        Ok(!current || name == &format!("{alias}-1"))
    }
}

fn percent_decoded(text: &str) -> String {
    // The URL crate keeps what it parsed in its escaped form.
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}

impl ElasticSearch {
    /// How an index is made: strict, with the words as we make them.
    pub(crate) fn form(&self, spec: &IndexSpec) -> Value {
        let mut properties = json!({ "id": { "type": "long" }, "live": { "type": "boolean" } });
        let mut fields = Vec::new();
        for (name, kind) in spec.fields {
            properties[format!("f_{name}")] = match kind {
                // Norms and positions: for scores, and for words that stand together.
                FieldKind::Text => json!({ "type": "text", "analyzer": "whitespace" }),
                FieldKind::Keywords => json!({ "type": "keyword" }),
                FieldKind::Number => json!({ "type": "long" }),
            };
            fields.push(format!("{name}:{kind:?}"));
        }
        let stems = self.server.stems && spec.language.is_some();
        if stems {
            stems::properties(spec, &mut properties);
        }
        let mark = json!({ "form": FORM, "fields": fields, "stems": stems });
        json!({
            "settings": { "index": { "number_of_shards": 1, "auto_expand_replicas": "0-1" } },
            "mappings": {
                "dynamic": "strict", "_source": { "enabled": false },
                "_meta": { "sociosphere": mark }, "properties": properties,
            },
        })
    }
}
