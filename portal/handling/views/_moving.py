"""The pages of a move: form, preview, carrying out, and what to do when somebody was faster."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from wtforms.fields import HiddenField, StringField

from portal.attachments.kinds import Area, Purpose
from portal.attachments.queries import facts as file_facts
from portal.attachments.services import attach, discard
from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.gate import check
from portal.cases.lifecycle.moves import BY_NAME
from portal.cases.lifecycle.step_commands import AcceptWork, AnswerStep, AskDelisting
from portal.cases.queries import Sheet
from portal.cases.services import HELP_BARRED, keep_barred, move_case
from portal.foundation import secrets as keyrings
from portal.foundation.errors import Incomplete, NotAllowed, OutOfTurn, Stale
from portal.foundation.transaction import finish
from portal.handling.forms.base import AtCase, MoveForm
from portal.handling.forms.moves import MOVE_FORMS, form_for
from portal.handling.forms.words import EFFECTS, MOVES, reason_words
from portal.handling.views import _along, _drafts
from portal.handling.views._after import onward
from portal.handling.views._evidence import by_task, compared
from portal.handling.views._opened import Opened, at_case, opened
from portal.handling.views._timeline import quoted, sentence, when, who
from portal.history.queries import Recorded
from portal.units.services import add_unit
from portal.web.uploads import allowance, refusal_words, store, taken_in

#: Moves that judge by the evidence.
LOOKING = frozenset(
    {"verify", "issue_task_book", "decide_level", "assess_risk", "release_files"}
    | {"accept_work", "ask_delisting", "decide_delisting"}
)
#: Moves that check tasks: before beside after.
CHECKING = frozenset({"sign_check", "pass_review", "fail_review"})
#: Moves whose photos belong to the task that is checked.
CHECKS = (c.SignCheck, c.PassReview, c.FailReview)


def asked_for(case_id: UUID, move: str) -> ResponseReturnValue:
    """Answer a GET: the form, or why there is none now."""
    here, at = _begin(case_id, move)
    offer = here.offer(move)
    if offer is not None and offer.lack is not None:
        return _too_late(here, at, None, move, OutOfTurn(offer.lack.reason, offer.lack.values))
    kept_ = _drafts.load(here, move)
    if kept_ is None:
        return _page(here, at, form_for(move, at), move)
    # Its `seen` is kept too: what others did since is shown when it is sent.
    form = form_for(move, at, typed=kept_.typed)
    return _page(here, at, form, move, kept_at=kept_.at)


def saved(case_id: UUID, move: str) -> ResponseReturnValue:
    """Answer the script that saves while somebody types, or the button that forgets it."""
    here, _at = _begin(case_id, move)
    if not FlaskForm().validate():
        return "", 422
    if "drop" in request.form:
        _drafts.drop(here, move)
        return redirect(url_for("cases.move", case_id=case_id, move=move), 303)
    is_kept = _drafts.save(here, move, request.form.items(multi=True))
    return "", 204 if is_kept else 410


def sent(case_id: UUID, move: str) -> ResponseReturnValue:
    """Answer a POST: add a row, look for a unit, show what goes out, or carry the move out."""
    here, at = _begin(case_id, move)
    form = form_for(move, at)
    step = request.form.get("step", "")
    if step.startswith("add "):
        return _with_a_row(here, at, form, move, step.removeprefix("add "))
    if step in ("find", "edit"):
        return _page(here, at, form, move)
    is_good = form.validate()
    # A form that another site sent brings nothing.
    if form.keeps_files and "csrf_token" not in form.errors:
        is_good = _along.choose(here, form, move) and is_good
    if not is_good:
        return _page(here, at, form, move), 422
    try:
        return _go(here, at, form, move, send=step == "send")
    except Incomplete as lack:
        finish(here.session, keep=False)
        form.point_at(lack.field, _sentence(lack))
        again, at = _begin(case_id, move)
        return _page(again, at, form, move), 422
    except OutOfTurn as late:
        finish(here.session, keep=False)
        again, at = _begin(case_id, move)
        return _too_late(again, at, form, move, late)


def _begin(case_id: UUID, move: str) -> tuple[Opened, AtCase]:
    if move not in MOVE_FORMS:
        abort(404)
    here = opened(case_id)
    if here.offer(move) is None:
        raise NotAllowed(move)
    return here, at_case(here, queries.sheet_of(here.session, here.case))


def _go(here: Opened, at: AtCase, form: MoveForm, move: str, *, send: bool) -> ResponseReturnValue:
    command = form.command(at)
    if form.goes_out and not send:
        _try(here, form, command)
        return _preview(here, at, form, move)
    unit = form.new_unit()
    if unit is not None:
        added = add_unit(here.session, here.actor, unit, now=here.now)
        command = with_unit(command, added.id)
    if _along.has_files(here, form, move):
        _try(here, form, command)
        command = _along.with_files(here, move, command)
    elif form.files_chosen:
        command = _with_files(here, form, command)
    case = move_case(here.session, here.actor, command, now=here.now)
    _drafts.drop(here, move)
    return onward(here, case.version)


def _try(here: Opened, form: MoveForm, command: c.Command) -> None:
    """Raise what the service would raise, so that a preview is only shown of what can be sent."""
    if command.seen != here.case.version:
        raise Stale(command.seen, here.case.version)
    move = BY_NAME[_name_of(command)]
    facts = queries.facts_of(
        here.session, here.case, here.actor, now=here.now, command=command, clocks=here.readings
    )
    if form.new_unit() is not None:
        # The unit is added when it is sent; until then any id stands for it.
        command = with_unit(command, uuid4())
    try:
        check(move, facts, command)
    except Incomplete as lack:
        if lack.reason == HELP_BARRED:
            keep_barred(here.session, here.actor, command, now=here.now)
        raise


def with_unit(command: c.Command, unit_id: UUID) -> c.Command:
    """Return the command with the unit that was typed instead of picked."""
    if isinstance(command, c.Accept | c.Inspect | c.IssueTaskBook):
        return replace(command, unit_id=unit_id)
    return command


def _name_of(command: c.Command) -> str:
    return next(name for name, move in BY_NAME.items() if move.command is type(command))


def _with_files(here: Opened, form: MoveForm, command: Any) -> c.Command:
    """Take the files in, once all else is well and before anything is written.

    Raises what the service would raise; Incomplete if a file was refused.
    """
    _try(here, form, replace(command, files=({},)))
    stored, refused = taken_in(
        here.session,
        form.files_chosen,
        area=Area.KEPT,
        key=keyrings.in_use().key("attachments"),
        limits=allowance(here.preset.city.settings),
    )
    if refused:
        discard(store(), stored)
        name, reason = refused[0]
        said = _("%(file)s: %(reason)s", file=name, reason=refusal_words(reason))
        raise Incomplete("files", "evidence_missing", sentence=said)
    visit = uuid4() if isinstance(command, c.Inspect) else None
    purpose, about = _given_for(command)
    rows = attach(
        here.session,
        stored,
        case_id=here.case.id,
        purpose=purpose,
        thing_id=about or visit,
        entropy=secrets.token_bytes,
        now=here.now,
    )
    taken: c.Command = replace(command, files=tuple(map(file_facts, rows)))
    return replace(taken, inspection_id=visit) if isinstance(taken, c.Inspect) else taken


def _given_for(command: c.Command) -> tuple[Purpose, UUID | None]:
    """Return what the files of a move are given for, and the thing that they belong to."""
    if isinstance(command, CHECKS):
        return Purpose.REVIEW, command.item_id
    if isinstance(command, AnswerStep):
        return Purpose.STEP, command.step_id
    if isinstance(command, AcceptWork | AskDelisting):
        return Purpose.REVIEW, command.listing_id
    return Purpose.INSPECTION, None


def _sentence(lack: Incomplete) -> str:
    return str(lack.values.get("sentence") or reason_words(lack.reason, lack.values))


def _with_a_row(
    here: Opened, at: AtCase, form: MoveForm, move: str, name: str
) -> ResponseReturnValue:
    if name in form.growing:
        rows = form[name]
        if len(rows.entries) < (rows.max_entries or 1):
            rows.append_entry()
        form.suit(at)
    return _page(here, at, form, move)


def _page(here: Opened, at: AtCase, form: MoveForm, move: str, **more: Any) -> str:
    if form.seen.data is None:
        form.seen.data = here.case.version
    tasks, tiles = _evidence(here, at, move)
    return render_template(
        "handling/move.html",
        **_common(here, at, form, move),
        effect=EFFECTS[move],
        hazards=at.sheet.hazards,
        tasks=tasks,
        tiles=tiles,
        along=_along.listed(here, form, move),
        save_url=url_for("cases.save", case_id=here.case.id, move=move),
        checklist_url=url_for("inspections.walk", case_id=here.case.id)
        if move == "inspect"
        else None,
        **more,
    )


def _evidence(here: Opened, at: AtCase, move: str) -> tuple[list[Any], list[Any]]:
    """Return what a move is judged by: pictures by task for who checks tasks, and the others."""
    if here.is_barred:
        return [], []
    if move in CHECKING:
        return by_task(here, at.sheet)
    return [], compared(here, at.sheet) if move in LOOKING else []


def _preview(here: Opened, at: AtCase, form: MoveForm, move: str) -> str:
    return render_template(
        "handling/preview.html",
        **_common(here, at, form, move),
        effect=EFFECTS[move],
        texts=form.preview(at),
        along=_along.listed(here, form, move),
        kept=kept(leave_out=("remove", "along")),
    )


def _common(here: Opened, at: AtCase, form: MoveForm | None, move: str) -> dict[str, Any]:
    return {
        "form": form,
        "case": here.case,
        "heading": title_of(here, at.sheet),
        "move": move,
        "label": MOVES[move][0],
        "action": url_for("cases.carry_out", case_id=here.case.id, move=move),
        "case_url": url_for("cases.case", case_id=here.case.id),
        "csrf_token": generate_csrf(),
    }


def title_of(here: Opened, sheet: Sheet) -> str:
    """Return the head of the report's words; "" for who may not read on."""
    if here.is_barred:
        return ""
    first = sheet.reports[0].text_id if sheet.reports else here.case.summary_text_id
    return queries.shortened(sheet.text(first))


