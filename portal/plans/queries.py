"""Reading plans: which there are, what was fixed, how far each is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.accounts.queries import members_of
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_about
from portal.inspections.models import Inspection
from portal.plans.kinds import PlanKind
from portal.plans.lifecycle import PlanFacts, Progress
from portal.plans.models import Plan, PlanDraw, PlanPublication, PlanUnit
from portal.risk.draw import Lot

PAGE = 50
#: What reading returns; rooms above name it so and need not know the tables.
StandingPlan = Plan
Published = PlanPublication
Draw = PlanDraw
PlannedUnit = PlanUnit
_IS_DONE = exists().where(Inspection.case_id == PlanUnit.case_id)
_IS_PUBLISHED = (
    select(PlanPublication.plan_id)
    .where(PlanPublication.plan_id == Plan.id)
    .correlate(Plan)
    .exists()
)
_LOCKED = select(Plan).where(Plan.id == bindparam("plan", type_=Uuid)).with_for_update()


def readable(actor: Actor) -> ColumnElement[bool]:
    """Return the clause that keeps the plans an actor may know of.

    What is not published yet, and unannounced visits, concern the plan's own groups alone.
    """
    if actor.role in (Role.DIRECTOR, Role.AUDITOR):
        return true()
    is_open = (Plan.kind != PlanKind.UNANNOUNCED) & _IS_PUBLISHED
    if actor.group_id is None:
        return is_open
    return or_(is_open, Plan.group_ids.contains([actor.group_id]))


def plan(session: Session, actor: Actor, plan_id: UUID, *, lock: bool = False) -> Plan:
    """Return a plan that the actor may know of. Raises NotFound."""
    found = session.scalar(select(Plan).where(Plan.id == plan_id, readable(actor)))
    if found is None:
        raise NotFound(plan_id)
    if lock:
        session.scalars(_LOCKED, {"plan": plan_id}).one()
        session.refresh(found)
    return found


def published(session: Session, plan_id: UUID) -> PlanPublication | None:
    """Return what was fixed for a plan; None: it is not published."""
    return session.get(PlanPublication, plan_id)


def draw_of(session: Session, plan_id: UUID) -> PlanDraw | None:
    """Return the draw of a plan; None: there was none."""
    return session.get(PlanDraw, plan_id)


@dataclass(frozen=True)
class Listed:
    """A plan with how far it is."""

    plan: Plan
    facts: PlanFacts


def plans(session: Session, actor: Actor, *, after: UUID | None = None) -> list[Listed]:
    """Return the newest plans that an actor may know of, or those written before another one."""
    wanted = (
        select(Plan, PlanPublication.plan_id, PlanDraw.plan_id)
        .outerjoin(PlanPublication, PlanPublication.plan_id == Plan.id)
        .outerjoin(PlanDraw, PlanDraw.plan_id == Plan.id)
        .where(readable(actor))
        .order_by(Plan.made_at.desc(), Plan.id.desc())
    )
    last = session.get(Plan, after) if after else None
    if last is not None:
        wanted = wanted.where(tuple_(Plan.made_at, Plan.id) < tuple_(last.made_at, last.id))
    rows = session.execute(wanted.limit(PAGE)).all()
    done = progress(session, [row[0].id for row in rows])
    return [
        Listed(one, _facts(one, was_published is not None, drawn is not None, done.get(one.id)))
        for one, was_published, drawn in rows
    ]


def facts(session: Session, one: Plan) -> PlanFacts:
    """Return what the standing of a plan follows from."""
    done = progress(session, [one.id]).get(one.id)
    is_published = published(session, one.id) is not None
    return _facts(one, is_published, draw_of(session, one.id) is not None, done)


def _facts(one: Plan, is_published: bool, is_drawn: bool, done: Progress | None) -> PlanFacts:
    return PlanFacts(
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        is_dropped=one.dropped_at is not None,
        is_published=is_published,
        by_lot=one.draw_count is not None,
        is_drawn=is_drawn,
        progress=done or Progress(),
    )


def progress(session: Session, plan_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
    """Return how many units of each plan are done, under way and left."""
    begun, done = PlanUnit.case_id.is_not(None), _IS_DONE
    rows = session.execute(
        select(
            PlanUnit.plan_id,
            func.count().filter(done),
            func.count().filter(begun & ~done),
            func.count().filter(~begun),
        )
        .where(PlanUnit.plan_id.in_(plan_ids))
        .group_by(PlanUnit.plan_id)
    )
    return {
        plan_id: Progress(done=ended, under_way=running, left=left)
        for plan_id, ended, running, left in rows
    }


@dataclass(frozen=True)
class Visit:
    """A unit of a plan, and who inspected it."""

    row: PlanUnit
    inspectors: tuple[UUID, ...]
    is_done: bool


def visits(session: Session, plan_id: UUID, *, after: int = 0, limit: int = PAGE) -> list[Visit]:
    """Return units of a plan behind a position, in their order."""
    rows = session.scalars(
        select(PlanUnit)
        .where(PlanUnit.plan_id == plan_id, PlanUnit.position > after)
        .order_by(PlanUnit.position)
        .limit(limit)
    ).all()
    cases = [row.case_id for row in rows if row.case_id]
    made = session.scalars(
        select(Inspection).where(Inspection.case_id.in_(cases)).order_by(Inspection.recorded_at)
    )
    by_case = {one.case_id: tuple(one.inspectors) for one in made} if cases else {}
    return [
        Visit(row, by_case.get(row.case_id, ()) if row.case_id else (), row.case_id in by_case)
        for row in rows
    ]


def planned(session: Session, plan_id: UUID, unit_id: UUID, *, lock: bool = False) -> PlanUnit:
    """Return a unit of a plan. Raises NotFound."""
    found = session.get(PlanUnit, (plan_id, unit_id), with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound(unit_id)
    return found


def drawn_rows(session: Session, plan_id: UUID) -> Sequence[PlanUnit]:
    """Return every unit of a plan in its order."""
    asked = select(PlanUnit).where(PlanUnit.plan_id == plan_id).order_by(PlanUnit.position)
    return session.scalars(asked).all()


def lot_of(one: Plan, fixed: PlanPublication) -> Lot:
    """Return what a plan's draw is made from."""
    return Lot(
        plan=str(one.id),
        population=[str(unit) for unit in fixed.population],
        people=fixed.people,
        count=one.draw_count or 0,
        each=one.people_each,
    )


def people_of_groups(
    session: Session, group_ids: Collection[UUID], *, on: date
) -> dict[str, list[str]]:
    """Return who can inspect for each group on a day: people, not accounts."""
    found = {}
    for group_id in group_ids:
        people = {account.person_id for account in members_of(session, group_id, on=on)}
        found[str(group_id)] = sorted(map(str, people))
    return found


def acts_of(session: Session, plan_id: UUID) -> Sequence[Recorded]:
    """Return what the history says of a plan, oldest first."""
    return events_about(session, EventKind.PLAN_CHANGED, "plan", plan_id)
