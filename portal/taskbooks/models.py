"""Task books, items, reviews, and the uses of a unit's link."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.taskbooks.kinds import ItemState


class TaskBook(Base):
    __tablename__ = "task_books"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: 2026-T0118; never reused.
    number: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: How often the case had been reopened: only books of the present round move its state.
    episode: Mapped[int]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID]
    #: SHA-256 of the token in the unit's link; NULL after it was revoked.
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    signed_at: Mapped[datetime | None]
    #: Name and post of whoever signed.
    signed_by_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class TaskItem(Base):
    __tablename__ = "task_items"
    __table_args__ = (UniqueConstraint("task_book_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_book_id: Mapped[UUID] = mapped_column(ForeignKey("task_books.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    hazard_id: Mapped[UUID] = mapped_column(ForeignKey("hazards.id"))
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Who at the unit answers for it: a person or a post.
    responsible_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: What will prove it; NULL: nothing particular was asked for.
    evidence_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    due_on: Mapped[date]
    state: Mapped[ItemState]
    reported_at: Mapped[datetime | None]
    #: Name and post of whoever reported it done at the unit.
    reported_by_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    statement_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    passed_at: Mapped[datetime | None]
    failed_count: Mapped[int]
    #: Of a major hazard: who signed first for the check on site, a person; NULL again after a fail.
    signed_by: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    signed_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: The rule that demands it; NULL: none was cited.
    basis_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    # Of a major hazard: what makes the five whole, and the protection until it is put right.
    funds_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    contingency_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    interim_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: When the unit said that the protection stands, who and what; NULL until then.
    interim_at: Mapped[datetime | None]
    interim_by_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    interim_said_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class Review(Base):
    __tablename__ = "reviews"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("task_items.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    passed: Mapped[bool]
    on_site: Mapped[bool]
    opinion_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: For a fail: until when the unit has.
    new_due_on: Mapped[date | None]
    reviewed_at: Mapped[datetime]
    #: Person, not account: "another person" is judged by it.
    reviewer: Mapped[UUID]


class LinkUse(Base):
    """What was done through a unit's link; opening it leaves no trace, acting does."""

    __tablename__ = "link_uses"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_book_id: Mapped[UUID] = mapped_column(ForeignKey("task_books.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime]
    #: Name and post as given.
    who_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: signed, reported, protected, asked or objected.
    act: Mapped[str]
