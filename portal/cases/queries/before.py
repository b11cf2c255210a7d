"""The dates that a report would be promised if it were sent now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.clocks.facts import Fact
from portal.clocks.reading import Reading
from portal.clocks.readings import readings
from portal.foundation.clock import floored_to_hour
from portal.presets.kinds import Calendar, Preset, TimeLimitPolicy
from portal.presets.queries import all_policies

#: The clocks whose ends are told, in the order in which they come.
TOLD = ("acceptance", "urgent_on_site", "first_response", "handling_total")
#: What ends one clock and begins the next, when each step takes all the time that it may.
STEPS = (("acceptance", "accepted"), ("dispatch", "dispatched"))
_INSTANT = timedelta(microseconds=1)
_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """Readings of clocks; the same object for all who ask within an hour under the same rules."""

    readings: tuple[Reading, ...]


_known: dict[tuple[object, ...], tuple[tuple[TimeLimitPolicy, ...], Calendar, Dates]] = {}


def dates_if_sent(
    session: Session, preset: Preset, category: str | None, *, now: datetime
) -> Dates:
    """Return the clocks that a report about `category` would start, each at its latest.

    The engine itself reads them: from events that would happen if everybody took all their time.
    """
    chosen = preset.taxonomy.categories.get(category or "")
    is_urgent = bool(chosen and chosen.urgent)
    policies, calendar, at = all_policies(session), preset.calendar, floored_to_hour(now)
    # The same for everybody who comes within the hour, and half of what the page costs.
    key = (at, is_urgent, id(calendar), *map(id, policies))
    if key not in _known:
        if len(_known) >= _KEPT:
            _known.clear()
        found = _dates(policies, calendar, at, is_urgent=is_urgent)
        _known[key] = (policies, calendar, found)  # what has these ids is kept with it
    return _known[key][2]


def _dates(
    policies: tuple[TimeLimitPolicy, ...], calendar: Calendar, at: datetime, *, is_urgent: bool
) -> Dates:
    told = {"priority": "urgent" if is_urgent else "normal"}
    facts = [Fact(kind="filed", at=at, seq=0, payload={"report": "0", "by_role": "reporter"})]
    running = _running(readings(facts, policies, calendar, as_of=at))
    for clock, event in STEPS:
        if clock not in running or (due := running[clock].due_at) is None:
            break
        at = due - _INSTANT
        payload = {**told, "by_role": "dispatcher"}
        facts.append(Fact(kind=event, at=at, seq=len(facts), payload=payload))
        # What has ended by now is told as it stood while it ran.
        running = _running(readings(facts, policies, calendar, as_of=at)) | running
    return Dates(tuple(running[kind] for kind in TOLD if kind in running))


def _running(found: Iterable[Reading]) -> dict[str, Reading]:
    return {one.kind: one for one in found if one.is_open}
