//! Bodies: JSON that people can read and query in the shell, and that comes back byte for byte.

use bytes::Bytes;
use mongodb::bson::{Binary, Bson, Document, spec::BinarySubtype};
use serde_json::{Map, Number, Value};

/// A body as it is stored: a document where that loses nothing, else text, else bytes.
pub fn store(body: &Bytes) -> Bson {
    let document = serde_json::from_slice::<Map<String, Value>>(body).ok().and_then(|map| {
        let document = document(&map)?;
        // Spaces, escapes and forms of numbers are not kept by a document: the answer must be the same bytes.
        let back = serde_json::to_vec(&map).ok()?;
        (back == body[..]).then_some(document)
    });
    match (document, std::str::from_utf8(body)) {
        (Some(document), _) => Bson::Document(document),
        (None, Ok(text)) => Bson::String(text.to_owned()),
        (None, Err(_)) => {
            Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: body.to_vec() })
        }
    }
}

/// A stored body as it was handed in.
pub fn load(body: Option<&Bson>) -> Bytes {
    match body {
        Some(Bson::Document(document)) => {
            let mut text = Vec::with_capacity(256);
            write(&mut text, &Bson::Document(document.clone()));
            Bytes::from(text)
        }
        Some(Bson::String(text)) => Bytes::copy_from_slice(text.as_bytes()),
        Some(Bson::Binary(binary)) => Bytes::copy_from_slice(&binary.bytes),
        _ => Bytes::new(),
    }
}

fn document(map: &Map<String, Value>) -> Option<Document> {
    let mut document = Document::new();
    for (name, value) in map {
        // Names that mean something to a query, and `_id`, which the server would move to the front.
        if name.is_empty() || name.contains(['.', '$', '\0']) || name == "_id" {
            return None;
        }
        document.insert(name, bson(value, false)?);
    }
    Some(document)
}

fn bson(value: &Value, in_array: bool) -> Option<Bson> {
    Some(match value {
        Value::Null => Bson::Null,
        Value::Bool(is) => Bson::Boolean(*is),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Bson::Int64(number),
            None if number.is_f64() => Bson::Double(number.as_f64()?),
            None => return None,
        },
        Value::String(text) => Bson::String(text.clone()),
        // Not every server can have a list in a list.
        Value::Array(_) if in_array => return None,
        Value::Array(values) => {
            Bson::Array(values.iter().map(|value| bson(value, true)).collect::<Option<_>>()?)
        }
        Value::Object(map) => Bson::Document(document(map)?),
    })
}

fn write(text: &mut Vec<u8>, value: &Bson) {
    match value {
        Bson::Document(document) => {
            text.push(b'{');
            for (n, (name, value)) in document.iter().enumerate() {
                if n > 0 {
                    text.push(b',');
                }
                scalar(text, &Value::String(name.clone()));
                text.push(b':');
                write(text, value);
            }
            text.push(b'}');
        }
        Bson::Array(values) => {
            text.push(b'[');
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    text.push(b',');
                }
                write(text, value);
            }
            text.push(b']');
        }
        Bson::Boolean(is) => scalar(text, &Value::Bool(*is)),
        Bson::Int64(number) => scalar(text, &Value::from(*number)),
        Bson::Int32(number) => scalar(text, &Value::from(*number)),
        Bson::Double(number) => {
            scalar(text, &Number::from_f64(*number).map_or(Value::Null, Value::Number));
        }
        Bson::String(string) => scalar(text, &Value::String(string.clone())),
        // Nothing else is ever stored.
        _ => scalar(text, &Value::Null),
    }
}

fn scalar(text: &mut Vec<u8>, value: &Value) {
    serde_json::to_writer(text, value).expect("a scalar is always written");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn comes_back(body: &str, readable: bool) {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let stored = store(&body);
        assert_eq!(matches!(stored, Bson::Document(_)), readable, "{stored:?}");
        assert_eq!(load(Some(&stored)), body);
    }

    #[test]
    fn what_serde_writes_is_a_document() {
        comes_back(
            r#"{"a":1,"b":-2.5,"c":[1,"x",{"d":null}],"e":{"f":true},"g":"é\n\"","h":9223372036854775807}"#,
            true,
        );
        comes_back("{}", true);
        comes_back(r#"{"x":1e300,"y":0.1}"#, false); // serde writes 1e300 as 1e+300
    }

    #[test]
    fn what_a_document_would_change_is_text() {
        for body in [
            "{\"a\": 1}",
            r#"{"a":18446744073709551615}"#,
            r#"{"a.b":1}"#,
            r#"{"$a":1}"#,
            r#"{"_id":1}"#,
            r#"{"a":[[1]]}"#,
            r#"{"a":1.0e2}"#,
            r#"{"a":1,"a":2}"#,
            "[1]",
            "",
            "no json",
        ] {
            comes_back(body, false);
        }
        let bytes = Bytes::from_static(&[0xff, 0xfe]);
        assert_eq!(load(Some(&store(&bytes))), bytes);
    }
}
