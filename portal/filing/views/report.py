"""Filing: what and where, photos and contact, check, send, receipt."""

import secrets
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from portal.access.kinds import Action, Actor, Role
from portal.attachments.kinds import REASON_LABELS
from portal.cases.kinds import REASONS
from portal.cases.queries import promised_dates, waits_behind
from portal.cases.services import file_inside, file_report
from portal.filing.forms import EvidenceForm, NoticeForm, SendForm, WhatWhereForm, fields_of
from portal.filing.views import filing, flood, ways
from portal.filing.views.checking import check_page, pointed_out_anew, settled
from portal.filing.views.codes import picture
from portal.filing.views.drafts import (
    clear_draft,
    draft_of,
    files_of,
    is_sent,
    keep,
    keep_while_typing,
    own_nonce,
    uploads_of,
    with_cookie,
)
from portal.filing.views.follow import leave_address
from portal.filing.views.inside import sent_inside
from portal.filing.views.kinds import kinds_of_hazard, still_looking
from portal.filing.views.places import (
    UNSURE,
    by_code,
    choices,
    datum_of,
    filled_in,
    pin,
    question,
    where,
    without_pin,
)
from portal.filing.views.similar import chosen, with_choice
from portal.filing.views.uploads import cleaned_draft, from_form, held_draft, is_raw, let_go
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.notices.queries import reporter_address
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.kinds import RELATION_LABELS
from portal.reports.lifecycle import NONCE_BYTES, File, receipt_code
from portal.reports.queries import by_nonce
from portal.reports.services import drop_draft
from portal.sealing.queries import can_seal
from portal.selfinspections.kinds import REASONS as OF_UNITS
from portal.selfinspections.kinds import Way
from portal.units.queries import unit_by_token
from portal.web.cookies import DRAFT, drop_cookie, forget_site, read_cookie
from portal.web.headers import photos_page
from portal.web.language import current
from portal.web.maps import tiles_of_map
from portal.web.pages import current_actor, needs
from portal.web.public_forms import PublicForm, made
from portal.web.questions import answered, asked, name_of, with_questions
from portal.web.request_cycle import when_kept
from portal.web.tus import Gone
from portal.web.uploads import refusal_words, store

#: After sending, the page with the code can be shown again for an hour.
SENT_SECONDS = 3600


def _preset() -> Preset:
    return in_force(db.session(), now())


def first_form(nonce: bytes, formdata: Any, draft: dict[str, Any]) -> Any:
    """Return the form of what and where with the choices of the preset in force."""
    preset = _preset()
    form = made(WhatWhereForm, nonce, formdata, **draft)
    form.kinds = kinds_of_hazard(preset, form.text.data or "", form.sought.data or "")
    form.category.choices = form.kinds.choices
    form.has_pin = pin(form.data) is not None
    may_be_unsure = form.has_pin or form.jurisdiction.data == UNSURE
    form.jurisdiction.choices = choices(preset, may_be_unsure=may_be_unsure)
    return form


def _first_page(nonce: bytes, form: Any, **more: Any) -> str:
    """Show the first page of the form; the map only where it was asked for."""
    preset = _preset()
    with_map = "map" in request.args and preset.boundaries is not None
    tiles = tiles_of_map() if with_map else None
    return render_template(
        "filing/what_where.html",
        form=form,
        nonce=nonce.hex(),
        with_map=with_map,
        map_label=preset.boundaries.label if preset.boundaries else None,
        tiles=tiles,
        scanned=by_code(form.data),
        offered=ways.offer(form.data),
        **more,
    )


def second_form(nonce: bytes, formdata: Any, draft: dict[str, Any]) -> Any:
    """Return the form of photos, contact, relation, and the questions of the draft's category."""
    kind = with_questions(EvidenceForm, asked(_preset(), draft), current())
    form = made(kind, nonce, formdata, **draft)
    limits = _preset().city.settings
    form.photos.description = _(
        "Photos (JPEG, PNG, WebP, HEIC) or PDF, up to %(files)s files of %(mb)s MB. We remove"
        " place, time and phone model. Other kinds of files are only sealed: send a screenshot.",
        files=limits.upload_files,
        mb=limits.upload_file_mb,
    )
    form.relation.choices = [
        SelectChoice("", _("I don’t want to say")),
        *(SelectChoice(*pair) for pair in RELATION_LABELS.items()),
    ]
    return form


