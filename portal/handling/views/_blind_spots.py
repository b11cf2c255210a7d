"""What the pages of blind spots show."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from portal.cases.queries import all_blind, blind_cases, blind_spots
from portal.cases.queries.blind_spots import PAGE
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.declarations import plain
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web.filters import iso, number, percent, short_day
from portal.web.language import current
from portal.web.marks import category_name
from portal.web.pages import current_actor


def definition(days: int) -> str:
    """Return what is counted, as page and file say it."""
    return str(
        _(
            "Counted are reports of the last %(days)s days that were found true or partly true, of"
            " a settled kind, at units that took part in self-inspection when the report came in."
            " A report is a blind spot if the unit had entered no own hazard of the same kind"
            " before the end of the hour in which it came in.",
            days=number(days),
        )
    )


def _since() -> tuple[datetime, int, Preset]:
    moment = now()
    preset = in_force(db.session(), moment)
    days = preset.city.settings.coverage_days
    return moment - timedelta(days=days), days, preset


def counts_page() -> dict[str, Any]:
    """Return the counts by kind."""
    since, days, preset = _since()
    found = blind_spots(db.session(), current_actor(), since=since)
    least = preset.city.settings.percent_from
    return {
        "definition": definition(days),
        "rows": [
            {
                "name": category_name(one.category, preset, current()) or one.category,
                "reported": one.reported,
                "found": one.found_before,
                "blind": one.blind,
                "share": percent(one.blind, one.reported) if one.reported >= least else "—",
                "url": url_for("declarations.blind_cases", category=one.category),
            }
            for one in found
        ],
        "total": sum(one.reported for one in found),
        "blind": sum(one.blind for one in found),
        "csv_url": url_for("declarations.blind_csv"),
    }


def cases_page() -> dict[str, Any]:
    """Return the cases behind a number."""
    since, days, preset = _since()
    category, after = plain(request.args.get("category")), _key(request.args.get("after"))
    found = blind_cases(db.session(), current_actor(), category, since=since, after=after)
    last = found[-1] if len(found) == PAGE else None
    asked: dict[str, Any] = {"category": category} if category else {}
    key = f"{last.opened_at.isoformat()}~{last.case_id}" if last else None
    return {
        "title": category_name(category, preset, current()) or _("All kinds"),
        "definition": definition(days),
        "rows": [
            {
                "number": one.number,
                "url": url_for("cases.case", case_id=one.case_id),
                "kind": category_name(one.category, preset, current()),
                "when": short_day(one.opened_at, now()),
                "unit": one.unit,
                "unit_url": url_for("declarations.unit", unit_id=one.unit_id),
                "own": one.own_finds,
            }
            for one in found
        ],
        "csv_url": url_for("declarations.blind_csv", **asked),
        "next_url": url_for("declarations.blind_cases", **asked, after=key) if key else None,
        "first_url": url_for("declarations.blind_cases", **asked) if after else None,
    }


def sheet() -> Iterator[tuple[str, ...]]:
    """Return the rows of the CSV file, the definition first."""
    since, days, preset = _since()
    category = plain(request.args.get("category"))
    yield (definition(days),)
    yield (_("Case"), _("Kind of hazard"), _("Received"), _("Unit"), _("Own finds of the unit"))
    for one in all_blind(db.session(), current_actor(), category, since=since):
        kind = category_name(one.category, preset, current()) or one.category
        yield (one.number, kind, iso(one.opened_at)[:10], one.unit, str(one.own_finds))


def _key(text: str | None) -> tuple[datetime, UUID] | None:
    moment, _tilde, id_ = (text or "").partition("~")
    try:
        found = datetime.fromisoformat(moment)
        return (found, UUID(id_)) if found.tzinfo else None
    except ValueError:
        return None
