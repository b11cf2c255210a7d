"""Single cases that are published: put right and checked, long closed, told to the township."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.kinds import Finding, Resolution, Source
from portal.cases.models import Case
from portal.presets.kinds import Preset

#: Names an entry without naming the case: nothing leads back from it.
SPACE = UUID("7a6a1f0e-2f0b-4d0e-9a57-4f4ad3b1c0de")
#: Kinds of report of which no single case is told.
TOLD_KINDS = ("hazard", "violation", "unlicensed_activity")
#: Which cases are told once they are old enough: found true, put right, hidden from nobody.
TOLD = (
    Case.resolution == Resolution.RECTIFIED,
    Case.finding.in_((Finding.TRUE, Finding.PARTLY)),
    Case.source != Source.IMPORT,
    Case.kind.in_(TOLD_KINDS),
    Case.hidden_from == [],
)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A case as the public reads it: no day of its own, no unit, no words."""

    id: UUID
    #: The first day of a month: all that became old enough in the month before come out together.
    published_on: date
    jurisdiction: str | None
    township: str | None
    category: str | None


def published_on(closed: date, days: int) -> date:
    """Return when a case comes out: on the first of the month after it is old enough."""
    old_enough = closed + timedelta(days=days)
    return (old_enough.replace(day=1) + timedelta(days=32)).replace(day=1)


def public_id(case_id: UUID) -> UUID:
    """Return the id under which a case is published."""
    return uuid5(SPACE, str(case_id))


def fixed_cases(
    session: Session,
    preset: Preset,
    *,
    now: datetime,
    jurisdiction: str | None = None,
    limit: int = 200,
) -> Sequence[Fixed]:
    """Return what is published by now, the newest first; within a month in no telling order.

    Counted: cases found true, closed as put right, not imported, not hidden from anybody. A case
    that was reopened is not told again until it is closed for as long anew.
    """
    zone, days = preset.limits.zone, preset.city.settings.publish_after_days
    today = now.astimezone(zone).date()
    rows = session.execute(
        select(Case.id, Case.closed_at, Case.jurisdiction, Case.township, Case.category)
        .where(
            *TOLD,
            Case.closed_at < now - timedelta(days=days),
            *([Case.jurisdiction == jurisdiction] if jurisdiction else []),
        )
        .order_by(Case.closed_at.desc(), Case.id)
        # Of the newest month some are not out yet.
        .limit(2 * limit)
    )
    found = [
        Fixed(
            id=public_id(row.id),
            published_on=published_on(row.closed_at.astimezone(zone).date(), days),
            jurisdiction=row.jurisdiction,
            township=row.township,
            category=row.category,
        )
        for row in rows
    ]
    out = [one for one in found if one.published_on <= today]
    return sorted(out, key=lambda one: (-one.published_on.toordinal(), one.id))[:limit]
