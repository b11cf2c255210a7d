"""Time left, names and places in the shapes that the macros take."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.clocks.days import DAY
from portal.clocks.explain import name_of
from portal.clocks.reading import CHAIN, ITEM, Reading, State
from portal.clocks.timeleft import left_until, time_left
from portal.presets.kinds import Preset, TimeUnit
from portal.web.language import current
from portal.web.marks import anchor, due, due_day, in_words


def due_of_case(case: Any, preset: Preset, now: datetime) -> dict[str, Any]:
    """Return `portal_due` of the nearest due date that the case's row keeps."""
    if case.closed_at:
        return {"mark": "done", "amount": None}
    if case.next_due_at is None:
        return {"mark": "paused" if case.paused_at else "not_started", "amount": None}
    limit = preset.limits.limits.get(case.next_clock)
    unit = limit.unit if limit else TimeUnit.CALENDAR_DAY
    return due(left_until(case.next_due_at, now, unit, preset.calendar, preset.limits))


def strip(
    readings: tuple[Reading, ...],
    later: tuple[Reading, ...],
    preset: Preset,
    language: str,
    *,
    now: datetime,
    items: Mapping[str, str],
    why_url: str,
) -> dict[str, Any]:
    """Return the parameters of `portal_clocks`: what runs, the chain last, the finished in a line.

    `items` holds the words of tasks by id.
    """
    shown, chains, done = [], [], []
    for reading in readings:
        name = _name(reading, items, language)
        if reading.kind == CHAIN:
            chains.append(_clock(reading, _("Whole way: report to answer"), preset, now, why_url))
        elif reading.is_open and not reading.window:
            shown.append(_clock(reading, name, preset, now, why_url))
        elif reading.state in (State.DONE, State.DONE_LATE) and not reading.window:
            late = reading.state is State.DONE_LATE
            done.append(_("%(clock)s (late)", clock=name) if late else name)
    shown.sort(key=lambda clock: clock["order"])
    coming = [_clock(one, _name(one, items, language), preset, now, why_url) for one in later]
    names = ("、" if language.startswith("zh") else ", ").join(dict.fromkeys(done))  # rounds once
    return {
        "clocks": [*shown, *coming, *chains],
        "done": _("Done: %(clocks)s.", clocks=names) if done else None,
        "policy": _("Version %(number)s of the limits.", number=preset.limits.version),
        "why_url": why_url,
    }


def _name(reading: Reading, items: Mapping[str, str], language: str) -> str:
    if reading.kind == ITEM:
        return str(_("Task %(words)s", words=items.get(reading.subject, "")))
    name = in_words(name_of(reading), language)
    about = items.get(reading.subject)
    # A check is about one task: two of them are told apart by it.
    return str(_("%(clock)s: %(what)s", clock=name, what=about)) if about else name


def _clock(
    reading: Reading, name: str, preset: Preset, now: datetime, why_url: str
) -> dict[str, Any]:
    left = time_left(reading, now, preset.calendar, preset.limits)
    day = due_day(reading, now)
    reasons = [words.in_language(current()) for words in reading.pause_names if words is not None]
    return {
        "name": name,
        **due(left),
        "segments": segments(reading, now),
        "due_text": _("due %(day)s", day=day) if day else None,
        "provisional": reading.provisional,
        "reason": _("Paused: %(reason)s", reason=reasons[-1]) if reasons else None,
        "apart": reading.kind == CHAIN,
        "why_url": f"{why_url}#{anchor(reading)}" if reading.started_at else None,
        "order": reading.due_at or reading.as_of + 3650 * DAY,
    }


def segments(reading: Reading, now: datetime) -> list[dict[str, Any]]:
    """Return the parts of a clock's bar, as shares of the way from its start to its end."""
    start = reading.started_at
    if start is None:
        return []
    end = reading.due_at or (reading.due.due_at if reading.due else None)
    until = reading.stopped_at or now
    if end is None or end <= start:
        return []
    whole = max(end, until) - start

    def share(moment: datetime) -> float:
        return min(1.0, max(0.0, (moment - start) / whole))

    kind = "done" if reading.stopped_at else "now"
    parts = [{"kind": kind, "start": 0.0, "end": share(min(until, end))}]
    if until > end:
        parts.append({"kind": "late", "start": share(end), "end": share(until)})
    for pause in reading.pauses:
        stop = pause.resumed_at or until
        parts.append({"kind": "paused", "start": share(pause.paused_at), "end": share(stop)})
    return parts
