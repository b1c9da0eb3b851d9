//! How notifications reach people: the push API in Mastodon's shapes, preferences, the link that ends mails, new devices.

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use social::{
    insight, mails, notifications, relations, sessions,
    testing::{PASSWORD, World},
};

use crate::client::{Site, request};

const PUSH: &str = "/api/v1/push/subscription";
const PREFERENCES: &str = "/api/sociosphere/v1/notifications/preferences";
/// The receiver of RFC 8291, appendix A.
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn wanted(alerts: Value) -> Value {
    json!({
        "subscription": {
            "endpoint": "https://push.example.net/x", "keys": {"p256dh": P256DH, "auth": AUTH}
        },
        "data": {"alerts": alerts, "policy": "followed"},
    })
}

async fn session(world: &World, handle: &str) -> String {
    sessions::sign_in(&world.app, handle, PASSWORD, "a browser").await.unwrap().access_token
}

#[tokio::test]
async fn an_app_subscribes_as_mastodon_says() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    assert_eq!(site.get(PUSH, &a).await.status, StatusCode::NOT_FOUND);
    let made = site.post(PUSH, &a, wanted(json!({"mention": true, "poll": true}))).await.ok();
    let made = made.json();
    assert!(made["id"].is_string());
    assert_eq!(made["endpoint"], "https://push.example.net/x");
    assert_eq!(made["policy"], "followed");
    let on: Vec<_> =
        made["alerts"].as_object().unwrap().iter().filter(|one| one.1 == true).collect();
    assert_eq!(on.len(), 1, "{made}");
    assert_eq!(made["alerts"]["mention"], true);
    assert!(made["alerts"].get("chat_message").is_none(), "apps do not know it");
    let instance = site.get("/api/v2/instance", "").await.ok().json();
    assert_eq!(instance["configuration"]["vapid"]["public_key"], made["server_key"]);
    assert_eq!(made["server_key"].as_str().unwrap().len(), 87);
    let app = json!({"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"});
    let app = site.post("/api/v1/apps", "", app).await.ok().json();
    assert_eq!(app["vapid_key"], made["server_key"]);
    assert_eq!(site.get(PUSH, &a).await.ok().json(), made);

    // As a form, and what is left out of a change stays.
    let form = "data[alerts][follow]=1&data[alerts][mention]=false";
    let put = request(Method::PUT, PUSH, &a)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let changed = site.send(put.unwrap()).await.ok().json();
    assert_eq!(
        (&changed["alerts"]["follow"], &changed["alerts"]["mention"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(changed["policy"], "followed");

    for bad in [
        json!({}),
        json!({"subscription": {"endpoint": "https://push.example.net/", "keys": {"p256dh": "x", "auth": AUTH}}}),
        json!({"subscription": {"endpoint": "http://127.0.0.1:8420/", "keys": {"p256dh": P256DH, "auth": AUTH}}}),
        json!({"subscription": wanted(json!({}))["subscription"], "data": {"policy": "friends"}}),
    ] {
        assert_eq!(site.post(PUSH, &a, bad.clone()).await.status, 422, "{bad}");
    }
    assert_eq!(site.get(PUSH, &a).await.ok().json(), changed, "a refused one changes nothing");

    let no_scope = site.token(ada, "read write").await;
    assert_eq!(site.get(PUSH, &no_scope).await.status, 403);
    assert_eq!(site.call(Method::DELETE, PUSH, &a).await.ok().json(), json!({}));
    assert_eq!(site.get(PUSH, &a).await.status, 404);
    assert_eq!(site.call(Method::DELETE, PUSH, &a).await.ok().json(), json!({}));
}

#[tokio::test]
async fn z_14_each_session_and_token_has_a_subscription_of_its_own() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let (_, b) = site.person("ben").await;
    let another = site.token(ada, "read push").await;
    let browser = session(&site.world, "ada").await;
    let mine = site.post(PUSH, &a, wanted(json!({"mention": true}))).await.ok().json();
    for token in [&b, &another, &browser] {
        assert_eq!(site.get(PUSH, token).await.status, 404);
        let change = json!({"data": {"policy": "all"}});
        assert_eq!(site.json(Method::PUT, PUSH, token, change).await.status, 404);
        site.call(Method::DELETE, PUSH, token).await.ok();
    }
    assert_eq!(site.get(PUSH, &a).await.ok().json(), mine);
    // Our own client asks for everything by saying nothing.
    let all = json!({"subscription": wanted(json!({}))["subscription"]});
    let own = site.post(PUSH, &browser, all).await.ok().json();
    assert_eq!(
        (&own["alerts"]["chat_message"], &own["alerts"]["poll"]),
        (&json!(true), &json!(false))
    );
    assert_ne!(own["id"], mine["id"]);
}

#[tokio::test]
async fn preferences_are_a_matrix_and_a_digest() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let first = site.get(PREFERENCES, &a).await.ok().json();
    assert_eq!(first["digest"], "off");
    assert_eq!(first["matrix"]["mention"], json!({"in_app": true, "email": true, "push": true}));
    assert_eq!(first["matrix"]["favourite"], json!({"in_app": true, "email": false, "push": true}));
    for kind in ["comment", "status", "chat_message", "new_sign_in", "update", "reblog"] {
        assert!(first["matrix"][kind]["in_app"] == true, "{kind}");
    }
    assert!(first["matrix"].get("admin.sign_up").is_none(), "they are staff's");
    let change = json!({
        "matrix": {"favourite": {"in_app": false}, "moderation_warning": {"email": false, "in_app": false}},
        "digest": "weekly",
    });
    let changed = site.json(Method::PUT, PREFERENCES, &a, change).await.ok().json();
    assert_eq!(
        changed["matrix"]["favourite"],
        json!({"in_app": false, "email": false, "push": true})
    );
    let warning = json!({"in_app": true, "email": true, "push": true});
    assert_eq!(changed["matrix"]["moderation_warning"], warning);
    let always = json!({"in_app": true, "email": true, "push": false});
    assert_eq!(changed["always"], json!({"moderation_warning": always, "appeal_decided": always}));
    assert_eq!(changed["digest"], "weekly");
    assert_eq!(site.get(PREFERENCES, &a).await.ok().json(), changed);
    for bad in [json!({"matrix": {"nonsense": {}}}), json!({"digest": "hourly"})] {
        assert_eq!(site.json(Method::PUT, PREFERENCES, &a, bad.clone()).await.status, 422, "{bad}");
    }
    assert_eq!(site.get(PREFERENCES, &a).await.ok().json(), changed);
    // What is not wanted in the list stands in none of it.
    let post = site.world.post(ada, "hello").await.post.id;
    let (ben, _) = site.person("ben").await;
    social::reactions::like(&site.world.app, ben, post).await.unwrap();
    site.world.settle().await;
    assert_eq!(site.get("/api/v1/notifications", &a).await.ok().json(), json!([]));
    let staff = site.world.person_with("olga", |who| {
        who.by_operator = Some((social::accounts::model::Role::Admin, true));
    });
    let staff = site.token(staff.await, "read").await;
    let matrix = site.get(PREFERENCES, &staff).await.ok().json()["matrix"].clone();
    assert!(matrix["admin.sign_up"]["in_app"] == true && matrix["admin.report"]["email"] == true);
}

