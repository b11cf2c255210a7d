"""The page before sending, and what it points out: words that may tell who somebody is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.kinds import Action
from portal.filing.forms import SendForm
from portal.filing.views import filing
from portal.filing.views.drafts import draft_of, files_of, keep, own_nonce, with_cookie
from portal.filing.views.places import where
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.personal.find import find, without
from portal.personal.kinds import Found, Kind
from portal.presets.queries import in_force
from portal.reports.kinds import RELATION_LABELS
from portal.sealing.queries import can_seal
from portal.web.language import current
from portal.web.pages import needs
from portal.web.public_forms import made

#: What is looked through: all that is written in words of one's own.
FREE = ("text", "place")
KINDS = {
    Kind.NAME: _l("Name"),
    Kind.PHONE: _l("Phone or other address"),
    Kind.ID: _l("Identity number"),
    Kind.PLATE: _l("Number plate"),
    Kind.HINT: _l("Shows where you belong"),
}
#: In a draft: words that were pointed out on the page before sending, and those of them that the
#: reporter left as they are.
ASKED, MAY_STAY = "asked", "may_stay"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what was written; `kind` is None where nothing is pointed out."""

    words: str
    kind: Kind | None = None


def found_in(draft: Mapping[str, Any]) -> dict[str, list[Found]]:
    """Return what to point out, by field; never again what was left as it is."""
    answered = draft.get(MAY_STAY, ())
    return {name: without(find(draft.get(name) or ""), answered) for name in FREE}


def pieces(text: str, found: list[Found]) -> Iterator[Piece]:
    """Yield the text cut where something is pointed out."""
    at = 0
    for one in found:
        yield Piece(text[at : one.start])
        yield Piece(one.words, one.kind)
        at = one.end
    yield Piece(text[at:])


def settled(draft: dict[str, Any]) -> dict[str, Any]:
    """Take what was pointed out before as answered: it stayed, or it is gone."""
    answered = dict.fromkeys([*draft.get(MAY_STAY, ()), *draft.get(ASKED, ())])
    return {**draft, MAY_STAY: list(answered), ASKED: []}


def asked(draft: dict[str, Any]) -> dict[str, Any]:
    """Note what the page before sending is about to point out."""
    words = [one.words for found in found_in(draft).values() for one in found]
    return {**draft, ASKED: list(dict.fromkeys(words))}


def check_page(nonce: bytes, draft: dict[str, Any], form: Any) -> ResponseReturnValue:
    """Show all that will be sent, and what will become of it."""
    preset, language = in_force(db.session(), now()), current()
    category = preset.taxonomy.categories.get(draft.get("category") or "")
    place = where(draft, preset)
    found = found_in(draft)
    page = render_template(
        "filing/check.html",
        form=form,
        nonce=nonce.hex(),
        draft=draft,
        found=found,
        kinds=KINDS,
        pieces={name: list(pieces(draft.get(name) or "", found[name])) for name in FREE},
        category=category.name.in_language(language) if category else None,
        district=place.named(language),
        pin=place.point,
        relation=RELATION_LABELS.get(draft.get("relation") or ""),
        files=files_of(draft),
        can_seal=can_seal(db.session()),
    )
    return page, 422 if form.errors else 200


@filing.post("/report/keep-words")
@needs(Action.FILE)
def keep_words() -> ResponseReturnValue:
    """Let the words that were pointed out stay; they are not pointed out again."""
    nonce = own_nonce()
    draft = draft_of(nonce) if nonce else {}
    if nonce is None or not draft:
        return redirect(url_for("filing.report"), 303)
    form = made(SendForm, nonce, request.form)
    if not form.validate():
        return check_page(nonce, draft, form)
    keep(nonce, settled(asked(draft)))
    return with_cookie(redirect(url_for("filing.check"), 303), nonce)
