//! Lines that a shipper wrote into the search engine, as the data stream of `deploy/logstash` and `deploy/rsyslog`.

use elasticsearch_adapter::ElasticSearch;
use serde_json::{Value, json};
use social::logs::{LogError, LogLine, LogPage, LogQuery, LogSource};

/// The data stream.
const STREAM: &str = "logs-sociosphere-default";
/// A page reaches no further behind one moment: so many lines have the same millisecond.
const DEEPEST: usize = 5_000;

/// The lines in a search engine.
pub struct SearchLogs(ElasticSearch);

impl SearchLogs {
    /// Where search is such an engine. Nobody is asked yet.
    pub fn open(url: &str) -> Option<SearchLogs> {
        ElasticSearch::connect(url, Vec::new()).ok().map(SearchLogs)
    }

    /// A page; none where nothing was ever shipped.
    pub async fn page(&self, query: &LogQuery) -> Result<Option<LogPage>, LogError> {
        let start = match query.cursor.as_deref() {
            None => None,
            Some(cursor) => Some(parse(cursor).ok_or(LogError::Cursor)?),
        };
        let asked = self.0.look_up(STREAM, &question(query, start)).await;
        let answer = asked.map_err(|error| LogError::Unavailable(error.to_string()))?;
        Ok(answer.map(|answer| read(&answer, query.limit, start)))
    }
}

/// `1795435200000-2`: the moment of the last line that was shown, and how many of that moment were.
fn parse(cursor: &str) -> Option<(u64, usize)> {
    let (ms, shown) = cursor.split_once('-')?;
    let good = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !good(ms) || !good(shown) {
        return None;
    }
    Some((ms.parse().ok()?, shown.parse().ok().filter(|shown| *shown <= DEEPEST)?))
}

fn question(query: &LogQuery, start: Option<(u64, usize)>) -> Value {
    let mut all = Vec::new();
    if let Some(level) = query.level {
        let words: Vec<_> = level.and_graver().into_iter().map(|level| level.as_str()).collect();
        all.push(json!({"terms": {"log.level": words}}));
    }
    if !query.target.is_empty() {
        all.push(json!({"prefix": {"log.logger": query.target}}));
    }
    if !query.text.is_empty() {
        all.push(json!({"match_phrase_prefix": {"message": query.text}}));
    }
    if !query.request.is_empty() {
        all.push(json!({"bool": {"should": [
            {"term": {"trace.id": query.request}},
            {"term": {"http.request.id": query.request}},
        ]}}));
    }
    let until = query.until_ms.into_iter().chain(start.map(|(ms, _)| ms)).min();
    let mut range = serde_json::Map::new();
    range.extend(query.since_ms.map(|ms| ("gte".to_owned(), ms.into())));
    range.extend(until.map(|ms| ("lte".to_owned(), ms.into())));
    if !range.is_empty() {
        range.insert("format".to_owned(), "epoch_millis".into());
        all.push(json!({"range": {"@timestamp": range}}));
    }
    json!({
        "size": query.limit,
        "from": start.map_or(0, |(_, shown)| shown),
        "track_total_hits": false,
        "query": {"bool": {"filter": all}},
        // Of one millisecond: any order, as long as it is the same on the next page.
        "sort": [{"@timestamp": {"order": "desc"}}, {"log.logger": {"order": "asc"}}, "_doc"],
    })
}

fn read(answer: &Value, limit: usize, start: Option<(u64, usize)>) -> LogPage {
    let hits: &[Value] = answer["hits"]["hits"].as_array().map_or(&[], Vec::as_slice);
    let lines = hits.iter().filter_map(|hit| {
        let fields = hit["_source"].as_object()?.clone();
        Some(LogLine::of(hit["_id"].as_str().unwrap_or_default().to_owned(), fields))
    });
    let moment = |hit: &Value| hit["sort"][0].as_u64();
    let last = hits.last().filter(|_| hits.len() == limit).and_then(moment);
    let next = last.map(|last| {
        let same = hits.iter().filter(|hit| moment(hit) == Some(last)).count();
        let before = start.filter(|(ms, _)| *ms == last).map_or(0, |(_, shown)| shown);
        (last, same + before)
    });
    // More of one millisecond than any page reaches: the walk goes on below it.
    let next = next.map(|(ms, shown)| match shown > DEEPEST {
        true => format!("{}-0", ms.saturating_sub(1)),
        false => format!("{ms}-{shown}"),
    });
    LogPage { lines: lines.collect(), next, source: LogSource::Search }
}

#[cfg(test)]
mod tests {
    use social::logs::Level;

    use super::*;

    #[test]
    fn a_question_has_every_filter_and_begins_where_the_page_before_ended() {
        let query = LogQuery {
            level: Some(Level::Warn),
            target: "social".to_owned(),
            text: "broken".to_owned(),
            request: "abc".to_owned(),
            since_ms: Some(5),
            until_ms: Some(90),
            cursor: None,
            limit: 2,
        };
        let asked = question(&query, Some((70, 2)));
        let filters = asked["query"]["bool"]["filter"].as_array().unwrap();
        assert_eq!(filters[0], json!({"terms": {"log.level": ["error", "warn"]}}));
        assert_eq!(filters[4]["range"]["@timestamp"]["lte"], 70);
        assert_eq!((&asked["from"], filters.len()), (&json!(2), 5));
    }

    #[test]
    fn a_full_page_leads_on_behind_its_last_moment() {
        let hit = |ms: u64| {
            let source = json!({"@timestamp": "x", "message": "m", "log.level": "info", "a.b": 1});
            json!({"_id": "i", "_source": source, "sort": [ms, "l", 1]})
        };
        let answer = json!({"hits": {"hits": [hit(9), hit(7), hit(7)]}});
        let page = read(&answer, 3, None);
        assert_eq!((page.next.as_deref(), page.lines[0].message.as_str()), (Some("7-2"), "m"));
        assert_eq!(page.lines[0].fields, *json!({"a.b": 1}).as_object().unwrap());
        let same = json!({"hits": {"hits": [hit(7), hit(7), hit(7)]}});
        assert_eq!(read(&same, 3, Some((7, 2))).next.as_deref(), Some("7-5"));
        assert_eq!(read(&same, 4, None).next, None);
        for wrong in ["", "7", "7-", "-2", "7-99999", "x-1", "+7-1"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
