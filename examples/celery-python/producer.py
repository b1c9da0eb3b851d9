"""Runs jobs of SocioSphere from Python, and waits for what comes of them.

    python producer.py search.index event=account_changed account=7212345678901234567

The operator lists the jobs that others may run in `queue_tasks` of the server's configuration. A job may run twice, so it is
written not to mind; the same task id while it waits or runs is the same job.
"""
import os
import sys

from celery import Celery
from celery.exceptions import TimeoutError

BROKER = os.environ.get("BROKER", "redis://127.0.0.1:6379/0")
# Redis keeps results itself; over RabbitMQ they come back as messages.
RESULTS = os.environ.get("RESULTS", "rpc://" if BROKER.startswith("amqp") else BROKER)
app = Celery("producer", broker=BROKER, backend=RESULTS)
QUEUE = os.environ.get("QUEUE", "sociosphere")


def run(kind, fields, **options):
    """Sends a job of this kind; `options` are Celery's: countdown, expires, task_id, link …"""
    return app.send_task(f"sociosphere.{kind}", kwargs=fields, queue=QUEUE, **options)


def main(kind, *fields):
    sent = run(kind, dict(field.split("=", 1) for field in fields))
    print("sent", sent.id)
    try:
        print("done", sent.get(timeout=30))
    except TimeoutError:
        sys.exit("no answer after 30 seconds: does a worker of SocioSphere run on this broker?")
    except Exception as failure:
        # What the job said, as an exception of Python; `sent.traceback` says where.
        sys.exit(f"failed: {failure!r}\n{sent.traceback}")


if __name__ == "__main__":
    main(*sys.argv[1:])
