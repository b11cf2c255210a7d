"""The outbox: what is to be told, and to whom it was."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.notices.kinds import AddressState, DeliveryState, NoticeState


class Notice(Base):
    """One thing to be told to one kind of receiver; queued by the move's own transaction."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("event_seq", "receiver"),
        Index("ix_notices_waiting", "not_before", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The event that it tells of: the same event tells the same receiver once.
    event_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("events.seq"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    event: Mapped[str]
    receiver: Mapped[str]
    #: Whoever did it is never told about it.
    actor_account_id: Mapped[UUID | None]
    #: Of a reporter's act floored to the hour, like the act.
    not_before: Mapped[datetime]
    state: Mapped[NoticeState]


class Reminder(Base):
    """A moment at which a due date was reminded of: each once."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("case_id", "clock", "subject", "episode", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    clock: Mapped[str]
    subject: Mapped[str]
    episode: Mapped[int]
    #: When it was to be reminded of, not when it was.
    at: Mapped[datetime]


class Digest(Base):
    """A working morning on which the digests were made."""

    __tablename__ = "digests"

    day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]


class ReporterAddress(Base):
    """Where a reporter wishes to hear that there is something new: encrypted, gone with the case.

    No row tells when it was given or when something happened; a job looks once an hour.
    """

    __tablename__ = "reporter_addresses"
    __table_args__ = (
        CheckConstraint("(state = 'kept') = (body IS NOT NULL)", name="kept_has_body"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    #: Address and language, padded and encrypted under the server's key. NULL: erased.
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[AddressState]
    #: Something new waits to be told.
    has_news: Mapped[bool]
    #: The case is closed: erased once what waits has been told.
    is_last: Mapped[bool]
    #: Tries in a row that failed.
    attempts: Mapped[int]


class Delivery(Base):
    """One mail to one address, sent at least once and counted once."""

    __tablename__ = "deliveries"
    __table_args__ = (
        # Of account, unit and step one is there: each pair has an index of its own.
        *(
            Index(f"uq_deliveries_{cause}_{receiver}", cause, receiver, unique=True)
            for cause in ("notice_id", "reminder_id", "digest_day")
            for receiver in ("account_id", "unit_id", "step_id")
        ),
        Index("ix_deliveries_waiting", "next_try_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: One of these three causes it; all NULL: a mail about the account itself.
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notices.id"), index=True)
    reminder_id: Mapped[UUID | None] = mapped_column(ForeignKey("reminders.id"))
    digest_day: Mapped[date | None] = mapped_column(ForeignKey("digests.day"))
    kind: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"))
    #: The book whose link a unit's mail holds.
    task_book_id: Mapped[UUID | None] = mapped_column(ForeignKey("task_books.id"))
    #: The disciplinary step whose addressee gets the mail, with its link.
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey("disciplinary_steps.id"))
    state: Mapped[DeliveryState]
    #: Tries that failed.
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    #: NULL: at once.
    next_try_at: Mapped[datetime | None]
    #: While somebody is sending it: since when, and in which job.
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    #: Tries whose end nobody saw, since the process died: each may have gone out.
    unsure: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime | None]
    #: The code that the mail server gave, or the kind of fault; never an address or words.
    error: Mapped[str | None]
