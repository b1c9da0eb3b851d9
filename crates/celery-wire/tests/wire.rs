//! Messages of a real Celery, read and written; and what is no message of anybody.

use celery_wire::{
    Clock, Entry, Envelope, Event, Face, Failure, Request, Signature, Task, envelope, time_ms,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

macro_rules! golden {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("golden/", $name, ".json"))).unwrap()
    };
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// `[]` and `null` are one here: Celery writes now this, now that.
fn same_body(ours: &[u8], theirs: &[u8]) {
    let read = |text: &[u8]| {
        let mut body: Value = serde_json::from_slice(text).unwrap();
        for (_, list) in body[2].as_object_mut().unwrap() {
            if *list == json!([]) {
                *list = Value::Null;
            }
        }
        body
    };
    assert_eq!(read(ours), read(theirs));
}

fn redis_envelopes() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (list, items) in object(&golden!("redis_tasks")) {
        all.extend(items.as_array().unwrap().iter().map(|item| (list.clone(), item.clone())));
    }
    let parked = golden!("redis_parked");
    all.extend(parked.as_array().unwrap().iter().map(|item| ("parked".to_owned(), item.clone())));
    assert!(all.len() >= 9);
    all
}

#[test]
fn tasks_on_redis_are_read_and_written_as_celery_does() {
    for (list, theirs) in redis_envelopes() {
        let read = Envelope::parse(theirs.to_string().as_bytes()).unwrap();
        let task = read.task().unwrap();
        let queue = theirs["properties"]["delivery_info"]["routing_key"].as_str().unwrap();
        assert_eq!(envelope::list_name(queue, task.priority), list);
        let tag = theirs["properties"]["delivery_tag"].as_str().unwrap();
        let ours: Value =
            serde_json::from_str(&Envelope::of_task(&task, queue, tag).text()).unwrap();
        // Times keep their milliseconds.
        let (mut headers, mut expected) = (object(&ours["headers"]), object(&theirs["headers"]));
        for name in ["eta", "expires"] {
            let ms = |it: Option<Value>| it.and_then(|it| time_ms(it.as_str()?));
            assert_eq!(ms(headers.remove(name)), ms(expected.remove(name)), "{name}");
        }
        assert_eq!(headers, expected);
        let (properties, mut expected) =
            (object(&ours["properties"]), object(&theirs["properties"]));
        expected.retain(|name, _| !["expiration", "origin"].contains(&name.as_str()));
        assert_eq!(properties, expected);
        assert_eq!(
            (&ours["content-type"], &ours["content-encoding"]),
            (&theirs["content-type"], &theirs["content-encoding"])
        );
        same_body(&task.body(), &read.body);
    }
}

#[test]
fn tasks_on_rabbitmq_are_read_and_written_as_celery_does() {
    for theirs in golden!("amqp_tasks").as_array().unwrap() {
        let body = theirs["body"].as_str().unwrap().as_bytes();
        let task = Task::parse(&object(&theirs["headers"]), body).unwrap();
        assert_eq!(Some(task.id.as_str()), theirs["properties"]["correlation_id"].as_str());
        let ours = task.headers();
        for (name, value) in object(&theirs["headers"]) {
            let same = ours[&name] == value
                || time_ms(ours[&name].as_str().unwrap()) == time_ms(value.as_str().unwrap());
            assert!(same, "{name}: {value}");
        }
        same_body(&task.body(), body);
    }
}

#[test]
fn a_task_with_everything_is_understood() {
    let read = |id: &str| {
        let all = redis_envelopes();
        let (_, it) = all.iter().find(|(_, it)| it["headers"]["id"] == id).unwrap();
        Envelope::parse(it.to_string().as_bytes()).unwrap().task().unwrap()
    };
    let task = read("id-eta");
    assert_eq!((task.kwargs["x"].as_str(), task.priority), (Some("ä€😀"), 6));
    assert_eq!(task.timelimit, (Some(9.into()), Some(8.into())));
    assert_eq!(task.expires_ms.unwrap() - task.eta_ms.unwrap(), 3_540_000);
    assert_eq!(task.extra, object(&json!({"tenant": "x"})));
    assert!(!task.wants_result(), "its sender said so");
    assert!(read("id-plain").wants_result());
    let task = read("id-links");
    assert_eq!(task.callbacks[0].args, [json!(9)]);
    assert_eq!(task.errbacks[0].task, "golden.fail");
    assert_eq!(read("id-group-2").group_index, Some(1));
    assert_eq!(read("id-chord-1").chord.unwrap().args, [json!(0)]);
    assert_eq!(read("retried").retries, 1);
}

