"""Blind spots: what the public reported truly and the unit's own checks had not found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.cases.kinds import Source
from portal.cases.models import Case
from portal.cases.queries.of_own import TRUE
from portal.cases.visibility import visible_to
from portal.selfinspections.lifecycle import HOUR
from portal.selfinspections.models import SelfHazard, SelfSchedule
from portal.units.models import Unit

PAGE = 50


@dataclass(frozen=True, slots=True)
class Spot:
    """A kind of hazard: how many true reports there were, and how many the unit had found first."""

    category: str
    reported: int
    found_before: int

    @property
    def blind(self) -> int:
        return self.reported - self.found_before


def _found_before() -> ColumnElement[bool]:
    """Say in SQL that the unit had entered a hazard of the kind before: `counts_before`'s twin."""
    dot = literal(".")
    is_kind = or_(
        SelfHazard.category == Case.category,
        func.starts_with(SelfHazard.category, Case.category + dot),
        func.starts_with(Case.category, SelfHazard.category + dot),
    )
    return exists().where(
        SelfHazard.unit_id == Case.unit_id,
        is_kind,
        SelfHazard.entered_at < Case.opened_at + literal(HOUR),
    )


def _matters(actor: Actor, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return which cases count: reports found true since a moment, at units that take part.

    A unit that takes part since later than the report could not have entered anything.
    """
    took_part = exists().where(
        SelfSchedule.unit_id == Case.unit_id, SelfSchedule.enrolled_at <= Case.opened_at
    )
    return (
        Case.source == Source.REPORT,
        Case.finding.in_(TRUE),
        Case.category.is_not(None),
        Case.opened_at >= since,
        took_part,
        visible_to(actor, Action.READ_FILE),
    )


def blind_spots(session: Session, actor: Actor, *, since: datetime) -> list[Spot]:
    """Return every kind of which there was a true report, the most blind spots first."""
    require(actor, Action.READ_BLIND_SPOTS)
    rows = session.execute(
        select(Case.category, func.count(), func.count().filter(_found_before()))
        .where(*_matters(actor, since))
        .group_by(Case.category)
    )
    found = [Spot(category or "", int(count), int(before)) for category, count, before in rows]
    return sorted(found, key=lambda one: (-one.blind, -one.reported, one.category))


@dataclass(frozen=True, slots=True)
class Blind:
    """A true report of a kind that the unit had not found, and what it had found at all."""

    case_id: UUID
    number: str
    category: str
    opened_at: datetime
    unit_id: UUID
    unit: str
    own_finds: int


def blind_cases(
    session: Session,
    actor: Actor,
    category: str = "",
    *,
    since: datetime,
    after: tuple[datetime, UUID] | None = None,
    limit: int = PAGE,
) -> Sequence[Blind]:
    """Return a page of the cases behind a kind, or behind all, the newest first."""
    require(actor, Action.READ_BLIND_SPOTS)
    wanted = _behind(actor, category, since)
    if after is not None:
        wanted = wanted.where(tuple_(Case.opened_at, Case.id) < tuple_(*after))
    return [Blind(*row) for row in session.execute(wanted.limit(limit))]


def all_blind(
    session: Session, actor: Actor, category: str = "", *, since: datetime
) -> Iterator[Blind]:
    """Yield all of them."""
    require(actor, Action.READ_BLIND_SPOTS)
    for row in session.execute(_behind(actor, category, since)):
        yield Blind(*row)


def _behind(actor: Actor, category: str, since: datetime) -> Any:
    own = (
        select(func.count())
        .select_from(SelfHazard)
        .where(SelfHazard.unit_id == Case.unit_id)
        .correlate(Case)
        .scalar_subquery()
    )
    wanted = (
        select(Case.id, Case.number, Case.category, Case.opened_at, Unit.id, Unit.name, own)
        .join(Unit, Unit.id == Case.unit_id)
        .where(*_matters(actor, since), ~_found_before())
        .order_by(Case.opened_at.desc(), Case.id.desc())
    )
    return wanted.where(Case.category == category) if category else wanted
