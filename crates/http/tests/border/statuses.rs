//! Posts, timelines, reactions and relations, through the API alone.

use axum::http::Method;
use serde_json::{Value, json};

use crate::client::Site;

#[tokio::test]
async fn a_post_is_written_read_answered_liked_shared_edited_and_deleted() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let (_, b) = site.person("bob").await;
    let post = site
        .post("/api/v1/statuses", &a, json!({"status": "Hello #World @bob <b>", "language": "en"}))
        .await
        .ok()
        .json();
    let id = post["id"].as_str().unwrap().to_owned();
    assert_eq!(post["url"], format!("http://127.0.0.1:8420/@ada/{id}"));
    assert_eq!(post["mentions"][0]["acct"], "bob");
    assert_eq!(post["tags"][0]["name"], "World");
    assert!(post["content"].as_str().unwrap().contains("&lt;b&gt;"));
    assert_eq!(post["favourited"], false);
    assert!(post["application"].is_null());

    let anonymous = site.get(&format!("/api/v1/statuses/{id}"), "").await.ok().json();
    assert!(anonymous.get("favourited").is_none() && anonymous["id"] == id);

    let reply = json!({"status": "Hi Ada", "in_reply_to_id": id});
    let reply = site.post("/api/v1/statuses", &b, reply).await.ok().json();
    assert_eq!(reply["in_reply_to_account_id"], ada.to_string());
    let context = site.get(&format!("/api/v1/statuses/{id}/context"), "").await.ok().json();
    assert_eq!(context["descendants"][0]["id"], reply["id"]);
    assert_eq!(context["ancestors"], json!([]));

    let liked = site.call(Method::POST, &format!("/api/v1/statuses/{id}/favourite"), &b).await.ok();
    let liked = liked.json();
    assert_eq!((&liked["favourited"], &liked["favourites_count"]), (&json!(true), &json!(1)));
    let shared = site.call(Method::POST, &format!("/api/v1/statuses/{id}/reblog"), &b).await.ok();
    let shared = shared.json();
    assert_ne!(shared["id"], json!(id));
    assert_eq!(shared["reblog"]["id"], json!(id));
    assert_eq!(shared["reblog"]["reblogs_count"], 1);
    assert_eq!((&shared["reblogged"], &shared["content"]), (&json!(true), &post["content"]));
    let who = site.get(&format!("/api/v1/statuses/{id}/favourited_by"), "").await.ok().json();
    assert_eq!(who[0]["acct"], "bob");

    let edit = json!({"status": "Hello again", "spoiler_text": "cw"});
    let edited =
        site.json(Method::PUT, &format!("/api/v1/statuses/{id}"), &a, edit).await.ok().json();
    assert_eq!(edited["content"], "<p>Hello again</p>");
    assert!(edited["edited_at"].as_str().unwrap().ends_with('Z'));
    let history = site.get(&format!("/api/v1/statuses/{id}/history"), "").await.ok().json();
    assert_eq!(history.as_array().unwrap().len(), 2);
    let source = site.get(&format!("/api/v1/statuses/{id}/source"), &a).await.ok().json();
    assert_eq!(source, json!({"id": id, "text": "Hello again", "spoiler_text": "cw"}));
    assert_eq!(site.get(&format!("/api/v1/statuses/{id}/source"), &b).await.status, 404);

    assert_eq!(site.call(Method::DELETE, &format!("/api/v1/statuses/{id}"), &b).await.status, 404);
    let deleted = site.call(Method::DELETE, &format!("/api/v1/statuses/{id}"), &a).await.ok();
    assert_eq!(deleted.json()["text"], "Hello again");
    assert_eq!(site.get(&format!("/api/v1/statuses/{id}"), "").await.status, 404);
}

