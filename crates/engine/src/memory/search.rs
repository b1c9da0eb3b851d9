//! The memory engine of search: looks through every document. Slow, and the reference of what is found.

use std::{cmp::Reverse, collections::HashMap};

use async_trait::async_trait;
use parking_lot::RwLock;

use crate::search::{
    Bookmark, Change, Cursor, Document, Filter, Found, IndexSpec, Place, Question, Rank, Search,
    SearchError, Sort, Start, Value, Words,
    analysis::{Clause, clauses, tokens},
    check_document, check_question, find_spec,
};

/// Search that lives as long as its process.
#[derive(Default)]
pub struct MemorySearch {
    specs: Vec<IndexSpec>,
    indexes: RwLock<HashMap<&'static str, Index>>,
}

#[derive(Default)]
struct Index {
    now: Documents,
    /// The twin that a rebuild fills.
    twin: Option<Documents>,
}

/// Documents by id. A removed one leaves its version behind, so that a late write stays out.
type Documents = HashMap<u64, Known>;

struct Known {
    version: u64,
    fields: Option<HashMap<&'static str, Field>>,
}

enum Field {
    Tokens(Vec<String>),
    Keywords(Vec<String>),
    Number(u64),
}

impl MemorySearch {
    /// Empty indexes of these forms.
    pub fn new(specs: Vec<IndexSpec>) -> Self {
        let indexes = specs.iter().map(|spec| (spec.name, Index::default())).collect();
        Self { specs, indexes: RwLock::new(indexes) }
    }

    fn with<T>(
        &self,
        name: &'static str,
        change: impl FnOnce(&mut Index) -> Result<T, SearchError>,
    ) -> Result<T, SearchError> {
        find_spec(&self.specs, name)?;
        change(self.indexes.write().entry(name).or_default())
    }
}

#[async_trait]
impl Search for MemorySearch {
    async fn write(&self, index: &'static str, changes: Vec<Change>) -> Result<(), SearchError> {
        let spec = find_spec(&self.specs, index)?;
        for change in &changes {
            if let Change::Put(document) = change {
                check_document(spec, document)?;
            }
        }
        self.with(index, |index| {
            for change in &changes {
                apply(&mut index.now, change);
                if let Some(twin) = &mut index.twin {
                    apply(twin, change);
                }
            }
            Ok(())
        })
    }

    async fn refresh(&self) -> Result<(), SearchError> {
        Ok(())
    }

    async fn ask(&self, mut question: Question) -> Result<Found, SearchError> {
        check_question(&self.specs, &question)?;
        let after = match &question.start {
            Start::After(cursor) => {
                let mark = Bookmark::read(cursor, &question)?;
                if let Sort::Fresh(recency) = &mut question.sort {
                    recency.now = mark.now;
                }
                Rank::read(&mark.place)
            }
            Start::At(_) | Start::Walk => None,
        };
        let asked =
            question.words.as_ref().map(|words| (words, clauses(&words.text, words.prefix)));
        let indexes = self.indexes.read();
        let mut hits = Vec::new();
        for (&id, known) in indexes.get(question.index).iter().flat_map(|index| &index.now) {
            let Some(fields) = &known.fields else { continue };
            let score = match &asked {
                Some((words, clauses)) => score(fields, words, clauses),
                None => Some(0),
            };
            if let Some(score) = score.filter(|_| holds(fields, &question.filter)) {
                hits.push(Rank { place: place(fields, question.sort, score), id: Reverse(id) });
            }
        }
        hits.sort_unstable();
        let total = hits.len() as u64;
        let (offset, limit) = question.window();
        let behind = hits.into_iter().filter(|hit| after.as_ref().is_none_or(|after| hit > after));
        let page: Vec<Rank> = behind.skip(offset).take(limit).collect();
        let next = page.last().filter(|_| page.len() == limit).map(|last| {
            let now = match question.sort {
                Sort::Fresh(recency) => recency.now,
                Sort::Relevance | Sort::Descending(_) | Sort::Ascending(_) => 0,
            };
            Bookmark { moment: String::new(), now, place: last.text() }.cursor(&question)
        });
        let walks = !matches!(question.start, Start::At(_));
        let ids = page.iter().map(|hit| hit.id.0).collect();
        Ok(Found { ids, total, next: next.filter(|_| walks) })
    }

    async fn leave(&self, _: Cursor) -> Result<(), SearchError> {
        // Nothing is kept for a walk: scores here do not depend on other documents.
        Ok(())
    }

