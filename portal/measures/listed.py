"""Hazards listed for supervision as the public reads them: unit, hazard, deadline, state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.discipline.kinds import ListingEnd
from portal.discipline.models import Listing
from portal.history.queries import words
from portal.presets.kinds import Preset
from portal.units.models import Unit

#: More than ever stood on a city's list at once.
MOST = 1000


class Standing(StrEnum):
    """How a listed hazard stands."""

    RUNNING = "running"
    OVERDUE = "overdue"
    ACCEPTED = "accepted"
    DELISTED = "delisted"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return str(STANDING_LABELS[self])


STANDING_LABELS = {
    Standing.RUNNING: _l("To be put right"),
    Standing.OVERDUE: _l("Overdue"),
    Standing.ACCEPTED: _l("Put right, to be struck off"),
    Standing.DELISTED: _l("Struck off"),
    Standing.WITHDRAWN: _l("Withdrawn: listed by mistake"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedHazard:
    """What is published of a listed hazard; no case, no place, nobody's name."""

    number: str
    unit: str
    hazard: str
    listed_on: date
    until_on: date
    standing: Standing
    #: When it was struck off or withdrawn.
    ended_on: date | None


def listed_hazards(session: Session, preset: Preset, *, now: datetime) -> Sequence[ListedHazard]:
    """Return what stands on the list, the newest first, then what left it within the preset's days.

    Published: the listing's number, the unit, the hazard in the words that whoever ordered it wrote
    for the public, the day of the listing, the last day for putting it right, and how it stands.
    It is overdue when that day is over and no other body has accepted the work.
    """
    zone = preset.limits.zone
    since = now - timedelta(days=preset.city.settings.delisted_shown_days)
    wanted = (
        select(Listing, Unit.name)
        .join(Unit, Unit.id == Listing.unit_id)
        .where(or_(Listing.ended_at.is_(None), Listing.ended_at > since))
        .order_by(Listing.ended_at.desc().nulls_first(), Listing.listed_at.desc(), Listing.number)
        .limit(MOST)
    )
    rows = session.execute(wanted).all()
    said = words(session, [row.published_text_id for row, _unit in rows])
    today = now.astimezone(zone).date()
    return [
        ListedHazard(
            number=row.number,
            unit=unit,
            hazard=said.get(row.published_text_id) or "",
            listed_on=row.listed_at.astimezone(zone).date(),
            until_on=row.until_on,
            standing=_standing(row, today),
            ended_on=row.ended_at.astimezone(zone).date() if row.ended_at else None,
        )
        for row, unit in rows
    ]


def _standing(row: Listing, today: date) -> Standing:
    if row.ended is not None:
        return Standing.DELISTED if row.ended is ListingEnd.DELISTED else Standing.WITHDRAWN
    if row.accepted_at is not None:
        return Standing.ACCEPTED
    return Standing.OVERDUE if row.until_on < today else Standing.RUNNING
