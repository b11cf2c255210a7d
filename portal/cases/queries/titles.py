"""Pages by key, titles of cases, and small readings of their rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.cases.kinds import State
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.history.queries import words
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


def titles(session: Session, cases: Sequence[Case]) -> Mapping[UUID, str]:
    """Return a short title for each case: the head of the first report's words or the summary."""
    text_ids: dict[UUID, UUID] = {}
    by_case = session.execute(
        select(Report.case_id, Report.text_id)
        .where(Report.case_id.in_([case_.id for case_ in cases]))
        .order_by(Report.filed_at.desc(), Report.id)
    )
    for case_id, text_id in by_case:
        text_ids[case_id] = text_id
    for case_ in cases:
        if case_.summary_text_id:
            text_ids.setdefault(case_.id, case_.summary_text_id)
    found = words(session, text_ids.values())
    return {case_id: shortened(found.get(text_id)) for case_id, text_id in text_ids.items()}


def shortened(words: str | None, limit: int = 28) -> str:
    """Return the head of `words`, cut at a sentence or at `limit` Chinese characters' width."""
    line = " ".join((words or "").split())
    for mark in ("。", "！", "？", "；", ". "):
        head = line.split(mark)[0]
        if len(head) >= 4 and _width(head) <= 2 * limit:
            return head
    if _width(line) <= 2 * limit:
        return line
    kept = 0
    for place, char in enumerate(line):
        kept += _width(char)
        if kept > 2 * limit - 2:
            return line[:place].rstrip() + "…"
    return line


def _width(words: str) -> int:
    """Return how wide `words` are, a Chinese character being 2."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in words)


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
