//! Reads a type from a tree as Rails would: numbers and booleans may come as texts, a list as one value or as a map of
//! indices. What is an object or a list where a text is expected stays an error (N-1), and every error names its field.

use std::fmt;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};

/// Most items of a list.
pub const LIST_ITEMS: usize = 1_000;
/// Most bytes of a text.
pub const TEXT_BYTES: usize = 128 * 1024;

/// Reads a `T`.
pub fn read<T: DeserializeOwned>(tree: Value) -> Result<T, FieldError> {
    T::deserialize(Lenient(tree))
}

/// Which field is wrong, and how.
#[derive(Debug)]
pub struct FieldError {
    /// As a path: `source.privacy`, `fields_attributes.0.name`; empty for the whole body.
    pub field: String,
    /// In words.
    pub message: String,
}

impl FieldError {
    fn new(message: &str) -> FieldError {
        FieldError { field: String::new(), message: message.to_owned() }
    }

    fn within(mut self, name: &str) -> FieldError {
        let dot = if self.field.is_empty() { "" } else { "." };
        self.field = format!("{name}{dot}{}", self.field);
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

impl std::error::Error for FieldError {}

impl serde::de::Error for FieldError {
    fn custom<T: fmt::Display>(message: T) -> FieldError {
        FieldError::new(&message.to_string())
    }

    fn missing_field(field: &'static str) -> FieldError {
        FieldError { field: field.to_owned(), message: "can't be blank".to_owned() }
    }
}

struct Lenient(Value);

impl Lenient {
    fn truth(&self) -> Result<bool, FieldError> {
        match &self.0 {
            Value::Bool(value) => Ok(*value),
            Value::Number(number) if number.as_u64() == Some(0) => Ok(false),
            Value::Number(number) if number.as_u64() == Some(1) => Ok(true),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "on" | "t" | "yes" => Ok(true),
                "false" | "0" | "off" | "f" | "no" | "" => Ok(false),
                _ => Err(FieldError::new("must be true or false")),
            },
            _ => Err(FieldError::new("must be true or false")),
        }
    }

    fn list(self) -> Result<Vec<Value>, FieldError> {
        let items = match self.0 {
            Value::Array(items) => items,
            // {"0": …, "1": …}, in the order of the indices.
            Value::Object(map) => {
                let mut items = Vec::with_capacity(map.len());
                for (name, item) in map {
                    let index: usize =
                        name.parse().map_err(|_| FieldError::new("must be a list"))?;
                    items.push((index, item));
                }
                items.sort_by_key(|(index, _)| *index);
                items.into_iter().map(|(_, item)| item).collect()
            }
            Value::Null => Vec::new(),
            Value::String(text) if text.is_empty() => Vec::new(),
            one => vec![one],
        };
        if items.len() > LIST_ITEMS {
            Err(FieldError::new("has too many items"))
        } else {
            Ok(items)
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
            let text = match &self.0 {
                Value::Number(number) => number.to_string(),
                Value::String(text) => text.trim().to_owned(),
                _ => return Err(FieldError::new("must be a number")),
            };
            let number: $type = text.parse().map_err(|_| FieldError::new("must be a number"))?;
            visitor.$visit(number)
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = FieldError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items { items: items.into_iter(), index: 0 }),
            Value::Object(map) => visitor.visit_map(Fields::of(map)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_bool(self.truth()?)
    }

    numbers! {
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.0 {
            Value::String(text) if text.len() > TEXT_BYTES => Err(FieldError::new("is too long")),
            Value::String(text) => visitor.visit_string(text),
            Value::Number(number) => visitor.visit_string(number.to_string()),
            Value::Bool(value) => visitor.visit_string(value.to_string()),
            Value::Null => visitor.visit_string(String::new()),
            Value::Array(_) | Value::Object(_) => Err(FieldError::new("must be a text")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_seq(Items { items: self.list()?.into_iter(), index: 0 })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.0 {
            Value::Object(map) => visitor.visit_map(Fields::of(map)),
            _ => Err(FieldError::new("must be a group of fields")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match &self.0 {
            Value::String(text) if variants.contains(&text.as_str()) => {
                let name: StrDeserializer<'_, FieldError> = text.as_str().into_deserializer();
                visitor.visit_enum(name)
            }
            _ => Err(FieldError::new(&format!("must be one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Items {
    items: std::vec::IntoIter<Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = FieldError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, FieldError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Lenient(item)).map(Some).map_err(|e| e.within(&index.to_string()))
    }
}

struct Fields {
    entries: serde_json::map::IntoIter,
    next: Option<(String, Value)>,
}

impl Fields {
    fn of(map: Map<String, Value>) -> Fields {
        Fields { entries: map.into_iter(), next: None }
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = FieldError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FieldError> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        let key = seed.deserialize(StrDeserializer::<FieldError>::new(&name));
        self.next = Some((name, value));
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, FieldError> {
        let (name, value) = self.next.take().unwrap_or_default();
        seed.deserialize(Lenient(value)).map_err(|error| error.within(&name))
    }
}
