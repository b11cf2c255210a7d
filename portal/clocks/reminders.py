"""When to remind of a due date: before it, and at it. Reminding never moves a case."""

from datetime import datetime, time

from portal.clocks.days import instant
from portal.clocks.due import is_by_day, latest_before
from portal.clocks.reading import Reading, State
from portal.presets.kinds import Calendar, TimeLimitPolicy


def reminders(
    reading: Reading, policy: TimeLimitPolicy, calendar: Calendar
) -> tuple[tuple[Reading, datetime], ...]:
    """Return all moments at which to remind of an open duty, the past ones too, in order.

    The first lies the limit `remind` before the due date; where that limit counts days, at the
    opening of that day. It is left out if the clock had not started by then. The last is the due
    date itself. Nothing for what is done, cancelled, paused, without a due date, or a mere right.
    """
    if reading.state not in {State.RUNNING, State.OVERDUE} or reading.window:
        return ()
    if reading.due_at is None or reading.started_at is None:
        return ()
    moments = [reading.due_at]
    remind = policy.limits.get("remind")
    if remind is not None:
        before = latest_before(_last_moment(reading, policy), remind, calendar, policy)
        at = before.due_at
        if is_by_day(remind.unit):
            opens = policy.working_hours[0][0] if policy.working_hours else time.min
            at = instant(before.last_day, opens, policy.zone)
        if at > reading.started_at:
            moments.insert(0, at)
    return tuple((reading, at) for at in moments)


def _last_moment(reading: Reading, policy: TimeLimitPolicy) -> datetime:
    """A moment of the last day: 24:00 is, as an instant, the next day already."""
    assert reading.due_at is not None  # noqa: S101 - asked before
    day = reading.last_day
    if day is None or reading.recorded or (reading.due and not is_by_day(reading.due.unit)):
        return reading.due_at
    return instant(day, time.min, policy.zone)
