"""An inspection that was made by a checklist: its page, with the arithmetic of its score."""

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.attachments.queries import of_things
from portal.cases import queries
from portal.cases.queries import Sheet
from portal.foundation.errors import NotFound
from portal.handling.views._evidence import tiles_of
from portal.handling.views._lessons_at import suggested
from portal.handling.views._moving import title_of
from portal.handling.views._opened import Opened, opened
from portal.inspections.kinds import Result, Side, Signing
from portal.inspections.lifecycle import drawing
from portal.inspections.queries import Scored, draft_of, scored
from portal.web.filters import short_time

TONES = {Result.PASS: "ok", Result.FAIL: "bad", Result.PARTIAL: "warn"}


def walk_url(here: Opened) -> str | None:
    """Return the address of the inspection under way, for who may go on with it; else None."""
    offer = here.offer("inspect")
    if offer is None or not offer.is_open or draft_of(here.session, here.case.id) is None:
        return None
    return url_for("inspections.walk", case_id=here.case.id)


def visit_of(case_id: UUID, visit: UUID) -> tuple[Opened, Sheet, Any]:
    """Return a recorded visit for who reads the case. Raises NotFound."""
    here = opened(case_id)
    if here.is_barred:
        abort(404)
    sheet = queries.sheet_of(here.session, here.case)
    row = next((one for one in sheet.inspections if one.id == visit), None)
    if row is None:
        raise NotFound(visit)
    return here, sheet, row


def made_of(case_id: UUID, visit: UUID) -> tuple[Opened, Sheet, Scored]:
    """Return an inspection by a checklist for who reads the case. Raises NotFound."""
    here, sheet, row = visit_of(case_id, visit)
    found = scored(here.session, [row])
    if not found:
        raise NotFound(visit)
    return here, sheet, found[0]


def plain(points: Fraction) -> str:
    """Return points as people write them."""
    return f"{float(points):g}"


def rows_of(here: Opened, sheet: Sheet, made: Scored) -> list[dict[str, Any]]:
    """Return each item with what came of it and its part in the sum."""
    found = []
    for line in made.score.lines:
        item, answer = made.checklist.items[line.item], made.answers.get(line.item)
        result = Result(line.result)
        found.append(
            {
                "id": item.id,
                "name": item.name.in_language(here.language),
                "result": result.label,
                "tone": TONES.get(result),
                "points": _("out of %(points)s: not counted", points=item.weight)
                if line.factor is None
                else _("%(got)s of %(points)s", got=plain(line.points), points=item.weight),
                "words": sheet.text(answer.text_id) if answer else "",
            }
        )
    return found


def signatures_of(
    sheet: Sheet, made: Scored, when: Callable[[datetime], str] = short_time
) -> list[dict[str, Any]]:
    """Return the signatures under a record, inspectors first, each with its time."""
    found = []
    for one in sheet.signatures:
        if one.inspection_id == made.visit.id:
            by_unit = one.side is Side.UNIT
            who = "，".join(sheet.text(one.text_id).splitlines())
            why = sheet.text(one.reason_text_id)
            label = "" if one.signing is Signing.SIGNED else one.signing.label
            said = " · ".join(part for part in (who, ": ".join(filter(None, (label, why)))) if part)
            found.append(
                {
                    "id": one.id,
                    "drawn": sheet.text(one.drawn_text_id),
                    "side": str(_("For the unit") if by_unit else _("Inspector")),
                    "said": f"{said} · {when(one.signed_at)}",
                }
            )
    return found


def drawing_of(case_id: UUID, visit: UUID, signature: UUID) -> ResponseReturnValue:
    """Return what was drawn as a signature, as a picture. Raises NotFound."""
    _here, sheet, made = made_of(case_id, visit)
    found = [one for one in signatures_of(sheet, made) if one["id"] == signature and one["drawn"]]
    if not found:
        raise NotFound(signature)
    return drawing(found[0]["drawn"]), 200, {"Content-Type": "image/svg+xml"}


def page(case_id: UUID, visit: UUID) -> str:
    """Return the page of an inspection that was made by a checklist."""
    here, sheet, made = made_of(case_id, visit)
    photos = of_things(here.session, [answer.id for answer in made.answers.values()])
    out = [line.item for line in made.score.lines if line.factor is None]
    return render_template(
        "handling/inspection_made.html",
        case=here.case,
        heading=title_of(here, sheet),
        case_url=url_for("cases.case", case_id=case_id),
        made=made,
        lessons=suggested(here),
        csrf_token=generate_csrf(),
        when=short_time(made.visit.visited_at),
        who="、".join(sheet.people.get(person, "") for person in made.visit.inspectors),
        earned=plain(made.score.earned),
        left_out="、".join(out),
        rows=rows_of(here, sheet, made),
        signatures=signatures_of(sheet, made),
        paper_url=url_for("inspections.paper", case_id=case_id, visit=visit),
        tiles=tiles_of(here, sheet, [file for many in photos.values() for file in many]),
    )
