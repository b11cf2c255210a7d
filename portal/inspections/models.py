"""Visits, the hazards they found, and the risk of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, Uuid, false
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.inspections.kinds import Level, Method, Result, Side, Signing


class Inspection(Base):
    __tablename__ = "inspections"
    __table_args__ = (
        # Work Safety Law art. 67 and Penalty Law art. 42: never alone.
        CheckConstraint("cardinality(inspectors) >= 2", name="two_inspectors"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    visited_at: Mapped[datetime]
    #: People, not accounts.
    inspectors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    finding_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    #: The checklist by which it was made, as it stood then; NULL for free findings.
    checklist: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class InspectionAnswer(Base):
    """What came of one item, as it was recorded."""

    __tablename__ = "inspection_answers"
    __table_args__ = (UniqueConstraint("inspection_id", "item"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspections.id"))
    item: Mapped[str]
    result: Mapped[Result]
    #: What was seen; NULL where nobody wrote anything.
    text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class InspectionSignature(Base):
    """A signature under the record of an inspection, or why there is none."""

    __tablename__ = "inspection_signatures"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspections.id"), index=True)
    side: Mapped[Side]
    signing: Mapped[Signing]
    #: Of the inspectors.
    person_id: Mapped[UUID | None]
    #: Name and post as they were typed; NULL where nobody signed.
    text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    reason_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: The strokes; NULL where nobody drew.
    drawn_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    signed_at: Mapped[datetime]


class InspectionDraft(Base):
    """An inspection under way, one in a case: whoever inspects there writes into the same."""

    __tablename__ = "inspection_drafts"

    #: That of the inspection that it becomes.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), unique=True)
    checklist: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    started_by: Mapped[UUID]


class DraftAnswer(Base):
    """What was entered for one item of an inspection under way."""

    __tablename__ = "draft_answers"
    __table_args__ = (UniqueConstraint("draft_id", "item"),)

    #: That of the answer that it becomes; the photos of the item hang on it from the first.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    draft_id: Mapped[UUID] = mapped_column(
        ForeignKey("inspection_drafts.id", ondelete="CASCADE"), index=True
    )
    item: Mapped[str]
    #: NULL: not answered yet.
    result: Mapped[Result | None]
    note: Mapped[str]
    place: Mapped[str]
    #: As the inspector sees it; people decide later.
    major: Mapped[bool]
    on_spot: Mapped[bool]
    #: Counts the changes, so that who changes it has seen the last one.
    edits: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class SyncedEntry(Base):
    """What a phone entered without a network and then sent, so that it counts once.

    It outlives the inspection under way: an answer that got lost is asked for again later.
    """

    __tablename__ = "synced_entries"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (unit_id IS NULL)", name="of_case_or_unit"),
    )

    inspection_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Made on the phone.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    #: Whose own check it is of.
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"))
    item: Mapped[str]
    #: How often the item had been changed with it.
    edits: Mapped[int]
    #: Of a photo: SHA-256, hexadecimal, of the bytes that are kept.
    sha256: Mapped[str | None]
    taken_by: Mapped[UUID]
    taken_at: Mapped[datetime]


class Hazard(Base):
    __tablename__ = "hazards"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspections.id"))
    #: Within the case, from 1.
    number: Mapped[int]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    level: Mapped[Level]
    #: Put right before the inspectors left.
    on_spot: Mapped[bool]
    #: How often the case had been reopened when it was found.
    episode: Mapped[int]
    #: NULL until assessed; colour and level are two things.
    colour: Mapped[str | None]
    #: The item of the inspection's checklist that failed; NULL for a free finding.
    item: Mapped[str | None]
    #: The inspectors take it for major; the level is decided by people.
    proposed_major: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: When a ruling on an objection said that it is none; NULL: it stands.
    refuted_at: Mapped[datetime | None]


class LevelDecision(Base):
    """Who decided by which criterion whether a hazard is major."""

    __tablename__ = "level_decisions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    hazard_id: Mapped[UUID] = mapped_column(ForeignKey("hazards.id"), index=True)
    level: Mapped[Level]
    #: People of the group, not accounts.
    panel: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    #: Others, one a line; NULL: none.
    experts_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    criterion_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    reason_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    decided_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class RiskAssessment(Base):
    __tablename__ = "risk_assessments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    hazard_id: Mapped[UUID] = mapped_column(ForeignKey("hazards.id"), index=True)
    method: Mapped[Method]
    #: The numbers that were chosen, e.g. {"L": 4, "S": 5}.
    inputs: Mapped[dict[str, Any]]
    value: Mapped[float]
    colour: Mapped[str]
    reason_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    assessed_at: Mapped[datetime]
    assessed_by: Mapped[UUID]
