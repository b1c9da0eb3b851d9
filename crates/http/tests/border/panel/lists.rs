//! Home, people, one person, posts, media.

use std::time::Duration;

use axum::http::Method;
use graph::Id;
use serde_json::{Value, json};
use social::{
    accounts::model::Role, census, media::model::Media, posts::Draft, posts::model::Audience,
    sessions,
};

use super::{A, DAY, names, picture};
use crate::{client::Site, moderation::desk};

#[tokio::test]
async fn home_shows_the_days_who_came_back_and_what_waits() {
    let site = Site::new().await;
    let (ada, _) = site.person("ada").await;
    let post = site.world.post(ada, "hello").await.post.id;
    site.world.advance(DAY);
    let mona = desk(&site, "mona", Role::Admin).await;
    let (_, bens) = site.person("ben").await;
    site.post(&format!("/api/v1/statuses/{post}/favourite"), &bens, json!({})).await.ok();
    site.post("/api/v1/reports", &bens, json!({"account_id": ada, "status_ids": [post]}))
        .await
        .ok();
    site.world.settle().await;
    census::keep(&site.world.app).await.unwrap();
    let home = mona.at(&site, "/home?days=7").await;
    let tile = |key: &str| {
        let tiles = home["tiles"].as_array().unwrap();
        tiles.iter().find(|tile| tile["key"] == key).unwrap().clone()
    };
    // Who made requests, each once: Ada has made none.
    assert_eq!(tile("active_people")["total"], 2);
    assert_eq!(tile("sign_ups")["total"], 3);
    assert_eq!(tile("sign_ups")["series"].as_array().unwrap().len(), 7);
    assert_eq!(tile("sign_ups")["series"][6], json!({"date": "2026-01-02", "value": 2}));
    assert_eq!((&tile("posts")["total"], &tile("interactions")["total"]), (&json!(1), &json!(1)));
    assert_eq!(tile("opened_reports")["total"], 1);
    assert_eq!(home["cases"]["by_age"][0], json!({"age": "day", "count": 1}));
    assert_eq!(home["retention"].as_array().unwrap().len(), 6);
    assert_eq!(home["retention"][5]["people"], 3);
    assert_eq!(home["jobs"]["dead"], 0);
    assert_eq!(home["versions"][0]["key"], "sociosphere");
    // A moderator does not see how things run, and sees the rest.
    let mora = desk(&site, "mora", Role::Moderator).await;
    assert_eq!(mora.at(&site, "/home").await["jobs"], Value::Null);

    let token = site.token(mona.id, "admin:read").await;
    let asked = json!({"keys": ["active_users", "new_users", "no_such"],
        "start_at": "2026-01-01", "end_at": "2026-01-02"});
    let found = site.post("/api/v1/admin/measures", &token, asked).await.ok().json();
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!((&found[1]["key"], &found[1]["total"]), (&json!("new_users"), &json!("3")));
    let day = json!({"date": "2026-01-02T00:00:00.000Z", "value": "2"});
    assert_eq!(found[1]["data"][1], day);
    let asked = json!({"keys": ["software_versions", "space_usage", "servers", "sources"]});
    let found = site.post("/api/v1/admin/dimensions", &token, asked).await.ok().json();
    assert_eq!(found[0]["data"][0]["key"], "sociosphere");
    let sources = found.as_array().unwrap().iter().find(|one| one["key"] == "sources").unwrap();
    assert_eq!(sources["data"][0]["key"], "operator");
    assert_eq!(sources["data"][0]["value"], "3");
    assert_eq!(sources["data"].as_array().unwrap().len(), 1);
    let servers = found.as_array().unwrap().iter().find(|one| one["key"] == "servers").unwrap();
    assert_eq!(servers["data"], json!([]));
    // Nobody joined before the first day.
    let asked = json!({"keys": ["sources"], "start_at": "2025-01-01", "end_at": "2025-12-31"});
    let found = site.post("/api/v1/admin/dimensions", &token, asked).await.ok().json();
    assert_eq!(found, json!([{"key": "sources", "data": []}]));
    let asked = json!({"start_at": "2026-01-01", "end_at": "2026-01-02", "frequency": "day"});
    let found = site.post("/api/v1/admin/retention", &token, asked).await.ok().json();
    assert_eq!(found[1]["data"][0]["rate"], 1.0);
    for wrong in [
        json!({"start_at": "x"}),
        json!({"frequency": "week"}),
        json!({"start_at": "2026-01-02", "end_at": "2026-01-01"}),
    ] {
        let answer = site.post("/api/v1/admin/retention", &token, wrong).await;
        assert_eq!(answer.status, 422);
    }
}

