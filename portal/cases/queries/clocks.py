"""Reading the clocks of a case from its events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Role
from portal.cases.lifecycle.promises import as_fact
from portal.cases.models import Case
from portal.clocks.facts import Fact
from portal.clocks.reading import Reading
from portal.clocks.readings import readings
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, events_of_many
from portal.presets.kinds import Calendar, Preset
from portal.presets.queries import all_policies


def clocks_of(
    session: Session,
    case_: Case,
    preset: Preset,
    *,
    as_of: datetime,
    own: Sequence[Recorded] | None = None,
) -> tuple[Reading, ...]:
    """Return every clock of the case at a moment, read from its events (`own`, if at hand)."""
    own = events_of(session, case_.id) if own is None else own
    # A report that was merged in keeps its own chain, begun in the case that filing it started;
    # one that was merged away is answered where it went.
    elsewhere = {report.origin_case_id for report in case_.reports} | {case_.split_from}
    elsewhere |= _went_to(session, case_)
    others = _events_elsewhere(session, case_.id, elsewhere)
    return readings(
        (as_fact(event) for event in [*own, *others]),
        all_policies(session),
        preset.calendar,
        as_of=as_of,
        case_id=str(case_.id),
        reports=_reports_of(case_, own),
    )


def _went_to(session: Session, case_: Case) -> set[UUID]:
    """Return the cases into which this one was merged, one after the other."""
    passed: set[UUID] = set()
    into = case_.merged_into
    while into is not None and into not in passed:
        passed.add(into)
        into = session.scalar(select(Case.merged_into).where(Case.id == into))
    return passed


def first_clocks(
    session: Session,
    case_id: UUID,
    kind: EventKind,
    payload: Mapping[str, Any],
    *,
    calendar: Calendar,
    now: datetime,
    by: Role,
) -> tuple[Reading, ...]:
    """Return the clocks of a case that begins now, whose one event need not be read."""
    told = {**payload, "by_role": str(by)}
    fact = Fact(kind=str(kind), at=now, seq=0, payload=told, case_id=str(case_id))
    reports = frozenset({str(payload["report"])} if kind is EventKind.FILED else ())
    return readings(
        [fact],
        all_policies(session),
        calendar,
        as_of=now,
        case_id=str(case_id),
        reports=reports,
    )


def _events_elsewhere(
    session: Session, case_id: UUID, cases: set[UUID | None]
) -> Sequence[Recorded]:
    others = [other for other in cases if other is not None and other != case_id]
    return events_of_many(session, others) if others else []


def _reports_of(case_: Case, own: Sequence[Recorded]) -> frozenset[str]:
    """Return the reports whose clocks are the case's: those it has, and the one that began it."""
    filed = {str(event.payload["report"]) for event in own if event.kind is EventKind.FILED}
    return frozenset({str(report.id) for report in case_.reports} | filed)
