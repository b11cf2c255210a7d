"""The stages of the road, and for each case when it began and ended each of them, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import Date

from portal.cases.kinds import State
from portal.cases.models import Case, ClockReading
from portal.clocks.days import DAY, days_of
from portal.clocks.reading import CASE, CHAIN
from portal.clocks.reading import State as ClockState
from portal.presets.kinds import Preset, TimeUnit
from portal.reports.models import Report

#: A column of times, mapped or not.
Moment = ColumnElement[Any] | InstrumentedAttribute[Any]
DONE = (ClockState.DONE.value, ClockState.DONE_LATE.value)
BY_HOUR = (TimeUnit.MINUTE, TimeUnit.CLOCK_HOUR, TimeUnit.WORKING_HOUR)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the road. `limits` are the ids of its limits; without one it has no due date."""

    id: str
    name: Any
    #: From what to what, in a few words.
    way: Any
    limits: tuple[str, ...] = ()


ACCEPTANCE = Stage("acceptance", _l("Decision"), _l("received → decided"), ("acceptance",))
DISPATCH = Stage("dispatch", _l("Dispatch"), _l("accepted → dispatched"), ("dispatch",))
SIGN_FOR = Stage(
    "sign_for", _l("Signing for"), _l("dispatched → signed for"), ("sign_for", "sign_for_urgent")
)
FIRST_RESPONSE = Stage(
    "first_response", _l("First answer"), _l("dispatched → a person writes"), ("first_response",)
)
VISIT = Stage("visit", _l("Visit"), _l("dispatched → on site"))
VERIFICATION = Stage(
    "verification",
    _l("Verification"),
    _l("signed for → verified"),
    ("verification", "verification_major"),
)
CONCLUSION = Stage(
    "conclusion", _l("Conclusion"), _l("accepted → reporter answered"), ("handling_total",)
)
CLOSURE = Stage("closure", _l("Closing"), _l("concluded → closed"))
#: Everything between the reporter's click and the answer, without any pause.
WHOLE = Stage("whole", _l("Whole road"), _l("sent → answered"))

#: In the order of the road, as the table of times shows them.
STAGES = (
    ACCEPTANCE,
    DISPATCH,
    SIGN_FOR,
    FIRST_RESPONSE,
    VISIT,
    VERIFICATION,
    CONCLUSION,
    CLOSURE,
)
BY_ID = {stage.id: stage for stage in (*STAGES, WHOLE)}
WITH_LIMIT = tuple(stage for stage in STAGES if stage.limits)
#: Clocks that the city owes; one of them past its due date makes a waiting case late.
OWED = (*(limit for stage in WITH_LIMIT for limit in stage.limits), "feedback")


def unit_of(stage: Stage, preset: Preset) -> TimeUnit:
    """Return what the stage's time is counted in: its limit's unit; hours for anything shorter."""
    if not stage.limits:
        return TimeUnit.CALENDAR_DAY
    unit = preset.limits.limits[stage.limits[0]].unit
    if unit in BY_HOUR:
        return TimeUnit.CLOCK_HOUR
    return TimeUnit.WORKING_DAY if unit is TimeUnit.WORKING_DAY else TimeUnit.CALENDAR_DAY


