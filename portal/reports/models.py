"""Reports, their thread, and the drafts from which they are made."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, LargeBinary, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.reports.kinds import Contacted, Satisfied, Sender, Solved


class Report(Base):
    """What one person sent; never changed but for where it is handled and how it was rated."""

    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint(
            "(lon IS NULL) = (lat IS NULL) AND (lon IS NULL) = (datum IS NULL)", name="point_whole"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The case that handles it now; merge and split move it.
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    #: The case that filing it started.
    origin_case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    language: Mapped[str]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    place_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    jurisdiction: Mapped[str | None]
    township: Mapped[str | None]
    #: NULL: "not sure".
    claimed_category: Mapped[str | None]
    relation: Mapped[str | None]
    #: By whose QR code the form was opened; the reporter may be wrong. NULL: by none.
    claimed_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"))
    #: Cases as which the reporter took it before sending, of those that were published then and
    #: read alike; nobody has checked it.
    said_same_as: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    #: Answers to the questions of the claimed category; NULL: none were given.
    answers_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    #: Of what was given: wgs84 or gcj02; the point itself is stored in WGS 84.
    datum: Mapped[str | None]
    #: Floored to the hour.
    filed_at: Mapped[datetime]
    #: SHA-256 of the form's one-time nonce: sending twice meets it. NULL for imports.
    nonce_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    #: HMAC-SHA-256 of the receipt code under a key outside the database. NULL for imports.
    receipt_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    #: The sealed contact; NULL: none was left.
    contact_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    #: When the answer stood on the receipt page; NULL: not yet, or anew after a reopening.
    answered_at: Mapped[datetime | None]
    answer_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: NULL: not rated, or before this was asked.
    contacted: Mapped[Contacted | None]
    solved: Mapped[Solved | None]
    satisfied: Mapped[Satisfied | None]
    rated_at: Mapped[datetime | None]


class SafetyAnswer(Base):
    """What a reporter said to "did reporting bring you harm?", each time it was asked.

    It stands in no case: whoever handles the report must not see that there is an answer.
    """

    __tablename__ = "safety_answers"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    #: Days after the answer from which it was asked.
    asked_after: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    harmed: Mapped[bool]
    #: Floored to the hour.
    at: Mapped[datetime]
    #: The report of retaliation that it became; NULL where there was no harm.
    matter_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))


class Message(Base):
    """One piece of the thread between a reporter and the handlers."""

    __tablename__ = "messages"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    sender: Mapped[Sender]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Order of writing: a reporter's times are too coarse to sort by.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    #: A reporter's is floored to the hour.
    at: Mapped[datetime]
    #: NULL for the reporter.
    account_id: Mapped[UUID | None]


class Draft(Base):
    """What somebody typed and has not sent: encrypted under a key made from the form's nonce."""

    __tablename__ = "drafts"

    #: SHA-256 of the nonce; the nonce itself is only in the reporter's browser.
    nonce_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    #: Floored to the hour; a day after the first save.
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SpentChallenge(Base):
    """A question or proof of work that was answered: nobody can answer with it again."""

    __tablename__ = "spent_challenges"

    #: Drawn at random when it was asked; nothing leads from it to a report.
    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: When it would have run out anyway; raised to the full hour.
    expires_at: Mapped[datetime] = mapped_column(index=True)
