//! What the web client asks about the community, and the document of the whole surface.

use std::sync::Arc;

use axum::extract::State;
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use social::{house, profiles};

use crate::{
    Shared,
    limits::Bucket,
    problem::Problem,
    routes::{Access, Face, Operation, get, openapi},
    views::{InterestView, Rendered, bytes},
};

const TAG: &str = "community";
/// How many interests are offered.
const INTERESTS: usize = 100;

pub fn operations(faces: Vec<Face>, public_url: &str) -> Vec<Operation> {
    let mut own = vec![
        get("getInterests", "/api/sociosphere/v1/interests", Access::Anyone(""))
            .says(TAG, "Topics that the community shares")
            .answers::<Vec<InterestView>>()
            .to(interests),
        get("getSetup", "/api/sociosphere/v1/setup", Access::Open)
            .says(TAG, "How one joins")
            .answers::<Setup>()
            .to(setup),
    ];
    let face = get("getOpenApi", "/api/sociosphere/v1/openapi.json", Access::Open)
        .says(TAG, "This document")
        .limited(Bucket::Unlimited)
        .answers::<Value>();
    let mut all = faces;
    all.extend(own.iter().map(|operation| operation.face));
    all.push(face);
    let document: Arc<Bytes> = Arc::new(bytes(&openapi::document(&all, public_url)).into());
    own.push(face.to(async move || Rendered(document.to_vec())));
    own
}

async fn interests(State(site): State<Shared>) -> Result<Rendered, Problem> {
    let uses = profiles::interests(&site.app, INTERESTS).await?;
    let views: Vec<_> = uses
        .into_iter()
        .map(|one| InterestView { name: one.name, accounts_count: one.accounts })
        .collect();
    Ok(Rendered(bytes(&views)))
}

/// How one joins.
#[derive(Debug, Serialize, JsonSchema)]
struct Setup {
    /// `open`, `approval`, `invite` or `closed`.
    #[schemars(extend("enum" = ["open", "approval", "invite", "closed"]))]
    registrations: &'static str,
    /// Whether a link in a mail must be followed first.
    confirm_email: bool,
}

async fn setup(State(site): State<Shared>) -> Result<Rendered, Problem> {
    Ok(Rendered(bytes(&Setup {
        registrations: house::community(&site.app).await?.registrations.as_str(),
        confirm_email: site.app.settings.confirm_email,
    })))
}
