//! Lines of the log.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use social::{
    logs::{Level, LogLine, LogQuery},
    staff::Permission,
};

use super::{At, TAG, choice, moment};
use crate::{
    Shared,
    body::Params,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{Rendered, bytes},
};

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ViewOperations);
    vec![
        get("getLogs", "/api/sociosphere/v1/admin/logs", read)
            .says(TAG, "Lines of the log, the newest first")
            .takes::<Query>()
            .answers::<LogsView>()
            .to(list),
    ]
}

/// Which lines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// As grave as this, or graver.
    #[schemars(extend("enum" = ["any", "error", "warn", "info", "debug", "trace"]))]
    level: Option<String>,
    /// The logger starts with this.
    #[schemars(length(max = 200))]
    target: String,
    /// The message has this.
    #[schemars(length(max = 200))]
    text: String,
    /// Of this request, or trace.
    #[schemars(length(max = 100))]
    request: String,
    /// Not before, RFC 3339.
    since: Option<String>,
    /// Not after.
    until: Option<String>,
    /// Which page.
    #[serde(flatten)]
    at: At,
}

/// A page of lines.
#[derive(Debug, Serialize, JsonSchema)]
struct LogsView {
    /// Lines, the newest first.
    items: Vec<LineView>,
    /// `cursor` of the next page; there may be one after an empty page, too.
    next: Option<String>,
    /// Where they are from.
    #[schemars(extend("enum" = ["file", "search", "none"]))]
    source: &'static str,
}

/// A line.
#[derive(Debug, Serialize, JsonSchema)]
struct LineView {
    /// Id in its log.
    id: String,
    /// When.
    at: String,
    /// How grave.
    level: String,
    /// Which part of the program.
    target: String,
    /// What it says.
    message: String,
    /// Its trace.
    trace: Option<String>,
    /// Its request.
    request: Option<String>,
    /// All else that it has.
    fields: Map<String, Value>,
}

fn line(line: LogLine) -> LineView {
    LineView {
        id: line.id,
        at: line.at,
        level: line.level,
        target: line.target,
        message: line.message,
        trace: line.trace,
        request: line.request,
        fields: line.fields,
    }
}

async fn list(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let asked = LogQuery {
        level: choice("level", &query.level, Level::parse)?,
        since_ms: moment("since", &query.since)?,
        until_ms: moment("until", &query.until)?,
        cursor: query.at.cursor().map(str::to_owned),
        limit: query.at.limit()?,
        target: query.target,
        text: query.text,
        request: query.request,
    };
    let page = site.app.engines.logs.page(&asked).await?;
    Ok(Rendered(bytes(&LogsView {
        items: page.lines.into_iter().map(line).collect(),
        next: page.next,
        source: page.source.as_str(),
    })))
}