#[tokio::test]
async fn people_are_listed_by_words_filters_and_sorts_page_by_page() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let mut ids = Vec::new();
    for at in 0..5 {
        ids.push(site.world.person(&format!("lamp{at}")).await);
        site.world.advance(Duration::from_millis(5));
    }
    for text in ["one", "two"] {
        site.world.post(ids[3], text).await;
    }
    site.world.post(ids[1], "one").await;
    site.world.follow(ids[0], ids[2]).await;
    mona.post(
        &site,
        &format!("/api/v1/admin/accounts/{}/action", ids[4]),
        json!({"type": "disable"}),
    )
    .await;
    site.world.settle().await;
    let found = mona.at(&site, "/people?q=lamp&sort=posts&limit=2").await;
    assert_eq!((names(&found), &found["total"]), (vec!["lamp3", "lamp1"], &json!(5)));
    let mut seen = names(&found).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut next = found["next"].as_str().map(str::to_owned);
    while let Some(cursor) = next {
        let page =
            mona.at(&site, &format!("/people?q=lamp&sort=posts&limit=2&cursor={cursor}")).await;
        seen.extend(names(&page).iter().map(|name| (*name).to_owned()));
        next = page["next"].as_str().map(str::to_owned);
    }
    seen.sort_unstable();
    assert_eq!(seen, ["lamp0", "lamp1", "lamp2", "lamp3", "lamp4"]);
    for (query, wanted) in [
        ("q=lamp&sort=oldest", vec!["lamp0", "lamp1", "lamp2", "lamp3", "lamp4"]),
        ("sort=followers&limit=1", vec!["lamp2"]),
        ("standing=frozen", vec!["lamp4"]),
        ("role=staff", vec!["mona"]),
        ("role=moderator&confirmed=yes", vec!["mona"]),
        ("origin=invite", vec![]),
        ("confirmed=no", vec![]),
        ("origin=operator&q=lamp0", vec!["lamp0"]),
    ] {
        assert_eq!(names(&mona.at(&site, &format!("/people?{query}")).await), wanted, "{query}");
    }
    for query in ["standing=x", "role=king", "origin=x", "confirmed=maybe", "sort=name"] {
        let answer = site.get(&format!("{A}/people?{query}"), &mona.token).await;
        let field = query.split('=').next().unwrap();
        assert_eq!(answer.status, 422, "{query}");
        assert!(answer.text().contains(field), "{}", answer.text());
    }
    let cursor = found["next"].as_str().unwrap();
    for wrong in ["x", "AAAA", &cursor[1..], &format!("{cursor}A")] {
        let answer = site.get(&format!("{A}/people?cursor={wrong}"), &mona.token).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    // A cursor of another order.
    let path = format!("{A}/people?q=lamp&sort=newest&cursor={cursor}");
    assert_eq!(site.get(&path, &mona.token).await.status, 400);
}

