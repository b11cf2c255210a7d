"""Running the queue under a virtual clock, with the tasks themselves and no worker."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace

from flask import Flask
from sqlalchemy import text

from portal.foundation.db import db
from portal.jobs import tasks
from portal.jobs.app import jobs_app

MINUTELY = (tasks.watch_bursts, tasks.sweep, tasks.remind, tasks.digest)
NEXT = text(
    "DELETE FROM procrastinate_jobs WHERE id = (SELECT id FROM procrastinate_jobs WHERE status ="
    " 'todo' AND coalesce(scheduled_at, '-infinity') <= :now ORDER BY id LIMIT 1)"
    " RETURNING id, task_name, args"
)


@dataclass
class Worker:
    """Stands in for the worker process: takes jobs whose time has come by its own clock."""

    app: Flask
    at: datetime
    ran: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def drain(self) -> None:
        """Run jobs until none is due."""
        while True:
            db.session.remove()
            row = db.session.execute(NEXT, {"now": self.at}).one_or_none()
            db.session.commit()
            if row is None:
                return
            self.run(row.task_name, row.id, dict(row.args))

    def run(self, name: str, job_id: int, arguments: dict[str, object]) -> None:
        task = jobs_app.tasks[name]
        given = [SimpleNamespace(job=SimpleNamespace(id=job_id))] if task.pass_context else []
        with self.app.app_context():
            task.func(*given, **arguments)
        self.ran.append(name)

    def minute(self) -> None:
        """Run what comes every minute, and what that brings."""
        for task in MINUTELY:
            with self.app.app_context():
                task.func(timestamp=0)
        self.drain()

    def until(self, moment: datetime, *, step: timedelta = timedelta(minutes=10)) -> None:
        """Let time pass up to `moment`."""
        while self.at < moment:
            self.at = min(self.at + step, moment)
            self.minute()
