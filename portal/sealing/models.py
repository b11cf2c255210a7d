"""The tables of custodians' keys and of what is sealed to them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base


class SealedKind(StrEnum):
    """What an envelope holds; part of the context that it is bound to."""

    CONTACT = "contact"
    ORIGINAL = "original"


class CustodianKey(Base):
    __tablename__ = "custodian_keys"
    __table_args__ = (
        CheckConstraint("octet_length(public_key) = 32", name="public_key_length"),
        # Two shares in one hand would make one person enough.
        Index(
            "ix_custodian_keys_live_account",
            "account_id",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: NULL where no account signs in with it, as for a key that lies in a safe.
    account_id: Mapped[UUID | None]
    label: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    #: NULL while new envelopes are sealed to it.
    retired_at: Mapped[datetime | None]


class SealedItem(Base):
    __tablename__ = "sealed_items"
    __table_args__ = (
        # A contact lies in the row, an original in the object store.
        CheckConstraint(
            "CASE kind WHEN 'contact' THEN envelope IS NOT NULL AND store_name IS NULL"
            " ELSE envelope IS NULL AND store_name IS NOT NULL END",
            name="one_place",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[SealedKind]
    #: The report of a contact, the attachment of an original; needed again to open it.
    context: Mapped[UUID] = mapped_column(index=True)
    envelope: Mapped[bytes | None]
    store_name: Mapped[str | None] = mapped_column(unique=True)
    #: The start of the hour: it tells when a reporter was there.
    created_at: Mapped[datetime]
