//! The authorization table: every operation with every kind of caller. The list of operations is the router's own, so a
//! route without an answer here cannot exist.

use std::sync::Arc;

use axum::{body::Body, http::Method};
use social::{
    accounts::{self, model::Role},
    apps::{self, NewApp},
    sessions,
    staff::{self, Choice, NewRole, Permission, Powers},
    testing::PASSWORD,
};
use sociosphere_http::{
    HttpOptions, Site as Shared,
    routes::{Access, Face},
};

use crate::client::{Site, request};

fn faces(site: &Site) -> Vec<Face> {
    let shared = Arc::new(Shared::new(site.world.app.clone(), HttpOptions::default()).unwrap());
    sociosphere_http::operations(&shared).into_iter().map(|operation| operation.face).collect()
}

fn path_of(face: &Face) -> String {
    let part = |part: &str| match part {
        "{*channel}" => "nothing".to_owned(),
        "{tag}" | "{name}" => "rust".to_owned(),
        part if part.starts_with('{') => "1".to_owned(),
        part => part.to_owned(),
    };
    face.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What is left of an operation once the caller was let in is none of 401 and 403, except where its own rules say so.
fn let_in(face: &Face, status: u16) -> bool {
    let own_rules = [
        "signIn",
        "refresh",
        "streaming",
        "streamingEvents",
        "signInForm",
        "authorizeForm",
        "confirmForm",
        "resetForm",
        "token",
        "revoke",
        "postEmailConfirmation",
        "appealPage",
        "appealForm",
        "postStepUp",
    ];
    own_rules.contains(&face.id) || (status != 401 && status != 403)
}

#[tokio::test]
async fn z20_every_operation_lets_in_whom_its_access_says_and_nobody_else() {
    let site = Site::new().await;
    let new = NewApp {
        name: "app".to_owned(),
        redirect_uris: vec!["urn:ietf:wg:oauth:2.0:oob".to_owned()],
        scopes: Some("read write follow push profile".to_owned()),
        website: None,
    };
    let (client, secret) = apps::register(&site.world.app, new).await.unwrap();
    let scope = Some("read write follow push profile");
    let app = apps::client_credentials(&site.world.app, &client.client_id, &secret, scope)
        .await
        .unwrap()
        .token;
    let full = "read write follow push profile";
    for face in faces(&site) {
        // Some operations end what calls them: everybody is new for each.
        let number = site.world.app.ord();
        let id = site.world.person(&format!("p{number}")).await;
        let suspended = site.world.person(&format!("s{number}")).await;
        let reader = site.token(id, "read").await;
        let writer = site.token(id, "write").await;
        let everything = site.token(id, full).await;
        let gone = site.token(suspended, full).await;
        accounts::suspend(&site.world.app, suspended).await.unwrap();
        let session = sessions::open_session(&site.world.app, id, "test").await.unwrap();
        let own = session.access_token;

        let method: Method = face.method.parse().unwrap();
        let mut statuses = Vec::new();
        for token in ["", &app, &reader, &writer, &everything, &gone, "wrong", &own] {
            let path = path_of(&face);
            let answer = match method {
                Method::GET => site.get(&path, token).await,
                _ => site.json(method.clone(), &path, token, serde_json::json!({})).await,
            };
            assert!(answer.status.as_u16() < 500, "{}: {}", face.id, answer.text());
            statuses.push(answer.status.as_u16());
        }
        let [anonymous, app, reader, writer, everything, gone, wrong, own] = statuses[..] else {
            unreachable!("eight callers");
        };
        let scope_fits = |scope: &str, word: &str| {
            scope.is_empty()
                || scope.split(':').next() == Some(word)
                || scope == "profile" && word == "read"
        };
        let name = face.id;
        match face.access {
            Access::Open => {
                for status in [anonymous, app, reader, everything, wrong] {
                    assert!(let_in(&face, status), "{name}: {status}");
                }
            }
            Access::Cookie => {
                for status in [anonymous, app, everything, own] {
                    assert_eq!(status, 403, "{name}");
                }
            }
            Access::Anyone(scope) => {
                assert!(let_in(&face, anonymous), "{name}: {anonymous}");
                assert_eq!(let_in(&face, reader), scope_fits(scope, "read"), "{name}: {reader}");
                assert!(let_in(&face, everything), "{name}: {everything}");
                assert_eq!((gone, wrong), (401, 401), "{name}");
            }
            Access::App(scope) => {
                assert_eq!((anonymous, gone, wrong), (401, 401, 401), "{name}");
                assert!(let_in(&face, app), "{name}: {app}");
                assert_eq!(let_in(&face, reader), scope_fits(scope, "read"), "{name}: {reader}");
            }
            Access::Newcomer(scope) | Access::Person(scope) => {
                assert_eq!((anonymous, app, gone, wrong), (401, 401, 401, 401), "{name}");
                assert_eq!(
                    let_in(&face, reader),
                    scope_fits(scope, "read") || name == "postEmailConfirmation",
                    "{name}: {reader}"
                );
                assert_eq!(
                    let_in(&face, writer),
                    scope_fits(scope, "write") || name == "postEmailConfirmation",
                    "{name}: {writer}"
                );
                assert!(let_in(&face, everything), "{name}: {everything}");
                assert!(let_in(&face, own), "{name}: {own}");
            }
            // Members: there is nothing for them. Staff have a table of their own.
            Access::Staff(..) => {
                assert_eq!((anonymous, app, gone, wrong), (401, 401, 401, 401), "{name}");
                assert_eq!((reader, writer, everything, own), (404, 404, 404, 404), "{name}");
            }
            Access::Owner => {
                assert_eq!((anonymous, app, everything, gone), (401, 401, 403, 401), "{name}");
                assert!(let_in(&face, own), "{name}: {own}");
            }
        }
    }
}

/// Staff of each role, and of one that has a single permission.
#[tokio::test]
async fn p_1_staffs_operations_let_in_whose_role_has_the_permission_and_whose_token_the_scope() {
    let site = Site::new().await;
    let app = &site.world.app;
    let make = async |handle: &str, role: Role| {
        let id = site.world.person(handle).await;
        accounts::set_role(app, id, role).await.unwrap();
        id
    };
    let moderator = make("mona", Role::Moderator).await;
    let admin = make("alma", Role::Admin).await;
    let helper = site.world.person("hugo").await;
    let one = Permission::ManageInvites;
    let role = NewRole {
        name: "Helper".to_owned(),
        rank: 5,
        permissions: [one].into_iter().collect(),
        ..NewRole::default()
    };
    let role = staff::create_role(app, &Powers::operator(), role, "").await.unwrap().id;
    staff::give_role(app, &Powers::operator(), helper, Choice::Own(role), "").await.unwrap();
    let mut walked = 0;
    for face in faces(&site) {
        let Access::Staff(scope, permission) = face.access else { continue };
        walked += 1;
        let ask = async |token: &str, proof: &str| {
            let method: Method = face.method.parse().unwrap();
            let request = request(method, &path_of(&face), token)
                .header("content-type", "application/json")
                .header("x-sociosphere-proof", proof);
            let answer = site.send(request.body(Body::from("{}")).unwrap()).await;
            assert!(answer.status.as_u16() < 500, "{}: {}", face.id, answer.text());
            answer.status.as_u16()
        };
        let in_client = async |id| {
            let signed = sessions::open_session(app, id, "test").await.unwrap();
            let proof = staff::step_up(app, id, signed.session, PASSWORD).await.unwrap();
            (signed.access_token, proof)
        };
        for (id, may) in [
            (moderator, staff::powers_of(app, moderator).await.unwrap().may(permission)),
            (admin, true),
            (helper, permission == one),
        ] {
            let name = face.id;
            let (token, proof) = in_client(id).await;
            assert_eq!(let_in(&face, ask(&token, &proof).await), may, "{name}");
            // The password again, where it is dangerous.
            let unproven = ask(&token, "").await;
            assert_eq!(unproven == 401, may && face.dangerous, "{name}: {unproven}");
            let app_token = site.token(id, "read write follow push").await;
            assert_eq!(ask(&app_token, "").await, 403, "{name}: without the scope");
            let word = if scope.starts_with("admin:read") { "admin:read" } else { "admin:write" };
            let app_token = site.token(id, word).await;
            assert_eq!(let_in(&face, ask(&app_token, "").await), may, "{name}: with the scope");
            let other = if word == "admin:read" { "admin:write" } else { "admin:read" };
            let app_token = site.token(id, other).await;
            assert_eq!(ask(&app_token, "").await, 403, "{name}: with the other scope");
        }
    }
    assert!(walked > 40, "only {walked} operations of staff");
}

#[tokio::test]
async fn no_operation_is_declared_twice() {
    let site = Site::new().await;
    let faces = faces(&site);
    let names: std::collections::HashSet<_> = faces.iter().map(|face| face.id).collect();
    let places: std::collections::HashSet<_> =
        faces.iter().map(|face| (face.method, face.path)).collect();
    assert_eq!((names.len(), places.len()), (faces.len(), faces.len()));
    assert!(faces.iter().all(|face| !face.summary.is_empty() && !face.tag.is_empty()));
}

#[tokio::test]
async fn a29_who_is_not_confirmed_may_do_nothing_but_confirm() {
    let site = Site::new().await;
    let id = site
        .world
        .person_with("ada", |who| who.by_operator = Some((Default::default(), false)))
        .await;
    let token = site.token(id, "read write").await;
    for path in ["/api/v1/accounts/verify_credentials", "/api/v1/timelines/home"] {
        let answer = site.get(path, &token).await;
        assert_eq!(answer.status, 403);
        let text = "Your login is missing a confirmed e-mail address";
        assert_eq!(answer.json()["error"], text);
    }
    let answer = site.get("/api/v1/emails/check_confirmation", &token).await.ok();
    assert_eq!(answer.json(), false);
    site.post("/api/v1/emails/confirmations", &token, serde_json::json!({})).await.ok();
}

#[tokio::test]
async fn a20_a_revoked_token_is_refused_at_once() {
    let site = Site::new().await;
    let (id, _) = site.person("ada").await;
    let signed = sessions::open_session(&site.world.app, id, "x").await.unwrap();
    site.get("/api/v1/accounts/verify_credentials", &signed.access_token).await.ok();
    sessions::end_device(&site.world.app, id, signed.session).await.unwrap();
    let answer = site.get("/api/v1/accounts/verify_credentials", &signed.access_token).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"], "The access token is invalid");
}

#[tokio::test]
async fn a7_tokens_in_the_query_are_not_looked_at() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let path = format!("/api/v1/accounts/verify_credentials?access_token={token}");
    assert_eq!(site.get(&path, "").await.status, 401);
}