#[tokio::test]
async fn what_comes_later_is_refused_clearly() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    for (body, field) in [
        (json!({"status": "x", "poll": {"options": ["a", "b"], "expires_in": 300}}), "poll"),
        (json!({"status": "x", "scheduled_at": "2030-01-01T00:00:00Z"}), "scheduled_at"),
        (json!({"status": "x", "visibility": "secret"}), "visibility"),
        (json!({"status": ""}), "status"),
        (json!({"status": "x", "media_ids": ["abc"]}), "media_ids"),
    ] {
        let answer = site.post("/api/v1/statuses", &token, body).await;
        assert_eq!(answer.status, 422);
        assert!(answer.json()["details"][field].is_array(), "{field}: {}", answer.text());
        assert!(answer.json()["error"].as_str().unwrap().starts_with("Validation failed: "));
    }
    for path in ["/api/v1/lists", "/api/v2/filters", "/api/v1/announcements", "/api/v1/trends/tags"]
    {
        assert_eq!(site.get(path, &token).await.ok().json(), json!([]), "{path}");
    }
}

#[tokio::test]
async fn the_same_idempotency_key_returns_the_first_post() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let send = async || {
        let request = crate::client::request(Method::POST, "/api/v1/statuses", &token)
            .header("content-type", "application/json")
            .header("idempotency-key", "once");
        let body = axum::body::Body::from(r#"{"status":"one"}"#);
        site.send(request.body(body).unwrap()).await.ok().json()
    };
    assert_eq!(send().await["id"], send().await["id"]);
}

