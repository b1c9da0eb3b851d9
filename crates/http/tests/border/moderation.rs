//! Reporting, deciding, appealing: as both sides and staff meet them.

use axum::{
    body::Body,
    http::{Method, Request},
};
use graph::Id;
use serde_json::{Value, json};
use social::{
    accounts::{self, model::Account, model::Role},
    audit,
    gates::{self, model::Severity},
    sessions,
    staff::{self, Powers},
    testing::PASSWORD,
};
use sociosphere_http::ClientAddr;

use crate::{
    client::{Site, request},
    media::{PNG, upload},
};

/// Somebody of staff in our own client, with a proof.
pub struct Desk {
    pub id: Id<Account>,
    pub token: String,
    proof: String,
}

pub async fn desk(site: &Site, handle: &str, role: Role) -> Desk {
    let app = &site.world.app;
    let id = site.world.person(handle).await;
    accounts::set_role(app, id, role).await.unwrap();
    let signed = sessions::open_session(app, id, "desk").await.unwrap();
    let answer = site
        .post(
            "/api/sociosphere/v1/auth/step-up",
            &signed.access_token,
            json!({"password": PASSWORD}),
        )
        .await
        .ok();
    let proof = answer.json()["proof"].as_str().unwrap().to_owned();
    Desk { id, token: signed.access_token, proof }
}

impl Desk {
    pub async fn send(&self, site: &Site, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = request(method, path, &self.token)
            .header("content-type", "application/json")
            .header("x-sociosphere-proof", &self.proof);
        let answer = site.send(request.body(Body::from(body.to_string())).unwrap()).await;
        (answer.status.as_u16(), answer.json())
    }

    pub async fn post(&self, site: &Site, path: &str, body: Value) -> Value {
        let (status, body) = self.send(site, Method::POST, path, body).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn get(&self, site: &Site, path: &str) -> Value {
        site.get(path, &self.token).await.ok().json()
    }
}

const CASES: &str = "/api/sociosphere/v1/admin/cases";

#[tokio::test]
async fn a_report_is_decided_and_both_sides_hear_of_it_without_a_name_z_19() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, adas) = site.person("ada").await;
    let (_, bens) = site.person("ben").await;
    let post = site.world.post(ada, "buy my lantern").await.post.id;
    let form = json!({"account_id": ada, "status_ids": [post.to_string()], "category": "spam",
        "comment": "look", "forward": true});
    let report = site.post("/api/v1/reports", &bens, form).await.ok().json();
    assert_eq!(report["action_taken"], false);
    assert_eq!(report["status_ids"], json!([post.to_string()]));
    site.world.settle().await;
    let told = mona.get(&site, "/api/v1/notifications?types[]=admin.report").await;
    assert_eq!(told[0]["report"]["id"], report["id"]);

    let cases = mona.get(&site, CASES).await;
    let id = cases["items"][0]["id"].as_str().unwrap();
    let file = mona.get(&site, &format!("{CASES}/{id}")).await;
    assert_eq!(file["files"][0]["evidence"][0]["text"], "buy my lantern");
    assert_eq!(file["files"][0]["by"]["username"], "ben");
    let path = format!("{CASES}/{id}/decision");
    let ruling = json!({"measures": ["delete", "freeze"], "reason": "spam"});
    // Deleting needs the password again.
    let answer = site.post(&path, &mona.token, ruling.clone()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["code"].clone()),
        (401, "step_up_required".into())
    );
    mona.post(&site, &path, ruling).await;
    site.world.settle().await;

    assert_eq!(site.get(&format!("/api/v1/statuses/{post}"), &bens).await.status, 404);
    let mine = site.get("/api/sociosphere/v1/reports", &bens).await.ok();
    assert_eq!(mine.json()[0]["sociosphere"]["outcome"], "acted");
    let warned = site.get("/api/v1/notifications", &adas).await.ok();
    let warning = &warned.json()[0];
    assert_eq!(warning["type"], "moderation_warning");
    assert_eq!(warning["moderation_warning"]["action"], "disable");
    // An app is told nothing that it does not know; our own client is.
    assert_eq!(site.get("/api/v1/notifications", &bens).await.ok().json(), json!([]));
    let ben = site.get("/api/v1/accounts/lookup?acct=ben", "").await.json()["id"].clone();
    let ben: Id<Account> = ben.as_str().unwrap().parse().unwrap();
    let session = sessions::open_session(&site.world.app, ben, "x").await.unwrap();
    let answered = site.get("/api/v1/notifications", &session.access_token).await.ok();
    assert_eq!(answered.json()[0]["type"], "report_decided");
    let warnings = site.get("/api/sociosphere/v1/warnings", &adas).await.ok();
    for answer in [mine, warned, answered, warnings] {
        let text = answer.text();
        assert!(!text.contains("mona") && !text.contains(&mona.id.to_string()), "{text}");
    }
    let log = mona.get(&site, "/api/sociosphere/v1/admin/audit").await;
    assert_eq!(log["items"][0]["act"], "decide");
    assert!(!log.to_string().contains("lantern"));
}

