"""What it is: the kinds of hazard to choose from, those found by a word first."""

from dataclasses import dataclass
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms.fields import SelectChoice

from portal.access.kinds import Action
from portal.filing.forms import WhatWhereForm
from portal.filing.views import filing
from portal.filing.views.drafts import own_nonce
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.routing.finding import find_categories
from portal.routing.suggest import suggest_categories
from portal.web.language import current
from portal.web.pages import needs
from portal.web.public_forms import made

#: How many kinds of hazard stand open on the form; the rest is folded away.
COMMON = 8


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds as choices, the codes of those that stand open, and what the search says."""

    choices: list[SelectChoice]
    common: list[str]
    #: "" where nothing was looked for.
    said: str
    #: Code → the office whose matter it is.
    offices: dict[str, str]


def kinds_of_hazard(preset: Preset, text: str, sought: str) -> Kinds:
    """Return the kinds to choose from: found ones, else what the text suggests, stand open.

    Then, where nothing was looked for, one of each sector, in the taxonomy's order.
    """
    categories, language = preset.taxonomy.categories, current()
    found = find_categories(sought, preset.taxonomy, COMMON)
    common = found
    if not found:
        guessed = [code for code, _words in suggest_categories(text, preset.taxonomy)]
        heads: dict[str, str] = {}
        for category in categories.values():
            heads.setdefault(category.sector, category.code)
        common = list(dict.fromkeys([*guessed, *heads.values()]))[:COMMON]
    named = {code: category.name.in_language(language) for code, category in categories.items()}
    ordered = [*common, *(code for code in named if code not in common)]
    return Kinds(
        choices=[
            SelectChoice("", _("Not sure")),
            *(SelectChoice(code, named[code]) for code in ordered),
        ],
        common=common,
        said=_said(len(found)) if sought.strip() else "",
        offices=offices_of_kinds(preset),
    )


def offices_of_kinds(preset: Preset) -> dict[str, str]:
    """Return the name of the office by the code of each kind that is another office's matter."""
    taxonomy, language = preset.taxonomy, current()
    return {
        code: taxonomy.offices[category.office].name.in_language(language)
        for code, category in taxonomy.categories.items()
        if category.office
    }


def _said(count: int) -> str:
    if not count:
        return str(_("No kind fits these words. Try another word, or leave it at “Not sure”."))
    return str(ngettext("%(num)s kind fits:", "%(num)s kinds fit, the likeliest first:", count))


def still_looking(form: Any, preset: Preset) -> bool:
    """Say whether a word was typed whose finds were not shown yet, and no kind was chosen."""
    sought = (form.sought.data or "").strip()
    if not sought or form.category.data or sought == request.form.get("found_for", "").strip():
        return False
    return bool(find_categories(sought, preset.taxonomy, 1))


@filing.post("/report/kinds")
@needs(Action.FILE)
def kinds() -> ResponseReturnValue:
    """Return the codes of the kinds that fit what is being typed; keeps nothing.

    A POST, since what somebody looks for must not stand in an address.
    """
    nonce = own_nonce()
    if nonce is None:
        return "", 422
    form = made(WhatWhereForm, nonce, request.form)
    if not form.csrf_token.validate(form):
        return "", 422
    preset = in_force(db.session(), now())
    sought = form.sought.data or ""
    found = find_categories(sought, preset.taxonomy, COMMON)
    return jsonify(codes=found, said=_said(len(found)) if sought.strip() else "")
