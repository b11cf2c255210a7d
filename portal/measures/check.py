"""The figures recomputed plainly: every clock read anew from the events of its case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.cases.models import Case
from portal.cases.queries import clocks_of
from portal.clocks.reading import CASE, CHAIN, Reading
from portal.clocks.reading import State as ClockState
from portal.measures.asked import Asked
from portal.measures.periods import received_in
from portal.measures.promises import promises_compared
from portal.measures.stages import CLOSURE, VISIT, WHOLE, WITH_LIMIT, cohort, times
from portal.reports.models import Report

BATCH = 200
DONE = {ClockState.DONE, ClockState.DONE_LATE}
#: Those that are read from clocks; the others are dates of the case, which `history verify` checks.
CHECKED = (*(stage.id for stage in WITH_LIMIT), WHOLE.id)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what is stored is not what the events give."""

    case_id: UUID
    stage: str
    stored: Any
    events: Any


@dataclass(frozen=True, slots=True)
class Checked:
    """What the comparison found."""

    cases: int
    differences: Sequence[Difference]
    left_over: int

    @property
    def ok(self) -> bool:
        return not self.differences and self.left_over == 0


#: When a stage began and was done, whether a date was missed, is missed now, is over, it waits.
Facts = tuple[datetime, datetime | None, bool, bool, bool, bool]


def check(asked: Asked) -> Checked:
    """Compare the stages of every case of the cohort with its events, and the flow with itself."""
    session = asked.session
    differences: list[Difference] = []
    seen = 0
    last: UUID | None = None
    while True:
        wanted = (
            select(Case)
            .where(*received_in(asked.scope), *([Case.id > last] if last else []))
            .options(selectinload(Case.reports))
            .order_by(Case.id)
            .limit(BATCH)
        )
        cases = session.scalars(wanted).all()
        if not cases:
            break
        last = cases[-1].id
        seen += len(cases)
        stored = _stored(asked, [case.id for case in cases])
        for case in cases:
            found = dict(_from_events(asked, case))
            for stage in CHECKED:
                kept, given = stored.get((case.id, stage)), found.get(stage)
                if kept != given:
                    differences.append(Difference(case.id, stage, kept, given))
            for report in case.reports:
                kept, given = promises_compared(session, report, asked.preset)
                if kept != given:
                    differences.append(Difference(case.id, "promises", kept, given))
        session.expunge_all()
    since = asked.flow_since
    left_over = abs(asked.flow.difference) + (abs(since.difference) if since else 0)
    return Checked(seen, differences, left_over)


def _stored(asked: Asked, ids: Sequence[UUID]) -> dict[tuple[UUID, str], Facts]:
    watched = times(cohort([Case.id.in_(ids)]), asked.now)
    rows = asked.session.execute(
        select(watched).where(watched.c.stage.not_in([VISIT.id, CLOSURE.id]))
    )
    return {
        (row.case_id, row.stage): (
            row.started,
            row.done,
            row.late,
            row.overdue,
            row.due,
            row.waits,
        )
        for row in rows
        if row.started is not None
    }


def _from_events(asked: Asked, case: Case) -> Iterator[tuple[str, Facts]]:
    readings = clocks_of(asked.session, case, asked.preset, as_of=asked.now)
    for stage in WITH_LIMIT:
        own = [one for one in readings if one.kind in stage.limits and one.subject == CASE]
        begun = [one for one in own if one.started_at is not None]
        if begun:
            yield stage.id, _facts(begun, asked.now)
    report = asked.session.scalar(select(Report).where(Report.origin_case_id == case.id))
    if report is None:
        return
    if report.case_id != case.id:
        holder = asked.session.get_one(Case, report.case_id)
        readings = clocks_of(asked.session, holder, asked.preset, as_of=asked.now)
    for one in readings:
        if one.kind == CHAIN and one.subject == str(report.id) and one.episode == 1:
            yield WHOLE.id, _chain(one)


def _chain(one: Reading) -> Facts:
    assert one.started_at is not None  # noqa: S101  a chain begins with its report
    return one.started_at, one.stopped_at, False, False, False, one.stopped_at is None


def _facts(readings: Sequence[Reading], now: datetime) -> Facts:
    """The same as `stages.times` says in SQL, said once more and differently."""
    done = [one.stopped_at for one in readings if one.state in DONE and one.stopped_at]
    over = [
        one
        for one in readings
        if one.stopped_at is None and one.due_at is not None and one.due_at < now
    ]
    late = bool(over) or any(one.breach for one in readings)
    passed = any(one.state in DONE and one.due_at and one.due_at < now for one in readings)
    first = min(one.started_at for one in readings if one.started_at is not None)
    runs = any(one.stopped_at is None for one in readings)
    return (
        first,
        min(done, default=None),
        late,
        bool(over),
        late or bool(passed),
        runs and not done,
    )
