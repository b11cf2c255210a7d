"""An inside report for whoever has its code: the receipt, where it stands, taking it outside."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action, Actor, Role
from portal.cases.services import take_outside
from portal.filing.forms import MessageForm, OutsideForm
from portal.filing.views import filing
from portal.filing.views.codes import picture
from portal.filing.views.opened import Forgotten, opened_inside
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.presets.queries import in_force
from portal.reports.lifecycle import receipt_code
from portal.selfinspections.kinds import REASONS
from portal.selfinspections.queries import InsideFollowUp, Said, inside_by_nonce, inside_follow_up
from portal.selfinspections.services import say
from portal.web.filters import day_part
from portal.web.pages import needs
from portal.web.public_forms import made
from portal.web.uploads import store

#: The form in which somebody may write for longer than the code is remembered.
FORM = "inside_message"


def sent_inside(nonce: bytes) -> str | None:
    """Return the page with the code of what was sent to a unit; None: by this form nothing was."""
    report_id = inside_by_nonce(db.session(), nonce)
    if report_id is None:
        return None
    found = _found(Actor(role=Role.REPORTER, inside_id=report_id))
    return render_template(
        "filing/inside_sent.html",
        code=receipt_code(nonce, keys.in_use().key("receipt-derivation")),
        qr=picture(url_for("filing.receipt", _external=True)),
        found=found,
    )


def _found(actor: Actor) -> InsideFollowUp:
    return inside_follow_up(db.session(), actor, in_force(db.session(), now()), now=now())


def opened_page(actor: Actor, typed: str | None) -> ResponseReturnValue:
    """Go to where it stands; what was typed before the code was forgotten is in its field."""
    if not typed:
        return redirect(url_for("filing.inside"), 303)
    form = made(MessageForm, actor.inside_id.bytes, None, body=typed)  # type: ignore[union-attr]
    return _page(actor, form)


def _page(
    actor: Actor, form: Any = None, status: int = 200, problem: str = ""
) -> ResponseReturnValue:
    nonce = actor.inside_id.bytes  # type: ignore[union-attr]
    found = _found(actor)
    page = render_template(
        "filing/inside.html",
        found=found,
        rows=[_row(one) for one in found.thread],
        form=form or made(MessageForm, nonce, None),
        outside=made(OutsideForm, nonce, None),
        problem=problem,
    )
    return page, status


def _row(one: Said) -> dict[str, Any]:
    return {
        "who": _("The unit") if one.by_unit else _("You"),
        "when": day_part(one.at),
        "text": one.words or _("(erased)"),
        "side": "them" if one.by_unit else "me",
    }


@filing.get("/receipt/inside")
@needs(Action.READ_RECEIPT)
def inside() -> ResponseReturnValue:
    """Show where an inside report stands."""
    try:
        return _page(opened_inside())
    except Forgotten:
        return redirect(url_for("filing.receipt"), 303)


@filing.post("/receipt/inside/message")
@needs(Action.READ_RECEIPT)
def inside_message() -> ResponseReturnValue:
    """Write to the unit."""
    actor = opened_inside()
    form = made(MessageForm, actor.inside_id.bytes, request.form)  # type: ignore[union-attr]
    if not form.validate():
        return _page(actor, form, 422)
    try:
        say(db.session(), actor, actor.inside_id, form.body.data or "", now=now())  # type: ignore[arg-type]
    except Incomplete as lack:
        form.body.errors = [str(REASONS[lack.reason])]
        return _page(actor, form, 422)
    return redirect(url_for("filing.inside", _anchor="messages"), 303)


@filing.post("/receipt/inside/outside")
@needs(Action.READ_RECEIPT)
def go_outside() -> ResponseReturnValue:
    """File it outside; the unit is not told, and the page of the inside report stays as it was."""
    actor = opened_inside()
    if not made(OutsideForm, actor.inside_id.bytes, request.form).validate():  # type: ignore[union-attr]
        return _page(actor, None, 422, _("This page had been open for too long. Press once more."))
    try:
        take_outside(db.session(), actor, now=now(), store=store())
    except OutOfTurn as refusal:
        db.session.rollback()
        return _page(actor, None, 409, str(REASONS[str(refusal.args[0])]))
    return redirect(url_for("filing.outside"), 303)


@filing.get("/receipt/inside/outside")
@needs(Action.READ_RECEIPT)
def outside() -> ResponseReturnValue:
    """Show the code of what went outside, within the hours after the press and never later."""
    try:
        found = take_outside(db.session(), opened_inside(), now=now(), may_file=False)
    except Forgotten:
        return redirect(url_for("filing.receipt"), 303)
    if found is None:
        return redirect(url_for("filing.inside"), 303)
    qr = picture(url_for("filing.receipt", _external=True))
    return render_template("filing/inside_outside.html", code=found.code, qr=qr)
