"""Task books and their tasks as the case page shows them."""

from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.cases.queries import Sheet, sheet_of
from portal.handling.forms.checking import SAID_BESIDES
from portal.handling.views._opened import Opened
from portal.taskbooks.kinds import ItemState
from portal.web.filters import short_day
from portal.web.language import listed

#: What a task of a major hazard must hold, as the case page names what is missing.
LACKED = {
    "evidence_asked": _l("what will show it"),
    "funds": _l("funds"),
    "contingency": _l("contingency plan"),
    "interim": _l("interim protection"),
}
ITEM_TAGS = {
    ItemState.WITH_UNIT: None,
    ItemState.REPORTED: "info",
    ItemState.PASSED: "ok",
    ItemState.WITHDRAWN: None,
}


def book(one: Any, here: Opened, sheet: Sheet) -> dict[str, Any]:
    """Return a task book with its items."""
    unit = sheet.units.get(one.unit_id)
    signed = sheet.text(one.signed_by_text_id).replace("\n", " ")
    offer = here.offer("issue_task_book")
    return {
        "id": one.id,
        "can_print": offer is not None and one.token_hash is not None and not here.is_barred,
        "number": one.number,
        "unit": unit.name if unit else "",
        "issued": short_day(one.issued_at),
        "signed": _("Signed for on %(day)s by %(who)s", day=short_day(one.signed_at), who=signed)
        if one.signed_at
        else _("Not signed for yet"),
        "has_link": one.token_hash is not None,
        "has_opinion": any(sheet.reviews.get(row.id) for row in sheet.items.get(one.id, ())),
        "old": one.episode != here.case.reopen_count,
        "items": [item(row, sheet) | _lacks(row, here) for row in sheet.items.get(one.id, ())],
    }


def _lacks(row: Any, here: Opened) -> dict[str, Any]:
    """Return what a task lacks since its hazard is major, and where somebody can add it."""
    facts = here.facts.item(row.id)
    if facts is None or not facts.lacks:
        return {"lacks": "", "supplement_url": None}
    offer = here.offer("supplement_task")
    url = url_for("cases.move", case_id=here.case.id, move="supplement_task")
    return {
        "lacks": listed([str(LACKED[name]) for name in facts.lacks]),
        "supplement_url": url if offer is not None and offer.is_open else None,
    }


def item(row: Any, sheet: Sheet) -> dict[str, Any]:
    """Return a task: what, who, by when, how it stands, and what was said of it."""
    said = [
        str(words) % {"what": sheet.text(getattr(row, f"{name}_text_id"))}
        for name, words in SAID_BESIDES.items()
        if getattr(row, f"{name}_text_id")
    ]
    if row.interim_at:
        said.append(
            _(
                "The protection stands: %(who)s, %(day)s. %(words)s",
                who=sheet.text(row.interim_by_text_id).replace("\n", " "),
                day=short_day(row.interim_at),
                words=sheet.text(row.interim_said_text_id),
            )
        )
    if row.statement_text_id:
        said.append(sheet.text(row.statement_text_id))
    for review in sheet.reviews.get(row.id, ()):
        verdict = _("passed") if review.passed else _("not passed")
        said.append(
            _(
                "Check %(verdict)s, %(who)s, %(day)s: %(opinion)s",
                verdict=verdict,
                who=sheet.people.get(review.reviewer, ""),
                day=short_day(review.reviewed_at),
                opinion=sheet.text(review.opinion_text_id),
            )
        )
    if row.signed_at:
        said.append(
            _(
                "First signature, checked on site: %(who)s, %(day)s: %(opinion)s",
                who=sheet.people.get(row.signed_by, ""),
                day=short_day(row.signed_at),
                opinion=sheet.text(row.signed_text_id),
            )
        )
    return {
        "number": row.number,
        "task": sheet.text(row.text_id),
        "who": sheet.text(row.responsible_text_id),
        "due": short_day(row.due_on),
        "evidence": sheet.text(row.evidence_text_id),
        "state": row.state.label,
        "kind": ITEM_TAGS[row.state],
        "failed": row.failed_count,
        "said": said,
        "asked_time": [extension(e, sheet) for e in sheet.extensions if e.item_id == row.id],
    }


def extension(one: Any, sheet: Sheet) -> dict[str, Any]:
    """Return a request for more time: who asked for how much and why, and what was decided."""
    if one.item_id is None:
        asked = _("asks for %(days)s more days", days=one.wanted_days)
        given = _("Granted: %(days)s more days", days=one.granted_days)
    else:
        asked = _("asks for time until %(day)s", day=short_day(one.wanted_on))
        given = _("Granted until %(day)s", day=short_day(one.granted_on)) if one.granted_on else ""
    unit = sheet.text(one.who_text_id).replace("\n", " ")
    return {
        "who": unit or sheet.people.get(one.asked_by, ""),
        "when": short_day(one.asked_at),
        "asked": asked,
        "reason": sheet.text(one.reason_text_id),
        "plan": sheet.text(one.plan_text_id),
        "is_open": one.decided_at is None,
        "ruling": "" if one.decided_at is None else given if one.granted else _("Not granted"),
        "words": sheet.text(one.ruling_text_id),
    }


def level_decided(one: Any, sheet: Sheet) -> str:
    """Return who decided on a hazard's level, when, by which criterion and why."""
    names = [sheet.people.get(person, "") for person in one.panel]
    names += [line for line in sheet.text(one.experts_text_id).split("\n") if line.strip()]
    return str(
        _(
            "Decided by %(names)s on %(day)s. Criterion: %(criterion)s. %(reason)s",
            names=listed(names),
            day=short_day(one.decided_at),
            criterion=sheet.text(one.criterion_text_id),
            reason=sheet.text(one.reason_text_id),
        )
    )


def checked_by(here: Opened, book_id: UUID) -> list[str]:
    """Return the names of those who checked tasks of the book, and of who signed first."""
    sheet = sheet_of(here.session, here.case)
    found = []
    for row in sheet.items.get(book_id, ()):
        people = [review.reviewer for review in sheet.reviews.get(row.id, ())]
        found += [sheet.people.get(one, "") for one in [row.signed_by, *people] if one]
    return list(dict.fromkeys(found))
