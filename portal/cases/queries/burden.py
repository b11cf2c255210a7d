"""How often a unit is visited, and what comes close to another visit, as far as the reader sees."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Row, Select, cast, func, not_, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.inspections.models import Inspection
from portal.plans.models import Plan, PlanUnit
from portal.plans.queries import readable as readable_plans

#: How many plans to come are told of one unit.
PLANS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A visit that was made, or a plan that has the unit, close to certain days."""

    #: The day of a visit that was made, or began by a plan; else the first day of the plan.
    first: date
    #: The last day of the plan; None: it was visited.
    last: date | None = None
    #: The plan, where it is one.
    plan_id: UUID | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """What a unit has to bear: visits so far by how many groups, and what is planned."""

    visits: int
    groups: int
    last: datetime | None
    to_come: Sequence[Near]


def near_visits(
    session: Session,
    actor: Actor,
    unit_ids: Collection[UUID],
    first: date,
    last: date,
    *,
    apart: int,
    zone: ZoneInfo,
    plan_id: UUID | None = None,
) -> Mapping[UUID, Sequence[Near]]:
    """Return by unit what comes less than `apart` days before or after these days: visits in cases
    that the actor can see, units of other plans that the actor may know of. The plan's own visits
    are none.
    """
    if not unit_ids or not apart:
        return {}
    closer = timedelta(days=apart - 1)
    since, until = first - closer, last + closer
    found: dict[UUID, list[Near]] = {}
    for unit_id, on in session.execute(_made(actor, unit_ids, since, until, zone)):
        if unit_id is not None:
            found.setdefault(unit_id, []).append(Near(first=on))
    for row in session.execute(_planned(actor, unit_ids, since, until, plan_id)):
        found.setdefault(row.unit_id, []).append(_near(row, zone))
    return {unit: sorted(near, key=lambda one: one.first) for unit, near in found.items()}


def _made(
    actor: Actor, unit_ids: Collection[UUID], since: date, until: date, zone: ZoneInfo
) -> Select[UUID | None, date]:
    """Days of recorded visits; what a plan began is told by that plan, where it may be known."""
    on = cast(func.timezone(zone.key, Inspection.visited_at), Date)
    by_plan = (
        select(PlanUnit.plan_id)
        .join(Plan, Plan.id == PlanUnit.plan_id)
        .where(PlanUnit.case_id == Case.id, readable_plans(actor))
        .correlate(Case)
        .exists()
    )
    return (
        select(Case.unit_id, on)
        .join(Inspection, Inspection.case_id == Case.id)
        .where(Case.unit_id.in_(unit_ids), on >= since, on <= until)
        .where(not_(by_plan), visible_to(actor, Action.READ_FILE))
        .distinct()
    )


def _planned(
    actor: Actor, unit_ids: Collection[UUID], since: date, until: date, plan_id: UUID | None
) -> Select[Any]:
    """Units of other plans for these days, visited already or not."""
    wanted = (
        select(PlanUnit.unit_id, PlanUnit.begun_at, Plan.id, Plan.title)
        .add_columns(Plan.starts_on, Plan.ends_on)
        .join(Plan, Plan.id == PlanUnit.plan_id)
        .where(PlanUnit.unit_id.in_(unit_ids), Plan.dropped_at.is_(None))
        .where(Plan.starts_on <= until, Plan.ends_on >= since, readable_plans(actor))
        .order_by(Plan.starts_on, Plan.id)
    )
    return wanted if plan_id is None else wanted.where(Plan.id != plan_id)


def _near(row: Row[Any], zone: ZoneInfo) -> Near:
    if row.begun_at is not None:
        begun = row.begun_at.astimezone(zone).date()
        return Near(first=begun, plan_id=row.id, title=row.title)
    return Near(first=row.starts_on, last=row.ends_on, plan_id=row.id, title=row.title)


def burden_of(
    session: Session, actor: Actor, unit_id: UUID, *, days: int, today: date, now: datetime
) -> Burden:
    """Return how often a unit was visited within so many days, by how many groups, and which plans
    have it from today on; in cases that the actor can see, of plans that the actor may know of.
    """
    visits, groups, last = session.execute(
        select(
            func.count(),
            func.count(func.distinct(Case.group_id)),
            func.max(Inspection.visited_at),
        )
        .join(Case, Case.id == Inspection.case_id)
        .where(Case.unit_id == unit_id, Inspection.visited_at > now - timedelta(days=days))
        .where(visible_to(actor, Action.READ_FILE))
    ).one()
    rows = session.execute(
        select(Plan.id, Plan.title, Plan.starts_on, Plan.ends_on)
        .join(PlanUnit, PlanUnit.plan_id == Plan.id)
        .where(PlanUnit.unit_id == unit_id, PlanUnit.begun_at.is_(None), Plan.ends_on >= today)
        .where(Plan.dropped_at.is_(None), readable_plans(actor))
        .order_by(Plan.starts_on, Plan.id)
        .limit(PLANS_SHOWN)
    )
    to_come = [
        Near(first=row.starts_on, last=row.ends_on, plan_id=row.id, title=row.title) for row in rows
    ]
    return Burden(visits=visits, groups=groups, last=last, to_come=to_come)