@filing.get("/report")
@needs(Action.FILE)
def report() -> ResponseReturnValue:
    nonce = own_nonce()
    if nonce and is_sent(db.session(), nonce):
        # It was sent: a new report begins with a new nonce.
        nonce = None
    draft = draft_of(nonce) if nonce else {}
    if nonce is None or not draft:
        # Where a draft was cleared nothing more is saved: what comes now has a nonce of its own.
        nonce = secrets.token_bytes(NONCE_BYTES)
    scanned = unit_by_token(db.session(), request.args.get("unit", ""))
    form = first_form(nonce, None, _at_unit(scanned, draft))
    unknown = bool(request.args.get("unit")) and scanned is None
    return _first_page(nonce, form, has_draft=bool(draft), unknown_code=unknown)


def _at_unit(scanned: Any, draft: dict[str, Any]) -> dict[str, Any]:
    """Return the draft with what a unit's code says of the place; nothing typed is written over."""
    if scanned is None:
        return draft
    known = filled_in(scanned, _preset())
    typed = {name: value for name, value in draft.items() if value}
    return {**known, **typed, "unit": known["unit"]}


@filing.post("/report")
@needs(Action.FILE)
def what_where() -> ResponseReturnValue:
    nonce = own_nonce() or secrets.token_bytes(NONCE_BYTES)
    form = first_form(nonce, request.form, {})
    valid = form.validate()
    if form.token_failed:
        # Nothing is kept that another site may have sent; the page itself holds what was typed.
        return _first_page(nonce, form), 422
    if is_sent(db.session(), nonce) and valid:
        # Written after going back from what was sent: a report of its own, or it would be lost.
        nonce = secrets.token_bytes(NONCE_BYTES)
    keep(nonce, without_pin(fields_of(form)), settled)
    return with_cookie(_after_first(nonce, form, valid=valid), nonce)


def _after_first(nonce: bytes, form: Any, *, valid: bool) -> ResponseReturnValue:
    if "map" in request.form:
        return redirect(url_for("filing.report", map=1, _anchor="pin"), 303)
    if "find" in request.form or (valid and still_looking(form, _preset())):
        return redirect(
            url_for("filing.report", map=request.args.get("map"), _anchor="category"), 303
        )
    if not valid or _asks(form) or not ways.is_answered(form):
        return _first_page(nonce, form), 422
    return redirect(url_for("filing.evidence"), 303)


def _asks(form: Any) -> bool:
    """Say at the field what the pin leaves open, if it leaves anything open."""
    asked = question(form.data, _preset())
    if asked:
        form.jurisdiction.errors = [asked]
    return bool(asked)


@filing.post("/report/draft")
@needs(Action.FILE)
def save() -> ResponseReturnValue:
    """Keep what stands on a page of the form while somebody types, for the page's script."""
    nonce = own_nonce()
    if nonce is None:
        return "", 422
    form = made(_kind_of_page(nonce), nonce, request.form)
    # Whether it is complete is asked when it is sent; the token is asked always.
    if not form.csrf_token.validate(form):
        return "", 422
    try:
        if not keep_while_typing(nonce, without_pin(fields_of(form))):
            return "", 409
    except Gone as gone:
        return "", gone.status
    # Not set again: somebody may have left the site while this save was on its way.
    is_held = read_cookie(DRAFT) == nonce.hex()
    return ("", 204) if is_held else with_cookie(("", 204), nonce)


def _kind_of_page(nonce: bytes) -> type[PublicForm]:
    """Return the form of the page that is being filled in: the first one has the text."""
    if "text" in request.form:
        return WhatWhereForm
    return with_questions(EvidenceForm, asked(_preset(), draft_of(nonce)), current())


def _to_beginning(nonce: bytes | None) -> ResponseReturnValue:
    """Send to the first page, or to the receipt where the form was sent already."""
    was_sent = nonce is not None and is_sent(db.session(), nonce)
    return redirect(url_for("filing.sent" if was_sent else "filing.report"), 303)


@filing.get("/report/evidence")
@needs(Action.FILE)
def evidence() -> ResponseReturnValue:
    nonce = own_nonce()
    draft = cleaned_draft(nonce) if nonce else {}
    if nonce is None or not draft:
        return _to_beginning(nonce)
    return _evidence_page(nonce, draft, second_form(nonce, None, draft))


