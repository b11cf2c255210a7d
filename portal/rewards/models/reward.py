"""A reward as the staff of its case and its reporter know it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.rewards.kinds import RewardEnd, RewardState


class Reward(Base):
    """A proposal with what became of it, or a decision that there is none. Never deleted."""

    __tablename__ = "rewards"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="ended_how"),
        CheckConstraint("(ended IS NOT DISTINCT FROM 'denied') = (rule IS NULL)", name="denied"),
        CheckConstraint(
            "approved_by <> proposed_by AND confirmed_by <> proposed_by"
            " AND confirmed_by <> approved_by",
            name="three_people",
        ),
        CheckConstraint(
            "(confirmed_at IS NULL) = (voucher_id IS NULL)"
            " AND (confirmed_at IS NULL) = (claim_until IS NULL)",
            name="offered_whole",
        ),
        CheckConstraint("claimed_at IS NULL OR lapsed_at IS NULL", name="claimed_or_lapsed"),
        # One for a hazard: what was taken back or not approved makes room, what lapsed does not.
        Index(
            "uq_rewards_one_of_a_case",
            "case_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_rewards_waiting",
            "claim_until",
            "id",
            postgresql_where=text(
                "confirmed_at IS NOT NULL AND claimed_at IS NULL AND lapsed_at IS NULL"
            ),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    #: Whose report it is for: the first of those in question by the order of filing.
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    #: The reports among which the first was looked for.
    among: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    rules_version: Mapped[int]
    #: NULL: a decision that there is no reward.
    rule: Mapped[str | None]
    fine_fen: Mapped[int | None] = mapped_column(BigInteger)
    accident: Mapped[str | None]
    persons: Mapped[int | None]
    set_sum: Mapped[int | None]
    employee: Mapped[bool]
    #: Whole yuan, as the rule reckons it.
    amount: Mapped[int | None]
    #: Why, for those who sign; of a decision against, what its reporter reads besides the reason.
    reason_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID]
    #: The first signature and the second.
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    #: The role in which the first one was given: one of the two may have to be of another.
    approved_as: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]
    #: The last day for claiming it.
    claim_until: Mapped[date | None]
    #: What the treasury pays by. Nothing leads back from there.
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("vouchers.id"), unique=True)
    #: The start of the hour.
    claimed_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended: Mapped[RewardEnd | None]
    ended_by: Mapped[UUID | None]
    end_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: The listed reason for no reward.
    why_not: Mapped[str | None]

    @property
    def state(self) -> RewardState:
        if self.ended_at is not None:
            return RewardState.ENDED
        if self.lapsed_at is not None:
            return RewardState.LAPSED
        if self.claimed_at is not None:
            return RewardState.CLAIMED
        if self.confirmed_at is not None:
            return RewardState.OFFERED
        return RewardState.SIGNED_ONCE if self.approved_at else RewardState.PROPOSED
