"""Makes the ninety days of the demo city, day after day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from portal.access.kinds import SYSTEM
from portal.administration.cli.demo.cast import by_burden, part, settle
from portal.administration.cli.demo.content import load as load_content
from portal.administration.cli.demo.fates import DAYS, deal
from portal.administration.cli.demo.helping import help_out
from portal.administration.cli.demo.intake import life
from portal.administration.cli.demo.laddering import keep_one_open
from portal.administration.cli.demo.of_lessons import learn
from portal.administration.cli.demo.of_plans import inspect_by_plan
from portal.administration.cli.demo.of_units import look_for_themselves
from portal.administration.cli.demo.outcome import give_keys, write_codes, write_plants
from portal.administration.cli.demo.photographs import Photographs
from portal.administration.cli.demo.plans import Plan, Planner
from portal.administration.cli.demo.rewarding import reward_some
from portal.administration.cli.demo.supervising import majors
from portal.administration.cli.demo.world import Entropy, World
from portal.foundation.errors import Incomplete
from portal.foundation.queue import enqueue
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.integrations.store import ObjectStore
from portal.presets.queries import in_force
from portal.presets.services import load_presets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Gives the unit of work of one simulated day.
UnitOfWork = Callable[[], AbstractContextManager["Session"]]
#: Past midnight, so that the watch on missed limits looks just after the days' ends.
PAST_MIDNIGHT = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    until: datetime
    cases: int
    busy: bool
    seed: int
    #: For how many cases there are such of major hazards besides; None: for as many as there are.
    majors: int | None = None


@dataclass(frozen=True)
class Made:
    """The city as it was made."""

    world: World
    plans: list[Plan]
    passphrases: list[str]

    @property
    def case_count(self) -> int:
        """How many cases reports began; some more begin by a planned visit or by being split."""
        return len(self.world.filed)

    def in_words(self) -> list[str]:
        """Return what was made, and of each story that did not end as it should, why."""
        cut_short = self.world.refused
        return [f"{self.case_count} cases, stories cut short: {len(cut_short)}.", *cut_short]

    def as_json(self) -> dict[str, Any]:
        return {
            "loaded": True,
            "cases": self.case_count,
            "until": self.world.end.isoformat(),
            "stories_cut_short": self.world.refused,
        }


def build(
    unit_of_work: UnitOfWork,
    preset_folder: Path,
    asked: Asked,
    *,
    store: ObjectStore | None,
    data_folder: Path,
    entropy: Entropy,
) -> Made:
    """Make rules, people, keys and every case to come; nothing has happened yet.

    Without a `store` nobody takes pictures. Raises SettingError if the preset has no demo.
    """
    random = Random(asked.seed)  # noqa: S311  nothing secret is drawn from it
    with unit_of_work() as session:
        start = asked.until - timedelta(days=DAYS + 1)

        def remember(kind: str, payload: dict[str, Any]) -> None:
            record(session, SYSTEM, EventKind(kind), at=start, payload=payload)

        load_presets(session, preset_folder, now=start, record=remember)
        preset = in_force(session, asked.until)
        content = load_content(preset_folder, preset)
        zone = preset.limits.zone
        start = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        start = start.astimezone(asked.until.tzinfo) + PAST_MIDNIGHT
        last = asked.until.astimezone(zone).date()
        cast = settle(session, preset, content, random, since=start.date(), until=last, now=start)
        phrases = give_keys(session, cast, data_folder, entropy=entropy, now=start)
        world = World(
            session=session,
            preset=preset,
            content=content,
            cast=cast,
            random=random,
            entropy=entropy,
            end=asked.until,
            now=start,
            photographs=Photographs(store) if store else None,
        )
    planner = Planner(random, preset, content, asked.until)
    dealt = deal(random, asked.cases, busy=asked.busy)
    plans = [planner.plan(number, one) for number, one in enumerate(dealt)]
    for plan in plans:
        world.spawn(life(world, planner, plan))
    _besides(world, asked)
    world.spawn(inspect_by_plan(world))
    world.spawn(help_out(world), Random(asked.seed + 2))  # noqa: S311  draws nothing
    world.spawn(reward_some(world, plans))
    world.spawn(learn(world))
    # Of chances of its own, like them: nothing that others do hangs on it.
    world.spawn(look_for_themselves(world), Random(asked.seed + 3))  # noqa: S311
    return Made(world, plans, phrases)


def _besides(world: World, asked: Asked) -> None:
    """Let some cases of major hazards come on top, which draw from chances of their own."""
    random = Random(asked.seed + 1)  # noqa: S311  nothing secret is drawn from it
    planner = Planner(random, world.preset, world.content, asked.until)
    for number, one in enumerate(majors(asked.cases if asked.majors is None else asked.majors)):
        world.spawn(life(world, planner, planner.plan(asked.cases + number, one)), random)


def live(unit_of_work: UnitOfWork, made: Made) -> Iterator[int]:
    """Let the city live to its end; yields after each day how many there have been."""
    world = made.world
    day = world.now - PAST_MIDNIGHT
    number = 0
    while day < world.end:
        day += timedelta(days=1)
        with unit_of_work() as session:
            # Nobody else writes in this city: what was read yesterday holds.
            session.expire_on_commit = False
            world.session = session
            world.run_until(min(day, world.end))
        number += 1
        yield number


def days_of(made: Made) -> int:
    """Return how many days `live` takes."""
    return -(-(made.world.end - made.world.now + PAST_MIDNIGHT) // timedelta(days=1))


def part_with_one(unit_of_work: UnitOfWork, made: Made) -> None:
    """Let one member leave on the last day, the busiest whose cases the lead may take over."""
    world = made.world
    with unit_of_work() as session:
        busy = by_burden(session, world.cast)
    today = world.end.astimezone(world.hours.zone).date()
    for leaver in busy:
        try:
            with unit_of_work() as session:
                part(session, world.cast, leaver, today=today, now=world.end)
        except Incomplete:
            continue  # a lead who stepped back from one of the cases, say
        return


def leave(unit_of_work: UnitOfWork, made: Made, *, codes: Path, plants: Path) -> None:
    """Part with one member, and write what the start page, tests and the bench need to find."""
    part_with_one(unit_of_work, made)
    with unit_of_work() as session:
        made.world.session = session
        keep_one_open(made.world, made.plans)
        write_codes(made.world, made.plans, made.passphrases, codes)
        write_plants(made.plans, plants)
        # The figure of the promises is there with the first worker, not an hour later.
        enqueue(session, "judge_promises", timestamp=0)
