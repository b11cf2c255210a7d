"""What units found themselves, of all hazards there: counts, and the list behind them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.access.kinds import Action, Actor
from portal.cases.kinds import Finding, Source
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.inspections.models import Hazard, Inspection
from portal.measures.counts import Share
from portal.measures.periods import Period, Scope
from portal.plans.kinds import PlanKind
from portal.plans.models import Plan, PlanPublication, PlanUnit
from portal.presets.kinds import Preset
from portal.selfinspections.lifecycle import HOUR
from portal.selfinspections.models import SelfHazard, SelfSchedule
from portal.selfinspections.queries import month_span
from portal.units.models import Unit
from portal.units.queries import Wanted, holds_all

#: How a case began in which others found what the unit had not.
OTHERS = (Source.REPORT, Source.INSPECTION)
#: The lists behind the figure.
OWN, ALL = "own", "all"
Key = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class HazardFound:
    """A hazard at a unit that takes part; `case_id` and `number` where others found it."""

    id: UUID
    found_at: datetime
    unit_id: UUID
    unit: str
    category: str | None
    case_id: UUID | None
    number: str | None

    @property
    def is_own(self) -> bool:
        return self.case_id is None


def of_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the clauses on `units` for what a scope narrows."""
    return [Unit.jurisdiction == scope.jurisdiction] if scope.jurisdiction is not None else []


def share_of(
    session: Session,
    actor: Actor | None,
    *units: ColumnElement[bool],
    period: Period | None = None,
    category: str | None = None,
) -> Share:
    """Return how many hazards at such units the units found, and all; `published` defines both.

    What others found counts as far as the actor can see its case; None: all of it.
    """
    own = _own(units, period, category).subquery()
    others = _others(actor, units, period, category).subquery()
    counts = select(
        select(func.count()).select_from(own).scalar_subquery(),
        select(func.count()).select_from(others).scalar_subquery(),
    )
    found, beside = session.execute(counts).one()
    return Share(int(found), int(found) + int(beside))


def share_of_unit(session: Session, actor: Actor, unit_id: UUID) -> Share:
    """Return the share of one unit since it takes part, as far as the actor can see it."""
    return share_of(session, actor, Unit.id == unit_id)


def share_of_month(
    session: Session, actor: Actor, month: date, wanted: Wanted, preset: Preset
) -> Share:
    """Return the share of a month over the units that a search finds, as far as one can see it."""
    period = Period(*month_span(month, preset))
    return share_of(session, actor, holds_all(wanted, preset.taxonomy), period=period)


def hazards_behind(
    session: Session,
    actor: Actor,
    show: str,
    scope: Scope,
    *,
    after: Key | None = None,
    limit: int | None = None,
) -> Sequence[HazardFound]:
    """Return the hazards that the figure counts, the newest first: `own`, or `all` of them."""
    asked = (of_scope(scope), scope.period, scope.category)
    rows = _own(*asked)
    both = union_all(rows, _others(actor, *asked)) if show == ALL else rows
    found = both.subquery("found")
    wanted: Select[*tuple[Any, ...]] = select(found)
    if after is not None:
        wanted = wanted.where(tuple_(found.c.found_at, found.c.id) < tuple_(*after))
    ordered = wanted.order_by(found.c.found_at.desc(), found.c.id.desc())
    return [HazardFound(*row) for row in session.execute(ordered.limit(limit))]


def _own(
    units: Collection[ColumnElement[bool]], period: Period | None, category: str | None
) -> Select[*tuple[Any, ...]]:
    """Return what units entered before others knew of it."""
    return (
        select(
            SelfHazard.id.label("id"),
            SelfHazard.entered_at.label("found_at"),
            Unit.id.label("unit_id"),
            Unit.name.label("unit"),
            SelfHazard.category.label("category"),
            literal(None, Case.id.type).label("case_id"),
            literal(None, Case.number.type).label("number"),
        )
        .join(Unit, Unit.id == SelfHazard.unit_id)
        .where(
            ~_known_before(),
            *units,
            *_within(SelfHazard.entered_at, period),
            *_of_kind(SelfHazard.category, category),
        )
    )


def _others(
    actor: Actor | None,
    units: Collection[ColumnElement[bool]],
    period: Period | None,
    category: str | None,
) -> Select[*tuple[Any, ...]]:
    """Return what inspectors found at units that took part then."""
    took_part = exists().where(
        SelfSchedule.unit_id == Unit.id, SelfSchedule.enrolled_at <= Inspection.recorded_at
    )
    return (
        select(
            Hazard.id.label("id"),
            Inspection.recorded_at.label("found_at"),
            Unit.id.label("unit_id"),
            Unit.name.label("unit"),
            Case.category.label("category"),
            Case.id.label("case_id"),
            Case.number.label("number"),
        )
        .join(Inspection, Inspection.id == Hazard.inspection_id)
        .join(Case, Case.id == Hazard.case_id)
        .join(Unit, Unit.id == Case.unit_id)
        .where(
            Case.source.in_(OTHERS),
            took_part,
            *units,
            *_within(Inspection.recorded_at, period),
            *_of_kind(Case.category, category),
            *([visible_to(actor, Action.READ_FILE)] if actor is not None else []),
        )
    )


def _known_before() -> ColumnElement[bool]:
    """Say in SQL that others knew before: `selfinspections.lifecycle.counts_before`'s twin.

    They know as long as their case of the same kind is open and was not found untrue.
    """
    announced = (
        select(func.min(PlanPublication.published_at))
        .join(Plan, Plan.id == PlanPublication.plan_id)
        .join(PlanUnit, PlanUnit.plan_id == Plan.id)
        .where(PlanUnit.case_id == Case.id, Plan.kind != PlanKind.UNANNOUNCED)
        .correlate(Case)
        .scalar_subquery()
    )
    known_at = case(
        (Case.source == Source.REPORT, Case.opened_at + literal(HOUR)),
        else_=func.coalesce(announced, Case.opened_at),
    )
    dot = literal(".")
    is_kind = or_(
        SelfHazard.category == Case.category,
        func.starts_with(SelfHazard.category, Case.category + dot),
        func.starts_with(Case.category, SelfHazard.category + dot),
    )
    return exists().where(
        Case.unit_id == SelfHazard.unit_id,
        Case.source.in_(OTHERS),
        is_kind,
        known_at <= SelfHazard.entered_at,
        or_(Case.closed_at.is_(None), Case.closed_at > SelfHazard.entered_at),
        Case.finding.is_distinct_from(Finding.NOT_TRUE),
    )


def _within(
    moment: InstrumentedAttribute[datetime], period: Period | None
) -> list[ColumnElement[bool]]:
    return [and_(moment >= period.start, moment < period.end)] if period is not None else []


def _of_kind(column: InstrumentedAttribute[Any], category: str | None) -> list[ColumnElement[bool]]:
    if category is None:
        return []
    return [or_(column == category, column.startswith(f"{category}.", autoescape=True))]
