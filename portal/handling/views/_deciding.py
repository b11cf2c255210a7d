"""One decision on a waiting report, and the next report at once."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf

from portal.cases import queries
from portal.cases.lifecycle.moves import BY_NAME
from portal.cases.queries import Place
from portal.cases.services import accept_and_dispatch, move_case
from portal.foundation.errors import Incomplete, NotAllowed, OutOfTurn, Stale
from portal.foundation.transaction import finish
from portal.handling.forms.base import MoveForm
from portal.handling.forms.intake import SortForm
from portal.handling.forms.lists import place_of_text, sorting_args, sorting_of
from portal.handling.forms.moves import form_for
from portal.handling.forms.words import MOVES, reason_words
from portal.handling.views import _drafts, _intake, _moving
from portal.handling.views._opened import Opened, at_case, opened
from portal.history.kinds import EventKind

#: Moves that the pages of sorting carry out; after the last three the same report stays open.
HERE = ("sort", "refuse", "transfer_out", "merge", "set_aside", "split", "take_back")
STAYS = ("split", "take_back")


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was sent: on what, by which move, and from where the next one is sought."""

    here: Opened
    move: str
    behind: Place | None


def decide(case_id: UUID, move: str) -> ResponseReturnValue:
    """Carry the decision out and open what comes next in the order and filter of the address."""
    if move not in HERE:
        abort(404)
    here = opened(case_id)
    sorting = sorting_of(request.args)
    behind = place_of_text(request.args.get("behind"), sorting.order) or queries.place_of(
        here.session, here.actor, case_id, sorting.order, here.preset
    )
    return (
        _sort(Decided(here, move, behind))
        if move == "sort"
        else _other(Decided(here, move, behind))
    )


def _sort(decided: Decided) -> ResponseReturnValue:
    here, form = decided.here, SortForm()
    form.is_fresh = False
    if not here.may("dispatch"):
        raise NotAllowed("dispatch")
    if not form.validate():
        return _intake.report_page(here.case.id, form), 422
    try:
        case = accept_and_dispatch(
            here.session,
            here.actor,
            form.accept(here.case.id),
            shown_group_id=form.shown,
            group_id=form.group_id.data,
            priority=form.urgency,
            suspected_major=form.suspected_major.data == "yes",
            reason=form.reason.data or "",
            now=here.now,
        )
    except Incomplete as lack:
        finish(here.session, keep=False)
        return _lacking(here, form, lack), 422
    except OutOfTurn as late:
        finish(here.session, keep=False)
        return _faster(decided, form, late)
    return onward(decided, case.version)


def _lacking(here: Opened, form: SortForm, lack: Incomplete) -> str:
    sentence = reason_words(lack.reason, lack.values)
    field = "jurisdiction" if lack.field == "township" else lack.field
    name = field if field in form else "category"
    form[name].errors = [*form[name].errors, sentence]
    return _intake.report_page(here.case.id, form)


def _other(decided: Decided) -> ResponseReturnValue:
    here, move = decided.here, decided.move
    if not here.may(move):
        raise NotAllowed(move)
    at = at_case(here, queries.sheet_of(here.session, here.case))
    form = form_for(move, at)
    if not form.validate():
        return _intake.report_page(here.case.id, asked=form), 422
    try:
        case = move_case(here.session, here.actor, form.command(at), now=here.now)
        _drafts.drop(here, move)
    except Incomplete as lack:
        finish(here.session, keep=False)
        form.point_at(lack.field, reason_words(lack.reason, lack.values))
        return _intake.report_page(here.case.id, asked=form), 422
    except OutOfTurn as late:
        finish(here.session, keep=False)
        return _faster(decided, form, late)
    return onward(decided, case.version)


def onward(decided: Decided, version: int) -> ResponseReturnValue:
    """Go to the next report of the order and filter, never by way of the list but at its end."""
    here, sorting = decided.here, sorting_of(request.args)
    args = sorting_args(sorting)
    did = f"{here.case.id}.{version}"
    bringing_back = decided.move == "set_aside" and not request.form.get("until")
    if decided.move in STAYS or bringing_back:
        target = url_for("intake.report", case_id=here.case.id, did=did, **args)
        return redirect(target, 303)
    found = queries.next_waiting(
        here.session, here.actor, sorting, decided.behind, here.preset, now=here.now
    )
    if found is None:
        return redirect(url_for("intake.waiting", ended=1, did=did, **args), 303)
    return redirect(url_for("intake.report", case_id=found.id, did=did, **args), 303)


def _faster(decided: Decided, form: FlaskForm, late: OutOfTurn) -> ResponseReturnValue:
    """Answer a decision that came too late; the same press sent twice gets the first answer."""
    again = opened(decided.here.case.id)
    sheet = queries.sheet_of(again.session, again.case)
    seen = form.seen.data or 0
    since = [one for one in sheet.events if seen and (one.case_version or 0) > seen]
    is_mine = bool(since) and all(one.account_id == again.actor.account_id for one in since)
    if is_mine and _same(decided.move, since, form, sheet, again):
        return onward(Decided(again, decided.move, decided.behind), again.case.version)
    offer = again.offer("dispatch" if decided.move == "sort" else decided.move)
    lack = offer.lack if offer else None
    if decided.move == "sort" and lack and lack.reason == "not_accepted":
        lack = None
    elif lack is None and not isinstance(late, Stale):
        reason, values = late.args
        return _clash(again, sheet, form, decided.move, since, reason_words(reason, values))
    words = reason_words(lack.reason, lack.values) if lack else None
    return _clash(again, sheet, form, decided.move, since, words)


def _same(move: str, since: list[Any], form: Any, sheet: Any, here: Opened) -> bool:
    if move == "sort":
        kinds = {event.kind for event in since}
        held = json.dumps([event.payload for event in since])
        chosen = form.group_id.data or form.shown
        return kinds <= {EventKind.ACCEPTED, EventKind.DISPATCHED} and str(chosen) in held
    if not isinstance(form, MoveForm) or since[0].kind is not BY_NAME[move].event:
        return False
    return _moving.is_repeat(since[0], here, sheet, form, move)


def _clash(
    here: Opened, sheet: Any, form: FlaskForm, move: str, since: list[Any], reason: str | None
) -> ResponseReturnValue:
    mine = _moving.typed(form)
    args = sorting_args(sorting_of(request.args))
    label = MOVES["dispatch" if move == "sort" else move][0]
    page = render_template(
        "handling/clash.html",
        form=form,
        case=here.case,
        heading=_moving.title_of(here, sheet),
        move=move,
        label=label,
        action=request.full_path,
        case_url=url_for("intake.report", case_id=here.case.id, **args),
        csrf_token=generate_csrf(),
        reason=reason,
        changes=[_moving.change(event, here, sheet) for event in since],
        others=_moving.others(since, sheet),
        mine=mine,
        kept=_moving.kept(leave_out=tuple(name for name, _label, _value in mine)),
        version=here.case.version,
    )
    return page, 409
