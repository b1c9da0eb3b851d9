//! Walking through an answer page by page: where a document stands, and the cursor that remembers it.

use std::cmp::Reverse;

use super::{Question, SearchError, Sort};

/// Where the next page of a walk begins: a text that only its engine understands, and that fits one index and one order.
///
/// It is not signed. Whoever hands it to strangers signs it: it chooses, within one index, what moment is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(pub String);

/// Where a document stands in an order; the smallest comes first. No two documents stand at the same place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// By the order asked for.
    pub place: Place,
    /// Among equals the newest first.
    pub id: Reverse<u64>,
}

/// What an order sorts by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Smallest first; what sorts largest first stands here less its value.
    Number(u64),
    /// Keywords, smallest first.
    Word(String),
    /// Keywords, largest first.
    Back(Reverse<String>),
    /// Without a value: last.
    Nothing,
}

impl Place {
    /// Of a score, which is never negative: such numbers sort as their bits do.
    pub fn score(score: f64) -> Place {
        Place::Number(u64::MAX - score.to_bits())
    }

    /// Of a number or its absence.
    pub fn number(number: Option<u64>, descending: bool) -> Place {
        match (number, descending) {
            (None, _) => Place::Nothing,
            (Some(number), true) => Place::Number(u64::MAX - number),
            (Some(number), false) => Place::Number(number),
        }
    }

    /// Of a word or its absence.
    pub fn word(word: Option<String>, descending: bool) -> Place {
        match (word, descending) {
            (None, _) => Place::Nothing,
            (Some(word), true) => Place::Back(Reverse(word)),
            (Some(word), false) => Place::Word(word),
        }
    }
}

impl Rank {
    /// As a text for a bookmark.
    pub fn text(&self) -> String {
        let id = self.id.0;
        match &self.place {
            Place::Number(number) => format!("{id} n{number}"),
            Place::Word(word) => format!("{id} w{word}"),
            Place::Back(Reverse(word)) => format!("{id} b{word}"),
            Place::Nothing => format!("{id} -"),
        }
    }

    /// Of such a text.
    pub fn read(text: &str) -> Option<Rank> {
        let (id, place) = text.split_once(' ')?;
        let (kind, value) = place.split_at_checked(1)?;
        let place = match kind {
            "n" => Place::Number(value.parse().ok()?),
            "w" => Place::Word(value.to_owned()),
            "b" => Place::Back(Reverse(value.to_owned())),
            "-" => Place::Nothing,
            _ => return None,
        };
        Some(Rank { place, id: Reverse(id.parse().ok()?) })
    }
}

/// What a cursor holds: index and order, which must fit the question, and what the engine wants to know again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// The moment that the walk looks at, as the engine calls it; empty, or of letters, digits and `_-=+/`.
    pub moment: String,
    /// The present of the first page.
    pub now: u64,
    /// The last document that was shown: any text.
    pub place: String,
}

impl Bookmark {
    /// As a cursor for more of the same question.
    pub fn cursor(&self, question: &Question) -> Cursor {
        let place: String = self.place.bytes().map(|byte| format!("{byte:02x}")).collect();
        let (index, order) = (question.index, order(question.sort));
        Cursor(format!("{index}~{order}~{}~{}~{place}", self.now, self.moment))
    }

    /// Refused unless it was made for this index and this order.
    pub fn read(cursor: &Cursor, question: &Question) -> Result<Bookmark, SearchError> {
        let strange = || SearchError::Refused("this cursor is of another question".to_owned());
        let parts: Vec<&str> = cursor.0.split('~').collect();
        let [index, sort, now, moment, place] = parts[..] else { return Err(strange()) };
        let known = |c: char| c.is_ascii_alphanumeric() || "_-=+/".contains(c);
        if index != question.index || sort != order(question.sort) || !moment.chars().all(known) {
            return Err(strange());
        }
        let bytes: Option<Vec<u8>> = place
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let place = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(strange)?;
        let now = now.parse().map_err(|_| strange())?;
        Ok(Bookmark { moment: moment.to_owned(), now, place })
    }
}

fn order(sort: Sort) -> String {
    match sort {
        Sort::Relevance => "r".to_owned(),
        Sort::Fresh(recency) => format!("f-{}", recency.field),
        Sort::Descending(name) => format!("d-{name}"),
        Sort::Ascending(name) => format!("a-{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Filter, Start};

    #[test]
    fn a_cursor_brings_back_what_it_was_made_of_and_fits_nothing_else() {
        let question = |index, sort| {
            let filter = Filter::All(Vec::new());
            Question { index, words: None, filter, sort, start: Start::Walk, limit: 1 }
        };
        let places = [
            Place::Number(7),
            Place::Word("é~ \0".to_owned()),
            Place::Back(Reverse(String::new())),
            Place::Nothing,
        ];
        for place in places {
            let rank = Rank { place, id: Reverse(u64::MAX) };
            assert_eq!(Rank::read(&rank.text()), Some(rank.clone()));
            let mark = Bookmark { moment: "a_b=".to_owned(), now: 9, place: rank.text() };
            let asked = question("things", Sort::Ascending("size"));
            let cursor = mark.cursor(&asked);
            assert_eq!(Bookmark::read(&cursor, &asked), Ok(mark));
            for other in [
                question("others", Sort::Ascending("size")),
                question("things", Sort::Descending("size")),
                question("things", Sort::Relevance),
            ] {
                assert!(matches!(Bookmark::read(&cursor, &other), Err(SearchError::Refused(_))));
            }
        }
        for text in ["", "~~~~", "things~a-size~x~~", "things~a-size~1~\"~", "things~a-size~1~~é"]
        {
            let asked = question("things", Sort::Ascending("size"));
            assert!(Bookmark::read(&Cursor(text.to_owned()), &asked).is_err(), "{text}");
        }
    }

    #[test]
    fn better_scores_and_what_has_a_value_come_first() {
        assert!(Place::score(2.5) < Place::score(0.1));
        assert!(Place::score(0.0) < Place::Nothing);
        assert!(Place::number(Some(9), true) < Place::number(Some(1), true));
        assert!(Place::word(Some("a".to_owned()), false) < Place::word(None, false));
        assert!(Place::word(Some("b".to_owned()), true) < Place::word(Some("a".to_owned()), true));
    }
}
