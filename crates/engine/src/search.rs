//! Search: documents, full text, filters and sorts; a derived index that can always be rebuilt.
//!
//! An index is declared by its fields. Text is folded (case, accents) and split by Unicode words, CJK by
//! bigrams; every engine finds the same documents for the same question. The order is the same where it is asked for by a
//! field; by relevance it is each engine's own, within what the contract says. Filters decide inside the query, so totals
//! never count what a filter hides.
//!
//! An engine may stem as well ([`IndexSpec::language`]): it then finds more, and only there.

pub mod analysis;
mod walk;

pub use walk::{Bookmark, Cursor, Place, Rank};

use async_trait::async_trait;

/// The declaration of an index.
#[derive(Clone, Debug)]
pub struct IndexSpec {
    /// Lower-case name.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [(&'static str, FieldKind)],
    /// The `Keywords` field that says in which languages a document's texts are (`en`, `pt-BR`): an engine that can stem
    /// finds other forms of their words, too, for less than the word itself.
    pub language: Option<&'static str>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words to find, also by prefix.
    Text,
    /// Exact words, several per document.
    Keywords,
    /// A number to filter and sort by, up to 2^63.
    Number,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// For `Text`.
    Text(String),
    /// For `Keywords`.
    Keywords(Vec<String>),
    /// For `Number`.
    Number(u64),
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its id, unique in the index.
    pub id: u64,
    /// A write with a smaller version than the one known does nothing.
    pub version: u64,
    /// Its values by field name.
    pub values: Vec<(&'static str, Value)>,
}

/// A change of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds or replaces.
    Put(Document),
    /// Removes, if not newer than this version.
    Delete {
        /// Document.
        id: u64,
        /// As in [`Document::version`].
        version: u64,
    },
}

