//! Answers: one page by its number, or walks on a point in time with `search_after`.
//!
//! The two servers call a point in time differently. One that a server no longer has (it rested too long, or its index was
//! rebuilt) is opened anew, and the walk goes on behind the document where it stood.

use engine::search::{Bookmark, Cursor, Found, Question, SearchError, Sort, Start, WALK_RESTS};
use serde_json::{Value, json};

use crate::{
    ElasticSearch,
    client::Failure,
    query::{order, query},
};

impl ElasticSearch {
    pub(crate) async fn answer(&self, mut question: Question) -> Result<Found, SearchError> {
        let mark = match &question.start {
            Start::After(cursor) => Some(Bookmark::read(cursor, &question)?),
            Start::At(_) | Start::Walk => None,
        };
        if let (Sort::Fresh(recency), Some(mark)) = (&mut question.sort, &mark) {
            recency.now = mark.now;
        }
        let spec = engine::search::find_spec(&self.specs, question.index)?;
        let Some(query) = query(&question, spec, self.server.stems) else {
            return Ok(Found::default());
        };
        let (offset, limit) = question.window();
        let mut body = json!({
            "query": query, "sort": order(question.sort), "size": limit,
            "track_total_hits": true, "docvalue_fields": ["id"],
        });
        if matches!(question.start, Start::At(_)) || limit == 0 {
            body["from"] = if limit == 0 { 0 } else { offset }.into();
            let path = format!("{}/_search", self.alias(question.index));
            let answer = self.client.post(&path, Some(body.to_string())).await?;
            return Ok(Found { ids: ids(&answer), total: total(&answer), next: None });
        }
        let known = match &mark {
            Some(mark) => {
                let place: Option<Vec<Value>> = serde_json::from_str(&mark.place).ok();
                let strange = || SearchError::Refused("this is no cursor of ours".to_owned());
                body["search_after"] = place.ok_or_else(strange)?.into();
                match self.look(&mut body, &mark.moment).await {
                    // It does not have this moment, or its index, any more; or it never had.
                    Err(Failure::Said { status: 400 | 404 | 500 | 503, .. }) => None,
                    looked => Some(looked?),
                }
            }
            None => None,
        };
        let (answer, moment) = match known {
            Some(known) => known,
            None => {
                let moment = self.open_moment(question.index).await?;
                let looked = self.look(&mut body, &moment).await;
                if looked.is_err() {
                    self.close_moment(&moment).await;
                }
                looked?
            }
        };
        let mut found = Found { ids: ids(&answer), total: total(&answer), next: None };
        let last = answer["hits"]["hits"].as_array().and_then(|hits| hits.last());
        match last.filter(|_| found.ids.len() == limit) {
            Some(last) => {
                let now = match question.sort {
                    Sort::Fresh(recency) => recency.now,
                    Sort::Relevance | Sort::Descending(_) | Sort::Ascending(_) => 0,
                };
                let mark = Bookmark { moment, now, place: last["sort"].to_string() };
                found.next = Some(mark.cursor(&question));
            }
            None => self.close_moment(&moment).await,
        }
        Ok(found)
    }

    /// A page of a point in time, and how that is called now.
    async fn look(&self, body: &mut Value, moment: &str) -> Result<(Value, String), Failure> {
        let rest = format!("{}s", WALK_RESTS.as_secs());
        body["pit"] = json!({ "id": moment, "keep_alive": rest });
        let mut answer = self.client.post("_search", Some(body.to_string())).await?;
        let moment = match answer["pit_id"].take() {
            Value::String(renamed) => renamed,
            _ => moment.to_owned(),
        };
        Ok((answer, moment))
    }

    async fn open_moment(&self, index: &str) -> Result<String, Failure> {
        let (path, key) = match self.server.opensearch {
            true => ("_search/point_in_time", "pit_id"),
            false => ("_pit", "id"),
        };
        let path = format!("{}/{path}?keep_alive={}s", self.alias(index), WALK_RESTS.as_secs());
        let answer = self.client.post(&path, None).await?;
        Ok(answer[key].as_str().unwrap_or_default().to_owned())
    }

    /// One that is not closed ends by itself.
    async fn close_moment(&self, moment: &str) {
        let closed = match self.server.opensearch {
            true => {
                let body = json!({ "pit_id": [moment] });
                self.client.delete("_search/point_in_time", Some(body.to_string())).await
            }
            false => self.client.delete("_pit", Some(json!({ "id": moment }).to_string())).await,
        };
        if let Err(why) = closed {
            tracing::debug!("a point in time of search is left to end by itself: {why}");
        }
    }

    pub(crate) async fn leave_walk(&self, cursor: &Cursor) {
        if let Some(moment) = cursor.0.split('~').nth(3).filter(|moment| !moment.is_empty()) {
            self.close_moment(moment).await;
        }
    }
}

fn total(answer: &Value) -> u64 {
    answer["hits"]["total"]["value"].as_u64().unwrap_or(0)
}

fn ids(answer: &Value) -> Vec<u64> {
    let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
    hits.filter_map(|hit| hit["fields"]["id"][0].as_u64()).collect()
}
