"""When a limit ends: days, working days, months, hours and working hours, with pauses."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from portal.clocks.days import (
    DAY,
    Days,
    Skipped,
    SkipReason,
    add_months,
    days_of,
    end_of,
    instant,
)
from portal.presets.kinds import Calendar, Limit, TimeLimitPolicy, TimeUnit

#: A pause: from, until.
Span = tuple[datetime, datetime]
#: Days left out, as ordinals: after the first, up to and with the second.
_DayRange = tuple[int, int]

_BY_DAY = frozenset({TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY, TimeUnit.MONTH})
_BY_WORK = frozenset({TimeUnit.WORKING_DAY, TimeUnit.WORKING_HOUR})
_BY_CLOCK = {TimeUnit.MINUTE: timedelta(minutes=1), TimeUnit.CLOCK_HOUR: timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Due:
    """The end of one limit and how it was found.

    `due_at` is in UTC; a limit in days ends at 24:00 of `last_day`, which is 00:00 of the next.
    `rolled_from` is the last day before it moved off a rest day. `counted` and `skipped` are
    worked out when asked for, since a page wants them and a check does not.
    """

    due_at: datetime
    last_day: date
    provisional: bool
    rolled_from: date | None
    unit: TimeUnit
    value: int
    #: The day of the event, which is not counted.
    start_day: date
    _days: Days = field(repr=False, compare=False)
    _left_out: tuple[_DayRange, ...] = field(repr=False, compare=False)

    @property
    def counted(self) -> tuple[date, ...]:
        """The days that counted, in order; empty for limits in hours."""
        if self.unit not in _BY_DAY:
            return ()
        last = self.rolled_from or self.last_day
        return tuple(
            day
            for day in _days_after(self.start_day, last)
            if not _is_left_out(day, self._left_out)
            and (self.unit is not TimeUnit.WORKING_DAY or self._days.is_working(day))
        )

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The days that were left out, in order, each with its reason.

        For limits in calendar days or months: pause days, and the rest days at the end over which
        the last day moved.
        """
        if self.unit in _BY_CLOCK:
            return ()
        found = []
        for day in _days_after(self.start_day, self.last_day):
            at_end = self.rolled_from is not None and self.rolled_from <= day < self.last_day
            rest = self._days.rest(day) if self.unit in _BY_WORK or at_end else None
            if rest is not None:
                found.append(rest)
            elif _is_left_out(day, self._left_out):
                found.append(Skipped(day, SkipReason.PAUSE))
        return tuple(found)

    @property
    def made_up(self) -> tuple[date, ...]:
        """The days at weekends that counted because they are worked."""
        if self.unit not in _BY_WORK:
            return ()
        worked = self._days.calendar.working
        return tuple(
            day
            for day in _days_after(self.start_day, self.last_day)
            if day in worked and not _is_left_out(day, self._left_out)
        )


def due(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    policy: TimeLimitPolicy,
    *,
    pauses: Iterable[Span] = (),
    extension: int = 0,
    start_day: date | None = None,
) -> Due:
    """Return when a limit ends that began at `start`.

    The extension, in the limit's own unit, is added first; the last day moves off a rest day once,
    at the end. A limit of 0 days ends on its own day. `start_day` names the day of an event at
    24:00, which as an instant is already the next day. Source: DOMAIN.md §9.
    """
    return due_by(
        start, limit.unit, limit.value + extension, days_of(calendar), policy, pauses, start_day
    )


def due_by(
    start: datetime,
    unit: TimeUnit,
    value: int,
    days: Days,
    policy: TimeLimitPolicy,
    pauses: Iterable[Span] = (),
    start_day: date | None = None,
) -> Due:
    """Return when `value` `unit`s end; as `due`, by what it needs of the limit."""
    if unit not in _BY_DAY:
        return _due_by_hours(start, unit, value, days, policy, pauses)
    first = start_day or start.astimezone(policy.zone).date()
    left_out = _left_out(pauses, policy, first)
    count = (add_months(first, value) - first).days if unit is TimeUnit.MONTH else value
    last = _nth_day(first, count, unit, days, left_out)
    rolled_from = None
    if unit is TimeUnit.WORKING_DAY:
        provisional = count > 0 and not days.is_noticed(first + DAY, last)
    else:
        raw = last
        # Nothing to roll: "at once" means today, a holiday or not.
        if count > 0:
            last = _roll(raw, days, left_out)
        rolled_from = raw if last != raw else None
        provisional = count > 0 and not days.is_noticed(raw, last)
    return Due(
        end_of(last, policy.zone),
        last,
        provisional,
        rolled_from,
        unit,
        value,
        first,
        days,
        left_out,
    )


