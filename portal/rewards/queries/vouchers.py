"""The ledger: numbers, amounts, months. Knows no case: see the import contract."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import may
from portal.foundation.errors import NotFound
from portal.history.queries import words
from portal.rewards.kinds import VoucherState
from portal.rewards.models.voucher import Voucher, VoucherTotal

PAGE = 25
BATCH = 1000
#: Numbers of a year below this; a city gives out some thousands at most.
OF_A_YEAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the ledger: no state, all states; no year, all years."""

    states: frozenset[VoucherState] = frozenset()
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One reward as the ledger shows it."""

    voucher: Voucher
    receipt: str


@dataclass(frozen=True, slots=True)
class Total:
    count: int
    amount: int


def voucher_behind(session: Session, digest: bytes, *, lock: bool = False) -> Voucher | None:
    """Return the voucher whose code has this hash; locked, read as it stands then."""
    wanted = select(Voucher).where(Voucher.code_hash == digest)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def ledger(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    after: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Entry], int | None]:
    """Return a page of the ledger, the newest number first, and the place after which the next
    one begins; None: it was the last.
    """
    _require(actor)
    asked = _chosen(select(Voucher), wanted).order_by(Voucher.place.desc()).limit(limit + 1)
    if after is not None:
        asked = asked.where(Voucher.place < after)
    rows = list(session.scalars(asked))
    shown = rows[:limit]
    return _with_receipts(session, shown), shown[-1].place if len(rows) > limit else None


def whole_ledger(session: Session, actor: Actor, wanted: Wanted) -> Iterator[Entry]:
    """Yield the whole ledger for a file, in parts."""
    after: int | None = None
    while True:
        rows, after = ledger(session, actor, wanted, after=after, limit=BATCH)
        yield from rows
        if after is None:
            return


def totals(session: Session, actor: Actor, wanted: Wanted) -> Mapping[VoucherState, Total]:
    """Return how many rewards of a year stand how, and their sums; whatever state is looked at."""
    _require(actor)
    # Not counted here: of fifty thousand that takes as long as the rest of the page.
    kept = VoucherTotal
    asked = select(kept.state, func.sum(kept.count), func.sum(kept.amount)).group_by(kept.state)
    if wanted.year is not None:
        asked = asked.where(kept.year == wanted.year)
    found = {state: Total(int(count), int(sum_)) for state, count, sum_ in session.execute(asked)}
    return {state: found.get(state, Total(0, 0)) for state in VoucherState}


def years(session: Session, actor: Actor) -> Sequence[int]:
    """Return the years in which rewards were decided, the newest first."""
    _require(actor)
    newest, oldest = session.execute(select(func.max(Voucher.place), func.min(Voucher.place))).one()
    if newest is None:
        return ()
    return range(newest // OF_A_YEAR, oldest // OF_A_YEAR - 1, -1)


def state_of(session: Session, voucher_id: UUID) -> VoucherState:
    """Return where a reward stands at the treasury."""
    return session.get_one(Voucher, voucher_id).state


def _require(actor: Actor) -> None:
    if not may(actor, Action.READ_LEDGER):
        raise NotFound("ledger")


def _chosen(asked: Any, wanted: Wanted) -> Any:
    if wanted.states:
        asked = asked.where(Voucher.state.in_(wanted.states))
    if wanted.year is not None:
        first = wanted.year * OF_A_YEAR
        asked = asked.where(Voucher.place >= first, Voucher.place < first + OF_A_YEAR)
    return asked


def _with_receipts(session: Session, rows: Sequence[Voucher]) -> list[Entry]:
    said = words(session, [row.receipt_text_id for row in rows if row.receipt_text_id])
    return [
        Entry(row, (said.get(row.receipt_text_id) or "") if row.receipt_text_id else "")
        for row in rows
    ]
