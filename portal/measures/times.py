"""How long each stage takes, and whether it is done in time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, case, cast, func, literal, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.cases.models import Case
from portal.measures.periods import Scope, received_in
from portal.measures.stages import (
    STAGES,
    WHOLE,
    Counting,
    Stage,
    cohort,
    times,
    unit_of,
)
from portal.measures.survival import Step, curve, quantile
from portal.presets.kinds import Limit, Preset, TimeUnit

HALF, NINE_TENTHS = 0.5, 0.9
#: For this transaction: a quarter of a large city is 300,000 rows, which by default go to disk.
MEMORY = text("SET LOCAL work_mem = '48MB'")
#: The small distribution: bars for each eighth of the limit, the last for all that is longer.
PARTS_OF_LIMIT, BARS = 8, 12


@dataclass(frozen=True, slots=True)
class _Row:
    """Cases of one stage that look alike: so many, after so many units."""

    units: int
    done: bool
    waits: bool
    late: bool
    overdue: bool
    due: bool
    number: int


@dataclass(frozen=True, slots=True)
class StageTimes:
    """The figures of one stage for one set of cases. Counts are cases; times are whole `unit`s."""

    stage: Stage
    unit: TimeUnit
    limit: Limit | None
    rows: Sequence[_Row] = field(repr=False, default=())

    def _count(self, chosen: Iterable[_Row]) -> int:
        return sum(row.number for row in chosen)

    @property
    def counted(self) -> int:
        """Cases that entered the stage."""
        return self._count(self.rows)

    @property
    def reached(self) -> int:
        return self._count(row for row in self.rows if row.done)

    @property
    def waits(self) -> int:
        """Cases in which it is still to be done."""
        return self._count(row for row in self.rows if row.waits)

    @property
    def due(self) -> int:
        return self._count(row for row in self.rows if row.due)

    @property
    def on_time(self) -> int:
        return self._count(row for row in self.rows if row.due and not row.late)

    @property
    def late_done(self) -> int:
        """Missed, and no longer running: done late, or ended after the date without being done."""
        return self._count(row for row in self.rows if row.late and not row.overdue)

    @property
    def overdue(self) -> int:
        return self._count(row for row in self.rows if row.overdue)

    @property
    def missed(self) -> int:
        return self.late_done + self.overdue

    @property
    def steps(self) -> tuple[Step, ...]:
        counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for row in self.rows:
            counts[row.units][0 if row.done else 1] += row.number
        return curve({time: (done, open_) for time, (done, open_) in counts.items()})

    @property
    def median(self) -> int | None:
        return quantile(self.steps, HALF)

    @property
    def p90(self) -> int | None:
        return quantile(self.steps, NINE_TENTHS)

    @property
    def bars(self) -> tuple[int, ...]:
        """Cases done by eighths of the limit; without a limit by eighths of the 90th percentile."""
        whole = self.limit.value if self.limit else (self.p90 or 0)
        bars = [0] * BARS
        for row in self.rows:
            if row.done:
                place = row.units * PARTS_OF_LIMIT // whole if whole else 0
                # What takes exactly the limit is in time: it belongs before the line.
                if whole and row.units and row.units * PARTS_OF_LIMIT % whole == 0:
                    place -= 1
                bars[min(place, BARS - 1)] += row.number
        return tuple(bars)


@dataclass(frozen=True, slots=True)
class Times:
    """The figures of all stages: over all cases, and by what they were split by."""

    all: Mapping[str, StageTimes]
    parts: Mapping[Any, Mapping[str, StageTimes]]


def stage_times(
    session: Session,
    scope: Scope,
    preset: Preset,
    *,
    now: datetime,
    stages: Sequence[Stage] = (*STAGES, WHOLE),
    by: InstrumentedAttribute[Any] | None = None,
) -> Times:
    """Return the time spent in each stage, for the cohort of the scope; `published` defines it.

    Each case counts once in a stage: from its first beginning to the first time it was done. What
    is open, or ended undone, is censored.
    """
    counting = Counting(preset, scope.period.start.date(), now.date())
    session.execute(MEMORY)
    cases = cohort(received_in(scope), by=by if by is not None else Case.group_id)
    watched = times(cases, now, stages)
    units: dict[TimeUnit, list[str]] = defaultdict(list)
    for stage in stages:
        units[unit_of(stage, preset)].append(stage.id)
    spent = case(
        *(
            (watched.c.stage.in_(ids), counting.between(unit, watched.c.started, watched.c.ended))
            for unit, ids in units.items()
        )
    )
    part = watched.c.part if by is not None else literal(None)
    counted = (
        select(
            watched.c.stage,
            part.label("part"),
            cast(spent, Integer).label("units"),
            watched.c.done.is_not(None).label("is_done"),
            watched.c.waits,
            watched.c.late,
            watched.c.overdue,
            watched.c.due,
            func.count().label("number"),
        )
        .where(watched.c.started.is_not(None))
        .group_by("stage", *(["part"] if by is not None else []), "units", "is_done")
        .group_by(watched.c.waits, watched.c.late, watched.c.overdue, watched.c.due)
    )
    found: dict[Any, dict[str, list[_Row]]] = defaultdict(lambda: defaultdict(list))
    total: dict[str, list[_Row]] = defaultdict(list)
    for row in session.execute(counted):
        one = _Row(*row[2:])
        total[row.stage].append(one)
        if by is not None:
            found[row.part][row.stage].append(one)
    return Times(
        all=_figures(total, stages, preset),
        parts={part: _figures(rows, stages, preset) for part, rows in found.items()},
    )


def _figures(
    rows: Mapping[str, Sequence[_Row]], stages: Sequence[Stage], preset: Preset
) -> dict[str, StageTimes]:
    limits = preset.limits.limits
    return {
        stage.id: StageTimes(
            stage,
            unit_of(stage, preset),
            limits[stage.limits[0]] if stage.limits else None,
            tuple(rows.get(stage.id, ())),
        )
        for stage in stages
    }
