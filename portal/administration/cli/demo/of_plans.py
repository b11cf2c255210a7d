"""A month of plans of inspections: one for the year, one drawn by lot, one unannounced."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.access.kinds import Actor
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.handling import lead
from portal.administration.cli.demo.world import Story, World
from portal.cases import queries as cases
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.services import begin_visit
from portal.inspections.kinds import Result, Side
from portal.inspections.lifecycle import Answered, Checked, Signature
from portal.inspections.queries import draft_of
from portal.inspections.services import drop
from portal.plans import queries
from portal.plans.kinds import PlanKind
from portal.plans.lifecycle import Wish
from portal.plans.services import draw_plan, make_plan, publish_plan
from portal.presets.checklist_kinds import Major
from portal.presets.checklists import in_force_checklists
from portal.presets.contents import checklist_of
from portal.units.queries import names_of_units, tied_units, unit_ids, units_called

DAY = timedelta(days=1)
BEGINS, SEED, UNANNOUNCED = 27 * DAY, 20 * DAY, 4 * DAY
#: So many of a plan's units are visited, the last of them still under way.
VISITED, DRAWN = 3, 4


def inspect_by_plan(world: World) -> Story:
    """Write the plans one after the other; visits go on beside them."""
    yield world.hours.after(world.end - BEGINS, 60)
    team = max(world.cast.supervising(), key=lambda one: len(_units(world, one)))
    place = team.group.jurisdiction or ""
    if len(_units(world, team)) < DRAWN:
        return  # a city too small for plans
    yearly = _planned(world, world.cast.director, team, "yearly", PlanKind.YEARLY, place=place)
    world.spawn(visit_some(world, team, yearly))
    seed_on = _day(world, world.end - SEED)
    lot: dict[str, Any] = {"by_lot": True, "draw_count": DRAWN, "seed_on": seed_on}
    drawn = _planned(world, lead(team), team, "drawn", PlanKind.SPECIAL, place=place, **lot)
    yield world.hours.after(world.end - SEED, 90)
    number = world.content["planning.number"]
    draw_plan(world.session, lead(team), drawn, number, world.preset, now=world.now)
    world.spawn(visit_some(world, team, drawn))
    yield world.hours.after(world.end - UNANNOUNCED, 30)
    names = tuple(_names(world, place))[:2]
    if names:
        _planned(world, lead(team), team, "unannounced", PlanKind.UNANNOUNCED, names=names)


def _units(world: World, team: Team) -> Sequence[UUID]:
    found = unit_ids(world.session, place=team.group.jurisdiction or "")
    # Those that cases led to: a city too small for plans stays one.
    return [one for one in found if world.is_of_cases(one)]


def _day(world: World, moment: datetime) -> date:
    return moment.astimezone(world.hours.zone).date()


def _planned(
    world: World, actor: Actor, team: Team, title: str, kind: PlanKind, **more: Any
) -> UUID:
    """Write a plan for a team and publish it."""
    session, today = world.session, _day(world, world.now)
    wish = Wish(
        kind=kind,
        title=world.content[f"planning.titles.{title}"],
        checklist=min(in_force_checklists(session, world.now)),
        group_ids=(team.group.id,),
        starts_on=today,
        ends_on=today + 60 * DAY,
        **more,
    )
    plan = make_plan(session, actor, wish, world.preset, now=world.now)
    publish_plan(session, actor, plan.id, world.preset, now=world.now)
    return plan.id


def _names(world: World, place: str) -> Iterator[str]:
    """Yield names that only one unit of the place has."""
    names = names_of_units(world.session, unit_ids(world.session, place=place))
    yield from (name for name in sorted(names.values()) if _is_one(world, name))


def _is_one(world: World, name: str) -> bool:
    return len(units_called(world.session, name)) == 1


def visit_some(world: World, team: Team, plan: UUID) -> Story:
    """Visit some of the units, one every few days."""
    found = queries.visits(world.session, plan, limit=VISITED)
    for place, row in enumerate(one.row for one in found):
        yield world.hours.after(world.now + 2 * DAY, 45)
        pair = _pair(world, team, row)
        if len(pair) < 2:
            continue
        case_id = begin_visit(
            world.session, pair[0], plan, row.unit_id, now=world.now, tell=world.tells
        )
        if place < VISITED - 1:
            yield world.hours.after(world.now, 90)
            _record(world, team, pair, case_id, has_hazard=place == 0)


def _pair(world: World, team: Team, row: Any) -> list[Actor]:
    """Return the two who go: those who were drawn, else the first of the team without a tie."""
    people = [one for one in (*team.members, lead(team)) if one.person_id]
    able = [one for one in people if row.unit_id not in tied_units(world.session, one.person_id)]
    if row.inspectors:
        able = [one for one in able if one.person_id in row.inspectors]
    return able[:2]


def _answered(copy: Mapping[str, Any], hazard: str) -> Checked:
    """Answer every item: one failed where there is a hazard, its words beside it."""
    items = checklist_of(copy).items
    bad = next((one.id for one in items.values() if one.major is Major.NONE), "") if hazard else ""
    answers = [
        Answered(
            id=uuid4(),
            item=item,
            result=Result.FAIL if item == bad else Result.PASS,
            note=hazard if item == bad else "",
            photos=1,
        )
        for item in items
    ]
    return Checked(copy=copy, answers=tuple(answers))


def _signed(people: Sequence[UUID], signer: Mapping[str, str]) -> tuple[Signature, ...]:
    """Return the signatures of both sides under a record."""
    ours = [Signature(side=Side.INSPECTOR, name=signer["inspector"], person=one) for one in people]
    return (*ours, Signature(side=Side.UNIT, name=signer["name"], post=signer["post"]))


def _record(
    world: World, team: Team, pair: list[Actor], case_id: UUID, *, has_hazard: bool
) -> None:
    """Record what was found: a hazard for the group to go on with, or none and the case ends."""
    session, director = world.session, world.cast.director
    said = world.content["planning"]
    case = cases.case_of(session, director, case_id)
    people = tuple(one.person_id for one in pair if one.person_id)
    finding = said["findings"][0 if has_hazard else 1]
    given: dict[str, Any] = {"visited_at": world.now, "inspectors": people}
    draft = draft_of(session, case_id)
    if draft is not None:
        given["checked"] = _answered(draft.checklist, said["hazard"] if has_hazard else "")
        given["signatures"] = _signed(people, said["signer"])
        drop(session, draft.id)
    world.move(pair[0], c.Inspect, case, finding=finding, **given)
    if has_hazard:
        return
    reason = world.content["reasons.no_hazard"][0]
    verdict = {"finding": Finding.NOT_TRUE, "reason": reason}
    world.move(lead(team), c.Verify, case, **verdict)
    world.move(lead(team), c.Conclude, case, answers=())
    world.move(lead(team), c.Close, case, lesson_considered=True, reason=reason)
