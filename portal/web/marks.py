"""Clocks, places and categories in the words and shapes that pages take."""

from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from portal.accounts.kinds import GAP_LABELS, GRAVE
from portal.accounts.lifecycle import Lacking
from portal.clocks.reading import CHAIN, ITEM, Reading
from portal.clocks.timeleft import LeftUnit, Mark, TimeLeft
from portal.presets.kinds import Preset, TimeUnit, Words
from portal.web.filters import local, short_day, short_time

UNITS = {LeftUnit.HOUR_MINUTE: "hours_minutes", LeftUnit.WORKING_DAY: "working_day"}
BY_HOUR = {TimeUnit.MINUTE, TimeUnit.CLOCK_HOUR, TimeUnit.WORKING_HOUR}
WITHOUT_AMOUNT = {Mark.PAUSED, Mark.DONE, Mark.NOT_STARTED}


def due(left: TimeLeft) -> dict[str, Any]:
    """Return the parameters of `portal_due`."""
    if left.mark is Mark.COUNTING:
        return {"mark": "ok", "amount": left.amount, "unit": "running_day"}
    amount = None if left.mark in WITHOUT_AMOUNT else left.amount
    return {"mark": left.mark.value, "amount": amount, "unit": UNITS.get(left.unit, "day")}


def last_day(due_at: datetime) -> date:
    """Return the day that a due date names; one at 24:00 is, as an instant, the next day."""
    return local(due_at - timedelta(microseconds=1)).date()


def due_day(reading: Reading, now: datetime) -> str | None:
    """Return when a clock is due, for a table: a day, or a time for limits in hours."""
    if reading.due_at is None:
        return None
    by_hour = reading.limit is not None and reading.limit.unit in BY_HOUR
    if by_hour or reading.last_day is None:
        return short_time(reading.due_at, now)
    return short_day(reading.last_day, now)


def in_words(name: str | Words, language: str) -> str:
    """Return a clock's name: the limit's own words, or a message of the catalogue."""
    return name.in_language(language) if isinstance(name, Words) else str(_(name))


def anchor(reading: Reading) -> str:
    """Return where a reading's explanation stands on the page of all."""
    return f"{reading.kind}-{reading.subject}-{reading.episode}"


def clock_name(kind: str | None, preset: Preset, language: str) -> str:
    """Return the name of a clock by its kind."""
    if kind == CHAIN:
        return str(_("Whole road"))
    if kind == ITEM:
        return str(_("Task"))
    limit = preset.limits.limits.get(kind or "")
    return limit.name.in_language(language) if limit else ""


def place_name(
    jurisdiction: str | None, township: str | None, preset: Preset, language: str
) -> str:
    """Return district and township in words, "" if neither is known."""
    one = preset.taxonomy.jurisdictions.get(jurisdiction or "")
    if one is None:
        return ""
    name = one.name.in_language(language)
    inside = next((t for t in one.townships if t.code == township), None)
    if inside is None:
        return name
    below = inside.name.in_language(language)
    return f"{name}{below}" if language.startswith("zh") else f"{below}, {name}"


def category_name(code: str | None, preset: Preset, language: str) -> str:
    """Return sector and category in words, "" for none."""
    category = preset.taxonomy.categories.get(code or "")
    if category is None:
        return ""
    sector = preset.taxonomy.sectors[category.sector].in_language(language)
    return f"{sector} › {category.name.in_language(language)}"


def gap_words(one: Lacking) -> dict[str, Any]:
    """Return in words what a group lacks, graver where work would stop."""
    return {
        "label": str(GAP_LABELS[one.gap]),
        "kind": "bad" if one.gap in GRAVE else "warn",
        "who": one.who,
        "on": one.on,
    }
