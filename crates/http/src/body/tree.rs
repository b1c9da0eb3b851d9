//! Trees from JSON and from forms. Depth, number of fields and duplicates are checked while reading, so that no
//! later step meets a tree that is not sane (D-2, I-15, N-2).

use std::fmt;

use percent_encoding::percent_decode;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::problem::{Code, Problem};

/// Deepest nesting of a body.
const DEPTH: usize = 16;
/// Most fields of a form or query.
const PAIRS: usize = 2_000;

/// Parses JSON. A name that comes twice in one object is refused, as is NUL in any text.
pub fn parse_json(bytes: &[u8]) -> Result<Value, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let tree = Node(DEPTH).deserialize(&mut json).and_then(|tree| json.end().map(|()| tree));
    tree.map_err(|error| {
        let code =
            if error.is_data() || is_unicode(&error) { Code::Invalid } else { Code::MalformedBody };
        Problem::new(code, &error.to_string())
    })
}

/// Whether an escape names half a character: readable JSON, but no text (I-14).
fn is_unicode(error: &serde_json::Error) -> bool {
    let text = error.to_string();
    text.contains("surrogate") || text.contains("hex escape")
}

/// A value no deeper than this.
struct Node(usize);

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        if text.contains('\0') {
            return Err(E::custom("a text must not contain NUL"));
        }
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Some(deeper) = self.0.checked_sub(1) else {
            return Err(A::Error::custom("nested too deeply"));
        };
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Node(deeper))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let Some(deeper) = self.0.checked_sub(1) else {
            return Err(A::Error::custom("nested too deeply"));
        };
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Node(deeper))?;
            if map.contains_key(&name) {
                return Err(A::Error::custom("a name comes twice in one object"));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

/// Parses `a=1&b[]=2&c[d]=3`: a form or a query.
pub fn parse_pairs(bytes: &[u8]) -> Result<Value, Problem> {
    let mut tree = Form::default();
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decoded(halves.next().unwrap_or_default())?;
        tree.add(&name, decoded(halves.next().unwrap_or_default())?)?;
    }
    Ok(tree.finish())
}

fn decoded(raw: &[u8]) -> Result<String, Problem> {
    let spaced: Vec<u8> = raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    text(bytes)
}

/// A text of a form.
pub fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(Problem::new(Code::Invalid, "texts must be UTF-8 without NUL")),
    }
}

/// A tree made of pairs.
#[derive(Default)]
pub struct Form {
    root: Map<String, Value>,
    pairs: usize,
}

impl Form {
    /// Adds `a[b][]` with its value. The same plain name twice makes a list, which a field that wants one value refuses.
    pub fn add(&mut self, name: &str, value: String) -> Result<(), Problem> {
        self.pairs += 1;
        if self.pairs > PAIRS {
            return Err(Problem::new(Code::TooLarge, "too many fields"));
        }
        let path = path_of(name)
            .ok_or_else(|| Problem::new(Code::Invalid, "a field's name is not usable"))?;
        let (first, rest) = path.split_first().ok_or_else(Problem::not_found)?;
        put(self.root.entry((*first).to_owned()).or_insert(Value::Null), rest, value)
    }

    /// The tree.
    pub fn finish(self) -> Value {
        Value::Object(self.root)
    }
}

/// `a[b][]` is `["a", "b", ""]`.
fn path_of(name: &str) -> Option<Vec<&str>> {
    let Some((first, rest)) = name.split_once('[') else { return Some(vec![name]) };
    let inner = rest.strip_suffix(']')?;
    let path: Vec<_> = std::iter::once(first).chain(inner.split("][")).collect();
    let sane = path.len() <= DEPTH && path.iter().all(|part| !part.contains(['[', ']']));
    sane.then_some(path)
}

fn put(place: &mut Value, path: &[&str], value: String) -> Result<(), Problem> {
    let clash = || Problem::new(Code::Invalid, "a field is both a value and a group");
    match path.split_first() {
        None => {
            *place = match std::mem::take(place) {
                Value::Null => Value::String(value),
                Value::Array(mut list) => {
                    list.push(Value::String(value));
                    Value::Array(list)
                }
                first @ Value::String(_) => Value::Array(vec![first, Value::String(value)]),
                _ => return Err(clash()),
            };
            Ok(())
        }
        Some((&"", rest)) => {
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            let list = place.as_array_mut().ok_or_else(clash)?;
            // `a[][name]=x&a[][value]=y`: one item goes on until a name comes again.
            let goes_on = rest.first().is_some_and(|name| {
                list.last().and_then(Value::as_object).is_some_and(|o| !o.contains_key(*name))
            });
            if !goes_on {
                list.push(Value::Null);
            }
            put(list.last_mut().ok_or_else(clash)?, rest, value)
        }
        Some((name, rest)) => {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            let group = place.as_object_mut().ok_or_else(clash)?;
            put(group.entry((*name).to_owned()).or_insert(Value::Null), rest, value)
        }
    }
}