    async fn rebuild(&self, index: &'static str) -> Result<(), SearchError> {
        self.with(index, |index| {
            index.twin = Some(Documents::new());
            Ok(())
        })
    }

    async fn refill(
        &self,
        index: &'static str,
        documents: Vec<Document>,
    ) -> Result<(), SearchError> {
        let spec = find_spec(&self.specs, index)?;
        documents.iter().try_for_each(|document| check_document(spec, document))?;
        self.with(index, |index| {
            let twin = index.twin.as_mut().ok_or_else(no_rebuild)?;
            documents.into_iter().for_each(|document| apply(twin, &Change::Put(document)));
            Ok(())
        })
    }

    async fn swap(&self, index: &'static str) -> Result<(), SearchError> {
        self.with(index, |index| {
            index.now = index.twin.take().ok_or_else(no_rebuild)?;
            Ok(())
        })
    }
}

fn no_rebuild() -> SearchError {
    SearchError::Refused("no rebuild is under way".to_owned())
}

fn apply(documents: &mut Documents, change: &Change) {
    let (id, version) = match change {
        Change::Put(document) => (document.id, document.version),
        Change::Delete { id, version } => (*id, *version),
    };
    if documents.get(&id).is_some_and(|known| known.version > version) {
        return;
    }
    let fields = match change {
        Change::Put(document) => Some(document.values.iter().map(analysed).collect()),
        Change::Delete { .. } => None,
    };
    documents.insert(id, Known { version, fields });
}

fn analysed((name, value): &(&'static str, Value)) -> (&'static str, Field) {
    let field = match value {
        Value::Text(text) => Field::Tokens(tokens(text)),
        Value::Keywords(words) => Field::Keywords(words.clone()),
        Value::Number(number) => Field::Number(*number),
    };
    (*name, field)
}

/// `None` unless every clause is found; then the weights of the best fields, summed.
fn score(fields: &HashMap<&'static str, Field>, words: &Words, clauses: &[Clause]) -> Option<u64> {
    if clauses.is_empty() {
        return None;
    }
    clauses.iter().try_fold(0, |sum, clause| {
        let found = words.fields.iter().filter(|(name, _)| match fields.get(name) {
            Some(Field::Tokens(tokens)) => stands_in(clause, tokens),
            Some(Field::Keywords(_) | Field::Number(_)) | None => false,
        });
        Some(sum + u64::from(found.map(|(_, weight)| *weight).max()?))
    })
}

fn stands_in(clause: &Clause, tokens: &[String]) -> bool {
    let Some((last, before)) = clause.tokens.split_last() else { return false };
    tokens.windows(clause.tokens.len()).any(|window| {
        let end = &window[before.len()];
        window[..before.len()] == *before
            && if clause.prefix { end.starts_with(last) } else { end == last }
    })
}

fn holds(fields: &HashMap<&'static str, Field>, filter: &Filter) -> bool {
    match filter {
        Filter::All(all) => all.iter().all(|filter| holds(fields, filter)),
        Filter::Any(any) => any.iter().any(|filter| holds(fields, filter)),
        Filter::Not(filter) => !holds(fields, filter),
        Filter::Has(name, word) => {
            matches!(fields.get(name), Some(Field::Keywords(words)) if words.contains(word))
        }
        Filter::Between(name, from, to) => {
            matches!(fields.get(name), Some(Field::Number(number)) if (from..=to).contains(&number))
        }
    }
}

fn place(fields: &HashMap<&'static str, Field>, sort: Sort, score: u64) -> Place {
    let number = |name| match fields.get(name) {
        Some(Field::Number(number)) => Some(*number),
        Some(Field::Tokens(_) | Field::Keywords(_)) | None => None,
    };
    let by = |name, descending| match fields.get(name) {
        Some(Field::Keywords(words)) => {
            let word = if descending { words.iter().max() } else { words.iter().min() };
            Place::word(word.cloned(), descending)
        }
        _ => Place::number(number(name), descending),
    };
    match sort {
        Sort::Relevance => Place::score(score as f64),
        Sort::Fresh(recency) => Place::score(score as f64 * recency.factor(number(recency.field))),
        Sort::Descending(name) => by(name, true),
        Sort::Ascending(name) => by(name, false),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn open(specs: Vec<IndexSpec>) -> (Arc<MemorySearch>, ()) {
        (Arc::new(MemorySearch::new(specs)), ())
    }

    crate::search_contract!(open);
}