#[tokio::test]
async fn a_frozen_account_reads_and_appeals_and_writes_nothing() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let alma = desk(&site, "alma", Role::Admin).await;
    let (ada, token) = site.person("ada").await;
    let post = site.world.post(mona.id, "hello").await.post.id;
    let path = format!("/api/v1/admin/accounts/{ada}/action");
    mona.post(&site, &path, json!({"type": "disable", "text": "Please calm down."})).await;
    site.get("/api/v1/timelines/home", &token).await.ok();
    let me = site.get("/api/v1/accounts/verify_credentials", &token).await.ok().json();
    assert_eq!(me["source"]["sociosphere"]["frozen"], true);
    for (path, body) in [
        ("/api/v1/statuses".to_owned(), json!({"status": "hello"})),
        (format!("/api/v1/statuses/{post}/favourite"), json!({})),
        (format!("/api/v1/accounts/{}/follow", mona.id), json!({})),
        ("/api/v1/reports".to_owned(), json!({"account_id": mona.id})),
    ] {
        let answer = site.post(&path, &token, body).await;
        assert_eq!(answer.status, 403, "{path}");
        let text = "Your account is frozen: you may read, but not write";
        assert_eq!(answer.json()["error"], text);
    }
    let place = json!({"home": {"last_read_id": post}});
    site.post("/api/v1/markers", &token, place).await.ok();
    let warnings = site.get("/api/sociosphere/v1/warnings", &token).await.ok().json();
    assert_eq!(warnings[0]["text"], "Please calm down.");
    let path =
        format!("/api/sociosphere/v1/warnings/{}/appeal", warnings[0]["id"].as_str().unwrap());
    site.post(&path, &token, json!({"text": "I was calm."})).await.ok();
    let appeals = alma.get(&site, "/api/sociosphere/v1/admin/appeals").await;
    let appeal = appeals["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/sociosphere/v1/admin/appeals/{appeal}/decision");
    let verdict = json!({"accept": true, "reason": "they were"});
    let (status, _) = mona.send(&site, Method::POST, &path, verdict.clone()).await;
    assert_eq!(status, 403, "who decided does not decide again");
    alma.post(&site, &path, verdict).await;
    site.post("/api/v1/statuses", &token, json!({"status": "hello"})).await.ok();
}