#[tokio::test]
async fn one_click_ends_mails_without_signing_in_and_for_nobody_else() {
    let site = Site::new().await;
    let world = &site.world;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    world.post(ben, "hello @ada").await;
    world.post(ada, "hello @ben").await;
    world.settle().await;
    world.advance(mails::WINDOW * 2);
    world.settle().await;
    let link = world.mails().into_iter().find(|mail| mail.to == "ada@example.org").unwrap();
    let link = link.unsubscribe.unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8420").unwrap().to_owned();
    let mention = async |who| {
        let wishes = notifications::wishes(&world.app, who).await.unwrap();
        wishes.channels(notifications::model::NotificationKind::Mention).email
    };
    // A mail program that looks at the link changes nothing; the page has one button.
    let page = site.get(&path, "").await.ok();
    assert!(page.text().contains(&format!("action=\"{path}\"")));
    assert!(mention(ada).await);
    // RFC 8058: a POST with this body, no cookie and nothing else.
    let ended = site.form(&path, "", "List-Unsubscribe=One-Click").await.ok();
    assert!(ended.text().contains("no more mails"));
    assert!(!mention(ada).await && mention(ben).await);
    site.form(&path, "", "List-Unsubscribe=One-Click").await.ok();
    let forged = [
        path.replace("/notifications/", "/insight/"),
        path.replace("/notifications/", "/digest/"),
        path.replace("/notifications/", "/everything/"),
        format!("{}x", &path[..path.len() - 1]),
        format!("/auth/unsubscribe/notifications/{ben}"),
    ];
    for forged in forged {
        if forged != path {
            assert_eq!(site.get(&forged, "").await.status, 404, "{forged}");
            assert_eq!(site.form(&forged, "", "List-Unsubscribe=One-Click").await.status, 404);
        }
    }
    assert!(mention(ben).await && insight::wants_summary(&world.app, ada).await.unwrap());
}

