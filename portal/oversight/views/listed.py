"""The public list of hazards that are under supervision."""

from collections.abc import Iterator, Sequence

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.measures.listed import ListedHazard, Standing, listed_hazards
from portal.oversight.views import open_pages
from portal.oversight.views.open import KEPT_SECONDS
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web import headers
from portal.web.pages import needs
from portal.web.spreadsheet import Cell, csv_response

#: How each state is marked.
TAGS = {
    Standing.RUNNING: "info",
    Standing.OVERDUE: "bad",
    Standing.ACCEPTED: "ok",
    Standing.DELISTED: "ok",
    Standing.WITHDRAWN: None,
}


def _list() -> tuple[Preset, Sequence[ListedHazard]]:
    headers.published(KEPT_SECONDS)
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    return preset, listed_hazards(session, preset, now=moment)


@open_pages.get("/listed")
@needs(Action.READ_PUBLIC)
def listed() -> ResponseReturnValue:
    """List the hazards that are under supervision, and those that left the list lately."""
    preset, found = _list()
    return render_template(
        "oversight/listed.html",
        standing=[one for one in found if one.ended_on is None],
        ended=[one for one in found if one.ended_on is not None],
        tags=TAGS,
        days=preset.city.settings.delisted_shown_days,
        operator=preset.city.operator,
    )


@open_pages.get("/listed.csv")
@needs(Action.READ_PUBLIC)
def listed_csv() -> ResponseReturnValue:
    """The same list as a file."""
    _preset, found = _list()
    return csv_response("listed", _rows(found))


def _rows(found: Sequence[ListedHazard]) -> Iterator[Sequence[Cell]]:
    yield [
        *(_("Number"), _("Unit"), _("Hazard"), _("Listed on"), _("To be put right by")),
        *(_("State"), _("Left the list on")),
    ]
    for one in found:
        days = (one.listed_on.isoformat(), one.until_on.isoformat())
        ended = one.ended_on.isoformat() if one.ended_on else ""
        yield [one.number, one.unit, one.hazard, *days, one.standing.label, ended]
