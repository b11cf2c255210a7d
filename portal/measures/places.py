"""Counts of the cohort by place, kind and end, as the public reads them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.cases.models import Case
from portal.measures.asked import Asked
from portal.measures.periods import Scope, kept, received_in
from portal.measures.stages import CONCLUSION, is_waiting
from portal.measures.times import stage_times


def received_by(
    session: Session, scope: Scope, column: InstrumentedAttribute[Any]
) -> dict[Any, int]:
    """Return how many cases of the cohort each value of a column of the case has."""
    rows = session.execute(select(column, func.count()).where(*received_in(scope)).group_by(column))
    return {value: number for value, number in rows}


def waiting_by(
    session: Session, scope: Scope, column: InstrumentedAttribute[Any]
) -> dict[Any, int]:
    """Return how many cases wait now for each value of a column of the case."""
    rows = session.execute(
        select(column, func.count()).where(is_waiting(), *kept(scope)).group_by(column)
    )
    return {value: number for value, number in rows}


def concluded_by(asked: Asked, column: InstrumentedAttribute[Any]) -> Mapping[Any, tuple[int, int]]:
    """Return how many were concluded in time, and how many not, of those due, by a column."""
    found = stage_times(
        asked.session, asked.scope, asked.preset, now=asked.now, stages=[CONCLUSION], by=column
    )
    return {
        value: (figures[CONCLUSION.id].on_time, figures[CONCLUSION.id].missed)
        for value, figures in found.parts.items()
    }


def received_by_place(asked: Asked) -> Mapping[str | None, int]:
    """Return how many were received for each district, and for none settled yet: as `by_place`."""
    found = received_by(asked.session, asked.scope, Case.jurisdiction)
    return {place: found.get(place, 0) for place in [*asked.preset.taxonomy.jurisdictions, None]}


def by_place(asked: Asked) -> Mapping[str | None, Mapping[str, int]]:
    """Return received, in time, late and waiting for each district, and for none settled yet."""
    received = received_by(asked.session, asked.scope, Case.jurisdiction)
    waiting = waiting_by(asked.session, asked.scope, Case.jurisdiction)
    concluded = concluded_by(asked, Case.jurisdiction)
    places = [*asked.preset.taxonomy.jurisdictions, None]
    return {
        place: {
            "received": received.get(place, 0),
            "in_time": concluded.get(place, (0, 0))[0],
            "late": concluded.get(place, (0, 0))[1],
            "waiting": waiting.get(place, 0),
        }
        for place in places
    }


def by_kind(asked: Asked) -> Mapping[str | None, int]:
    """Return how many were received of each sector, the frequent first; None: not settled."""
    found = received_by(asked.session, asked.scope, Case.sector)
    known = {sector: found.get(sector, 0) for sector in asked.preset.taxonomy.sectors}
    ordered: dict[str | None, int] = dict(
        sorted(known.items(), key=lambda item: (-item[1], item[0]))
    )
    ordered[None] = found.get(None, 0)
    return ordered
