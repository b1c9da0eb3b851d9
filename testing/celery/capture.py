"""Captures what a real Celery says, as the golden files of crates/celery-wire.

    redis-server must be on the PATH; then: python capture.py ../../crates/celery-wire/tests/golden

Starts a Redis and a worker of its own, lets them talk, and writes down the very messages:
tasks as they lie in Redis, tasks as they go to RabbitMQ, results, events, remote control.
"""
import base64, json, os, pathlib, socket, subprocess, sys, tempfile, threading, time
from celery import Celery, chain, chord, group
from kombu.transport import pyamqp, virtual

PORT = int(os.environ.get("CAPTURE_PORT", "0"))
if not PORT:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        PORT = probe.getsockname()[1]
URL = f"redis://127.0.0.1:{PORT}/0"
app = Celery("golden", broker=URL, backend=URL)
app.conf.update(result_extended=False, worker_send_task_events=True, task_send_sent_event=False,
                broker_connection_retry_on_startup=True, task_track_started=True)


@app.task(name="golden.add")
def add(x, y=0): return x + y


@app.task(name="golden.fail")
def fail(): raise ValueError("no such thing", 7)


@app.task(name="golden.again", bind=True, max_retries=3)
def again(self): raise self.retry(exc=KeyError("later"), countdown=3600, queue="parked")


def until(what, check, seconds=30):
    end = time.monotonic() + seconds
    while not (answer := check()):
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.02)
    return answer


def tidy(value, key=None):
    """Takes the paths of this machine out, also from what is inside base64."""
    if isinstance(value, dict): return {k: tidy(v, k) for k, v in value.items()}
    if isinstance(value, list): return [tidy(v) for v in value]
    if not isinstance(value, str): return value
    if key == "body" and value.endswith("=") or key == "body" and " " not in value:
        return base64.b64encode(tidy(base64.b64decode(value).decode()).encode()).decode()
    return value.replace(sys.prefix, "/venv").replace(str(pathlib.Path(__file__).parent.resolve()), "/srv")