#[tokio::test]
async fn a_browser_is_known_again_by_its_cookie_and_another_is_told_of() {
    let site = Site::new().await;
    let (ada, _) = site.person("ada").await;
    let enter = async |cookie: Option<&str>| {
        let mut asked = request(Method::POST, "/api/sociosphere/v1/auth/sign-in", "")
            .header("content-type", "application/json")
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
        if let Some(cookie) = cookie {
            asked = asked.header("cookie", cookie);
        }
        let body = json!({"login": "ada", "password": PASSWORD}).to_string();
        let answer = site.send(asked.body(Body::from(body)).unwrap()).await.ok();
        let device = answer.cookies().into_iter().find(|one| one.starts_with("device="));
        (device.unwrap(), answer.json()["access_token"].as_str().unwrap().to_owned())
    };
    let (first, token) = enter(None).await;
    let (again, _) = enter(Some(&first)).await;
    assert_eq!(first, again);
    site.world.settle().await;
    assert_eq!(site.get("/api/v1/notifications", &token).await.ok().json(), json!([]));
    enter(Some("device=../../etc")).await;
    site.world.settle().await;
    let told = site.get("/api/v1/notifications", &token).await.ok().json();
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!(
        (&told[0]["type"], &told[0]["device"]),
        (&json!("new_sign_in"), &json!("Firefox on Linux"))
    );
    // An app knows no such word.
    let app = site.token(ada, "read").await;
    assert_eq!(site.get("/api/v1/notifications", &app).await.ok().json(), json!([]));
}

#[tokio::test]
async fn the_bell_shows_in_the_relationship_and_tells_of_posts() {
    let site = Site::new().await;
    let (ada, _) = site.person("ada").await;
    let (ben, b) = site.person("ben").await;
    let path = format!("/api/v1/accounts/{ada}/follow");
    let tie = site.post(&path, &b, json!({"notify": true})).await.ok().json();
    assert_eq!((&tie["following"], &tie["notifying"]), (&json!(true), &json!(true)));
    let post = site.world.post(ada, "news").await.post.id;
    site.world.settle().await;
    let told = site.get("/api/v1/notifications?types[]=status", &b).await.ok().json();
    assert_eq!(
        (&told[0]["type"], &told[0]["status"]["id"]),
        (&json!("status"), &json!(post.to_string()))
    );
    let count = site.get("/api/v1/notifications/unread_count", &b).await.ok().json();
    assert_eq!(count, json!({"count": 1}));
    assert_eq!(notifications::unread(&site.world.app, ben).await.unwrap().notifications, 1);
    relations::unfollow(&site.world.app, ben, ada).await.unwrap();
    let tie = format!("/api/v1/accounts/relationships?id[]={ada}");
    assert_eq!(site.get(&tie, &b).await.ok().json()[0]["notifying"], json!(false));
}
