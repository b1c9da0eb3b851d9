//! Questions as queries, built from parts: no text is ever parsed as a query.

use engine::search::{
    Filter, IndexSpec, Question, Sort, Words,
    analysis::{Clause, clauses},
};
use serde_json::{Value, json};

use crate::stems;

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

/// A unique key of our own ends each order: OpenSearch adds none, and no page may depend on one that a server adds.
pub fn order(sort: Sort) -> Value {
    let by = |name: &str, order: &str| json!([{ field(name): { "order": order, "missing": "_last" } }, { "id": "desc" }]);
    match sort {
        Sort::Relevance | Sort::Fresh(_) => json!([{ "_score": "desc" }, { "id": "desc" }]),
        Sort::Descending(name) => by(name, "desc"),
        Sort::Ascending(name) => by(name, "asc"),
    }
}

/// `None`: nothing can be found. With `stemmed`, other forms of words are found as well, where the index knows any.
pub fn query(question: &Question, spec: &IndexSpec, stemmed: bool) -> Option<Value> {
    let filters = json!([{ "term": { "live": true } }, filter(&question.filter)]);
    let Some(words) = &question.words else {
        return Some(json!({ "bool": { "filter": filters } }));
    };
    let clauses = clauses(&words.text, words.prefix);
    if clauses.is_empty() {
        return None;
    }
    let stemmed = stemmed && spec.language.is_some();
    let must: Vec<Value> = clauses.iter().map(|clause| anywhere(words, clause, stemmed)).collect();
    Some(fresh(json!({ "bool": { "filter": filters, "must": must } }), question.sort))
}

/// [`engine::search::Recency`] in the words of the server.
fn fresh(query: Value, sort: Sort) -> Value {
    let Sort::Fresh(recency) = sort else { return query };
    let name = field(recency.field);
    let decay = json!({ &name: {
        "origin": stored(recency.now), "scale": recency.half_life.max(1), "decay": 0.5,
    } });
    let bonus = json!({
        "filter": { "exists": { "field": name } }, "exp": decay,
        "weight": f64::from(recency.weight) / 100.0,
    });
    json!({ "function_score": {
        "query": query, "functions": [{ "weight": 1 }, bonus],
        "score_mode": "sum", "boost_mode": "multiply",
    } })
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
fn anywhere(words: &Words, clause: &Clause, stemmed: bool) -> Value {
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
    if let ([token], true) = (clause.tokens.as_slice(), stemmed) {
        places.extend(stems::places(words, token));
    }
    json!({ "dis_max": { "queries": places } })
}
