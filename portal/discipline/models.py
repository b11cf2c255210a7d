"""Disciplinary steps, interviews with what was promised there, and hazards that a step lists."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text as TextType

from portal.discipline.kinds import Commitment, End, ListingEnd, Step, StepState
from portal.foundation.db import Base
from portal.units.kinds import Link


class DisciplinaryStep(Base):
    """One step toward one post. Rows are never deleted: how it ended is a part of it."""

    __tablename__ = "disciplinary_steps"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="ended_how"),
        CheckConstraint("answered_at IS NULL OR ordered_at IS NOT NULL", name="answers_an_order"),
        Index("ix_disciplinary_steps_addressee", "addressee"),
        Index(
            "ix_disciplinary_steps_open",
            "answer_due_at",
            "id",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    #: Within the case, from 1.
    number: Mapped[int]
    rung: Mapped[Step]
    #: The version of the ladder under which it was proposed.
    ladder_version: Mapped[int]
    link: Mapped[Link]
    #: NULL where the case has no unit: then the post answers for a sector or a place.
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    #: Which post it is, the same in all its cases: `unit/<id>/<link>` or `post/<code>`.
    addressee: Mapped[str]
    #: The post as it was called then.
    post_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: The facts that ground it, with what was measured: `overdue:4`.
    grounds: Mapped[list[str]] = mapped_column(ARRAY(TextType))
    reason_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Why a milder step was not enough, where a rung was left out.
    skip_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID]
    #: NULL while it is a proposal.
    ordered_at: Mapped[datetime | None]
    ordered_by: Mapped[UUID | None]
    #: For an interview: the day for which the addressee is asked to come.
    meeting_on: Mapped[date | None]
    answer_due_at: Mapped[datetime | None]
    #: SHA-256 of the token in the addressee's link; NULL after it was revoked.
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    answered_at: Mapped[datetime | None]
    #: An answer on paper, and the day on which it arrived.
    arrived_on: Mapped[date | None]
    #: NULL until answered.
    in_time: Mapped[bool | None]
    answered_by_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    answer_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    ended_at: Mapped[datetime | None]
    ended: Mapped[End | None]
    ended_by: Mapped[UUID | None]
    effect_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))

    @property
    def state(self) -> StepState:
        if self.ended_at is not None:
            return StepState.ENDED
        if self.answered_at is not None:
            return StepState.ANSWERED
        return StepState.ORDERED if self.ordered_at is not None else StepState.PROPOSED


class Interview(Base):
    """The record of a talk: who, when, where, what was said, and whether both sides signed."""

    __tablename__ = "interviews"
    __table_args__ = (CheckConstraint("until_at >= held_at", name="ends_after_start"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("disciplinary_steps.id"), unique=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    held_at: Mapped[datetime]
    until_at: Mapped[datetime]
    place_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Who talked, who was talked to, who wrote it down; each with post.
    people_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Matter and facts.
    record_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    # NULL where it was recorded before these were asked for apart.
    basis_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: What the person said to it.
    statement_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    demands_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: False: the other side refused to sign, which the record says.
    signed: Mapped[bool]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class InterviewCommitment(Base):
    """Something promised in an interview, with a date; it stays open until somebody settles it."""

    __tablename__ = "commitments"
    __table_args__ = (
        UniqueConstraint("step_id", "number"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_when"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("disciplinary_steps.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    due_on: Mapped[date]
    state: Mapped[Commitment]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    settled_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class Listing(Base):
    """A major hazard on the public list for supervision: what the step of that name orders.

    Rows are never deleted: one that was struck off stays as such.
    """

    __tablename__ = "listings"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="ended_how"),
        CheckConstraint("ended <> 'delisted' OR accepted_at IS NOT NULL", name="accepted_first"),
        Index("ix_listings_ended_at", "ended_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    #: The order; ended with it.
    step_id: Mapped[UUID] = mapped_column(ForeignKey("disciplinary_steps.id"), unique=True)
    hazard_id: Mapped[UUID] = mapped_column(ForeignKey("hazards.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: Text for people, e.g. 2026-L0003; from a counter that never reuses one.
    number: Mapped[str] = mapped_column(unique=True)
    #: The hazard as the public reads it, in a handler's words.
    published_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    listed_at: Mapped[datetime]
    #: The last day for putting it right.
    until_on: Mapped[date]
    #: When a body without part in it accepted the work.
    accepted_at: Mapped[datetime | None]
    #: Striking off was asked for and is not decided; NULL again after a refusal.
    asked_at: Mapped[datetime | None]
    asked_by: Mapped[UUID | None]
    asked_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    ended_at: Mapped[datetime | None]
    ended: Mapped[ListingEnd | None]


class Acceptance(Base):
    """What another body found when it looked at a listed hazard after its check; passed or not."""

    __tablename__ = "acceptances"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), index=True)
    passed: Mapped[bool]
    #: The body, and who acted for it with their posts.
    body_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    people_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    opinion_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    accepted_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
