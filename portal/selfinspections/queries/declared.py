"""Who has not declared a month, over all units; what a unit declared beside what others found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.clocks.days import add_months
from portal.history.queries import words
from portal.presets.duties import Whom
from portal.presets.kinds import Preset
from portal.selfinspections.kinds import Signer
from portal.selfinspections.lifecycle import (
    Declared,
    Find,
    Judged,
    Matter,
    NamedPost,
    Task,
    judge,
    late_since,
    nils_before,
)
from portal.selfinspections.models import (
    Declaration,
    DeclarationReminder,
    SelfHazard,
    SelfSchedule,
)
from portal.selfinspections.queries.own import month_span, require_readable, tasks_of
from portal.units.kinds import Link
from portal.units.models import ChainPost, Unit
from portal.units.queries import Wanted, holds_all

PAGE = 50


class Show(StrEnum):
    """Which units of a month are listed."""

    #: Not declared.
    MISSING = "missing"
    DECLARED = "declared"
    NIL = "nil"
    #: Declared, and the chain does not name whoever signed.
    MARKED = "marked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A unit in the list of a month; what it declared, if it did."""

    unit_id: UUID
    name: str
    jurisdiction: str | None
    township: str | None
    sector: str | None
    is_nil: bool | None
    found_count: int | None
    right_count: int | None
    is_late: bool | None
    signer: Signer | None
    signed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: Sequence[Row]
    #: Name and id behind which the next page begins; None: this is the last.
    next_key: tuple[str, UUID] | None


def _is_meant(whom: Whom) -> ColumnElement[bool]:
    """Say in SQL that the rules mean a unit: the twin of `Whom.means`."""
    asked: list[ColumnElement[bool]] = [Unit.id.is_not(None)]
    if whom.sectors:
        asked.append(or_(Unit.sector.is_(None), Unit.sector.in_(sorted(whom.sectors))))
    if whom.sizes:
        asked.append(or_(Unit.size.is_(None), Unit.size.in_(sorted(whom.sizes))))
    return and_(*asked)


def _declared(month: date) -> ColumnElement[bool]:
    return exists().where(Declaration.unit_id == Unit.id, Declaration.month == month)


def _takes_part(month: date) -> ColumnElement[bool]:
    return exists().where(
        SelfSchedule.unit_id == Unit.id, SelfSchedule.from_on < add_months(month, 1)
    )


def _of_month(month: date, preset: Preset, wanted: Wanted) -> ColumnElement[bool]:
    return and_(
        _takes_part(month),
        _is_meant(preset.self_inspection.declare),
        holds_all(wanted, preset.taxonomy),
    )


_COLUMNS = (
    Unit.id.label("unit_id"),
    Unit.name,
    Unit.jurisdiction,
    Unit.township,
    Unit.sector,
)
_SAID = (
    Declaration.is_nil,
    Declaration.found_count,
    Declaration.right_count,
    Declaration.is_late,
    Declaration.signer,
    Declaration.signed_at,
)


def of_month(
    session: Session,
    actor: Actor,
    month: date,
    show: Show,
    wanted: Wanted,
    preset: Preset,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int = PAGE,
) -> Page:
    """Return a page of the units that have to declare a month, by name. Raises NotAllowed."""
    require(actor, Action.READ_SELF_INSPECTIONS)
    query: Any = select(*_COLUMNS)
    if show is not Show.MISSING:
        query = select(*_COLUMNS, *_SAID)
    query = _shown(query, month, show).where(_of_month(month, preset, wanted))
    if after is not None:
        query = query.where(tuple_(Unit.name, Unit.id) > tuple_(*after))
    found = session.execute(query.order_by(Unit.name, Unit.id).limit(limit + 1)).all()
    rows = [_row(one) for one in found[:limit]]
    key = (rows[-1].name, rows[-1].unit_id) if len(found) > limit else None
    return Page(rows=rows, next_key=key)


def _row(found: Any) -> Row:
    said: dict[str, Any] = {column.key: getattr(found, column.key, None) for column in _SAID}
    own: dict[str, Any] = {column.key: getattr(found, column.key) for column in _COLUMNS}
    return Row(**own, **said)


def _shown(query: Select[Any], month: date, show: Show) -> Select[Any]:
    if show is Show.MISSING:
        return query.where(not_(_declared(month)))
    own = and_(Declaration.unit_id == Unit.id, Declaration.month == month)
    joined = query.join(Declaration, own)
    if show is Show.NIL:
        joined = joined.where(Declaration.is_nil)
    if show is Show.MARKED:
        joined = joined.where(Declaration.signer != Signer.HOLDS)
    return joined


