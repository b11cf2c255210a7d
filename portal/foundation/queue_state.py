"""What the job queue looks like from outside: for the system page, readiness and `health`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

#: A worker tells that it lives every ten seconds; one silent for so long is dead.
SILENT_AFTER = timedelta(seconds=60)

COUNTS = text("""
SELECT count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= :now)),
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at > :now),
       count(*) FILTER (WHERE status = 'failed'),
       count(*) FILTER (WHERE status = 'doing' AND NOT EXISTS (
           SELECT FROM procrastinate_workers w
           WHERE w.id = j.worker_id AND w.last_heartbeat > :alive))
FROM procrastinate_jobs j WHERE status IN ('todo', 'doing', 'failed')
""")
HEARTBEAT = text("SELECT max(last_heartbeat) FROM procrastinate_workers")
FAILED = text("""
SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed'
GROUP BY task_name ORDER BY task_name
""")


@dataclass(frozen=True, slots=True)
class QueueState:
    """Jobs that wait, wait for their time, were given up, or are held by a dead worker."""

    waiting: int
    scheduled: int
    failed: int
    stalled: int
    #: When a worker last told that it lives; None if none ever did.
    heartbeat: datetime | None
    #: Given-up jobs by the task's name.
    failed_tasks: dict[str, int]

    def has_worker(self, now: datetime) -> bool:
        """Say whether a worker lives."""
        return self.heartbeat is not None and self.heartbeat > now - SILENT_AFTER


def queue_state(session: Session, *, now: datetime) -> QueueState:
    """Return the state of the queue."""
    counts = session.execute(COUNTS, {"now": now, "alive": now - SILENT_AFTER}).one()
    return QueueState(
        waiting=counts[0],
        scheduled=counts[1],
        failed=counts[2],
        stalled=counts[3],
        heartbeat=session.scalar(HEARTBEAT),
        failed_tasks={name: count for name, count in session.execute(FAILED)},
    )
