"""What needs me next, all cases, what was returned; bulk moves and saved views."""

from uuid import UUID

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.cases.queries import Filter
from portal.cases.services import drop_view, save_view
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.handling.forms.bulk import PressForm, ViewForm
from portal.handling.forms.lists import args_of, filter_of
from portal.handling.forms.words import reason_words
from portal.handling.views import _bulk, _queue
from portal.web import navigation
from portal.web.pages import current_actor, needs

queue = Blueprint("queue", __name__, url_prefix="/staff")

navigation.register_counter("mine", _queue.mine_count)
navigation.register_counter("waiting", _queue.waiting_count)
navigation.register_counter("returned", _queue.returned_count)


@queue.get("")
@needs(Action.EDIT_PROFILE)
def next() -> ResponseReturnValue:
    # Whoever has no queue of cases lands elsewhere; the notice of a last move is shown here.
    first = navigation.landing(current_actor())
    if first != url_for("queue.next") and "did" not in request.args:
        return redirect(first, 303)
    return _queue.list_page(
        filter_of(request.args, when=request.args.get("when") or "mine"),
        endpoint="queue.next",
        title=_("What needs me next"),
        order_words=_("The first due comes first"),
    )


@queue.get("/cases")
@needs(Action.READ_FILE)
def cases() -> str:
    return _all_cases(filter_of(request.args))


def _all_cases(wanted: Filter, view_form: ViewForm | None = None) -> str:
    return _queue.list_page(
        wanted,
        endpoint="queue.cases",
        title=_("All cases"),
        order_words=_("Open cases by time left; closed ones the newest first"),
        view_form=view_form,
    )


@queue.get("/returned")
@needs(Action.READ_FILE)
def returned() -> str:
    return _queue.list_page(
        filter_of(request.args, returned=True),
        endpoint="queue.returned",
        title=_("Returned"),
        order_words=_("The first due comes first"),
    )


@queue.post("/bulk")
@needs(Action.READ_FILE)
def bulk() -> ResponseReturnValue:
    move = request.form.get("move", "")
    if move not in _queue.BULK:
        abort(404)
    chosen = _bulk.chosen_of(request.form.getlist("case"))
    form = _bulk.fitted(move)
    if not form.validate():
        return _bulk.ask_page(move, form, chosen), 422
    if move != "sign_for" and request.form.get("step") != "send":
        return _bulk.ask_page(move, form, chosen)
    return _bulk.carry_out(move, form, chosen)


@queue.post("/views")
@needs(Action.READ_FILE)
def save() -> ResponseReturnValue:
    form, wanted = ViewForm(), filter_of(request.form)
    try:
        if form.validate():
            name = form.name.data or ""
            save_view(db.session(), current_actor(), name, args_of(wanted), now=now())
            return redirect(url_for("queue.cases", **args_of(wanted)), 303)
    except Incomplete as lack:
        form.name.errors = [reason_words(lack.reason, lack.values)]
    return _all_cases(wanted, form), 422


@queue.post("/views/<uuid:view_id>/drop")
@needs(Action.READ_FILE)
def drop(view_id: UUID) -> ResponseReturnValue:
    if PressForm().validate():
        drop_view(db.session(), current_actor(), view_id)
    return redirect(url_for("queue.cases"), 303)