#[tokio::test]
async fn who_is_suspended_is_out_at_once_and_appeals_by_the_page_of_the_mail() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, token) = site.person("ada").await;
    let path = format!("/api/v1/admin/accounts/{ada}/action");
    mona.post(&site, &path, json!({"type": "suspend"})).await;
    assert_eq!(site.get("/api/v1/timelines/home", &token).await.status, 401);
    assert_eq!(site.get(&format!("/api/v1/accounts/{ada}"), "").await.status, 404);
    site.world.settle().await;
    let mails = site.world.mails();
    let mail = mails.iter().find(|mail| mail.to == "ada@example.org").unwrap();
    let link = mail.text.lines().find(|line| line.contains("/auth/appeal")).unwrap();
    let page = site.get(link.strip_prefix("http://127.0.0.1:8420").unwrap(), "").await.ok().text();
    assert!(page.contains("suspended"), "{page}");
    let field = |name: &str| {
        let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        at.split('"').next().unwrap().to_owned()
    };
    let form = format!("ticket={}&token={}&text=I+am+kind", field("ticket"), field("token"));
    let sent = Request::builder()
        .method(Method::POST)
        .uri("/auth/appeal")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "http://127.0.0.1:8420");
    let answer = site.send(sent.body(Body::from(form)).unwrap()).await.ok();
    assert!(answer.text().contains("has reached us"));
    assert_eq!(site.get("/auth/appeal?token=wrong", "").await.status, 404);
    let list = mona.get(&site, "/api/v2/admin/accounts?status=suspended").await;
    assert_eq!(list[0]["username"], "ada");
    mona.post(&site, &format!("/api/v1/admin/accounts/{ada}/unsuspend"), json!({})).await;
    site.get(&format!("/api/v1/accounts/{ada}"), "").await.ok();
}

#[tokio::test]
async fn staffs_lists_take_words_and_no_others() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    for path in [
        "/api/sociosphere/v1/admin/cases?sort=name",
        "/api/sociosphere/v1/admin/cases?state=x",
        "/api/sociosphere/v1/admin/audit?act=drop",
        "/api/sociosphere/v1/admin/audit?subject=account",
        "/api/v2/admin/accounts?status=x",
    ] {
        assert_eq!(site.get(path, &mona.token).await.status, 422, "{path}");
    }
    let path = "/api/sociosphere/v1/admin/cases?sort=oldest&state=closed&claimed=mine";
    assert_eq!(mona.get(&site, path).await, json!({"items": [], "next": null}));
}

#[tokio::test]
async fn rules_that_staff_edit_are_those_of_the_instance_documents() {
    let site = Site::new().await;
    let alma = desk(&site, "alma", Role::Admin).await;
    let form = json!({"rules": [{"text": "Be kind.", "hint": "To all."}], "reason": "the first"});
    let path = "/api/sociosphere/v1/admin/house/rules";
    let (status, house) = alma.send(&site, Method::PUT, path, form).await;
    assert_eq!((status, &house["rules"][0]["id"]), (200, &json!("1")));
    let wanted = json!([{"id": "1", "text": "Be kind.", "hint": "To all."}]);
    assert_eq!(site.get("/api/v1/instance/rules", "").await.ok().json(), wanted);
    assert_eq!(site.get("/api/v2/instance", "").await.ok().json()["rules"], wanted);
    let path = "/api/sociosphere/v1/admin/house/texts/account_warned";
    let (status, house) = alma.send(&site, Method::PUT, path, json!({"text": "Mind."})).await;
    assert_eq!(status, 200);
    assert!(house["texts"].to_string().contains("Mind."));
    assert_eq!(audit::verify(&site.world.app).await.unwrap().entries, 2);
}

#[tokio::test]
async fn applicants_are_let_in_and_turned_down_in_bulk() {
    use social::app::{Registrations, Settings};
    let settings = Settings { registrations: Registrations::Approval, ..Settings::default() };
    let options = sociosphere_http::HttpOptions { rate_limits: false, ..Default::default() };
    let site = Site::with(settings, options).await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let mut ids = Vec::new();
    for handle in ["one", "two"] {
        let id = site
            .world
            .person_with(handle, |who| {
                who.by_operator = None;
                who.reason = Some("I like it".to_owned());
            })
            .await;
        ids.push(id.to_string());
    }
    let waiting = mona.get(&site, "/api/v1/admin/accounts?pending=true").await;
    assert_eq!(waiting.as_array().unwrap().len(), 2);
    assert_eq!(waiting[0]["invite_request"], "I like it");
    let path = "/api/sociosphere/v1/admin/sign-ups";
    let asked = json!({"account_ids": [ids[0], "77"], "approve": true});
    let done = mona.post(&site, path, asked).await;
    assert_eq!((&done[0]["problem"], done[1]["problem"].is_string()), (&json!(null), true));
    mona.post(&site, path, json!({"account_ids": [ids[1]], "approve": false})).await;
    site.world.settle().await;
    let waiting = mona.get(&site, "/api/v1/admin/accounts?pending=true").await;
    assert_eq!(waiting, json!([]));
    site.get("/api/v1/accounts/lookup?acct=one", "").await.ok();
    assert_eq!(site.get("/api/v1/accounts/lookup?acct=two", "").await.status, 404);
}

