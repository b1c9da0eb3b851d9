//! Questions as Tantivy's queries, built from parts: no text is ever parsed as a query.

use std::ops::Bound;

use engine::search::{
    Filter, Question, Words,
    analysis::{Clause, clauses},
};
use tantivy::{
    TantivyError, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery,
        InvertedIndexRangeQuery, Occur, PhrasePrefixQuery, PhraseQuery, Query, RangeQuery,
        TermQuery,
    },
    schema::{Field, IndexRecordOption},
};

use crate::generation::Fields;

/// The most words that the end of a phrase may stand for.
const MOST_ENDINGS: u32 = 10_000;

type Part = Box<dyn Query>;

/// `None`: nothing can be found.
pub(crate) fn query(fields: &Fields, question: &Question) -> Result<Option<Part>, TantivyError> {
    let live = exact(Term::from_field_u64(fields.live, 1));
    let mut parts = vec![
        (Occur::Must, unscored(live)),
        (Occur::Must, unscored(filter(fields, &question.filter)?)),
    ];
    if let Some(words) = &question.words {
        let clauses = clauses(&words.text, words.prefix);
        if clauses.is_empty() {
            return Ok(None);
        }
        for clause in &clauses {
            parts.push((Occur::Must, anywhere(fields, words, clause)?));
        }
    }
    Ok(Some(Box::new(BooleanQuery::new(parts))))
}

fn unscored(part: Part) -> Part {
    Box::new(ConstScoreQuery::new(part, 0.0))
}

fn exact(term: Term) -> Part {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn filter(fields: &Fields, asked: &Filter) -> Result<Part, TantivyError> {
    let each = |filters: &[Filter], occur| -> Result<Vec<(Occur, Part)>, TantivyError> {
        filters.iter().map(|part| Ok((occur, filter(fields, part)?))).collect()
    };
    Ok(match asked {
        Filter::All(filters) if filters.is_empty() => Box::new(AllQuery),
        Filter::All(filters) => Box::new(BooleanQuery::new(each(filters, Occur::Must)?)),
        Filter::Any(filters) if filters.is_empty() => Box::new(EmptyQuery),
        Filter::Any(filters) => Box::new(BooleanQuery::new(each(filters, Occur::Should)?)),
        Filter::Not(not) => {
            let all: Part = Box::new(AllQuery);
            let parts = vec![(Occur::Must, all), (Occur::MustNot, filter(fields, not)?)];
            Box::new(BooleanQuery::new(parts))
        }
        Filter::Has(name, word) => exact(Term::from_field_text(fields.get(name)?, word)),
        Filter::Between(_, from, to) if from > to => Box::new(EmptyQuery),
        Filter::Between(name, from, to) => {
            let field = fields.get(name)?;
            let bound = |number| Bound::Included(Term::from_field_u64(field, number));
            Box::new(RangeQuery::new(bound(*from), bound(*to)))
        }
    })
}

/// A clause in any of the fields; the best of them counts.
fn anywhere(fields: &Fields, words: &Words, clause: &Clause) -> Result<Part, TantivyError> {
    let mut places = Vec::new();
    for (name, weight) in &words.fields {
        let weight = *weight as f32 / 100.0;
        for (part, share) in standing(fields.get(name)?, clause) {
            let place: Part = Box::new(BoostQuery::new(part, weight * share));
            places.push(place);
        }
    }
    Ok(Box::new(DisjunctionMaxQuery::new(places)))
}

/// The ways in which a clause may stand in a field, with their shares of its weight.
fn standing(field: Field, clause: &Clause) -> Vec<(Part, f32)> {
    let terms: Vec<_> =
        clause.tokens.iter().map(|token| Term::from_field_text(field, token)).collect();
    match (clause.tokens.as_slice(), clause.prefix) {
        ([], _) => vec![],
        ([start], prefix) => {
            let word = TermQuery::new(terms[0].clone(), IndexRecordOption::WithFreqs);
            let mut ways: Vec<(Part, f32)> = vec![(Box::new(word), 1.0)];
            if prefix {
                // The whole word is worth more than a word that begins with it.
                ways.push((unfinished(field, start), 0.5));
            }
            ways
        }
        (_, false) => vec![(Box::new(PhraseQuery::new(terms)), 1.0)],
        (_, true) => {
            let mut phrase = PhrasePrefixQuery::new(terms);
            phrase.set_max_expansions(MOST_ENDINGS);
            vec![(Box::new(phrase), 1.0)]
        }
    }
}

/// Words that begin so: a range of the sorted words.
fn unfinished(field: Field, start: &str) -> Part {
    let from = Bound::Included(Term::from_field_text(field, start));
    let to = match after_all(start) {
        Some(end) => Bound::Excluded(Term::from_field_text(field, &end)),
        None => Bound::Unbounded,
    };
    Box::new(ConstScoreQuery::new(Box::new(InvertedIndexRangeQuery::new(from, to)), 1.0))
}

/// The least text that sorts after all that begin so; UTF-8 sorts as its characters do.
fn after_all(start: &str) -> Option<String> {
    let mut end = start.to_owned();
    while let Some(last) = end.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}