def main(out):
    import redis
    data = tempfile.TemporaryDirectory()
    server = subprocess.Popen(["redis-server", "--port", str(PORT), "--bind", "127.0.0.1", "--save", "",
                               "--dir", data.name], stdout=subprocess.DEVNULL)
    worker = None
    try:
        link = redis.Redis(port=PORT)

        def up():
            try: return link.ping()
            except redis.ConnectionError: return False
        until("redis", up)
        write = lambda name, value: (out / f"{name}.json").write_text(json.dumps(tidy(value), indent=1, sort_keys=True) + "\n")

        # Tasks, as they lie in the lists. Nobody works on these queues.
        app.send_task("golden.add", args=[2, 3], queue="one", task_id="id-plain")
        app.send_task("golden.add", kwargs={"x": "ä€😀", "y": ""}, queue="one", task_id="id-eta", countdown=60, expires=3600,
                      priority=6, ignore_result=True, headers={"tenant": "x"}, time_limit=9, soft_time_limit=8)
        (add.s(1, 2).set(queue="one", task_id="id-chain-1") | add.s(3).set(queue="one", task_id="id-chain-2")
         | add.si(4, 5).set(queue="one", task_id="id-chain-3")).apply_async()
        add.apply_async((1,), queue="one", task_id="id-links", link=add.s(9), link_error=fail.s())
        group(add.s(1, 1).set(queue="one", task_id="id-group-1"), add.s(2, 2).set(queue="one", task_id="id-group-2")).apply_async()
        chord([add.s(1, 1).set(queue="one", task_id="id-chord-1")] * 2, add.s(0).set(queue="one")).apply_async()
        lists = {key.decode(): [json.loads(item) for item in reversed(link.lrange(key, 0, -1))]
                 for key in link.keys("*") if link.type(key) == b"list"}
        write("redis_tasks", lists)
        write("redis_bindings", {key.decode(): sorted(m.decode() for m in link.smembers(key))
                                 for key in link.keys("_kombu*") if link.type(key) == b"set"})

        # The same as they go to RabbitMQ: what its client library puts on the wire.
        amqp = []
        for envelope in sum(lists.values(), []):
            body = base64.b64decode(envelope["body"])
            properties = {key: value for key, value in envelope["properties"].items()
                          if key in ("correlation_id", "reply_to", "delivery_mode", "priority")}
            message = pyamqp.Channel.prepare_message(
                None, body, properties["priority"], envelope["content-type"], envelope["content-encoding"],
                envelope["headers"], {k: v for k, v in properties.items() if k != "priority"})
            amqp.append({"properties": {k: v for k, v in message.properties.items() if k != "application_headers"},
                         "headers": message.properties["application_headers"],
                         "body": message.body if isinstance(message.body, str) else message.body.decode()})
        write("amqp_tasks", amqp)

        # A worker: what it says, answers and leaves behind.
        said = []
        ears = link.pubsub()
        ears.psubscribe("*")

        def listen():
            for item in ears.listen():
                if item["type"] == "pmessage":
                    said.append((item["channel"].decode(), item["data"]))
        threading.Thread(target=listen, daemon=True).start()
        worker = subprocess.Popen([sys.executable, "-m", "celery", "-A", "capture", "worker", "-P", "solo", "-E",
                                   "-n", "golden@here", "-Q", "two", "--loglevel", "WARNING"],
                                  env={**os.environ, "CAPTURE_PORT": str(PORT)}, cwd=pathlib.Path(__file__).parent)
        events = lambda: [json.loads(data) for channel, data in said if "/0.celeryev" in channel]
        body = lambda event: json.loads(base64.b64decode(event["body"]))
        types = lambda: {e["type"] for event in events()
                         for e in (lambda b: b if isinstance(b, list) else [b])(body(event))}
        until("the worker", lambda: "worker-online" in types())
        ok = app.send_task("golden.add", args=[2, 3], queue="two", task_id="ok")
        assert ok.get(timeout=30) == 5
        app.send_task("golden.fail", queue="two", task_id="failed").get(timeout=30, propagate=False)
        app.send_task("golden.again", queue="two", task_id="retried")
        chained = (add.s(1, 2).set(queue="two", task_id="first") | add.s(3).set(queue="parked", task_id="second")).apply_async()
        until("what is parked", lambda: link.llen("parked") == 2)
        app.control.revoke("revoked")
        until("the revoke", lambda: app.control.inspect(timeout=1).revoked() == {"golden@here": ["revoked"]})
        app.send_task("golden.add", args=[2, 3], queue="two", task_id="revoked").get(timeout=30, propagate=False)
        until("all events", lambda: {"worker-heartbeat", "task-received", "task-started", "task-succeeded", "task-failed",
                                     "task-retried", "task-revoked"} <= types())
        write("redis_parked", [json.loads(item) for item in reversed(link.lrange("parked", 0, -1))])
        write("results", {id: {"entry": json.loads(link.get(f"celery-task-meta-{id}")),
                               "ttl": link.ttl(f"celery-task-meta-{id}") > 86000,
                               "published": any(c == f"celery-task-meta-{id}" for c, _ in said)}
                          for id in ("ok", "failed", "retried", "revoked", "first")})

        # Remote control: the answers as the asker gets them.
        replies, deliver = [], virtual.Transport._deliver

        def record(self, message, queue):
            replies.append({"queue": queue, "message": message})
            return deliver(self, message, queue)
        virtual.Transport._deliver = record
        answers = {}
        for verb in ("ping", "stats", "active", "reserved", "scheduled", "revoked", "registered", "active_queues", "conf"):
            del replies[:]
            answer = getattr(app.control.inspect(timeout=1), verb)()
            assert answer, verb
            answers[verb] = {"reply": replies[0], "body": json.loads(base64.b64decode(replies[0]["message"]["body"]))}
        for verb, arguments in (("hello", {"from_node": "x@y", "revoked": {}}), ("enable_events", {}), ("shutdownx", {})):
            del replies[:]
            app.control.broadcast(verb, arguments=arguments, reply=True, timeout=1)
            answers[verb] = {"reply": replies[0] if replies else None,
                             "body": json.loads(base64.b64decode(replies[0]["message"]["body"])) if replies else None}
        write("control_replies", answers)
        requests = [{"channel": c, "message": json.loads(d)} for c, d in said if ".celery.pidbox" in c]
        for request in requests:
            request["body"] = json.loads(base64.b64decode(request["message"]["body"]))
        seen = {}
        for request in requests:
            seen.setdefault(request["body"]["method"], request)
        write("control_requests", seen)
        worker.terminate()
        worker.wait(30)
        until("worker-offline", lambda: "worker-offline" in types())
        kept = {}
        for channel, data in said:
            if "/0.celeryev" in channel:
                event = json.loads(data)
                content = body(event)
                for one in content if isinstance(content, list) else [content]:
                    kept.setdefault(one["type"], {"channel": channel, "message": event, "body": content})
        write("events", kept)
    finally:
        for process in (worker, server):
            if process and process.poll() is None:
                process.terminate()
                process.wait(30)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