#[tokio::test]
async fn who_is_kept_out_by_address_gets_no_answer_and_others_do() {
    let site = Site::new().await;
    let app = &site.world.app;
    let range = "203.0.113.0/24";
    gates::block_address(app, &Powers::operator(), range, Severity::NoAccess, "", None)
        .await
        .unwrap();
    let from = async |address: &str, path: &str| {
        let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ClientAddr(address.parse().unwrap()));
        site.send(request).await.status.as_u16()
    };
    assert_eq!(from("203.0.113.9", "/api/v2/instance").await, 403);
    assert_eq!(from("203.0.114.9", "/api/v2/instance").await, 200);
}

#[tokio::test]
async fn p_2_a_moderator_gives_no_role_and_an_admin_none_above() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let alma = desk(&site, "alma", Role::Admin).await;
    let (ada, _) = site.person("ada").await;
    let path = |id: Id<Account>| format!("/api/sociosphere/v1/admin/accounts/{id}/role");
    let give = async |by: &Desk, whom, role: &str| {
        by.send(&site, Method::POST, &path(whom), json!({"role": role})).await.0
    };
    assert_eq!(give(&mona, ada, "moderator").await, 403);
    for (whom, role) in [(alma.id, "owner"), (ada, "admin"), (ada, "owner")] {
        assert_eq!(give(&alma, whom, role).await, 403, "{role}");
    }
    assert_eq!(give(&alma, ada, "moderator").await, 200);
    assert!(staff::powers_of(&site.world.app, ada).await.unwrap().is_staff());
}

