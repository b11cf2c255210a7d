"""What the pages about units that nobody has inspected show."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from portal.access.kinds import Action, Actor
from portal.access.policy import may
from portal.cases.queries import Band, Covered, Part, all_unseen, coverage, units_unseen
from portal.cases.queries.coverage import PAGE
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web.filters import iso, number, percent, short_day
from portal.web.language import current
from portal.web.marks import place_name
from portal.web.pages import current_actor

#: Stands in an address for "nobody knows".
UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, when, by which rules."""

    actor: Actor
    since: datetime
    days: int
    preset: Preset
    language: str

    def place(self, district: str | None, town: str | None) -> str:
        named: str = place_name(district, town, self.preset, self.language)
        return named or str(_("Place not known"))

    def sector(self, code: str | None) -> str:
        words = self.preset.taxonomy.sectors.get(code or "")
        named: str = words.in_language(self.language) if words else code or ""
        return named or str(_("Sector not known"))


def reader() -> Reader:
    """Return who looks. Raises NotFound for whom these pages are not."""
    actor, moment = current_actor(), now()
    if not may(actor, Action.READ_COVERAGE):
        raise NotFound("coverage")
    preset = in_force(db.session(), moment)
    days = preset.city.settings.coverage_days
    return Reader(actor, moment - timedelta(days=days), days, preset, current())


def band_words(band: Band, who: Reader) -> str:
    """Return in words how long ago somebody looked."""
    if band is Band.NEVER:
        said = _("Never inspected")
    elif band is Band.LONG_AGO:
        said = _("More than %(days)s days ago", days=number(who.days))
    else:
        said = _("Within %(days)s days", days=number(who.days))
    return str(said)


# counts


def counts_page() -> dict[str, Any]:
    """Return the counts over all, by sector and by place."""
    who = reader()
    found = coverage(db.session(), who.actor, since=who.since)
    watched = who.actor.jurisdiction
    return {
        "total": found.total.units,
        "counts": [
            {
                "number": getattr(found.total, band.value),
                "text": band_words(band, who),
                "url": _list_url(band),
                "tone": "bad" if band is Band.NEVER and found.total.never else None,
                "current": False,
            }
            for band in Band
        ],
        "heads": [(band.value, band_words(band, who)) for band in Band],
        "sectors": [_row(one, who.sector(one.sector), sector=one.sector) for one in found.sectors],
        "places": [_place_row(one, who) for one in found.places],
        "watched": who.place(watched, None) if watched else "",
    }


def _place_row(one: Covered, who: Reader) -> dict[str, Any]:
    name = who.place(one.jurisdiction, one.township)
    return _row(one, name, place=one.township or one.jurisdiction, is_whole=bool(one.township))


def _row(one: Covered, name: str, *, is_whole: bool = True, **part: str | None) -> dict[str, Any]:
    """Return a row; of a district alone only those without a township are counted in it."""
    asked = {key: value or UNKNOWN for key, value in part.items()}
    if not is_whole and asked["place"] != UNKNOWN:
        asked["place"] += f"/{UNKNOWN}"
        name = _("%(district)s, township not known", district=name)
    return {
        "name": name,
        "units": one.units,
        "numbers": {
            band.value: (getattr(one, band.value), _list_url(band, **asked)) for band in Band
        },
        "unseen": percent(one.never + one.long_ago, one.units),
    }


def _list_url(band: Band, **part: Any) -> str:
    return url_for("coverage.units", band=band.value, **part)


# the units behind a count


def units_page() -> dict[str, Any]:
    """Return the units of a part, those behind a place in their order."""
    who, part = reader(), _part()
    found = units_unseen(
        db.session(), who.actor, part, since=who.since, after=_key(request.args.get("after"))
    )
    args: dict[str, Any] = _args(part)
    last = found[-1].unit if len(found) == PAGE else None
    here = url_for("coverage.units", **args)
    return {
        "title": band_words(part.band, who),
        "of": _of(part, who),
        "rows": [
            {
                "name": one.unit.name,
                "url": url_for("units.unit", unit_id=one.unit.id),
                "place": place_name(
                    one.unit.jurisdiction, one.unit.township, who.preset, who.language
                ),
                "sector": who.sector(one.unit.sector) if one.unit.sector else "",
                "colour": one.unit.risk_colour,
                "last": short_day(one.last) if one.last else "",
            }
            for one in found
        ],
        "csv_url": url_for("coverage.units_csv", **args),
        "next_url": url_for("coverage.units", **args, after=f"{last.name}~{last.id}")
        if last
        else None,
        "first_url": here if request.args.get("after") else None,
    }


def sheet() -> Iterator[tuple[str, ...]]:
    """Return the rows of the CSV file."""
    who, part = reader(), _part()
    yield (_("Unit"), _("Registration code"), _("Place"), _("Sector"), _("Last inspected"))
    rows = all_unseen(db.session(), who.actor, part, since=who.since)
    for name, code, district, town, sector, last in rows:
        place = place_name(district, town, who.preset, who.language)
        yield (
            name,
            code or "",
            place,
            who.sector(sector) if sector else "",
            iso(last)[:10] if last else "",
        )


def _part() -> Part:
    """Return what an address asks for; what it does not know is left out."""
    asked = {name: _plain(request.args.get(name)) for name in ("sector", "place")}
    band = request.args.get("band", "")
    return Part(band=Band(band) if band in set(Band) else Band.NEVER, **asked)


def _plain(value: str | None) -> str:
    return (value or "").replace("\x00", "")[:100]


def _args(part: Part) -> dict[str, str]:
    asked = {"band": part.band.value, "sector": part.sector, "place": part.place}
    return {name: value for name, value in asked.items() if value}


def _of(part: Part, who: Reader) -> str:
    """Return in words which sector or place is listed."""
    words = []
    if part.sector:
        words.append(who.sector(None if part.sector == UNKNOWN else part.sector))
    if part.place:
        district, _dot, _town = part.place.removesuffix(f"/{UNKNOWN}").partition(".")
        town = part.place if _dot else None
        words.append(who.place(None if part.place == UNKNOWN else district, town))
    return " · ".join(words)


def _key(text: str | None) -> tuple[str, UUID] | None:
    name, _tilde, id_ = (text or "").rpartition("~")
    try:
        return _plain(name), UUID(id_)
    except ValueError:
        return None
