"""The dates that a reporter was told, worked out from the history."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.lifecycle.promises import Promise, Rules, ledger
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, events_of_many
from portal.presets.kinds import Preset
from portal.presets.queries import all_calendars, all_policies
from portal.reports.models import Report


def delay_of(preset: Preset) -> timedelta:
    """Return how long a dispatch is not told: it may be taken back unseen."""
    return timedelta(seconds=preset.city.settings.notice_delay_seconds)


def ledger_of(
    session: Session, report: Report, preset: Preset, *, now: datetime
) -> tuple[Promise, ...]:
    """Return every date that the reporter was told up to `now`, judged. Nothing of it is stored."""
    rules = Rules(
        policies=all_policies(session),
        calendars=all_calendars(session),
        delay=delay_of(preset),
    )
    events = events_about(session, report)
    return ledger(events, report.id, report.origin_case_id, rules, now=now)


def events_about(session: Session, report: Report) -> Sequence[Recorded]:
    """Return the events of every case in which the report was handled, in their order."""
    visited, ahead = set[UUID](), [report.origin_case_id, report.case_id]
    while ahead:
        case_id = ahead.pop()
        if case_id in visited:
            continue
        visited.add(case_id)
        for event in events_of(session, case_id):
            # A part that was split off waits since the whole was filed.
            began_in = event.payload.get("from") if event.kind is EventKind.OPENED else None
            gone_to = event.payload.get("into") if event.kind is EventKind.MERGED else None
            ahead += [UUID(str(one)) for one in (began_in, gone_to) if one]
    if visited == {report.origin_case_id}:
        return events_of(session, report.origin_case_id)
    return events_of_many(session, visited)
