//! Answers against Mastodon's own description of its API (`mastodon-openapi.json`, the generated OpenAPI form of its
//! documentation). Where it and what real clients parse disagree, the client wins: those places are listed with reasons.

use std::sync::LazyLock;

use http::Method;
use serde_json::{Value, json};
use social::reactions;

use crate::client::Site;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("mastodon-openapi.json")).expect("the document is JSON")
});

/// Schema and field where the description asks for more than the level that we claim, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "Instance",
    "api_versions",
    "of 4.3; naming it would make clients ask for what is not here",
)];

/// What is wrong with a value, as paths.
fn wrong(value: &Value, schema: &Value, place: &str, name: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let target = DOCUMENT.pointer(&reference[1..]).expect("references lead somewhere");
        return wrong(value, target, place, name, found);
    }
    for all in schema["allOf"].as_array().into_iter().flatten() {
        wrong(value, all, place, name, found);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[key].as_array() {
            let fits = choices.iter().any(|choice| {
                let mut found = Vec::new();
                wrong(value, choice, place, name, &mut found);
                found.is_empty()
            });
            if !fits {
                found.push(format!("{place}: fits no choice of {name}"));
            }
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("a type of the document: {other}"),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(kind)) {
        found.push(format!("{place}: {value} is none of {kinds:?}"));
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !value.is_null()
        && !allowed.contains(value)
    {
        found.push(format!("{place}: {value} is not in {allowed:?}"));
    }
    if let Some(object) = value.as_object() {
        for field in schema["required"].as_array().into_iter().flatten() {
            let field = field.as_str().unwrap_or_default();
            let excepted = EXCEPTIONS.iter().any(|(s, f, _)| (*s, *f) == (name, field));
            if !object.contains_key(field) && !excepted {
                found.push(format!("{place}.{field} of {name} is missing"));
            }
        }
        for (field, inner) in object {
            let schema = &schema["properties"][field];
            if !schema.is_null() {
                wrong(inner, schema, &format!("{place}.{field}"), name, found);
            }
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        wrong(item, &schema["items"], &format!("{place}[{index}]"), name, found);
    }
}

pub fn check(method: &Method, template: &str, answer: &Value, found: &mut Vec<String>) {
    let operation = &DOCUMENT["paths"][template][method.as_str().to_lowercase()];
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    assert!(!schema.is_null(), "{method} {template} is described");
    wrong(answer, schema, &format!("{method} {template}"), "answer", found);
}

#[tokio::test]
async fn answers_are_as_mastodon_describes_them() {
    let site = Site::new().await;
    let (ada, token) = site.person("ada").await;
    let bob = site.world.person("bob").await;
    let app = &site.world.app;
    site.world.follow(bob, ada).await;
    let post = site.world.post(ada, "Hello @bob, see https://example.org #tag").await.post.id;
    let answer = json!({"status": "an answer", "in_reply_to_id": post, "spoiler_text": "cw"});
    let answer = site.post("/api/v1/statuses", &token, answer).await.ok().json();
    reactions::like(app, bob, post).await.unwrap();
    reactions::bookmark(app, ada, post).await.unwrap();
    reactions::like(app, ada, post).await.unwrap();
    reactions::share(app, bob, post, None, None).await.unwrap();
    let edit = json!({"status": "edited @bob #tag"});
    site.json(Method::PUT, &format!("/api/v1/statuses/{post}"), &token, edit).await.ok();
    let marker = json!({"home": {"last_read_id": post}});
    site.post("/api/v1/markers", &token, marker).await.ok();
    site.world.settle().await;
    let notification = site.get("/api/v1/notifications", &token).await.ok().json();
    let policy = json!({"for_not_following": "filter"});
    site.json(Method::PATCH, "/api/v2/notifications/policy", &token, policy).await.ok();
    let eve = site.world.person("eve").await;
    site.world.post(eve, "hello @ada").await;
    site.world.settle().await;
    let request = site.get("/api/v1/notifications/requests", &token).await.ok().json();
    let request = request[0]["id"].as_str().unwrap().to_owned();
    let group = notification[0]["group_key"].as_str().unwrap().to_owned();
    let notification = notification[0]["id"].as_str().unwrap().to_owned();

    let (post, ada, bob) = (post.to_string(), ada.to_string(), bob.to_string());
    let gets: &[(&str, &str, &str)] = &[
        ("/api/v1/instance", "", ""),
        ("/api/v2/instance", "", ""),
        ("/api/v1/accounts/verify_credentials", "", ""),
        ("/api/v1/accounts/{id}", &ada, ""),
        ("/api/v1/accounts/{id}/statuses", &ada, ""),
        ("/api/v1/accounts/{id}/statuses", &bob, ""),
        ("/api/v1/accounts/{id}/followers", &ada, ""),
        ("/api/v1/accounts/{id}/following", &bob, ""),
        ("/api/v1/accounts/lookup", "", "?acct=ada"),
        ("/api/v1/accounts/search", "", "?q=bob"),
        ("/api/v1/accounts/relationships", "", &format!("?id[]={bob}")),
        ("/api/v1/statuses/{id}", &post, ""),
        ("/api/v1/statuses/{id}", answer["id"].as_str().unwrap(), ""),
        ("/api/v1/statuses/{id}/context", &post, ""),
        ("/api/v1/statuses/{id}/history", &post, ""),
        ("/api/v1/statuses/{id}/source", &post, ""),
        ("/api/v1/statuses/{id}/favourited_by", &post, ""),
        ("/api/v1/statuses/{id}/reblogged_by", &post, ""),
        ("/api/v1/timelines/home", "", ""),
        ("/api/v1/timelines/public", "", ""),
        ("/api/v1/timelines/tag/{hashtag}", "tag", ""),
        ("/api/v1/notifications", "", ""),
        ("/api/v1/notifications/{id}", &notification, ""),
        ("/api/v1/notifications/unread_count", "", ""),
        ("/api/v2/notifications", "", ""),
        ("/api/v2/notifications", "", "?expand_accounts=partial_avatars"),
        ("/api/v2/notifications/{group_key}", &group, ""),
        ("/api/v2/notifications/{group_key}/accounts", &group, ""),
        ("/api/v2/notifications/unread_count", "", ""),
        ("/api/v2/notifications/policy", "", ""),
        ("/api/v1/notifications/requests", "", ""),
        ("/api/v1/notifications/requests/{id}", &request, ""),
        ("/api/v1/notifications/requests/merged", "", ""),
        ("/api/v1/favourites", "", ""),
        ("/api/v1/bookmarks", "", ""),
        ("/api/v1/blocks", "", ""),
        ("/api/v1/mutes", "", ""),
        ("/api/v1/follow_requests", "", ""),
        ("/api/v1/markers", "", "?timeline[]=home"),
        ("/api/v2/search", "", "?q=edited"),
        ("/api/v1/custom_emojis", "", ""),
        ("/api/v1/lists", "", ""),
        ("/api/v1/announcements", "", ""),
        ("/api/v2/filters", "", ""),
    ];
    let mut found = Vec::new();
    for (template, id, query) in gets {
        let parts: Vec<_> =
            template.split('/').map(|p| if p.starts_with('{') { id } else { p }).collect();
        let path = format!("{}{query}", parts.join("/"));
        let answer = site.get(&path, &token).await.ok().json();
        check(&Method::GET, template, &answer, &mut found);
    }
    let verbs = ["favourite", "unfavourite", "reblog", "unreblog", "bookmark", "pin", "mute"];
    for verb in verbs {
        let path = format!("/api/v1/statuses/{post}/{verb}");
        let answer = site.post(&path, &token, json!({})).await.ok().json();
        check(&Method::POST, &format!("/api/v1/statuses/{{id}}/{verb}"), &answer, &mut found);
    }
    for verb in ["follow", "unfollow", "mute", "unmute", "block", "unblock", "note"] {
        let path = format!("/api/v1/accounts/{bob}/{verb}");
        let answer = site.post(&path, &token, json!({})).await.ok().json();
        check(&Method::POST, &format!("/api/v1/accounts/{{id}}/{verb}"), &answer, &mut found);
    }
    let form = json!({"client_name": "x", "redirect_uris": ["urn:ietf:wg:oauth:2.0:oob"]});
    let answer = site.post("/api/v1/apps", "", form).await.ok().json();
    check(&Method::POST, "/api/v1/apps", &answer, &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_comparison_sees_what_is_wrong() {
    let schema = json!({"$ref": "#/components/schemas/StatusMention"});
    let good = json!({"id": "1", "username": "a", "url": "https://a.example", "acct": "a"});
    let mut found = Vec::new();
    wrong(&good, &schema, "mention", "", &mut found);
    assert!(found.is_empty(), "{found:?}");
    for bad in [
        json!({"id": 1, "username": "a", "url": "https://a.example", "acct": "a"}),
        json!({"id": "1", "username": null, "url": "https://a.example", "acct": "a"}),
        json!({"id": "1", "username": "a", "url": "https://a.example"}),
        json!([]),
    ] {
        let mut found = Vec::new();
        wrong(&bad, &schema, "mention", "", &mut found);
        assert_eq!(found.len(), 1, "{bad}: {found:?}");
    }
    let mut found = Vec::new();
    let kind = json!({"$ref": "#/components/schemas/StatusVisibilityEnum"});
    wrong(&json!("secret"), &kind, "visibility", "", &mut found);
    assert_eq!(found.len(), 1);
}
