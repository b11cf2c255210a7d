"""`flask --app wsgi jobs …`: the worker."""

import logging
from typing import Any

from flask import Flask, current_app
from flask.cli import AppGroup
from procrastinate.jobs import DeleteJobCondition

from portal.foundation.db import db
from portal.foundation.queue import enqueue
from portal.foundation.transaction import unit_of_work
from portal.jobs import tasks
from portal.jobs.app import connector, jobs_app

jobs = AppGroup("jobs", help="Background jobs: mails, reminders, sweeping.")
CONCURRENCY = 2
#: How long a worker waits for a notification that does not come before it looks itself.
POLL_SECONDS = 5.0


def in_app(app: Flask) -> Any:
    """Return the middleware that runs a task inside the app, with a session of its own."""

    def middleware(call_next: Any, context: Any, worker: Any) -> Any:
        with app.app_context():
            return call_next()

    return middleware


@jobs.command()
def run() -> None:
    """Work off the queue until SIGTERM, which waits for what is being done."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # A failing task is logged by its class; arguments are ids.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    with unit_of_work(db.session()) as session:
        # What a dead worker left is taken up at the start, and from then on every minute.
        enqueue(session, "rescue", timestamp=0)
    # The command's own context would give every task the one session of this thread.
    db.session.remove()
    db.engine.dispose()
    with jobs_app.replace_connector(connector(app.config["SQLALCHEMY_DATABASE_URI"])) as worker:
        worker.run_worker(
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=POLL_SECONDS,
            stalled_worker_timeout=tasks.SILENT_SECONDS,
            # What is done needs no row, and a row could tell when somebody did something.
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            task_middleware=[in_app(app)],
        )
