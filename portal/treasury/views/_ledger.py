"""The ledger as its page and its file show it."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.foundation.db import db
from portal.rewards.kinds import VoucherState
from portal.rewards.queries.vouchers import (
    Entry,
    Wanted,
    ledger,
    totals,
    whole_ledger,
    years,
)
from portal.web.filters import month, number, plain_day
from portal.web.pages import current_actor
from portal.web.spreadsheet import Cell

TAGS = {
    VoucherState.OFFERED: "info",
    VoucherState.CLAIMED: "warn",
    VoucherState.PAID: "ok",
    VoucherState.LAPSED: None,
}
#: Column → its name and what it means; the file holds both.
COLUMNS = {
    "number": (
        _l("Number"),
        _l("The year in which it was decided and a number of that year; never given out again."),
    ),
    "amount": (_l("Amount in yuan"), _l("Whole yuan, as two people signed for it.")),
    "state": (
        _l("State"),
        _l("Can be claimed: nobody has. Claimed: waits to be fetched. Paid. Not claimed in time."),
    ),
    "decided": (_l("Decided in"), _l("The month of the second signature.")),
    "claimed": (_l("Claimed in"), _l("The month in which the reporter claimed it.")),
    "lapsed": (_l("Lapsed in"), _l("The month in which its time ended without a claim.")),
    "paid_on": (_l("Paid on"), _l("The day on which the money was paid.")),
    "method": (_l("Paid how"), _l("Cash or transfer, as the treasury wrote it down.")),
    "receipt": (_l("Receipt"), _l("The treasury’s own number of its receipt.")),
}
#: So many digits are the number of a place in the ledger.
PLACE_DIGITS = 10


def tidy(typed: str | None) -> str:
    """Return a code as it is made, however it was typed; what cannot be one stays different."""
    said = unicodedata.normalize("NFKC", typed or "").upper()
    return "".join(sign for sign in said if sign.isalnum())[:64]


def page() -> dict[str, Any]:
    """Return what the ledger shows: totals of the year that is looked at, a page of entries."""
    session, actor, wanted = db.session(), current_actor(), _wanted()
    rows, following = ledger(session, actor, wanted, after=_place(request.args.get("after")))
    sums = totals(session, actor, wanted)
    args = _args(wanted)
    return {
        "rows": [_row(one) for one in rows],
        "counts": [
            {
                "number": sums[state].count,
                "text": _in_yuan(state, sums[state].amount),
                "url": _here(state=state.value, year=wanted.year),
                "current": wanted.states == {state},
            }
            for state in VoucherState
        ],
        "groups": _groups(wanted, years(session, actor)),
        "clear_url": _here() if args else None,
        "csv_url": url_for("treasury.ledger_csv", **args),
        "next_url": _here(**args, after=following) if following else None,
        "first_url": _here(**args) if request.args.get("after") else None,
    }


def _in_yuan(state: VoucherState, amount: int) -> str:
    words = _("%(amount)s yuan", amount=number(amount))
    return f"{state.label} · {words}"


def _groups(wanted: Wanted, known: Sequence[int]) -> list[dict[str, Any]]:
    states = [
        {"value": state.value, "label": state.label, "checked": state in wanted.states}
        for state in VoucherState
    ]
    found = [{"name": "state", "label": _("State"), "items": states}]
    if known:
        items = [
            {"value": str(year), "label": str(year), "checked": year == wanted.year}
            for year in known
        ]
        found.append({"name": "year", "label": _("Year of the decision"), "items": items})
    return found


def _here(**args: Any) -> str:
    return url_for("treasury.ledger", **{name: value for name, value in args.items() if value})


def _wanted() -> Wanted:
    """Return what an address asks for; what it does not know is left out."""
    known = {state.value for state in VoucherState}
    states = frozenset(VoucherState(one) for one in request.args.getlist("state") if one in known)
    # Of several years the last one ticked would mean nothing: the first one counts.
    year = request.args.get("year", "")
    is_year = year.isascii() and year.isdigit() and len(year) == 4
    return Wanted(states=states, year=int(year) if is_year else None)


def _args(wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = {"state": sorted(wanted.states), "year": wanted.year}
    return {name: value for name, value in found.items() if value}


def _place(text: str | None) -> int | None:
    said = text or ""
    is_place = said.isascii() and said.isdigit() and len(said) <= PLACE_DIGITS
    return int(said) if is_place else None


def _row(one: Entry) -> dict[str, Any]:
    row = one.voucher
    return {
        "number": row.number,
        "amount": number(row.amount),
        "state": row.state.label,
        "tag": TAGS[row.state],
        "decided": month(row.decided_month),
        "claimed": month(row.claimed_month) if row.claimed_month else "",
        "lapsed": month(row.lapsed_month) if row.lapsed_month else "",
        "paid": plain_day(row.paid_on, year=True) if row.paid_on else "",
        "how": row.method.label if row.method else "",
        "receipt": one.receipt,
    }


def sheet() -> Iterator[Sequence[Cell]]:
    """Return the rows of the file: what each column means, then the entries."""
    for name, meaning in COLUMNS.values():
        yield [str(name), str(meaning)]
    yield []
    yield [str(name) for name, _meaning in COLUMNS.values()]
    for one in whole_ledger(db.session(), current_actor(), _wanted()):
        row = one.voucher
        months = (row.decided_month, row.claimed_month, row.lapsed_month)
        yield [
            *(row.number, row.amount, row.state.label),
            *(found.isoformat()[:7] if found else "" for found in months),
            row.paid_on.isoformat() if row.paid_on else "",
            row.method.label if row.method else "",
            one.receipt,
        ]
