"""Whether the portal can serve: database, schema, worker. For `/readyz` and `flask health`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.foundation.queue import health
from portal.integrations.database_server import newest_revision

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"
REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must work; `words` says in English what it found."""

    name: str
    ok: bool
    words: str


def readiness(session: Session, *, now: datetime) -> list[Check]:
    """Return the checks in their order; without a database the others are not asked."""
    try:
        revision = session.scalar(REVISION)
    except SQLAlchemyError as error:
        session.rollback()
        cause = type(getattr(error, "orig", None) or error).__name__
        return [Check("database", False, f"The database does not answer ({cause}).")]
    checks = [Check("database", True, "The database answers.")]
    newest = newest_revision(VERSIONS)
    is_newest = newest is None or revision == newest
    checks.append(
        Check(
            "migrations",
            is_newest,
            f"The schema is at {revision}."
            if is_newest
            else f"The schema is at {revision}, the code wants {newest}: start script/server.",
        )
    )
    has_worker = health(session, now=now).has_worker(now)
    words = "A job worker runs." if has_worker else "No job worker has told that it lives."
    checks.append(Check("worker", has_worker, words))
    return checks
