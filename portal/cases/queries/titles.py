"""Pages by key, titles of cases, and small readings of their rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, bindparam, func, lateral, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.cases.kinds import State
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.history.queries import KeptWords
from portal.reports.models import Report


def page(
    session: Session,
    actor: Actor,
    *clauses: ColumnElement[bool],
    after: tuple[datetime, UUID] | None = None,
    limit: int = 25,
) -> Sequence[Case]:
    """Return the next cases by time left, from behind `after` (due, id) on."""
    wanted = select(Case).where(visible_to(actor), *clauses)
    if after is not None:
        wanted = wanted.where(tuple_(Case.next_due_sort, Case.id) > after)
    return session.scalars(wanted.order_by(Case.next_due_sort, Case.id).limit(limit)).all()


#: Characters beyond this one are as wide as two Latin letters.
WIDE = 0x2E7F
#: The oldest report of a case with its words: of several of one hour always the same one.
FIRST = lateral(
    select(Report.id, Report.claimed_category, KeptWords.body)
    .outerjoin(KeptWords, KeptWords.id == Report.text_id)
    .where(Report.case_id == Case.id)
    .correlate(Case)
    .order_by(Report.filed_at, Report.id)
    .limit(1)
)
_TITLES = (
    select(Case.id, FIRST.c.id, FIRST.c.body, KeptWords.body)
    .select_from(Case)
    .outerjoin(FIRST, true())
    .outerjoin(KeptWords, KeptWords.id == Case.summary_text_id)
    .where(Case.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)


def titles(session: Session, cases: Sequence[Case]) -> Mapping[UUID, str]:
    """Return a short title for each case: the head of the first report's words or the summary."""
    if not cases:
        return {}
    rows = session.execute(_TITLES, {"ids": [case_.id for case_ in cases]})
    return {
        case_id: shortened(summary if report_id is None else body)
        for case_id, report_id, body, summary in rows
    }


def shortened(words: str | None, limit: int = 28) -> str:
    """Return the head of `words`, cut at a sentence or at `limit` Chinese characters' width."""
    line = " ".join((words or "").split())
    for mark in ("。", "！", "？", "；", ". "):
        head = line.split(mark)[0]
        if len(head) >= 4 and _fits(head, limit):
            return head
    if _fits(line, limit):
        return line
    kept = 0
    for place, char in enumerate(line):
        kept += 2 if ord(char) > WIDE else 1
        if kept > 2 * limit - 2:
            return line[:place].rstrip() + "…"
    return line


def _fits(words: str, limit: int) -> bool:
    """Say whether `words` are no wider than `limit` Chinese characters."""
    return len(words) <= limit or (len(words) <= 2 * limit and _width(words) <= 2 * limit)


def _width(words: str) -> int:
    """Return how wide `words` are, a Chinese character being 2."""
    return sum(2 if ord(char) > WIDE else 1 for char in words)


def rows_of(session: Session, model: Any, case_id: UUID) -> Sequence[Any]:
    """Return the rows of a thing on the road that belong to the case."""
    return session.scalars(select(model).where(model.case_id == case_id)).all()


def waiting_count(session: Session, actor: Actor) -> int:
    """Return how many reports wait at the actor's desk."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(Case)
            .where(visible_to(actor), Case.state == State.RECEIVED)
        )
        or 0
    )