def _evidence_page(
    nonce: bytes, draft: dict[str, Any], form: Any, refused: Any = ()
) -> ResponseReturnValue:
    photos_page()
    page = render_template(
        "filing/evidence.html",
        form=form,
        nonce=nonce.hex(),
        files=uploads_of(draft),
        reasons=REASON_LABELS,
        questions=[form[name_of(one)] for one in asked(_preset(), draft)],
        about=draft.get("category") or "",
        refused=[(name, refusal_words(reason)) for name, reason in refused],
        can_seal=can_seal(db.session()),
        rewards=_preset().rewards,
        limit=_preset().city.settings.upload_files,
        way=ways.way(draft).value,
    )
    return page, 422 if form.errors or refused else 200


@filing.post("/report/evidence")
@needs(Action.FILE)
def add_evidence() -> ResponseReturnValue:
    nonce = own_nonce()
    if nonce is None or is_sent(db.session(), nonce):
        return _to_beginning(nonce)
    known = draft_of(nonce).get("category") or ""
    about = known or request.form.get("about", "")
    form = second_form(nonce, request.form, {"category": about})
    valid = form.validate()
    if form.token_failed:
        return _evidence_page(nonce, draft_of(nonce), form)
    _keep_second(nonce, form, {} if known else {"category": about})
    refused = from_form(nonce)
    if not valid or refused:
        return _evidence_page(nonce, cleaned_draft(nonce), form, refused)
    return _onward("filing.evidence" if "more" in request.form else "filing.check", nonce)


def _onward(endpoint: str, nonce: bytes) -> ResponseReturnValue:
    return with_cookie(redirect(url_for(endpoint), 303), nonce)


def _keep_second(nonce: bytes, form: Any, began: dict[str, str]) -> None:
    """Keep what stands on the second page, and what the page before sending will point out.

    A draft that has died meanwhile begins anew with what stands on this page.
    """
    keep(nonce, {**began, **fields_of(form)}, pointed_out_anew)


@filing.get("/report/check")
@needs(Action.FILE)
def check() -> ResponseReturnValue:
    nonce = own_nonce()
    draft = cleaned_draft(nonce) if nonce else {}
    if nonce is None or not draft.get("text") or not draft.get("place"):
        return _to_beginning(nonce)
    return check_page(nonce, draft, made(SendForm, nonce))


@filing.post("/report/send")
@needs(Action.FILE)
def send() -> ResponseReturnValue:
    nonce = own_nonce()
    draft = held_draft(nonce) if nonce else {}
    if nonce is None or not (draft.get("text") or is_sent(db.session(), nonce)):
        return redirect(url_for("filing.report"), 303)
    form = made(SendForm, nonce, request.form)
    is_good = form.validate()
    # The question is looked at last: an answer counts once.
    if not is_good or is_raw(draft) or not _taken(nonce, draft, form):
        if not form.token_failed:
            draft = with_choice(nonce, draft, form)
        return check_page(nonce, draft, form, is_waiting=is_good and is_raw(draft))
    drop_draft(db.session(), nonce)
    when_kept(lambda: let_go(uploads_of(draft)))
    return with_cookie(redirect(url_for("filing.sent"), 303), nonce, SENT_SECONDS)


def _taken(nonce: bytes, draft: dict[str, Any], form: Any) -> bool:
    """File the report, by the lane that the rate leads to; False: something is asked on the form.

    What was sent before is not asked about again.
    """
    is_new = not is_sent(db.session(), nonce)
    if is_new and not ways.is_as_shown(form, draft):
        return False
    is_inside = is_new and ways.way(draft) is Way.INSIDE
    same = chosen(draft, form, _preset()) if is_new and not is_inside else ()
    if same is None:
        return False
    slow = flood.lane(form, _preset().city.settings, now=now()) if is_new else False
    if slow is None or is_inside:
        return slow is not None and _is_inside_filed(nonce, draft, form)
    return not is_new or is_filed(nonce, draft, form, slow=slow, same=same)


