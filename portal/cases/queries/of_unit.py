"""The cases of a unit: what it has been through, as far as the reader can see it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.cases.models import Case
from portal.cases.queries.lists import PAGE, Key, Listed, dressed
from portal.cases.visibility import visible_to
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard


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


def hazards_counted(session: Session, case_ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, int]]:
    """Return by case how many hazards were found, and how many of them are major."""
    major = func.count().filter(Hazard.level == Level.MAJOR)
    rows = session.execute(
        select(Hazard.case_id, func.count(), major)
        .where(Hazard.case_id.in_(case_ids))
        .group_by(Hazard.case_id)
    )
    return {case_id: (found, of_them_major) for case_id, found, of_them_major in rows}
