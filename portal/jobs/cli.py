"""`flask --app wsgi jobs …`: the worker."""

import json
import logging
import sys
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from procrastinate.jobs import DeleteJobCondition

from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.queue import health
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


@jobs.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def status(as_json: bool) -> None:
    """Say how the queue does; exits 1 if no worker runs or something is parked."""
    found = health(db.session(), now=now())
    said = {
        "due": found.due,
        "running": found.running,
        "failed": found.failed,
        "oldest_due": found.oldest_due.isoformat() if found.oldest_due else None,
        "worker_seen_at": found.worker_seen_at.isoformat() if found.worker_seen_at else None,
    }
    click.echo(json.dumps(said) if as_json else "\n".join(f"{k}: {v}" for k, v in said.items()))
    if found.failed or found.worker_seen_at is None:
        sys.exit(1)
