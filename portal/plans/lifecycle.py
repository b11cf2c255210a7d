"""What a plan may be and how far it is, without a database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portal.access.kinds import Actor, Role
from portal.foundation.errors import Incomplete, NotAllowed
from portal.plans.kinds import PlanKind, Standing

#: Without a draw every unit is visited: more than this nobody walks through.
UNITS_MOST = 2000
TITLE_MOST = 120
EACH_LEAST, EACH_MOST = 2, 6
DIGITS_LEAST = 6
NUMBER_MOST = 100


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants planned."""

    kind: str
    title: str
    checklist: str
    group_ids: tuple[UUID, ...]
    starts_on: date
    ends_on: date
    sector: str = ""
    #: A district or township.
    place: str = ""
    size: str = ""
    colour: str = ""
    #: Names or codes of units, one a line.
    names: tuple[str, ...] = ()
    #: Units chosen by who makes the wish, in place of names: of a sweep.
    unit_ids: tuple[UUID, ...] = ()
    draw_count: int | None = None
    people_each: int = EACH_LEAST
    seed_on: date | None = None
    by_lot: bool = False

    @property
    def filter(self) -> dict[str, str]:
        """Return the filter without what asks nothing."""
        asked = {name: getattr(self, name) for name in ("sector", "place", "size", "colour")}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a wish is checked against."""

    today: date
    checklists: Collection[str]
    groups: Collection[UUID]
    places: Collection[str]


def check(wish: Wish, actor: Actor, known: Known) -> None:
    """Raise Incomplete naming the field of what cannot stand."""
    if not wish.title.strip():
        raise Incomplete("title", "plan_title_missing")
    if wish.kind not in set(PlanKind):
        raise Incomplete("kind", "plan_kind_unlisted")
    if wish.checklist not in known.checklists:
        raise Incomplete("checklist", "plan_checklist_unlisted")
    if not wish.group_ids or not set(wish.group_ids) <= set(known.groups):
        raise Incomplete("group_ids", "plan_groups_missing")
    if actor.role is Role.LEAD and set(wish.group_ids) != {actor.group_id}:
        raise Incomplete("group_ids", "plan_groups_foreign")
    if wish.ends_on < wish.starts_on:
        raise Incomplete("ends_on", "plan_ends_before")
    if wish.ends_on < known.today:
        raise Incomplete("ends_on", "plan_over")
    if wish.place and wish.place not in known.places:
        raise Incomplete("place", "plan_place_unlisted")
    if (wish.names or wish.unit_ids) and wish.filter:
        raise Incomplete("names", "plan_filter_and_names")
    if wish.by_lot:
        _check_draw(wish)
        check_day(wish.seed_on, known.today)


def _check_draw(wish: Wish) -> None:
    if not wish.draw_count or wish.draw_count < 1:
        raise Incomplete("draw_count", "plan_count_missing")
    if wish.seed_on is not None and wish.seed_on > wish.ends_on:
        raise Incomplete("seed_on", "plan_day_too_late")


def check_day(seed_on: date | None, today: date) -> None:
    """Raise Incomplete unless the number can be known only after today."""
    if seed_on is None or seed_on <= today:
        raise Incomplete("seed_on", "plan_day_missing")


def check_population(
    count: int, draw_count: int | None, people: Mapping[str, Collection[str]], each: int
) -> None:
    """Raise Incomplete if what is to be fixed cannot be visited."""
    if not count:
        raise Incomplete("", "plan_no_units")
    if draw_count is None:
        if count > UNITS_MOST:
            raise Incomplete("", "plan_too_many", count=count, most=UNITS_MOST)
        return
    if count < draw_count:
        raise Incomplete("", "plan_too_few", count=count)
    if max(map(len, people.values()), default=0) < each:
        raise Incomplete("", "plan_too_few_people", each=each)


def check_number(number: str, seed_on: date | None, today: date) -> None:
    """Raise Incomplete for no number, and before the day on which it can be known."""
    if seed_on is None or today < seed_on:
        raise Incomplete("number", "plan_number_early")
    plain = number.replace(" ", "")
    if not (plain.isascii() and plain.isdigit()) or len(plain) < DIGITS_LEAST:
        raise Incomplete("number", "plan_number_missing")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many of a plan's units are done, under way and left."""

    done: int = 0
    under_way: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        return self.done + self.under_way + self.left


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """What a standing follows from."""

    starts_on: date
    ends_on: date
    is_dropped: bool
    is_published: bool
    by_lot: bool
    is_drawn: bool
    progress: Progress = field(default_factory=Progress)


def standing(facts: PlanFacts, today: date) -> Standing:
    """Say how far a plan is."""
    if facts.is_dropped:
        return Standing.DROPPED
    if not facts.is_published:
        return Standing.DRAFT
    if facts.progress.total and facts.progress.done == facts.progress.total:
        return Standing.DONE
    if today > facts.ends_on:
        return Standing.OVERDUE
    if facts.by_lot and not facts.is_drawn:
        return Standing.WAITS_FOR_DRAW
    return Standing.TO_COME if today < facts.starts_on else Standing.RUNNING


def require_own(actor: Actor, group_ids: Collection[UUID]) -> None:
    """Raise NotAllowed for a lead of none of the plan's groups; directors act for all."""
    if actor.role is not Role.DIRECTOR and actor.group_id not in group_ids:
        raise NotAllowed("plan.manage")
