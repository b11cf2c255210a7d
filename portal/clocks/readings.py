"""All clocks of a case at one moment."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from portal.clocks.facts import Fact
from portal.clocks.reading import CASE, Reading, State, family
from portal.clocks.replay import Replay
from portal.presets.kinds import Calendar, TimeLimitPolicy

#: The main clocks of an open case, in the order of the road.
ROAD = ("acceptance", "dispatch", "sign_for", "first_response", "verification", "handling_total")
WITH_REPORT = ("first_response", "feedback")


def readings(
    facts: Iterable[Fact],
    policies: Sequence[TimeLimitPolicy],
    calendar: Calendar,
    *,
    as_of: datetime,
    case_id: str | None = None,
    reports: Collection[str] | None = None,
) -> tuple[Reading, ...]:
    """Read every clock of a case as it stood at `as_of`, in the order of their first start.

    A pure function: the same events, policies (in the order of `holds_from`) and calendar give
    the same readings in whatever order the events come. Events after `as_of` are not seen.

    With `case_id` the facts may hold events of other cases, where this case's reports were filed
    or answered before a merge or a split; `reports` then names this case's reports, so that the
    chains of the others stay out. Without `case_id` all facts are the case's own.
    """
    seen = sorted((fact for fact in facts if fact.at <= as_of), key=lambda fact: fact.seq)
    replay = Replay(policies, calendar, case_id, reports)
    replay.walk(seen)
    return replay.readings(as_of)


def upcoming(found: Sequence[Reading], policy: TimeLimitPolicy) -> tuple[Reading, ...]:
    """Return as `not_started` the main clocks of an open case that have not begun yet."""
    if not any(reading.subject == CASE and reading.is_open for reading in found):
        return ()
    begun = {family(reading.kind) for reading in found}
    kinds = [*ROAD, "feedback"]
    if not any(reading.kind == "chain" for reading in found):
        kinds = [kind for kind in kinds if kind not in WITH_REPORT]
    return tuple(
        Reading(
            kind=kind,
            subject=CASE,
            episode=1,
            state=State.NOT_STARTED,
            as_of=found[0].as_of,
            limit=policy.limits[kind],
            policy_version=policy.version,
        )
        for kind in kinds
        if kind not in begun and kind in policy.limits
    )
