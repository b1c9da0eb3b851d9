//! Jobs, errors, logs, announcements, settings.

use axum::http::Method;
use engine::queue::{Lane, NewJob, Queue};
use serde_json::{Value, json};
use social::{
    accounts::{SignUp, SignUpError, model::Role, sign_up},
    audit,
    errors::{self, Occurrence, Source},
};

use super::{A, DAY};
use crate::{client::Site, moderation::desk};

#[tokio::test]
async fn admins_look_after_jobs_errors_and_logs() {
    let site = Site::new().await;
    let alma = desk(&site, "alma", Role::Admin).await;
    site.world.settle().await;
    let (queue, now) = (&site.world.queue, site.world.app.now_ms());
    for key in ["one", "two", "three"] {
        let body = json!({"event": "applicant_rejected", "email": "x@example.org"}).to_string();
        let job = NewJob {
            key: key.to_owned(),
            kind: "mail.send".to_owned(),
            body: body.into(),
            run_at_ms: now,
            priority: 0,
        };
        queue.push(vec![job]).await.unwrap();
        let taken = queue.take(Lane::Any, 1, now, DAY).await.unwrap().remove(0);
        queue.bury(&taken.job.key, taken.fence, now, "refused").await.unwrap();
    }
    let jobs = alma.at(&site, "/jobs").await;
    assert_eq!(jobs["queue"]["dead"], 3);
    assert!(jobs["schedules"][0]["last_run_at"].is_string());
    let dead = alma.at(&site, "/jobs/dead?kind=mail.send&limit=2").await;
    assert_eq!(dead["items"].as_array().unwrap().len(), 2);
    assert!(!dead.to_string().contains("example.org"), "{dead}");
    let next = dead["next"].as_str().unwrap();
    let rest = alma.at(&site, &format!("/jobs/dead?limit=2&cursor={next}")).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    assert_eq!(site.get(&format!("{A}/jobs/dead?kind=x"), &alma.token).await.status, 422);
    let form = json!({"keys": ["one"], "reason": "fixed"});
    let (_, done) = alma.does(&site, Method::POST, "/jobs/dead/retry", form).await;
    assert_eq!(done, json!({"done": 1}));
    let path = format!("{A}/jobs/dead/drop");
    let all = json!({"all": true, "reason": "old"});
    assert_eq!(site.post(&path, &alma.token, all.clone()).await.status, 401);
    assert_eq!(alma.send(&site, Method::POST, &path, all).await.1, json!({"done": 2}));
    assert_eq!(site.post(&path, &alma.token, json!({})).await.status, 422);
    let run = |name: &str| format!("/jobs/schedules/{name}/run");
    assert_eq!(alma.does(&site, Method::POST, &run("sweep"), json!({})).await.0, 200);
    assert_eq!(alma.does(&site, Method::POST, &run("nothing"), json!({})).await.0, 404);

    site.world.app.errors.note(Occurrence {
        source: Source::Server,
        title: "broken".to_owned(),
        place: "here".to_owned(),
        detail: String::new(),
        version: "1".to_owned(),
        request: String::new(),
        trace: String::new(),
        at_ms: now,
    });
    errors::keep(&site.world.app, &site.world.app.errors).await.unwrap();
    let open = alma.at(&site, "/errors?state=open&source=server").await;
    let id = open["items"][0]["id"].as_str().unwrap();
    let (_, group) =
        alma.does(&site, Method::POST, &format!("/errors/{id}/resolve"), json!({})).await;
    assert_eq!(group["state"], "resolved");
    assert_eq!(alma.at(&site, "/errors?state=open").await["items"], json!([]));
    let (_, group) =
        alma.does(&site, Method::POST, &format!("/errors/{id}/reopen"), json!({})).await;
    assert_eq!((&group["state"], &group["title"]), (&json!("open"), &json!("broken")));
    assert_eq!(alma.at(&site, "/errors?source=client").await["items"], json!([]));
    assert_eq!(site.get(&format!("{A}/errors?state=x"), &alma.token).await.status, 422);

    let logs = alma.at(&site, "/logs?level=warn&since=2026-01-01T00:00:00Z").await;
    assert_eq!(logs, json!({"items": [], "next": null, "source": "none"}));
    for query in ["level=loud", "since=yesterday"] {
        assert_eq!(site.get(&format!("{A}/logs?{query}"), &alma.token).await.status, 422);
    }
    let log = alma.at(&site, "/audit").await.to_string();
    for act in ["retry_jobs", "drop_jobs", "run_schedule", "resolve_error", "reopen_error"] {
        assert!(log.contains(act), "{act}");
    }
    audit::verify(&site.world.app).await.unwrap();
}

