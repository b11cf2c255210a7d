"""The flow that adds up: what was open, came in, was reopened, ended, and is open then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.cases.kinds import Resolution, Source, State
from portal.cases.models import Case
from portal.history.kinds import EventKind
from portal.history.models import Event
from portal.measures.periods import Period, Scope, kept

#: Kinds that always do the same; the others are looked at one by one.
BEGIN = (EventKind.FILED, EventKind.OPENED)
END = {
    EventKind.REFUSED: Resolution.REFUSED,
    EventKind.TRANSFERRED_OUT: Resolution.TRANSFERRED_OUT,
    EventKind.ACCIDENT_REFERRED: Resolution.ACCIDENT,
    EventKind.MERGED: Resolution.DUPLICATE,
}
TURNS = (
    *BEGIN,
    *END,
    EventKind.IMPORTED,
    EventKind.CLOSED,
    EventKind.REOPENED,
    EventKind.SPLIT,
)

#: Endings with a column of their own; the others are shown as one.
NAMED_ENDS = (
    Resolution.RECTIFIED,
    Resolution.UNFOUNDED,
    Resolution.TRANSFERRED_OUT,
    Resolution.REFUSED,
    Resolution.DUPLICATE,
)
OTHER_ENDS = tuple(one for one in Resolution if one not in NAMED_ENDS)


@dataclass(frozen=True, slots=True)
class Flow:
    """One period. `after` is what follows from the events, `counted` what the cases say."""

    period: Period
    before: int
    received: int
    reopened: int
    closed: Mapping[Resolution, int]
    counted: int

    @property
    def total_closed(self) -> int:
        return sum(self.closed.values())

    @property
    def after(self) -> int:
        return self.before + self.received + self.reopened - self.total_closed

    @property
    def difference(self) -> int:
        return self.counted - self.after


def case_flow(session: Session, scope: Scope) -> Flow:
    """Return both counts of the flow; `published.flow` defines them."""
    period = scope.period
    # A name that no column has: GROUP BY takes a column of that name before the label.
    ended = _of(scope, _resolution().label("ended_as"), func.count())
    rows = session.execute(ended.where(ends(), during(period)).group_by("ended_as"))
    closed = {Resolution(resolution): number for resolution, number in rows}
    return Flow(
        period=period,
        before=_open_at(session, scope, period.start),
        received=_came_in(session, scope, during(period)),
        reopened=_number(session, _of(scope, func.count()).where(reopens(), during(period))),
        closed=closed,
        counted=int(session.scalar(select(func.count()).where(open_then(scope, period.end))) or 0),
    )


def begins() -> ColumnElement[bool]:
    """Return the clause for an event that brings in an open case."""
    return or_(
        Event.kind.in_(BEGIN),
        and_(Event.kind == EventKind.IMPORTED, Event.to_state != State.CLOSED),
    )


def ends() -> ColumnElement[bool]:
    """Return the clause for an event that closes an open case."""
    return and_(
        Event.kind.in_((*END, EventKind.CLOSED)),
        Event.to_state == State.CLOSED,
        Event.from_state != State.CLOSED,
    )


def reopens() -> ColumnElement[bool]:
    """Return the clause for an event that opens a closed case again."""
    return and_(
        Event.kind.in_((EventKind.REOPENED, EventKind.SPLIT)),
        Event.from_state == State.CLOSED,
        Event.to_state != State.CLOSED,
    )


def during(period: Period) -> ColumnElement[bool]:
    return and_(Event.at >= period.start, Event.at < period.end)


def resolved(*resolutions: Resolution) -> ColumnElement[bool]:
    """Return the clause for a closing event with one of these resolutions."""
    is_so: ColumnElement[bool] = _resolution().in_([one.value for one in resolutions])
    return is_so


def _resolution() -> Any:
    return Event.payload["set"]["resolution"].astext


def _of(scope: Scope, *columns: Any) -> Select[Any]:
    wanted = select(*columns).select_from(Event)
    clauses = kept(scope)
    return wanted.join(Case, Case.id == Event.case_id).where(*clauses) if clauses else wanted


def _number(session: Session, counted: Select[Any]) -> int:
    return int(session.scalar(counted) or 0)


def _open_at(session: Session, scope: Scope, moment: datetime) -> int:
    """Return how many were open just before `moment`, by what the events brought and took."""
    back = _of(scope, func.count()).where(reopens(), Event.at < moment)
    surely = [kind for kind in (*END, EventKind.CLOSED) if kind is not EventKind.MERGED]
    gone = _of(scope, func.count()).where(Event.kind.in_(surely), Event.at < moment)
    merged = _of(scope, func.count()).where(
        Event.kind == EventKind.MERGED, ends(), Event.at < moment
    )
    came = _came_in(session, scope, Event.at < moment)
    return came + _number(session, back) - sum(_number(session, one) for one in (gone, merged))


def _came_in(session: Session, scope: Scope, then: ColumnElement[bool]) -> int:
    """Return how many came in open: `begins`, by two counts.

    Only of an import the event itself is looked at; the index of kinds and times has the others.
    """
    plain = _of(scope, func.count()).where(Event.kind.in_(BEGIN), then)
    imported = _of(scope, func.count()).where(
        Event.kind == EventKind.IMPORTED, Event.to_state != State.CLOSED, then
    )
    return _number(session, plain) + _number(session, imported)


def open_then(scope: Scope, moment: datetime) -> ColumnElement[bool]:
    """Return the clause on `cases` for those that were open just before `moment`.

    By the columns of the case; a case that was opened again since then by its last turn before.
    """
    started = or_(
        and_(Case.source != Source.IMPORT, Case.opened_at < moment),
        # One that came in closed has its closing date long before: only reopened it counts.
        Case.id.in_(
            select(Event.case_id).where(Event.kind == EventKind.IMPORTED, Event.at < moment)
        ),
    )
    again = aliased(Event)
    later = aliased(Event)
    opened_since = select(again.case_id).where(
        again.kind.in_((EventKind.REOPENED, EventKind.SPLIT)),
        again.from_state == State.CLOSED,
        again.to_state != State.CLOSED,
        again.at >= moment,
    )
    last_turn = (
        select(later.to_state)
        .where(later.case_id == Case.id, later.at < moment)
        .order_by(later.case_version.desc())
        .limit(1)
        .scalar_subquery()
    )
    never_closed_by_then = or_(Case.closed_at.is_(None), Case.closed_at >= moment)
    return and_(
        started,
        never_closed_by_then,
        or_(Case.id.not_in(opened_since), last_turn != State.CLOSED),
        *kept(scope),
    )
