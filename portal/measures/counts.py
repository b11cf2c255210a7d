"""How many: received, accepted, refused and why, returned, reopened, and what reporters said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.cases.kinds import Finding, Resolution, Source, State
from portal.cases.models import Case
from portal.history.kinds import EventKind
from portal.history.models import Event
from portal.measures.periods import Scope, kept, received_in
from portal.reports.kinds import Contacted, Satisfied, Solved
from portal.reports.models import Report


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; both are always shown. 0 of 0 has no value."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def percent(self) -> int | None:
        """In whole percent, rounded half up; whoever shows it shows both numbers beside it."""
        return (200 * self.part + self.whole) // (2 * self.whole) if self.whole else None


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


def is_rated(
    solved: Solved | None = None,
    satisfied: Satisfied | None = None,
    contacted: Contacted | None = None,
) -> ColumnElement[bool]:
    """Return the clause on `reports` for those that were rated, and rated so."""
    asked: list[ColumnElement[bool]] = [Report.rated_at.is_not(None)]
    if solved is not None:
        asked.append(Report.solved == solved)
    if satisfied is not None:
        asked.append(Report.satisfied == satisfied)
    if contacted is not None:
        asked.append(Report.contacted == contacted)
    return and_(*asked)


def is_answered() -> ColumnElement[bool]:
    """Return the clause on `reports` for those that have their answer, by whatever decision."""
    return Report.answered_at.is_not(None)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one cohort, by the names of `CLAUSES`, and the refusals by their reason."""

    numbers: Mapping[str, int]
    refusals: Mapping[str, int]
    imported: int

    def share(self, part: str, whole: str) -> Share:
        return Share(self.numbers[part], self.numbers[whole])


def clauses() -> dict[str, ColumnElement[bool]]:
    """Return what is counted, by name, as clauses on `cases`: the list behind a count uses them."""
    begun = {
        name: Case.id.in_(select(Report.origin_case_id).where(clause))
        for name, clause in _of_reports().items()
    }
    return {**_of_cases(), **begun}


def _of_cases() -> dict[str, ColumnElement[bool]]:
    return {
        "received": Case.id.is_not(None),
        "unfinished": is_unfinished(),
        "accepted": has_acceptance(),
        "dispatched": was_dispatched(),
        "returned": was_returned(),
        "reopened": was_reopened(),
        "ended": has_ended_once(),
        **{f"ended.{one.value}": ended_as(one) for one in Resolution},
        **{f"found.{one.value}": found_to_be(one) for one in Finding},
    }


def _of_reports() -> dict[str, ColumnElement[bool]]:
    """What is told of a case by the report that began it; each case has at most one."""
    return {
        "answered": is_answered(),
        "rated": is_rated(),
        **{f"contacted.{one.value}": is_rated(contacted=one) for one in Contacted},
        **{f"solved.{one.value}": is_rated(solved=one) for one in Solved},
        **{f"satisfied.{one.value}": is_rated(satisfied=one) for one in Satisfied},
    }


def case_counts(session: Session, scope: Scope) -> Counts:
    """Return the cohort's counts as the cases stand now; `published` defines them."""
    cohort = received_in(scope)
    begun = select(Case.id).join(Report, Report.origin_case_id == Case.id)
    return Counts(
        numbers={
            **_numbers(session, _of_cases(), select(Case.id).where(*cohort)),
            **_numbers(session, _of_reports(), begun.where(*cohort)),
        },
        refusals=_refusals(session, scope),
        imported=int(session.scalar(select(func.count()).where(*imported_in(scope))) or 0),
    )


def _numbers(
    session: Session, wanted: Mapping[str, ColumnElement[bool]], among: Select[Any]
) -> dict[str, int]:
    counted = (func.count().filter(clause) for clause in wanted.values())
    row = session.execute(among.with_only_columns(*counted)).one()
    return dict(zip(wanted, row, strict=True))


def imported_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the clauses for imported cases of the period, which no other figure counts."""
    return [
        Case.opened_at >= scope.period.start,
        Case.opened_at < scope.period.end,
        Case.source == Source.IMPORT,
        *kept(scope),
    ]


def _last_refusals(scope: Scope) -> Any:
    """Return case and reason of the last refusal of each refused case of the cohort."""
    return (
        select(Event.case_id, Event.payload["reason"].astext.label("reason"))
        .join(Case, Case.id == Event.case_id)
        # Nobody is refused before they were received: the index on kind and time finds them.
        .where(Event.kind == EventKind.REFUSED, Event.at >= scope.period.start)
        .where(was_refused(), *received_in(scope))
        .ext(distinct_on(Event.case_id))
        .order_by(Event.case_id, Event.seq.desc())
        .subquery()
    )


def _refusals(session: Session, scope: Scope) -> dict[str, int]:
    refusals = _last_refusals(scope)
    rows = session.execute(
        select(refusals.c.reason, func.count())
        .group_by(refusals.c.reason)
        .order_by(func.count().desc(), refusals.c.reason)
    )
    return {reason: number for reason, number in rows}


def refused_for(reason: str, scope: Scope) -> ColumnElement[bool]:
    """Return the clause for cases of the cohort that were refused for this reason."""
    refusals = _last_refusals(scope)
    return Case.id.in_(select(refusals.c.case_id).where(refusals.c.reason == reason))