def _is_inside_filed(nonce: bytes, draft: dict[str, Any], form: Any) -> bool:
    """Hand the report to the unit alone, without contact details; where it can't be, say so."""
    command, moment = replace(_command(draft), contact={}), now()
    try:
        file_inside(db.session(), current_actor(), command, nonce=nonce, now=moment, store=store())
    except Incomplete as error:
        db.session.rollback()
        known = {**REASONS, **OF_UNITS}
        form.form_errors.append(str(known.get(error.reason, _("Please try again."))))
        return False
    flood.count(_preset().city.settings, now=moment)
    return True


def is_filed(
    nonce: bytes, draft: dict[str, Any], form: Any, *, slow: bool, same: tuple[UUID, ...] = ()
) -> bool:
    """File the report; where a list has changed since it was chosen from, say so on the form."""
    command = replace(_command(draft), slow_lane=slow, said_same_as=same)
    who, moment = current_actor(), now()
    try:
        filed = file_report(db.session(), who, command, nonce=nonce, now=moment, store=store())
    except Incomplete as error:
        db.session.rollback()
        form.form_errors.append(str(REASONS.get(error.reason, _("Please try again."))))
        return False
    if filed.is_new:
        flood.count(_preset().city.settings, now=moment)
    return True


def _command(draft: dict[str, Any]) -> File:
    contact = {name: draft[name].strip() for name in ("name", "phone") if draft.get(name)}
    if not can_seal(db.session()):
        # The last keys were retired since it was asked for; the page before has said so.
        contact = {}
    place, unit = where(draft, _preset()), by_code(draft)
    return File(
        text=draft.get("text", ""),
        place=draft.get("place", ""),
        jurisdiction=place.district.code if place.district else None,
        township=place.town.code if place.town else None,
        point=place.point,
        datum=datum_of(draft) if place.point else None,
        claimed_unit=unit.id if unit else None,
        channel="qr" if unit and "qr" in _preset().taxonomy.channels else "web",
        claimed_category=draft.get("category") or None,
        relation=draft.get("relation") or None,
        answers=answered(_preset(), draft),
        language=current(),
        contact={name: value for name, value in contact.items() if value},
        files=files_of(draft),
    )


@filing.get("/report/sent")
@needs(Action.FILE)
def sent() -> ResponseReturnValue:
    nonce = own_nonce()
    report_ = by_nonce(db.session(), nonce) if nonce else None
    if nonce is None or report_ is None:
        inside = sent_inside(nonce) if nonce else None
        return inside or redirect(url_for("filing.report"), 303)
    return _sent_page(nonce, report_, made(NoticeForm, nonce))


def _sent_page(nonce: bytes, report_: Any, form: Any) -> str:
    code = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    follow = url_for("filing.receipt", _external=True)
    return render_template(
        "filing/sent.html",
        form=form,
        notice=reporter_address(db.session(), report_.id),
        code=code,
        qr=picture(follow),
        dates=promised_dates(db.session(), report_, now=now()),
        report=report_,
        is_slow=waits_behind(db.session(), report_),
        is_large=request.args.get("letters") == "large",
    )


@filing.post("/report/sent/notice")
@needs(Action.FILE)
def notice_at_filing() -> ResponseReturnValue:
    """Keep where somebody who has just filed wishes to hear that there is something new."""
    nonce = own_nonce()
    report_ = by_nonce(db.session(), nonce) if nonce else None
    if nonce is None or report_ is None:
        return redirect(url_for("filing.report"), 303)
    form = made(NoticeForm, nonce, request.form)
    if not form.validate():
        return _sent_page(nonce, report_, form), 422
    leave_address(Actor(role=Role.REPORTER, report_id=report_.id), form)
    return redirect(url_for("filing.sent"), 303)


@filing.post("/report/clear")
@needs(Action.FILE)
def clear() -> ResponseReturnValue:
    """Forget what was typed, files too, and let the browser forget the nonce."""
    nonce = own_nonce()
    if nonce is not None and made(SendForm, nonce, request.form).validate():
        uploads = clear_draft(nonce)
        when_kept(lambda: let_go(uploads))
    response = make_response(redirect(url_for("filing.home"), 303))
    drop_cookie(response, DRAFT)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@filing.post("/report/leave")
@needs(Action.FILE)
def leave() -> ResponseReturnValue:
    """End the hour in which the page with the code can be shown again."""
    response = make_response(redirect(url_for("filing.home"), 303))
    forget_site(response)
    return response
