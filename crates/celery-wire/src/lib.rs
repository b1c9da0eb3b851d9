//! Celery's message protocol 2, events and remote control, as data: no I/O.