def kept(leave_out: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return what was sent, to send it again: everything but the token and the button."""
    left = {"csrf_token", "step", "seen", *leave_out}
    return [(name, value) for name, value in request.form.items(multi=True) if name not in left]


def _too_late(
    here: Opened, at: AtCase, form: MoveForm | None, move: str, late: OutOfTurn
) -> ResponseReturnValue:
    """Answer 409: what changed meanwhile, the person's text, and the ways out.

    What this very person sent twice is no clash: the second press gets the first one's answer.
    """
    seen = form.seen.data if form else None
    since = [one for one in at.sheet.events if seen and (one.case_version or 0) > seen]
    if form and since and is_repeat(since[0], here, at.sheet, form, move):
        return onward(here, since[0].case_version or 0)
    offer = here.offer(move)
    lack = offer.lack if offer else None
    mine = typed(form) if form else []
    page = render_template(
        "handling/clash.html",
        **_common(here, at, form, move),
        reason=reason_words(lack.reason, lack.values) if lack else None,
        changes=[change(event, here, at.sheet) for event in since],
        others=others(since, at.sheet),
        mine=mine,
        kept=kept(leave_out=(*(name for name, _label, _value in mine), "remove", "along")),
        version=here.case.version,
    )
    return page, 409


def others(since: Sequence[Recorded], sheet: Sheet) -> list[str]:
    """Return who changed the case meanwhile."""
    return sorted({who(event, sheet) for event in since})


def change(event: Recorded, here: Opened, sheet: Sheet) -> dict[str, str]:
    """Return one change as the page of a clash shows it."""
    said = sentence(event, sheet, here.groups, here.preset, here.language)
    name = _("%(who)s · %(when)s", who=who(event, sheet), when=when(event))
    return {"name": name, "said": said, "quoted": "" if here.is_barred else quoted(event, sheet)}


def typed(form: FlaskForm) -> list[tuple[str, str, str]]:
    """Return name, label and words of every text field in which something was typed."""
    found = []
    for field in form:
        parts = [part for entry in getattr(field, "entries", ()) for part in entry.form] or [field]
        for part in parts:
            is_typed = isinstance(part, StringField) and not isinstance(part, HiddenField)
            if is_typed and (part.data or "").strip():
                found.append((part.name, str(part.label.text), part.data))
    return found


def is_repeat(event: Recorded, here: Opened, sheet: Sheet, form: MoveForm, move: str) -> bool:
    """Tell whether the event is what this form, sent once already, has made."""
    if event.kind is not BY_NAME[move].event or event.account_id != here.actor.account_id:
        return False
    said = {sheet.text(UUID(text["id"])) for text in event.payload.get("texts", {}).values()}
    held = json.dumps(event.payload, ensure_ascii=False)
    for _name, _label, value in typed(form):
        if value.strip() not in said and value.strip() not in held:
            return False
    for field in form:
        data = getattr(field, "data", None)
        if isinstance(data, UUID) and str(data) not in held:
            return False
    return True
