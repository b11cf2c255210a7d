"""Lessons, their wordings, the cases they come from, what people said of them, and sweeps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.lessons.kinds import LessonKind, LessonState, Verdict


class Lesson(Base):
    """What is to be learnt of some cases. Never deleted: one that was withdrawn stays as such."""

    __tablename__ = "lessons"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('published', 'withdrawn')) = (published_at IS NOT NULL)",
            name="published_when",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_when"
        ),
        CheckConstraint(
            "state NOT IN ('read', 'published', 'withdrawn') OR read_by IS NOT NULL",
            name="read_first",
        ),
        Index("ix_lessons_state_changed_at", "state", "changed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[LessonKind]
    state: Mapped[LessonState]
    #: Number of acts; the one that somebody saw travels with the next.
    version: Mapped[int] = mapped_column(Integer)
    #: The language in which it is written; a lesson has one.
    language: Mapped[str]
    category: Mapped[str | None]
    sector: Mapped[str | None]
    #: What a unit or case has to share: lists under sectors, items, sizes, places.
    conditions: Mapped[dict[str, Any]]
    #: The newest wording.
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: The group for which it was drafted; NULL: by a director.
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"))
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime]
    #: The person who read this wording as the second; NULL until then, and again after an edit.
    read_by: Mapped[UUID | None]
    #: Why it went back to the author the last time.
    note_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
    #: Why it was published with words that nobody had answered for; NULL: there were none.
    in_spite_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]
    withdrawn_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class LessonWording(Base):
    """A wording of a lesson; only ever added, the database sees to it."""

    __tablename__ = "lesson_wordings"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    #: From 1.
    number: Mapped[int] = mapped_column(Integer)
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    written_at: Mapped[datetime]
    #: A person, not an account: who wrote cannot read as the second.
    written_by: Mapped[UUID]


class LessonCase(Base):
    """A closed case from which a lesson was drafted; only ever added."""

    __tablename__ = "lesson_cases"

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)


class LessonUse(Base):
    """What was last said at a case of a lesson that was suggested there."""

    __tablename__ = "lesson_uses"

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    verdict: Mapped[Verdict]
    said_at: Mapped[datetime]
    said_by: Mapped[UUID]


class LessonSweep(Base):
    """A plan that visits units which look alike, and why each was chosen; only ever added."""

    __tablename__ = "lesson_sweeps"
    __table_args__ = (CheckConstraint("why <> '{}'::jsonb", name="says_why"),)

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"), index=True)
    #: Unit → what it shared with the lesson then.
    why: Mapped[dict[str, Any]]
    swept_at: Mapped[datetime]
    swept_by: Mapped[UUID]
