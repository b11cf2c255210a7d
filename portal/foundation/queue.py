"""The job queue: a job is queued by the transaction that wants it."""

from datetime import datetime
from typing import Any

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy import ColumnElement, String, cast, column, not_, select, table
from sqlalchemy.orm import Session

# For queueing only; worker and tasks belong to `jobs_app` in `portal.jobs`, since a task that
# queues on its own session needs the synchronous connector and a worker the other one.
queue = App(connector=SyncPsycopgConnector())


def enqueue(
    session: Session, task: str, *, not_before: datetime | None = None, **arguments: Any
) -> None:
    """Queue `task`; the job exists only if the session's transaction commits.

    The task is named by a string so that services need not import `jobs`. Arguments are ids
    and codes, never words. No `queueing_lock`: a second equal one would spoil the transaction.
    """
    connection = session.connection().connection.driver_connection
    queue.configure_task(task, connection=connection, schedule_at=not_before).defer(**arguments)


JOBS = table("procrastinate_jobs", column("task_name"), column("status"), column("args"))


def has_no_live_job(task: str, argument: str, value: Any) -> ColumnElement[bool]:
    """Return the clause that keeps rows for which no job of `task` waits or runs."""
    given = JOBS.c.args.op("->>")(argument)
    live = cast(JOBS.c.status, String).in_(["todo", "doing"])
    found = select(1).select_from(JOBS)
    return not_(found.where(JOBS.c.task_name == task, live, given == cast(value, String)).exists())
