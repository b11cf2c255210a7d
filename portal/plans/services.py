"""Writing a plan, publishing it, drawing by lot, and marking that a visit has begun."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.accounts.queries import live_groups
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.plans import queries
from portal.plans.kinds import Act, PlanKind
from portal.plans.lifecycle import (
    EACH_MOST,
    NUMBER_MOST,
    TITLE_MOST,
    Known,
    Wish,
    check,
    check_day,
    check_number,
    check_population,
    require_own,
)
from portal.plans.models import Plan, PlanDraw, PlanPublication, PlanUnit
from portal.presets.checklists import in_force_checklists
from portal.presets.kinds import Preset
from portal.risk.draw import (
    Drawn,
    draw_people,
    draw_units,
    hash_of_people,
    hash_of_units,
    seed_of,
    tidy_number,
)
from portal.units.queries import names_of_units, ties_among, unit_ids, units_called


def make_plan(session: Session, actor: Actor, wish: Wish, preset: Preset, *, now: datetime) -> Plan:
    """Write a plan down; nothing is fixed yet and only its groups see it.

    Raises NotAllowed, and Incomplete naming the field.
    """
    require(actor, Action.MANAGE_PLANS)
    assert actor.account_id is not None  # noqa: S101  the policy lets only people in
    check(wish, actor, _known(session, preset, now))
    plan = Plan(
        id=uuid4(),
        kind=PlanKind(wish.kind),
        title=wish.title.strip()[:TITLE_MOST],
        checklist=wish.checklist,
        group_ids=sorted(set(wish.group_ids)),
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        wanted=wish.filter,
        picked=_picked(session, wish),
        draw_count=wish.draw_count if wish.by_lot else None,
        people_each=min(wish.people_each, EACH_MOST),
        seed_on=wish.seed_on if wish.by_lot else None,
        made_at=now,
        made_by=actor.account_id,
        dropped_at=None,
    )
    session.add(plan)
    session.flush()
    _tell(session, actor, plan, Act.MADE, now, kind=plan.kind, groups=plan.group_ids)
    return plan


def _known(session: Session, preset: Preset, now: datetime) -> Known:
    today = day_of(preset, now)
    districts = preset.taxonomy.jurisdictions
    towns = {town.code for one in districts.values() for town in one.townships}
    groups = live_groups(session, on=today).values()
    return Known(
        today=today,
        checklists=set(in_force_checklists(session, now)),
        groups={one.id for one in groups if one.kind != "desk"},
        places=set(districts) | towns,
    )


def day_of(preset: Preset, now: datetime) -> date:
    """Return the day in the city's zone."""
    return now.astimezone(preset.limits.zone).date()


def _picked(session: Session, wish: Wish) -> list[UUID]:
    found: list[UUID] = list(wish.unit_ids)
    for line in wish.names:
        ids = units_called(session, line)
        if not ids:
            raise Incomplete("names", "plan_unit_unknown", line=line[:60])
        if len(ids) > 1:
            raise Incomplete("names", "plan_unit_twice", line=line[:60])
        found += ids
    return list(dict.fromkeys(found))


def population(session: Session, plan: Plan) -> Sequence[UUID]:
    """Return the units that a plan that is not published fits today."""
    return plan.picked or unit_ids(session, **plan.wanted)


def drop_plan(session: Session, actor: Actor, plan_id: UUID, *, now: datetime) -> Plan:
    """Give up a plan that is not published. Raises NotFound, NotAllowed, OutOfTurn."""
    plan = _own(session, actor, plan_id)
    if plan.dropped_at or queries.published(session, plan_id):
        raise OutOfTurn("plan_fixed")
    plan.dropped_at = now
    _tell(session, actor, plan, Act.DROPPED, now)
    return plan


def publish_plan(
    session: Session, actor: Actor, plan_id: UUID, preset: Preset, *, now: datetime
) -> Plan:
    """Fix units and people, with their hashes, before anybody can know the number.

    Publishing again changes nothing. Raises NotFound, NotAllowed, OutOfTurn for a dropped plan,
    Incomplete for what cannot be visited.
    """
    plan = _own(session, actor, plan_id)
    if queries.published(session, plan_id):
        return plan
    if plan.dropped_at:
        raise OutOfTurn("plan_fixed")
    assert actor.account_id is not None  # noqa: S101  the policy lets only people in
    today, by_lot = day_of(preset, now), plan.draw_count is not None
    if by_lot:
        check_day(plan.seed_on, today)
    units = population(session, plan)
    people = queries.people_of_groups(session, plan.group_ids, on=today)
    check_population(len(units), plan.draw_count, people, plan.people_each)
    source = preset.city.settings.draw_source
    fixed = PlanPublication(
        plan_id=plan.id,
        published_at=now,
        published_by=actor.account_id,
        population=list(units),
        population_hash=hash_of_units(map(str, units)),
        people=people,
        people_hash=hash_of_people(people),
        source={"zh": source.zh, "en": source.en} if by_lot else None,
    )
    session.add(fixed)
    session.flush()
    if not by_lot:
        names = names_of_units(session, units)
        ordered = sorted(units, key=lambda unit: (names.get(unit, ""), unit))
        only = plan.group_ids[0] if len(plan.group_ids) == 1 else None
        _add_units(session, plan, [Drawn(str(unit), _text(only), (), ()) for unit in ordered])
    _tell(
        session, actor, plan, Act.PUBLISHED, now,
        units=len(units),
        population=fixed.population_hash,
        people=fixed.people_hash,
        **({"seed_on": plan.seed_on, "count": plan.draw_count} if by_lot else {}),
    )  # fmt: skip
    return plan


