"""The outbox: what is to be told, and to whom it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.notices.kinds import DeliveryState, NoticeState


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


class Delivery(Base):
    """One mail to one address, sent at least once and counted once."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("notice_id", "account_id", "unit_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: NULL for the morning digest.
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notices.id"), index=True)
    kind: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"))
    state: Mapped[DeliveryState]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    #: What the mail server said; never an address or words of a case.
    error: Mapped[str | None]
