"""On the page of a case: what the unit had declared of the matter before others knew of it."""

from typing import Any

from flask import url_for

from portal.access.kinds import Action
from portal.access.policy import may
from portal.cases.kinds import Source
from portal.cases.queries import matter_of_case
from portal.handling.views._opened import Opened
from portal.selfinspections import queries
from portal.selfinspections.kinds import CREDITED, VERDICT_REASONS, Verdict
from portal.selfinspections.lifecycle import Judged, Matter
from portal.web.filters import day, hour, short_time
from portal.web.filters import month as month_words

BAD = frozenset({Verdict.CONCEALED, Verdict.OVERDUE})


def of_case(here: Opened) -> dict[str, Any] | None:
    """Return the verdict with its reason; None: nothing can be said, or not to this reader.

    A unit that takes no part in self-inspection had nothing to declare.
    """
    case = here.case
    if case.unit_id is None or not may(here.actor, Action.READ_SELF_INSPECTIONS):
        return None
    url = url_for("declarations.unit", unit_id=case.unit_id)
    if case.source is Source.SELF_INSPECTION:
        return {"own": True, "url": url}
    matter = matter_of_case(here.session, case, here.preset)
    if matter is None or queries.since(here.session, case.unit_id) is None:
        return None
    found = queries.judged(here.session, here.actor, case.unit_id, [matter], here.preset)[0]
    tone = "ok" if found.verdict in CREDITED else "bad" if found.verdict in BAD else None
    return {
        "own": False,
        "url": url,
        "verdict": found.verdict.label,
        "tone": tone,
        "why": str(VERDICT_REASONS[found.verdict]) % _values(found, matter),
    }


def _values(found: Judged, matter: Matter) -> dict[str, str]:
    """Return the times that decided it, in words."""
    known = hour(matter.known_at) if matter.by_report else short_time(matter.known_at)
    values = {"known": known}
    if found.find is not None:
        values["entered"] = short_time(found.find.entered_at)
        values["right"] = short_time(found.find.put_right_at) if found.find.put_right_at else "—"
        values["due"] = day(found.find.late_since) if found.find.late_since else "—"
    if found.nil is not None:
        values["declared"] = short_time(found.nil.signed_at)
        values["month"] = month_words(found.nil.month)
    return values
