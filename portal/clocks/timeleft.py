"""How much time is left on a clock, in the unit that people count in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.clocks.days import DAY, days_of
from portal.clocks.due import is_by_day
from portal.clocks.reading import Reading, State
from portal.presets.kinds import Calendar, TimeLimitPolicy, TimeUnit

#: Below this a page says hours and minutes (UX.md §5); clocks in hours do up to two days.
SHORT = timedelta(hours=8)
SHORT_FOR_HOURS = timedelta(hours=48)
#: Amber from here on, in working days (UX.md §5).
SOON_WORKING_DAYS = 1


class Mark(StrEnum):
    """The mark before the words."""

    LATE = "late"
    SOON = "soon"
    OK = "ok"
    PAUSED = "paused"
    DONE = "done"
    NOT_STARTED = "not_started"
    #: `chain`: it runs and is never due.
    COUNTING = "counting"


class LeftUnit(StrEnum):
    """What the amount counts."""

    WORKING_DAY = "working_day"
    DAY = "day"
    #: Hours and minutes: the amount is in minutes.
    HOUR_MINUTE = "hour_minute"


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """A mark and an amount, which is left, or over if the mark is `late`, or has passed if it is
    `counting`. 0 days left: due by the end of today."""

    mark: Mark
    amount: int = 0
    unit: LeftUnit = LeftUnit.DAY


_BY_STATE = {
    State.NOT_STARTED: Mark.NOT_STARTED,
    State.PAUSED: Mark.PAUSED,
    State.DONE: Mark.DONE,
    State.DONE_LATE: Mark.DONE,
    State.CANCELLED: Mark.DONE,
}


def time_left(
    reading: Reading, as_of: datetime, calendar: Calendar, policy: TimeLimitPolicy
) -> TimeLeft:
    """Return the time left, or over, of a reading; `as_of` may be later than the reading's own.

    Whole days are counted from today to the last day; today does not count.
    """
    if (mark := _BY_STATE.get(reading.state)) is not None:
        return TimeLeft(mark)
    if reading.due_at is None:
        today = as_of.astimezone(policy.zone).date()
        began = (reading.started_at or as_of).astimezone(policy.zone).date()
        return TimeLeft(Mark.COUNTING, (today - began).days, LeftUnit.DAY)
    unit = reading.due.unit if reading.due is not None else TimeUnit.CALENDAR_DAY
    return left_until(reading.due_at, as_of, unit, calendar, policy)


def left_until(
    due_at: datetime, as_of: datetime, unit: TimeUnit, calendar: Calendar, policy: TimeLimitPolicy
) -> TimeLeft:
    """Return the time left, or over, of a clock that runs, counted in the unit of its limit."""
    zone, days = policy.zone, days_of(calendar)
    today = as_of.astimezone(zone).date()
    # A due date at 24:00 is, as an instant, the next day already.
    last = (due_at - timedelta(microseconds=1)).astimezone(zone).date()
    is_late = as_of > due_at
    gap = as_of - due_at if is_late else due_at - as_of
    first, second = (last, today) if is_late else (today, last)
    working = days.between(first, second)
    mark = Mark.SOON if working <= SOON_WORKING_DAYS else Mark.OK
    mark = Mark.LATE if is_late else mark
    if gap < (SHORT if is_by_day(unit) else SHORT_FOR_HOURS):
        return TimeLeft(mark, gap // timedelta(minutes=1), LeftUnit.HOUR_MINUTE)
    if unit is TimeUnit.WORKING_DAY and (working or not is_late):
        return TimeLeft(mark, working, LeftUnit.WORKING_DAY)
    return TimeLeft(mark, (second - first) // DAY, LeftUnit.DAY)
