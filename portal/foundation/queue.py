"""The job queue: a job is queued by the transaction that wants it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy import ColumnElement, String, cast, column, not_, select, table, text
from sqlalchemy.orm import Session

# For queueing only; worker and tasks belong to `jobs_app` in `portal.jobs`, since a task that
# queues on its own session needs the synchronous connector and a worker the other one.
queue = App(connector=SyncPsycopgConnector())
#: A worker tells every ten seconds that it lives.
SILENT_AFTER = timedelta(seconds=60)


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


@dataclass(frozen=True, slots=True)
class Health:
    """How the queue does; `failed` are parked after their last try."""

    due: int
    running: int
    failed: int
    #: When the job that is due and waits longest was to run; None: none waits.
    oldest_due: datetime | None
    #: Last sign of life of any worker; None: none is running.
    worker_seen_at: datetime | None
    #: Running ones whose worker gives no sign of life; the next minute takes them up again.
    stalled: int

    def has_worker(self, now: datetime) -> bool:
        """Say whether a worker lives."""
        return self.worker_seen_at is not None and self.worker_seen_at > now - SILENT_AFTER


def health(session: Session, *, now: datetime) -> Health:
    """Return how the queue does."""
    counts = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE status = 'todo' AND scheduled_at IS NULL)"
            " + count(*) FILTER (WHERE status = 'todo' AND scheduled_at <= :now)"
            ", count(*) FILTER (WHERE status = 'doing')"
            ", count(*) FILTER (WHERE status = 'failed')"
            ", min(scheduled_at) FILTER (WHERE status = 'todo' AND scheduled_at <= :now)"
            ", count(*) FILTER (WHERE status = 'doing' AND NOT EXISTS (SELECT"
            " FROM procrastinate_workers w WHERE w.id = worker_id AND w.last_heartbeat > :alive))"
            " FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')"
        ),
        {"now": now, "alive": now - SILENT_AFTER},
    ).one()
    seen = session.scalar(text("SELECT max(last_heartbeat) FROM procrastinate_workers"))
    due, running, failed, oldest, stalled = counts
    return Health(due, running, failed, oldest, seen, stalled)


def parked(session: Session, *, limit: int = 100) -> list[tuple[int, str, int]]:
    """Return the parked jobs, the newest first: id, task, tries. Arguments are ids, not shown."""
    rows = session.execute(
        text(
            "SELECT id, task_name, attempts FROM procrastinate_jobs WHERE status = 'failed'"
            " ORDER BY id DESC LIMIT :limit"
        ),
        {"limit": limit},
    )
    return [(row.id, row.task_name, row.attempts) for row in rows]
