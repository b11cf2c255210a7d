"""How many: received, accepted, refused and why, returned, reopened, and what reporters said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.cases.kinds import Finding, Resolution, Source, State
from portal.cases.models import Case
from portal.history.kinds import EventKind
from portal.history.models import Event
from portal.measures.periods import Scope, kept, received_in
from portal.reports.kinds import Satisfied, Solved
from portal.reports.models import Report


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; both are always shown. 0 of 0 has no value."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


def has_acceptance() -> ColumnElement[bool]:
    return Case.accepted_at.is_not(None)


def was_refused() -> ColumnElement[bool]:
    return Case.resolution == Resolution.REFUSED


def was_dispatched() -> ColumnElement[bool]:
    return Case.dispatch_count > 0


def was_returned() -> ColumnElement[bool]:
    return Case.return_count > 0


def was_reopened() -> ColumnElement[bool]:
    return Case.reopen_count > 0


def has_ended_once() -> ColumnElement[bool]:
    """Closed now or once before; a merge undone does not count as an end."""
    return or_(Case.state == State.CLOSED, Case.reopen_count > 0)


def is_unfinished() -> ColumnElement[bool]:
    """Neither concluded nor closed."""
    return and_(Case.state != State.CLOSED, Case.concluded_at.is_(None))


def ended_as(resolution: Resolution) -> ColumnElement[bool]:
    return Case.resolution == resolution


def found_to_be(finding: Finding) -> ColumnElement[bool]:
    return Case.finding == finding


def rated(solved: Solved | None = None, satisfied: Satisfied | None = None) -> ColumnElement[bool]:
    """Return the clause for cases whose first report was rated, and rated so."""
    wanted = select(Report.origin_case_id).where(Report.rated_at.is_not(None))
    if solved is not None:
        wanted = wanted.where(Report.solved == solved)
    if satisfied is not None:
        wanted = wanted.where(Report.satisfied == satisfied)
    return Case.id.in_(wanted)


def was_answered() -> ColumnElement[bool]:
    """Return the clause for cases whose first report has its answer, by whatever decision."""
    return Case.id.in_(select(Report.origin_case_id).where(Report.answered_at.is_not(None)))


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one cohort, by the names of `CLAUSES`, and the refusals by their reason."""

    numbers: Mapping[str, int]
    refusals: Mapping[str, int]
    imported: int

    def share(self, part: str, whole: str) -> Share:
        return Share(self.numbers[part], self.numbers[whole])


def clauses() -> dict[str, ColumnElement[bool]]:
    """Return what is counted, by name; the list behind a count uses the same clause."""
    return {
        "received": Case.id.is_not(None),
        "unfinished": is_unfinished(),
        "accepted": has_acceptance(),
        "dispatched": was_dispatched(),
        "returned": was_returned(),
        "reopened": was_reopened(),
        "ended": has_ended_once(),
        "answered": was_answered(),
        "rated": rated(),
        **{f"ended.{one.value}": ended_as(one) for one in Resolution},
        **{f"found.{one.value}": found_to_be(one) for one in Finding},
        **{f"solved.{one.value}": rated(solved=one) for one in Solved},
        **{f"satisfied.{one.value}": rated(satisfied=one) for one in Satisfied},
    }


def case_counts(session: Session, scope: Scope) -> Counts:
    """Return the cohort's counts as the cases stand now; `published` defines them."""
    names = clauses()
    row = session.execute(
        select(*(func.count().filter(clause) for clause in names.values())).where(
            *received_in(scope)
        )
    ).one()
    return Counts(
        numbers=dict(zip(names, row, strict=True)),
        refusals=_refusals(session, scope),
        imported=int(session.scalar(select(func.count()).where(*imported_in(scope))) or 0),
    )


def imported_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the clauses for imported cases of the period, which no other figure counts."""
    return [
        Case.opened_at >= scope.period.start,
        Case.opened_at < scope.period.end,
        Case.source == Source.IMPORT,
        *kept(scope),
    ]


def last_refusals() -> Any:
    """Return case and reason of the last refusal of each case that was refused."""
    return (
        select(Event.case_id, Event.payload["reason"].astext.label("reason"))
        .where(Event.kind == EventKind.REFUSED)
        .distinct(Event.case_id)
        .order_by(Event.case_id, Event.seq.desc())
        .subquery()
    )


def _refusals(session: Session, scope: Scope) -> dict[str, int]:
    refusals = last_refusals()
    rows = session.execute(
        select(refusals.c.reason, func.count())
        .join(Case, Case.id == refusals.c.case_id)
        .where(was_refused(), *received_in(scope))
        .group_by(refusals.c.reason)
        .order_by(func.count().desc(), refusals.c.reason)
    )
    return {reason: number for reason, number in rows}


def refused_for(reason: str) -> ColumnElement[bool]:
    """Return the clause for cases refused for this reason."""
    refusals = last_refusals()
    return and_(
        was_refused(),
        Case.id.in_(select(refusals.c.case_id).where(refusals.c.reason == reason)),
    )
