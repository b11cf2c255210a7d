"""The hazards behind the share that units found themselves, on a page and as a file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.access.policy import may
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.measures.catalogue import BY_NAME
from portal.measures.published import self_found as measured
from portal.measures.self_found import ALL, OWN, HazardFound, Key, hazards_behind
from portal.oversight.views import oversight
from portal.oversight.views._about import about
from portal.oversight.views._asking import Question, question
from portal.web.filters import local, percent, short_day
from portal.web.language import current
from portal.web.marks import category_name
from portal.web.pages import current_actor, needs
from portal.web.spreadsheet import Cell, csv_response

ROWS = 50
MEASURE = BY_NAME["self_found"]


@oversight.get("/self-found")
@needs(Action.READ_MEASURES)
def self_found() -> ResponseReturnValue:
    """List what units found themselves, or every hazard at them."""
    wanted, show = _asked()
    after = _key(request.args.get("after"))
    found = _found(wanted, show, after=after, limit=ROWS + 1)
    page = render_template(
        "oversight/self_found.html",
        question=wanted,
        form=wanted.form,
        show=show,
        **_numbers(wanted),
        rows=[_row(wanted, one) for one in found[:ROWS]],
        **_paging(wanted, show, found, after),
    )
    return page, 422 if wanted.form.errors else 200


@oversight.get("/self-found.csv")
@needs(Action.READ_MEASURES)
def self_found_csv() -> ResponseReturnValue:
    """All rows of the list, with the definition."""
    wanted, show = _asked()
    return csv_response(f"self-found-{show}", [*about(wanted), *_sheet(wanted, show)])


def _asked() -> tuple[Question, str]:
    """Read what is asked. Raises NotFound for a list that there is not."""
    show = request.args.get("show", ALL)
    if show not in (OWN, ALL):
        raise NotFound(show)
    return question(), show


def _found(wanted: Question, show: str, **how: Any) -> Sequence[HazardFound]:
    if wanted.asked.self_found is None:
        return []
    return hazards_behind(db.session(), current_actor(), show, wanted.asked.scope, **how)


def _numbers(wanted: Question) -> dict[str, Any]:
    """Return both numbers, the share where there are enough, and the definition."""
    found = measured(wanted.asked)
    enough = found is not None and found.whole >= wanted.preset.city.settings.percent_from
    return {
        "found": found,
        "percent": percent(found.part, found.whole) if found and enough else "",
        "definition": _(MEASURE.definition),
        "shows": {one: wanted.here(show=one) for one in (OWN, ALL)},
    }


def _row(wanted: Question, one: HazardFound) -> dict[str, Any]:
    actor = current_actor()
    unit_url = url_for("declarations.unit", unit_id=one.unit_id)
    return {
        "unit": one.unit,
        "unit_url": unit_url if may(actor, Action.READ_SELF_INSPECTIONS) else None,
        "kind": category_name(one.category, wanted.preset, current()),
        "when": short_day(one.found_at, wanted.now),
        "number": one.number,
        "url": url_for("cases.case", case_id=one.case_id) if one.case_id else None,
    }


def _paging(
    wanted: Question, show: str, found: Sequence[HazardFound], after: Key | None
) -> dict[str, str | None]:
    last = found[ROWS - 1] if len(found) > ROWS else None
    key = f"{last.found_at.isoformat()}~{last.id}" if last else None
    return {
        "next_url": wanted.here(show=show, after=key) if key else None,
        "first_url": wanted.here(show=show) if after else None,
    }


def _key(text: str | None) -> Key | None:
    moment, _tilde, id_ = (text or "").partition("~")
    try:
        found = datetime.fromisoformat(moment)
        return (found, UUID(id_)) if found.tzinfo else None
    except ValueError:
        return None


def _sheet(wanted: Question, show: str) -> Iterator[Sequence[Cell]]:
    yield [_("Definition"), _(MEASURE.definition)]
    yield []
    yield [_("Unit"), _("Kind of hazard"), _("Found on"), _("Found by"), _("Case")]
    for one in _found(wanted, show):
        by = _("the unit itself") if one.is_own else _("others")
        day = local(one.found_at).date().isoformat()
        yield [one.unit, one.category, day, by, one.number]
