"""Where it is: the list of districts and towns, and the pin on the map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from portal.access.kinds import Action
from portal.filing.views import filing
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.areas import Area
from portal.presets.kinds import Jurisdiction, Preset, Township
from portal.presets.queries import in_force
from portal.reports.kinds import PLACE_MAX
from portal.routing.datum import GCJ02, WGS84, to_wgs84
from portal.routing.places import locate
from portal.units.queries import unit_by_token
from portal.web.language import current
from portal.web.pages import needs

#: The answer of somebody whose pin says less than it seems to: the desk finds out.
UNSURE = "unsure"
#: About a metre; finer would be no truth of a finger on a screen.
DECIMALS = 5


@dataclass(frozen=True, slots=True)
class Where:
    """What is known of the place; the point is longitude and latitude in WGS 84."""

    district: Jurisdiction | None
    town: Township | None
    point: tuple[float, float] | None

    def named(self, language: str) -> str:
        """Return district and town in words; "" where the desk has to find out."""
        found = [part.name.in_language(language) for part in (self.district, self.town) if part]
        return " ".join(found) if language == "en" else "".join(found)


def choices(preset: Preset, *, may_be_unsure: bool) -> list[SelectChoice]:
    """Return the places to choose from, towns under the name of their district."""
    language = current()
    found = [SelectChoice("", _("Choose a district, or leave it to us"))]
    if may_be_unsure:
        found.append(SelectChoice(UNSURE, _("I’m not sure: leave it to us")))
    for code, one in preset.taxonomy.jurisdictions.items():
        name = one.name.in_language(language)
        whole = _("%(district)s, town not known", district=name) if one.townships else name
        found.append(SelectChoice(code, whole, optgroup=name))
        for town in one.townships:
            label = town.name.in_language(language)
            found.append(SelectChoice(town.code, label, optgroup=name))
    return found


def where(typed: Mapping[str, Any], preset: Preset) -> Where:
    """Return the place that was chosen; where none was, the one in which the pin surely lies."""
    code, point = typed.get("jurisdiction") or "", pin(typed)
    for district in preset.taxonomy.jurisdictions.values():
        if code == district.code:
            return Where(district, None, point)
        for town in district.townships:
            if code == town.code:
                return Where(district, town, point)
    around = locate(preset.boundaries, *point) if point and code != UNSURE else ()
    sure = preset.taxonomy.jurisdictions.get(around[0]) if len(around) == 1 else None
    return Where(sure, None, point)


def pin(typed: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return longitude and latitude of the pin in WGS 84; None: none, or it was taken away."""
    if typed.get("no_pin"):
        return None
    try:
        lon, lat = float(typed["longitude"]), float(typed["latitude"])
    except (KeyError, TypeError, ValueError):
        return None
    # What is no number is in no bounds.
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return None
    if datum_of(typed) == GCJ02:
        lon, lat = to_wgs84(lon, lat)
    return round(lon, DECIMALS), round(lat, DECIMALS)


def datum_of(typed: Mapping[str, Any]) -> str:
    """Return the datum in which the pin was put; what nobody knows is taken for WGS 84."""
    return GCJ02 if typed.get("datum") == GCJ02 else WGS84


def by_code(typed: Mapping[str, Any]) -> Any:
    """Return the unit by whose QR code the form was opened, unless it is not about that."""
    token = typed.get("unit") or ""
    return unit_by_token(db.session(), token) if token and not typed.get("no_unit") else None


def filled_in(unit: Any, preset: Preset) -> dict[str, Any]:
    """Return what the form says of a unit whose code was scanned: name, address, district.

    Nothing else of what the register knows: names of people least of all.
    """
    known = unit.jurisdiction in preset.taxonomy.jurisdictions
    return {
        "unit": unit.report_token,
        "place": f"{unit.name} {unit.address}".strip()[:PLACE_MAX],
        "jurisdiction": unit.jurisdiction if known else "",
    }


def without_pin(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed, without pin and unit where it was asked to leave them out."""
    kept = dict(typed)
    if typed.get("no_pin"):
        kept |= {"latitude": "", "longitude": "", "datum": "", "no_pin": False}
    if typed.get("no_unit"):
        kept |= {"unit": "", "no_unit": False}
    return kept


def question(typed: Mapping[str, Any], preset: Preset) -> str:
    """Return what has to be asked because of the pin; "" where it is clear or not needed."""
    point = pin(typed)
    if point is None or preset.boundaries is None or typed.get("jurisdiction"):
        return ""
    around = locate(preset.boundaries, *point)
    if len(around) == 1:
        return ""
    if not around:
        return str(_("The pin lies outside the city. Move it, or say below in which district."))
    language, known = current(), preset.taxonomy.jurisdictions
    names = " / ".join(known[code].name.in_language(language) for code in around)
    return str(_("The pin lies near a border. Is it in %(districts)s?", districts=names))


@filing.get("/report/boundaries")
@needs(Action.FILE)
def boundaries() -> Response:
    """Return the districts as GeoJSON, with their names in the reader's language."""
    preset, language = in_force(db.session(), now()), current()
    known = preset.taxonomy.jurisdictions
    areas = preset.boundaries.areas if preset.boundaries else ()
    features = [
        _feature(area, known[area.code].name.in_language(language))
        for area in areas
        if area.code in known
    ]
    return jsonify(type="FeatureCollection", features=features)


def _feature(area: Area, name: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": area.code, "name": name},
        "geometry": {"type": "MultiPolygon", "coordinates": area.polygons},
    }
