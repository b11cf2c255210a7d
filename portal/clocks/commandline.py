"""What the `clocks` commands work out: due dates from words, readings as data, differences."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.clocks.days import Skipped
from portal.clocks.due import Due, due
from portal.clocks.reading import Reading
from portal.presets.kinds import Basis, Calendar, Limit, TimeLimitPolicy, TimeUnit, Words

_UNITS: Mapping[str, TimeUnit] = {
    "minute": TimeUnit.MINUTE,
    "hour": TimeUnit.CLOCK_HOUR,
    "clock hour": TimeUnit.CLOCK_HOUR,
    "working hour": TimeUnit.WORKING_HOUR,
    "working day": TimeUnit.WORKING_DAY,
    "day": TimeUnit.CALENDAR_DAY,
    "calendar day": TimeUnit.CALENDAR_DAY,
    "month": TimeUnit.MONTH,
}
_LIMIT = re.compile(r"(\d{1,5})\s+([a-z]+(?:\s+[a-z]+)?)", re.ASCII)
_EXAMPLES = '"15 working days", "60 days", "2 hours", "8 working hours" or "3 months"'


def parse_limit(text: str) -> Limit:
    """Read a limit such as `15 working days`; raises ValueError with one plain sentence."""
    found = _LIMIT.fullmatch(" ".join(text.lower().replace("_", " ").split()))
    unit = None
    if found is not None:
        word = found[2]
        unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
    if found is None or unit is None:
        raise ValueError(f'"{text}" is not a limit: write for example {_EXAMPLES}.')
    name = " ".join(text.split())
    return Limit(
        id="given", name=Words(zh=name, en=name), value=int(found[1]), unit=unit,
        basis=Basis.PRODUCT,
    )  # fmt: skip


def parse_start(text: str, zone: ZoneInfo) -> datetime:
    """Read a moment in ISO 8601; without an offset it is the portal's local time.

    Raises ValueError with one plain sentence. A day alone is its first moment.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is not a time: write for example "2026-09-29T16:30".') from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f'"{text}" lies outside the calendar.') from None


def due_result(
    start: str, limit: str, calendar: Calendar, policy: TimeLimitPolicy
) -> dict[str, Any]:
    """Return what `clocks due` prints: `due` in ISO 8601 with offset, the days and why.

    24:00 of the last day is written as 00:00 of the next. Raises ValueError with one sentence.
    """
    parsed, moment = parse_limit(limit), parse_start(start, policy.zone)
    try:
        found = due(moment, parsed, calendar, policy)
    except (OverflowError, ValueError):
        raise ValueError("The due date lies outside the calendar.") from None
    return {
        "start": _iso(moment, policy.zone),
        "limit": {"value": parsed.value, "unit": parsed.unit.value},
        "calendar_version": calendar.version,
        **due_as_data(found, policy.zone),
    }


def due_as_data(found: Due, zone: ZoneInfo) -> dict[str, Any]:
    """Return a due date as JSON data."""
    return {
        "due": _iso(found.due_at, zone),
        "last_day": found.last_day.isoformat(),
        "provisional": found.provisional,
        "rolled_from": found.rolled_from.isoformat() if found.rolled_from else None,
        "counted": [day.isoformat() for day in found.counted],
        "made_up": [day.isoformat() for day in found.made_up],
        "skipped": [_skipped(one) for one in found.skipped],
    }


def reading_as_data(reading: Reading, zone: ZoneInfo) -> dict[str, Any]:
    """Return a reading as JSON data, for `clocks replay`."""
    return {
        "kind": reading.kind,
        "subject": reading.subject,
        "episode": reading.episode,
        "state": reading.state.value,
        "breach": reading.breach,
        "provisional": reading.provisional,
        "policy_version": reading.policy_version,
        "started_at": _iso(reading.started_at, zone),
        "due_at": _iso(reading.due_at, zone),
        "stopped_at": _iso(reading.stopped_at, zone),
        "elapsed_seconds": reading.elapsed // timedelta(seconds=1),
        "pauses": [
            {
                "paused_at": _iso(pause.paused_at, zone),
                "resumed_at": _iso(pause.resumed_at, zone),
                "reason": pause.reason,
            }
            for pause in reading.pauses
        ],
        "extensions": [
            {
                "at": _iso(grant.at, zone),
                "value": grant.value,
                "new_due_on": grant.new_due_on.isoformat() if grant.new_due_on else None,
            }
            for grant in reading.extensions
        ],
        "due": due_as_data(reading.due, zone) if reading.due is not None else None,
    }


def differences(
    stored: Mapping[tuple[str, str, int], datetime | None], found: Sequence[Reading]
) -> tuple[str, ...]:
    """Compare stored due dates, by kind, subject and episode, with the readings.

    Returns one plain sentence for each that differs; nothing when the store is right.
    """
    worked_out = {
        (reading.kind, reading.subject, reading.episode): reading.due_at for reading in found
    }
    sentences = []
    for key in sorted(stored.keys() | worked_out.keys()):
        where = f"{key[0]} of {key[1]}, episode {key[2]}"
        if key not in worked_out:
            sentences.append(f"{where}: stored, but the events give no such clock.")
        elif key not in stored:
            sentences.append(f"{where}: the events give this clock, but it is not stored.")
        elif stored[key] != worked_out[key]:
            sentences.append(
                f"{where}: stored {_utc(stored[key])}, the events give {_utc(worked_out[key])}."
            )
    return tuple(sentences)


def _skipped(one: Skipped) -> dict[str, Any]:
    name = {"zh": one.name.zh, "en": one.name.en} if one.name is not None else None
    return {"day": one.day.isoformat(), "reason": one.reason.value, "name": name}


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()


def _utc(moment: datetime | None) -> str:
    return "no due date" if moment is None else moment.astimezone(UTC).isoformat()
