"""The cases of a unit: what it has been through, as far as the reader can see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.cases.models import Case
from portal.cases.queries.lists import PAGE, Key, Listed, dressed
from portal.cases.visibility import visible_to
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard, Inspection
from portal.inspections.queries import Scored, scored


def cases_of_unit(
    session: Session, actor: Actor, unit_id: UUID, *, after: Key | None = None, limit: int = PAGE
) -> Listed:
    """Return a page of the unit's cases that the actor can see, the newest first."""
    query = select(Case).where(Case.unit_id == unit_id, visible_to(actor, Action.READ_FILE))
    if after is not None:
        query = query.where(tuple_(Case.opened_at, Case.id) < tuple_(*after))
    query = query.order_by(Case.opened_at.desc(), Case.id.desc())
    found = session.scalars(query.limit(limit + 1)).all()
    cases, more = found[:limit], found[limit:]
    key = (cases[-1].opened_at, cases[-1].id) if more else None
    return dressed(session, cases, next_key=key, next_number=more[0].number if more else None)


#: How many inspections of a unit are shown, and how many units stand in a sector's spread.
SCORES_SHOWN = 20
SPREAD_OVER = 200


@dataclass(frozen=True, slots=True)
class Spread:
    """How the newest scores of a sector's units lie: no unit's place among them."""

    units: int
    least: float
    lower: float
    middle: float
    upper: float
    most: float


def scores_of_unit(session: Session, actor: Actor, unit_id: UUID) -> list[tuple[Case, Scored]]:
    """Return the unit's newest inspections by a checklist that the actor can see."""
    found = session.execute(
        select(Inspection, Case)
        .join(Case, Case.id == Inspection.case_id)
        .where(
            Case.unit_id == unit_id,
            Inspection.checklist.is_not(None),
            visible_to(actor, Action.READ_FILE),
        )
        .order_by(Inspection.visited_at.desc(), Inspection.id)
        .limit(SCORES_SHOWN)
    ).all()
    cases = {visit.id: case for visit, case in found}
    return [(cases[one.visit.id], one) for one in scored(session, [visit for visit, _ in found])]


def spread_of(session: Session, sector: str, *, least: int) -> Spread | None:
    """Return how the newest score of each unit inspected in a sector lies, over all of the city.

    None for fewer than `least` units: among few, a number tells of one.
    """
    newest = (
        select(Inspection.id)
        .join(Case, Case.id == Inspection.case_id)
        .where(
            Case.unit_id.is_not(None),
            Inspection.checklist["content"]["sector"].astext == sector,
        )
        .ext(distinct_on(Case.unit_id))
        .order_by(Case.unit_id, Inspection.visited_at.desc())
    )
    visits = session.scalars(
        select(Inspection)
        .where(Inspection.id.in_(newest))
        .order_by(Inspection.visited_at.desc())
        .limit(SPREAD_OVER)
    ).all()
    values = [one.score.value for one in scored(session, visits)]
    known = sorted(value for value in values if value is not None)
    if len(known) < max(least, 2):
        return None
    lower, middle, upper = quantiles(known, n=4, method="inclusive")
    return Spread(len(known), known[0], lower, middle, upper, known[-1])


def hazards_counted(session: Session, case_ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, int]]:
    """Return by case how many hazards were found, and how many of them are major; what a ruling
    refuted is none.
    """
    major = func.count().filter(Hazard.level == Level.MAJOR)
    rows = session.execute(
        select(Hazard.case_id, func.count(), major)
        .where(Hazard.case_id.in_(case_ids), Hazard.refuted_at.is_(None))
        .group_by(Hazard.case_id)
    )
    return {case_id: (found, of_them_major) for case_id, found, of_them_major in rows}
