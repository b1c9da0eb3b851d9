//! A worker's mind: what it says, what it refuses, what follows from an end.

use celery_wire::{About, Effect, Entry, Face, Failure, Refusal, Request, Signature, Task, Worker};
use serde_json::{Map, Value, json};

const NOW: u64 = 1_700_000_000_000;

fn worker() -> Worker {
    let face = Face { hostname: "we@here".into(), pid: 7, version: "1".into() };
    let about = About {
        face,
        queue: "sociosphere".into(),
        registered: vec!["sociosphere.mail.send".into()],
        concurrency: 3,
        transport: "redis".into(),
        broker_host: "there".into(),
        broker_port: 6379,
    };
    Worker::new(about, NOW)
}

fn task(id: &str) -> Task {
    let mut task = Task::new(id, "sociosphere.mail.send", vec![], Map::new());
    task.reply_to = Some("asker".into());
    task
}

fn ask(worker: &Worker, method: &str, arguments: Value) -> Value {
    let body = json!({"method": method, "arguments": arguments, "destination": null});
    let request = Request::parse(body.to_string().as_bytes()).unwrap();
    worker.answer(&request, NOW + 5_000).expect("all are asked")["we@here"].take()
}

fn names(effects: &[Effect]) -> Vec<String> {
    let name = |effect: &Effect| match effect {
        Effect::Event(event) => event.kind().to_owned(),
        Effect::Result { text, .. } => Entry::parse(text.as_bytes()).unwrap().status().to_owned(),
        Effect::Send(sent) => {
            format!("{} to {}", sent.task.id, sent.queue.as_deref().unwrap_or("its queue"))
        }
    };
    effects.iter().map(name).collect()
}

#[test]
fn a_success_stores_its_result_and_goes_on() {
    let worker = worker();
    let mut first = task("first");
    let next = Signature {
        task: "py.add".into(),
        options: Map::from_iter([
            ("task_id".into(), json!("second")),
            ("queue".into(), json!("py")),
        ]),
        ..Signature::default()
    };
    first.chain = vec![next.clone()];
    first.callbacks = vec![next.clone()];
    first.callbacks[0].options.clear();
    assert_eq!(names(&worker.takes(first, 1, NOW).unwrap()), ["task-received", "task-started"]);
    worker.set_result("first", json!({"n": 1}));
    let effects = worker.succeeded("first", 1, NOW + 20);
    assert_eq!(
        names(&effects),
        ["task-succeeded", "SUCCESS", "first-callback-0 to its queue", "second to py"]
    );
    let Effect::Result { text, .. } = &effects[1] else { panic!("{effects:?}") };
    let entry: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        (&entry["result"]["n"], &entry["children"][1]),
        (&json!(1), &json!([["second", null], null]))
    );
    assert_eq!(names(&worker.succeeded("first", 2, NOW)), [""; 0], "an old take");
    worker.ended("first", 2);
    assert_eq!(ask(&worker, "active", json!({}))[0]["id"], "first");
    worker.ended("first", 1);
    assert_eq!(ask(&worker, "active", json!({})), json!([]));
    assert_eq!(ask(&worker, "stats", json!({}))["total"], json!({"sociosphere.mail.send": 1}));
    assert_eq!(names(&worker.succeeded("first", 1, NOW)), [""; 0], "it is over");
}

#[test]
fn a_failure_tells_who_wanted_to_hear_of_it() {
    let worker = worker();
    let mut failing = task("a");
    failing.errbacks = vec![Signature { task: "py.sorry".into(), ..Signature::default() }];
    worker.takes(failing, 1, NOW).unwrap();
    let why = Failure::new("JobFailed", "sociosphere", "no luck");
    assert_eq!(names(&worker.retried("a", 1, &why, NOW)), ["task-retried", "RETRY"]);
    let effects = worker.failed("a", 1, &why, NOW);
    assert_eq!(names(&effects), ["task-failed", "FAILURE", "a-errback-0 to its queue"]);
    let Effect::Send(sent) = &effects[2] else { panic!("{effects:?}") };
    assert_eq!(sent.task.args, [json!("a")]);
}

#[test]
fn what_was_taken_back_or_comes_too_late_does_not_run() {
    let worker = worker();
    assert!(ask(&worker, "revoke", json!({"task_id": ["a", "b"]}))["ok"].is_string());
    let (why, effects) = worker.takes(task("a"), 1, NOW).unwrap_err();
    assert_eq!(
        (why, names(&effects)),
        (Refusal::Revoked, vec!["task-received".into(), "task-revoked".into(), "REVOKED".into()])
    );
    assert_eq!(ask(&worker, "revoked", json!({})), json!(["a", "b"]));
    let mut late = task("c");
    late.expires_ms = Some(NOW);
    assert_eq!(worker.takes(late, 1, NOW).unwrap_err().0, Refusal::Expired);
    let mut quiet = task("b");
    quiet.reply_to = None;
    assert_eq!(
        names(&worker.takes(quiet, 1, NOW).unwrap_err().1),
        ["task-received", "task-revoked"]
    );
    let many: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
    worker.revoke(&many);
    assert_eq!(ask(&worker, "revoked", json!({})).as_array().unwrap().len(), 10_000);
    assert!(worker.takes(task("a"), 1, NOW).is_ok(), "long forgotten");
}

#[test]
fn questions_are_answered_as_celery_answers() {
    let worker = worker();
    worker.takes(task("a"), 1, NOW).unwrap();
    let golden: Value = serde_json::from_str(include_str!("golden/control_replies.json")).unwrap();
    for (method, theirs) in golden.as_object().unwrap() {
        let theirs = &theirs["body"]["golden@here"];
        let ours = ask(&worker, method, json!({}));
        // An error is an error's text; else the shape is the same, down to the names of fields.
        let names = |it: &Value| it.as_object().map(|it| it.keys().cloned().collect::<Vec<_>>());
        assert_eq!(ours.is_array(), theirs.is_array(), "{method}");
        if method == "conf" {
            continue;
        }
        for name in names(theirs).unwrap_or_default() {
            assert!(ours.get(&name).is_some(), "{method}: {name}");
        }
    }
    let queue = &ask(&worker, "active_queues", json!({}))[0];
    let theirs = golden["active_queues"]["body"]["golden@here"][0].as_object().unwrap();
    assert!(theirs.keys().all(|name| queue.get(name).is_some()));
    assert_eq!(ask(&worker, "ping", json!(null)), json!({"ok": "pong"}));
    assert_eq!(ask(&worker, "active", json!({}))[0]["id"], "a");
    assert_eq!(ask(&worker, "query_task", json!({"ids": ["a", "b"]}))["a"][0], "active");
    assert_eq!(ask(&worker, "stats", json!({}))["uptime"], 5);
    for method in ["shutdown", "pool_grow", "eval", ""] {
        assert!(ask(&worker, method, json!({}))["error"].is_string(), "{method}");
    }
    let elsewhere = br#"{"method": "ping", "destination": ["other@there"]}"#;
    assert_eq!(worker.answer(&Request::parse(elsewhere).unwrap(), NOW), None);
    assert_eq!(worker.online(NOW).kind(), "worker-online");
    assert_eq!(worker.heartbeat(NOW).0["active"], 1);
}
