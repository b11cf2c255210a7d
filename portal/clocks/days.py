"""Working days of a calendar: which they are, the n-th after or before a day, how many between."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from portal.presets.kinds import Calendar, Words

WEEKDAYS = frozenset(range(5))
DAY = timedelta(days=1)


class SkipReason(StrEnum):
    """Why a day was left out of a count."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    #: A holiday by the standing regulation, in a year whose notice is not loaded.
    STANDING = "standing_holiday"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that did not count; `name` is the holiday's."""

    day: date
    reason: SkipReason
    name: Words | None = None


class Days:
    """The working days of one calendar, kept year by year as sorted ordinals.

    Each count is a binary search in one or two of those lists: clocks are read on every move and
    200,000 times in a check.
    """

    def __init__(self, calendar: Calendar, weekdays: frozenset[int] = WEEKDAYS) -> None:
        """Take the weekdays that are worked (Monday is 0) where the calendar says nothing."""
        self.calendar = calendar
        self.weekdays = weekdays
        self._years: dict[int, list[int]] = {}

    def is_working(self, day: date) -> bool:
        """Tell whether the day is worked; a make-up day wins over everything."""
        return day in self.calendar.working or self.rest(day) is None

    def rest(self, day: date) -> Skipped | None:
        """Return why the day is a rest day, or None if it is worked."""
        calendar = self.calendar
        if day in calendar.working:
            return None
        if (name := calendar.rest.get(day)) is not None:
            return Skipped(day, SkipReason.HOLIDAY, name)
        if day.year not in calendar.noticed and (name := calendar.standing.get(day)) is not None:
            return Skipped(day, SkipReason.STANDING, name)
        if day.weekday() not in self.weekdays:
            return Skipped(day, SkipReason.WEEKEND)
        return None

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`; `day` itself for 0."""
        if count <= 0:
            return day
        year = day.year
        working = self._of(year)
        place = bisect_right(working, day.toordinal()) + count - 1
        while place >= len(working):
            place -= len(working)
            year += 1
            working = self._of(year)
        return date.fromordinal(working[place])

    def before(self, day: date, count: int) -> date:
        """Return the `count`-th working day before `day`; `day` itself for 0."""
        if count <= 0:
            return day
        year = day.year
        working = self._of(year)
        place = bisect_left(working, day.toordinal()) - count
        while place < 0:
            year -= 1
            working = self._of(year)
            place += len(working)
        return date.fromordinal(working[place])

    def between(self, first: date, last: date) -> int:
        """Count the working days after `first` up to and with `last`; 0 if `last` is earlier."""
        if last <= first:
            return 0
        begin = bisect_right(self._of(first.year), first.toordinal())
        end = bisect_right(self._of(last.year), last.toordinal())
        return end - begin + sum(len(self._of(year)) for year in range(first.year, last.year))

    def next_working(self, day: date) -> date:
        """Return the day itself if it is worked, else the next one that is."""
        return day if self.is_working(day) else self.after(day, 1)

    def is_noticed(self, first: date, last: date) -> bool:
        """Tell whether the notices of all years from `first` to `last` are loaded."""
        return all(year in self.calendar.noticed for year in range(first.year, last.year + 1))

    def _of(self, year: int) -> list[int]:
        found = self._years.get(year)
        if found is None:
            if not date.min.year <= year <= date.max.year:
                raise ValueError("The calendar has no working day there.")
            found = self._years[year] = self._make(year)
        return found

    def _make(self, year: int) -> list[int]:
        first = date(year, 1, 1).toordinal()
        # Ordinal 1 is a Monday, so the weekday is a remainder.
        worked = {
            number
            for number in range(first, date(year, 12, 31).toordinal() + 1)
            if (number - 1) % 7 in self.weekdays
        }
        calendar = self.calendar
        worked.difference_update(day.toordinal() for day in calendar.rest if day.year == year)
        if year not in calendar.noticed:
            standing = (day.toordinal() for day in calendar.standing if day.year == year)
            worked.difference_update(standing)
        worked.update(day.toordinal() for day in calendar.working if day.year == year)
        return sorted(worked)


#: A calendar holds mappings and has no hash, so it is found by identity; the entry holds it alive.
_KEPT: dict[int, tuple[Calendar, Days]] = {}
_KEPT_AT_MOST = 16


def days_of(calendar: Calendar) -> Days:
    """Return the working days of a calendar, kept for as long as the calendar is in use."""
    kept = _KEPT.get(id(calendar))
    if kept is not None and kept[0] is calendar:
        return kept[1]
    if len(_KEPT) >= _KEPT_AT_MOST:
        _KEPT.clear()
    days = Days(calendar)
    _KEPT[id(calendar)] = (calendar, days)
    return days


@lru_cache(maxsize=4096)
def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return 24:00 of a day as the instant 00:00 of the next, in UTC."""
    return datetime.combine(day + DAY, time.min, zone).astimezone(UTC)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a wall-clock time of a day as an instant in UTC."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def add_months(day: date, count: int) -> date:
    """Return the same day of the month `count` months on, else that month's last day."""
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    length = (date(year + month // 11, (month + 1) % 12 + 1, 1) - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, length))
