//! What the tests share: an instance with its router, and a client that calls it.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::Value;
use social::{
    accounts::model::Account,
    app::Settings,
    apps::{self, Scopes},
    testing::World,
};
use sociosphere_http::{HttpOptions, router};
use tower::ServiceExt;

/// An instance and its router.
pub struct Site {
    pub world: World,
    pub router: Router,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The cookies it sets: `name=value`.
    pub fn cookies(&self) -> Vec<String> {
        self.headers
            .get_all("set-cookie")
            .iter()
            .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect()
    }

    #[track_caller]
    pub fn ok(self) -> Answer {
        assert_eq!(self.status, 200, "{}", self.text());
        self
    }
}

impl Site {
    pub async fn new() -> Site {
        Site::with(
            Settings::default(),
            HttpOptions { rate_limits: false, ..HttpOptions::default() },
        )
        .await
    }

    pub async fn with(settings: Settings, options: HttpOptions) -> Site {
        let world = World::with_settings(settings).await;
        let router = router(world.app.clone(), options).unwrap();
        Site { world, router }
    }

    /// A token of an app for a person.
    pub async fn token(&self, account: graph::Id<Account>, scopes: &str) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        apps::issue(&self.world.app, None, Some(account), &scopes, None).await.unwrap().token
    }

    /// Somebody new with a token for everything an app may do.
    pub async fn person(&self, handle: &str) -> (graph::Id<Account>, String) {
        let account = self.world.person(handle).await;
        (account, self.token(account, "read write follow push").await)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::GET, path, token).body(Body::empty()).unwrap()).await
    }

    pub async fn call(&self, method: Method, path: &str, token: &str) -> Answer {
        self.send(request(method, path, token).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, token: &str, json: Value) -> Answer {
        self.json(Method::POST, path, token, json).await
    }

    pub async fn json(&self, method: Method, path: &str, token: &str, json: Value) -> Answer {
        let request = request(method, path, token).header("content-type", "application/json");
        self.send(request.body(Body::from(json.to_string())).unwrap()).await
    }

    pub async fn form(&self, path: &str, token: &str, form: &str) -> Answer {
        let request = request(Method::POST, path, token)
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }
}

/// A request; an empty token is none.
pub fn request(method: Method, path: &str, token: &str) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    match token {
        "" => request,
        token => request.header("authorization", format!("Bearer {token}")),
    }
}