#[test]
fn a_chain_goes_on_as_celery_goes_on() {
    let all = redis_envelopes();
    let (_, it) = all.iter().find(|(_, it)| it["headers"]["id"] == "id-chain-1").unwrap();
    let first = Envelope::parse(it.to_string().as_bytes()).unwrap().task().unwrap();
    let second = first.next_in_chain(&json!(3)).unwrap();
    assert_eq!(second.queue.as_deref(), Some("one"));
    let second = second.task;
    assert_eq!((second.id.as_str(), &second.args), ("id-chain-2", &vec![json!(3), json!(3)]));
    assert_eq!(second.parent_id.as_deref(), Some("id-chain-1"));
    assert_eq!(second.root_id.as_deref(), Some("id-chain-1"));
    assert_eq!(second.reply_to, first.reply_to);
    let third = second.next_in_chain(&json!(6)).unwrap().task;
    assert_eq!(
        (third.id.as_str(), &third.args),
        ("id-chain-3", &vec![json!(4), json!(5)]),
        "it is immutable"
    );
    assert_eq!(third.root_id.as_deref(), Some("id-chain-1"));
    assert_eq!(third.next_in_chain(&json!(9)), None);

    // Celery's own worker made this one of the same kind.
    let (_, it) = all.iter().find(|(_, it)| it["headers"]["id"] == "second").unwrap();
    let theirs = Envelope::parse(it.to_string().as_bytes()).unwrap().task().unwrap();
    assert_eq!(
        (theirs.parent_id.as_deref(), theirs.root_id.as_deref()),
        (Some("first"), Some("first"))
    );
    assert_eq!(theirs.args, [json!(3), json!(3)]);
}

#[test]
fn a_retry_is_the_same_task_once_more() {
    let task = Task::new("a", "b.c", vec![json!(1)], Map::new());
    let again = task.retried(1_000);
    assert_eq!((again.id.as_str(), again.retries, again.eta_ms), ("a", 1, Some(1_000)));
    assert_eq!(again.headers()["eta"], "1970-01-01T00:00:01.000000+00:00");
    assert_eq!(again.retried(2_000).retries, 2);
}

#[test]
fn who_watches_tasks_sees_no_texts() {
    let kwargs = object(&json!({"to": "ann@example.org", "n": 3, "deep": [["x", {"y": true}]]}));
    let task = Task::new("a", "b", vec![json!("secret")], kwargs);
    let shown = format!("{} {}", task.argsrepr, task.kwargsrepr);
    assert_eq!(shown, "['…'] {'to': '…', 'n': 3, 'deep': [['…', …]]}");
}

