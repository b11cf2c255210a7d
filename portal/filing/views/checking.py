"""The page before sending, and what it points out: words that may tell who somebody is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.audience import DESK, GROUP, SUPERVISION, readers
from portal.access.kinds import Action, Role
from portal.cases.queries import Dates, dates_if_sent
from portal.clocks.explain import sentences
from portal.filing.forms import SendForm
from portal.filing.views import filing, flood, ways
from portal.filing.views.drafts import draft_of, keep, own_nonce, uploads_of, with_cookie
from portal.filing.views.places import by_code, where
from portal.filing.views.similar import shown
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.personal.find import find, without
from portal.personal.kinds import Found, Kind
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.kinds import RELATION_LABELS, REPORT_FIELDS, Shape
from portal.reports.lifecycle import said_answers
from portal.sealing.envelope import THRESHOLD
from portal.sealing.queries import can_seal
from portal.web.filters import day
from portal.web.language import current
from portal.web.marks import due_day
from portal.web.pages import needs
from portal.web.public_forms import made
from portal.web.questions import ANSWER, answered, asked, name_of
from portal.web.whys import spoken

#: What is looked through besides answers: all that is written in words of one's own.
FREE = tuple(field.name for field in REPORT_FIELDS if field.shape is Shape.WORDS)
KINDS = {
    Kind.NAME: _l("Name"),
    Kind.PHONE: _l("Phone or other address"),
    Kind.ID: _l("Identity number"),
    Kind.PLATE: _l("Number plate"),
    Kind.HINT: _l("Shows where you belong"),
}
#: Who reads the file of a case, in words; `access.audience` says who of these do.
READERS = {
    DESK: _l("The desk where it arrives"),
    GROUP: _l("The group that handles it"),
    SUPERVISION: _l("The supervision group of that place"),
    Role.DISPATCHER: _l("All desks"),
    Role.MEMBER: _l("All inspectors"),
    Role.LEAD: _l("The leads of all groups"),
    Role.DIRECTOR: _l("The director of the safety office"),
    Role.AUDITOR: _l("Auditors"),
    Role.CUSTODIAN: _l("Identity custodians"),
    Role.ADMINISTRATOR: _l("Administrators of this portal"),
    Role.TREASURER: _l("Who pays rewards"),
    Role.UNIT: _l("The unit that you report"),
    Role.REPORTER: _l("Anybody else"),
    Role.SYSTEM: _l("Programs of this portal"),
}
#: Of whom it is said also that they read nothing.
OUTSIDE = (Role.UNIT, Role.REPORTER)
#: What is promised; by the clock that keeps it.
PROMISES = {
    "acceptance": _l("We decide whether we take it on"),
    "urgent_on_site": _l("It is urgent: somebody goes there"),
    "first_response": _l("Somebody of the group writes to you"),
    "handling_total": _l("You get the answer"),
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
    known = draft.get(MAY_STAY, ())
    words = {name: str(draft.get(name) or "") for name in (*FREE, *_answers_in(draft))}
    return {name: without(find(text), known) for name, text in words.items()}


def _answers_in(draft: Mapping[str, Any]) -> list[str]:
    """Return the answers to follow-up questions; those from a list hold nobody's name."""
    return [name for name in draft if name.startswith(ANSWER)]


def pieces(text: str, found: list[Found]) -> Iterator[Piece]:
    """Yield the text cut where something is pointed out."""
    at = 0
    for one in found:
        yield Piece(text[at : one.start])
        yield Piece(one.words, one.kind)
        at = one.end
    yield Piece(text[at:])


def settled(draft: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the marks of a draft when what was pointed out before is taken as answered."""
    answered_ = dict.fromkeys([*draft.get(MAY_STAY, ()), *draft.get(ASKED, ())])
    return {MAY_STAY: list(answered_), ASKED: []}


def pointing_out(draft: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the mark of what the page before sending is about to point out."""
    words = [one.words for found in found_in(draft).values() for one in found]
    return {ASKED: list(dict.fromkeys(words))}


def pointed_out_anew(draft: dict[str, Any]) -> dict[str, list[str]]:
    """Return the marks of a draft that was filled in, before the page before sending is shown."""
    answered_ = settled(draft)
    return {**answered_, **pointing_out({**draft, **answered_})}


def who_sees(allowed: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    """Return who reads what was written, and who does not, as rows of the page."""
    seen = list(allowed)
    unseen = [role for role in OUTSIDE if role not in seen]
    return tuple((str(READERS[one]), one in seen) for one in (*seen, *unseen))


class Promise(NamedTuple):
    """What is promised, until when, whether nothing comes before it, and why then."""

    what: str
    by: str
    is_first: bool
    why: str


def promises(draft: Mapping[str, Any], preset: Preset) -> tuple[Promise, ...]:
    """Return what would be promised if this were sent now, each date with its reason."""
    return _told(dates_if_sent(db.session(), preset, draft.get("category"), now=now()), current())


@lru_cache(maxsize=32)
def _told(dates: Dates, language: str) -> tuple[Promise, ...]:
    return tuple(
        Promise(
            what=str(PROMISES[one.kind]),
            by=str(day(one.last_day) if one.last_day else due_day(one, one.as_of)),
            is_first=one.kind == "acceptance",
            why=(" " if language == "en" else "").join(
                str(spoken(said, language)) for said in sentences(one)
            ),
        )
        for one in dates.readings
    )


def answer_rows(draft: dict[str, Any], found: Mapping[str, list[Found]]) -> list[dict[str, Any]]:
    """Return the answers to follow-up questions as the page before sending lists them."""
    preset, rows = in_force(db.session(), now()), []
    questions, answers = asked(preset, draft), answered(preset, draft)
    for one in questions:
        key = name_of(one)
        for name, value in said_answers([one], answers, current()):
            address = url_for("filing.evidence", _anchor=key)
            row: dict[str, Any] = {"name": name, "change_url": address, "key": key}
            is_own = str(draft.get(key) or "") == value
            row["pieces"] = list(pieces(value, found.get(key, []) if is_own else []))
            rows.append(row)
    return rows


def check_page(
    nonce: bytes, draft: dict[str, Any], form: Any, *, is_waiting: bool = False
) -> ResponseReturnValue:
    """Show all that will be sent, and what will become of it."""
    preset, language, moment = in_force(db.session(), now()), current(), now()
    is_asked = flood.level(preset.city.settings, now=moment) is flood.Level.ASKING
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
        scanned=by_code(draft),
        pin=place.point,
        relation=RELATION_LABELS.get(draft.get("relation") or ""),
        answers=answer_rows(draft, found),
        office=preset.taxonomy.offices.get(category.office) if category else None,
        files=uploads_of(draft),
        is_waiting=is_waiting,
        can_seal=can_seal(db.session()),
        who_sees=who_sees(readers()),
        together=THRESHOLD,
        promises=promises(draft, preset),
        similar=shown(draft, form, preset),
        challenge=flood.asked(preset.city.settings, now=moment) if is_asked else None,
        ways=ways.shown(draft),
    )
    return page, 422 if form.errors or is_waiting else 200


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
    keep(nonce, settled({**draft, **pointing_out(draft)}))
    return with_cookie(redirect(url_for("filing.check"), 303), nonce)
