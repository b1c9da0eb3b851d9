//! Conversations through the API alone: listed by their newest post, read, kept unread, put away, and told to streams.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    client::Site,
    live::{connect, frame, listen},
};

const PATH: &str = "/api/v1/conversations";

async fn direct(site: &Site, token: &str, text: &str, to: Option<&Value>) -> Value {
    let form = json!({"status": text, "visibility": "direct", "in_reply_to_id": to});
    let post = site.post("/api/v1/statuses", token, form).await.ok().json();
    site.world.settle().await;
    post["id"].clone()
}

#[tokio::test]
async fn they_are_listed_read_kept_unread_and_put_away() {
    let site = Site::new().await;
    let (ada, a) = site.person("ada").await;
    let (_, b) = site.person("bob").await;
    let list = async |query: &str| site.get(&format!("{PATH}{query}"), &b).await.ok();
    assert_eq!(list("").await.json(), json!([]));
    let mut newest = Vec::new();
    for word in ["one", "two", "three"] {
        newest.push(direct(&site, &a, &format!("@bob {word}"), None).await);
    }
    let answer = list("?limit=2").await;
    let all = answer.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let first = &all[0];
    assert_eq!((&first["unread"], &first["last_status"]["id"]), (&json!(true), &newest[2]));
    assert_eq!(first["accounts"][0]["id"], json!(ada.to_string()));
    assert_eq!(first["accounts"].as_array().unwrap().len(), 1);
    // The cursors are those of the newest posts.
    let old = newest[1].as_str().unwrap();
    assert!(answer.header("link").contains(&format!("max_id={old}>; rel=\"next\"")));
    let rest = list(&format!("?max_id={old}")).await.json();
    assert_eq!((&rest[0]["last_status"]["id"], rest.as_array().unwrap().len()), (&newest[0], 1));
    let newer = list(&format!("?min_id={old}")).await.json();
    assert_eq!(newer[0]["last_status"]["id"], newest[2]);

    let id = first["id"].as_str().unwrap().to_owned();
    let verb = async |method: Method, word: &str, token: &str| {
        site.call(method, &format!("{PATH}/{id}{word}"), token).await
    };
    assert_eq!(verb(Method::POST, "/read", &b).await.ok().json()["unread"], false);
    assert_eq!(list("").await.json()[0]["unread"], false);
    assert_eq!(verb(Method::POST, "/unread", &b).await.ok().json()["unread"], true);
    // Of somebody else, of an app that may not, of none: as if it were not there.
    let narrow = site.token(ada, "read").await;
    for (method, word) in [(Method::POST, "/read"), (Method::POST, "/unread"), (Method::DELETE, "")]
    {
        assert_eq!(verb(method.clone(), word, &a).await.status, 404);
        assert_eq!(verb(method.clone(), word, &narrow).await.status, 403);
        let none = site.call(method, &format!("{PATH}/nothing{word}"), &a).await;
        assert_eq!(none.status, 404);
    }
    assert_eq!(verb(Method::DELETE, "", &b).await.ok().json(), json!({}));
    assert_eq!(verb(Method::DELETE, "", &b).await.status, 404);
    assert_eq!(list("").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_stream_of_direct_posts_hears_conversations_of_its_viewer_alone() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let (_, a) = site.person("ada").await;
    let (_, b) = site.person("bob").await;
    let (_, c) = site.person("cleo").await;
    let mut his = connect(&address, &format!("?stream=direct&access_token={b}")).await;
    let mut hers = connect(&address, &format!("?stream=direct&access_token={c}")).await;
    let first = direct(&site, &a, "@bob for you alone", None).await;
    let told = frame(&mut his).await;
    assert_eq!((&told["stream"], &told["event"]), (&json!(["direct"]), &json!("conversation")));
    let told: Value = serde_json::from_str(told["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&told["unread"], &told["last_status"]["id"]), (&json!(true), &first));
    assert_eq!(told["accounts"][0]["acct"], "ada");
    // What she hears first is hers.
    let second = direct(&site, &a, "@cleo and this for you", None).await;
    let heard = frame(&mut hers).await;
    let heard: Value = serde_json::from_str(heard["payload"].as_str().unwrap()).unwrap();
    assert_eq!(heard["last_status"]["id"], second);
}
