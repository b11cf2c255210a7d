"""What a unit gets on paper that is evidence: the rectification order and the review's opinion."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import segno
from flask import Response, current_app, make_response
from flask_babel import gettext as _

from portal.integrations.paper import typeset_once
from portal.presets.kinds import Preset
from portal.web.filters import plain_day
from portal.web.language import current
from portal.web.printing import unit_link

ORDER, OPINION = PAPERS = ("order", "opinion")
#: The rights that an order names, as limits of the preset.
RECONSIDERATION, COURT = "reconsideration", "litigation"


def paper_of(
    kind: str, page: Any, token: str, preset: Preset, names: Sequence[str] = ()
) -> Response:
    """Return the PDF of a `cases.queries.BookPage`; `names` are of those who checked, for staff."""
    made = {ORDER: order_words, OPINION: opinion_words}[kind]
    words = frame(page, token, preset) | made(page, preset, names)
    template = Path(current_app.root_path) / "templates" / "enterprise" / "order.typ"
    # What people wrote is never kept: no cache.
    response = make_response(typeset_once(str(template), json.dumps(words, ensure_ascii=False)))
    response.mimetype = "application/pdf"
    name = f'inline; filename="{page.number}-{kind}.pdf"'
    response.headers["Content-Disposition"] = name
    return response


def frame(page: Any, token: str, preset: Preset) -> dict[str, Any]:
    """Return what both papers hold: from whom, to whom, the link, and the code to compare."""
    language, address = current(), unit_link(token)
    code = f"{page.check_code[:4]} {page.check_code[4:]}"
    return {
        "lang": "en" if language == "en" else "zh",
        "office": preset.city.operator.in_language(language),
        "group": page.group.name("en" if language == "en" else "zh") if page.group else "",
        "unit": [_("To the unit"), page.unit],
        "address": address,
        "code": segno.make(address, micro=False).svg_inline(border=2, scale=6),
        "alt": _("Code that opens this task book"),
        "check": _("Check code %(code)s", code=code),
        "compare": _("The page behind the address shows the same code while this paper holds."),
        "secret": _("Whoever has this address can act for the unit."),
    }


def order_words(page: Any, preset: Preset, names: Sequence[str]) -> dict[str, Any]:
    """Return the words of the order."""
    title = _("Order to put right by a date")
    items = [item for item in page.items if item.state != "withdrawn"]
    return {
        "title": title,
        "number": _("No. %(number)s", number=page.number),
        "foot": f"{title} {page.number}",
        "intro": _(
            "On inspection the following was found to need putting right. You are ordered to put"
            " each item right by its date. Issued on %(day)s.",
            day=plain_day(page.issued_at, year=True),
        ),
        "items": [{"head": f"{item.number}. {item.task}", "pairs": _pairs(item)} for item in items],
        "after": [_reconsideration(preset), _signing(page)],
        "signatures": [
            _("Inspectors (at least two; name, card number, date)"),
            _("Person in charge of the unit (name, post, date); if refused: why, and witness"),
            _("Delivered by, to, on"),
            _("Seal of the office, date"),
        ],
    }


def _pairs(item: Any) -> list[list[str]]:
    known = (
        (_("Basis"), item.basis),
        (_("Responsible"), item.responsible),
        (_("By the end of"), plain_day(item.due_on, year=True)),
        (_("What shows it"), item.evidence),
        (_("Funds"), item.funds),
        (_("Contingency plan"), item.contingency),
        (_("Interim protection"), item.interim),
    )
    return [[name, words] for name, words in known if words]


def _reconsideration(preset: Preset) -> str:
    first, second = (preset.limits.limits.get(kind) for kind in (RECONSIDERATION, COURT))
    if first is None or second is None:
        return ""
    return str(
        _(
            "Whoever does not accept this order may ask for administrative reconsideration within"
            " %(days)s days of learning of it, or go to court within %(months)s months. The order"
            " is carried out meanwhile.",
            days=first.value,
            months=second.value,
        )
    )


def _signing(page: Any) -> str:
    if page.signed_at is None:
        return str(_("Signing means received, not agreed."))
    when = plain_day(page.signed_at, year=True)
    return str(_("Signed for on %(when)s by %(who)s.", when=when, who=page.signed_by))


def opinion_words(page: Any, preset: Preset, names: Sequence[str]) -> dict[str, Any]:
    """Return the words of the opinion: every task that was checked, with each verdict."""
    title = _("Opinion of the check of what was put right")
    number = f"{page.number}-R{page.rounds}"
    found = []
    for item in page.items:
        pairs = [[_verdict(check), check.opinion] for check in item.checks]
        if pairs:
            found.append({"head": f"{item.number}. {item.task}", "pairs": pairs})
    after = [_("Tasks not named here were not checked yet.")]
    if names:
        after.insert(0, _("Checked by: %(names)s", names="、".join(names)))
    return {
        "title": title,
        "number": _("No. %(number)s", number=number),
        "foot": f"{title} {number}",
        "intro": _(
            "What was ordered by No. %(number)s of %(day)s was checked, with this result.",
            number=page.number,
            day=plain_day(page.issued_at, year=True),
        ),
        "items": found,
        "after": after,
        "signatures": [
            _("Who checked (name, card number, date)"),
            _("Person in charge of the unit (name, post, date)"),
            _("Seal of the office, date"),
        ],
    }


def _verdict(check: Any) -> str:
    said = _("Passed") if check.passed else _("Not passed")
    where = _("on site") if check.on_site else _("by evidence")
    told = f"{plain_day(check.reviewed_at, year=True)} · {said} ({where})"
    if check.new_due_on:
        told += " · " + _("new date %(day)s", day=plain_day(check.new_due_on, year=True))
    return str(told)