class Counting:
    """Counts time between two moments in a stage's unit, in SQL and beside it."""

    def __init__(self, preset: Preset, first: date, last: date) -> None:
        self.preset = preset
        self.zone = preset.limits.zone
        self.days = days_of(preset.calendar)
        # Nothing lies before: only a part split off can have begun long before its own case.
        self.epoch = first - timedelta(days=400)
        self.last = last + 2 * DAY
        worked, running = [], 0
        for number in range((self.last - self.epoch).days + 1):
            running += self.days.is_working(self.epoch + number * DAY)
            worked.append(running)
        # In brackets of its own: PostgreSQL subscripts nothing else.
        self._worked = Grouping(literal(worked, ARRAY(Integer)))

    def day(self, moment: ColumnElement[Any]) -> ColumnElement[date]:
        """Return the day of a moment on the portal's clock."""
        return cast(func.timezone(self.zone.key, moment), Date)

    def _place(self, moment: ColumnElement[Any]) -> ColumnElement[int]:
        place = self.day(moment) - literal(self.epoch, Date)
        return func.least(func.greatest(place, 0), (self.last - self.epoch).days) + 1

    def between(
        self, unit: TimeUnit, start: ColumnElement[Any], end: ColumnElement[Any]
    ) -> ColumnElement[int]:
        """Return whole units from `start` to `end`; the day of the start does not count."""
        if unit is TimeUnit.WORKING_DAY:
            spent = self._worked[self._place(end)] - self._worked[self._place(start)]
        elif unit is TimeUnit.CLOCK_HOUR:
            spent = cast(func.floor(func.extract("epoch", end - start) / 3600), Integer)
        else:
            spent = self.day(end) - self.day(start)
        return func.greatest(spent, 0)

    def count(self, unit: TimeUnit, start: datetime, end: datetime) -> int:
        """Return the same for two moments at hand."""
        if unit is TimeUnit.CLOCK_HOUR:
            return max(0, int((end - start).total_seconds() // 3600))
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        if unit is TimeUnit.WORKING_DAY:
            return self.days.between(first, last)
        return max(0, (last - first).days)


def cohort(
    clauses: Sequence[ColumnElement[bool]],
    name: str = "cohort",
    by: InstrumentedAttribute[Any] = Case.group_id,
) -> CTE:
    """Return the cases that satisfy the clauses, with what stages need; `part` is the column by
    which figures may be split."""
    return (
        select(
            Case.id,
            by.label("part"),
            Case.opened_at,
            Case.inspected_at,
            Case.concluded_at,
            Case.closed_at,
            Case.state,
        )
        .where(*clauses)
        .cte(name)
    )


def times(cases: CTE, now: datetime, stages: Sequence[Stage] = (*STAGES, WHOLE)) -> CTE:
    """Return a row for each case and stage that it entered.

    `started` is when it first began, `done` when it was first done (NULL: not yet), `ended` until
    when it was watched: `done`, else `now` while it runs, else when it ended undone. `late`: a due
    date was missed, whatever happened then; `overdue`: it is missed and still runs; `due`: its
    time is over at `now`, whether done or not.
    """
    wanted = {stage.id for stage in stages}
    parts: list[Select[Any]] = []
    with_limit = [stage for stage in WITH_LIMIT if stage.id in wanted]
    if with_limit:
        parts.append(_by_clock(cases, now, with_limit))
    if VISIT.id in wanted:
        parts.append(_visits(cases, now))
    if CLOSURE.id in wanted:
        parts.append(_closures(cases, now))
    if WHOLE.id in wanted:
        parts.append(_chains(cases, now))
    # Named for its cases: one query may hold the times of several cohorts.
    return union_all(*parts).cte(f"times_of_{cases.name}")


def _moment(now: datetime) -> ColumnElement[datetime]:
    return literal(now, DateTime(timezone=True))


def _by_clock(cases: CTE, now: datetime, stages: Sequence[Stage]) -> Select[Any]:
    clock = ClockReading
    named = case(
        {limit: stage.id for stage in stages for limit in stage.limits},
        value=clock.clock,
    )
    is_done = clock.state.in_(DONE)
    over = and_(clock.stopped_at.is_(None), clock.due_at < now)
    done = func.min(clock.stopped_at).filter(is_done)
    runs = func.bool_or(clock.stopped_at.is_(None))
    late = or_(clock.breached, func.coalesce(over, false()))
    return (
        select(
            cases.c.id.label("case_id"),
            cases.c.part,
            named.label("stage"),
            func.min(clock.started_at).label("started"),
            done.label("done"),
            func.coalesce(done, case((runs, _moment(now)), else_=func.max(clock.stopped_at))).label(
                "ended"
            ),
            func.bool_or(late).label("late"),
            func.bool_or(func.coalesce(over, false())).label("overdue"),
            func.bool_or(
                or_(late, and_(is_done, func.coalesce(clock.due_at < now, false())))
            ).label("due"),
            and_(runs, done.is_(None)).label("waits"),
        )
        .join(clock, clock.case_id == cases.c.id)
        .where(
            clock.subject == CASE,
            clock.clock.in_([limit for stage in stages for limit in stage.limits]),
        )
        .group_by(cases.c.id, cases.c.part, named)
    )


def _plain(
    cases: CTE,
    stage: Stage,
    now: datetime,
    started: Moment,
    done: Moment,
    gone: ColumnElement[Any],
) -> Select[Any]:
    """A stage without a limit; `gone` is when it ended undone, NULL while it can still be done."""
    return select(
        cases.c.id.label("case_id"),
        cases.c.part,
        literal(stage.id, String).label("stage"),
        started.label("started"),
        done.label("done"),
        func.coalesce(done, gone, _moment(now)).label("ended"),
        false().label("late"),
        false().label("overdue"),
        false().label("due"),
        and_(done.is_(None), gone.is_(None)).label("waits"),
    )


def _visits(cases: CTE, now: datetime) -> Select[Any]:
    first = (
        select(ClockReading.case_id, func.min(ClockReading.started_at).label("at"))
        .where(ClockReading.clock.in_(SIGN_FOR.limits), ClockReading.subject == CASE)
        .where(ClockReading.case_id.in_(select(cases.c.id)))
        .group_by(ClockReading.case_id)
        .subquery()
    )
    return _plain(cases, VISIT, now, first.c.at, cases.c.inspected_at, cases.c.closed_at).join(
        first, first.c.case_id == cases.c.id
    )


def _closures(cases: CTE, now: datetime) -> Select[Any]:
    never = cast(null(), DateTime(timezone=True))
    return _plain(cases, CLOSURE, now, cases.c.concluded_at, cases.c.closed_at, never).where(
        cases.c.concluded_at.is_not(None)
    )


def _chains(cases: CTE, now: datetime) -> Select[Any]:
    """The chain of the report that began the case, wherever a merge took the report."""
    chain = ClockReading
    never = cast(null(), DateTime(timezone=True))
    return (
        _plain(cases, WHOLE, now, chain.started_at, chain.stopped_at, never)
        .join(Report, Report.origin_case_id == cases.c.id)
        .join(
            chain,
            and_(
                chain.case_id == Report.case_id,
                chain.clock == CHAIN,
                chain.subject == cast(Report.id, String),
                chain.episode == 1,
            ),
        )
    )


def is_waiting() -> ColumnElement[bool]:
    """Return the clause for what waits: the reporter has no answer and the case has no end."""
    return and_(Case.state != State.CLOSED, Case.concluded_at.is_(None))


def is_late_now(now: datetime) -> ColumnElement[bool]:
    """Return the clause for a case of which something that the city owes is overdue now."""
    return Case.id.in_(
        select(ClockReading.case_id).where(
            ClockReading.stopped_at.is_(None),
            ClockReading.due_at < now,
            ClockReading.clock.in_(OWED),
        )
    )