def due_on(
    start: datetime,
    last_day: date,
    calendar: Calendar,
    policy: TimeLimitPolicy,
    *,
    pauses: Iterable[Span] = (),
) -> Due:
    """Return the end of a date that somebody set: that day stands, a rest day or not.

    Pause days after `start` move it on by as many days, and then off a rest day.
    """
    days = days_of(calendar)
    first = start.astimezone(policy.zone).date()
    left_out = _left_out(pauses, policy, first)
    count = (last_day - first).days
    last, rolled_from, provisional = last_day, None, False
    if count > 0 and left_out:
        raw = _nth_day(first, count, TimeUnit.CALENDAR_DAY, days, left_out)
        if raw != last_day:
            last = _roll(raw, days, left_out)
            rolled_from = raw if last != raw else None
            provisional = not days.is_noticed(raw, last)
    return Due(
        end_of(last, policy.zone),
        last,
        provisional,
        rolled_from,
        TimeUnit.CALENDAR_DAY,
        count,
        first,
        days,
        left_out,
    )


def latest_before(
    moment: datetime, limit: Limit, calendar: Calendar, policy: TimeLimitPolicy
) -> Due:
    """Return the latest time that lies the whole limit before `moment` (counting back).

    In days: until 24:00 of that day; a calendar day that rests moves to the working day before,
    since one must not be later. In working hours it counts whole spans backwards.
    """
    days = days_of(calendar)
    day = moment.astimezone(policy.zone).date()
    if limit.unit in _BY_CLOCK:
        at = moment.astimezone(UTC) - limit.value * _BY_CLOCK[limit.unit]
        last, rolled_from = at.astimezone(policy.zone).date(), None
    elif limit.unit is TimeUnit.WORKING_HOUR:
        at = _back_by_work(moment, timedelta(hours=limit.value), days, policy)
        last, rolled_from = at.astimezone(policy.zone).date(), None
    else:
        raw = last = {
            TimeUnit.WORKING_DAY: lambda: days.before(day, limit.value),
            TimeUnit.CALENDAR_DAY: lambda: day - limit.value * DAY,
            TimeUnit.MONTH: lambda: add_months(day, -limit.value),
        }[limit.unit]()
        if limit.value > 0 and not days.is_working(raw):
            last = days.before(raw, 1)
        rolled_from = raw if last != raw else None
        at = end_of(last, policy.zone)
    provisional = limit.unit not in _BY_CLOCK and not days.is_noticed(last, day)
    return Due(at, last, provisional, rolled_from, limit.unit, limit.value, day, days, ())


def is_on_time(completed_at: datetime, due_at: datetime) -> bool:
    """Tell whether something was done in time: at the very end is still in time."""
    return completed_at <= due_at


def is_by_day(unit: TimeUnit) -> bool:
    """Tell whether a unit ends at the end of a day."""
    return unit in _BY_DAY


def merged(pauses: Iterable[Span]) -> list[Span]:
    """Return the pauses in order, those that touch or overlap as one, so that splitting one
    changes nothing."""
    joined: list[Span] = []
    for begin, end in sorted(pauses):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def _days_after(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(first.toordinal() + 1, last.toordinal() + 1))


def _is_left_out(day: date, left_out: Sequence[_DayRange]) -> bool:
    number = day.toordinal()
    return any(begin < number <= end for begin, end in left_out)


def _left_out(
    pauses: Iterable[Span], policy: TimeLimitPolicy, first: date
) -> tuple[_DayRange, ...]:
    """Whole days after the pause day up to and with the resume day."""
    if not pauses:
        return ()
    ranges: list[_DayRange] = []
    start = first.toordinal()
    for begin_at, end_at in sorted(pauses):
        begin = max(begin_at.astimezone(policy.zone).date().toordinal(), start)
        end = end_at.astimezone(policy.zone).date().toordinal()
        if end <= begin:
            continue
        if ranges and begin <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], end))
        else:
            ranges.append((begin, end))
    return tuple(ranges)


