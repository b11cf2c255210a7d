"""The form without a network: its page, the worker that keeps it, and what a device sends later.

The device makes the nonce. It asks for a token of it (`begin`), sends its files as every other form
does, and then the words (`take_kept`): all of it as often as it likes, for one report.
"""

from collections.abc import Mapping
from typing import Any

from flask import (
    Response,
    get_template_attribute,
    jsonify,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms.fields import RadioField, SelectField
from wtforms.validators import Length

from portal.access.kinds import Action
from portal.attachments.kinds import REASON_LABELS
from portal.attachments.lifecycle import Upload
from portal.cases.queries import promised_dates, waits_behind
from portal.filing.forms import SendForm, fields_of
from portal.filing.views import filing, flood
from portal.filing.views.drafts import draft_of, uploads_of
from portal.filing.views.places import without_pin
from portal.filing.views.report import first_form, is_filed, second_form
from portal.filing.views.uploads import held_draft, is_raw, let_go, remove
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.queries import in_force
from portal.reports.lifecycle import NONCE_BYTES, nonce_of, receipt_code
from portal.reports.queries import by_nonce
from portal.reports.services import drop_draft
from portal.sealing.queries import can_seal
from portal.web.assets import static_url
from portal.web.filters import day
from portal.web.headers import worker_page
from portal.web.language import HTML_LANG, SHORT, current
from portal.web.pages import needs
from portal.web.public_forms import Sayable, made
from portal.web.request_cycle import when_kept
from portal.web.shell import version_of, worker_script
from portal.web.site import city

#: The page is drawn for nobody: this nonce stands in no form, and no token is made for it.
NOBODY = bytes(NONCE_BYTES)
#: What the page needs beside itself.
FILES = ("portal.css", "enable.js", "public.js", "offline.js", "icon.svg")
SCOPE = "/report"
ICONS = {
    "icon-192.png": {"sizes": "192x192"},
    "icon-512.png": {"sizes": "512x512"},
    "icon-maskable.png": {"sizes": "512x512", "purpose": "maskable"},
}
LOOKS = {
    "scope": SCOPE,
    "display": "standalone",
    "background_color": "#ffffff",
    "theme_color": "#0f4c4f",
}
#: Chosen from lists that may have changed while a report waited: left to the desk, and said so.
LISTED = {
    "category": _l("The kind that you chose is no longer in the list. We find the right one."),
    "jurisdiction": _l("The place that you chose is no longer in the list. We go by your words."),
    "relation": _l("What it is to you could not be kept: that answer is no longer in the list."),
}

UNASKED = _l("An answer could not be kept: its question has changed.")
#: How the names of the fields begin that a category's questions have.
QUESTION = "q_"


@filing.get("/report/offline")
@needs(Action.FILE)
def offline() -> ResponseReturnValue:
    worker_page()
    return _page()


def _page() -> str:
    """Draw the page; it is the same for everybody, since devices keep it."""
    limits = in_force(db.session(), now()).city.settings
    first, second = first_form(NOBODY, None, {}), second_form(NOBODY, None, {})
    # What is asked of each kind, to be put in once it is chosen.
    kinds = [code for code, _name, *_rest in first.category.iter_choices() if code]
    asked = {code: list(second_form(NOBODY, None, {"category": code})) for code in kinds}
    return render_template(
        "filing/offline.html",
        first=first,
        second=second,
        questions={
            code: [field for field in fields if field.name.startswith(QUESTION)]
            for code, fields in asked.items()
        },
        rules={field.name: _rules(field) for field in (*first, *second) if _rules(field)},
        can_seal=can_seal(db.session()),
        rewards=in_force(db.session(), now()).rewards,
        limits=limits,
    )


def _rules(field: Any) -> dict[str, Any]:
    """Return what the page's script asks of a field before it keeps it, in the form's own words."""
    found: dict[str, Any] = {}
    for one in field.validators:
        if isinstance(one, Sayable):
            found |= {"least": one.least, "least_words": str(one.message)}
        elif isinstance(one, Length) and one.message:
            found |= {"most": one.max, "most_words": str(one.message)}
    return found


@filing.get("/report/manifest.webmanifest")
@needs(Action.FILE)
def manifest() -> ResponseReturnValue:
    """Return name, icons and first page of the form for the device's own screen."""
    found, language = city(), current()
    response = jsonify(
        id="/report/offline",
        name=found.name.in_language(language) if found else _("Hazard reports"),
        short_name=_("Hazard report"),
        lang=HTML_LANG[language],
        start_url=url_for("filing.offline", lang=SHORT[language]),
        icons=[{"type": "image/png", "src": static_url(i), **more} for i, more in ICONS.items()],
        **LOOKS,
    )
    response.mimetype = "application/manifest+json"
    return response


@filing.get("/report/worker.js")
@needs(Action.FILE)
def worker() -> ResponseReturnValue:
    """Return the service worker of the page."""
    return worker_script(
        "worker.js",
        scope=SCOPE,
        version=_version(),
        pages={short: url_for("filing.offline", lang=short) for short in SHORT.values()},
        files=FILES,
        addresses=addresses(),
    )


def addresses() -> dict[str, str]:
    """Return where a device sends what it kept; the language is that of the report."""
    return {
        "begin": url_for("filing.begin", lang=None),
        "send": url_for("filing.take_kept", lang=None),
    }


def _version() -> str:
    """Return a hash of the pages that a device keeps, drawn anew when something changed."""
    known = in_force(db.session(), now()), can_seal(db.session()), city()
    return version_of("report", known, _page)


@filing.post("/report/begin")
@needs(Action.FILE)
def begin() -> ResponseReturnValue:
    """Return a token for a nonce that this site's own script has made.

    Only as JSON: another site's page can't send that without asking first, and is not answered.
    It sets no cookie, so that no browser comes to hold a nonce which somebody else has made.
    """
    given = request.get_json(silent=True) if request.is_json else None
    nonce = nonce_of(str(given.get("nonce"))) if isinstance(given, dict) else None
    if nonce is None:
        return jsonify(state="refused"), 400
    return jsonify(token=made(SendForm, nonce).csrf_token.current_token)


@filing.post("/report/kept")
@needs(Action.FILE)
def take_kept() -> ResponseReturnValue:
    """Take a report that was kept on a device, once; answer with its receipt code."""
    nonce = nonce_of(request.form.get("nonce"))
    if nonce is None:
        return jsonify(state="refused", errors={}), 400
    if not made(SendForm, nonce, request.form).validate():
        return jsonify(state="again"), 403
    if by_nonce(db.session(), nonce) is not None:
        changed = _("It had arrived before you changed it. Add with your code what you changed.")
        return _told(nonce, [changed] if request.form.get("changed") else [])
    return _taken(nonce, set(request.form.getlist("file")))


def _taken(nonce: bytes, wanted: set[str]) -> ResponseReturnValue:
    """File the report once all of its files are here and clean."""
    draft = _with_files(nonce, wanted)
    if missing := wanted - {
        upload.key for upload in uploads_of(draft) if upload.offset == upload.size
    }:
        return jsonify(state="missing", files=sorted(missing)), 409
    if is_raw(draft):
        return jsonify(state="cleaning"), 202
    return _filed(nonce, draft, *_read(nonce))


def _with_files(nonce: bytes, wanted: set[str]) -> dict[str, Any]:
    """Return the draft, locked, with no other files than those that the device still has."""
    for upload in uploads_of(draft_of(nonce)):
        if upload.key not in wanted:
            remove(nonce, str(upload.id))
    return held_draft(nonce)


def _filed(
    nonce: bytes, draft: dict[str, Any], first: Any, second: Any, notes: list[str]
) -> ResponseReturnValue:
    errors = {**first.errors, **second.errors}
    draft |= {**without_pin(fields_of(first)), **fields_of(second)}
    slow = flood.lane_unasked(in_force(db.session(), now()).city.settings, now=now())
    if errors or not is_filed(nonce, draft, first, slow=slow):
        return _refused(errors, first.form_errors)
    drop_draft(db.session(), nonce)
    uploads = uploads_of(draft)
    when_kept(lambda: let_go(uploads))
    return _told(nonce, [*notes, *_unsealed(draft)], _unseen(uploads))


def _unseen(uploads: list[Upload]) -> dict[str, str]:
    """Return what became of each file that inspectors don't see; the device knows its name."""
    words = get_template_attribute("filing/parts.html", "file_words")
    return {
        upload.key: words(upload.file, REASON_LABELS).striptags()
        for upload in uploads
        if upload.file and upload.file.state != "shown"
    }


def _read(nonce: bytes) -> tuple[Any, Any, list[str]]:
    """Return both forms as they came, and what had to be left out of them since it is gone."""
    typed, notes = MultiDict(request.form), []
    first = first_form(nonce, typed, {})
    kind = first.category.data if first.validate() or "category" not in first.errors else ""
    second = second_form(nonce, typed, {"category": kind})
    second.validate()
    asked = [field.name for form in (first, second) for field in form]
    gone = {name for name in typed if name.startswith(QUESTION) and name not in asked}
    for form in (first, second):
        gone |= {name for name in form.errors if isinstance(form[name], RadioField | SelectField)}
    if gone:
        notes = [str(said) for name, said in LISTED.items() if name in gone]
        notes += [str(UNASKED)] if any(name.startswith(QUESTION) for name in gone) else []
        for name in gone:
            typed.setlist(name, [""])
        first, second = first_form(nonce, typed, {}), second_form(nonce, typed, {"category": kind})
        first.validate()
        second.validate()
    return first, second, notes


def _unsealed(draft: dict[str, Any]) -> list[str]:
    """Say that contact details were not kept where they could not be sealed."""
    if can_seal(db.session()) or not (draft.get("name") or draft.get("phone")):
        return []
    return [_("Your contact details could not be sealed, so we did not keep them.")]


def _refused(errors: dict[str, Any], others: Any) -> ResponseReturnValue:
    named = {name: str(words[0]) for name, words in errors.items() if name}
    return jsonify(state="refused", errors=named, words=[str(one) for one in others]), 422


def _promised(nonce: bytes) -> list[str]:
    """Return what the page of the receipt says of a report that was just sent."""
    session = db.session()
    said: list[str] = []
    report = by_nonce(session, nonce)
    if report is None:
        return said
    if waits_behind(session, report):
        said.append(
            _(
                "Very many reports are coming in just now. Yours is kept whole and is read after"
                " those that came before the rush. The dates below hold."
            )
        )
    if until := promised_dates(session, report, now=now()).decision:
        said.append(_("We decide by %(date)s whether we take it on.", date=day(until)))
    return said


def _told(nonce: bytes, notes: list[str], files: Mapping[str, str] | None = None) -> Response:
    """Answer with the receipt: no cookie is set, the device keeps the code until it is noted."""
    notes = [*_promised(nonce), *notes]
    code = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    return jsonify(state="sent", code=code, notes=notes, files=files or {})