#[tokio::test]
async fn links_lead_through_the_whole_home_and_back() {
    let site = Site::new().await;
    let (ada, token) = site.person("ada").await;
    for number in 0..7 {
        site.world.post(ada, &format!("post {number}")).await;
    }
    let mut path = "/api/v1/timelines/home?limit=3&only=x".to_owned();
    let mut seen: Vec<Value> = Vec::new();
    let mut previous = String::new();
    loop {
        let answer = site.get(&path, &token).await.ok();
        let link = answer.header("link").to_owned();
        let page = answer.json();
        seen.extend(page.as_array().unwrap().iter().map(|post| post["content"].clone()));
        if previous.is_empty() {
            let prev = link.split(", ").find(|part| part.ends_with("rel=\"prev\"")).unwrap();
            assert!(prev.contains("limit=3&only=x&min_id="), "{prev}");
            previous = prev.split('<').nth(1).unwrap().split('>').next().unwrap().to_owned();
        }
        // `next` comes first, absolute, with the other parameters.
        let Some(next) = link.strip_prefix("<http://127.0.0.1:8420") else { panic!("{link}") };
        if !link.contains("rel=\"next\"") {
            break;
        }
        assert!(next.contains("limit=3&only=x&max_id="), "{next}");
        path = next.split('>').next().unwrap().to_owned();
        if page.as_array().unwrap().is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    assert_eq!((&seen[0], &seen[6]), (&json!("<p>post 6</p>"), &json!("<p>post 0</p>")));
    site.world.post(ada, "newer").await;
    let newer = previous.strip_prefix("http://127.0.0.1:8420").unwrap();
    let page = site.get(newer, &token).await.ok().json();
    assert_eq!(page[0]["content"], "<p>newer</p>");
    assert_eq!(page.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn z21_forged_cursors_are_400() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    for path in [
        "/api/v1/timelines/home?max_id=abc",
        "/api/v1/timelines/public?min_id=-1",
        "/api/v1/notifications?since_id=1e3",
        "/api/v1/blocks?max_id=%27",
    ] {
        assert_eq!(site.get(path, &token).await.status, 400, "{path}");
    }
    let path = "/api/v1/timelines/home?max_id=9223372036854775808&limit=9999";
    site.get(path, &token).await.ok();
}

#[tokio::test]
async fn z2_a_hidden_post_and_one_that_never_was_look_the_same() {
    let site = Site::new().await;
    let (_, a) = site.person("ada").await;
    let (_, stranger) = site.person("eve").await;
    let body = json!({"status": "for followers", "visibility": "private"});
    let id = site.post("/api/v1/statuses", &a, body).await.ok().json()["id"].clone();
    let id = id.as_str().unwrap();
    for token in ["", &stranger] {
        for end in ["", "/context", "/history", "/favourited_by", "/reblogged_by"] {
            let hidden = site.get(&format!("/api/v1/statuses/{id}{end}"), token).await;
            let absent = site.get(&format!("/api/v1/statuses/123456789{end}"), token).await;
            assert_eq!(hidden.status, 404, "{end}");
            assert_eq!(hidden.bytes, absent.bytes, "{end}");
            assert_eq!(hidden.header("cache-control"), "private, no-store");
        }
    }
    for verb in ["favourite", "reblog", "bookmark", "mute", "pin"] {
        let hidden =
            site.call(Method::POST, &format!("/api/v1/statuses/{id}/{verb}"), &stranger).await;
        let absent =
            site.call(Method::POST, &format!("/api/v1/statuses/12345/{verb}"), &stranger).await;
        assert_eq!((hidden.status.as_u16(), &hidden.bytes), (404, &absent.bytes), "{verb}");
    }
}

#[tokio::test]
async fn relations_change_and_are_shown() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let (bob, b) = site.person("bob").await;
    site.json(Method::PATCH, "/api/v1/accounts/update_credentials", &b, json!({"locked": "1"}))
        .await
        .ok();
    let asked = site.call(Method::POST, &format!("/api/v1/accounts/{bob}/follow"), &a).await.ok();
    assert_eq!(asked.json()["requested"], true);
    let requests = site.get("/api/v1/follow_requests", &b).await.ok().json();
    assert_eq!(requests[0]["id"], ada.to_string());
    let path = format!("/api/v1/follow_requests/{ada}/authorize");
    assert_eq!(site.call(Method::POST, &path, &b).await.ok().json()["followed_by"], true);
    assert_eq!(site.call(Method::POST, &path, &b).await.status, 404);
    let followers = site.get(&format!("/api/v1/accounts/{bob}/followers"), "").await.ok();
    assert_eq!(followers.json()[0]["id"], ada.to_string());
    assert!(followers.header("link").contains("since_id="));
    let note =
        site.form(&format!("/api/v1/accounts/{bob}/note"), &a, "comment=a+friend").await.ok();
    assert_eq!(note.json()["note"], "a friend");
    let mute = json!({"notifications": false, "duration": 60});
    let muted = site.post(&format!("/api/v1/accounts/{bob}/mute"), &a, mute).await.ok().json();
    assert_eq!((&muted["muting"], &muted["muting_notifications"]), (&json!(true), &json!(false)));
    assert_eq!(muted["muting_expires_at"], "2026-01-01T00:01:00.000Z");
    let listed = site.get("/api/v1/mutes", &a).await.ok().json();
    assert_eq!(listed[0]["mute_expires_at"], "2026-01-01T00:01:00.000Z");
    assert_eq!(listed[0]["id"], bob.to_string());
    site.call(Method::POST, &format!("/api/v1/accounts/{bob}/block"), &a).await.ok();
    let blocks = site.get("/api/v1/blocks", &a).await.ok().json();
    assert_eq!(blocks[0]["id"], bob.to_string());
    let again = site.call(Method::POST, &format!("/api/v1/accounts/{bob}/follow"), &a).await;
    assert_eq!(again.status, 403);
}

#[tokio::test]
async fn familiar_followers_are_those_one_follows() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let (bob, eve) = (site.world.person("bob").await, site.world.person("eve").await);
    site.world.follow(ada, bob).await;
    site.world.follow(bob, eve).await;
    let path = format!("/api/v1/accounts/familiar_followers?id[]={eve}");
    let found = site.get(&path, &a).await.ok().json();
    assert_eq!(found[0]["id"], eve.to_string());
    assert_eq!(found[0]["accounts"][0]["acct"], "bob");
}
