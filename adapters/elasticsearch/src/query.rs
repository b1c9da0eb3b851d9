//! Questions as queries, built from parts: no text is ever parsed as a query.

use engine::search::{
    Filter, Found, Question, SearchError, Sort, Words,
    analysis::{Clause, clauses},
};
use serde_json::{Value, json};

use crate::{ElasticSearch, client::Failure};

/// A page ends here at the latest; what lies beyond is walked to.
const WINDOW: usize = 10_000;
/// The most words that the end of a phrase may stand for.
const MOST_ENDINGS: u32 = 10_000;

/// A number as it is stored: above the least `long`, which stands for none at all when a server sorts.
pub fn stored(number: u64) -> i64 {
    number.min(1 << 63).wrapping_sub((1 << 63) - 1).cast_signed()
}

/// The name of a field in the index.
pub fn field(name: &str) -> String {
    format!("f_{name}")
}

impl ElasticSearch {
    pub(crate) async fn answer(&self, question: &Question) -> Result<Found, SearchError> {
        let Some(query) = query(question) else { return Ok(Found::default()) };
        let alias = self.alias(question.index);
        let end = question.offset.saturating_add(question.limit);
        if end <= WINDOW {
            let mut body = json!({
                "query": query, "sort": order(question.sort), "from": question.offset, "size": question.limit,
                "track_total_hits": true, "docvalue_fields": ["id"],
            });
            if question.limit == 0 {
                body["from"] = 0.into();
            }
            let answer = self.search(&format!("{alias}/_search"), body).await?;
            return Ok(Found { ids: ids(&answer), total: total(&answer) });
        }
        self.walk(&alias, &query, question).await
    }

    async fn search(&self, path: &str, body: Value) -> Result<Value, Failure> {
        self.client.post(path, Some(body.to_string())).await
    }

    /// A page far behind: on one moment of the index, from page to page.
    async fn walk(
        &self,
        alias: &str,
        query: &Value,
        question: &Question,
    ) -> Result<Found, SearchError> {
        let count = json!({ "query": query, "size": 0, "track_total_hits": true });
        let total = total(&self.search(&format!("{alias}/_search"), count).await?);
        let mut found = Found { ids: Vec::new(), total };
        if question.offset as u64 >= total {
            return Ok(found);
        }
        let moment = self.moment(alias).await?;
        let (mut place, mut after) = (0, Value::Null);
        let end = question.offset.saturating_add(question.limit);
        while place < end {
            let size = WINDOW.min(end - place);
            let mut body = json!({
                "query": query, "sort": order(question.sort), "size": size, "docvalue_fields": ["id"],
                "pit": { "id": moment.id, "keep_alive": "1m" }, "track_total_hits": false,
            });
            if !after.is_null() {
                body["search_after"] = after;
            }
            let answer = self.search("_search", body).await?;
            let page = ids(&answer);
            let hits = answer["hits"]["hits"].as_array().map_or(&[][..], Vec::as_slice);
            let Some(last) = hits.last() else { break };
            after = last["sort"].clone();
            let skip = question.offset.saturating_sub(place).min(page.len());
            place += page.len();
            found.ids.extend(&page[skip..]);
        }
        let _ = self
            .client
            .delete(moment.end, Some(json!({ moment.key: moment.id }).to_string()))
            .await;
        Ok(found)
    }

    /// A point in time; the two servers call it differently.
    async fn moment(&self, alias: &str) -> Result<Moment, Failure> {
        let theirs = format!("{alias}/_search/point_in_time?keep_alive=1m");
        if let Ok(answer) = self.client.post(&theirs, None).await {
            let id = answer["pit_id"].as_str().unwrap_or_default().to_owned();
            return Ok(Moment { id, key: "pit_id", end: "_search/point_in_time" });
        }
        let answer = self.client.post(&format!("{alias}/_pit?keep_alive=1m"), None).await?;
        let id = answer["id"].as_str().unwrap_or_default().to_owned();
        Ok(Moment { id, key: "id", end: "_pit" })
    }
}

struct Moment {
    id: String,
    key: &'static str,
    end: &'static str,
}

fn total(answer: &Value) -> u64 {
    answer["hits"]["total"]["value"].as_u64().unwrap_or(0)
}

fn ids(answer: &Value) -> Vec<u64> {
    let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
    hits.filter_map(|hit| hit["fields"]["id"][0].as_u64()).collect()
}

fn order(sort: Sort) -> Value {
    let by = |name: &str, order: &str| json!([{ field(name): { "order": order, "missing": "_last" } }, { "id": "desc" }]);
    match sort {
        Sort::Relevance => json!([{ "_score": "desc" }, { "id": "desc" }]),
        Sort::Descending(name) => by(name, "desc"),
        Sort::Ascending(name) => by(name, "asc"),
    }
}

/// `None`: nothing can be found.
fn query(question: &Question) -> Option<Value> {
    let filters = json!([{ "term": { "live": true } }, filter(&question.filter)]);
    let Some(words) = &question.words else {
        return Some(json!({ "bool": { "filter": filters } }));
    };
    let clauses = clauses(&words.text, words.prefix);
    if clauses.is_empty() {
        return None;
    }
    let must: Vec<Value> = clauses.iter().map(|clause| anywhere(words, clause)).collect();
    Some(json!({ "bool": { "filter": filters, "must": must } }))
}

fn filter(asked: &Filter) -> Value {
    let each = |filters: &[Filter]| filters.iter().map(filter).collect::<Vec<_>>();
    match asked {
        Filter::All(filters) if filters.is_empty() => json!({ "match_all": {} }),
        Filter::All(filters) => json!({ "bool": { "filter": each(filters) } }),
        Filter::Any(filters) if filters.is_empty() => json!({ "match_none": {} }),
        Filter::Any(filters) => {
            json!({ "bool": { "should": each(filters), "minimum_should_match": 1 } })
        }
        Filter::Not(not) => json!({ "bool": { "must_not": [filter(not)] } }),
        Filter::Has(name, word) => json!({ "term": { field(name): word } }),
        Filter::Between(_, from, to) if from > to => json!({ "match_none": {} }),
        Filter::Between(name, from, to) => {
            json!({ "range": { field(name): { "gte": stored(*from), "lte": stored(*to) } } })
        }
    }
}

/// A clause in any of the fields; the best of them counts.
fn anywhere(words: &Words, clause: &Clause) -> Value {
    let mut places = Vec::new();
    for (name, weight) in &words.fields {
        let (name, boost) = (field(name), f64::from(*weight) / 100.0);
        let phrase = clause.tokens.join(" ");
        match (clause.tokens.as_slice(), clause.prefix) {
            ([], _) => {}
            ([token], prefix) => {
                places.push(json!({ "term": { &name: { "value": token, "boost": boost } } }));
                if prefix {
                    // The whole word is worth more than a word that begins with it.
                    places.push(
                        json!({ "prefix": { &name: { "value": token, "boost": boost / 2.0 } } }),
                    );
                }
            }
            (_, false) => {
                places.push(
                    json!({ "match_phrase": { &name: { "query": phrase, "boost": boost } } }),
                );
            }
            (_, true) => {
                let asked =
                    json!({ "query": phrase, "boost": boost, "max_expansions": MOST_ENDINGS });
                places.push(json!({ "match_phrase_prefix": { &name: asked } }));
            }
        }
    }
    json!({ "dis_max": { "queries": places } })
}
