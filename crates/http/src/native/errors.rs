//! What goes wrong in the web client, told by itself: also by who is not signed in, for signing in can go wrong.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use social::errors::{Occurrence, Source};

use crate::{
    Shared,
    body::Params,
    limits::Bucket,
    problem::Problem,
    routes::{Access, Operation, post},
    views::{Empty, Rendered, bytes},
};

/// The longest text that is looked at; the rest of a longer one is no part of the error.
const LONGEST: usize = 8_000;

pub fn operations() -> Vec<Operation> {
    vec![
        post("reportClientError", "/api/sociosphere/v1/client-errors", Access::Open)
            .says("community", "Tells the operators that something went wrong in the client")
            .limited(Bucket::ClientErrors)
            .takes::<ClientErrorForm>()
            .accepts::<Empty>()
            .to(report),
    ]
}

/// Something that went wrong in a client. Addresses, secrets and quoted texts are taken out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ClientErrorForm {
    /// What it says.
    message: String,
    /// Where in the client: the pattern of the page, never its address.
    place: String,
    /// Where in the code.
    stack: String,
    /// The client's release.
    version: String,
}

async fn report(
    State(site): State<Shared>,
    Params(form): Params<ClientErrorForm>,
) -> Result<Response, Problem> {
    let message = short(&form.message);
    if message.trim().is_empty() {
        return Err(Problem::field("message", "can't be blank"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || ".+-_".contains(c);
    let release = !form.version.is_empty() && form.version.chars().all(plain);
    site.app.errors.note(Occurrence {
        source: Source::Client,
        title: message,
        place: place(&form.place),
        detail: short(&form.stack),
        version: if release { form.version } else { "unknown".to_owned() },
        request: String::new(),
        trace: String::new(),
        at_ms: site.app.now_ms(),
    });
    Ok((StatusCode::ACCEPTED, Rendered(bytes(&Empty {}))).into_response())
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// A page's pattern: a client that sends an address instead tells of nobody by that.
fn place(text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let parts = path.split('/').map(|part| match part.strip_prefix('@') {
        Some(name) if !name.starts_with(['$', '{']) => "…",
        _ => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_nobody() {
        assert_eq!(place("/@ada/117"), "/…/117");
        assert_eq!(place("/@$handle/$post"), "/@$handle/$post");
        assert_eq!(place("/search?q=secret#x"), "/search");
    }
}