/// A condition. Never scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of them (an empty list is true).
    All(Vec<Filter>),
    /// At least one of them (an empty list is false).
    Any(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A `Keywords` field has this word.
    Has(&'static str, String),
    /// A `Number` field lies in these inclusive bounds.
    Between(&'static str, u64, u64),
}

/// Words to find: all of them, in any of the fields; with `prefix` the last one may be the start of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// `Text` fields with their weights.
    pub fields: Vec<(&'static str, Weight)>,
    /// What the person typed; a `"quoted part"` must stand together.
    pub text: String,
    /// As you type.
    pub prefix: bool,
}

/// A weight, in hundredths, so that questions can be compared.
pub type Weight = u32;

/// In which order. What is equal comes newest id first; documents without the field come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Best first.
    Relevance,
    /// Best first, and newer ones count for more.
    Fresh(Recency),
    /// Largest first: a number, or the greatest of the keywords (as UTF-8 sorts).
    Descending(&'static str),
    /// Smallest first: a number, or the least of the keywords.
    Ascending(&'static str),
}

/// How much more a new document counts: its score is multiplied by `1 + weight · 2^(-|now - field| / half_life)`.
///
/// The decay is Elasticsearch's `exp` with `decay: 0.5` (reference, "Function score query: decay functions"). It is added to
/// one, not multiplied alone, so that age never makes up for more than `1 + weight`: an old document that fits far better
/// stays above. A document without the field counts as it is. Ages are exact to a thousandth of a `half_life`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recency {
    /// A `Number` field: a time.
    pub field: &'static str,
    /// The present, in the same unit. A walk keeps that of its first page.
    pub now: u64,
    /// After so long, half of the bonus is left; 0 is 1.
    pub half_life: u64,
    /// The bonus of what is made this moment, in hundredths of the score.
    pub weight: Weight,
}

impl Recency {
    /// By what a score is multiplied.
    pub fn factor(&self, value: Option<u64>) -> f64 {
        let Some(value) = value else { return 1.0 };
        let age = self.now.abs_diff(value) as f64 / self.half_life.max(1) as f64;
        1.0 + f64::from(self.weight) / 100.0 * (-age).exp2()
    }
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// So many behind the first, as of now. What lies behind [`DEEPEST`] is not shown: walk there.
    At(usize),
    /// At the first, and on from there page by page ([`Found::next`]).
    Walk,
    /// Behind the page that gave this.
    After(Cursor),
}

/// How far [`Start::At`] reaches, and the largest page.
pub const DEEPEST: usize = 10_000;

/// A walk may rest so long between two pages; then it goes on as of now.
pub const WALK_RESTS: std::time::Duration = std::time::Duration::from_secs(60);

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Index name.
    pub index: &'static str,
    /// Words, if any.
    pub words: Option<Words>,
    /// What must hold.
    pub filter: Filter,
    /// Order.
    pub sort: Sort,
    /// Page start.
    pub start: Start,
    /// Page size.
    pub limit: usize,
}

impl Question {
    /// How many behind the first the page begins, and how many it has at most.
    pub fn window(&self) -> (usize, usize) {
        match self.start {
            Start::At(offset) => (offset, self.limit.min(DEEPEST.saturating_sub(offset))),
            Start::Walk | Start::After(_) => (0, self.limit.min(DEEPEST)),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Ids in order.
    pub ids: Vec<u64>,
    /// How many there are in all.
    pub total: u64,
    /// The next page of a walk. The last page gives none, or the one behind it is empty.
    pub next: Option<Cursor>,
}

/// Why search did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No such index or field, or a value of another kind: a defect of the caller.
    #[error("search refuses: {0}")]
    Refused(String),
    /// The engine is away.
    #[error("search is unavailable: {0}")]
    Unavailable(String),
}

/// Full text and filters. Guarantees, each one a test of [`crate::contract::search`]: after `refresh` every
/// earlier write is found; a late write with an older version never wins; during a rebuild the old index
/// answers and writes reach both; no text a person types is an error; a walk meets every document that stays as it is
/// exactly once, whatever is written meanwhile.
#[async_trait]
pub trait Search: Send + Sync + 'static {
    /// Applies changes to an index.
    async fn write(&self, index: &'static str, changes: Vec<Change>) -> Result<(), SearchError>;

    /// Makes all earlier writes visible to questions that follow.
    async fn refresh(&self) -> Result<(), SearchError>;

    /// Answers a question.
    async fn ask(&self, question: Question) -> Result<Found, SearchError>;

    /// Gives a walk up before its end. One that is merely forgotten ends by itself, after [`WALK_RESTS`].
    async fn leave(&self, cursor: Cursor) -> Result<(), SearchError>;

    /// Starts an empty twin of an index; later writes go to both, questions to the old one.
    async fn rebuild(&self, index: &'static str) -> Result<(), SearchError>;

    /// Adds documents to the twin only.
    async fn refill(
        &self,
        index: &'static str,
        documents: Vec<Document>,
    ) -> Result<(), SearchError>;

    /// The twin takes the index's place.
    async fn swap(&self, index: &'static str) -> Result<(), SearchError>;
}

impl IndexSpec {
    /// What a field holds.
    pub fn kind(&self, name: &str) -> Option<FieldKind> {
        let field = self.fields.iter().find(|(field, _)| *field == name);
        field.map(|(_, kind)| *kind)
    }
}

/// The declaration of an index by its name.
pub fn find_spec<'a>(specs: &'a [IndexSpec], index: &str) -> Result<&'a IndexSpec, SearchError> {
    let found = specs.iter().find(|spec| spec.name == index);
    found.ok_or_else(|| SearchError::Refused(format!("no index {index}")))
}

/// Whether a document's values are of the kinds that its index declares.
pub fn check_document(spec: &IndexSpec, document: &Document) -> Result<(), SearchError> {
    for (number, (name, value)) in document.values.iter().enumerate() {
        let kind = match value {
            Value::Text(_) => FieldKind::Text,
            Value::Keywords(_) => FieldKind::Keywords,
            Value::Number(_) => FieldKind::Number,
        };
        check_field(spec, name, kind)?;
        if matches!(value, Value::Number(number) if *number > 1 << 63) {
            return Err(SearchError::Refused(format!("a number beyond 2^63 in {name}")));
        }
        if document.values[..number].iter().any(|(earlier, _)| earlier == name) {
            return Err(SearchError::Refused(format!("{name} twice in one document")));
        }
    }
    Ok(())
}

/// Whether a question asks an index that there is by fields that it has.
pub fn check_question(specs: &[IndexSpec], question: &Question) -> Result<(), SearchError> {
    let spec = find_spec(specs, question.index)?;
    for (name, _) in question.words.iter().flat_map(|words| &words.fields) {
        check_field(spec, name, FieldKind::Text)?;
    }
    match question.sort {
        Sort::Relevance => {}
        Sort::Fresh(recency) => check_field(spec, recency.field, FieldKind::Number)?,
        Sort::Descending(name) | Sort::Ascending(name) => {
            let number = check_field(spec, name, FieldKind::Number);
            number.or_else(|_| check_field(spec, name, FieldKind::Keywords))?;
        }
    }
    if let Start::After(cursor) = &question.start {
        Bookmark::read(cursor, question)?;
    }
    check_filter(spec, &question.filter)
}

fn check_filter(spec: &IndexSpec, filter: &Filter) -> Result<(), SearchError> {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => {
            filters.iter().try_for_each(|filter| check_filter(spec, filter))
        }
        Filter::Not(filter) => check_filter(spec, filter),
        Filter::Has(name, _) => check_field(spec, name, FieldKind::Keywords),
        Filter::Between(name, _, _) => check_field(spec, name, FieldKind::Number),
    }
}

fn check_field(spec: &IndexSpec, name: &str, kind: FieldKind) -> Result<(), SearchError> {
    match spec.kind(name) {
        Some(declared) if declared == kind => Ok(()),
        Some(_) => Err(SearchError::Refused(format!("{}.{name} is not of this kind", spec.name))),
        None => Err(SearchError::Refused(format!("no field {}.{name}", spec.name))),
    }
}
