//! What views look like, to the letter; and that what is joined from fragments is what a serializer would write.

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::json;
use social::{
    posts::{self, Draft, Place, model::Audience},
    reactions, relations,
};
use sociosphere_http::{HttpOptions, Site as Shared, views};

use crate::client::Site;

/// A post of the property: what differs from one to the next.
#[derive(Clone, Debug)]
struct Sample {
    text: String,
    warning: String,
    audience: Audience,
    sensitive: bool,
    answers: bool,
    shared: bool,
    liked: bool,
}

fn sample() -> impl Strategy<Value = Sample> {
    let text = prop_oneof![
        "[a-zé\"\\\\<>&#@ \u{1F600}]{1,40}x",
        Just("Hello @bob and #Tags https://example.org/a?b=c".to_owned()),
        Just("两行\nمرحبا\n\nthree".to_owned()),
    ];
    let audience = prop_oneof![
        Just(Audience::Public),
        Just(Audience::Unlisted),
        Just(Audience::Followers),
        Just(Audience::Direct)
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (text, "[a-z\"]{0,8}", audience, flags).prop_map(
        |(text, warning, audience, (sensitive, answers, shared, liked))| Sample {
            text,
            warning,
            audience,
            sensitive,
            answers,
            shared,
            liked,
        },
    )
}

#[test]
fn a_page_of_fragments_is_the_page_that_a_serializer_writes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
    runner
        .run(&prop::collection::vec(sample(), 1..8), |samples| {
            runtime.block_on(compare(samples));
            Ok(())
        })
        .unwrap();
}

async fn compare(samples: Vec<Sample>) {
    let site = Site::new().await;
    let shared =
        std::sync::Arc::new(Shared::new(site.world.app.clone(), HttpOptions::default()).unwrap());
    let app = &site.world.app;
    let (ada, bob) = (site.world.person("ada").await, site.world.person("bob").await);
    site.world.follow(bob, ada).await;
    let mut ids = Vec::new();
    for sample in samples {
        let draft = Draft {
            text: sample.text,
            warning: sample.warning,
            sensitive: sample.sensitive,
            audience: Some(sample.audience),
            reply_to: ids.last().copied().filter(|_| sample.answers),
            ..Draft::default()
        };
        let Ok(seen) = site.world.publish(ada, draft).await else { continue };
        let id = seen.post.id;
        ids.push(id);
        if sample.shared
            && let Ok(share) = reactions::share(app, bob, id, None, None).await
        {
            ids.push(share.post.id);
        }
        if sample.liked {
            let _ = reactions::like(app, bob, id).await;
        }
    }
    for viewer in [None, Some(ada), Some(bob)] {
        let seen = posts::see(app, viewer, &ids, Place::Named).await.unwrap();
        let seen: Vec<_> = seen.into_iter().flatten().collect();
        let typed = views::view_posts(&shared, viewer, &seen).await.unwrap();
        // Twice: made fresh, and from kept fragments.
        for _ in 0..2 {
            let list = views::render_posts(&shared, viewer, &seen).await.unwrap();
            assert_eq!(String::from_utf8(list).unwrap(), serde_json::to_string(&typed).unwrap());
            for (seen, view) in seen.iter().zip(&typed) {
                let one = views::render_post(&shared, viewer, seen).await.unwrap();
                assert_eq!(String::from_utf8(one).unwrap(), serde_json::to_string(view).unwrap());
            }
        }
    }
}

#[tokio::test]
async fn a_kept_fragment_never_outlives_its_version() {
    let site = Site::new().await;
    let (ada, token) = site.person("ada").await;
    let id = site.world.post(ada, "before").await.post.id;
    let path = format!("/api/v1/statuses/{id}");
    site.get(&path, "").await.ok();
    site.get("/api/v1/accounts/verify_credentials", &token).await.ok();
    site.json(http::Method::PUT, &path, &token, json!({"status": "after"})).await.ok();
    let name = json!({"display_name": "Countess"});
    site.json(http::Method::PATCH, "/api/v1/accounts/update_credentials", &token, name).await.ok();
    let post = site.get(&path, "").await.ok().json();
    assert_eq!(post["content"], "<p>after</p>");
    assert_eq!(post["account"]["display_name"], "Countess");
}

