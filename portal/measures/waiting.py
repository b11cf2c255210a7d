"""What waits now: how many, how long, how many late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Date, cast, func, literal, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.measures.periods import Scope, kept
from portal.measures.stages import is_late_now, is_waiting
from portal.presets.kinds import Preset

#: Upper bounds of the classes by age, in days, below the limit for the conclusion.
AGE_BOUNDS = (7, 14, 31)


@dataclass(frozen=True, slots=True)
class AgeClass:
    """Cases that have waited from `first` to `last` days; `last` None: longer than `first - 1`."""

    first: int
    last: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Days are whole days since the day of the report; None where nothing waits."""

    number: int
    median: int | None
    p90: int | None
    late: int
    oldest: int | None
    classes: tuple[AgeClass, ...]


def waiting_now(session: Session, scope: Scope, preset: Preset, *, now: datetime) -> Waiting:
    """Return what waits; `published.waiting_now` defines it."""
    rows = session.execute(
        select(
            age(preset, now).label("days"),
            func.count().label("number"),
            func.count().filter(is_late_now(now)).label("late"),
        )
        .where(is_waiting(), *kept(scope))
        .group_by("days")
    ).all()
    ages = {row.days: row.number for row in rows}
    return Waiting(
        number=sum(ages.values()),
        median=nearest_rank(ages, 0.5),
        p90=nearest_rank(ages, 0.9),
        late=sum(row.late for row in rows),
        oldest=max(ages, default=None),
        classes=classes(ages, preset),
    )


def age(preset: Preset, now: datetime) -> ColumnElement[int]:
    """Return the whole days since the case was received."""
    today = now.astimezone(preset.limits.zone).date()
    opened = cast(func.timezone(preset.limits.zone.key, Case.opened_at), Date)
    return func.greatest(literal(today, Date) - opened, 0)


def nearest_rank(ages: Mapping[int, int], part: float) -> int | None:
    """Return the smallest age that at least `part` of the cases do not exceed."""
    whole, seen = sum(ages.values()), 0
    for days in sorted(ages):
        seen += ages[days]
        if seen >= part * whole:
            return days
    return None


def bounds(preset: Preset) -> tuple[tuple[int, int | None], ...]:
    """Return the classes by age: the last is longer than the limit for the conclusion."""
    limit = preset.limits.limits["handling_total"].value
    uppers = [*(bound for bound in AGE_BOUNDS if bound < limit), limit]
    firsts = [0, *(upper + 1 for upper in uppers)]
    return tuple(zip(firsts, [*uppers, None], strict=True))


def classes(ages: Mapping[int, int], preset: Preset) -> tuple[AgeClass, ...]:
    """Return how many fall into each class."""
    return tuple(
        AgeClass(
            first,
            last,
            sum(n for days, n in ages.items() if days >= first and (last is None or days <= last)),
        )
        for first, last in bounds(preset)
    )