#[test]
fn results_are_read_and_written_as_celery_does() {
    for (id, stored) in object(&golden!("results")) {
        let theirs = &stored["entry"];
        let entry = Entry::parse(theirs.to_string().as_bytes()).unwrap();
        assert_eq!(Some(entry.status()), theirs["status"].as_str());
        let children: Vec<String> = theirs["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|child| child[0][0].as_str().unwrap().to_owned())
            .collect();
        let at = theirs["date_done"].as_str().and_then(time_ms).unwrap_or_default();
        let mut ours: Value = serde_json::from_str(&entry.text(&id, &children, at)).unwrap();
        let date = |it: &Value| it["date_done"].as_str().and_then(time_ms);
        assert_eq!(date(&ours), date(theirs));
        ours["date_done"] = theirs["date_done"].clone();
        assert_eq!(&ours, theirs);
    }
    let Entry::Failure(why) =
        Entry::parse(golden!("results")["failed"]["entry"].to_string().as_bytes()).unwrap()
    else {
        panic!("it failed")
    };
    assert_eq!(why.repr(), "ValueError('no such thing', 7)");
    assert!(why.traceback.unwrap().starts_with("Traceback (most recent call last)"));
}

#[test]
fn events_have_the_fields_of_celerys() {
    let face = Face { hostname: "golden@here".into(), pid: 7, version: "1".into() };
    let (clock, now) = (Clock::default(), 1_700_000_000_123);
    let (task, why) =
        (Task::new("ok", "golden.add", vec![], Map::new()), Failure::new("E", "m", "text"));
    let ours = [
        Event::worker("worker-online", &face, &clock, now, 0, 0),
        Event::worker("worker-heartbeat", &face, &clock, now, 1, 2),
        Event::worker("worker-offline", &face, &clock, now, 0, 2),
        Event::received(&task, &face, &clock, now),
        Event::started("ok", &face, &clock, now),
        Event::succeeded("ok", "5", 12, &face, &clock, now),
        Event::failed("ok", &why, &face, &clock, now),
        Event::retried("ok", &why, &face, &clock, now),
        Event::revoked("ok", true, &face, &clock, now),
    ];
    let theirs = object(&golden!("events"));
    assert_eq!(theirs.len(), ours.len());
    for (place, ours) in ours.iter().enumerate() {
        let theirs = &theirs[ours.kind()];
        let body = match &theirs["body"] {
            Value::Array(many) => many.iter().find(|it| it["type"] == ours.kind()).unwrap(),
            one => one,
        };
        let names = |it: &Map<String, Value>| {
            let mut names: Vec<String> = it.keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(names(&ours.0), names(&object(body)), "{}", ours.kind());
        assert_eq!(ours.0["clock"], json!(place + 1));
        assert_eq!(ours.0["timestamp"], json!(1_700_000_000.123));
        if ours.kind().starts_with("worker") {
            assert_eq!(theirs["channel"], envelope::event_channel(0, &ours.routing_key()).as_str());
            assert_eq!(
                theirs["message"]["properties"]["delivery_info"]["routing_key"],
                ours.routing_key().as_str()
            );
        }
        assert_eq!(object(&theirs["message"]["headers"]), Event::headers(&face));
    }
}

#[test]
fn questions_are_read_and_answers_go_where_celery_looks() {
    let replies = golden!("control_replies");
    for (method, asked) in object(&golden!("control_requests")) {
        assert_eq!(asked["channel"], envelope::control_channel(0).as_str());
        let message = Envelope::parse(asked["message"].to_string().as_bytes()).unwrap();
        let request = Request::parse(&message.body).unwrap();
        assert_eq!(request.method, method);
        assert!(request.concerns("any@node"));
        if method == "revoke" {
            assert_eq!(request.task_ids(), ["revoked"]);
            assert_eq!(request.reply_to, None);
        }
    }
    let asked = &golden!("control_requests")["ping"];
    let request = Request::parse(asked["body"].to_string().as_bytes()).unwrap();
    let theirs = &replies["ping"]["reply"];
    let reply = request.reply_to.clone().unwrap();
    let mut expected = object(&theirs["message"]["properties"]["delivery_info"]);
    assert_eq!(expected.remove("exchange"), Some(json!(reply.exchange)));
    let key = expected["routing_key"].as_str().unwrap();
    assert_eq!(theirs["queue"], format!("{key}.{}", reply.exchange).as_str());
    assert_eq!(reply.list(), format!("{}.reply.celery.pidbox", reply.routing_key));
    let names: Vec<String> = request.reply_headers(1).keys().cloned().collect();
    assert!(names.iter().all(|name| theirs["message"]["headers"].get(name).is_some()));
}

#[test]
fn a_question_names_who_must_answer() {
    let ask = |fields: Value| {
        let mut body = object(&json!({"method": "ping", "arguments": null}));
        body.extend(object(&fields));
        Request::parse(Value::Object(body).to_string().as_bytes()).unwrap()
    };
    assert!(ask(json!({"destination": ["a@b"]})).concerns("a@b"));
    assert!(!ask(json!({"destination": ["a@b"]})).concerns("c@b"));
    for (pattern, matches) in [
        ("*", true),
        ("a*b", true),
        ("a@?", true),
        ("*x*", false),
        ("a", false),
        ("", false),
        ("a@b*", true),
    ] {
        assert_eq!(
            ask(json!({"pattern": pattern, "matcher": "glob"})).concerns("a@b"),
            matches,
            "{pattern}"
        );
    }
}

#[test]
fn what_is_not_ours_to_read_says_so() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"body": 7}"#,
        r#"{"body": "%", "properties": {"body_encoding": "base64"}}"#,
    ] {
        assert!(Envelope::parse(text.as_bytes()).is_err(), "{text}");
    }
    let pickled = r#"{"body": "", "content-type": "application/x-python-serialize"}"#;
    let error = Envelope::parse(pickled.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("x-python-serialize"), "{error}");
    let headers = object(&json!({"task": "a", "id": "b", "eta": "soon"}));
    assert!(Task::parse(&headers, b"[[], {}, null]").is_err());
    assert!(Task::parse(&headers, b"{}").is_err());
}

