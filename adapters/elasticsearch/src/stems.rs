//! Other forms of a word, where the server can stem: an extra beside the words that every engine finds.
//!
//! A text whose language is known is stored a second time, in a field of that language, with the server's own analyzer.
//! These analyzers stand in a module that a minimal server lacks; none of them needs settings of an index, so that an
//! index made without them can be widened where it is.

use engine::search::{Document, FieldKind, IndexSpec, Value as Held, Words, analysis::tokens};
use serde_json::{Map, Value, json};

/// Languages (ISO 639-1) and the analyzers that Elasticsearch and OpenSearch both bring for them. Scripts without spaces have
/// none: their pairs of characters are found as they are.
const LANGUAGES: &[(&str, &str)] = &[
    ("ar", "arabic"),
    ("bg", "bulgarian"),
    ("ca", "catalan"),
    ("cs", "czech"),
    ("da", "danish"),
    ("de", "german"),
    ("el", "greek"),
    ("en", "english"),
    ("es", "spanish"),
    ("fi", "finnish"),
    ("fr", "french"),
    ("hu", "hungarian"),
    ("it", "italian"),
    ("nl", "dutch"),
    ("no", "norwegian"),
    ("pt", "portuguese"),
    ("ro", "romanian"),
    ("ru", "russian"),
    ("sv", "swedish"),
    ("tr", "turkish"),
];

/// Another form of a word weighs so much of the word itself.
const SHARE: f64 = 0.3;

/// The language of a tag (`pt-BR`), if it has stems.
fn language(tag: &str) -> Option<&'static str> {
    let primary = tag.split(['-', '_']).next()?.to_ascii_lowercase();
    let primary = if matches!(primary.as_str(), "nb" | "nn") { "no" } else { &primary };
    LANGUAGES.iter().find(|(language, _)| *language == primary).map(|(language, _)| *language)
}

fn field(language: &str, name: &str) -> String {
    format!("s_{language}_{name}")
}

/// The fields of an index that hold stems.
pub fn properties(spec: &IndexSpec, into: &mut Value) {
    if spec.language.is_none() {
        return;
    }
    for (name, _) in spec.fields.iter().filter(|(_, kind)| *kind == FieldKind::Text) {
        for (language, analyzer) in LANGUAGES {
            into[field(language, name)] = json!({ "type": "text", "analyzer": analyzer });
        }
    }
}

/// The texts of a document once more, in the fields of its languages.
pub fn of_document(spec: &IndexSpec, document: &Document, into: &mut Value) {
    let tags = document.values.iter().find_map(|(name, value)| match value {
        Held::Keywords(tags) if spec.language == Some(name) => Some(tags),
        _ => None,
    });
    for language in tags.into_iter().flatten().filter_map(|tag| language(tag)) {
        for (name, value) in &document.values {
            if let Held::Text(text) = value {
                into[field(language, name)] = tokens(text).join(" ").into();
            }
        }
    }
}

/// Where other forms of a word may stand: in any of the languages, since nobody says in which one they ask.
pub fn places(words: &Words, token: &str) -> Vec<Value> {
    let place = |(name, weight): &(&'static str, u32)| {
        let fields: Vec<String> =
            LANGUAGES.iter().map(|(language, _)| field(language, name)).collect();
        let boost = f64::from(*weight) / 100.0 * SHARE;
        json!({ "multi_match": {
            "query": token, "fields": fields, "operator": "and", "boost": boost,
        } })
    };
    words.fields.iter().map(place).collect()
}

/// A question to the server: whether it has these analyzers.
pub fn probe() -> String {
    json!({ "analyzer": "english", "text": "harbours" }).to_string()
}

/// Whether this answers the [`probe`] as one does that can stem.
pub fn can(answer: &Value) -> bool {
    let none = Map::new();
    let first = answer["tokens"][0].as_object().unwrap_or(&none);
    first.get("token").is_some_and(|token| token == "harbour")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_first_part() {
        for (tag, expected) in [
            ("en", Some("en")),
            ("pt-BR", Some("pt")),
            ("DE_at", Some("de")),
            ("nb", Some("no")),
            ("ja", None),
            ("", None),
        ] {
            assert_eq!(language(tag), expected, "{tag}");
        }
    }
}
