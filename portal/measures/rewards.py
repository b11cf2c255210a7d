"""How many rewards were offered, what became of them, and how long reporters wait for the money."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.foundation.errors import NotFound
from portal.measures.periods import Scope, kept
from portal.measures.survival import curve, quantile
from portal.presets.kinds import Preset
from portal.rewards.kinds import VoucherState
from portal.rewards.models import Reward, Voucher

#: What a column counts, by its name.
BECAME = {
    "offered": frozenset(VoucherState),
    "claimed": frozenset({VoucherState.CLAIMED, VoucherState.PAID}),
    "paid": frozenset({VoucherState.PAID}),
    "lapsed": frozenset({VoucherState.LAPSED}),
}


@dataclass(frozen=True, slots=True)
class RewardFigures:
    offered: int
    claimed: int
    paid: int
    lapsed: int
    #: Days from the offer to the money; None: not reached, since too many still wait.
    median: int | None


def _offered_in(scope: Scope) -> list[ColumnElement[bool]]:
    return [
        Reward.confirmed_at >= scope.period.start,
        Reward.confirmed_at < scope.period.end,
        *kept(scope),
    ]


def reward_figures(
    session: Session, scope: Scope, preset: Preset, *, now: datetime
) -> RewardFigures:
    """Return what became of the rewards that were offered in a period; `published` defines it."""
    rows = session.execute(
        select(Voucher.state, Reward.confirmed_at, Voucher.paid_on, Reward.lapsed_at)
        .join(Reward, Reward.voucher_id == Voucher.id)
        .join(Case, Case.id == Reward.case_id)
        .where(*_offered_in(scope))
    ).all()
    counts = Counter(state for state, *_times in rows)
    numbers = {name: sum(counts[one] for one in states) for name, states in BECAME.items()}
    waits = Counter(_waited(row, preset.limits.zone, now) for row in rows)
    by_day: dict[int, tuple[int, int]] = {}
    for (days, is_paid), count in waits.items():
        events, censored = by_day.get(days, (0, 0))
        both = (events + count, censored) if is_paid else (events, censored + count)
        by_day[days] = both
    return RewardFigures(**numbers, median=quantile(curve(by_day), 0.5) if by_day else None)


def _waited(row: Any, zone: ZoneInfo, now: datetime) -> tuple[int, bool]:
    """Return the days from the offer to the money, or to where it ended or stands without."""
    offered_on = row.confirmed_at.astimezone(zone).date()
    if row.paid_on is not None:
        return max(0, (row.paid_on - offered_on).days), True
    return max(0, ((row.lapsed_at or now).astimezone(zone).date() - offered_on).days), False


def rewards_behind(rest: str, scope: Scope) -> Select[*tuple[Any, ...]]:
    """Return case and place in the ledger of each reward that a figure counts: offered, paid.

    Raises NotFound for one that there is not.
    """
    if rest not in BECAME:
        raise NotFound(rest)
    return (
        select(Case.id.label("case_id"), Voucher.place.label("turn"))
        .join(Reward, Reward.case_id == Case.id)
        .join(Voucher, Voucher.id == Reward.voucher_id)
        .where(Voucher.state.in_(BECAME[rest]), *_offered_in(scope))
    )
