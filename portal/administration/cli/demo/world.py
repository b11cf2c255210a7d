"""The simulated city: its clock, its people, and the real services by which they act."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from portal.access.kinds import ANYONE, Actor, Role
from portal.accounts.queries import live_groups
from portal.administration.cli.demo.cast import Cast, Team
from portal.administration.cli.demo.content import KEYS, Content
from portal.administration.cli.demo.hours import Hours
from portal.administration.cli.demo.photographs import Photographs
from portal.administration.cli.demo.plans import BY_STAFF, Plan
from portal.attachments.lifecycle import StoredFile
from portal.attachments.services import discard
from portal.cases import queries
from portal.cases.kinds import OPEN
from portal.cases.lifecycle import commands as c
from portal.cases.services import (
    THINGS,
    file_report,
    lapse_rewards,
    move_case,
    record_breaches,
)
from portal.foundation.errors import Refusal
from portal.presets.kinds import Preset
from portal.reports.lifecycle import File
from portal.sealing.queries import can_seal
from portal.units.kinds import Link, Size
from portal.units.services import Named, UnitFields, add_unit, name_post

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.cases.models import Case

#: What a story is: it yields the moment at which it goes on.
Story = Generator[datetime, None, None]
#: A part of a story that tells how it came out.
Turn = Generator[datetime, None, bool]
Entropy = Callable[[int], bytes]
#: Shortly after each midnight the portal looks for limits that were missed.
WATCH = timedelta(days=1)
#: Only of the last hours before the end mails are sent; nobody wants those of ninety days.
TOLD = timedelta(hours=20)


@dataclass(order=True, slots=True)
class _Next:
    at: datetime
    number: int
    story: Story = field(compare=False)
    random: Random = field(compare=False)


@dataclass
class World:
    """Runs stories side by side in the order of their moments.

    `random` decides everything that is not an id or a secret; `entropy` gives those.
    """

    session: Session
    preset: Preset
    content: Content
    cast: Cast
    random: Random
    entropy: Entropy
    end: datetime
    now: datetime
    #: None: nobody takes pictures.
    photographs: Photographs | None = None
    nonces: dict[UUID, bytes] = field(default_factory=dict)
    #: Of reports made inside a unit, by what the demo's start page calls them.
    inside: dict[str, bytes] = field(default_factory=dict)
    filed: list[Plan] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hours = Hours(self.preset)
        self._queue: list[_Next] = []
        self._numbers = itertools.count()
        self._units: dict[tuple[str, str], UUID] = {}
        self._cases: dict[UUID, Case] = {}
        self._watched = self.now

    # time

    def spawn(self, story: Story, random: Random | None = None) -> None:
        """Let a story begin, at the first moment that it yields.

        With a `random` of its own it, and what it spawns, draws nothing of what the others draw:
        they stay as their seed makes them.
        """
        self._go_on(story, random or self.random)

    def run_until(self, moment: datetime) -> None:
        """Carry out what happens before `moment`, the missed limits too."""
        while self._queue and self._queue[0].at < moment:
            following = self._queue[0].at
            while self._watched + WATCH <= following:
                self._watch()
            entry = heapq.heappop(self._queue)
            self.now = max(self.now, entry.at)
            self._go_on(entry.story, entry.random)
        while self._watched + WATCH <= moment:
            self._watch()

    def _watch(self) -> None:
        self._watched += WATCH
        self.now = max(self.now, self._watched)
        record_breaches(self.session, self.now, tell=self.tells)
        lapse_rewards(self.session, now=self.now, tell=self.tells)

    def _go_on(self, story: Story, random: Random) -> None:
        others, self.random = self.random, random
        try:
            at = next(story)
        except StopIteration:
            return
        except Refusal as refusal:
            # A story that went wrong ends; the city goes on, and the command says how many did.
            self.refused.append(f"{type(refusal).__name__}: {refusal}")
            return
        finally:
            self.random = others
        heapq.heappush(self._queue, _Next(max(at, self.now), next(self._numbers), story, random))

    @property
    def tells(self) -> bool:
        return self.now >= self.end - TOLD

    # chance

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def choose(self, path: str) -> str:
        """Return one of the ways in which staff say something."""
        chosen: str = self.random.choice(self.content[path])
        return chosen

    def say(self, path: str, plan: Plan) -> str:
        """Return one of the ways to say something in the reporter's language."""
        return self.choose(f"{path}.{KEYS[plan.language]}")

    def soon(self, least: float, most: float) -> datetime:
        """Return a working moment between so many working minutes from now."""
        return self.hours.after(self.now, self.random.uniform(least, most))

    def someday(self, least: float, most: float) -> datetime:
        """Return any waking moment between so many days from now: when reporters act."""
        moment = self.now + timedelta(days=self.random.uniform(least, most))
        local = moment.astimezone(self.hours.zone)
        return moment if 7 <= local.hour < 23 else moment + timedelta(hours=9)

    def within(self, limit: str, skill: float, *, since: datetime | None = None) -> datetime:
        """Return when somebody of this skill gets it done, counted from `since` or now."""
        rule = self.preset.limits.limits[limit]
        is_late = self.random.random() > skill
        share = 1.15 + self.random.expovariate(2.2) if is_late else self.random.betavariate(1.5, 3)
        if rule.unit == "working_day":
            minutes = share * rule.value * self.hours.minutes_a_day
            # A limit in days ends with its last day, so that much more is still in time.
            minutes += (self.hours.minutes_a_day if is_late else 0) + 3
            return self.hours.after(since or self.now, minutes)
        if rule.unit == "clock_hour":
            # What is urgent does not wait for the office to open.
            return (since or self.now) + timedelta(hours=rule.value * share)
        return self.hours.after((since or self.now) + timedelta(days=rule.value * share), 5)

    # acts

    def file(self, plan: Plan) -> Case:
        """File the report of a plan and return its case."""
        nonce = self.entropy(16)
        actor = self.desk() if plan.channel in BY_STAFF else ANYONE
        camera = self.photographs
        files = camera.for_report(self, plan, nonce) if camera else ()
        filed = file_report(
            self.session,
            actor,
            self._as_file(plan, files),
            nonce=nonce,
            now=self.now,
            store=camera.store if camera else None,
            tell=self.tells,
        )
        if camera is not None:
            discard(camera.store, files)
        plan.case_id, plan.report_id = filed.case_id, filed.report_id
        self.nonces[filed.report_id] = nonce
        self.filed.append(plan)
        return self.case(plan)

    def _as_file(self, plan: Plan, files: Sequence[StoredFile]) -> File:
        return File(
            contact=plan.contact if can_seal(self.session) else {},
            files=files,
            text=plan.text,
            place=plan.place_words,
            kind=plan.kind,
            jurisdiction=plan.place.jurisdiction.code if plan.is_sure else None,
            township=plan.place.township if plan.is_sure else None,
            claimed_category=plan.theme.code if plan.is_sure and plan.kind != "accident" else None,
            language=plan.language,
            channel=plan.channel,
            point=plan.point,
            datum="wgs84" if plan.point else None,
        )

    def case(self, plan: Plan) -> Case:
        """Return the case that handles the plan's report now."""
        assert plan.case_id is not None  # noqa: S101  only asked after filing
        case = self._cases.get(plan.case_id)
        if case is None:
            case = queries.case_of(self.session, self.cast.director, plan.case_id)
            self._cases[plan.case_id] = case
        return case

    def open_before(self, plan: Plan) -> Plan | None:
        """Return a case of the same desk that was filed lately and is still open."""
        for other in reversed(self.filed[-60:]):
            if other is plan or other.has("merged") or other.dealt.plant:
                continue
            if not other.dealt.turns & {"true", "not", "unverifiable"}:
                continue
            case = self.case(other)
            if case.state in OPEN and case.desk_id == self.duty.group.id:
                return other
        return None

    def move(self, actor: Actor, command: type[c.Command], case: Case, /, **fields: Any) -> Case:
        """Carry out a move on the case as it stands."""
        asked = command(case_id=case.id, seen=case.version, **fields)
        return move_case(self.session, actor, asked, now=self.now, tell=self.tells)

    def rows(self, table: str, case: Case) -> Sequence[Any]:
        """Return the things on the road of a case, in an order that does not depend on ids."""
        found = queries.rows_of(self.session, THINGS[table], case.id)
        return sorted(found, key=_order_of)

    @property
    def duty(self) -> Team:
        """The desk that the last rule of the routing names."""
        return self.cast.teams[self.preset.routing.rules[-1].to]

    def desk(self) -> Actor:
        """Return somebody at the duty desk."""
        return self.random.choice(self.duty.members)

    def desk_of(self, case: Case) -> Actor:
        """Return somebody at the desk where the case came in."""
        desks = (t for t in self.cast.teams.values() if t.group.id == case.desk_id)
        return self.random.choice(next(desks).members)

    def proposed(self, case: Case) -> str:
        """Return the code of the group that the rules propose."""
        groups = live_groups(self.session, on=self.now.astimezone(self.hours.zone).date())
        matter = queries.matter_of(case, self.preset, at=self.now)
        return queries.proposal(matter, self.preset, groups.values()).to

    def team_of(self, case: Case) -> Team:
        """Return the group that has the case."""
        return next(t for t in self.cast.teams.values() if t.group.id == case.group_id)

    def reporter(self, plan: Plan) -> Actor:
        return Actor(role=Role.REPORTER, report_id=plan.report_id)

    def unit(self, plan: Plan, actor: Actor) -> UUID:
        """Return the unit of the plan's place, added to the register when first needed."""
        key = (plan.place.unit, plan.place.township)
        if key not in self._units:
            number = len(self._units) + 1
            size, workers = self._dealt("units.sizes", number)
            colour, why = self._dealt("units.risks", number) or (None, "")
            fields = UnitFields(
                name=f"{plan.place.unit}（虚构）",
                address=f"{plan.place.township_name}{plan.place.street} {plan.place.house} 号",
                jurisdiction=plan.place.jurisdiction.code,
                township=plan.place.township,
                sector=self.preset.taxonomy.categories[plan.theme.code].sector,
                size=Size(size),
                workers=workers + number,
                risk_colour=colour,
                risk_reason=why,
                contact_name=self.choose("units.contacts"),
                contact_email=f"unit{number:03d}@demo.example",
            )
            self._units[key] = add_unit(self.session, actor, fields, now=self.now).id
            self._name_posts(actor, self._units[key], number)
        return self._units[key]

    def is_of_cases(self, unit: UUID) -> bool:
        """Say whether a unit came into the register with a case."""
        return unit in self._units.values()

    def _name_posts(self, actor: Actor, unit: UUID, number: int) -> None:
        """Write down who answers at a unit; some are not known, and some stood in for a time."""
        today = self.now.astimezone(self.hours.zone).date()
        days = timedelta(days=self.content["units.stand_in_days"])
        named = (
            (Link.MAIN_RESPONSIBLE_PERSON, "units.principals"),
            (Link.SAFETY_OFFICER, "units.officers"),
            (Link.GRID, "units.grids"),
        )
        for link, path in named:
            if post := self._dealt(path, number):
                stands_in = link is Link.SAFETY_OFFICER and number % 3 == 0
                given = Named(
                    link=link,
                    post=post,
                    phone=f"0519-{80000000 + number}",
                    from_on=today,
                    until_on=today + days if stands_in else None,
                )
                name_post(self.session, actor, unit, given, now=self.now)

    def _dealt(self, path: str, number: int) -> Any:
        """Return one of a list, in turn: nothing of it is left to chance."""
        found = self.content[path]
        return found[number % len(found)]


def _order_of(row: Any) -> tuple[Any, ...]:
    return tuple(
        getattr(row, name)
        for name in ("issued_at", "visited_at", "objected_at", "number", "due_on")
        if getattr(row, name, None) is not None
    )
