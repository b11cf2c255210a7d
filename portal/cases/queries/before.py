"""The dates that a report would be promised if it were sent now."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.clocks.facts import Fact
from portal.clocks.reading import Reading
from portal.clocks.readings import readings
from portal.foundation.clock import floored_to_hour
from portal.presets.kinds import Preset
from portal.presets.queries import all_policies

#: The clocks whose ends are told, in the order in which they come.
TOLD = ("acceptance", "urgent_on_site", "first_response", "handling_total")
#: What ends one clock and begins the next, when each step takes all the time that it may.
STEPS = (("acceptance", "accepted"), ("dispatch", "dispatched"))
_INSTANT = timedelta(microseconds=1)


def dates_if_sent(
    session: Session, preset: Preset, category: str | None, *, now: datetime
) -> tuple[Reading, ...]:
    """Return the clocks that a report about `category` would start, each at its latest.

    The engine itself reads them: from events that would happen if everybody took all their time.
    """
    chosen = preset.taxonomy.categories.get(category or "")
    told = {"priority": "urgent" if chosen and chosen.urgent else "normal"}
    at = floored_to_hour(now)
    facts = [Fact(kind="filed", at=at, seq=0, payload={"report": "0", "by_role": "reporter"})]
    policies = all_policies(session)
    running = _running(readings(facts, policies, preset.calendar, as_of=at))
    for clock, event in STEPS:
        if clock not in running or (due := running[clock].due_at) is None:
            break
        at = due - _INSTANT
        payload = {**told, "by_role": "dispatcher"}
        facts.append(Fact(kind=event, at=at, seq=len(facts), payload=payload))
        # What has ended by now is told as it stood while it ran.
        running = _running(readings(facts, policies, preset.calendar, as_of=at)) | running
    return tuple(running[kind] for kind in TOLD if kind in running)


def _running(found: Iterable[Reading]) -> dict[str, Reading]:
    return {one.kind: one for one in found if one.is_open}
