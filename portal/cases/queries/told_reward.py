"""What one reporter reads about a reward: their own decision, nothing of anybody else's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.queries.rewards import rewards_of
from portal.history.queries import Recorded, words
from portal.reports.models import Report
from portal.rewards.kinds import RewardEnd, VoucherState
from portal.rewards.lifecycle import Reckoned
from portal.rewards.models.reward import Reward
from portal.rewards.queries.rewards import reckoned_of
from portal.rewards.queries.vouchers import state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardTold:
    """An offer and what became of it, or a listed reason for none."""

    #: None: a decision that there is none.
    state: VoucherState | None
    amount: int | None = None
    reckoned: Reckoned | None = None
    until: date | None = None
    voucher_id: UUID | None = None
    why_not: str | None = None
    words: str = ""


def reward_told(
    session: Session, case: Case, report: Report, events: Sequence[Recorded], *, today: date
) -> RewardTold | None:
    """Return what the reporter of a report reads; None: nothing was decided of it."""
    own = [row for row in rewards_of(session, case, events) if row.report_id == report.id]
    offered = next((row for row in own if row.voucher_id is not None), None)
    if offered is not None:
        return _offered(session, offered, today)
    denied = next((row for row in reversed(own) if row.ended is RewardEnd.DENIED), None)
    return _denied(session, denied) if denied else None


def _offered(session: Session, row: Reward, today: date) -> RewardTold:
    assert row.voucher_id is not None  # noqa: S101  seen to before
    assert row.claim_until is not None  # noqa: S101  seen to before
    state = state_of(session, row.voucher_id)
    # The job that notes it comes by once an hour; the day is over at midnight.
    if state is VoucherState.OFFERED and today > row.claim_until:
        state = VoucherState.LAPSED
    return RewardTold(
        state=state,
        amount=row.amount,
        reckoned=reckoned_of(session, row),
        until=row.claim_until,
        voucher_id=row.voucher_id,
    )


def _denied(session: Session, row: Reward) -> RewardTold:
    text_id = row.reason_text_id
    said = (words(session, [text_id]).get(text_id) or "") if text_id else ""
    return RewardTold(state=None, why_not=row.why_not, words=said)