def draw_plan(
    session: Session, actor: Actor, plan_id: UUID, number: str, preset: Preset, *, now: datetime
) -> bool:
    """Draw units and inspectors by the published number; False if the plan was drawn before.

    Then nothing changes, and the history keeps that it was asked for. Raises NotFound,
    NotAllowed, OutOfTurn where nothing is to be drawn, Incomplete for a number that cannot be.
    """
    plan = _own(session, actor, plan_id)
    fixed = queries.published(session, plan_id)
    if fixed is None or plan.draw_count is None:
        raise OutOfTurn("plan_nothing_to_draw")
    if queries.draw_of(session, plan_id):
        _tell(session, actor, plan, Act.DRAW_REFUSED, now)
        return False
    assert actor.account_id is not None  # noqa: S101  the policy lets only people in
    number = tidy_number(number)[:NUMBER_MOST]
    check_number(number, plan.seed_on, day_of(preset, now))
    drawn, ties, seed = draw_lot(session, plan, fixed, number)
    session.add(
        PlanDraw(
            plan_id=plan.id,
            number=number,
            seed=seed,
            drawn_at=now,
            drawn_by=actor.account_id,
            ties=[[str(unit), str(person)] for unit, person in ties],
        )
    )
    session.flush()
    _add_units(session, plan, drawn)
    _tell(
        session, actor, plan, Act.DRAWN, now,
        number=number,
        seed=seed,
        units=[one.unit for one in drawn],
        passed_over=sum(len(one.left_out) for one in drawn),
    )  # fmt: skip
    return True


def draw_lot(
    session: Session, plan: Plan, fixed: PlanPublication, number: str
) -> tuple[list[Drawn], list[tuple[UUID, UUID]], str]:
    """Return who is drawn by a number, the ties that were looked at, and the seed."""
    lot = queries.lot_of(plan, fixed)
    seed = seed_of(lot, number)
    units = draw_units(lot, seed)
    pool = {UUID(one) for those in lot.people.values() for one in those}
    ties = ties_among(session, [UUID(unit) for unit in units], pool)
    tied: dict[str, set[str]] = {}
    for unit, person in ties:
        tied.setdefault(str(unit), set()).add(str(person))
    return [draw_people(lot, seed, unit, tied.get(unit, ())) for unit in units], ties, seed


def mark_begun(
    session: Session, actor: Actor, row: PlanUnit, case_id: UUID, *, now: datetime
) -> None:
    """Keep that the visit of a unit has begun, in which case."""
    row.case_id, row.begun_at, row.begun_by = case_id, now, actor.person_id
    row.group_id = row.group_id or actor.group_id
    plan = session.get_one(Plan, row.plan_id)
    _tell(session, actor, plan, Act.VISIT_BEGUN, now, unit=row.unit_id, case=case_id)


def _own(session: Session, actor: Actor, plan_id: UUID) -> Plan:
    """Return the plan, locked: two who publish or draw at once wait for each other."""
    require(actor, Action.MANAGE_PLANS)
    plan = queries.plan(session, actor, plan_id, lock=True)
    require_own(actor, plan.group_ids)
    return plan


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _add_units(session: Session, plan: Plan, drawn: Sequence[Drawn]) -> None:
    rows = [
        {
            "plan_id": plan.id,
            "unit_id": UUID(one.unit),
            "position": place,
            "group_id": UUID(one.group) if one.group else None,
            "inspectors": [UUID(person) for person in one.people],
            "left_out": [UUID(person) for person in one.left_out],
        }
        for place, one in enumerate(drawn, start=1)
    ]
    session.execute(insert(PlanUnit), rows)


def _tell(session: Session, actor: Actor, plan: Plan, act: Act, now: datetime, **more: Any) -> None:
    record(
        session,
        actor,
        EventKind.PLAN_CHANGED,
        at=now,
        payload={"plan": plan.id, "act": act, **more},
    )
