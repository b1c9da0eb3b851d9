//! Search: documents, full text, filters and sorts; a derived index that can always be rebuilt.
//!
//! An index is declared by its fields. Text is folded (case, accents) and split by Unicode words, CJK by
//! bigrams; every engine finds the same documents for the same question (the order may differ where scores
//! tie). Filters decide inside the query, so totals never count what a filter hides.

pub mod analysis;

use async_trait::async_trait;

/// The declaration of an index.
#[derive(Clone, Debug)]
pub struct IndexSpec {
    /// Lower-case name.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [(&'static str, FieldKind)],
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

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Best first.
    Relevance,
    /// Largest first.
    Descending(&'static str),
    /// Smallest first.
    Ascending(&'static str),
}

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
    pub offset: usize,
    /// Page size.
    pub limit: usize,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Ids in order.
    pub ids: Vec<u64>,
    /// How many there are in all.
    pub total: u64,
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
/// answers and writes reach both; no text a person types is an error.
#[async_trait]
pub trait Search: Send + Sync + 'static {
    /// Applies changes to an index.
    async fn write(&self, index: &'static str, changes: Vec<Change>) -> Result<(), SearchError>;

    /// Makes all earlier writes visible to questions that follow.
    async fn refresh(&self) -> Result<(), SearchError>;

    /// Answers a question.
    async fn ask(&self, question: Question) -> Result<Found, SearchError>;

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
        Sort::Descending(name) | Sort::Ascending(name) => {
            check_field(spec, name, FieldKind::Number)?
        }
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
    match spec.fields.iter().find(|(field, _)| *field == name) {
        Some((_, declared)) if *declared == kind => Ok(()),
        Some(_) => Err(SearchError::Refused(format!("{}.{name} is not of this kind", spec.name))),
        None => Err(SearchError::Refused(format!("no field {}.{name}", spec.name))),
    }
}
