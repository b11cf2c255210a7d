"""Why a due date is what it is: the sheet of one clock."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.clocks.days import DAY, SkipReason
from portal.clocks.explain import DayRanges, Sentence, Value, name_of, sentences, state_message
from portal.clocks.reading import ITEM, Reading, Why
from portal.presets.kinds import Preset, Words
from portal.web.filters import day, local, short_day, short_time
from portal.web.marks import anchor, due_day, in_words

WEEKDAYS = (_l("Mo"), _l("Tu"), _l("We"), _l("Th"), _l("Fr"), _l("Sa"), _l("Su"))
#: Longer ways are told by the sentences alone: nobody counts along sixty squares.
DAYS_SHOWN = 45


def why_sheet(
    reading: Reading, preset: Preset, language: str, now: datetime, items: Mapping[str, str]
) -> dict[str, Any]:
    """Return the parameters of `portal_why`."""
    why = reading.why
    name = in_words(name_of(reading), language)
    if reading.kind == ITEM:
        name = _("Task %(words)s", words=items.get(reading.subject, ""))
    if reading.episode > 1:
        name = _("%(clock)s, round %(round)s", clock=name, round=reading.episode)
    told = [spoken(one, language) for one in sentences(reading)]
    return {
        "title": name,
        "id": anchor(reading),
        "marks": list(_marks(reading, why, now)),
        "days": list(_days(reading, why, now)),
        "sentence": " ".join(told) if language == "en" else "".join(told),
    }


def spoken(sentence: Sentence, language: str) -> str:
    """Return a sentence of the clocks in the reader's language, its values put into words."""
    message, values = sentence
    return str(_(message, **{name: said(value, language) for name, value in values.items()}))


def said(value: Value, language: str) -> object:
    """Return a value of a sentence as a reader sees it."""
    if isinstance(value, Words):
        return value.in_language(language)
    if isinstance(value, datetime):
        return short_time(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, tuple):
        return _ranges(value, language)
    return value


def _ranges(ranges: DayRanges, language: str) -> str:
    parts = [
        short_day(first) if first == last else f"{short_day(first)}–{short_day(last)}"
        for first, last in ranges
    ]
    return ("、" if language.startswith("zh") else ", ").join(parts)


def _marks(reading: Reading, why: Why, now: datetime) -> Iterator[dict[str, Any]]:
    if why.started_at is not None:
        yield {"name": _("Begun"), "value": short_time(why.started_at)}
    if why.skipped:
        yield {"name": _("Left out"), "value": _("%(num)s days", num=len(why.skipped))}
    if reading.pauses:
        yield {"name": _("Pauses"), "value": len(reading.pauses)}
    if (due := due_day(reading, now)) is not None:
        note = _("provisional") if why.provisional else None
        yield {"name": _("Due"), "value": due, "note": note}
    if why.stopped_at is not None:
        yield {"name": _("Stopped"), "value": short_time(why.stopped_at)}
    yield {"name": _("State"), "value": _(state_message(reading.state))}


def _days(reading: Reading, why: Why, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield a square for each day from the start to the end, for limits in days."""
    start, last = why.start_day, why.last_day
    if start is None or last is None or not why.counted or (last - start).days > DAYS_SHOWN:
        return
    counted = {one: number for number, one in enumerate(why.counted, start=1)}
    left_out = {one.day: one for one in why.skipped}
    stopped = local(why.stopped_at).date() if why.stopped_at else None
    present: date = start
    while present <= last:
        skipped = left_out.get(present)
        text, kind = "", "plain"
        if present == start:
            text, kind = _("start"), "start"
        elif skipped is not None:
            is_pause = skipped.reason is SkipReason.PAUSE
            text = _("paused") if is_pause else _("off")
            kind = "paused" if is_pause else "out"
        elif present in counted and not (stopped and present > stopped):
            text, kind = str(counted[present]), "counted"
        if present == last:
            kind = "due"
            text = _("%(count)s due", count=counted.get(present, ""))
        if present == stopped:
            kind, text = "done", _("%(count)s done", count=counted.get(present, ""))
        yield {
            "day": short_day(present),
            "weekday": str(WEEKDAYS[present.weekday()]),
            "text": text,
            "kind": kind,
        }
        present += DAY
