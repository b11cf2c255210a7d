"""Taking a report down for somebody who calls, writes or comes, and the slip with its code."""

import secrets
from datetime import datetime, time
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.attachments.kinds import Area
from portal.attachments.services import discard
from portal.cases.queries import promised_dates
from portal.cases.services import file_report
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.handling.forms.sorting import settled_place
from portal.handling.forms.taking_down import take_down_form
from portal.handling.forms.words import reason_words
from portal.notices.services import keep_address
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.kinds import REPORT_FIELDS
from portal.reports.lifecycle import NONCE_BYTES, File, draft_key, nonce_of, receipt_code
from portal.reports.queries import by_nonce
from portal.routing.datum import GCJ02, WGS84, to_wgs84
from portal.sealing.queries import can_seal
from portal.web.cookies import drop_cookie, read_cookie, set_cookie
from portal.web.language import current
from portal.web.pages import current_actor
from portal.web.questions import answered
from portal.web.request_cycle import when_kept
from portal.web.uploads import allowance, refusal_words, store, taken_in

#: Holds the nonce from which the code on the slip is derived, as long as somebody reads it out.
COOKIE = "slip"
SLIP_SECONDS = 900


def _preset() -> Preset:
    return in_force(db.session(), now())


def _fitted() -> Any:
    preset = _preset()
    form = take_down_form(preset, current(), request.form.get("category", ""))()
    form.suit(preset, current(), now().astimezone(preset.limits.zone).date())
    return form


def new_page() -> ResponseReturnValue:
    """Show the empty form, with the sentences to ask."""
    form = _fitted()
    form.nonce.data = secrets.token_hex(NONCE_BYTES)
    return _page(form)


def _page(form: Any, refused: Any = ()) -> ResponseReturnValue:
    page = render_template(
        "handling/take_down.html",
        form=form,
        asked=form.asked(can_seal=can_seal(db.session())),
        can_seal=can_seal(db.session()),
        is_asking="ask" in request.form,
        refused=[(name, refusal_words(reason)) for name, reason in refused],
        csrf_token=generate_csrf(),
    )
    return page, 422 if form.errors or refused else 200


def file_for() -> ResponseReturnValue:
    """File what was taken down, and show the slip; sending twice shows the same one."""
    form = _fitted()
    nonce = nonce_of(form.nonce.data)
    if nonce is None:
        form.nonce.data = secrets.token_hex(NONCE_BYTES)
        form.form_errors.append(_("Please look through it and send it again."))
        return _page(form)
    if "ask" in request.form:
        # The kind is known now: its questions come with the page; nothing is refused yet.
        return _page(form)
    if not form.validate():
        return _page(form)
    if by_nonce(db.session(), nonce) is None:
        files, refused = _scans(nonce)
        if refused or not _filed(form, nonce, files):
            discard(store(), files)
            return _page(form, refused)
        when_kept(lambda: discard(store(), files))
    response = make_response(redirect(url_for("intake.slip"), 303))
    set_cookie(response, COOKIE, nonce.hex(), seconds=SLIP_SECONDS)
    return response


def _scans(nonce: bytes) -> tuple[list[Any], list[Any]]:
    return taken_in(
        db.session(),
        request.files.getlist("photos"),
        area=Area.DRAFTS,
        key=draft_key(nonce, keys.in_use().key("draft")),
        limits=allowance(_preset().city.settings),
    )


def _filed(form: Any, nonce: bytes, files: list[Any]) -> bool:
    """File the report; what is lacking is said at the field."""
    try:
        command = _command(form, files)
        filed = file_report(
            db.session(), current_actor(), command, nonce=nonce, now=now(), store=store()
        )
        if address := (form.address.data or "").strip():
            key = keys.in_use().key("notice-address")
            keep_address(db.session(), filed.report_id, address, current(), key=key)
    except Incomplete as error:
        db.session.rollback()
        words = reason_words(error.reason, error.values)
        if error.field in form:
            form[error.field].errors = [words]
        else:
            form.form_errors.append(words)
        return False
    return True


def _command(form: Any, files: list[Any]) -> File:
    district, town = settled_place(form.jurisdiction.data)
    sealed = [field.name for field in REPORT_FIELDS if field.is_sealed]
    contact = {name: (form[name].data or "").strip() for name in sealed}
    point = _point(form)
    return File(
        text=form.text.data or "",
        place=form.place.data or "",
        channel=form.channel.data,
        arrived_at=_arrival(form),
        claimed_category=form.category.data or None,
        jurisdiction=district or None,
        township=town,
        point=point,
        datum=(form.datum.data or WGS84) if point else None,
        relation=form.relation.data or None,
        answers=answered(_preset(), form.data),
        language=current(),
        contact={n: v for n, v in contact.items() if v} if can_seal(db.session()) else {},
        files=files,
    )


def _point(form: Any) -> tuple[float, float] | None:
    lon, lat = form.longitude.data, form.latitude.data
    if not lon and not lat:
        return None
    try:
        point = float(lon or ""), float(lat or "")
    except ValueError:
        raise Incomplete("latitude", "where_missing") from None
    return to_wgs84(*point) if form.datum.data == GCJ02 else point


def _arrival(form: Any) -> datetime | None:
    """Return the start of the day of arrival; None for today, which is filed as it comes."""
    zone = _preset().limits.zone
    arrived_on = form.arrived_on.data
    if arrived_on is None or arrived_on == now().astimezone(zone).date():
        return None
    return datetime.combine(arrived_on, time(), zone)


def slip_page() -> ResponseReturnValue:
    """Show the code to read out or to hand over on paper, for a quarter of an hour."""
    nonce = nonce_of(read_cookie(COOKIE))
    filed = by_nonce(db.session(), nonce) if nonce else None
    if nonce is None or filed is None:
        return redirect(url_for("intake.waiting"), 303)
    code = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    return render_template(
        "handling/slip.html",
        code=code,
        follow=url_for("filing.receipt", _external=True),
        dates=promised_dates(db.session(), filed, now=now()),
        csrf_token=generate_csrf(),
    ), 200


def handed_over() -> ResponseReturnValue:
    """Forget the code: the reporter has it."""
    response = make_response(redirect(url_for("intake.waiting"), 303))
    drop_cookie(response, COOKIE)
    return response