#[tokio::test]
async fn an_account_has_every_key_that_strict_clients_parse() {
    let site = Site::new().await;
    let ada = site.world.person("ada").await;
    let account = site.get(&format!("/api/v1/accounts/{ada}"), "").await.ok().json();
    assert_eq!(
        account,
        json!({
            "id": ada.to_string(), "username": "ada", "acct": "ada", "display_name": "",
            "locked": false, "bot": false, "group": false, "discoverable": true,
            "indexable": true, "hide_collections": false,
            "created_at": "2026-01-01T00:00:00.000Z", "note": "",
            "url": "http://127.0.0.1:8420/@ada", "uri": "http://127.0.0.1:8420/users/ada",
            "avatar": "http://127.0.0.1:8420/media/default/avatar.png",
            "avatar_static": "http://127.0.0.1:8420/media/default/avatar.png",
            "header": "http://127.0.0.1:8420/media/default/header.png",
            "header_static": "http://127.0.0.1:8420/media/default/header.png",
            "emojis": [], "fields": [], "roles": [], "noindex": false, "last_status_at": null,
            "sociosphere": {"interests": []},
            "statuses_count": 0, "followers_count": 0, "following_count": 0,
        })
    );
    let picture = site.get("/media/default/avatar.png", "").await.ok();
    assert_eq!(picture.header("content-type"), "image/png");
    for name in ["ada", "@ada", "ADA", "ada@127.0.0.1:8420"] {
        let path = format!("/api/v1/accounts/lookup?acct={name}");
        assert_eq!(site.get(&path, "").await.ok().json()["id"], ada.to_string(), "{name}");
    }
    for name in ["nobody", "ada@elsewhere.example", "../x", ""] {
        let path = format!("/api/v1/accounts/lookup?acct={name}");
        assert_eq!(site.get(&path, "").await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn the_instance_says_what_it_is_to_old_and_new_clients() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let v1 = site.get("/api/v1/instance", "").await.ok().json();
    assert_eq!(v1["uri"], "127.0.0.1:8420");
    assert_eq!(v1["urls"]["streaming_api"], "ws://127.0.0.1:8420");
    assert_eq!(v1["version"], "4.3.0 (compatible; SocioSphere 0.1.0)");
    assert_eq!(v1["stats"]["user_count"], 1);
    let v2 = site.get("/api/v2/instance", "").await.ok().json();
    assert_eq!(v2["configuration"]["urls"]["streaming"], "ws://127.0.0.1:8420");
    assert_eq!(v2["configuration"]["statuses"]["max_characters"], 5_000);
    assert!(v2.get("api_versions").is_none());
    let node = site.get("/nodeinfo/2.0", "").await.ok().json();
    assert_eq!(node["software"]["name"], "sociosphere");
    let links = site.get("/.well-known/nodeinfo", "").await.ok().json();
    assert_eq!(links["links"][0]["href"], "http://127.0.0.1:8420/nodeinfo/2.0");
    let oauth = site.get("/.well-known/oauth-authorization-server", "").await.ok().json();
    assert_eq!(oauth["code_challenge_methods_supported"], json!(["S256"]));
    let grants = json!(["authorization_code", "client_credentials"]);
    assert_eq!(oauth["grant_types_supported"], grants);
    let finger = "/.well-known/webfinger?resource=acct:ada@127.0.0.1:8420";
    assert_eq!(site.get(finger, "").await.ok().json()["subject"], "acct:ada@127.0.0.1:8420");
    assert_eq!(site.get("/health", "").await.ok().text(), "OK");
    assert_eq!(site.get("/ready", "").await.ok().json()["status"], "ok");
}

#[tokio::test]
async fn notifications_are_told_counted_and_dismissed() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let (bob, _) = site.person("bob").await;
    let post = site.world.post(ada, "hello").await.post.id;
    reactions::like(&site.world.app, bob, post).await.unwrap();
    relations::follow(&site.world.app, bob, ada, Default::default()).await.unwrap();
    site.world.post(bob, "@ada hi").await;
    site.world.settle().await;
    let all = site.get("/api/v1/notifications", &a).await.ok().json();
    let mut kinds: Vec<_> =
        all.as_array().unwrap().iter().map(|n| n["type"].as_str().unwrap().to_owned()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["favourite", "follow", "mention"]);
    let mention = all.as_array().unwrap().iter().find(|n| n["type"] == "mention").unwrap();
    assert_eq!(mention["status"]["content"].as_str().unwrap().matches("mention").count(), 1);
    assert_eq!(mention["account"]["acct"], "bob");
    assert_eq!(site.get("/api/v1/notifications/unread_count", &a).await.ok().json()["count"], 3);
    for (query, count) in [
        ("types[]=follow", 1),
        ("exclude_types[]=follow", 2),
        ("types[]=poll", 0),
        ("types[]=mention&types[]=favourite", 2),
        ("account_id=1", 0),
    ] {
        let list = site.get(&format!("/api/v1/notifications?{query}"), &a).await.ok().json();
        assert_eq!(list.as_array().unwrap().len(), count, "{query}");
    }
    let newest = all[0]["id"].as_str().unwrap();
    let marker = json!({"notifications": {"last_read_id": newest}});
    let set = site.post("/api/v1/markers", &a, marker).await.ok().json();
    assert_eq!(set["notifications"]["last_read_id"], newest);
    let markers = site.get("/api/v1/markers?timeline[]=notifications", &a).await.ok().json();
    assert_eq!(markers, set);
    assert_eq!(site.get("/api/v1/notifications/unread_count", &a).await.ok().json()["count"], 0);
    let one = format!("/api/v1/notifications/{newest}");
    site.get(&one, &a).await.ok();
    site.post(&format!("{one}/dismiss"), &a, json!({})).await.ok();
    assert_eq!(site.get(&one, &a).await.status, 404);
    site.post("/api/v1/notifications/clear", &a, json!({})).await.ok();
    assert_eq!(site.get("/api/v1/notifications", &a).await.ok().json(), json!([]));
}

#[tokio::test]
async fn people_posts_and_tags_are_found() {
    let site = Site::new().await;
    let (ada, token) = site.person("ada").await;
    site.world.post(ada, "An engine for #Mathematics").await;
    site.world.settle().await;
    let found = site.get("/api/v2/search?q=engine", &token).await.ok().json();
    assert_eq!(found["statuses"][0]["account"]["acct"], "ada");
    assert_eq!(found["accounts"], json!([]));
    let found = site.get("/api/v2/search?q=math&type=hashtags", &token).await.ok().json();
    assert_eq!(found["hashtags"][0]["name"], "Mathematics");
    assert_eq!(found["hashtags"][0]["history"].as_array().unwrap().len(), 7);
    let found = site.get("/api/v2/search?q=@ad&type=accounts&resolve=true", "").await.ok().json();
    assert_eq!(found["accounts"][0]["acct"], "ada");
    assert_eq!(site.get("/api/v2/search?q=x&offset=5", "").await.status, 401);
    assert_eq!(site.get("/api/v2/search?q=x&type=$where", &token).await.status, 422);
    let found = site.get("/api/v1/accounts/search?q=ada", &token).await.ok().json();
    assert_eq!(found[0]["acct"], "ada");
    let tag = site.get("/api/v1/tags/mathematics", "").await.ok().json();
    assert_eq!(tag["url"], "http://127.0.0.1:8420/tags/mathematics");
}
