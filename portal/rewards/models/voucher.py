"""A reward as the treasury knows it: no case, no report, no place, nobody, no time of filing."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.rewards.kinds import PayMethod, VoucherState


class Voucher(Base):
    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("amount > 0", name="worth_something"),
        CheckConstraint("(claimed_month IS NULL) = (code_hash IS NULL)", name="claimed_by_code"),
        CheckConstraint("paid_at IS NULL OR claimed_month IS NOT NULL", name="claimed_first"),
        CheckConstraint("lapsed_month IS NULL OR claimed_month IS NULL", name="claimed_or_lapsed"),
        CheckConstraint(
            "(paid_at IS NULL) = (paid_by IS NULL) AND (paid_at IS NULL) = (method IS NULL)"
            " AND (paid_at IS NULL) = (paid_on IS NULL)"
            " AND (paid_at IS NULL) = (receipt_text_id IS NULL)",
            name="paid_whole",
        ),
        Index("ix_vouchers_state_place", "state", "place"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Text for people, e.g. 2026-J0007; from a counter of its own that never reuses one.
    number: Mapped[str] = mapped_column(unique=True)
    #: Year and number as one whole number: the order of the ledger.
    place: Mapped[int] = mapped_column(BigInteger, unique=True)
    amount: Mapped[int]
    state: Mapped[VoucherState]
    #: The first day of the month: days would tell which case it was.
    decided_month: Mapped[date]
    claimed_month: Mapped[date | None]
    lapsed_month: Mapped[date | None]
    #: HMAC-SHA-256 of the code under a key outside the database; NULL: not claimed.
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    #: When it was written down, and the day on which the money went.
    paid_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    paid_by: Mapped[UUID | None]
    method: Mapped[PayMethod | None]
    #: The treasury's own number of the receipt.
    receipt_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: Who proposed and signed, as keyed hashes that differ from voucher to voucher: none of them
    #: pays it, and nobody learns from here who they are.
    apart: Mapped[list[bytes]] = mapped_column(
        ARRAY(LargeBinary), server_default=text("'{}'::bytea[]")
    )


class VoucherTotal(Base):
    """How many vouchers of a year stand how, and their sum; the database counts along."""

    __tablename__ = "voucher_totals"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[VoucherState] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
