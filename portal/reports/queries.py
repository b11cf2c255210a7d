"""Reading reports and their threads."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.foundation.errors import NotFound
from portal.reports.lifecycle import nonce_hash, receipt_hash
from portal.reports.models import Message, Report


def by_nonce(session: Session, nonce: bytes) -> Report | None:
    """Return the report that was sent by the form with this nonce, if it was sent."""
    return session.scalar(select(Report).where(Report.nonce_hash == nonce_hash(nonce)))


def by_code(session: Session, code: str, *, key: bytes) -> Report | None:
    """Return the report that a receipt code of 16 digits opens, if there is one."""
    return session.scalar(select(Report).where(Report.receipt_hash == receipt_hash(code, key)))


def report(session: Session, report_id: UUID) -> Report:
    """Return the report. Raises NotFound. The caller has checked who asks."""
    found = session.get(Report, report_id)
    if found is None:
        raise NotFound(report_id)
    return found


def thread(session: Session, report_ids: Iterable[UUID]) -> Sequence[Message]:
    """Return the messages of the reports in the order in which they came."""
    return session.scalars(
        select(Message).where(Message.report_id.in_(list(report_ids))).order_by(Message.seq)
    ).all()
