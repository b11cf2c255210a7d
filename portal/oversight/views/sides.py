"""Both sides of each district: what was ordered, and what help was given."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.access.policy import may
from portal.measures.catalogue import definition_of
from portal.measures.helping import SIDES, Side, both_sides
from portal.oversight.forms import SidesForm
from portal.oversight.views import oversight
from portal.oversight.views._about import about
from portal.oversight.views._asking import Question, question
from portal.web.filters import percent
from portal.web.language import current
from portal.web.marks import place_name
from portal.web.pages import current_actor, needs
from portal.web.spreadsheet import Cell, csv_response


@oversight.get("/sides")
@needs(Action.READ_MEASURES)
def sides() -> ResponseReturnValue:
    """Show steps and help side by side, for one district or all."""
    wanted = question()
    page = render_template(
        "oversight/sides.html",
        question=wanted,
        form=_form(wanted),
        errors=wanted.form.errors,
        columns=[
            {"name": side.name, "definition": _(definition_of(side.function))} for side in SIDES
        ],
        rows=rows_of(wanted),
        whole_url=url_for("oversight.sides", **_days(wanted)),
    )
    return page, 422 if wanted.form.errors else 200


@oversight.get("/sides.csv")
@needs(Action.READ_MEASURES)
def sides_csv() -> ResponseReturnValue:
    """One number a row, each with its definition."""
    wanted = question()
    return csv_response("sides", [*about(wanted), [], *_numbers(wanted)])


def _numbers(wanted: Question) -> Iterator[Sequence[Cell]]:
    yield [_("District"), _("Measure"), _("Name"), _("Number"), _("Of all"), _("Definition")]
    for place, found in both_sides(wanted.asked).items():
        for side in SIDES:
            value = found[side.id]
            number, whole = value if isinstance(value, tuple) else (value, None)
            named = (place or "", side.id, str(side.name))
            yield [*named, number, whole, _(definition_of(side.function))]


def _form(wanted: Question) -> SidesForm:
    form = SidesForm(data={name: wanted.form[name].data for name in ("start", "end")})
    form.jurisdiction.choices = wanted.form.jurisdiction.choices
    form.jurisdiction.data = wanted.form.jurisdiction.data
    return form


def _days(wanted: Question) -> dict[str, Any]:
    return {name: wanted.arguments[name] for name in ("from", "to")}


def rows_of(wanted: Question) -> list[dict[str, Any]]:
    """Return a row for each district with its cells, each with the list behind it."""
    return [
        {
            "name": place_name(place, None, wanted.preset, current()) or _("Not settled yet"),
            "url": url_for("oversight.sides", **_days(wanted), jurisdiction=place)
            if place
            else None,
            "cells": [_cell(wanted, side, place, found[side.id]) for side in SIDES],
        }
        for place, found in both_sides(wanted.asked).items()
    ]


def _cell(wanted: Question, side: Side, place: str | None, value: Any) -> dict[str, Any]:
    if not side.is_share:
        reads = may(current_actor(), Action.READ_HELP) and place and value and side.behind
        args = {**_days(wanted), **(side.behind or {}), "place": place}
        return {
            "text": value,
            "share": "",
            "url": url_for("helping.index", **args) if reads else None,
        }
    part, whole = value
    enough = whole >= wanted.preset.city.settings.percent_from
    return {
        "text": f"{part} / {whole}",
        "share": percent(part, whole) if enough else "",
        "url": None,
    }
