"""Self-inspections with answers, own hazards and tasks, declarations, inside reports."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.inspections.kinds import Result
from portal.selfinspections.kinds import InsideState, Signer


class SelfSchedule(Base):
    """A unit takes part from a day on: what is due there is reckoned from it."""

    __tablename__ = "self_schedules"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    #: The first day of the month in which its first account was made.
    from_on: Mapped[date]
    enrolled_at: Mapped[datetime]
    enrolled_by: Mapped[UUID | None]


class SelfInspection(Base):
    """A duty done, or being done, by a unit; one of each duty is under way at a time."""

    __tablename__ = "self_inspections"
    __table_args__ = (
        CheckConstraint("(finished_at IS NULL) = (finished_by IS NULL)", name="finished_by_whom"),
        CheckConstraint(
            "finished_at IS NOT NULL OR statement_text_id IS NULL", name="said_when_finished"
        ),
        Index(
            "uq_self_inspections_under_way",
            "unit_id",
            "duty",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_self_inspections_unit_id", "unit_id", "finished_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: As the preset calls it, and for which of its periods.
    duty: Mapped[str]
    period: Mapped[str]
    #: The checklist as it stood when it was begun; NULL for a duty done in words.
    checklist: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    begun_at: Mapped[datetime]
    #: People, not accounts.
    begun_by: Mapped[UUID]
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[UUID | None]
    statement_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class SelfAnswer(Base):
    """What was entered for one item."""

    __tablename__ = "self_answers"
    __table_args__ = (UniqueConstraint("inspection_id", "item"),)

    #: The photos of the item hang on it from the first.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    inspection_id: Mapped[UUID] = mapped_column(
        ForeignKey("self_inspections.id", ondelete="CASCADE"), index=True
    )
    item: Mapped[str]
    #: NULL: not answered yet.
    result: Mapped[Result | None]
    #: While it is under way; afterwards what was written is among the words.
    note: Mapped[str]
    place: Mapped[str]
    #: As the unit sees it: a hazard of it is handed up at once.
    major: Mapped[bool]
    #: Counts the changes, so that who changes it has seen the last one.
    edits: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    note_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class SelfHazard(Base):
    """A hazard that a unit found itself. When it was entered never changes."""

    __tablename__ = "self_hazards"
    __table_args__ = (
        UniqueConstraint("unit_id", "number"),
        CheckConstraint("(case_id IS NULL) = (handed_at IS NULL)", name="handed_with_case"),
        Index("ix_self_hazards_unit_id_entered_at", "unit_id", "entered_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: Within the unit, from 1.
    number: Mapped[int] = mapped_column(Integer)
    #: NULL: entered outside of a self-inspection.
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("self_inspections.id"))
    item: Mapped[str | None]
    category: Mapped[str]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    major: Mapped[bool]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID]
    #: When the last of its tasks was done; NULL while any is left.
    put_right_at: Mapped[datetime | None]
    #: The case that it became.
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), unique=True)
    handed_at: Mapped[datetime | None]


class SelfTask(Base):
    """What has to be done about an own hazard: what, who, by when, done with what shows it."""

    __tablename__ = "self_tasks"
    __table_args__ = (
        UniqueConstraint("hazard_id", "number"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_whom"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hazard_id: Mapped[UUID] = mapped_column(ForeignKey("self_hazards.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    who_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    due_on: Mapped[date]
    set_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    done_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class Declaration(Base):
    """A month, signed by whoever answers for the unit; only ever added, the database sees to it."""

    __tablename__ = "declarations"
    __table_args__ = (
        CheckConstraint("extract(day from month) = 1", name="first_of_month"),
        CheckConstraint("NOT is_nil OR found_count = 0", name="nil_found_nothing"),
        CheckConstraint("is_nil OR found_count > 0", name="else_found_something"),
        CheckConstraint("NOT is_nil OR signer <> 'left'", name="nil_by_no_one_who_left"),
        Index("ix_declarations_month_is_nil", "month", "is_nil"),
    )

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    #: Its first day.
    month: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    is_nil: Mapped[bool]
    #: Of the hazards entered in the month, as they stood when it was signed.
    found_count: Mapped[int] = mapped_column(Integer)
    right_count: Mapped[int] = mapped_column(Integer)
    #: The last day on which it would have been in time.
    due_on: Mapped[date]
    is_late: Mapped[bool]
    #: Name and post.
    who_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    signer: Mapped[Signer]
    signed_at: Mapped[datetime]
    signed_by: Mapped[UUID]


class DeclarationReminder(Base):
    """A unit was reminded of a month, or told that it is late: each once."""

    __tablename__ = "declaration_reminders"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    is_late: Mapped[bool] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class InsideDoor(Base):
    """A unit takes inside reports, or has taken them; a closed one lets nothing more in."""

    __tablename__ = "inside_doors"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    #: Which posts read them, as reporters are told before they choose.
    readers_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Name and post of whoever switched it on.
    who_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    signer: Mapped[Signer]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID]
    closed_at: Mapped[datetime | None]


class InsideReport(Base):
    """What somebody told the unit alone. Words and dates never change, the database sees to it.

    That it was taken outside stands here for the reporter's second press and for nobody at the
    unit: `queries.inside` never hands it to one.
    """

    __tablename__ = "inside_reports"
    __table_args__ = (
        UniqueConstraint("unit_id", "number"),
        CheckConstraint(
            "(lon IS NULL) = (lat IS NULL) AND (lon IS NULL) = (datum IS NULL)", name="point_whole"
        ),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered_when"),
        CheckConstraint("state <> 'taken_up' OR hazard_id IS NOT NULL", name="taken_up_as"),
        CheckConstraint(
            "(outside_at IS NULL) = (outside_report_id IS NULL)", name="outside_as_report"
        ),
        Index("ix_inside_reports_waiting", "due_on", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: Within the unit, from 1: of what reached the unit, so that no gap tells of anything else.
    number: Mapped[int] = mapped_column(Integer)
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    place_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    answers_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    category: Mapped[str | None]
    language: Mapped[str]
    #: Not for the unit: they go along if it is taken outside.
    channel: Mapped[str]
    relation: Mapped[str | None]
    jurisdiction: Mapped[str | None]
    township: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    datum: Mapped[str | None]
    #: Floored to the hour; the unit reads it from the next hour on.
    filed_at: Mapped[datetime]
    #: The last day on which the unit's answer is in time.
    due_on: Mapped[date]
    nonce_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    state: Mapped[InsideState]
    #: When the unit first did something about it: answered, rejected or took it up.
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    answer_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    hazard_id: Mapped[UUID | None] = mapped_column(ForeignKey("self_hazards.id"), unique=True)
    #: Floored to the hour.
    outside_at: Mapped[datetime | None]
    outside_report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"), unique=True)
    #: When the unit was told that it waits, and that it is late.
    told_at: Mapped[datetime | None]
    late_told_at: Mapped[datetime | None]


class InsideMessage(Base):
    """One piece of the thread between a reporter and the unit."""

    __tablename__ = "inside_messages"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("inside_reports.id"), index=True)
    by_unit: Mapped[bool]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Order of writing: a reporter's times are too coarse to sort by.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    #: A reporter's is floored to the hour, and the unit reads it from the next hour on.
    at: Mapped[datetime]
    #: NULL for the reporter.
    person_id: Mapped[UUID | None]
