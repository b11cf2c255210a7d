"""Inspections under way and inspections made by a checklist."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.inspections.kinds import Level
from portal.inspections.models import DraftAnswer, Hazard, Inspection, InspectionAnswer
from portal.inspections.models import InspectionDraft as Draft
from portal.presets.checklist_kinds import Checklist
from portal.presets.contents import checklist_of
from portal.risk.score import Score, score


def draft_of(session: Session, case_id: UUID) -> Draft | None:
    """Return the inspection that is under way in a case."""
    return session.scalar(select(Draft).where(Draft.case_id == case_id))


def answers_of(session: Session, draft: UUID) -> Sequence[DraftAnswer]:
    """Return what was entered so far."""
    found = select(DraftAnswer).where(DraftAnswer.draft_id == draft).order_by(DraftAnswer.item)
    return session.scalars(found.execution_options(populate_existing=True)).all()


@dataclass(frozen=True, slots=True)
class Scored:
    """An inspection with its own checklist, what came of each item, and what follows."""

    visit: Inspection
    checklist: Checklist
    #: By item.
    answers: dict[str, InspectionAnswer]
    score: Score


def scored(session: Session, visits: Sequence[Inspection]) -> list[Scored]:
    """Return inspections made by a checklist with their scores, in the same order.

    Each is reckoned from its own copy and answers: nothing that changed since has a part in it
    but the level of a hazard, which people decide, and a ruling that it is none.
    """
    made = [visit for visit in visits if visit.checklist]
    ids = [visit.id for visit in made]
    answers: dict[UUID, dict[str, InspectionAnswer]] = {visit: {} for visit in ids}
    wanted = select(InspectionAnswer).where(InspectionAnswer.inspection_id.in_(ids))
    for row in session.scalars(wanted) if ids else ():
        answers[row.inspection_id][row.item] = row
    major = select(Hazard.inspection_id).where(
        Hazard.inspection_id.in_(ids),
        Hazard.item.is_not(None),
        Hazard.level == Level.MAJOR,
        Hazard.refuted_at.is_(None),
    )
    is_major = set(session.scalars(major)) if ids else set()
    found = []
    for visit in made:
        checklist, own = checklist_of(visit.checklist or {}), answers[visit.id]
        results = {item: row.result.value for item, row in own.items()}
        reckoned = score(checklist, results, has_major=visit.id in is_major)
        found.append(Scored(visit, checklist, own, reckoned))
    return found
