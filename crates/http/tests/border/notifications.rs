//! Notifications in groups, the policy and requests, in Mastodon's exact shapes.

use http::Method;
use serde_json::{Value, json};
use social::{reactions, relations};

use crate::client::Site;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn groups_name_each_account_and_status_once() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let post = site.world.post(ada, "hello").await.post.id;
    let mut fans = Vec::new();
    for name in ["ben", "cem", "dua"] {
        let fan = site.world.person(name).await;
        reactions::like(&site.world.app, fan, post).await.unwrap();
        site.world.settle().await;
        fans.push(fan.to_string());
    }
    site.world.post(fans[0].parse().unwrap(), "@ada hi").await;
    site.world.settle().await;
    let all = site.get("/api/v2/notifications", &a).await.ok();
    assert!(all.header("link").contains("rel=\"prev\"") && !all.header("link").contains("next"));
    let all = all.json();
    assert_eq!(keys(&all), ["accounts", "notification_groups", "statuses"]);
    assert_eq!(all["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(all["statuses"].as_array().unwrap().len(), 2);
    let [mention, likes] = &all["notification_groups"].as_array().unwrap()[..] else {
        panic!("two groups: {all}")
    };
    assert_eq!(mention["type"], "mention");
    let flat = site.get("/api/v1/notifications", &a).await.ok().json();
    let id = flat[0]["id"].as_str().unwrap();
    assert_eq!(mention["group_key"], format!("ungrouped-{id}"));
    assert_eq!(mention["sample_account_ids"], json!([fans[0]]));
    let id = flat[1]["id"].as_str().unwrap();
    assert_eq!(flat[1]["group_key"], likes["group_key"]);
    let newest_first: Vec<_> = fans.iter().rev().collect();
    let wanted = json!({
        "group_key": likes["group_key"], "notifications_count": 3, "type": "favourite",
        "most_recent_notification_id": id.parse::<u64>().unwrap(),
        "page_min_id": flat[3]["id"], "page_max_id": id,
        "latest_page_notification_at": flat[1]["created_at"],
        "sample_account_ids": newest_first, "status_id": post.to_string(),
    });
    assert_eq!(*likes, wanted);

    let few = "/api/v2/notifications?types[]=favourite&expand_accounts=partial_avatars";
    let few = site.get(few, &a).await.ok().json();
    assert_eq!(few["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(few["accounts"][0]["id"], json!(fans[2]));
    assert_eq!(few["partial_accounts"].as_array().unwrap().len(), 2);
    let face = ["acct", "avatar", "avatar_static", "bot", "id", "locked", "url"];
    assert_eq!(keys(&few["partial_accounts"][0]), face);
    let wrong = site.get("/api/v2/notifications?expand_accounts=all", &a).await;
    assert_eq!(wrong.status, 400);

    for (query, groups) in [
        ("", 2),
        ("grouped_types[]=favourite", 2),
        ("grouped_types[]=follow", 4),
        ("exclude_types[]=favourite", 1),
        ("types[]=poll", 0),
        ("account_id=1", 0),
    ] {
        let list = site.get(&format!("/api/v2/notifications?{query}"), &a).await.ok().json();
        assert_eq!(list["notification_groups"].as_array().unwrap().len(), groups, "{query}");
        let count = format!("/api/v2/notifications/unread_count?{query}");
        assert_eq!(site.get(&count, &a).await.ok().json(), json!({"count": groups}), "{query}");
    }
}

#[tokio::test]
async fn groups_are_paged_by_their_links_read_and_dismissed() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let (_, e) = site.person("eve").await;
    let post = site.world.post(ada, "hello").await.post.id;
    for name in ["ben", "cem", "dua"] {
        let fan = site.world.person(name).await;
        reactions::like(&site.world.app, fan, post).await.unwrap();
        relations::follow(&site.world.app, fan, ada, Default::default()).await.unwrap();
    }
    site.world.settle().await;
    let whole = site.get("/api/v2/notifications", &a).await.ok().json();
    assert_eq!(whole["notification_groups"].as_array().unwrap().len(), 2);
    let mut path = "/api/v2/notifications?limit=1&exclude_types[]=mention".to_owned();
    let mut seen = 0;
    loop {
        let answer = site.get(&path, &a).await.ok();
        let groups = answer.json()["notification_groups"].as_array().unwrap().clone();
        assert!(groups.len() <= 1);
        seen += groups.len();
        let link = answer.header("link").to_owned();
        let Some(next) = link.strip_prefix('<').filter(|_| link.contains("rel=\"next\"")) else {
            break;
        };
        path = next.split('>').next().unwrap().replace("http://127.0.0.1:8420", "");
        assert!(path.contains("limit=1&exclude_types[]=mention&max_id="), "{path}");
    }
    assert!((2..=6).contains(&seen), "{seen}");

    let group = &whole["notification_groups"][0];
    let path = format!("/api/v2/notifications/{}", group["group_key"].as_str().unwrap());
    let one = site.get(&path, &a).await.ok().json();
    let mut bare = group.clone();
    for of_page in ["page_min_id", "page_max_id", "latest_page_notification_at"] {
        bare.as_object_mut().unwrap().remove(of_page);
    }
    assert_eq!(one["notification_groups"], json!([bare]));
    let people = site.get(&format!("{path}/accounts?limit=2"), &a).await.ok();
    assert_eq!(people.json().as_array().unwrap().len(), 2);
    assert!(people.header("link").contains("rel=\"next\""));
    // Another's group looks like one that never was.
    let never = "/api/v2/notifications/follow-1";
    for end in ["", "/accounts"] {
        let answer = site.get(&format!("{path}{end}"), &e).await;
        assert_eq!(answer.status, 404);
        let other = site.get(&format!("{never}{end}"), &e).await;
        assert_eq!(
            (answer.status, answer.json()["error"].clone()),
            (other.status, other.json()["error"].clone())
        );
    }
    for junk in ["x", "like-1", "ungrouped-x", "%00", "follow-99999999999999999999"] {
        let answer = site.get(&format!("/api/v2/notifications/{junk}"), &a).await;
        assert_eq!(answer.status, 404, "{junk}");
    }
    let dismiss = format!("{path}/dismiss");
    assert_eq!(site.post(&dismiss, &e, json!({})).await.ok().json(), json!({}));
    site.get(&path, &a).await.ok();
    assert_eq!(site.post(&dismiss, &a, json!({})).await.ok().json(), json!({}));
    assert_eq!(site.get(&path, &a).await.status, 404);
    assert_eq!(site.json(Method::POST, &dismiss, &a, json!({})).await.ok().json(), json!({}));
    let left = site.get("/api/v2/notifications", &a).await.ok().json();
    assert_eq!(left["notification_groups"].as_array().unwrap().len(), 1);
}
