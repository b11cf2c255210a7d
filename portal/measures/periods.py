"""What a figure is asked about: a half-open period and the cases it keeps to."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_

from portal.cases.kinds import Source
from portal.cases.models import Case


@dataclass(frozen=True, slots=True)
class Period:
    """From `start`, included, to `end`, not included. Raises ValueError without zone or turned."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("A period needs moments with a time zone.")
        if self.end < self.start:
            raise ValueError("A period ends before it starts.")

    @classmethod
    def of_days(cls, first: date, until: date, zone: ZoneInfo) -> "Period":
        """Return the period of whole days from `first` up to `until`, which is not in it."""
        return cls(datetime.combine(first, time.min, zone), datetime.combine(until, time.min, zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which cases count: received in the period, and of one group, place or category if named.

    The group is the one that has the case, or had it last. `category` is a sector or a category,
    which takes those below it along; a case whose category is not settled belongs to none.
    """

    period: Period
    group_id: UUID | None = None
    jurisdiction: str | None = None
    category: str | None = None
    suspected_major: bool | None = None

    def during(self, period: Period) -> "Scope":
        """Return the same cases in another period."""
        return replace(self, period=period)


def kept(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the clauses on `cases` for everything but the period."""
    clauses: list[ColumnElement[bool]] = []
    if scope.group_id is not None:
        clauses.append(Case.group_id == scope.group_id)
    if scope.jurisdiction is not None:
        clauses.append(Case.jurisdiction == scope.jurisdiction)
    if scope.category is not None:
        below = f"{scope.category}."
        clauses.append(
            or_(
                Case.sector == scope.category,
                Case.category == scope.category,
                Case.category.startswith(below, autoescape=True),
            )
        )
    if scope.suspected_major is not None:
        clauses.append(Case.suspected_major.is_(scope.suspected_major))
    return clauses


def received_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the clauses for the cohort: received in the period; imported logs are left out."""
    return [
        Case.opened_at >= scope.period.start,
        Case.opened_at < scope.period.end,
        Case.source != Source.IMPORT,
        *kept(scope),
    ]