#[tokio::test]
async fn staff_know_one_person_sign_them_out_and_note_things() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, adas) = site.person("ada").await;
    let (_, bens) = site.person("ben").await;
    site.post("/api/v1/reports", &bens, json!({"account_id": ada, "comment": "rude"})).await.ok();
    let signed = sessions::open_session(&site.world.app, ada, "phone").await.unwrap();
    site.world.settle().await;
    let at = |more: &str| format!("/people/{ada}{more}");
    let one = mona.at(&site, &at("")).await;
    assert_eq!(
        (&one["reports"], &one["sessions"], &one["apps"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!((&one["standing"], &one["origin"]), (&json!("active"), &json!("operator")));
    let doors = mona.at(&site, &at("/sessions")).await;
    assert_eq!((&doors[0]["name"], &doors[0]["kind"]), (&json!("phone"), &json!("session")));
    let path = at(&format!("/sessions/{}", signed.session));
    assert_eq!(mona.does(&site, Method::DELETE, &path, json!({"reason": "lost"})).await.0, 200);
    assert_eq!(mona.does(&site, Method::DELETE, &path, json!({})).await.0, 404);
    let me = "/api/v1/accounts/verify_credentials";
    assert_eq!(site.get(me, &signed.access_token).await.status, 401);
    site.get(me, &adas).await.ok();
    let (_, ended) = mona.does(&site, Method::DELETE, &at("/sessions"), json!({})).await;
    assert_eq!(ended, json!({"ended": 1}));
    assert_eq!(site.get(me, &adas).await.status, 401);

    let (_, note) = mona.does(&site, Method::POST, &at("/notes"), json!({"text": "Spoke."})).await;
    assert_eq!((&note["text"], &note["own"]), (&json!("Spoke."), &json!(true)));
    let path = at(&format!("/notes/{}", note["id"].as_str().unwrap()));
    let mora = desk(&site, "mora", Role::Moderator).await;
    assert_eq!(mora.does(&site, Method::DELETE, &path, json!({})).await.0, 403);
    assert_eq!(mona.does(&site, Method::DELETE, &path, json!({})).await.0, 200);
    let reports = mona.at(&site, &at("/reports?side=about")).await;
    assert_eq!(reports["items"][0]["by"]["username"], "ben");
    assert_eq!(mona.at(&site, &at("/reports?side=by")).await["items"], json!([]));

    let path = format!("{A}{}", at("/export"));
    let form = json!({"reason": "asked by letter"});
    assert_eq!(site.post(&path, &mona.token, form.clone()).await.status, 401);
    let (status, all) = mona.send(&site, Method::POST, &path, form).await;
    assert_eq!((status, &all["account"]["handle"]), (200, &json!("ada")));
    assert!(!all.to_string().contains("argon2"));
    // Of one's own rank nobody.
    let path = format!("/people/{}/export", mora.id);
    assert_eq!(mona.does(&site, Method::POST, &path, json!({"reason": "x"})).await.0, 403);
    let log = mona.at(&site, "/audit").await.to_string();
    for act in ["export_person", "end_sessions", "add_note", "delete_note"] {
        assert!(log.contains(act), "{act}");
    }
    assert!(!log.contains("Spoke."));
}

#[tokio::test]
async fn p_5_staff_see_open_posts_and_those_of_open_cases_and_no_others() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, _) = site.person("ada").await;
    let (ben, bens) = site.person("ben").await;
    site.world.follow(ben, ada).await;
    let public = site.world.post(ada, "lantern for all").await.post.id;
    let unlisted = site.world.post_to(ada, "quiet lantern", Audience::Unlisted).await.post.id;
    let private = site.world.post_to(ada, "lantern for friends", Audience::Followers).await.post.id;
    let direct = site.world.post_to(ada, "@mona lantern", Audience::Direct).await.post.id;
    site.post(&format!("/api/v1/statuses/{public}/favourite"), &bens, json!({})).await.ok();
    site.world.settle().await;
    let ids = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let found = mona.at(&site, "/posts?q=lantern&sort=oldest").await;
    assert_eq!(ids(&found), [public.to_string(), unlisted.to_string()]);
    assert_eq!((&found["items"][0]["likes"], &found["total"]), (&json!(1), &json!(2)));
    let found = mona.at(&site, "/posts?sort=interactions&limit=1").await;
    assert_eq!(ids(&found), [public.to_string()]);
    assert_eq!(ids(&mona.at(&site, "/posts?visibility=unlisted").await), [unlisted.to_string()]);
    assert_eq!(ids(&mona.at(&site, "/posts?media=with").await), [""; 0]);
    assert_eq!(ids(&mona.at(&site, "/posts?visibility=reported").await), [""; 0]);
    for hidden in [private, direct] {
        let answer = site.get(&format!("{A}/posts/{hidden}"), &mona.token).await;
        assert_eq!(answer.status, 404);
        let path = format!("/posts/{hidden}");
        let (status, _) = mona.does(&site, Method::DELETE, &path, json!({"reason": "x"})).await;
        assert_eq!(status, 404);
    }
    let form = json!({"account_id": ada, "status_ids": [private.to_string()]});
    site.post("/api/v1/reports", &bens, form).await.ok();
    let found = mona.at(&site, "/posts?visibility=reported").await;
    assert_eq!(ids(&found), [private.to_string()]);
    assert!(found["items"][0]["open_case_id"].is_string());
    for query in ["visibility=x", "media=x", "sort=x", "visibility=reported&sort=interactions"] {
        assert_eq!(site.get(&format!("{A}/posts?{query}"), &mona.token).await.status, 422);
    }
    let path = format!("/posts/{private}");
    assert_eq!(mona.does(&site, Method::DELETE, &path, json!({})).await.0, 422);
    let answer = site.json(Method::DELETE, &format!("{A}{path}"), &mona.token, json!({})).await;
    assert_eq!(answer.status, 401);
    let form = json!({"reason": "spam", "message": "Please stop."});
    let (status, decision) = mona.does(&site, Method::DELETE, &path, form).await;
    assert_eq!((status, &decision["measures"]), (200, &json!(["delete"])));
    site.world.settle().await;
    assert_eq!(site.get(&format!("{A}{path}"), &mona.token).await.status, 404);
    assert!(mona.at(&site, "/audit").await["items"][0]["act"] == "decide");
}

