"""Reading inside reports: what a unit reads, what their reporters read, what staff count.

Three readers, three shapes, each value named. That a report was taken outside is in none that a
unit gets, nor what the reporter is to the unit, the pin, or the hour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.foundation.errors import NotFound
from portal.history.queries import words
from portal.presets.kinds import Preset
from portal.reports.lifecycle import nonce_hash, read_answers, receipt_hash
from portal.selfinspections.kinds import HazardState, InsideState
from portal.selfinspections.lifecycle import Task, is_late, read_before, state_of
from portal.selfinspections.models import (
    InsideDoor,
    InsideMessage,
    InsideReport,
)
from portal.selfinspections.queries.own import tasks_of
from portal.units.models import Unit
from portal.units.queries import Wanted, holds_all

PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """That a unit takes inside reports, and which posts read them."""

    readers: str
    since: datetime


def door_of(session: Session, unit_id: UUID) -> Door | None:
    """Return the open door of a unit; None: it takes no inside reports."""
    row = session.get(InsideDoor, unit_id)
    if row is None or row.closed_at is not None:
        return None
    said = words(session, [row.readers_text_id])
    return Door(readers=said.get(row.readers_text_id) or "", since=row.opened_at)


def inside_by_nonce(session: Session, nonce: bytes) -> UUID | None:
    """Return the inside report that was sent by the form with this nonce."""
    wanted = select(InsideReport.id).where(InsideReport.nonce_hash == nonce_hash(nonce))
    return session.scalar(wanted)


def inside_by_code(session: Session, code: str, *, key: bytes) -> UUID | None:
    """Return the inside report that a receipt code of 16 digits opens."""
    wanted = select(InsideReport.id).where(InsideReport.receipt_hash == receipt_hash(code, key))
    return session.scalar(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the thread."""

    by_unit: bool
    words: str
    at: datetime


def last_said(session: Session, report_id: UUID) -> tuple[bool, str] | None:
    """Return who wrote last and what."""
    found = _thread(session, report_id)
    return (found[-1].by_unit, found[-1].words) if found else None


def _thread(session: Session, report_id: UUID, *, before: datetime | None = None) -> list[Said]:
    """Return the thread; `before`: without what the reporter wrote from that hour on."""
    wanted = select(InsideMessage).where(InsideMessage.report_id == report_id)
    rows = [
        row
        for row in session.scalars(wanted.order_by(InsideMessage.seq))
        if row.by_unit or before is None or row.at < before
    ]
    said = words(session, [row.text_id for row in rows])
    return [Said(by_unit=row.by_unit, words=said.get(row.text_id) or "", at=row.at) for row in rows]


# for the unit


class InsideShow(StrEnum):
    """Which of its inside reports a unit lists."""

    WAITING = "waiting"
    LATE = "late"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideRow:
    """An inside report in the list of a unit."""

    id: UUID
    number: int
    words: str
    category: str | None
    day: date
    due_on: date
    state: InsideState
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideView:
    """An inside report as its unit reads it."""

    id: UUID
    number: int
    words: str
    place: str
    category: str | None
    #: Version of the taxonomy, kind and answers, as they were given.
    answers: tuple[int, str, Any] | None
    day: date
    due_on: date
    state: InsideState
    is_late: bool
    answered_at: datetime | None
    answer: str
    hazard_id: UUID | None
    thread: Sequence[Said]


def inside_list(
    session: Session,
    actor: Actor,
    show: InsideShow,
    preset: Preset,
    *,
    after: int | None = None,
    limit: int = PAGE,
    now: datetime,
) -> tuple[list[InsideRow], int | None]:
    """Return a page of a unit's inside reports, and behind which number the next begins.

    What waits begins with what is due first, the rest with the newest. Raises NotAllowed.
    """
    rule = _own(actor, now) & _shown(show, _today(preset, now))
    wanted = select(InsideReport).where(rule)
    # Both orders follow the number: it counts up as reports come in, and so do the days.
    first = show is InsideShow.DONE
    if after is not None:
        wanted = wanted.where(InsideReport.number < after if first else InsideReport.number > after)
    order = InsideReport.number.desc() if first else InsideReport.number.asc()
    rows = session.scalars(wanted.order_by(order).limit(limit + 1)).all()
    shown, today = rows[:limit], _today(preset, now)
    said = words(session, [row.text_id for row in shown])
    found = [
        InsideRow(
            id=row.id,
            number=row.number,
            words=said.get(row.text_id) or "",
            category=row.category,
            day=_day(preset, row.filed_at),
            due_on=row.due_on,
            state=row.state,
            is_late=is_late(row.state, row.due_on, today),
        )
        for row in shown
    ]
    return found, shown[-1].number if len(rows) > limit else None


def inside_counts(
    session: Session, actor: Actor, preset: Preset, *, now: datetime
) -> dict[InsideShow, int]:
    """Return how many reports each list of a unit holds. Raises NotAllowed."""
    rule, today = _own(actor, now), _today(preset, now)
    counted = [func.count().filter(_shown(show, today)) for show in InsideShow]
    row = session.execute(select(*counted).select_from(InsideReport).where(rule)).one()
    return dict(zip(InsideShow, map(int, row), strict=True))


