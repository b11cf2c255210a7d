"""Pages of the treasury: the ledger, a code, paying."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, TooMany
from portal.rewards.kinds import REASONS, VoucherState
from portal.rewards.services import Outcome, Payment, look_up, pay
from portal.treasury.forms import CodeForm, PayForm
from portal.treasury.views import _ledger
from portal.web.filters import local, number
from portal.web.pages import current_actor, needs
from portal.web.rates import ALL, Rates
from portal.web.spreadsheet import csv_response

treasury = Blueprint("treasury", __name__, url_prefix="/treasury")
KEPT = "portal-voucher-rates"
#: In which wrong codes are counted, of all together: no address, no person.
MINUTE = timedelta(minutes=1)
#: From so many on nobody is answered for a while: a treasury mistypes less often.
WRONG_MOST = 10


@treasury.get("")
@needs(Action.READ_LEDGER)
def ledger() -> str:
    """Show the ledger, and ask for a code."""
    return render_template("treasury/ledger.html", form=CodeForm(formdata=None), **_ledger.page())


@treasury.get("/ledger.csv")
@needs(Action.READ_LEDGER)
def ledger_csv() -> ResponseReturnValue:
    """Return the ledger as a file, with the definition of every column."""
    return csv_response("rewards", _ledger.sheet())


@treasury.post("/code")
@needs(Action.PAY_REWARD)
def code() -> ResponseReturnValue:
    """Show what a code is worth and how it stands."""
    form = CodeForm()
    if not form.validate():
        return _asked_again(form)
    try:
        voucher = _slowed(lambda: _look_up(form.code.data))
    except (NotFound, TooMany) as refusal:
        return _refused(form, refusal)
    fresh = PayForm(formdata=None, code=form.code.data, paid_on=local(now()).date())
    return _voucher_page(voucher, fresh)


@treasury.post("/pay")
@needs(Action.PAY_REWARD)
def pay_reward() -> ResponseReturnValue:
    """Write down that a reward was paid; a code works once."""
    form = PayForm()
    try:
        if not form.validate():
            return _voucher_page(_slowed(lambda: _look_up(form.code.data)), form, 422)
        outcome, voucher = _slowed(lambda: _pay(form))
    except (NotFound, TooMany) as refusal:
        return _refused(CodeForm(formdata=None), refusal)
    except Incomplete as lack:
        return _lacking(form, lack)
    if outcome is Outcome.PAID_BEFORE:
        return _voucher_page(voucher, form)
    words = {"number": voucher.number, "amount": number(voucher.amount)}
    flash(_("Reward %(number)s is paid: %(amount)s yuan.", **words))
    return redirect(url_for("treasury.ledger"), 303)


def _look_up(typed: str | None) -> Any:
    return look_up(db.session(), current_actor(), _ledger.tidy(typed), now=now())


def _pay(form: PayForm) -> tuple[Outcome, Any]:
    moment = now()
    payment = Payment(
        code=_ledger.tidy(form.code.data),
        method=form.method.data,
        paid_on=form.paid_on.data,
        receipt=form.receipt.data or "",
    )
    today = local(moment).date()
    return pay(db.session(), current_actor(), payment, today=today, now=moment)


def _slowed(act: Callable[[], Any]) -> Any:
    """Do what needs a code. Raises NotFound alike for every wrong one, and TooMany before any is
    looked at: no answer tells a right code from a wrong one then.
    """
    moment, rates = now(), _wrong_codes()
    if rates.seen(ALL, now=moment) >= WRONG_MOST:
        raise TooMany("voucher")
    try:
        return act()
    except NotFound:
        rates.count(ALL, now=moment)
        raise


def _wrong_codes() -> Rates:
    workers = current_app.config["PORTAL_SETTINGS"].web_workers
    held: Rates = current_app.extensions.setdefault(
        KEPT, Rates(MINUTE, entropy=keys.entropy, workers=workers)
    )
    return held


def _refused(form: CodeForm, refusal: NotFound | TooMany) -> ResponseReturnValue:
    """Ask for the code again; what was typed stays where it was typed."""
    if isinstance(refusal, TooMany):
        form.code.errors = [_("Too many wrong codes just now. Try again in a minute.")]
        return _asked_again(form, refusal.status)
    form.code.errors = [
        _("No reward can be paid by this code. Check the 12 signs; a receipt code is none.")
    ]
    return _asked_again(form)


def _asked_again(form: CodeForm, status: int = 422) -> ResponseReturnValue:
    return render_template("treasury/ledger.html", form=form, **_ledger.page()), status


def _lacking(form: PayForm, lack: Incomplete) -> ResponseReturnValue:
    """Say at the field what is lacking, beside the reward that the code stands for."""
    db.session.rollback()
    form[lack.field].errors = [str(REASONS[lack.reason])]
    return _voucher_page(_look_up(form.code.data), form, 422)


def _voucher_page(voucher: Any, form: PayForm, status: int = 200) -> ResponseReturnValue:
    is_paid = voucher.state is VoucherState.PAID
    page = render_template("treasury/voucher.html", voucher=voucher, form=form, is_paid=is_paid)
    return page, 200 if is_paid else status
