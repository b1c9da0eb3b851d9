//! What a request says, whatever it is written in: JSON, a form, multipart, the query, all with Rails nesting.
//!
//! [`Params<T>`] merges query and body into one tree and reads `T` from it leniently (`"1"` is true, `id=7` is a list
//! of one). A body over its cap is 413, one that cannot be read 400, one that says something unusable 422 with the
//! field. Files of multipart bodies go to temporary files as they arrive ([`Upload`]).

mod files;
mod lenient;
mod tree;

use std::collections::HashMap;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, Method, header::CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use files::{FileCaps, Upload};
pub use lenient::{LIST_ITEMS, TEXT_BYTES, read};
pub use tree::{parse_json, parse_pairs};

use crate::problem::{Code, Problem};

/// Most bytes of a body without files, where nothing else was decided.
pub const BODY_BYTES: usize = 1 << 20;

/// Query and body, read as `T`.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Params(Sent::from_request(request, state).await?.fields()?))
    }
}

/// Query and body as a tree, with the files that came along by the name of their field.
pub struct Sent {
    tree: Value,
    /// Uploaded files.
    pub files: HashMap<String, Upload>,
}

impl Sent {
    /// The fields as a type.
    pub fn fields<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        read(self.tree.clone()).map_err(|error| Problem::field(&error.field, &error.message))
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let query = parse_pairs(parts.uri.query().unwrap_or_default().as_bytes())?;
        // A body on GET or HEAD has no meaning (RFC 9110, 9.3.1).
        if matches!(parts.method, Method::GET | Method::HEAD) {
            return Ok(Sent { tree: query, files: HashMap::new() });
        }
        if parts.headers.contains_key(http::header::CONTENT_ENCODING) {
            return Err(Problem::new(Code::UnsupportedType, "bodies must not be compressed"));
        }
        let kind = content_type(&parts.headers);
        let caps = parts.extensions.get::<FileCaps>().copied().unwrap_or_default();
        if let Some(boundary) = kind.as_deref().and_then(|kind| multer::parse_boundary(kind).ok()) {
            let (body, files) = files::receive(body, boundary, caps).await?;
            return Ok(Sent { tree: merged(query, body), files });
        }
        let bytes = whole(body, caps.texts).await?;
        let tree = if bytes.is_empty() { query } else { merged(query, parse(&kind, &bytes)?) };
        Ok(Sent { tree, files: HashMap::new() })
    }
}

fn parse(kind: &Option<String>, bytes: &Bytes) -> Result<Value, Problem> {
    let kind = kind.as_deref().unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => parse_pairs(bytes),
        json if json == "application/json" || json.ends_with("+json") => match parse_json(bytes)? {
            tree @ Value::Object(_) => Ok(tree),
            Value::Null => Ok(Value::Object(serde_json::Map::new())),
            _ => Err(Problem::new(Code::Invalid, "the body must be an object")),
        },
        "multipart/form-data" => {
            Err(Problem::new(Code::MalformedBody, "multipart without a boundary"))
        }
        _ => Err(Problem::new(Code::UnsupportedType, "send JSON, a form or multipart")),
    }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    headers.get(CONTENT_TYPE)?.to_str().ok().map(str::to_owned)
}

async fn whole(body: axum::body::Body, most: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, most).collect().await {
        Ok(bytes) => Ok(bytes.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            Err(Problem::new(Code::TooLarge, "the body is too large"))
        }
        Err(_) => Err(Problem::new(Code::MalformedBody, "the body ended early")),
    }
}

/// The second over the first, key by key.
fn merged(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            first.extend(second);
            Value::Object(first)
        }
        (_, second) => second,
    }
}

#[cfg(test)]
mod tests;