def inside_view(
    session: Session, actor: Actor, report_id: UUID, preset: Preset, *, now: datetime
) -> InsideView:
    """Return an inside report of the actor's unit. Raises NotAllowed, NotFound."""
    rule = _own(actor, now) & (InsideReport.id == report_id)
    row = session.scalars(select(InsideReport).where(rule)).one_or_none()
    if row is None:
        raise NotFound(report_id)
    said = words(session, filter(None, _texts(row)))
    return InsideView(
        id=row.id,
        number=row.number,
        words=said.get(row.text_id) or "",
        place=said.get(row.place_text_id) or "",
        category=row.category,
        answers=_answers(row, said),
        day=_day(preset, row.filed_at),
        due_on=row.due_on,
        state=row.state,
        is_late=is_late(row.state, row.due_on, _today(preset, now)),
        answered_at=row.answered_at,
        answer=(said.get(row.answer_text_id) or "") if row.answer_text_id else "",
        hazard_id=row.hazard_id,
        thread=_thread(session, row.id, before=read_before(now)),
    )


def _own(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Say in SQL which reports a unit reads: its own, from the hour after they came in."""
    require(actor, Action.READ_INSIDE)
    if actor.unit_id is None:
        raise NotFound("unit")
    return and_(InsideReport.unit_id == actor.unit_id, InsideReport.filed_at < read_before(now))


def _shown(show: InsideShow, today: date) -> ColumnElement[bool]:
    waits = InsideReport.state == InsideState.WAITING
    if show is InsideShow.DONE:
        return InsideReport.state != InsideState.WAITING
    overdue = InsideReport.due_on < today
    return and_(waits, overdue if show is InsideShow.LATE else InsideReport.due_on >= today)


def _texts(row: InsideReport) -> list[UUID | None]:
    return [row.text_id, row.place_text_id, row.answers_text_id, row.answer_text_id]


def _answers(row: InsideReport, said: Any) -> tuple[int, str, Any] | None:
    kept = said.get(row.answers_text_id) if row.answers_text_id else None
    return read_answers(kept) if kept else None


def _today(preset: Preset, now: datetime) -> date:
    return now.astimezone(preset.limits.zone).date()


def _day(preset: Preset, moment: datetime) -> date:
    return moment.astimezone(preset.limits.zone).date()


def from_inside(session: Session, hazard_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the numbers of the inside reports that became these own hazards, by hazard."""
    wanted = select(InsideReport.hazard_id, InsideReport.number)
    rows = session.execute(wanted.where(InsideReport.hazard_id.in_(list(hazard_ids))))
    return {id_: number for id_, number in rows if id_ is not None}


def waits_inside(session: Session, report_id: UUID) -> bool:
    """Say whether an inside report waits for the unit."""
    row = session.get(InsideReport, report_id)
    return row is not None and row.state is InsideState.WAITING


# for the reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideFollowUp:
    """An inside report as whoever has its code reads it; not whether it was taken outside.

    Somebody may look over the shoulder.
    """

    id: UUID
    unit: str
    words: str
    filed_at: datetime
    due_on: date
    state: InsideState
    is_late: bool
    answered_at: datetime | None
    answer: str
    #: How the own hazard stands that it became.
    hazard: HazardState | None
    thread: Sequence[Said]


def inside_follow_up(
    session: Session, actor: Actor, preset: Preset, *, now: datetime
) -> InsideFollowUp:
    """Return the inside report whose code was given. Raises NotFound."""
    require(actor, Action.READ_INSIDE)
    row = session.get(InsideReport, actor.inside_id) if actor.inside_id else None
    if row is None:
        raise NotFound(actor.inside_id)
    said = words(session, filter(None, _texts(row)))
    today = _today(preset, now)
    return InsideFollowUp(
        id=row.id,
        unit=session.get_one(Unit, row.unit_id).name,
        words=said.get(row.text_id) or "",
        filed_at=row.filed_at,
        due_on=row.due_on,
        state=row.state,
        is_late=is_late(row.state, row.due_on, today),
        answered_at=row.answered_at,
        answer=(said.get(row.answer_text_id) or "") if row.answer_text_id else "",
        hazard=_state_of_hazard(session, row.hazard_id, today),
        thread=_thread(session, row.id),
    )


def _state_of_hazard(session: Session, hazard_id: UUID | None, today: date) -> HazardState | None:
    if hazard_id is None:
        return None
    tasks = tasks_of(session, [hazard_id])[hazard_id]
    return state_of((Task(due_on=one.due_on, done_at=one.done_at) for one in tasks), today)


# for staff


@dataclass(frozen=True, slots=True, kw_only=True)
class LateInside:
    """How many inside reports a unit has not answered in time; nothing else of them."""

    unit_id: UUID
    name: str
    count: int


def late_inside(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    preset: Preset,
    *,
    limit: int = PAGE,
    now: datetime,
) -> Sequence[LateInside]:
    """Return units with inside reports that are late, the most first. Raises NotAllowed."""
    require(actor, Action.READ_SELF_INSPECTIONS)
    rows = session.execute(
        select(Unit.id, Unit.name, func.count())
        .join(InsideReport, InsideReport.unit_id == Unit.id)
        .where(
            InsideReport.state == InsideState.WAITING,
            InsideReport.due_on < _today(preset, now),
            holds_all(wanted, preset.taxonomy),
        )
        .group_by(Unit.id, Unit.name)
        .order_by(func.count().desc(), Unit.name, Unit.id)
        .limit(limit)
    )
    return [LateInside(unit_id=id_, name=name, count=count) for id_, name, count in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideFirst:
    """That a report had been made inside the unit first, for those who handle it outside."""

    filed_at: datetime
    due_on: date
    state: InsideState


def inside_first(session: Session, report_ids: Iterable[UUID]) -> dict[UUID, InsideFirst]:
    """Return which reports had been made inside first. Who asks reads the file of their case."""
    rows = session.scalars(
        select(InsideReport).where(InsideReport.outside_report_id.in_(list(report_ids)))
    )
    return {
        row.outside_report_id: InsideFirst(
            filed_at=row.filed_at, due_on=row.due_on, state=row.state
        )
        for row in rows
        if row.outside_report_id is not None
    }
