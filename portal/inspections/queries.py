"""Inspections under way and inspections made by a checklist."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.inspections.models import DraftAnswer
from portal.inspections.models import InspectionDraft as Draft


def draft_of(session: Session, case_id: UUID) -> Draft | None:
    """Return the inspection that is under way in a case."""
    return session.scalar(select(Draft).where(Draft.case_id == case_id))


def answers_of(session: Session, draft: UUID) -> Sequence[DraftAnswer]:
    """Return what was entered so far."""
    found = select(DraftAnswer).where(DraftAnswer.draft_id == draft).order_by(DraftAnswer.item)
    return session.scalars(found.execution_options(populate_existing=True)).all()
