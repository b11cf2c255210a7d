"""Readings put into sentences: message ids with values, for any page and language."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import groupby

from portal.clocks import messages as m
from portal.clocks.days import DAY, Skipped, SkipReason
from portal.clocks.reading import CHAIN, ITEM, Reading, State, Why
from portal.clocks.timeleft import LeftUnit, Mark, TimeLeft
from portal.presets.kinds import TimeUnit, Words

#: A page formats a value by its type: `datetime` and `date` in the portal's zone, `Words` in the
#: reader's language, a tuple of `(first, last)` days as a list of days and ranges.
DayRanges = tuple[tuple[date, date], ...]
Value = datetime | date | int | str | Words | DayRanges
Sentence = tuple[str, Mapping[str, Value]]

_LIMITS: Mapping[TimeUnit, tuple[str, str]] = {
    TimeUnit.MINUTE: (m.LIMIT_MINUTE, m.LIMIT_MINUTES),
    TimeUnit.CLOCK_HOUR: (m.LIMIT_HOUR, m.LIMIT_HOURS),
    TimeUnit.WORKING_HOUR: (m.LIMIT_WORKING_HOUR, m.LIMIT_WORKING_HOURS),
    TimeUnit.WORKING_DAY: (m.LIMIT_WORKING_DAY, m.LIMIT_WORKING_DAYS),
    TimeUnit.CALENDAR_DAY: (m.LIMIT_DAY, m.LIMIT_DAYS),
    TimeUnit.MONTH: (m.LIMIT_MONTH, m.LIMIT_MONTHS),
}
_EXTENDED: Mapping[TimeUnit, str] = {
    TimeUnit.MINUTE: m.EXTENDED_MINUTES,
    TimeUnit.CLOCK_HOUR: m.EXTENDED_HOURS,
    TimeUnit.WORKING_HOUR: m.EXTENDED_WORKING_HOURS,
    TimeUnit.WORKING_DAY: m.EXTENDED_WORKING_DAYS,
    TimeUnit.CALENDAR_DAY: m.EXTENDED_DAYS,
    TimeUnit.MONTH: m.EXTENDED_MONTHS,
}
_STATES: Mapping[State, str] = {
    State.NOT_STARTED: m.STATE_NOT_STARTED,
    State.RUNNING: m.STATE_RUNNING,
    State.PAUSED: m.STATE_PAUSED,
    State.DONE: m.STATE_DONE,
    State.DONE_LATE: m.STATE_DONE_LATE,
    State.OVERDUE: m.STATE_OVERDUE,
    State.CANCELLED: m.STATE_CANCELLED,
}
_LEFT: Mapping[tuple[bool, LeftUnit], tuple[str, str]] = {
    (False, LeftUnit.WORKING_DAY): (m.LEFT_WORKING_DAY, m.LEFT_WORKING_DAYS),
    (False, LeftUnit.DAY): (m.LEFT_DAY, m.LEFT_DAYS),
    (False, LeftUnit.HOUR_MINUTE): (m.LEFT_MINUTES, m.LEFT_HOURS),
    (True, LeftUnit.WORKING_DAY): (m.LATE_WORKING_DAY, m.LATE_WORKING_DAYS),
    (True, LeftUnit.DAY): (m.LATE_DAY, m.LATE_DAYS),
    (True, LeftUnit.HOUR_MINUTE): (m.LATE_MINUTES, m.LATE_HOURS),
}


def sentences(reading: Reading) -> tuple[Sentence, ...]:
    """Explain a reading: what it counts from, what was left out and why, and when it ends."""
    return tuple(_sentences(reading, reading.why))


def state_message(state: State) -> str:
    """Return the message id of a state."""
    return _STATES[state]


def name_of(reading: Reading) -> str | Words:
    """Return the clock's name: the limit's own words, or a message id for chain and task."""
    if reading.kind == CHAIN:
        return m.NAME_CHAIN
    if reading.kind == ITEM or reading.limit is None:
        return m.NAME_ITEM if reading.kind == ITEM else reading.kind
    return reading.limit.name


def time_left_sentence(left: TimeLeft) -> Sentence:
    """Put the time left, or over, into words."""
    match left.mark:
        case Mark.PAUSED:
            return m.CLOCK_PAUSED, {}
        case Mark.DONE:
            return m.CLOCK_DONE, {}
        case Mark.NOT_STARTED:
            return m.CLOCK_NOT_STARTED, {}
        case Mark.COUNTING:
            return m.COUNTING, {"count": left.amount}
    one, many = _LEFT[left.mark is Mark.LATE, left.unit]
    if left.unit is LeftUnit.HOUR_MINUTE:
        hours, minutes = divmod(left.amount, 60)
        if hours:
            return many, {"hours": hours, "minutes": minutes}
        return one, {"minutes": minutes}
    if left.amount == 0:
        return m.DUE_TODAY, {}
    return (one, {}) if left.amount == 1 else (many, {"count": left.amount})


def day_ranges(days: tuple[date, ...]) -> DayRanges:
    """Return ascending days as ranges of `(first, last)`."""
    ranges: list[tuple[date, date]] = []
    for day in days:
        if ranges and day - ranges[-1][1] == DAY:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return tuple(ranges)


def _sentences(reading: Reading, why: Why) -> Iterator[Sentence]:
    yield from _basis(reading, why)
    for grant in reading.extensions:
        if grant.new_due_on is not None:
            yield m.EXTENDED_TO, {"at": grant.at, "day": grant.new_due_on}
        elif why.unit is not None:
            yield _EXTENDED[why.unit], {"at": grant.at, "value": grant.value}
    if why.made_up:
        yield m.MADE_UP, {"days": day_ranges(why.made_up)}
    yield from _left_out(why.skipped)
    for pause, name in zip(why.pauses, why.pause_names, strict=True):
        if name is None:
            yield m.PAUSE_NOT_COUNTED, {"start": pause.paused_at}
        elif pause.resumed_at is None:
            yield m.PAUSED_SINCE, {"start": pause.paused_at, "reason": name}
        else:
            values: dict[str, Value]
            values = {"start": pause.paused_at, "end": pause.resumed_at, "reason": name}
            yield m.PAUSED_UNTIL, values
    if why.rolled_from is not None and why.last_day is not None:
        yield m.ROLLED, {"from": why.rolled_from, "to": why.last_day}
    yield from _end(why)
    if why.stricter_of:
        yield m.STRICTER, {}
    if why.recorded:
        yield m.RECORDED, {}
    if why.stopped_by == "inspected" and reading.breach:
        yield m.VISIT_TOLD_LATE, {}
    if why.stopped_at is not None:
        yield m.STOPPED, {"at": why.stopped_at}
    if why.policy_version is not None and reading.kind != CHAIN:
        yield m.POLICY, {"version": why.policy_version}


def _basis(reading: Reading, why: Why) -> Iterator[Sentence]:
    if why.started_at is None:
        return
    if reading.kind == CHAIN:
        yield m.CHAIN_RUNS, {"start": why.started_at}
    elif why.set_day is not None:
        if not any(grant.new_due_on for grant in reading.extensions):
            yield m.SET_DAY, {"day": why.set_day}
    elif why.unit is not None and why.value is not None:
        one, many = _LIMITS[why.unit]
        if why.value == 0:
            yield m.LIMIT_SAME_DAY, {"start": why.started_at}
        elif why.value == 1:
            yield one, {"start": why.started_at}
        else:
            yield many, {"start": why.started_at, "value": why.value}


def _left_out(skipped: tuple[Skipped, ...]) -> Iterator[Sentence]:
    weekends = tuple(one.day for one in skipped if one.reason is SkipReason.WEEKEND)
    if weekends:
        yield m.LEFT_OUT_WEEKENDS, {"count": len(weekends), "days": day_ranges(weekends)}
    named = [one for one in skipped if one.name is not None]
    for name, group in groupby(named, key=lambda one: one.name):
        assert name is not None  # noqa: S101 - chosen so above
        yield (
            m.LEFT_OUT_HOLIDAY,
            {
                "name": name,
                "days": day_ranges(tuple(one.day for one in group)),
            },
        )
    paused = tuple(one.day for one in skipped if one.reason is SkipReason.PAUSE)
    if paused:
        yield m.LEFT_OUT_PAUSE, {"days": day_ranges(paused)}


def _end(why: Why) -> Iterator[Sentence]:
    if why.due_if_resumed is not None:
        yield m.IF_RESUMED, {"due": why.due_if_resumed}
    elif why.due_at is not None:
        by_hour = why.unit in {TimeUnit.MINUTE, TimeUnit.CLOCK_HOUR, TimeUnit.WORKING_HOUR}
        if why.last_day is None or why.recorded or (by_hour and why.set_day is None):
            yield m.DUE_AT, {"due": why.due_at}
        else:
            yield m.DUE_END_OF, {"day": why.last_day}
    if why.provisional and why.last_day is not None:
        yield m.PROVISIONAL, {"year": why.last_day.year}