def counts_of_month(
    session: Session, actor: Actor, month: date, wanted: Wanted, preset: Preset
) -> dict[Show, int]:
    """Return how many units each list of a month holds. Raises NotAllowed."""
    require(actor, Action.READ_SELF_INSPECTIONS)
    own = and_(Declaration.unit_id == Unit.id, Declaration.month == month)
    is_there = Declaration.id.is_not(None)
    row = session.execute(
        select(
            func.count().filter(not_(is_there)),
            func.count().filter(is_there),
            func.count().filter(is_there, Declaration.is_nil),
            func.count().filter(is_there, Declaration.signer != Signer.HOLDS),
        )
        .select_from(Unit)
        .outerjoin(Declaration, own)
        .where(_of_month(month, preset, wanted))
    ).one()
    return dict(zip(Show, map(int, row), strict=True))


def untold(
    session: Session, month: date, is_late: bool, preset: Preset, *, limit: int
) -> Sequence[UUID]:
    """Return units that have not declared a month and were not told so yet."""
    told = exists().where(
        DeclarationReminder.unit_id == Unit.id,
        DeclarationReminder.month == month,
        DeclarationReminder.is_late == is_late,
    )
    return session.scalars(
        select(Unit.id)
        .where(_of_month(month, preset, Wanted()), not_(_declared(month)), not_(told))
        .order_by(Unit.id)
        .limit(limit)
    ).all()


def is_declared(session: Session, unit_id: UUID, month: date) -> bool:
    """Say whether a unit has declared a month."""
    return session.get(Declaration, (unit_id, month)) is not None


# beside what others found


def named_principals(session: Session, unit_id: UUID, *, now: datetime) -> list[NamedPost]:
    """Return what was written down of the main responsible person, in the order of writing."""
    rows = session.scalars(
        select(ChainPost)
        .where(
            ChainPost.unit_id == unit_id,
            ChainPost.link == Link.MAIN_RESPONSIBLE_PERSON,
            ChainPost.recorded_at <= now,
        )
        .order_by(ChainPost.seq)
    )
    return [NamedPost(post=row.post, from_on=row.from_on, until_on=row.until_on) for row in rows]


def finds_of(session: Session, unit_id: UUID, preset: Preset) -> list[Find]:
    """Return what a unit found as it is held beside a matter."""
    rows = session.scalars(select(SelfHazard).where(SelfHazard.unit_id == unit_id)).all()
    tasks, zone = tasks_of(session, [row.id for row in rows]), preset.limits.zone
    found = []
    for row in rows:
        own = [Task(due_on=one.due_on, done_at=one.done_at) for one in tasks[row.id]]
        done = {one.done_at: one.done_at.astimezone(zone).date() for one in own if one.done_at}
        found.append(
            Find(
                id=row.id,
                category=row.category,
                entered_at=row.entered_at,
                put_right_at=row.put_right_at,
                late_since=late_since(own, done),
            )
        )
    return found


def nils_of(session: Session, unit_id: UUID) -> list[Declared]:
    """Return the returns of nothing found of a unit."""
    rows = session.scalars(
        select(Declaration).where(Declaration.unit_id == unit_id, Declaration.is_nil)
    )
    return [Declared(id=row.id, month=row.month, signed_at=row.signed_at) for row in rows]


def judged(
    session: Session, actor: Actor, unit_id: UUID, matters: Collection[Matter], preset: Preset
) -> list[Judged]:
    """Return what a unit had declared of each matter. Raises NotFound for who may not read it."""
    require_readable(actor, unit_id)
    days = preset.self_inspection.look_back_days
    finds, nils = finds_of(session, unit_id, preset), nils_of(session, unit_id)
    return [judge(one, finds, nils, days) for one in matters]


def found_after(
    nil: Declared, matters: Collection[tuple[UUID, Matter]], preset: Preset
) -> list[UUID]:
    """Return those of the matters found true that point back to a return of nothing found."""
    days = preset.self_inspection.look_back_days
    return [
        key
        for key, matter in matters
        if matter.is_true and next(nils_before(matter, [nil], days), None) is not None
    ]


def entered_after(session: Session, unit_id: UUID, nil: Declared, preset: Preset) -> list[UUID]:
    """Return own hazards entered after a return of nothing found, as long as one looks back."""
    _start, end = month_span(nil.month, preset)
    last = end + timedelta(days=preset.self_inspection.look_back_days)
    rows = session.scalars(
        select(SelfHazard.id)
        .where(
            SelfHazard.unit_id == unit_id,
            SelfHazard.entered_at > nil.signed_at,
            SelfHazard.entered_at < last,
        )
        .order_by(SelfHazard.entered_at)
    )
    return list(rows)


def signers(session: Session, rows: Collection[Declaration]) -> dict[UUID, str]:
    """Return by declaration who signed: name and post on one line."""
    said = words(session, [row.who_text_id for row in rows])
    return {row.id: " · ".join((said.get(row.who_text_id) or "").split("\n")) for row in rows}
