//! What programs look for at fixed places: who serves here, how to sign in, whether it lives.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use social::{
    accounts::model::{Account, HANDLES},
    apps::SCOPES,
    house::community,
    text::Handle,
};

use crate::{
    Shared,
    body::Params,
    health::Ready,
    limits::Bucket,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{self, Rendered, bytes},
};

const TAG: &str = "discovery";

/// All operations at fixed places.
pub fn operations() -> Vec<Operation> {
    vec![
        get("getOAuthMetadata", "/.well-known/oauth-authorization-server", Access::Open)
            .says(TAG, "How apps sign people in (RFC 8414)")
            .answers::<Value>()
            .to(oauth),
        get("getNodeInfoLinks", "/.well-known/nodeinfo", Access::Open)
            .says(TAG, "Where the node's description is")
            .answers::<Value>()
            .to(nodeinfo_links),
        get("getNodeInfo", "/nodeinfo/2.0", Access::Open)
            .says(TAG, "What serves here")
            .answers::<Value>()
            .to(nodeinfo),
        get("getHostMeta", "/.well-known/host-meta", Access::Open)
            .says(TAG, "Where accounts are looked up")
            .to(host_meta),
        get("webfinger", "/.well-known/webfinger", Access::Open)
            .says(TAG, "Looks an account up by its address")
            .takes::<Resource>()
            .answers::<Value>()
            .to(webfinger),
        get("health", "/health", Access::Open)
            .says(TAG, "Whether the process answers")
            .limited(Bucket::Unlimited)
            .to(async || "OK"),
        get("ready", "/ready", Access::Open)
            .says(TAG, "Which parts work; 503 while the store does not")
            .answers::<Ready>()
            .limited(Bucket::Unlimited)
            .to(async |State(site): State<Shared>| site.options.health.ready()),
    ]
}

async fn oauth(State(site): State<Shared>) -> Rendered {
    let base = &site.app.settings.public_url;
    let mut grants = vec!["authorization_code", "client_credentials"];
    if site.app.settings.password_grant {
        grants.push("password");
    }
    Rendered(bytes(&json!({
        "issuer": format!("{base}/"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "userinfo_endpoint": format!("{base}/oauth/userinfo"),
        "app_registration_endpoint": format!("{base}/api/v1/apps"),
        // Those of staff are for operators' tools, which know them.
        "scopes_supported": SCOPES.iter().filter(|scope| !scope.starts_with("admin")).collect::<Vec<_>>(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grants,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    })))
}

async fn nodeinfo_links(State(site): State<Shared>) -> Rendered {
    let href = format!("{}/nodeinfo/2.0", site.app.settings.public_url);
    let rel = "http://nodeinfo.diaspora.software/ns/schema/2.0";
    Rendered(bytes(&json!({"links": [{"rel": rel, "href": href}]})))
}

async fn nodeinfo(State(site): State<Shared>) -> Result<Rendered, Problem> {
    let (members, posts) = views::counts(&site).await?;
    let community = community(&site.app).await?;
    Ok(Rendered(bytes(&json!({
        "version": "2.0",
        "software": {"name": "sociosphere", "version": env!("CARGO_PKG_VERSION")},
        "protocols": [],
        "services": {"inbound": [], "outbound": []},
        "usage": {"users": {"total": members}, "localPosts": posts},
        "openRegistrations": views::is_open(community.registrations),
        "metadata": {"nodeName": community.title, "nodeDescription": community.description},
    }))))
}

async fn host_meta(State(site): State<Shared>) -> Response {
    let base = &site.app.settings.public_url;
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" template=\"{base}/.well-known/webfinger?resource={{uri}}\"/>\n</XRD>\n"
    );
    ([(header::CONTENT_TYPE, "application/xrd+xml; charset=utf-8")], body).into_response()
}

/// Who is looked up.
#[derive(Debug, Deserialize, JsonSchema)]
struct Resource {
    /// `acct:handle@host`, or the URL of a profile.
    resource: String,
}

async fn webfinger(
    State(site): State<Shared>,
    Params(asked): Params<Resource>,
) -> Result<Response, Problem> {
    let (base, host) = (&site.app.settings.public_url, site.host());
    let name = match asked.resource.strip_prefix("acct:") {
        Some(address) => {
            let (name, at) =
                address.trim_start_matches('@').split_once('@').unwrap_or((address, ""));
            (at == host).then_some(name)
        }
        None => asked.resource.strip_prefix(&format!("{base}/@")),
    };
    let handle = name.and_then(|name| Handle::parse(name).ok()).ok_or_else(Problem::not_found)?;
    let id = site.app.graph.key::<Account>(HANDLES, handle.as_str()).await?;
    let account = match id {
        Some(id) => site.app.graph.get(id).await?,
        None => None,
    };
    let account = account.filter(|account| account.is_visible()).ok_or_else(Problem::not_found)?;
    let (handle, page) = (&account.handle, format!("{base}/@{}", account.handle.as_str()));
    let body = json!({
        "subject": format!("acct:{}@{host}", handle.as_str()),
        "aliases": [page],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page},
        ],
    });
    Ok(([(header::CONTENT_TYPE, "application/jrd+json; charset=utf-8")], body.to_string())
        .into_response())
}
