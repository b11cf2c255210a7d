"""What the treasury does, and what it is told of. Knows no case: see the import contract."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.foundation import secrets
from portal.foundation.errors import Incomplete, NotFound
from portal.history.kinds import EventKind, TextKind
from portal.history.services import TextRef, keep_texts, new_text, record
from portal.rewards.kinds import PayMethod, VoucherState
from portal.rewards.lifecycle import month_of, voucher_code, voucher_hash
from portal.rewards.models.voucher import Voucher
from portal.rewards.queries.vouchers import OF_A_YEAR, voucher_behind

RECEIPT_MAX = 100


def issue_voucher(
    session: Session,
    voucher_id: UUID,
    *,
    year: int,
    number: int,
    amount: int,
    on: date,
    decided_by: Iterable[UUID],
) -> None:
    """Make the voucher of a reward that is offered from today on. Who decided it never pays it."""
    session.add(
        Voucher(
            id=voucher_id,
            number=f"{year}-J{number:04d}",
            place=year * OF_A_YEAR + number,
            amount=amount,
            state=VoucherState.OFFERED,
            decided_month=month_of(on),
            apart=sorted(_apart(voucher_id, person) for person in decided_by),
        )
    )
    session.flush()  # the reward's row refers to it


def claim_voucher(session: Session, voucher_id: UUID, *, on: date) -> None:
    """Let the voucher be paid by its code."""
    voucher = session.get_one(Voucher, voucher_id)
    voucher.state = VoucherState.CLAIMED
    voucher.claimed_month = month_of(on)
    voucher.code_hash = voucher_hash(shown_code(voucher_id), _lookup())


def lapse_voucher(session: Session, voucher_id: UUID, *, on: date) -> None:
    """Note that nobody claimed it in time: it is never paid."""
    voucher = session.get_one(Voucher, voucher_id)
    voucher.state, voucher.lapsed_month = VoucherState.LAPSED, month_of(on)


def shown_code(voucher_id: UUID) -> str:
    """Return the code of a voucher, for the one page that shows it; the database has its hash."""
    return voucher_code(voucher_id, secrets.in_use().key("voucher-derivation"))


def _lookup() -> bytes:
    return secrets.in_use().key("voucher-lookup")


def _apart(voucher_id: UUID, person_id: UUID) -> bytes:
    """Return what a voucher holds of somebody who decided it: no name, and another for each."""
    return hmac.digest(_lookup(), b"apart\x00" + voucher_id.bytes + person_id.bytes, "sha256")


class Outcome(StrEnum):
    PAID = "paid"
    #: It was paid before; nothing is paid now, and that its code was shown again is written down.
    PAID_BEFORE = "paid_before"


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What the treasury writes down when it pays."""

    code: str
    method: str | None
    paid_on: date | None
    #: The treasury's own number of its receipt.
    receipt: str


def look_up(session: Session, actor: Actor, code: str, *, now: datetime) -> Voucher:
    """Return the voucher of a code, one that was paid too; that is then written down.

    The one way from a code to an amount. Raises NotFound for a wrong code, whatever is wrong.
    """
    require(actor, Action.PAY_REWARD)
    voucher = voucher_behind(session, voucher_hash(code, _lookup()), lock=True)
    if voucher is None:
        raise NotFound("voucher")
    if voucher.state is VoucherState.PAID:
        _shown_again(session, actor, voucher, now)
    return voucher


def pay(
    session: Session, actor: Actor, payment: Payment, *, today: date, now: datetime
) -> tuple[Outcome, Voucher]:
    """Write down that a reward was paid; once. Raises NotFound, NotAllowed, Incomplete."""
    require(actor, Action.PAY_REWARD)
    # Locked: of two at two counters the second one finds it paid.
    voucher = voucher_behind(session, voucher_hash(payment.code, _lookup()), lock=True)
    if voucher is None:
        raise NotFound("voucher")
    if voucher.state is VoucherState.PAID:
        _shown_again(session, actor, voucher, now)
        return Outcome.PAID_BEFORE, voucher
    if actor.person_id is None or _apart(voucher.id, actor.person_id) in voucher.apart:
        raise Incomplete("method", "pay_own_decision")
    if payment.method not in set(PayMethod):
        raise Incomplete("method", "pay_method_missing")
    if payment.paid_on is None or not voucher.decided_month <= payment.paid_on <= today:
        raise Incomplete("paid_on", "pay_day_wrong")
    receipt = payment.receipt.strip()
    if not receipt or len(receipt) > RECEIPT_MAX:
        raise Incomplete("receipt", "pay_receipt_missing")
    text = new_text(None, TextKind.NOTE, receipt)
    keep_texts(session, [text])
    voucher.state, voucher.paid_at, voucher.paid_on = VoucherState.PAID, now, payment.paid_on
    voucher.paid_by, voucher.method = actor.person_id, PayMethod(payment.method or "")
    voucher.receipt_text_id = text["id"]
    told = {"number": voucher.number, "amount": voucher.amount, "method": voucher.method}
    record(
        session,
        actor,
        EventKind.REWARD_PAID,
        at=now,
        payload={
            **told,
            "paid_on": payment.paid_on,
            "texts": {"receipt": TextRef(text["id"], text["commitment"])},
        },
    )
    return Outcome.PAID, voucher


def _shown_again(session: Session, actor: Actor, voucher: Voucher, now: datetime) -> None:
    record(session, actor, EventKind.VOUCHER_REUSED, at=now, payload={"number": voucher.number})
