//! The OpenAPI 3.1 document of the whole surface, made from the list of operations and the schemas of their types.
//!
//! Every text has a `maxLength` and every list a `maxItems` (D-4): the reader of bodies enforces these bounds where a
//! type does not set a tighter one.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Access, Face};
use crate::body::{LIST_ITEMS, TEXT_BYTES};

/// The document.
pub fn document(faces: &[Face], public_url: &str) -> Value {
    let mut asked = generator(true);
    let mut answered = generator(false);
    let mut paths = Map::new();
    for face in faces {
        let item = paths.entry(face.path.to_owned()).or_insert_with(|| json!({}));
        item[face.method.to_lowercase()] = operation(face, &mut asked, &mut answered);
    }
    let mut schemas = answered.take_definitions(true);
    schemas.extend(problems());
    for (name, mut schema) in asked.take_definitions(true) {
        bound(&mut schema);
        schemas.insert(name, schema);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "SocioSphere",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Mastodon's client API, and what is our own under /api/sociosphere/v1.",
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "refresh": {"type": "apiKey", "in": "cookie", "name": "refresh"},
            },
        },
    })
}

fn generator(takes: bool) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let settings = if takes { settings.for_deserialize() } else { settings.for_serialize() };
    settings.into_generator()
}

fn operation(face: &Face, asked: &mut SchemaGenerator, answered: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = face
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({"name": name.trim_start_matches('*'), "in": "path", "required": true,
                "schema": {"type": "string", "maxLength": 200}})
        })
        .collect();
    let mut body = None;
    if let Some(takes) = face.takes {
        if face.method == "GET" {
            let mut fresh = generator(true);
            let schema = takes(&mut fresh).to_value();
            parameters.extend(query_of(&schema, &Value::Object(fresh.take_definitions(true))));
        } else {
            body = Some(takes(asked).to_value());
        }
    }
    let mut operation = json!({
        "operationId": face.id,
        "summary": face.summary,
        "tags": [face.tag],
        "security": security(face.access),
        "responses": responses(face, answered),
    });
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if body.is_some() || !face.files.is_empty() {
        operation["requestBody"] = request_body(face, body);
    }
    operation
}

fn request_body(face: &Face, body: Option<Value>) -> Value {
    let schema = body.unwrap_or_else(|| json!({"type": "object"}));
    let mut content = json!({
        "application/json": {"schema": schema},
        "application/x-www-form-urlencoded": {"schema": schema},
    });
    let files: Map<String, Value> = face
        .files
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                json!({"type": "string", "format": "binary", "maxLength": face.caps.bytes}),
            )
        })
        .collect();
    content["multipart/form-data"] =
        json!({"schema": {"allOf": [schema, {"type": "object", "properties": files}]}});
    json!({"content": content})
}

fn responses(face: &Face, answered: &mut SchemaGenerator) -> Value {
    let answer = match face.answers {
        Some(answers) => {
            json!({"description": "What was asked for",
                "content": {"application/json": {"schema": answers(answered).to_value()}}})
        }
        None => json!({"description": "Done"}),
    };
    let mut all = json!({"200": answer, "default": problem(face)});
    if let Some(accepts) = face.accepts {
        all["202"] = json!({"description": "Taken; what comes next",
            "content": {"application/json": {"schema": accepts(answered).to_value()}}});
    }
    all
}

/// Native routes speak RFC 9457; Mastodon's have their own form.
fn problem(face: &Face) -> Value {
    let (kind, name) = if face.path.starts_with("/api/sociosphere/") {
        ("application/problem+json", "Problem")
    } else {
        ("application/json", "Error")
    };
    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
    json!({"description": "A problem", "content": {kind: {"schema": schema}}})
}

fn security(access: Access) -> Value {
    match access {
        Access::Open => json!([]),
        Access::Anyone(_) => json!([{}, {"bearer": []}]),
        Access::App(_)
        | Access::Newcomer(_)
        | Access::Person(_)
        | Access::Staff(..)
        | Access::Owner => {
            json!([{"bearer": []}])
        }
        Access::Cookie => json!([{"refresh": []}]),
    }
}

/// What `crate::problem` writes, in both of its forms.
fn problems() -> [(String, Value); 2] {
    let text = json!({"type": "string"});
    let wrong = json!({"type": "object", "required": ["field", "code", "detail"],
        "properties": {"field": text, "code": text, "detail": text}});
    let native = json!({
        "type": "object",
        "description": "A problem (RFC 9457).",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "code": text,
            "field": text, "errors": {"type": "array", "items": wrong}, "request_id": text,
        },
    });
    let mastodon = json!({
        "type": "object",
        "description": "A problem, as Mastodon writes it.",
        "required": ["error"],
        "properties": {"error": text, "error_description": text, "request_id": text},
    });
    [("Problem".to_owned(), native), ("Error".to_owned(), mastodon)]
}

/// One parameter per field of the query's type.
fn query_of(schema: &Value, definitions: &Value) -> Vec<Value> {
    let schema = match schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        Some(name) => &definitions[name],
        None => schema,
    };
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|all| all.iter().any(|item| item == name))
    };
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    fields
        .into_iter()
        .map(|(name, mut field)| {
            bound(&mut field);
            let list = is_list(&field);
            let shown = if list { format!("{name}[]") } else { name.clone() };
            json!({"name": shown, "in": "query", "required": required(&name), "schema": field})
        })
        .collect()
}

fn is_list(schema: &Value) -> bool {
    schema["type"] == "array"
        || schema["type"].as_array().is_some_and(|types| types.iter().any(|kind| kind == "array"))
}

/// Writes the bounds that the reader of bodies enforces where there are no tighter ones.
fn bound(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let has = |name: &str| match map.get("type") {
                Some(Value::String(kind)) => kind == name,
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
                _ => false,
            };
            let (text, list) = (has("string"), has("array"));
            if text && !map.contains_key("enum") && !map.contains_key("const") {
                map.entry("maxLength").or_insert(json!(TEXT_BYTES));
            }
            if list {
                map.entry("maxItems").or_insert(json!(LIST_ITEMS));
            }
            map.values_mut().for_each(bound);
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}
