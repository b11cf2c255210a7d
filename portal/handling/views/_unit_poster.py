"""The sheet at a unit's door: a code that opens the report form for this unit, in two languages."""

import json
from pathlib import Path
from typing import Any

import segno
from flask import Response, current_app, make_response, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.foundation.clock import now
from portal.foundation.db import db
from portal.integrations.paper import typeset_once
from portal.presets.queries import in_force
from portal.selfinspections.queries import door_of
from portal.web.language import LANGUAGES


def poster_of(unit: Any) -> Response:
    """Return the PDF."""
    template = Path(current_app.root_path) / "templates" / "handling" / "unit_poster.typ"
    words = json.dumps(poster_words(unit), ensure_ascii=False, sort_keys=True)
    response = make_response(typeset_once(str(template), words))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="poster.pdf"'
    return response


def report_address(unit: Any) -> str:
    """Return the address of the report form for a unit: in the language of whoever opens it."""
    public: str = current_app.config["PORTAL_SETTINGS"].public_url
    return public + url_for("filing.report", unit=unit.report_token, lang=None)


def poster_words(unit: Any) -> dict[str, Any]:
    """Return every word of the sheet: first Chinese, then English. No person's name."""
    city = in_force(db.session(), now()).city
    address = report_address(unit)
    door = door_of(db.session(), unit.id)
    parts = []
    for language in LANGUAGES:
        with force_locale(language):
            parts.append(_part(language, city, takes_inside=door is not None))
    return {
        "title": f"{parts[0]['head']} · {unit.name}",
        "unit": unit.name,
        "place": unit.address,
        "code": segno.make(address, micro=False, error="q").svg_inline(border=2, scale=10),
        "address": address,
        "parts": parts,
    }


def _part(language: str, city: Any, *, takes_inside: bool) -> dict[str, Any]:
    numbers = [f"{one.number} {one.name.in_language(language)}" for one in city.emergency_numbers]
    return {
        "lang": "en" if language == "en" else "zh",
        "head": _("Seen a danger here? Tell us."),
        "stop": _("Fire, leak, collapse, someone hurt? Call 119 now. Don’t wait for this form."),
        "lines": [
            _("Scan the code with a phone and say what you saw. No account, no name."),
            _("Workers, customers, neighbours: everybody may report. You get a code to follow it."),
            _("The unit never sees who reported; your words only if you choose to tell it alone.")
            if takes_inside
            else _("The unit never sees who reported, nor your words."),
        ],
        "alt": _("Code that opens the report form for this unit"),
        "typed": _("Or type this address:"),
        "numbers": " · ".join(numbers),
        "office": city.operator.in_language(language),
    }