#[tokio::test]
async fn media_is_listed_by_bytes_and_counted_by_class() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, _) = site.person("ada").await;
    let loose = picture(&site.world, ada).await;
    let shown = picture(&site.world, ada).await;
    let hidden = picture(&site.world, ada).await;
    for (media, audience) in [(shown, Audience::Public), (hidden, Audience::Direct)] {
        let text = "look".to_owned();
        let draft =
            Draft { text, media: vec![media], audience: Some(audience), ..Draft::default() };
        site.world.publish(ada, draft).await.unwrap();
    }
    site.world.settle().await;
    let found = mona.at(&site, "/media?sort=bytes&class=image&state=ready").await;
    assert_eq!(found["total"], 3);
    let row = |id: Id<Media>| {
        let items = found["items"].as_array().unwrap();
        items.iter().find(|row| row["id"] == id.to_string()).unwrap().clone()
    };
    assert_eq!((&row(loose)["use"], &row(loose)["preview_url"]), (&json!("loose"), &Value::Null));
    assert_eq!(
        (&row(hidden)["preview_url"], &row(hidden)["description"]),
        (&Value::Null, &json!(""))
    );
    assert!(row(shown)["preview_url"].is_string() && row(shown)["bytes"].as_u64().unwrap() > 0);
    assert_eq!(mona.at(&site, "/media?use=loose").await["total"], 1);
    assert_eq!(mona.at(&site, "/media?class=video").await["total"], 0);
    assert_eq!(mona.at(&site, &format!("/media?owner_id={}", mona.id)).await["total"], 0);
    for query in ["class=x", "state=x", "use=x", "sort=x"] {
        assert_eq!(site.get(&format!("{A}/media?{query}"), &mona.token).await.status, 422);
    }
    social::media::count(&site.world.app).await.unwrap();
    let totals = mona.at(&site, "/media/totals").await;
    let bytes: u64 =
        [loose, shown, hidden].map(|id| row(id)["bytes"].as_u64().unwrap()).iter().sum();
    assert_eq!(totals["classes"][0], json!({"class": "image", "files": 3, "bytes": bytes}));
}
