//! The document of the whole surface, as it is kept in `docs/use/openapi.json`; the web client's types are made from it.

use std::{env, fs, path::Path};

use serde_json::{Value, json};

use crate::client::Site;

#[tokio::test]
async fn the_kept_document_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/use/openapi.json");
    let site = Site::new().await;
    let mut served: Value = site.get("/api/sociosphere/v1/openapi.json", "").await.ok().json();
    for path in ["/api/v1/statuses", "/api/sociosphere/v1/auth/sign-in", "/oauth/token"] {
        assert!(served["paths"][path].is_object(), "{path} is described");
    }
    // Where it is served from is the one thing that differs from site to site.
    served["servers"] = json!([{"url": "https://social.example"}]);
    let served = format!("{}\n", serde_json::to_string_pretty(&served).unwrap());
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &served).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == served, "run this test with UPDATE_DOCS=1, then `npm run gen` in web/");
}
