"""Tasks in Python that SocioSphere calls: language work, models, whatever Python is good at.

    celery -A worker worker --queues community --loglevel INFO

On the server's side a task is called by its name, with a queue, and answers with JSON:
`calls.call("community.describe", vec![], kwargs, "community")`.
"""
import os
import re

from celery import Celery

BROKER = os.environ.get("BROKER", "redis://127.0.0.1:6379/0")
# Redis keeps results itself; over RabbitMQ they go back as messages.
RESULTS = os.environ.get("RESULTS", "rpc://" if BROKER.startswith("amqp") else BROKER)
app = Celery("community", broker=BROKER, backend=RESULTS)
# A task that was taken is given back if the worker dies with it: it may run twice, and must not mind.
app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True, broker_connection_retry_on_startup=True)


@app.task(name="community.describe")
def describe(text):
    """How long a text takes to read, and what it is about, roughly."""
    words = re.findall(r"\w+", text.lower())
    long = sorted({word for word in words if len(word) > 5}, key=lambda word: (-words.count(word), word))
    return {"words": len(words), "seconds": round(len(words) / 3.5), "about": long[:3]}


@app.task(name="community.add")
def add(x, y=0):
    """Adds; in a chain x is what came before."""
    return x + y


@app.task(name="community.visit", bind=True, max_retries=3)
def visit(self, failures):
    """Fails so many times, then works: how a task asks to be run again."""
    if self.request.retries < failures:
        raise self.retry(exc=ConnectionError("not yet"), countdown=0)
    return self.request.retries
