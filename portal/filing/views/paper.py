"""The printed form: a PDF with the fields of every other door."""

import json
from pathlib import Path
from typing import Any

from flask import current_app, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.audience import readers
from portal.access.kinds import Action
from portal.filing.views import filing
from portal.filing.views.checking import who_sees
from portal.filing.views.places import choices
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.integrations.paper import typeset
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.kinds import (
    DATUM_LABELS,
    RELATION_LABELS,
    REPORT_FIELDS,
    Door,
    ReportField,
    Shape,
)
from portal.sealing.envelope import THRESHOLD
from portal.web.language import current
from portal.web.pages import needs

#: Lines to write on, for a text that may have thousands of characters.
LONG, SHORT = 9, 2
LONG_FROM = 1000
#: Boxes to tick stand side by side.
COLUMNS = 3


@filing.get("/report/form.pdf")
@needs(Action.FILE)
def printed_form() -> ResponseReturnValue:
    """Return the form to print, in the language of the link."""
    preset = in_force(db.session(), now())
    template = Path(current_app.root_path) / "templates" / "filing" / "report_form.typ"
    words = json.dumps(form_words(preset, current()), ensure_ascii=False, sort_keys=True)
    response = make_response(typeset(str(template), words))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="report-form.pdf"'
    return response


def form_words(preset: Preset, language: str) -> dict[str, Any]:
    """Return every word of the form."""
    city = preset.city
    numbers = [f"{one.number} {one.name.in_language(language)}" for one in city.emergency_numbers]
    return {
        "lang": "en" if language == "en" else "zh",
        "title": _("Report a danger"),
        "foot": city.name.in_language(language),
        "stop": _("Fire, leak, collapse, someone hurt? Call 119 now. Don’t wait for this form."),
        "intro": [
            _("Only what and where are needed. You may stay anonymous; leave out what you like."),
            _("Whoever takes it gives you a code of 16 digits: with it you follow everything."),
        ],
        "fields": [
            _field(field, preset, language) for field in REPORT_FIELDS if field.is_at(Door.PAPER)
        ],
        "seen": _seen(),
        "bring": {
            "title": _("Where to bring it"),
            "lines": [
                _(
                    "Bring or send it to: %(office)s",
                    office=city.operator.in_language(language),
                ),
                _("Telephone: %(numbers)s", numbers=" · ".join(numbers)),
                _(
                    "If you send it and leave no way to reach you, nobody can give you the code:"
                    " ring up or come by, if you want to follow it."
                ),
            ],
        },
    }


def _field(field: ReportField, preset: Preset, language: str) -> dict[str, Any]:
    needed = "" if field.is_needed else _("optional")
    label = f"{field.label} ({needed})" if needed else str(field.label)
    drawn: dict[str, Any] = {"name": field.name, "label": label, "hint": str(field.hint)}
    if field.is_sealed:
        drawn["hint"] = _("Sealed at once; the unit never sees it. You may leave it empty.")
    match field.shape:
        case Shape.WORDS:
            return drawn | {"kind": "lines", "lines": LONG if field.most > LONG_FROM else SHORT}
        case Shape.CHOICE | Shape.PLACE | Shape.DATUM:
            options = _options(field, preset, language)
            return drawn | {"kind": "boxes", "columns": COLUMNS, "options": options}
        case Shape.FILES:
            return drawn | {
                "kind": "note",
                "note": _("Fix prints to this form, or add them later."),
            }
    return drawn | {"kind": "lines", "lines": 1}


def _options(field: ReportField, preset: Preset, language: str) -> list[str]:
    if field.shape is Shape.PLACE:
        found = [one.label for one in choices(preset, may_be_unsure=False) if one.value]
    elif field.shape is Shape.DATUM:
        found = list(DATUM_LABELS.values())
    elif field.name == "relation":
        found = list(RELATION_LABELS.values())
    else:
        categories = preset.taxonomy.categories.values()
        found = [_("Not sure"), *(one.name.in_language(language) for one in categories)]
    return [str(one) for one in found]


def _seen() -> dict[str, Any]:
    said = {True: _("Seen"), False: _("Not seen")}
    rows = [[who, said[reads], said[False]] for who, reads in who_sees(readers())]
    together = _("%(count)s identity custodians, only together", count=THRESHOLD)
    rows.append([together, said[False], _("Open it for a reason that is kept")])
    return {
        "title": _("Who will see what"),
        "head": [_("Who"), _("Words, place, photos"), _("Contact details")],
        "rows": rows,
        "note": _("The unit gets what the inspectors write themselves, never your words."),
    }
