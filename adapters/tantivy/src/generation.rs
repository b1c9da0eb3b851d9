//! One generation of an index: its folder, its fields, and how it answers.

use std::{collections::HashMap, fs, path::Path};

use engine::search::{Document, FieldKind, IndexSpec, Question, Rank, Value};
use tantivy::{
    DocSet, Index, IndexReader, ReloadPolicy, Searcher, TERMINATED, TantivyDocument, TantivyError,
    Term,
    directory::MmapDirectory,
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use crate::{
    query::query,
    top::{Ranks, Top},
    words,
};

pub(crate) const ID: &str = "_id";
const VERSION: &str = "_version";
const LIVE: &str = "_live";

pub(crate) struct Generation {
    pub(crate) index: Index,
    pub(crate) fields: Fields,
    reader: IndexReader,
}

/// The fields by name, and ours.
pub(crate) struct Fields {
    by_name: HashMap<&'static str, Field>,
    pub(crate) id: Field,
    version: Field,
    /// Set unless the document only remembers the version of a removed one.
    pub(crate) live: Field,
}

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Result<Field, TantivyError> {
        let field = self.by_name.get(name).copied();
        field.ok_or_else(|| TantivyError::FieldNotFound(name.to_owned()))
    }

    pub(crate) fn id(&self, id: u64) -> Term {
        Term::from_field_u64(self.id, id)
    }

    /// A document as Tantivy takes it.
    pub(crate) fn document(&self, document: &Document) -> Result<TantivyDocument, TantivyError> {
        let mut fields = self.nothing(document.id, document.version);
        fields.add_u64(self.live, 1);
        for (name, value) in &document.values {
            let field = self.get(name)?;
            match value {
                Value::Text(text) => fields.add_text(field, text),
                Value::Keywords(words) => {
                    words.iter().for_each(|word| fields.add_text(field, word))
                }
                Value::Number(number) => fields.add_u64(field, *number),
            }
        }
        Ok(fields)
    }

    /// What remains of a removed document.
    pub(crate) fn nothing(&self, id: u64, version: u64) -> TantivyDocument {
        let mut fields = TantivyDocument::default();
        fields.add_u64(self.id, id);
        fields.add_u64(self.version, version);
        fields
    }
}

fn schema(spec: &IndexSpec) -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing = |tokenizer, option| {
        let indexing =
            TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let id = schema.add_u64_field(ID, INDEXED | FAST);
    let version = schema.add_u64_field(VERSION, FAST);
    let live = schema.add_u64_field(LIVE, INDEXED);
    let mut by_name = HashMap::new();
    for (name, kind) in spec.fields {
        let field = match kind {
            FieldKind::Text => schema.add_text_field(
                name,
                indexing(words::NAME, IndexRecordOption::WithFreqsAndPositions),
            ),
            FieldKind::Keywords => {
                let words = indexing("raw", IndexRecordOption::Basic);
                // As a column, too, to sort by.
                schema.add_text_field(name, words.set_fast("raw"))
            }
            FieldKind::Number => schema.add_u64_field(name, INDEXED | FAST),
        };
        by_name.insert(*name, field);
    }
    (schema.build(), Fields { by_name, id, version, live })
}

impl Generation {
    /// An empty one.
    pub(crate) fn create(folder: &Path, spec: &IndexSpec) -> Result<Self, TantivyError> {
        fs::create_dir_all(folder)?;
        let (schema, fields) = schema(spec);
        Self::new(Index::create_in_dir(folder, schema)?, fields)
    }

    /// The one that is there, if it is whole and of this form.
    pub(crate) fn open(folder: &Path, spec: &IndexSpec) -> Result<Self, TantivyError> {
        let (schema, fields) = schema(spec);
        let index = Index::open(MmapDirectory::open(folder)?)?;
        if index.schema() != schema {
            return Err(TantivyError::SchemaError("the index has another form".to_owned()));
        }
        Self::new(index, fields)
    }

    fn new(index: Index, fields: Fields) -> Result<Self, TantivyError> {
        index.tokenizers().register(words::NAME, words::EngineWords);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, fields, reader })
    }

    /// Shows the last commit to questions that follow.
    pub(crate) fn reload(&self) -> Result<(), TantivyError> {
        self.reader.reload()
    }

    /// The last commit, as it stays.
    pub(crate) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    pub(crate) fn ask(
        &self,
        searcher: &Searcher,
        question: &Question,
        spec: &IndexSpec,
        after: Option<Rank>,
    ) -> Result<Ranks, TantivyError> {
        let Some(query) = query(&self.fields, question)? else { return Ok(Ranks::default()) };
        searcher.search(&query, &Top::of(question, spec, after))
    }

    /// The version that the last commit has of a document, removed ones included.
    pub(crate) fn version(&self, id: u64) -> Result<Option<u64>, TantivyError> {
        let term = self.fields.id(id);
        for segment in self.reader.searcher().segment_readers() {
            let terms = segment.inverted_index(self.fields.id)?;
            let Some(mut places) = terms.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            while places.doc() != TERMINATED {
                if !segment.is_deleted(places.doc()) {
                    return Ok(segment.fast_fields().u64(VERSION)?.first(places.doc()));
                }
                places.advance();
            }
        }
        Ok(None)
    }
}
