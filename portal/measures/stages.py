"""The stages of the road, and for each case when it began and ended each of them, in SQL."""

from collections.abc import Collection, Sequence
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
    Uuid,
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
            spent = cast(func.floor(func.date_part("epoch", end - start) / 3600), Integer)
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
        .prefix_with("NOT MATERIALIZED")
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
    clocks = _clocks(cases, wanted)
    if any(stage.id in wanted for stage in WITH_LIMIT):
        parts += [_met_once(clocks, now), _met_again(clocks, now)]
    if VISIT.id in wanted:
        parts.append(_visits(clocks, now))
    if CLOSURE.id in wanted:
        parts.append(_closures(cases, now))
    if WHOLE.id in wanted:
        parts.append(_chains(clocks, now))
    # Named for its cases: one query may hold the times of several cohorts.
    return union_all(*parts).cte(f"times_of_{cases.name}")


def _moment(now: datetime) -> ColumnElement[datetime]:
    return literal(now, DateTime(timezone=True))


def _clocks(cases: CTE, wanted: Collection[str]) -> CTE:
    """Return the readings that the stages need, read once; `again` where one may have company."""
    clock = ClockReading
    stages = [stage for stage in WITH_LIMIT if stage.id in wanted]
    visits = [SIGN_FOR] if VISIT.id in wanted and SIGN_FOR.id not in wanted else []
    of_limit = {limit: stage.id for stage in (*stages, *visits) for limit in stage.limits}
    seconds = [limit for stage in WITH_LIMIT for limit in stage.limits[1:]]
    asked = [and_(clock.subject == CASE, clock.clock.in_(of_limit))]
    if WHOLE.id in wanted:
        asked.append(and_(clock.clock == CHAIN, clock.episode == 1))
    return (
        select(
            cases.c.id.label("case_id"),
            cases.c.part,
            cases.c.inspected_at,
            cases.c.closed_at,
            case({**of_limit, CHAIN: WHOLE.id}, value=clock.clock).label("stage"),
            clock.subject,
            clock.started_at,
            clock.due_at,
            clock.stopped_at,
            clock.breached,
            clock.state.in_(DONE).label("is_done"),
            or_(clock.episode > 1, clock.clock.in_(seconds)).label("again"),
        )
        .join(clock, clock.case_id == cases.c.id)
        .where(or_(*asked))
        .cte(f"clocks_of_{cases.name}")
        .prefix_with("MATERIALIZED")
    )


def _met_once(clocks: CTE, now: datetime) -> Select[Any]:
    """Stages of cases of which each has one reading: nothing to gather, and so most of all."""
    clock, is_over = clocks.c, _is_over(clocks, now)
    late = or_(clock.breached, is_over)
    done = case((clock.is_done, clock.stopped_at))
    return select(
        clock.case_id,
        clock.part,
        clock.stage,
        clock.started_at.label("started"),
        done.label("done"),
        func.coalesce(clock.stopped_at, _moment(now)).label("ended"),
        late.label("late"),
        is_over.label("overdue"),
        or_(late, _is_due(clocks, now)).label("due"),
        clock.stopped_at.is_(None).label("waits"),
    ).where(clock.subject == CASE, clock.case_id.not_in(_several(clocks)))


def _met_again(clocks: CTE, now: datetime) -> Select[Any]:
    """Stages of cases that were in one of them more than once, or under both of its limits."""
    clock, is_over = clocks.c, _is_over(clocks, now)
    done = func.min(clock.stopped_at).filter(clock.is_done)
    runs = func.bool_or(clock.stopped_at.is_(None))
    late = or_(clock.breached, is_over)
    ended = func.coalesce(done, case((runs, _moment(now)), else_=func.max(clock.stopped_at)))
    return (
        select(
            clock.case_id,
            clock.part,
            clock.stage,
            func.min(clock.started_at).label("started"),
            done.label("done"),
            ended.label("ended"),
            func.bool_or(late).label("late"),
            func.bool_or(is_over).label("overdue"),
            func.bool_or(or_(late, _is_due(clocks, now))).label("due"),
            and_(runs, done.is_(None)).label("waits"),
        )
        .where(clock.subject == CASE, clock.case_id.in_(_several(clocks)))
        .group_by(clock.case_id, clock.part, clock.stage)
    )


def _several(clocks: CTE) -> Select[Any]:
    return select(clocks.c.case_id).where(clocks.c.again)


def _is_over(clocks: CTE, now: datetime) -> ColumnElement[bool]:
    runs_over = and_(clocks.c.stopped_at.is_(None), clocks.c.due_at < now)
    return func.coalesce(runs_over, false())


def _is_due(clocks: CTE, now: datetime) -> ColumnElement[bool]:
    return and_(clocks.c.is_done, func.coalesce(clocks.c.due_at < now, false()))


def _plain(
    of: CTE,
    case_id: ColumnElement[Any],
    stage: Stage,
    now: datetime,
    started: Moment,
    done: Moment,
    gone: ColumnElement[Any],
) -> Select[Any]:
    """A stage without a limit; `gone` is when it ended undone, NULL while it can still be done."""
    return select(
        case_id.label("case_id"),
        of.c.part,
        literal(stage.id, String).label("stage"),
        started.label("started"),
        done.label("done"),
        func.coalesce(done, gone, _moment(now)).label("ended"),
        false().label("late"),
        false().label("overdue"),
        false().label("due"),
        and_(done.is_(None), gone.is_(None)).label("waits"),
    )


def _visits(clocks: CTE, now: datetime) -> Select[Any]:
    clock = clocks.c
    return (
        _plain(
            clocks,
            clock.case_id,
            VISIT,
            now,
            func.min(clock.started_at),
            clock.inspected_at,
            clock.closed_at,
        )
        .where(clock.stage == SIGN_FOR.id)
        .group_by(clock.case_id, clock.part, clock.inspected_at, clock.closed_at)
    )


def _closures(cases: CTE, now: datetime) -> Select[Any]:
    never = cast(null(), DateTime(timezone=True))
    concluded, closed = cases.c.concluded_at, cases.c.closed_at
    return _plain(cases, cases.c.id, CLOSURE, now, concluded, closed, never).where(
        concluded.is_not(None)
    )


def _chains(clocks: CTE, now: datetime) -> Select[Any]:
    """The chain of the report that began the case, wherever a merge took the report.

    The case that it began keeps a reading of it; `measures check` compares that with the events
    of the case that answers it.
    """
    clock = clocks.c
    never = cast(null(), DateTime(timezone=True))
    return (
        _plain(clocks, clock.case_id, WHOLE, now, clock.started_at, clock.stopped_at, never)
        .join(
            Report,
            and_(Report.origin_case_id == clock.case_id, Report.id == cast(clock.subject, Uuid)),
        )
        .where(clock.subject != CASE)
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