#[tokio::test]
async fn an_announcement_reaches_people_who_read_it_and_react() {
    let site = Site::new().await;
    let alma = desk(&site, "alma", Role::Admin).await;
    let (_, adas) = site.person("ada").await;
    let address = crate::live::listen(&site).await;
    let mut socket = crate::sockets::Client::open(&address, &adas).await;
    let query = format!("?stream=user&access_token={adas}");
    let mut stream = crate::live::connect(&address, &query).await;
    let path = "/announcements";
    let form = json!({"text": "We move on @alma's day.", "reason": "news"});
    let (_, draft) = alma.does(&site, Method::POST, path, form).await;
    let id = draft["id"].as_str().unwrap().to_owned();
    assert_eq!(draft["state"], "draft");
    let list = "/api/v1/announcements";
    assert_eq!(site.get(list, &adas).await.ok().json(), json!([]));
    let one = |more: &str| format!("{path}/{id}{more}");
    alma.does(&site, Method::POST, &one("/publish"), json!({})).await;
    let seen = site.get(list, &adas).await.ok().json();
    assert_eq!((&seen[0]["id"], &seen[0]["read"]), (&json!(id), &json!(false)));
    // A draft is told to nobody: this is the first that is heard of it.
    assert_eq!(socket.event("announcement").await, seen[0]);
    let heard = crate::live::frame(&mut stream).await;
    assert_eq!((&heard["event"], &heard["stream"]), (&json!("announcement"), &json!(["user"])));
    let told: Value = serde_json::from_str(heard["payload"].as_str().unwrap()).unwrap();
    assert_eq!(told, seen[0]);
    assert!(!seen.to_string().contains(&alma.id.to_string()));
    let thumb = format!("{list}/{id}/reactions/%F0%9F%91%8D");
    site.json(Method::PUT, &thumb, &adas, json!({})).await.ok();
    site.post(&format!("{list}/{id}/dismiss"), &adas, json!({})).await.ok();
    let seen = site.get(list, &adas).await.ok().json();
    assert_eq!(seen[0]["reactions"], json!([{"name": "👍", "count": 1, "me": true}]));
    assert_eq!(seen[0]["read"], true);
    let wrong = format!("{list}/{id}/reactions/x");
    assert_eq!(site.json(Method::PUT, &wrong, &adas, json!({})).await.status, 422);
    site.json(Method::DELETE, &thumb, &adas, json!({})).await.ok();
    let form = json!({"text": "We stay.", "starts_at": "2026-02-01T00:00:00Z",
        "ends_at": "2026-02-02T00:00:00Z"});
    let (_, changed) = alma.does(&site, Method::PUT, &one(""), form).await;
    assert_eq!(changed["ends_at"], "2026-02-02T00:00:00.000Z");
    alma.does(&site, Method::POST, &one("/withdraw"), json!({})).await;
    assert_eq!(socket.event("announcement.delete").await, json!({"id": id}));
    while crate::live::frame(&mut stream).await["event"] != "announcement.delete" {}
    assert_eq!(site.get(list, &adas).await.ok().json(), json!([]));
    assert_eq!(alma.at(&site, "/announcements?state=withdrawn").await["items"][0]["id"], json!(id));
    assert_eq!(site.get(&format!("{A}/announcements?state=x"), &alma.token).await.status, 422);
    assert_eq!(alma.does(&site, Method::DELETE, &one(""), json!({})).await.0, 200);
    assert_eq!(alma.does(&site, Method::DELETE, &one(""), json!({})).await.0, 404);
}

#[tokio::test]
async fn settings_that_staff_change_count_at_once_and_can_be_taken_back() {
    let site = Site::new().await;
    let alma = desk(&site, "alma", Role::Admin).await;
    let path = format!("{A}/settings");
    let form = json!({"title": "Lantern", "contact_email": "us@example.org", "reason": "new name"});
    // A name needs no password.
    let changed = site.json(Method::PATCH, &path, &alma.token, form).await.ok().json();
    let title = json!({"value": "Lantern", "usual": "SocioSphere", "changed": true});
    assert_eq!(changed["title"], title);
    let close = json!({"registrations": "closed", "reason": "spam"});
    assert_eq!(site.json(Method::PATCH, &path, &alma.token, close.clone()).await.status, 401);
    assert_eq!(alma.send(&site, Method::PATCH, &path, close).await.0, 200);
    let instance = site.get("/api/v2/instance", "").await.ok().json();
    assert_eq!(
        (&instance["title"], &instance["registrations"]["enabled"]),
        (&json!("Lantern"), &json!(false))
    );
    assert_eq!(instance["contact"]["email"], "us@example.org");
    let setup = site.get("/api/sociosphere/v1/setup", "").await.ok().json();
    assert_eq!(setup["registrations"], "closed");
    let who = SignUp { handle: "ada".to_owned(), ..Default::default() };
    let refused = sign_up(&site.world.app, who).await;
    assert_eq!(refused, Err(SignUpError::Closed));
    let strangers = json!({"strangers_per_hour": "5"});
    let now = site.json(Method::PATCH, &path, &alma.token, strangers).await.ok().json();
    let five = json!({"value": "5", "usual": "20", "changed": true});
    assert_eq!(now["strangers_per_hour"], five);
    let none = json!({"strangers_per_hour": ""});
    let now = site.json(Method::PATCH, &path, &alma.token, none).await.ok().json();
    assert_eq!(now["strangers_per_hour"]["changed"], false);
    let back = json!({"title": "", "registrations": "usual"});
    let (_, now) = alma.send(&site, Method::PATCH, &path, back).await;
    assert_eq!(
        (&now["title"]["changed"], &now["registrations"]["value"]),
        (&json!(false), &json!("open"))
    );
    for wrong in [
        json!({"registrations": "maybe"}),
        json!({"strangers_per_hour": "many"}),
        json!({"strangers_per_hour": "-1"}),
        json!({"strangers_per_hour": "10001"}),
        json!({"contact_email": "x"}),
        json!({"title": "x".repeat(61)}),
    ] {
        assert_eq!(alma.send(&site, Method::PATCH, &path, wrong).await.0, 422);
    }
    let log = alma.at(&site, "/audit").await;
    assert_eq!(log["items"][0]["act"], "edit_settings");
    assert!(log["items"][4]["before"].as_str().unwrap().contains("title: SocioSphere"));
}
