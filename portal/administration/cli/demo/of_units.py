"""A quarter of self-inspection: units that are on time, late, find nothing, hand a hazard up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.access.kinds import ANYONE, Actor, GroupKind, Role
from portal.accounts.queries import accounts_of_unit, actor_in
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.handling import lead
from portal.administration.cli.demo.world import Story, World
from portal.attachments.services import discard
from portal.cases.kinds import Priority
from portal.cases.lifecycle import commands as c
from portal.cases.queries import case_of
from portal.cases.services import enter_own_hazard, file_inside, finish_own, take_outside
from portal.clocks.days import add_months
from portal.foundation.errors import Refusal
from portal.inspections.kinds import Result
from portal.inspections.services import Entry
from portal.presets.checklist_kinds import Major
from portal.presets.checklists import in_force_checklists
from portal.reports.lifecycle import File
from portal.selfinspections import queries
from portal.selfinspections import services as doing
from portal.selfinspections.lifecycle import due_on, month_of
from portal.units.kinds import Link, Size
from portal.units.services import Named, UnitFields, add_unit, name_post

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
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
    def takes_inside(self) -> bool:
        return self.number == 0

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
        if mill.takes_inside:
            world.spawn(_inside(world, mill))
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
            handed = _found(world, mill, said["major"], major=True)
            world.spawn(_taken_on(world, mill, handed))
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


def _taken_on(world: World, mill: Mill, hazard: UUID) -> Story:
    """The desk takes on what a unit handed up; the group that the rules name signs for it."""
    own = queries.hazard(world.session, mill.actor, hazard, world.preset, now=world.now)
    assert own.case_id is not None  # noqa: S101  a major one is handed up at once
    yield world.soon(60, 300)
    case = case_of(world.session, world.cast.director, own.case_id)
    desk = world.desk_of(case)
    said = {"category": own.category, "jurisdiction": case.jurisdiction, "township": case.township}
    world.move(desk, c.Accept, case, kind="hazard", unit_id=case.unit_id, **said)
    team, reason = world.cast.teams[world.proposed(case)], ""
    if team.group.kind == GroupKind.DESK:
        team = world.cast.of_jurisdiction(case.jurisdiction)
        reason = world.choose("reasons.dispatch")
    given = {"priority": Priority.NORMAL, "suspected_major": True, "reason": reason}
    world.move(desk, c.Dispatch, case, group_id=team.group.id, **given)
    yield world.within("sign_for", team.skill)
    case = case_of(world.session, world.cast.director, own.case_id)
    world.move(world.random.choice(team.members), c.SignFor, case)


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


def _inside(world: World, mill: Mill) -> Story:
    """Take reports inside: one is answered, one is late and goes outside, one waits."""
    said = world.content["self_inspection.inside"]
    given = {"readers": said["readers"], "name": mill.name, "post": mill.post}
    yield world.hours.after(world.now + DAY, 30)
    doing.open_door(world.session, mill.actor, world.preset, **given, now=world.now)
    yield world.end - 30 * DAY
    first = _told(world, mill, said["answered"], "")
    yield world.hours.after(world.now + DAY, 60)
    doing.say(world.session, mill.actor, first.inside_id, said["asked"], now=world.now)
    yield world.hours.after(world.now + HOUR, 60)
    doing.say(world.session, first, first.inside_id, said["told"], now=world.now)
    yield world.hours.after(world.now + DAY, 60)
    doing.answer(world.session, mill.actor, first.inside_id, said["answer"], now=world.now)
    yield world.end - 20 * DAY
    late = _told(world, mill, said["late"], "inside_late")
    yield world.hours.after(world.end - 6 * DAY, 60)
    camera = world.photographs
    store = camera.store if camera else None
    take_outside(world.session, late, now=world.now, store=store, tell=world.tells)
    yield world.end - 2 * DAY
    _told(world, mill, said["waiting"], "inside")


def _told(world: World, mill: Mill, words: str, what: str) -> Any:
    """Report something to the unit alone; return the reporter with the code of it."""
    place = world.content["self_inspection.inside.place"]
    nonce, camera = world.entropy(16), world.photographs
    files = camera.for_inside(world, nonce) if camera else ()
    store = camera.store if camera else None
    command = File(text=words, place=place, claimed_unit=mill.unit, channel="qr", files=files)
    made = file_inside(world.session, ANYONE, command, nonce=nonce, now=world.now, store=store)
    if camera is not None:
        discard(camera.store, files)
    if what:
        world.inside[what] = nonce
    return Actor(role=Role.REPORTER, inside_id=made.id)