def _nth_day(
    first: date, count: int, unit: TimeUnit, days: Days, left_out: Sequence[_DayRange]
) -> date:
    at = first.toordinal()
    working = unit is TimeUnit.WORKING_DAY
    for begin, end in left_out:
        if working:
            free = days.between(date.fromordinal(at), date.fromordinal(begin))
        else:
            free = max(begin - at, 0)
        if count <= free:
            break
        count -= free
        at = end
    day = date.fromordinal(at)
    return days.after(day, count) if working else day + count * DAY


def _roll(day: date, days: Days, left_out: Sequence[_DayRange]) -> date:
    # Not into a pause either: nobody can be late on a day that does not count.
    rolled = days.next_working(day)
    while rolled != day and _is_left_out(rolled, left_out):
        rolled = days.after(rolled, 1)
    return rolled


def _due_by_hours(
    start: datetime,
    unit: TimeUnit,
    value: int,
    days: Days,
    policy: TimeLimitPolicy,
    pauses: Iterable[Span],
) -> Due:
    at = start.astimezone(UTC)
    first = start.astimezone(policy.zone).date()
    by_work = unit is TimeUnit.WORKING_HOUR
    left = value * (timedelta(hours=1) if by_work else _BY_CLOCK[unit])
    for begin, end in merged(pauses):
        if end <= at:
            continue
        free = max(begin - at, timedelta(0))
        if by_work:
            free = worked_between(at, begin, days, policy)
        if left <= free:
            break
        left -= free
        at = end.astimezone(UTC)
    due_at = _after_by_work(at, left, days, policy) if by_work else at + left
    last = due_at.astimezone(policy.zone).date()
    return Due(
        due_at,
        last,
        by_work and not days.is_noticed(first, last),
        None,
        unit,
        value,
        first,
        days,
        (),
    )


def worked_between(
    begin: datetime, end: datetime, days: Days, policy: TimeLimitPolicy
) -> timedelta:
    """Return the working time from `begin` to `end`, nothing if `end` is earlier."""
    if end <= begin:
        return timedelta(0)
    first, last = (moment.astimezone(policy.zone).date() for moment in (begin, end))
    # The first day's time after `begin`, whole days, less the last day's time after `end`.
    whole = days.between(first, last) * _work_of_day(policy)
    return _rest_of_day(begin, first, days, policy) + whole - _rest_of_day(end, last, days, policy)


def _work_of_day(policy: TimeLimitPolicy) -> timedelta:
    total = timedelta(0)
    for opens, closes in policy.working_hours:
        total += _since_midnight(closes) - _since_midnight(opens)
    if total <= timedelta(0):
        raise ValueError("The policy has no working hours.")
    return total


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _rest_of_day(moment: datetime, day: date, days: Days, policy: TimeLimitPolicy) -> timedelta:
    rest = timedelta(0)
    if days.is_working(day):
        moment = moment.astimezone(UTC)
        for opens, closes in policy.working_hours:
            begin, end = (instant(day, at, policy.zone) for at in (opens, closes))
            rest += max(end - max(moment, begin), timedelta(0))
    return rest


def _after_by_work(at: datetime, left: timedelta, days: Days, policy: TimeLimitPolicy) -> datetime:
    """The earliest instant with so much working time behind `at`: 8 hours from 08:30 end at the
    close of that day, not at the next opening."""
    if left <= timedelta(0):
        return at
    day = at.astimezone(policy.zone).date()
    today = _rest_of_day(at, day, days, policy)
    if left > today:
        left -= today
        full = -(-left // _work_of_day(policy)) - 1
        left -= full * _work_of_day(policy)
        day = days.after(day, full + 1)
        at = instant(day, time.min, policy.zone)
    for opens, closes in policy.working_hours:
        begin = max(instant(day, opens, policy.zone), at)
        free = instant(day, closes, policy.zone) - begin
        if free >= left:
            return begin + left
        left -= max(free, timedelta(0))
    raise ValueError("The policy's working hours are out of order.")


def _back_by_work(at: datetime, left: timedelta, days: Days, policy: TimeLimitPolicy) -> datetime:
    day = at.astimezone(policy.zone).date()
    at = at.astimezone(UTC)
    while True:
        if days.is_working(day):
            for opens, closes in reversed(policy.working_hours):
                begin = instant(day, opens, policy.zone)
                free = min(instant(day, closes, policy.zone), at) - begin
                if free >= left:
                    return begin + free - left
                left -= max(free, timedelta(0))
        day = days.before(day, 1)