#[test]
fn four_lists_serve_all_priorities() {
    assert_eq!(envelope::list_name("q", 0), "q");
    assert_eq!(envelope::list_name("q", 2), "q");
    assert_eq!(envelope::list_name("q", 5), "q\u{6}\u{16}3");
    assert_eq!(envelope::list_name("q", 255), "q\u{6}\u{16}9");
    let (set, member) = envelope::binding("one");
    assert!(golden!("redis_bindings")[&set].as_array().unwrap().contains(&json!(member)));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // The reader may round the last bit of others.
        any::<i32>().prop_map(|n| json!(f64::from(n) / 8.0)),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-01-01T00:00:00")),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((known_name(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Names that mean something here, so that chance gets somewhere.
fn known_name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "task",
            "id",
            "args",
            "kwargs",
            "options",
            "chain",
            "callbacks",
            "chord",
            "eta",
            "expires",
            "retries",
            "headers",
            "body",
            "properties",
            "method",
            "arguments",
            "destination",
            "pattern",
            "matcher",
            "reply_to",
            "status",
            "result",
            "task_id",
            "revoked",
            "timelimit",
            "priority",
            "body_encoding",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ]
}

fn any_signature() -> impl Strategy<Value = Signature> {
    ("[a-z.]{1,9}", prop::collection::vec(any_json(), 0..3), any::<bool>(), any_json()).prop_map(
        |(task, args, immutable, option)| Signature {
            task,
            args,
            immutable,
            options: Map::from_iter([("task_id".to_owned(), option)]),
            ..Signature::default()
        },
    )
}

fn any_task() -> impl Strategy<Value = Task> {
    let time = || prop::option::of(0u64..4_000_000_000_000);
    let signatures = || prop::collection::vec(any_signature(), 0..3);
    (
        (".{1,9}", ".{1,9}", prop::collection::vec(any_json(), 0..3)),
        prop::collection::vec((".{0,5}", any_json()), 0..3),
        (time(), time(), any::<u32>(), prop::option::of(any::<bool>())),
        (signatures(), signatures(), signatures(), prop::option::of(any_signature())),
        prop::option::of(".{0,9}"),
    )
        .prop_map(
            |((id, name, args), kwargs, (eta, expires, retries, ignore), lists, group)| Task {
                eta_ms: eta,
                expires_ms: expires,
                retries,
                ignore_result: ignore,
                chain: lists.0,
                callbacks: lists.1,
                errbacks: lists.2,
                chord: lists.3,
                group,
                ..Task::new(id, name, args, kwargs.into_iter().collect())
            },
        )
}

proptest! {
    #[test]
    fn what_was_written_is_read(task in any_task(), priority in any::<u8>()) {
        let task = Task { priority, reply_to: Some("r".into()), ..task };
        let envelope = Envelope::of_task(&task, "q", "t");
        let read = Envelope::parse(envelope.text().as_bytes()).unwrap();
        prop_assert_eq!(&read, &envelope);
        prop_assert_eq!(read.task().unwrap(), task);
    }

    #[test]
    fn nothing_that_is_read_can_hurt(value in any_json(), other in any_json(), text in prop::collection::vec(any::<u8>(), 0..60)) {
        let json = value.to_string();
        for text in [json.as_bytes(), &text] {
            let _ = Entry::parse(text);
            if let Ok(envelope) = Envelope::parse(text) {
                let _ = envelope.task();
            }
            if let Ok(request) = Request::parse(text) {
                let _ = (request.task_ids(), request.concerns("a@b"));
            }
        }
        let mut headers = value.as_object().cloned().unwrap_or_default();
        headers.insert("task".into(), json!("a"));
        headers.insert("id".into(), json!("b"));
        let body = json!([[], {}, other]).to_string();
        if let Ok(task) = Task::parse(&headers, body.as_bytes()) {
            let _ = (task.after_success(&value), task.after_failure(), task.headers(), task.body());
        }
    }
}

