"""A quarter of self-inspection: units that are on time, late, find nothing, hand a hazard up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.access.kinds import Actor
from portal.accounts.queries import accounts_of_unit, actor_in
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.handling import lead
from portal.administration.cli.demo.world import Story, World
from portal.cases.services import enter_own_hazard, finish_own
from portal.clocks.days import add_months
from portal.foundation.errors import Refusal
from portal.inspections.kinds import Result
from portal.inspections.services import Entry
from portal.presets.checklist_kinds import Major
from portal.presets.checklists import in_force_checklists
from portal.selfinspections import services as doing
from portal.selfinspections.lifecycle import due_on, month_of
from portal.units.kinds import Link, Size
from portal.units.services import Named, UnitFields, add_unit, name_post

DAY = timedelta(days=1)
#: So long before the end they are invited: the month of then and the two after it are over.
INVITED = 91 * DAY
WORKERS = 60


@dataclass(frozen=True)
class Mill:
    """A unit with its one account, and how it is with dates."""

    number: int
    unit: UUID
    actor: Actor
    name: str
    post: str

    @property
    def is_late(self) -> bool:
        return self.number == 1

    @property
    def finds_nothing(self) -> bool:
        return self.number == 2

    @property
    def hands_up(self) -> bool:
        return self.number == 3


def look_for_themselves(world: World) -> Story:
    """Invite the units; each goes on by itself."""
    yield world.hours.after(world.end - INVITED, 30)
    said = world.content["self_inspection"]
    teams = world.cast.supervising()
    for number, (name, post, person, sector) in enumerate(said["units"]):
        mill = _invited(world, teams[number % len(teams)], number, name, post, person, sector)
        world.spawn(_months(world, mill))
        world.spawn(_finds(world, mill))
        yield world.hours.after(world.now, 20)


def _invited(
    world: World, team: Team, number: int, name: str, post: str, person: str, sector: str
) -> Mill:
    """Put a unit into the register with who answers for it, and invite that person."""
    session, boss, place = world.session, lead(team), team.group.jurisdiction
    town = world.preset.taxonomy.jurisdictions[place or ""].townships[0]
    fields = UnitFields(
        name=f"{name}（虚构）",
        address=f"{town.name.zh}示例路 {100 + number} 号",
        jurisdiction=place,
        township=town.code,
        sector=sector,
        size=Size.SMALL,
        workers=WORKERS + number,
        contact_name=post,
        contact_email=f"own{number + 1}@demo.example",
    )
    unit = add_unit(session, boss, fields, now=world.now).id
    today = _day(world, world.now)
    given = Named(
        link=Link.MAIN_RESPONSIBLE_PERSON, post=post, phone="0519-81000000", from_on=today
    )
    name_post(session, boss, unit, given, now=world.now)
    invited = {"name": person, "post": post, "email": f"own{number + 1}@demo.example"}
    account = doing.invite(session, boss, unit, world.preset, **invited, now=world.now)
    held = next(one for one in accounts_of_unit(session, unit) if one.account_id == account.id)
    return Mill(number, unit, actor_in(account, held), person, post)


def _day(world: World, moment: datetime) -> date:
    return moment.astimezone(world.hours.zone).date()


def _at(world: World, day: date) -> datetime:
    """Return a working moment on that day or the next one that is worked."""
    start = datetime(day.year, day.month, day.day, tzinfo=world.hours.zone)
    return world.hours.after(start.astimezone(world.end.tzinfo), 45)


def _months(world: World, mill: Mill) -> Story:
    """Declare month after month: in time, late, or (the late one's last) not at all."""
    month, rules = month_of(_day(world, world.now)), world.preset.self_inspection
    while True:
        last = due_on(month, rules, world.preset.calendar)
        yield _at(world, last + 5 * DAY if mill.is_late else last - (2 + mill.number) * DAY)
        following = due_on(add_months(month, 1), rules, world.preset.calendar)
        if mill.is_late and following >= _day(world, world.end):
            return
        _declare(world, mill, month)
        month = add_months(month, 1)


def _declare(world: World, mill: Mill, month: date) -> None:
    given: dict[str, Any] = {"name": mill.name, "post": mill.post, "is_confirmed": True}
    for kind in (doing.FINDS, doing.NIL):
        try:
            doing.declare(
                world.session, mill.actor, month, world.preset, kind=kind, **given, now=world.now
            )
        except Refusal:
            continue
        return


def _finds(world: World, mill: Mill) -> Story:
    """Check by the list, find something each month or so, put it right; one is handed up."""
    said = world.content["self_inspection"]
    for turn, words in enumerate(said["hazards"]):
        yield world.hours.after(world.now + (9 + 3 * mill.number) * DAY, 60)
        _check(world, mill, "regular", said["check"])
        if mill.finds_nothing and turn < len(said["hazards"]) - 1:
            continue
        hazard = _found(world, mill, words)
        if mill.hands_up and turn == 1:
            _found(world, mill, said["major"], major=True)
        today = _day(world, world.now)
        yield world.hours.after(world.now, 40)
        task = doing.set_task(
            world.session, mill.actor, hazard,
            task=said["task"], who=said["who"], due_on=today + 7 * DAY,
            today=today, now=world.now,
        )  # fmt: skip
        if mill.is_late and turn:
            continue  # still open when the city ends
        yield world.hours.after(world.now + 3 * DAY, 30)
        statement = said["statements"][turn % len(said["statements"])]
        doing.report_done(
            world.session, mill.actor, hazard, task.id, statement=statement, now=world.now
        )
    if not mill.is_late:
        yield world.hours.after(world.now + DAY, 60)
        _check(world, mill, "drill", said["drill"])


def _found(world: World, mill: Mill, words: str, *, major: bool = False) -> UUID:
    given = {"said": words, "category": world.content["self_inspection.category"]}
    return enter_own_hazard(
        world.session, mill.actor, world.preset,
        **given, major=major, now=world.now, tell=world.tells,
    )  # fmt: skip


def _check(world: World, mill: Mill, duty: str, statement: str) -> None:
    """Do a duty: answer what needs no photo, and finish."""
    session, actor, moment = world.session, mill.actor, world.now
    code = min(in_force_checklists(session, moment))
    row = doing.begin(session, actor, duty, code, world.preset, now=moment)
    seen = 0
    for item in _plain_items(world, code) if row.checklist else ():
        entry = Entry(result=Result.PASS)
        seen += doing.enter(session, actor, row.id, item, entry, seen=0, now=moment)
    finish_own(
        session, actor, row.id, world.preset,
        seen=seen, statement=statement, category="", photos={}, now=moment, tell=world.tells,
    )  # fmt: skip


def _plain_items(world: World, code: str) -> Iterator[str]:
    checklist = in_force_checklists(world.session, world.now)[code]
    for item in checklist.items.values():
        if not item.photo and item.major is not Major.LISTED:
            yield item.id
