"""Whose turn it is in the threads of reports."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.reports.kinds import Sender
from portal.reports.models import Message

_OF_REPORTS = Message.report_id == any_(bindparam("reports", type_=ARRAY(Uuid)))
_LAST_STAFF = (
    select(Message.report_id, func.max(Message.seq).label("seq"))
    .where(_OF_REPORTS, Message.sender == Sender.STAFF)
    .group_by(Message.report_id)
    .subquery()
)
# Made once: to build it anew takes longer than to ask.
_TALK = (
    select(
        Message.report_id,
        func.count().filter(
            Message.sender == Sender.REPORTER,
            Message.seq > func.coalesce(_LAST_STAFF.c.seq, 0),
        ),
        func.max(case((Message.sender == Sender.STAFF, Message.seq), else_=0)),
        func.max(case((Message.sender == Sender.REPORTER, Message.seq), else_=0)),
    )
    .outerjoin(_LAST_STAFF, _LAST_STAFF.c.report_id == Message.report_id)
    .where(_OF_REPORTS)
    .group_by(Message.report_id)
)


def talk_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[int, bool]]:
    """Return by report how many messages wait for an answer, and whether staff wrote last."""
    rows = session.execute(_TALK, {"reports": list(ids)})
    return {row[0]: (row[1], row[2] > row[3]) for row in rows}
