"""Vouchers: made with an offer, opened by a claim, paid by their code."""

from portal.rewards.services.vouchers import (
    Outcome,
    Payment,
    claim_voucher,
    issue_voucher,
    lapse_voucher,
    look_up,
    pay,
    shown_code,
)

__all__ = [
    "Outcome",
    "Payment",
    "claim_voucher",
    "issue_voucher",
    "lapse_voucher",
    "look_up",
    "pay",
    "shown_code",
]
