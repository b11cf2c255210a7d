"""What a unit with an account reads of cases: its open task books, the numbers of its own finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import may
from portal.cases.kinds import Finding, Source, State
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.plans.kinds import PlanKind
from portal.plans.models import Plan, PlanPublication, PlanUnit
from portal.presets.kinds import Preset
from portal.selfinspections.lifecycle import Matter
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskBook, TaskItem

TRUE = frozenset({Finding.TRUE, Finding.PARTLY})
#: Matters of a unit that are held beside what it declared.
MATTERS_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBook:
    """A task book that is out, as the list of a unit's own names it."""

    id: UUID
    number: str
    issued_at: datetime
    is_signed: bool
    #: Items that are still to be put right, and the first day of theirs.
    left: int
    due_on: date | None


def open_books(session: Session, actor: Actor, *, now: datetime) -> Sequence[OpenBook]:
    """Return the task books of the actor's unit whose case is open and whose link lives."""
    if not may(actor, Action.READ_OWN_UNIT):
        return []
    left = TaskItem.state == ItemState.WITH_UNIT
    rows = session.execute(
        select(
            TaskBook.id,
            TaskBook.number,
            TaskBook.issued_at,
            TaskBook.signed_at,
            func.count().filter(left),
            func.min(TaskItem.due_on).filter(left),
        )
        .join(Case, Case.id == TaskBook.case_id)
        .join(TaskItem, TaskItem.task_book_id == TaskBook.id)
        .where(
            TaskBook.unit_id == actor.unit_id,
            TaskBook.token_hash.is_not(None),
            Case.state != State.CLOSED,
        )
        .group_by(TaskBook.id)
        .order_by(TaskBook.issued_at.desc(), TaskBook.id)
    )
    return [
        OpenBook(
            id=book_id,
            number=number,
            issued_at=issued_at,
            is_signed=signed_at is not None,
            left=int(count),
            due_on=due_on,
        )
        for book_id, number, issued_at, signed_at, count, due_on in rows
    ]


def number_of_own(session: Session, actor: Actor, case_id: UUID | None) -> str:
    """Return the number of the case that an own hazard of the actor's unit became; "" for none."""
    if case_id is None or not may(actor, Action.READ_OWN_UNIT):
        return ""
    found = session.scalar(
        select(Case.number).where(
            Case.id == case_id,
            Case.unit_id == actor.unit_id,
            Case.source == Source.SELF_INSPECTION,
        )
    )
    return found or ""


def matters_of_unit(
    session: Session, actor: Actor, unit_id: UUID, preset: Preset
) -> Sequence[tuple[Case, Matter]]:
    """Return the newest matters at a unit that others found, as far as the actor can see them."""
    cases = session.scalars(
        select(Case)
        .where(
            Case.unit_id == unit_id,
            Case.source.in_((Source.REPORT, Source.INSPECTION)),
            Case.category.is_not(None),
            visible_to(actor, Action.READ_FILE),
        )
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(MATTERS_MOST)
    ).all()
    told = _announced(session, [case.id for case in cases])
    return [(case, _matter(case, told.get(case.id), preset)) for case in cases]


def matter_of_case(session: Session, case: Case, preset: Preset) -> Matter | None:
    """Return a case as it is held beside what its unit declared; None: no unit or kind, or its own.

    The caller has loaded the case for somebody who can see it.
    """
    is_others = case.source in (Source.REPORT, Source.INSPECTION)
    if case.unit_id is None or case.category is None or not is_others:
        return None
    return _matter(case, _announced(session, [case.id]).get(case.id), preset)


def _matter(case: Case, announced: datetime | None, preset: Preset) -> Matter:
    by_report = case.source is Source.REPORT
    known_at = case.opened_at if by_report or announced is None else announced
    is_true: bool | None = None
    if case.finding is not None and case.finding is not Finding.UNVERIFIABLE:
        is_true = case.finding in TRUE
    return Matter(
        category=case.category or "",
        known_at=known_at,
        by_report=by_report,
        is_true=is_true,
        day=known_at.astimezone(preset.limits.zone).date(),
    )


def _announced(session: Session, case_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """Return when visits that began these cases were published; unannounced ones never were."""
    rows = session.execute(
        select(PlanUnit.case_id, PlanPublication.published_at)
        .join(Plan, Plan.id == PlanUnit.plan_id)
        .join(PlanPublication, PlanPublication.plan_id == PlanUnit.plan_id)
        .where(PlanUnit.case_id.in_(case_ids), Plan.kind != PlanKind.UNANNOUNCED)
    )
    return {case_id: at for case_id, at in rows if case_id}
