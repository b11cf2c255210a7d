"""What is published by place: a coarse map with its list, and cases that were put right."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree as Xml

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.measures.asked import Asked
from portal.measures.fixed import Fixed, fixed_cases
from portal.measures.places import received_by_place
from portal.measures.quarters import scope_of
from portal.measures.small_numbers import Hidden, protected
from portal.oversight.forms import PeriodForm
from portal.oversight.views import open_pages
from portal.oversight.views._shapes import Shape, drawn, height_of
from portal.oversight.views.open import KEPT_SECONDS, quarters, said
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web import headers
from portal.web.filters import local
from portal.web.language import current
from portal.web.marks import category_name, place_name
from portal.web.pages import needs

ATOM = "http://www.w3.org/2005/Atom"
#: How dark an area is: by its share of the largest number that is shown.
SHADES = 4


@open_pages.get("/map")
@needs(Action.READ_PUBLIC)
def places() -> ResponseReturnValue:
    """Show how many were received by district, in quarters that are over for long enough."""
    headers.published(KEPT_SECONDS)
    asked, form = _asked()
    rows, borders = cells(asked), asked.preset.boundaries
    return render_template(
        "oversight/places.html",
        form=form,
        rows=rows,
        shapes=shapes_of(asked.preset, rows),
        height=height_of(borders) if borders else 0,
        label=borders.label if borders else None,
        few=asked.preset.city.settings.hide_cells_up_to,
        days=asked.preset.city.settings.publish_after_days,
    )


def _asked() -> tuple[Asked, PeriodForm]:
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    choices = old_enough(preset, moment)
    form = PeriodForm(data={"period": request.args.get("period") or choices[0][0]})
    if form.period.data not in dict(choices):
        raise NotFound(form.period.data)
    form.period.choices = list(choices)
    return Asked(session, scope_of(form.period.data, preset), preset, moment), form


def old_enough(preset: Preset, moment: datetime) -> list[tuple[str, str]]:
    """Return the quarters that ended long enough ago: of a running one two maps, a day apart,
    would tell what came in between.
    """
    latest = moment - timedelta(days=preset.city.settings.publish_after_days)
    return [one for one in quarters(moment) if scope_of(one[0], preset).period.end <= latest]


def cells(asked: Asked) -> list[dict[str, Any]]:
    """Return each district with its number as it may be shown, and how dark it is drawn.

    The same numbers hidden in the same way as in the table of `/open`, so that neither gives away
    what the other hides.
    """
    few = asked.preset.city.settings.hide_cells_up_to
    found = received_by_place(asked)
    column = protected(list(found.values()), few)
    most = max((one for one in column.cells if not isinstance(one, Hidden)), default=0)
    rows = []
    for place, (code, cell) in enumerate(zip(found, column.cells, strict=True), start=1):
        name = place_name(code, None, asked.preset, current()) or _("Not settled yet")
        # What is hidden has a pattern of its own: no shade may tell it.
        shade = "hidden" if isinstance(cell, Hidden) else -(-SHADES * cell // most) if cell else 0
        words = said(cell, few)
        # A small district has no room for words: the list beside it has them.
        short = "–" if isinstance(cell, Hidden) and cell is not Hidden.FEW else words
        row = {"code": code, "name": name, "said": words, "shade": shade}
        rows.append({**row, "place": place, "short": short})
    return rows


def shapes_of(preset: Preset, rows: Sequence[dict[str, Any]]) -> list[tuple[Shape, dict[str, Any]]]:
    """Return the outline of each district that has one, with its row."""
    by_code = {row["code"]: row for row in rows}
    shapes = drawn(preset.boundaries) if preset.boundaries else []
    return [(shape, by_code[shape.code]) for shape in shapes if shape.code in by_code]


@open_pages.get("/fixed")
@needs(Action.READ_PUBLIC)
def fixed() -> ResponseReturnValue:
    """List the cases that were put right, month by month."""
    headers.published(KEPT_SECONDS)
    preset, found, place = _fixed()
    return render_template(
        "oversight/fixed.html",
        months=_months(found, preset),
        place=place,
        districts=[
            (code, one.name.in_language(current()))
            for code, one in preset.taxonomy.jurisdictions.items()
        ],
        days=preset.city.settings.publish_after_days,
    )


@open_pages.get("/fixed.atom")
@needs(Action.READ_PUBLIC)
def fixed_feed() -> ResponseReturnValue:
    """The same cases as a feed."""
    headers.published(KEPT_SECONDS)
    preset, found, place = _fixed()
    body = Xml.tostring(_feed(preset, found, place), encoding="utf-8", xml_declaration=True)
    return Response(body, mimetype="application/atom+xml")


def _fixed() -> tuple[Preset, Sequence[Fixed], str]:
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    place = request.args.get("place", "")
    if place and place not in preset.taxonomy.jurisdictions:
        raise NotFound(place)
    return preset, fixed_cases(session, preset, now=moment, jurisdiction=place or None), place


def _title(one: Fixed, preset: Preset) -> str:
    what = category_name(one.category, preset, current()) or _("Hazard")
    where = place_name(one.jurisdiction, one.township, preset, current()) or _("Not settled yet")
    return str(_("%(what)s, %(where)s", what=what, where=where))


def _months(found: Sequence[Fixed], preset: Preset) -> list[tuple[date, list[str]]]:
    months: dict[date, list[str]] = {}
    for one in found:
        months.setdefault(one.published_on, []).append(_title(one, preset))
    return list(months.items())


def _feed(preset: Preset, found: Sequence[Fixed], place: str) -> Xml.Element:
    Xml.register_namespace("", ATOM)
    named = {"place": place} if place else {}
    page = url_for("open.fixed", _external=True, **named)
    feed = Xml.Element(f"{{{ATOM}}}feed", {"xml:lang": current().replace("_", "-")})
    newest = found[0].published_on if found else date(2026, 1, 1)
    where = place_name(place, None, preset, current()) if place else ""
    title = _("Hazards put right and checked")
    add_to(feed, "title", f"{title} · {where}" if where else title)
    add_to(feed, "id", page)
    add_to(feed, "updated", _moment(newest, preset))
    add_to(add_to(feed, "author"), "name", preset.city.operator.in_language(current()))
    own = url_for("open.fixed_feed", _external=True, **named)
    add_to(feed, "link", rel="self", type="application/atom+xml", href=own)
    add_to(feed, "link", rel="alternate", type="text/html", href=page)
    for one in found:
        entry = add_to(feed, "entry")
        add_to(entry, "id", f"urn:uuid:{one.id}")
        add_to(entry, "title", _title(one, preset))
        add_to(entry, "updated", _moment(one.published_on, preset))
        add_to(entry, "link", rel="alternate", type="text/html", href=page)
        said = _("Put right, and checked by somebody who did not do the work.")
        add_to(entry, "content", said, type="text")
    return feed


def _moment(day: date, preset: Preset) -> str:
    return local(datetime.combine(day, time.min, preset.limits.zone)).isoformat()


def add_to(parent: Xml.Element, name: str, words: str | None = None, **given: str) -> Xml.Element:
    """Add an element of the feed and return it."""
    child = Xml.SubElement(parent, f"{{{ATOM}}}{name}", given)
    child.text = words
    return child
