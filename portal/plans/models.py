"""Plans, what was fixed when they were published, draws, and the units to be visited."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.plans.kinds import PlanKind


class Plan(Base):
    """What somebody wants inspected. Nothing but the last columns ever changes."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("cardinality(group_ids) > 0", name="has_a_group"),
        CheckConstraint(
            "(draw_count IS NULL) = (seed_on IS NULL) AND (draw_count > 0) IS NOT FALSE",
            name="draw_is_whole",
        ),
        CheckConstraint("people_each >= 2", name="two_inspectors"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[PlanKind]
    title: Mapped[str]
    #: The code of the checklist; its version is that of the day of each visit.
    checklist: Mapped[str]
    group_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    starts_on: Mapped[date]
    #: The last day.
    ends_on: Mapped[date]
    #: By which filter of the register: sector, place, size, colour.
    wanted: Mapped[dict[str, Any]]
    #: Units named one by one, where there is no filter.
    picked: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    #: How many are drawn; NULL: all are visited.
    draw_count: Mapped[int | None] = mapped_column(Integer)
    people_each: Mapped[int] = mapped_column(Integer)
    #: The number that decides is published on this day or later.
    seed_on: Mapped[date | None]
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    dropped_at: Mapped[datetime | None]


class PlanPublication(Base):
    """What was fixed before anybody knew the number; only ever added, the database sees to it."""

    __tablename__ = "plan_publications"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    published_at: Mapped[datetime]
    published_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    population: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    population_hash: Mapped[str]
    #: Group → people, as they could act that day.
    people: Mapped[dict[str, Any]]
    people_hash: Mapped[str]
    #: Which number decides, in both languages; NULL: nothing is drawn.
    source: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class PlanDraw(Base):
    """The one draw of a plan; only ever added, the database sees to it."""

    __tablename__ = "plan_draws"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    number: Mapped[str]
    seed: Mapped[str]
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    #: Pairs of a drawn unit and a person with a tie to it at that moment.
    ties: Mapped[list[Any]] = mapped_column(JSONB)


class PlanUnit(Base):
    """A unit to be visited, and the case that its visit opened."""

    __tablename__ = "plan_units"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) = (begun_at IS NULL)", name="begun_with_case"),
        Index("ix_plan_units_plan_id_position", "plan_id", "position", unique=True),
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)
    #: From 1, in the order of the draw, else of names.
    position: Mapped[int] = mapped_column(Integer)
    #: NULL: whichever of the plan's groups comes first.
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"))
    #: People, not accounts; empty where nothing was drawn.
    inspectors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    #: Passed over for a tie.
    left_out: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), unique=True)
    begun_at: Mapped[datetime | None]
    begun_by: Mapped[UUID | None]
