"""Where a case is: its pins in both datums, and the codes of its units for their doors."""

from typing import Any

import segno
from flask import url_for
from markupsafe import Markup

from portal.cases import queries
from portal.handling.views._moving import title_of
from portal.handling.views._opened import Opened
from portal.routing.datum import to_gcj02


def context(here: Opened) -> dict[str, Any]:
    """Return what `handling/place.html` shows."""
    sheet = queries.sheet_of(here.session, here.case)
    pins = [
        {
            "number": number,
            "words": sheet.text(one.place_text_id),
            "at": (one.lat, one.lon),
            "wgs84": _written(one.lon, one.lat),
            "gcj02": _written(*to_gcj02(one.lon, one.lat)),
        }
        for number, one in enumerate(sheet.reports, start=1)
        if one.lat is not None and one.lon is not None
    ]
    return {
        "case": here.case,
        "heading": title_of(here, sheet),
        "pins": pins,
        "units": [_unit(one) for one in sheet.units.values()],
        "map_label": here.preset.boundaries.label if here.preset.boundaries else None,
    }


def _written(lon: float, lat: float) -> str:
    return f"{lat:.5f}, {lon:.5f}"


def _unit(unit: Any) -> dict[str, Any]:
    address = url_for("filing.report", unit=unit.report_token, _external=True)
    picture = segno.make(address, micro=False).svg_inline(border=2, omitsize=True)
    return {
        "name": unit.name,
        "address": unit.address,
        "url": address,
        "code": Markup(picture),  # noqa: S704  our own
    }
