"""Whether the portal can serve: database, schema, worker. For `/readyz` and `flask health`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.foundation.catalogue import _N
from portal.foundation.queue import health
from portal.integrations.database_server import newest_revision

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"
REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must work: a message id that says what was found, and its values."""

    name: str
    ok: bool
    message: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What was found, in English: for commands and machines."""
        return self.message % self.values


def readiness(session: Session, *, now: datetime) -> list[Check]:
    """Return the checks in their order; without a database the others are not asked."""
    try:
        revision = session.scalar(REVISION)
    except SQLAlchemyError as error:
        session.rollback()
        cause = type(getattr(error, "orig", None) or error).__name__
        message = _N("The database does not answer (%(cause)s).")
        return [Check("database", False, message, {"cause": cause})]
    newest = newest_revision(VERSIONS)
    is_newest = newest is None or revision == newest
    has_worker = health(session, now=now).has_worker(now)
    return [
        Check("database", True, _N("The database answers.")),
        Check(
            "migrations",
            is_newest,
            _N("The schema is at %(revision)s.")
            if is_newest
            else _N(
                "The schema is at %(revision)s, the code wants %(newest)s: start script/server."
            ),
            {"revision": str(revision), "newest": str(newest)},
        ),
        Check(
            "worker",
            has_worker,
            _N("A job worker runs.") if has_worker else _N("No job worker has told that it lives."),
        ),
    ]
