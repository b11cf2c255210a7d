"""Lessons in every state, drafted from closed cases; of one a sweep, its plan and what it found."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from portal.access.kinds import Actor
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.handling import lead
from portal.administration.cli.demo.of_plans import visit_some
from portal.administration.cli.demo.world import Story, World
from portal.cases import queries as cases
from portal.cases import services
from portal.cases.kinds import State
from portal.cases.services import Seen
from portal.lessons.kinds import FIELDS, LessonKind
from portal.lessons.lifecycle import Conditions, Draft, Wording
from portal.plans.kinds import PlanKind
from portal.plans.lifecycle import Wish
from portal.plans.services import publish_plan
from portal.presets.checklists import in_force_checklists

DAY = timedelta(days=1)
BEGINS = 14 * DAY
#: Fewer units nobody plans a sweep for.
SWEPT_LEAST = 3


def learn(world: World) -> Story:
    """Draft what the content says, each from a closed case of its kind, and take it as far as it
    says.
    """
    yield world.hours.after(world.end - BEGINS, 40)
    taken: set[UUID] = set()
    for number, told in enumerate(world.content.words.get("lessons", ())):
        source = _source(world, told["of"], taken)
        if source is None:
            continue  # a city too small for lessons
        taken.add(source.id)
        world.spawn(_one(world, source, told, number))


def _source(world: World, kind: str, taken: set[UUID]) -> Any:
    """Return the first closed case of a kind of hazard that a group handled, of any if none is; one
    that has taught something only where all have.
    """
    found = cases.closed_of(world.session, world.cast.director)
    handled = [case for case in found if case.group_id]
    own = [case for case in handled if case.id not in taken] or handled
    near = [case for case in own if (case.category or "").startswith(kind)]
    sector = [case for case in own if (case.category or "").startswith(kind.partition(".")[0])]
    return next(iter(near or sector or own), None)


def _one(world: World, source: Any, told: Mapping[str, Any], number: int) -> Story:
    """Take one lesson along its way, a working day for each step."""
    yield world.hours.after(world.now, 30 * (number + 1))
    team = world.team_of(source)
    author, reader, director = team.members[0], lead(team), world.cast.director
    lesson = services.draft_lesson(
        world.session, author, _draft(world, source, told), [source.id], world.preset, now=world.now
    )
    steps: Sequence[str] = told["steps"]
    for step in steps:
        yield world.hours.after(world.now + DAY, 20 + number)
        who = {"hand_in": author, "publish": director, "withdraw": director}.get(step, reader)
        _act(world, lesson, step, who, told)
    if "sweep" in told:
        yield world.hours.after(world.now, 60)
        _sweep(world, lesson)
    if "publish" in steps and "withdraw" not in steps:
        yield world.hours.after(world.now + DAY, 45)
        _judge(world, lesson)


def _draft(world: World, source: Any, told: Mapping[str, Any]) -> Draft:
    found = cases.material(world.session, [source], world.preset)
    kind = LessonKind(told["kind"])
    near = found.conditions.sectors if found.sector in found.conditions.sectors else ()
    return Draft(
        kind=kind.value,
        wording=Wording(
            title=told["title"], said={name: told["said"].get(name, "") for name in FIELDS[kind]}
        ),
        conditions=Conditions(
            sectors=frozenset(one for one in near if one == found.sector),
            items=found.conditions.items,
            sizes=found.conditions.sizes if "sweep" in told else frozenset(),
            places=found.conditions.places if "sweep" in told else frozenset(),
        ),
        language=told.get("language", "zh_Hans_CN"),
        category=found.category,
        sector=found.sector,
    )


def _act(world: World, lesson: UUID, step: str, who: Actor, told: Mapping[str, Any]) -> None:
    session, preset = world.session, world.preset
    when: dict[str, Any] = {"now": world.now, "tell": world.tells}
    seen = Seen(lesson, cases.lesson_of(session, world.cast.director, lesson).version)
    if step == "hand_in":
        services.hand_in_lesson(session, who, seen, preset, **when)
    elif step == "send_back":
        services.send_lesson_back(session, who, seen, told["note"], preset, **when)
    elif step == "read":
        services.pass_lesson(session, who, seen, preset, **when)
    elif step == "publish":
        in_spite = world.content["learning.in_spite"]
        services.publish_lesson(session, who, seen, in_spite, preset, **when)
    else:
        services.withdraw_lesson(session, who, seen, told["reason"], preset, now=world.now)


def _sweep(world: World, lesson: UUID) -> None:
    """Make a plan of the units that look alike, publish it, and let the first be visited."""
    session, director = world.session, world.cast.director
    one = cases.lesson_of(session, director, lesson)
    found = cases.alike_units(session, director, one, world.preset)
    if len(found) < SWEPT_LEAST:
        return
    team = _team_at(world, found)
    today = world.now.astimezone(world.hours.zone).date()
    wish = Wish(
        kind=PlanKind.SPECIAL,
        title=world.content["learning.plan"],
        checklist=min(in_force_checklists(session, world.now)),
        group_ids=(team.group.id,),
        starts_on=today,
        ends_on=today + 45 * DAY,
    )
    plan = services.sweep_lesson(session, director, lesson, wish, world.preset, now=world.now)
    publish_plan(session, director, plan, world.preset, now=world.now)
    world.spawn(visit_some(world, team, plan))


def _team_at(world: World, found: Sequence[Any]) -> Team:
    """Return the supervision group where most of the units lie."""
    near: dict[str, int] = {}
    for unit in found:
        near[unit.jurisdiction or ""] = near.get(unit.jurisdiction or "", 0) + 1
    return world.cast.of_jurisdiction(max(sorted(near), key=lambda one: near[one]))


def _judge(world: World, lesson: UUID) -> None:
    """Let the first two groups to which it is suggested say whether it helped."""
    session, director = world.session, world.cast.director
    verdicts = ["used", "not_fitting"]
    for case in cases.open_of(session, director):
        if not verdicts or case.state is not State.IN_HAND:
            continue
        shown = cases.suggested_lessons(session, case, world.preset)
        if lesson in {one.id for one in shown}:
            who = lead(world.team_of(case))
            verdict = verdicts.pop(0)
            services.judge_lesson(session, who, lesson, case.id, verdict, now=world.now)
