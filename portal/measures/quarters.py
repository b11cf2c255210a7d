"""Quarters: the periods that are published, since overlapping ones give small numbers back."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.foundation.errors import NotFound
from portal.measures.periods import Period, Scope, received_in
from portal.presets.kinds import Preset


def quarter_of(day: date) -> str:
    """Return a day's quarter: 2026-Q3."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def first_day(quarter: str) -> date:
    """Return the first day of a quarter. Raises NotFound for what is none."""
    year, _dash, part = quarter.partition("-Q")
    if not (year.isdecimal() and len(year) == 4 and part in ("1", "2", "3", "4")):
        raise NotFound(quarter)
    return date(int(year), 3 * int(part) - 2, 1)


def before(quarter: str) -> str:
    """Return the quarter before it."""
    return quarter_of(first_day(quarter) - timedelta(days=1))


def scope_of(quarter: str, preset: Preset) -> Scope:
    """Return all cases received in the quarter."""
    first = first_day(quarter)
    until = first_day(quarter_of(first + timedelta(days=95)))
    return Scope(period=Period.of_days(first, until, preset.limits.zone))


def received_count(session: Session, scope: Scope) -> int:
    """Return how many cases the cohort has."""
    return int(session.scalar(select(func.count()).where(*received_in(scope))) or 0)


def newest_telling(session: Session, preset: Preset, moment: datetime) -> str:
    """Return the last whole quarter; the present one where that had too few reports to tell."""
    present = quarter_of(moment.astimezone(preset.limits.zone).date())
    counted = received_count(session, scope_of(before(present), preset))
    return before(present) if counted >= preset.city.settings.percent_from else present
