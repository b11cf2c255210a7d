"""Events, the words they refer to, the seals: only ever added to (fences: migration 0001)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from portal.access.kinds import Role
from portal.foundation.db import Base
from portal.history.kinds import EventKind, TextKind


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's xid8: the transaction that wrote the row."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "xid8"


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("case_id", "case_version", name="uq_events_case_version"),
        CheckConstraint(
            "(case_id IS NULL) = (case_version IS NULL) AND (case_id IS NULL) = (to_state IS NULL)",
            name="case_or_none",
        ),
        Index("ix_events_kind_at", "kind", "at"),
    )

    #: Order of writing; has gaps, since a rolled-back transaction keeps its numbers.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: A reporter's act is floored to the hour, a staff act exact.
    at: Mapped[datetime]
    #: NULL for what concerns no case (a rule set loaded, a person added).
    case_id: Mapped[UUID | None]
    #: The case's version after this event; 1 for the event that starts it.
    case_version: Mapped[int | None]
    kind: Mapped[EventKind]
    #: NULL for the event that starts a case.
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    role: Mapped[Role]
    #: NULL for the public and the system.
    account_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    #: Codes and data, never words: `set` holds every column of the case that changed.
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: RFC 6962 leaf hash of the canonical JSON of everything above but `seq`.
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    #: Lets the sealing job tell what can still be overtaken by a running transaction.
    tx: Mapped[int] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))


class Text(Base):
    __tablename__ = "texts"
    __table_args__ = (
        CheckConstraint("(body IS NULL) = (salt IS NULL)", name="erased_whole"),
        Index("ix_texts_case_id", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None]
    kind: Mapped[TextKind]
    #: NULL after lawful erasure, together with the body.
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    body: Mapped[str | None]
    #: SHA-256 of salt and body; stands in the event, so that erasure leaves history whole.
    commitment: Mapped[bytes] = mapped_column(LargeBinary)


class Seal(Base):
    __tablename__ = "seals"

    #: Gap-free order of sealing, from 1.
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_seq: Mapped[int] = mapped_column(BigInteger, unique=True)
    #: HMAC-SHA-256 under the seal key over the link before and everything else here and there.
    link: Mapped[bytes] = mapped_column(LargeBinary)
    #: At the sealing all transactions below this had ended, and this many were given out: an event
    #: that claims to be older and was not sealed then was put in later. 0 after a restore.
    below_tx: Mapped[int] = mapped_column(BigInteger)
    next_tx: Mapped[int] = mapped_column(BigInteger)