/// Staff hide the media of somebody: of posts old and new, wherever they show, until they take it back.
#[tokio::test]
async fn media_of_an_account_is_hidden_wherever_its_posts_show_and_shown_again() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, adas) = site.person("ada").await;
    let (ben, bens) = site.person("ben").await;
    site.world.follow(ben, ada).await;
    let media = upload(&site, &adas, "file", PNG).await.ok().json()["id"].clone();
    let form = json!({"status": "a #lantern", "media_ids": [media], "visibility": "public"});
    let post = site.post("/api/v1/statuses", &adas, form).await.ok().json();
    let id = post["id"].as_str().unwrap().to_owned();
    let one = format!("/api/v1/statuses/{id}");
    let share = site.call(Method::POST, &format!("{one}/reblog"), &bens).await.ok().json();
    let share = format!("/api/v1/statuses/{}", share["id"].as_str().unwrap());
    site.world.settle().await;
    // Every way in which somebody else comes to it; each is asked before, so that what is kept of it is what it was.
    let pages = [
        (one.clone(), ""),
        (format!("/api/v1/accounts/{ada}/statuses"), "/0"),
        ("/api/v1/timelines/home".to_owned(), "/0/reblog"),
        ("/api/v1/timelines/public?only_media=true".to_owned(), "/0"),
        ("/api/v1/timelines/tag/lantern".to_owned(), "/0"),
        ("/api/v2/search?q=lantern&type=statuses".to_owned(), "/statuses/0"),
        (share.clone(), ""),
        (share.clone(), "/reblog"),
        (format!("{one}/history"), "/0"),
    ];
    let shown = async |token: &str| {
        let mut all = Vec::new();
        for (path, place) in &pages {
            let page = site.get(path, token).await.ok().json();
            let sensitive = page.pointer(&format!("{place}/sensitive")).cloned();
            all.push(sensitive.unwrap_or_else(|| panic!("{path}{place}: {page}")));
        }
        all
    };
    assert_eq!(shown(&bens).await, vec![json!(false); pages.len()]);
    let action = format!("/api/v1/admin/accounts/{ada}/action");
    mona.post(&site, &action, json!({"type": "sensitive", "text": "Flowers, please."})).await;
    assert_eq!(shown(&bens).await, vec![json!(true); pages.len()]);
    assert_eq!(site.get(&one, "").await.ok().json()["sensitive"], true);
    // Its author sees it as it was made, so that an edit changes nothing but what was edited.
    assert_eq!(site.get(&one, &adas).await.ok().json()["sensitive"], false);
    site.world.settle().await;
    let warning = site.get("/api/v1/notifications?types[]=moderation_warning", &adas).await.ok();
    let warning = warning.json()[0]["moderation_warning"].clone();
    assert_eq!(
        (&warning["action"], &warning["text"]),
        (&json!("sensitive"), &json!("Flowers, please."))
    );
    let path = format!("/api/v1/admin/accounts/{ada}");
    assert_eq!(mona.get(&site, &path).await["sensitized"], true);
    let listed = "/api/sociosphere/v1/admin/people?standing=sensitive";
    let people = mona.get(&site, listed).await;
    assert_eq!(
        (&people["total"], &people["items"][0]["person"]["username"]),
        (&json!(1), &json!("ada"))
    );
    let back = mona.post(&site, &format!("{path}/unsensitive"), json!({})).await;
    assert_eq!(back["sensitized"], false);
    assert_eq!(shown(&bens).await, vec![json!(false); pages.len()]);
    site.world.settle().await;
    assert_eq!(mona.get(&site, listed).await["total"], 0);
    let decided = format!("/api/sociosphere/v1/admin/accounts/{ada}/decision");
    mona.post(&site, &decided, json!({"measures": ["sensitive"], "reason": "again"})).await;
    assert_eq!(shown(&bens).await, vec![json!(true); pages.len()]);
    let restore = format!("/api/sociosphere/v1/admin/accounts/{ada}/restore");
    mona.post(&site, &restore, json!({"measure": "sensitive", "reason": "learnt"})).await;
    assert_eq!(shown(&bens).await, vec![json!(false); pages.len()]);
    // What is posted later, too; others' posts are as they were.
    mona.post(&site, &decided, json!({"measures": ["sensitive"], "reason": "once more"})).await;
    let later = site.post("/api/v1/statuses", &adas, json!({"status": "later"})).await.ok().json();
    let later = format!("/api/v1/statuses/{}", later["id"].as_str().unwrap());
    assert_eq!(site.get(&later, &bens).await.ok().json()["sensitive"], true);
    let bens_post = site.world.post(ben, "mine").await.post.id;
    let bens_post = format!("/api/v1/statuses/{bens_post}");
    assert_eq!(site.get(&bens_post, &adas).await.ok().json()["sensitive"], false);
}

#[tokio::test]
async fn why_somebody_was_erased_is_in_the_audit_log() {
    let site = Site::new().await;
    let alma = desk(&site, "alma", Role::Admin).await;
    let (ada, _) = site.person("ada").await;
    let path = format!("/api/v1/admin/accounts/{ada}");
    let why = json!({"reason": "asked for it"});
    let (status, _) = alma.send(&site, Method::DELETE, &path, why.clone()).await;
    assert_eq!(status, 409, "who is not suspended is not erased");
    let decided = format!("/api/sociosphere/v1/admin/accounts/{ada}/decision");
    alma.post(&site, &decided, json!({"measures": ["suspend"]})).await;
    // Without the password our own client is told to ask for it, at this address of Mastodon's, too.
    let unproven = site.json(Method::DELETE, &path, &alma.token, why.clone()).await;
    assert_eq!(
        (unproven.status.as_u16(), &unproven.json()["code"]),
        (401, &json!("step_up_required"))
    );
    assert_eq!(alma.send(&site, Method::DELETE, &path, why).await.0, 200);
    let log = alma.get(&site, "/api/sociosphere/v1/admin/audit?act=delete_account").await;
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    assert_eq!(log["items"][0]["reason"], "asked for it");
}
