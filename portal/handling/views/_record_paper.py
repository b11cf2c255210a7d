"""The on-site record of an inspection as a PDF: made anew each time, never kept."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Response, current_app, make_response, url_for
from flask_babel import gettext as _

from portal.cases.queries import Sheet
from portal.handling.views._made import plain, rows_of, signatures_of, visit_of
from portal.handling.views._opened import Opened
from portal.inspections.lifecycle import drawing
from portal.inspections.queries import Scored, scored
from portal.integrations.paper import typeset_once
from portal.web.filters import local
from portal.web.marks import place_name


def paper_of(case_id: UUID, visit: UUID) -> Response:
    """Return the PDF of a record for who reads the case. Raises NotFound."""
    here, sheet, row = visit_of(case_id, visit)
    made = scored(here.session, [row])
    words = record_words(here, sheet, made[0]) if made else free_words(here, sheet, row)
    template = Path(current_app.root_path) / "templates" / "handling" / "on_site_record.typ"
    body = json.dumps(words, ensure_ascii=False, sort_keys=True)
    response = make_response(typeset_once(str(template), body))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="record.pdf"'
    return response


def record_words(here: Opened, sheet: Sheet, made: Scored) -> dict[str, Any]:
    """Return every word of the paper: when, where, what, which problems, what becomes of them."""
    words = _frame(here, sheet, made.visit)
    by_list = ((_("Checklist"), _checklist(here, made)), (_("Score"), _score(made)))
    return words | {
        "facts": [*words["facts"], *([str(name), said] for name, said in by_list)],
        "items": [
            [f"{row['id']} {row['name']}", str(row["result"]), str(row["points"])]
            for row in rows_of(here, sheet, made)
        ],
        "signatures": [
            {
                "words": f"{one['side']}  {one['said']}",
                "drawn": drawing(one["drawn"]) if one["drawn"] else "",
            }
            for one in signatures_of(sheet, made, full)
        ],
    }


def free_words(here: Opened, sheet: Sheet, visit: Any) -> dict[str, Any]:
    """Return the words of a record without a checklist: it is signed by hand on the paper."""
    by_hand = (
        _("Inspectors (at least two; name, card number, date)"),
        _("Person in charge of the unit (name, post, date); if refused: why, and witness"),
    )
    return _frame(here, sheet, visit) | {"by_hand": [str(line) for line in by_hand]}


def _frame(here: Opened, sheet: Sheet, visit: Any) -> dict[str, Any]:
    unit = sheet.units.get(here.case.unit_id)
    public: str = current_app.config["PORTAL_SETTINGS"].public_url
    where = {"case_id": here.case.id, "lang": None}
    by_list = url_for("inspections.made", visit=visit.id, **where)
    address = by_list if visit.checklist else url_for("cases.case", **where)
    return {
        "lang": "zh" if here.language.startswith("zh") else "en",
        "title": str(_("On-site inspection record")),
        "office": here.preset.city.operator.in_language(here.language),
        "number": here.case.number,
        "facts": [
            [str(name), said or "—"]
            for name, said in (
                (_("Unit inspected"), unit.name if unit else ""),
                (_("Address"), unit.address if unit else ""),
                (_("Place"), _place(here)),
                (_("Time of the visit"), full(visit.visited_at)),
                (_("Inspectors"), "、".join(_names(sheet, visit))),
            )
        ],
        "finding_head": str(_("What was found")),
        "finding": sheet.text(visit.finding_text_id),
        "hazards_head": str(_("Problems, and how they are dealt with")),
        "hazards": [
            {
                "words": f"{one.number}. {sheet.text(one.text_id)}",
                "dealt": _dealt(one),
            }
            for one in sheet.hazards
            if one.inspection_id == visit.id
        ],
        "none": str(_("No hazard was found.")),
        "items_head": str(_("Items and points")),
        "columns": [str(one) for one in (_("Item"), _("What came of it"), _("Points"))],
        "items": [],
        "signatures_head": str(_("Signatures")),
        "signatures": [],
        "by_hand": [],
        "made": str(_("Made %(time)s", time=full(here.now))),
        "address": public + address,
        "page": str(_("Page")),
    }


def full(moment: datetime) -> str:
    """Return day and time with the year: the paper is read years later."""
    return local(moment).strftime("%Y-%m-%d %H:%M")


def _dealt(hazard: Any) -> str:
    if hazard.refuted_at:
        said = _("no hazard, as a ruling of %(day)s says", day=full(hazard.refuted_at)[:10])
    elif hazard.on_spot:
        said = _("put right on the spot")
    else:
        said = _("to be put right by a rectification order")
    return str(said)


def _names(sheet: Sheet, visit: Any) -> list[str]:
    return [sheet.people.get(person, "") for person in visit.inspectors]


def _place(here: Opened) -> str:
    case = here.case
    return place_name(case.jurisdiction, case.township, here.preset, here.language)


def _checklist(here: Opened, made: Scored) -> str:
    name = made.checklist.name.in_language(here.language)
    return str(_("%(name)s, version %(version)s", name=name, version=made.checklist.version))


def _score(made: Scored) -> str:
    value = made.score.value
    if value is None:
        return str(_("none: too few points checked"))
    return str(
        _(
            "%(score)s, grade %(grade)s (%(earned)s of %(points)s points)",
            score=f"{value:.1f}",
            grade=made.score.grade,
            earned=plain(made.score.earned),
            points=made.score.applicable,
        )
    )
