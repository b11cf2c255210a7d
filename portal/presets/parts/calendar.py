"""The calendar: rest days and make-up working days by notice, and by the standing regulation."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from portal.presets.entries import Entry
from portal.presets.kinds import Calendar, Words
from portal.presets.parts.common import (
    Known,
    head,
    named_words,
    named_words_data,
)

REQUIRED = "holidays notices standing"
SATURDAY = 5


def read(fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime) -> Calendar:
    """Build the calendar.

    A notice lists days by holiday; `standing` lists, for years without a notice, the days that
    the regulation itself makes free (festivals of the moon calendar are data, not reckoned).
    """
    names = named_words(fields["holidays"])
    rest: dict[date, Words] = {}
    working: set[date] = set()
    sources: dict[int, str] = {}
    for item in fields["notices"].items():
        notice = item.fields("year source rest working")
        year = notice["year"].whole(2000, 2100)
        if year in sources:
            raise notice["year"].fault(f"{year} stands here twice")
        sources[year] = notice["source"].text()
        for day, name, entry in _days(notice["rest"], names, year):
            if day in rest:
                raise entry.fault(f"{day} stands here twice")
            rest[day] = name
        for entry in notice["working"].items():
            day = entry.day()
            if day.weekday() < SATURDAY:
                raise entry.fault(f"{day} is no weekend day, so it needs no make-up work")
            if day in rest or day in working:
                raise entry.fault(f"{day} stands here twice")
            working.add(day)
    standing_fields = fields["standing"].fields("source years")
    standing: dict[date, Words] = {}
    for year_name, entry in standing_fields["years"].named().items():
        if not (year_name.isdecimal() and 2000 <= int(year_name) <= 2100):
            raise entry.fault(f'"{year_name}" is not a year')
        for day, name, _ in _days(entry, names, int(year_name)):
            # Two festivals may meet on a day (1 October 2031): it is free once.
            standing.setdefault(day, name)
    return Calendar(
        **head(fields, version, holds_from),
        rest=MappingProxyType(rest),
        working=frozenset(working),
        noticed=frozenset(sources),
        standing=MappingProxyType(standing),
        holidays=names,
        notice_sources=MappingProxyType(sources),
        standing_source=standing_fields["source"].text(),
    )


def _days(entry: Entry, names: Mapping[str, Words], year: int) -> list[tuple[date, Words, Entry]]:
    """The days by holiday; in its own year, or the days around New Year that belong to it."""
    found: list[tuple[date, Words, Entry]] = []
    for code, days in entry.named().items():
        if code not in names:
            raise days.fault(f'there is no holiday "{code}"')
        for item in days.items(least=1):
            day = item.day()
            if not date(year - 1, 12, 20) <= day <= date(year + 1, 1, 10):
                raise item.fault(f"{day} does not belong to {year}")
            found.append((day, names[code], item))
    return found


def write(calendar: Calendar) -> dict[str, object]:
    """Return the calendar as plain data."""
    names = {words: code for code, words in calendar.holidays.items()}
    years = sorted(calendar.noticed)
    return {
        "holidays": named_words_data(calendar.holidays),
        "notices": [
            {
                "year": year,
                "source": calendar.notice_sources[year],
                "rest": _by_holiday(calendar.rest, names, year, years),
                "working": [
                    day.isoformat()
                    for day in sorted(calendar.working)
                    if _year_of(day, years) == year
                ],
            }
            for year in years
        ],
        "standing": {
            "source": calendar.standing_source,
            "years": {
                str(year): _by_holiday(calendar.standing, names, year, [])
                for year in sorted({day.year for day in calendar.standing})
            },
        },
    }


def _year_of(day: date, years: list[int]) -> int:
    return day.year if day.year in years else min(years, key=lambda year: abs(year - day.year))


def _by_holiday(
    days: Mapping[date, Words], names: Mapping[Words, str], year: int, years: list[int]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for day in sorted(days):
        if _year_of(day, years or [day.year]) == year:
            found.setdefault(names[days[day]], []).append(day.isoformat())
    return found
