"""Failed sign-ins: counted, and forgotten by a success or by time."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.kinds import FAILURES_FADE_AFTER
from portal.accounts.models import FailedSignIn


def count_failure(session: Session, subjects: Iterable[bytes], *, now: datetime) -> None:
    """Count one failure for each subject; after a quiet time the count begins anew."""
    faded = FailedSignIn.last_at < now - FAILURES_FADE_AFTER
    for subject in sorted(subjects):  # in one order, so that two at once cannot block each other
        session.execute(
            insert(FailedSignIn)
            .values(subject=subject, count=1, last_at=now)
            .on_conflict_do_update(
                index_elements=[FailedSignIn.subject],
                set_={"count": case((faded, 1), else_=FailedSignIn.count + 1), "last_at": now},
            )
        )


def forget_failures(session: Session, subject: bytes) -> None:
    """Forget what failed for one address: its owner is in."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.subject == subject))
