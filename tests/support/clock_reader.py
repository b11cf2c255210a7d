"""Short ways to tell a case's events and read its clocks, for tests of clocks."""

from typing import Any

from portal.clocks.reading import Reading
from portal.clocks.readings import readings
from tests.support.clocks import at, calendar_2026, facts, make_policy

POLICY = make_policy()
Event = tuple[str, str] | tuple[str, str, dict[str, Any]]
FILED: Event = ("2026-03-02T09:00", "filed", {"report": "r1", "channel": "web"})
ACCEPTED: Event = ("2026-03-03T09:00", "accepted", {"category": "fire"})
DISPATCHED: Event = ("2026-03-03T10:00", "dispatched", {"priority": "normal"})
SIGNED: Event = ("2026-03-03T14:00", "signed_for", {})
VERIFIED: Event = ("2026-03-06T10:00", "verified", {"finding": "verified_true"})
CONCLUDED: Event = ("2026-03-10T10:00", "concluded", {"reports": ["r1"]})
CLOSED: Event = ("2026-03-11T10:00", "closed", {})
ROAD = (FILED, ACCEPTED, DISPATCHED, SIGNED)
TESTING = {"reason": "testing_or_inspection"}


def read(
    *events: Event, as_of: str = "2026-03-12T12:00", **more: Any
) -> dict[tuple[str, str, int], Reading]:
    more = {"policies": [POLICY], "calendar": calendar_2026()} | more
    found = readings(facts(*events), as_of=at(as_of), **more)
    return {(one.kind, one.subject, one.episode): one for one in found}


def one(kind: str, *events: Event, episode: int = 1, subject: str = "case", **more: Any) -> Reading:
    return read(*events, **more)[kind, subject, episode]


def last_day(reading: Reading) -> str:
    assert reading.last_day is not None
    return reading.last_day.isoformat()


def paused(*spans: tuple[str, str | None]) -> list[Event]:
    found: list[Event] = []
    for begin, end in spans:
        found.append((f"2026-03-{begin}", "paused", TESTING))
        if end is not None:
            found.append((f"2026-03-{end}", "resumed", {}))
    return found
