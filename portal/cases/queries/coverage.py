"""Which units nobody has inspected, and for how long, as far as the reader can see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, GroupKind
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.inspections.models import Inspection
from portal.units.models import Unit

PAGE = 50


class Band(StrEnum):
    """How long ago somebody looked at a unit."""

    NEVER = "never"
    LONG_AGO = "long_ago"
    LATELY = "lately"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How many units of a sector or place were looked at when; None: of all, or not known."""

    sector: str | None = None
    jurisdiction: str | None = None
    township: str | None = None
    never: int = 0
    long_ago: int = 0
    lately: int = 0

    @property
    def units(self) -> int:
        return self.never + self.long_ago + self.lately


@dataclass(frozen=True, slots=True)
class Coverage:
    """The counts over all, by sector and by place, those with the most unseen units first."""

    total: Covered
    sectors: Sequence[Covered]
    places: Sequence[Covered]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which units are listed; "-" asks for those of which sector or district nobody knows."""

    band: Band
    sector: str = ""
    #: A district or township; "district/-": of it those of which nobody knows the township.
    place: str = ""


def coverage(session: Session, actor: Actor, *, since: datetime) -> Coverage:
    """Count units by when they were last inspected; `since`: later counts as lately.

    By one statement over the units that the reader watches over and the inspections of cases that
    they can see.
    """
    last = _last(actor)
    by_sector = func.grouping(Unit.sector)
    by_place = func.grouping(Unit.jurisdiction)
    asked = (
        select(
            by_sector,
            by_place,
            Unit.sector,
            Unit.jurisdiction,
            Unit.township,
            *(func.count().filter(_within(band, last, since)) for band in Band),
        )
        .outerjoin(last, last.c.unit_id == Unit.id)
        .where(_watched(actor))
        .group_by(
            func.grouping_sets(
                tuple_(Unit.sector), tuple_(Unit.jurisdiction, Unit.township), tuple_()
            )
        )
    )
    total, sectors, places = Covered(), [], []
    for no_sector, no_place, sector, district, town, never, long_ago, lately in session.execute(
        asked
    ):
        counted = Covered(
            sector=sector,
            jurisdiction=district,
            township=town,
            never=never,
            long_ago=long_ago,
            lately=lately,
        )
        if no_sector and no_place:
            total = counted
        elif no_place:
            sectors.append(counted)
        else:
            places.append(counted)
    return Coverage(total, sorted(sectors, key=_unseen), sorted(places, key=_unseen))


def _unseen(one: Covered) -> tuple[Any, ...]:
    names = (one.sector or "", one.jurisdiction or "", one.township or "")
    return (-(one.never + one.long_ago), -one.units, names)


@dataclass(frozen=True, slots=True)
class Unseen:
    """A unit with when it was last looked at; None: never."""

    unit: Unit
    last: datetime | None


def units_unseen(
    session: Session,
    actor: Actor,
    part: Part,
    *,
    since: datetime,
    after: tuple[str, UUID] | None = None,
    limit: int = PAGE,
) -> list[Unseen]:
    """Return units of a part by name, from behind `after` (name, id) on."""
    asked, last = _listed(actor, part, since)
    if after is not None:
        asked = asked.where(tuple_(Unit.name, Unit.id) > after)
    rows = session.execute(asked.order_by(Unit.name, Unit.id).limit(limit))
    return [Unseen(unit, when) for unit, when in rows]


def all_unseen(
    session: Session, actor: Actor, part: Part, *, since: datetime
) -> Iterator[tuple[Any, ...]]:
    """Yield name, code, place, sector and last visit of every unit of a part."""
    asked, last = _listed(actor, part, since)
    columns = (Unit.name, Unit.registration_code, Unit.jurisdiction, Unit.township, Unit.sector)
    shown = asked.with_only_columns(*columns, last.c.at)
    for row in session.execute(shown.order_by(Unit.name, Unit.id)):
        yield tuple(row)


def _listed(actor: Actor, part: Part, since: datetime) -> tuple[Select[Any], Subquery]:
    last = _last(actor)
    asked = select(Unit, last.c.at).outerjoin(last, last.c.unit_id == Unit.id)
    asked = asked.where(_watched(actor), _within(part.band, last, since))
    if part.sector:
        asked = asked.where(_is(Unit.sector, part.sector))
    if part.place == "-":
        asked = asked.where(Unit.jurisdiction.is_(None))
    elif part.place.endswith("/-"):
        own = Unit.jurisdiction == part.place.removesuffix("/-")
        asked = asked.where(own, Unit.township.is_(None))
    elif part.place:
        asked = asked.where(or_(Unit.jurisdiction == part.place, Unit.township == part.place))
    return asked, last


def _is(column: Any, value: str) -> ColumnElement[bool]:
    return column.is_(None) if value == "-" else column == value  # type: ignore[no-any-return]


def _last(actor: Actor) -> Subquery:
    """Return the last visit of each unit among the cases that the reader can see."""
    return (
        select(Case.unit_id.label("unit_id"), func.max(Inspection.visited_at).label("at"))
        .join(Inspection, Inspection.case_id == Case.id)
        .where(Case.unit_id.is_not(None), visible_to(actor, Action.READ_FILE))
        .group_by(Case.unit_id)
        .subquery("last")
    )


def _within(band: Band, last: Subquery, since: datetime) -> ColumnElement[bool]:
    if band is Band.NEVER:
        return last.c.at.is_(None)
    return last.c.at < since if band is Band.LONG_AGO else last.c.at >= since


def _watched(actor: Actor) -> ColumnElement[bool]:
    """Return the clause that keeps the units over which the reader watches."""
    if actor.group_kind is GroupKind.SUPERVISION:
        return Unit.jurisdiction == actor.jurisdiction
    return true()
