"""Stories of major hazards: decided, protected, listed for supervision, accepted, struck off.

They come on top of the others and draw from chances of their own: the rest of the city stays as
its seed makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from portal.access.kinds import Actor, Role
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.fates import Dealt
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.world import Story, World
from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.discipline.kinds import Step
from portal.inspections.kinds import Level
from portal.taskbooks.kinds import ItemState
from portal.units.kinds import Link
from portal.units.services import Named, name_post

#: What becomes of the hazards, those of the oldest cases first; `later`: decided when the task was
#: out, `asks`: the unit asks for more time.
ENDS = ("delisted asks", "accepted later", "overdue", "protected asks", "later_now")
#: One of so many cases besides is about such a hazard, as far as the ends go; how old the first
#: is, and by how many days each is younger than the one before.
ONE_IN, OLDEST, YOUNGER = 100, 80, 6
#: So many days for a listed hazard, and for one that will be late.
LISTED_DAYS, LATE_DAYS = 40, 6
ADDRESSEE = Link.MAIN_RESPONSIBLE_PERSON


def majors(cases: int) -> list[Dealt]:
    """Return the cases of major hazards that come on top of so many others."""
    return [
        # A plant: nothing is merged into it.
        Dealt(frozenset({"true", "major", *turns.split()}), OLDEST - YOUNGER * number, "major")
        for number, turns in enumerate(ENDS[: cases // ONE_IN])
    ]


@dataclass(frozen=True)
class Major:
    """One such case, and short ways to act on it."""

    world: World
    plan: Plan
    team: Team
    handler: Actor

    def move(self, actor: Actor, command: type[c.Command], **fields: Any) -> None:
        self.world.move(actor, command, self.world.case(self.plan), **fields)

    def rows(self, table: str) -> Sequence[Any]:
        return self.world.rows(table, self.world.case(self.plan))

    def said(self, name: str) -> str:
        words: str = self.world.content[f"major.{name}"]
        return words

    @property
    def today(self) -> date:
        return self.world.now.astimezone(self.world.hours.zone).date()

    @property
    def unit(self) -> Actor:
        return Actor(role=Role.UNIT, task_book_id=self.rows("task_books")[-1].id)

    @property
    def who(self) -> dict[str, str]:
        return {"name": self.said("name"), "post": self.said("post")}

    def items(self, state: ItemState = ItemState.WITH_UNIT) -> list[Any]:
        return [item for item in self.rows("task_items") if item.state is state]

    def of_major(self, state: ItemState = ItemState.WITH_UNIT) -> list[Any]:
        """Return the tasks of major hazards in a state."""
        major = {one.id for one in self.rows("hazards") if one.level is Level.MAJOR}
        return [item for item in self.items(state) if item.hazard_id in major]

    def free(self, team: Team) -> Actor | None:
        """Return somebody of a group who had no part: neither visited nor ordered."""
        away = {person for visit in self.rows("inspections") for person in visit.inspectors}
        away |= {self.handler.person_id, *self.world.case(self.plan).recused}
        return next((one for one in team.members if one.person_id not in away), None)


def oversee(world: World, plan: Plan, team: Team, handler: Actor) -> Story:
    """See a major hazard through, as far as its plan goes."""
    own = Major(world, plan, team, handler)
    if not plan.has("later") and not plan.has("later_now"):
        _decide(own)
    _order(own)
    yield _days(world, 1)
    own.move(own.unit, c.SignTaskBook, task_book_id=own.unit.task_book_id, **own.who)
    if plan.has("later") or plan.has("later_now"):
        yield _days(world, 1)
        _decide(own)
    if plan.has("later_now"):
        return
    if plan.has("later"):
        yield _days(world, 0.5)
        for item in own.of_major():
            own.move(handler, c.SupplementTask, item_id=item.id, **_five(own))
    yield _days(world, 0.3)
    for item in own.of_major() if not plan.has("overdue") else ():
        own.move(own.unit, c.ReportInterim, item_id=item.id, statement=own.said("safe"), **own.who)
    if plan.has("asks"):
        yield from _more_time(own)
    if plan.has("protected"):
        return
    yield _days(world, 1)
    _list(own)
    if not plan.has("overdue"):
        yield from _put_right(own)


def _days(world: World, count: float) -> Any:
    return world.hours.after(world.now, count * world.hours.minutes_a_day)


def _decide(own: Major) -> None:
    """The lead, whoever handles it and an expert decide that the first hazard is major."""
    assert own.team.lead is not None  # noqa: S101  every group that handles has one
    panel = tuple(one.person_id for one in (own.team.lead, own.handler) if one.person_id)
    words = {name: own.said(name) for name in ("criterion", "reason")}
    first = own.rows("hazards")[0].id
    decided = {"hazard_id": first, "level": Level.MAJOR, "experts": own.said("expert"), **words}
    own.move(own.team.lead, c.DecideLevel, panel=panel, **decided)


def _five(own: Major) -> dict[str, Any]:
    return {name: own.said(name) for name in ("evidence_asked", "funds", "contingency", "interim")}


def _order(own: Major) -> None:
    """Issue the book; a task of a hazard that is major by then holds all that it demands."""
    tasks = dict(own.plan.theme.found)
    found = own.plan.theme.found
    items = tuple(
        c.NewItem(
            hazard_id=hazard.id,
            task=tasks[found[number % len(found)][0]],
            responsible=own.said("post"),
            due_on=own.today + timedelta(days=20),
            **(_five(own) if hazard.level is Level.MAJOR else {}),
        )
        for number, hazard in enumerate(own.rows("hazards"))
    )
    unit_id = own.world.unit(own.plan, own.handler)
    own.move(own.handler, c.IssueTaskBook, unit_id=unit_id, items=items)


def _more_time(own: Major) -> Story:
    item = own.of_major()[0]
    yield _days(own.world, 2)
    until = item.due_on + timedelta(days=10)
    asked = {"new_due_on": until, "reason": own.said("late"), "plan": own.said("plan")}
    own.move(own.unit, c.AskExtension, item_id=item.id, **asked, **own.who)
    yield _days(own.world, 1)
    assert own.team.lead is not None  # noqa: S101
    for one in own.rows("extensions"):
        ruling = {"granted": True, "new_due_on": until, "reason": own.said("ruling")}
        own.move(own.team.lead, c.DecideExtension, extension_id=one.id, **ruling)


def _list(own: Major) -> None:
    """The director lists the hazard; who answers for it at the unit is named if nobody was."""
    world, case, director = own.world, own.world.case(own.plan), own.world.cast.director
    facts = queries.facts_of(world.session, case, director, now=world.now)
    if ADDRESSEE not in facts.ladder.posts:
        named = Named(
            link=ADDRESSEE, post=own.said("post"), phone="0519-86000000", from_on=own.today
        )
        name_post(world.session, own.handler, _unit_id(case), named, now=world.now)
    days = LATE_DAYS if own.plan.has("overdue") else LISTED_DAYS
    own.move(
        director,
        s.OrderStep,
        step_id=None,
        rung=Step.LIST_FOR_SUPERVISION.value,
        link=ADDRESSEE.value,
        grounds=("major",),
        hazard_id=own.rows("hazards")[0].id,
        until_on=own.today + timedelta(days=days),
        published=own.plan.theme.found[0][0],
        reason=own.said("listed"),
        skip_reason=own.said("skip_reason"),
    )


def _unit_id(case: Any) -> UUID:
    found: UUID = case.unit_id
    return found


def _put_right(own: Major) -> Story:
    """Done by the unit, signed for twice, accepted by another body; perhaps struck off."""
    world, director = own.world, own.world.cast.director
    watching = world.cast.of_jurisdiction(own.plan.place.jurisdiction.code)
    is_own = world.case(own.plan).group_id == watching.group.id
    other = own.free(watching)
    if other is None or own.team.lead is None:
        return
    second, accepts = (other, director) if is_own else (director, other)
    yield _days(world, 4)
    for item in own.items():
        done = {"item_id": item.id, "statement": own.said("done"), **own.who}
        own.move(own.unit, c.ReportItemDone, **done)
    yield _days(world, 2)
    twice = {item.id for item in own.of_major(ItemState.REPORTED)}
    for item in own.items(ItemState.REPORTED):
        seen = {"item_id": item.id, "opinion": own.said("seen"), "on_site": True}
        if item.id in twice:
            own.move(own.team.lead, c.SignCheck, **seen)
        own.move(second, c.PassReview, **seen)
    yield _days(world, 2)
    listing = {"listing_id": own.rows("listings")[0].id}
    found = {name: own.said(name) for name in ("body", "people", "opinion")}
    own.move(accepts, s.AcceptWork, **listing, accepted_on=own.today, passed=True, **found)
    if not own.plan.has("delisted"):
        return
    yield _days(world, 1)
    own.move(own.handler, s.AskDelisting, **listing, proof=own.said("proof"))
    yield _days(world, 1)
    own.move(director, s.DecideDelisting, **listing, granted=True, reason=own.said("delisted"))
