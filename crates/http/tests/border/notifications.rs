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
        ("exclude_types=favourite", 1),
        ("grouped_types=follow", 4),
        ("include_filtered=1", 2),
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

const POLICY: &str = "/api/v2/notifications/policy";
const OLD_POLICY: &str = "/api/v1/notifications/policy";
const REQUESTS: &str = "/api/v1/notifications/requests";

#[tokio::test]
async fn the_policy_is_read_and_changed_in_both_forms() {
    let site = Site::new().await;
    let (_, a) = site.person("ada").await;
    let (_, e) = site.person("eve").await;
    let none = json!({"pending_requests_count": 0, "pending_notifications_count": 0});
    let first = json!({
        "for_not_following": "accept", "for_not_followers": "accept", "for_new_accounts": "accept",
        "for_private_mentions": "accept", "for_limited_accounts": "filter", "summary": none,
    });
    assert_eq!(site.get(POLICY, &a).await.ok().json(), first);
    let change = json!({"for_not_following": "filter", "for_new_accounts": "drop"});
    let changed = site.json(Method::PATCH, POLICY, &a, change).await.ok().json();
    let mut wanted = first.clone();
    wanted["for_not_following"] = json!("filter");
    wanted["for_new_accounts"] = json!("drop");
    assert_eq!(changed, wanted);
    assert_eq!(site.get(POLICY, &a).await.ok().json(), wanted);
    let old = json!({
        "filter_not_following": true, "filter_not_followers": false, "filter_new_accounts": false,
        "filter_private_mentions": false, "summary": none,
    });
    assert_eq!(site.get(OLD_POLICY, &a).await.ok().json(), old);
    let change = json!({"filter_not_following": false, "filter_private_mentions": "true"});
    let old = site.json(Method::PUT, OLD_POLICY, &a, change).await.ok().json();
    assert_eq!(
        (&old["filter_not_following"], &old["filter_private_mentions"]),
        (&json!(false), &json!(true))
    );
    let policy = site.get(POLICY, &a).await.ok().json();
    assert_eq!(
        (&policy["for_private_mentions"], &policy["for_new_accounts"]),
        (&json!("filter"), &json!("drop"))
    );
    // One wrong word changes nothing.
    let wrong = json!({"for_not_following": "drop", "for_new_accounts": "maybe"});
    let answer = site.json(Method::PATCH, POLICY, &a, wrong).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("accept, filter or drop"), "{}", answer.text());
    assert_eq!(site.get(POLICY, &a).await.ok().json(), policy);
    assert_eq!(site.get(POLICY, &e).await.ok().json(), first);
}

#[tokio::test]
async fn requests_are_listed_read_accepted_and_dismissed() {
    let site = Site::new().await;
    let (_, a) = site.person("ada").await;
    let (_, e) = site.person("eve").await;
    let change = json!({"for_not_following": "filter"});
    site.json(Method::PATCH, POLICY, &a, change).await.ok();
    let mut posts = Vec::new();
    for name in ["ben", "cem", "dua", "eda"] {
        let by = site.world.person(name).await;
        site.world.post(by, "@ada hi").await;
        posts.push(site.world.post(by, "@ada hi again").await.post.id.to_string());
        site.world.settle().await;
    }
    let flat = site.get("/api/v1/notifications", &a).await.ok().json();
    assert_eq!(flat, json!([]));
    for path in ["v1/notifications", "v2/notifications"] {
        let count = format!("/api/{path}/unread_count?include_filtered=true");
        assert_eq!(site.get(&count, &a).await.ok().json(), json!({"count": 0}));
    }
    let flat = site.get("/api/v1/notifications?include_filtered=true", &a).await.ok().json();
    assert_eq!(flat.as_array().unwrap().len(), 8);
    let groups = site.get("/api/v2/notifications?include_filtered=true", &a).await.ok().json();
    assert_eq!(groups["notification_groups"].as_array().unwrap().len(), 8);
    let summary = json!({"pending_requests_count": 4, "pending_notifications_count": 8});
    assert_eq!(site.get(POLICY, &a).await.ok().json()["summary"], summary);

    let first = site.get(&format!("{REQUESTS}?limit=3"), &a).await.ok();
    let link = first.header("link").to_owned();
    let next = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    let next = next.replace("http://127.0.0.1:8420", "");
    let second = site.get(&next, &a).await.ok().json();
    let first = first.json();
    assert_eq!((first.as_array().unwrap().len(), second.as_array().unwrap().len()), (3, 1));
    let eda = &first[0];
    let fields =
        ["account", "created_at", "id", "last_status", "notifications_count", "updated_at"];
    assert_eq!(keys(eda), fields);
    assert_eq!(eda["notifications_count"], "2");
    assert_eq!(eda["account"]["acct"], "eda");
    assert_eq!(eda["last_status"]["id"], json!(posts[3]));
    let id = |request: &Value| request["id"].as_str().unwrap().to_owned();
    let one = format!("{REQUESTS}/{}", id(eda));
    assert_eq!(site.get(&one, &a).await.ok().json(), *eda);
    // Nobody else's.
    for (method, path) in [
        (Method::GET, one.clone()),
        (Method::POST, format!("{one}/accept")),
        (Method::POST, format!("{one}/dismiss")),
    ] {
        assert_eq!(site.call(method, &path, &e).await.status, 404, "{path}");
    }
    let all = json!({"id": [id(eda)]});
    site.post(&format!("{REQUESTS}/dismiss"), &e, all).await.ok();
    assert_eq!(site.get(REQUESTS, &e).await.ok().json(), json!([]));

    assert_eq!(site.post(&format!("{one}/accept"), &a, json!({})).await.ok().json(), json!({}));
    assert_eq!(site.get(&one, &a).await.status, 404);
    assert_eq!(site.post(&format!("{one}/accept"), &a, json!({})).await.status, 404);
    let merged = site.get(&format!("{REQUESTS}/merged"), &a).await.ok().json();
    assert_eq!(merged, json!({"merged": true}));
    let told = site.get("/api/v1/notifications", &a).await.ok().json();
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert!(told.as_array().unwrap().iter().all(|one| one["account"]["acct"] == "eda"));

    let dua = format!("{REQUESTS}/{}/dismiss", id(&first[1]));
    assert_eq!(site.post(&dua, &a, json!({})).await.ok().json(), json!({}));
    let bulk = json!({"id": [id(&first[2]), "junk", "1"]});
    site.post(&format!("{REQUESTS}/accept"), &a, bulk).await.ok();
    let bulk = format!("id[]={}", id(&second[0]));
    site.form(&format!("{REQUESTS}/dismiss"), &a, &bulk).await.ok();
    let many: Vec<_> = (1..=81).map(|id: u32| id.to_string()).collect();
    let many = site.post(&format!("{REQUESTS}/accept"), &a, json!({"id": many})).await;
    assert_eq!(many.status, 422);
    assert_eq!(site.get(REQUESTS, &a).await.ok().json(), json!([]));
    let told = site.get("/api/v1/notifications?include_filtered=true", &a).await.ok().json();
    let names: Vec<_> =
        told.as_array().unwrap().iter().map(|one| &one["account"]["acct"]).collect();
    assert_eq!(names, ["eda", "eda", "cem", "cem"]);
}
