"""What a real Celery puts on a real RabbitMQ: writes one file of golden messages.

    capture_amqp.py OUT BROKER        (BROKER: an empty virtual host, as amqp://guest:guest@127.0.0.1:5672/golden)

A worker of Celery runs; its events, a question and its answer, a task and its result are taken off the wire as they are, by
queues of our own bound beside Celery's.
"""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

from celery import Celery
from kombu import Connection, Exchange, Queue

BROKER = os.environ.get("CAPTURE_BROKER", sys.argv[2] if len(sys.argv) > 2 else "")
app = Celery("golden", broker=BROKER, backend="rpc://")
app.conf.update(worker_send_task_events=True, task_send_sent_event=False)


@app.task(name="golden.add")
def add(x, y):
    return x + y


@app.task(name="golden.fail")
def fail():
    raise ValueError("no such thing")


def main(out):
    seen, stop = [], threading.Event()

    def take(body, message):
        wire = {key: value for key, value in message.properties.items() if key != "application_headers"}
        wire.update(content_type=message.content_type, content_encoding=message.content_encoding)
        text = message.body if isinstance(message.body, str) else message.body.decode()
        seen.append({"exchange": message.delivery_info["exchange"], "routing_key": message.delivery_info["routing_key"],
                     "properties": wire, "headers": message.headers, "body": text})
        message.ack()

    def listen():
        # As Celery declares them; a passive declaration would want them to be there first.
        exchanges = [Exchange("celeryev", "topic"), Exchange("celery.pidbox", "fanout", durable=False),
                     Exchange("reply.celery.pidbox", "direct", durable=False)]
        with Connection(BROKER) as connection:
            queues = [Queue(f"golden.{n}", exchange, "#" if n == 0 else "", exclusive=True, auto_delete=True)
                      for n, exchange in enumerate(exchanges[:2])]
            with connection.Consumer(queues, callbacks=[take], accept=["json"]):
                while not stop.is_set():
                    try:
                        connection.drain_events(timeout=0.2)
                    except TimeoutError:
                        pass

    ear = threading.Thread(target=listen)
    ear.start()
    worker = subprocess.Popen([sys.executable, "-m", "celery", "-A", "capture_amqp", "worker", "-P", "solo", "-E",
                               "-n", "golden@here", "--loglevel", "WARNING"], cwd=pathlib.Path(__file__).parent,
                              env={**os.environ, "CAPTURE_BROKER": BROKER})
    try:
        def until(what, check):
            end = time.monotonic() + 60
            while not check():
                assert time.monotonic() < end, what
                time.sleep(0.05)
        kinds = lambda: {one["type"] for it in seen if it["exchange"] == "celeryev"
                         for one in (lambda body: body if isinstance(body, list) else [body])(json.loads(it["body"]))}
        until("the worker", lambda: "worker-online" in kinds())
        answers = app.control.inspect(timeout=5, destination=["golden@here"], limit=1).ping()
        assert answers == {"golden@here": {"ok": "pong"}}, answers
        # Results as they come: to a queue that this program names.
        with Connection(BROKER) as connection:
            replies = Queue("golden-replies", exclusive=True, auto_delete=True)(connection)
            replies.declare()
            for name, args in (("golden.add", [2, 3]), ("golden.fail", [])):
                app.send_task(name, args=args, task_id=f"id-{name}", reply_to="golden-replies")
            with connection.Consumer([replies], callbacks=[take], accept=["json"]):
                until("results", lambda: drain(connection) or len([it for it in seen if it["routing_key"] == "golden-replies"]) == 2)
        # A task as it lies in its queue: one that nobody consumes.
        app.send_task("golden.add", args=[2, 3], task_id="id-parked", queue="parked", countdown=60, expires=3600, priority=3)
        with Connection(BROKER) as connection:
            parked = Queue("parked", Exchange("parked", "direct"), "parked")(connection)
            parked.declare()
            until("what is parked", lambda: (lambda message: message and (take(None, message) or True))(parked.get(accept=["json"])))
        worker.terminate()
        worker.wait(30)
        until("its end", lambda: "worker-offline" in kinds())
    finally:
        stop.set()
        ear.join()
        if worker.poll() is None:
            worker.kill()
    pick = lambda test: [it for it in seen if test(it)]
    first = {}
    for event in pick(lambda it: it["exchange"] == "celeryev"):
        content = json.loads(event["body"])
        first.setdefault((content[0] if isinstance(content, list) else content)["type"], event)
    text = json.dumps({
        "events": first,
        "questions": pick(lambda it: it["exchange"] == "celery.pidbox"),
        "results": pick(lambda it: it["routing_key"] == "golden-replies"),
        "parked": pick(lambda it: it["routing_key"] == "parked"),
    }, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    # Tracebacks name files of this machine.
    (out / "amqp_wire.json").write_text(text.replace(str(pathlib.Path(__file__).resolve().parents[2]), "/somewhere"))


def drain(connection):
    try:
        connection.drain_events(timeout=0.2)
    except TimeoutError:
        pass


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
