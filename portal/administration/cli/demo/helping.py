"""Stories of help: asked for, offered, given, judged thirty days later, declined, late.

Nothing here is left to chance: the rest of the city stays as its seed makes it.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from portal.access.kinds import Actor, Role
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.handling import lead
from portal.administration.cli.demo.world import Story, World
from portal.assistance import queries, services
from portal.assistance.kinds import HelpKind, Origin
from portal.assistance.lifecycle import Wish
from portal.assistance.queries import Help
from portal.cases.kinds import WITH_BOOK
from portal.cases.services import ask_for_help, find_while_helping, write_down_help

DAY = timedelta(days=1)
#: So many days before the end each story begins; the first are old enough to be judged.
BEGIN = {"judged": 55, "partly": 50, "silent": 47, "declined": 40, "late": 14, "open": 5, "new": 2}
JUDGED_AFTER = 32 * DAY


def help_out(world: World) -> Story:
    """Let each story begin in its turn."""
    stories = {"judged": _judged, "partly": _partly, "silent": _silent, "declined": _declined}
    stories |= {"late": _late, "open": _open, "new": _late}
    for name, days in BEGIN.items():
        yield world.hours.after(world.end - days * DAY, 70)
        world.spawn(stories[name](world, name))


def _said(world: World, path: str) -> Any:
    return world.content[f"help.{path}"]


def _who(world: World) -> dict[str, Any]:
    return {"name": _said(world, "name"), "post": _said(world, "post")}


def _today(world: World) -> date:
    return world.now.astimezone(world.hours.zone).date()


def _asked(world: World, name: str, kind: HelpKind) -> tuple[Help, Team] | None:
    """Let the unit of some case with a task book ask; None in a city without one."""
    for case, book_id, team in _with_book(world):
        if queries.help_of_case(world.session, world.cast.director, case.id):
            continue
        unit = Actor(role=Role.UNIT, task_book_id=book_id)
        words = {"kind": kind.value, "wanted": _said(world, f"wanted.{name}"), **_who(world)}
        wish = Wish(origin=Origin.ASKED, **words)
        about: dict[str, Any] = {"now": world.now, "tell": world.tells}
        return ask_for_help(world.session, unit, wish, world.preset, **about), team
    return None


def _with_book(world: World) -> Iterator[tuple[Any, Any, Team]]:
    teams = {team.group.id: team for team in world.cast.teams.values() if team.lead}
    for plan in world.filed:
        case = world.case(plan)
        if case.state in WITH_BOOK and case.group_id in teams:
            books = world.rows("task_books", case)
            if books and books[-1].token_hash is not None:
                yield case, books[-1].id, teams[case.group_id]


def _taken(world: World, one: Help, team: Team, name: str, days: int = 10) -> None:
    services.take_up(
        world.session,
        lead(team),
        one.id,
        owner_id=lead(team).account_id,
        plan=_said(world, f"plans.{name}"),
        done_by=_today(world) + days * DAY,
        preset=world.preset,
        now=world.now,
    )


def _given(world: World, one: Help, team: Team, name: str, *, expert: bool = False) -> None:
    services.finish(
        world.session,
        lead(team),
        one.id,
        end="done",
        done=_said(world, f"done.{name}"),
        expert=_said(world, "expert") if expert else "",
        opinion=_said(world, "opinion") if expert else "",
        preset=world.preset,
        now=world.now,
    )


def _found(world: World, one: Help, team: Team, level: str) -> None:
    find_while_helping(
        world.session,
        lead(team),
        one.id,
        level=level,
        found=_said(world, f"found.{level}"),
        right_by=_today(world) + 10 * DAY if level == "general" else None,
        preset=world.preset,
        now=world.now,
        tell=world.tells,
    )


def _after(world: World, days: float) -> datetime:
    return world.hours.after(world.now + days * DAY, 45)


def _judged(world: World, name: str) -> Story:
    """An expert advises, finds a small hazard; by its link the unit says that it helped."""
    found = _asked(world, name, HelpKind.EXPERT_CONSULTATION)
    if found is None:
        return
    one, team = found
    yield _after(world, 2)
    _taken(world, one, team, name)
    yield _after(world, 3)
    for advice in _said(world, "advice"):
        services.advise(world.session, lead(team), one.id, advice, now=world.now)
    _found(world, one, team, "general")
    yield _after(world, 1)
    _given(world, one, team, name, expert=True)
    yield world.hours.after(world.now + JUDGED_AFTER, 30)
    _judge(world, one, Actor(role=Role.UNIT, help_id=one.id), "yes", "")
    yield _after(world, 1)
    for number, row in enumerate(queries.advice_of(world.session, one.id)):
        services.settle_advice(
            world.session,
            lead(team),
            one.id,
            advice_id=row.id,
            followed="no" if number else "yes",
            shown=_said(world, "shown")[min(number, 1)],
            now=world.now,
        )


def _judge(world: World, one: Help, actor: Actor, helped: str, source: str) -> None:
    by_link = actor.account_id is None
    held = (
        queries.own_help(world.session, actor, lock=True)
        if by_link
        else services.locked(world.session, actor, one.id)
    )
    said = {"helped": helped, "said": _said(world, f"said.{helped}"), "source": source}
    when: dict[str, Any] = {"today": _today(world), "now": world.now, "tell": world.tells}
    services.judge(world.session, actor, held, **said, **_who(world), **when)


def _partly(world: World, name: str) -> Story:
    """Departments come together; on the telephone the unit says that it helped in part."""
    found = _asked(world, name, HelpKind.COORDINATION)
    if found is None:
        return
    one, team = found
    yield _after(world, 3)
    _taken(world, one, team, name)
    yield _after(world, 4)
    _given(world, one, team, name)
    yield world.hours.after(world.now + JUDGED_AFTER, 60)
    _judge(world, one, lead(team), "partly", _said(world, "source"))


def _silent(world: World, name: str) -> Story:
    """A township is offered training; nobody has said yet whether it helped."""
    one, team = _offered(world, name, HelpKind.TRAINING, to_place=True)
    yield _after(world, 6)
    _given(world, one, team, name)


def _offered(
    world: World, name: str, kind: HelpKind, *, to_place: bool = False
) -> tuple[Help, Team]:
    team = world.cast.supervising()[0]
    first = next(_with_book(world), None)
    unit_name, place = "", (team.group.jurisdiction or "", None)
    if first is not None and not to_place:
        case, _book, team = first
        place = (case.jurisdiction or place[0], None)
    wish = Wish(
        origin=Origin.OFFERED,
        kind=kind.value,
        wanted=_said(world, f"wanted.{name}"),
        source=_said(world, "source"),
        **_who(world),
    )
    one = write_down_help(
        world.session,
        lead(team),
        wish,
        world.preset,
        unit_name=unit_name,
        place=place,
        case_numbers=(),
        owner_id=lead(team).account_id,
        plan=_said(world, f"plans.{name}"),
        done_by=_today(world) + 10 * DAY,
        now=world.now,
    )
    return one, team


def _declined(world: World, name: str) -> Story:
    """A unit asks for money; there is none here, but another office has some."""
    found = _asked(world, name, HelpKind.FUNDS)
    if found is None:
        return
    one, team = found
    yield _after(world, 3)
    declined = {"reason": _said(world, "reason"), "elsewhere": _said(world, "elsewhere")}
    services.decline(world.session, lead(team), one.id, **declined, now=world.now)


def _late(world: World, name: str) -> Story:
    """A unit asks and has no answer on the last day: of one it is late, the other waits."""
    yield _after(world, 0)
    _asked(world, name, HelpKind.TRAINING)


def _open(world: World, name: str) -> Story:
    """Help on site is under way, and something grave is found: it is registered all the same."""
    one, team = _offered(world, name, HelpKind.HELP_VISIT)
    yield _after(world, 2)
    _found(world, one, team, "major")
