"""What a Python program sees of our worker: run by tests/real/celery.rs of both brokers' adapters, which start all that is asked here.

BROKER is the Redis or RabbitMQ, QUEUE our queue, NODE our worker's name, FLOWER the address of a Flower. Each function is a claim.
"""
import json
import os
import sys
import time
import urllib.request
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples/celery-python"))
from celery import chain, signature
from celery.result import AsyncResult
from producer import app, run
import worker  # its tasks, to name them in chains

NODE, QUEUE, PATIENCE = os.environ["NODE"], os.environ["QUEUE"], 60


def until(check):
    """Asks until the answer is one; a check that fails is asked again."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if answer := check():
                return answer
            why = answer
        except (AssertionError, KeyError, OSError) as error:
            why = error
        assert time.monotonic() < end, f"in vain: {why!r}"
        time.sleep(0.05)


def inspect(verb, *arguments):
    # It ends as soon as the one node answered.
    asked = app.control.inspect(destination=[NODE], timeout=PATIENCE, limit=1)
    return getattr(asked, verb)(*arguments)[NODE]


def a_job_is_called_and_answers():
    sent = run("test.echo", {"text": "grüß", "n": 7})
    assert sent.get(timeout=PATIENCE) == {"text": "grüß", "n": 7}
    assert sent.status == "SUCCESS"


def a_failure_has_its_traceback():
    sent = run("test.fail", {})
    failure = sent.get(timeout=PATIENCE, propagate=False)
    assert type(failure).__name__ == "JobFailed" and "no such thing" in str(failure), repr(failure)
    assert "sociosphere.test.fail" in sent.traceback and sent.status == "FAILURE"


def a_job_that_failed_once_runs_again():
    assert run("test.flaky", {}).get(timeout=PATIENCE) == {"attempt": 2}


def what_others_may_not_send_is_refused():
    sent = run("test.private", {})
    failure = sent.get(timeout=PATIENCE, propagate=False)
    assert type(failure).__name__ == "NotRegistered" and sent.status == "FAILURE", repr(failure)
    other = app.send_task("os.system", args=["true"], queue=QUEUE)
    assert type(other.get(timeout=PATIENCE, propagate=False)).__name__ == "NotRegistered"


def a_countdown_and_a_priority_are_understood():
    begun = time.time()
    sent = run("test.echo", {"n": 1}, countdown=1, priority=9)
    assert sent.get(timeout=PATIENCE) == {"n": 1}
    assert time.time() - begun >= 1


def what_is_too_late_does_not_run():
    sent = run("test.echo", {}, expires=-1)
    assert type(sent.get(timeout=PATIENCE, propagate=False)).__name__ == "TaskRevokedError"
    assert sent.status == "REVOKED"


def what_was_taken_back_does_not_run():
    id = str(uuid.uuid4())
    app.control.revoke(id)
    until(lambda: id in inspect("revoked"))
    sent = run("test.echo", {}, task_id=id)
    assert type(sent.get(timeout=PATIENCE, propagate=False)).__name__ == "TaskRevokedError"


def a_chain_goes_through_both():
    ours = signature("sociosphere.test.sum", kwargs={}, app=app).set(queue=QUEUE)
    there = chain(worker.add.s(1, 2).set(queue="community"), ours, worker.add.s(10).set(queue="community")).apply_async()
    # 1 + 2 in Python, times 100 with us, plus 10 in Python.
    assert there.get(timeout=PATIENCE) == 310
    assert there.parent.get(timeout=PATIENCE) == 300
    back = chain(signature("sociosphere.test.sum", args=(2,), app=app).set(queue=QUEUE), worker.add.s(1).set(queue="community")).apply_async()
    assert back.get(timeout=PATIENCE) == 201


def a_link_and_a_link_error_are_called():
    heard = worker.add.s(5).set(queue="community", task_id=str(uuid.uuid4()))
    sent = app.send_task("sociosphere.test.sum", args=(1,), queue=QUEUE, link=heard)
    assert AsyncResult(heard.options["task_id"], app=app).get(timeout=PATIENCE) == 105
    sorry = worker.describe.s().set(queue="community", task_id=str(uuid.uuid4()))
    run("test.fail", {}, link_error=sorry).get(timeout=PATIENCE, propagate=False)
    # It got the id of the task that failed: a text.
    assert AsyncResult(sorry.options["task_id"], app=app).get(timeout=PATIENCE)["words"] >= 1
    assert sent.status == "SUCCESS"


def inspect_shows_the_worker():
    assert inspect("ping") == {"ok": "pong"}
    assert "sociosphere.test.echo" in inspect("registered")
    stats = inspect("stats")
    assert stats["total"]["sociosphere.test.echo"] >= 1 and stats["pool"]["max-concurrency"] >= 1
    assert inspect("active_queues")[0]["name"] == QUEUE
    assert inspect("active") == [] and inspect("reserved") == [] and inspect("scheduled") == []
    assert inspect("conf")["task_default_queue"] == QUEUE
    # Two more of our own clients would be asked too: both workers answer when nobody is named.
    answers = until(lambda: (lambda it: it if it and len(it) >= 2 else None)(app.control.inspect(timeout=1).ping()))
    assert answers[NODE] == {"ok": "pong"} and len(answers) >= 2
    assert app.control.broadcast("shutdown", destination=[NODE], reply=True, timeout=PATIENCE, limit=1)[0][NODE]["error"]
    assert inspect("ping") == {"ok": "pong"}, "it is still there"


def flower_shows_the_worker_and_its_tasks():
    def get(path):
        with urllib.request.urlopen(os.environ["FLOWER"] + path, timeout=PATIENCE) as answer:
            return json.load(answer)
    shown = until(lambda: get("/api/workers?refresh=1").get(NODE))
    assert "sociosphere.test.echo" in shown["registered"] and shown["stats"]["pid"], shown
    assert get("/api/workers?status=1")[NODE] is True
    sent = run("test.echo", {"secret": "words of somebody"})
    sent.get(timeout=PATIENCE)
    task = until(lambda: (lambda it: it if it["state"] == "SUCCESS" else None)(get("/api/tasks").get(sent.id, {"state": None})))
    assert task["name"] == "sociosphere.test.echo" and task["worker"] == NODE, task
    failed = run("test.fail", {})
    failed.get(timeout=PATIENCE, propagate=False)
    task = until(lambda: (lambda it: it if it["state"] == "FAILURE" else None)(get("/api/tasks").get(failed.id, {"state": None})))
    assert "no such thing" in task["exception"], task


if __name__ == "__main__":
    claims = [it for name, it in list(globals().items())
              if callable(it) and getattr(it, "__module__", "") == "__main__" and name not in ("until", "inspect")]
    for claim in claims:
        claim()
        print("ok", claim.__name__, flush=True)
