"""Visits, the hazards they found, and the risk of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.inspections.kinds import Level, Method


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