#[test]
fn a_job_travels_as_a_task() {
    for body in [r#"{"n":1,"to":{"z":1,"a":[1.5,null]}}"#, "{}", "7", "[1,2]", "\"x\""] {
        let task = Task::of_job("key", "mail.send", body.as_bytes(), 1_000).unwrap();
        assert_eq!((task.name.as_str(), task.id.as_str()), ("sociosphere.mail.send", "key"));
        let read = Task::parse(&task.headers(), &task.body()).unwrap().job().unwrap();
        assert_eq!((read.key.as_str(), read.kind.as_str()), ("key", "mail.send"));
        assert_eq!((read.body, read.run_at_ms), (body.as_bytes().to_vec(), Some(1_000)));
        assert!(!task.wants_result(), "nobody waits for it");
    }
    assert!(Task::of_job("key", "mail.send", b"no JSON", 0).is_err());
    assert_eq!(Task::new("a", "other.mail.send", vec![], Map::new()).job(), None);
}

#[test]
fn what_celery_put_on_a_rabbitmq_is_read_and_answered() {
    let wire = golden!("amqp_wire");
    let parked = &wire["parked"][0];
    let task =
        Task::parse(&object(&parked["headers"]), parked["body"].as_str().unwrap().as_bytes());
    let task = task.unwrap();
    assert_eq!((task.id.as_str(), task.name.as_str()), ("id-parked", "golden.add"));
    let text = |name: &str| parked["headers"][name].as_str().unwrap();
    assert_eq!(task.eta_ms, time_ms(text("eta")));
    assert_eq!(task.expires_ms, time_ms(text("expires")));
    same_body(&task.body(), parked["body"].as_str().unwrap().as_bytes());
    // Results come back as messages, of the same shape as ours.
    let results = wire["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let theirs = result["body"].as_str().unwrap();
        let entry = Entry::parse(theirs.as_bytes()).unwrap();
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let id = theirs["task_id"].as_str().unwrap();
        assert_eq!(result["properties"]["correlation_id"], id);
        let done = time_ms(theirs["date_done"].as_str().unwrap()).unwrap();
        let mut ours: Value = serde_json::from_str(&entry.text(id, &[], done)).unwrap();
        // Times keep their milliseconds.
        ours["date_done"] = theirs["date_done"].clone();
        assert_eq!(ours, theirs);
    }
    // Questions: one to all, one to us, one that nobody waits for any more.
    let about = celery_wire::Config {
        node: "golden@here".to_owned(),
        version: "1".to_owned(),
        kinds: vec!["add".to_owned()],
        allowed: Vec::new(),
        concurrency: 1,
    };
    let worker = celery_wire::Worker::new(about.about("golden", "amqp", "127.0.0.1:5672"), 1);
    let questions = wire["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 2);
    for question in questions {
        let headers = object(&question["headers"]);
        let body = question["body"].as_str().unwrap();
        let answer = worker.hear(&headers, body.as_bytes(), 1_000).unwrap().unwrap();
        let asked: Value = serde_json::from_str(body).unwrap();
        assert_eq!(answer.to.routing_key, asked["reply_to"]["routing_key"].as_str().unwrap());
        assert_eq!(answer.to.exchange, "reply.celery.pidbox");
        assert_eq!(answer.headers["ticket"], asked["ticket"]);
        assert!(answer.headers["clock"].as_u64() > headers["clock"].as_u64());
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(said["golden@here"].is_object(), "{said}");
        let late = worker.hear(&headers, body.as_bytes(), u64::MAX / 2).unwrap();
        assert_eq!(late, None, "nobody waits for it");
    }
    // Events: where they go, and the fields of ours are theirs.
    for (kind, theirs) in object(&wire["events"]) {
        let body: Value = serde_json::from_str(theirs["body"].as_str().unwrap()).unwrap();
        let key = theirs["routing_key"].as_str().unwrap();
        assert_eq!(object(&theirs["headers"]), Event::headers(worker.face()));
        let ours = match kind.as_str() {
            "worker-online" => worker.online(1),
            "worker-offline" => worker.offline(1),
            "task-received" => {
                assert_eq!(key, "task.multi");
                let names = |event: &Value| {
                    let mut names: Vec<String> = object(event).keys().cloned().collect();
                    names.sort();
                    names
                };
                let ours = Event::received(&task, worker.face(), worker.clock(), 1);
                assert_eq!(names(&Value::Object(ours.0)), names(&body[0]));
                continue;
            }
            _ => continue,
        };
        assert_eq!(ours.routing_key(), key);
        assert!(object(&body).keys().all(|name| ours.0.contains_key(name)), "{body}");
    }
}
