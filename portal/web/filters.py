"""How days, times and numbers look, in the reader's language and the portal's time zone.

Building a Babel pattern costs far more than its answer, and a queue shows the same few days again
and again: each filter asks a cached function whose arguments say everything.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, g
from flask_babel import get_timezone

from portal.web.language import current

KEPT = 8192
DAY = {
    ("zh_Hans_CN", False): "M 月 d 日（EEEE）",
    ("zh_Hans_CN", True): "y 年 M 月 d 日（EEEE）",
    ("en", False): "EEEE d MMMM",
    ("en", True): "EEEE d MMMM y",
}
PLAIN = {
    ("zh_Hans_CN", False): "M 月 d 日",
    ("zh_Hans_CN", True): "y 年 M 月 d 日",
    ("en", False): "d MMMM",
    ("en", True): "d MMMM y",
}
MONTH = {"zh_Hans_CN": "y 年 M 月", "en": "MMMM y"}
HOUR = {"zh_Hans_CN": "%s %d 时", "en": "%s %02d:00"}
PART = {"zh_Hans_CN": ("%s 上午", "%s 下午"), "en": ("%s, morning", "%s, afternoon")}


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@lru_cache(maxsize=KEPT)
def _formatted(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=_locale(language))


@lru_cache(maxsize=KEPT)
def _number(value: int | float | Decimal, places: int | None, language: str) -> str:
    pattern = "#,##0.###" if places is None else "#,##0." + "0" * places if places else "#,##0"
    return format_decimal(value, format=pattern, locale=_locale(language))


def _zone() -> ZoneInfo:
    # From where Flask-Babel keeps it: a page of a list asks fifty times.
    found = getattr(g.get("_flask_babel"), "babel_tzinfo", None) if g else None
    return ZoneInfo(str(found or get_timezone()))


def local(moment: datetime) -> datetime:
    """Return the moment on the portal's clock."""
    return moment.astimezone(_zone())


def _local_day(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def day(value: date | datetime | None, year: bool = False) -> str:
    """Return a day for a sentence: "12 月 1 日（星期二）", "Tuesday 1 December"."""
    if value is None:
        return "—"
    return _formatted(_local_day(value), DAY[current(), year], current())


def plain_day(value: date | datetime | None, year: bool = False) -> str:
    """Return a day without its weekday: "12 月 1 日", "1 December"."""
    if value is None:
        return "—"
    return _formatted(_local_day(value), PLAIN[current(), year], current())


def short_day(value: date | datetime | None, today: date | datetime | None = None) -> str:
    """Return a day for a table: "12-01"; with its year if that is not the year of `today`."""
    if value is None:
        return "—"
    shown = _local_day(value)
    same_year = today is None or _local_day(today).year == shown.year
    return shown.strftime("%m-%d") if same_year else shown.isoformat()


def month(value: date | datetime) -> str:
    """Return a month: "2026 年 11 月", "November 2026"."""
    return _formatted(_local_day(value), MONTH[current()], current())


def short_time(value: datetime | None, today: date | datetime | None = None) -> str:
    """Return an exact time for a table: "11-24 09:05"."""
    if value is None:
        return "—"
    return f"{short_day(value, today)} {clock_time(value)}"


def clock_time(value: datetime) -> str:
    """Return the time of the day: "09:05"."""
    return local(value).strftime("%H:%M")


def hour(value: datetime | None, today: date | datetime | None = None) -> str:
    """Return a time that is stored by the hour: "11-24 10 时", "11-24 10:00"."""
    if value is None:
        return "—"
    return HOUR[current()] % (short_day(value, today), local(value).hour)


def day_part(value: datetime | None, today: date | datetime | None = None) -> str:
    """Return half a day, for what a reporter did: "11-23 下午", "11-23, afternoon"."""
    if value is None:
        return "—"
    return PART[current()][local(value).hour >= 12] % short_day(value, today)


def iso(value: date | datetime) -> str:
    """Return the value of a `datetime` attribute."""
    return local(value).isoformat() if isinstance(value, datetime) else value.isoformat()


def number(value: int | float | Decimal | None, places: int | None = None) -> str:
    """Return a number with its thousands marked: "18,241"; "—" for None."""
    return "—" if value is None else _number(value, places, current())


def percent(part: int, whole: int, places: int = 0) -> str:
    """Return a share as "87%", rounded half up; "—" if there is nothing to divide by.

    Callers show `part` and `whole` beside it, and no percentage at all under ten cases.
    """
    if whole == 0:
        return "—"
    return _number(Decimal(part) * 100 / Decimal(whole), places, current()) + "%"


def file_size(size_bytes: int) -> str:
    """Return a file's size in the unit that reads best: "2.6 MB"."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def bind(app: Flask) -> None:
    """Give templates the filters above."""
    app.jinja_env.filters.update(
        day=day,
        plain_day=plain_day,
        short_day=short_day,
        month=month,
        short_time=short_time,
        clock_time=clock_time,
        hour=hour,
        day_part=day_part,
        iso=iso,
        number=number,
        file_size=file_size,
    )
    app.jinja_env.globals["percent"] = percent
