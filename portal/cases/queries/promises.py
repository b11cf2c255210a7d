"""The dates that a reporter was told, worked out from the history."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.kinds import Judged, What
from portal.cases.lifecycle.promises import Promise, Rules, ledger
from portal.cases.models import ToldPromise
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, events_of_many
from portal.presets.kinds import Preset
from portal.presets.queries import all_calendars, all_policies
from portal.reports.models import Report


def delay_of(preset: Preset) -> timedelta:
    """Return how long a dispatch is not told: it may be taken back unseen."""
    return timedelta(seconds=preset.city.settings.notice_delay_seconds)


def ledger_of(
    session: Session, report: Report, preset: Preset, *, now: datetime, upto: int | None = None
) -> tuple[Promise, ...]:
    """Return every date that the reporter was told up to `now`, judged; as it then stood.

    With `upto` no event after that one is read.
    """
    rules = Rules(
        policies=all_policies(session),
        calendars=all_calendars(session),
        delay=delay_of(preset),
    )
    events = events_about(session, report)
    if upto is not None:
        events = [event for event in events if event.seq <= upto]
    return ledger(events, report.id, report.origin_case_id, rules, now=now)


def as_figures(promises: Iterable[Promise]) -> list[tuple[What, datetime, Judged]]:
    """Return of each promise what figures are made of."""
    return [(one.what, one.due_at, one.judged) for one in promises]


def figures_kept(session: Session, report_id: UUID) -> list[tuple[What, datetime, Judged]]:
    """Return what is kept of a report's promises, in their order."""
    columns = ToldPromise.what, ToldPromise.due_at, ToldPromise.judged
    wanted = select(*columns).where(ToldPromise.report_id == report_id).order_by(ToldPromise.number)
    return [(what, due_at, judged) for what, due_at, judged in session.execute(wanted)]


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
