"""The cases behind a figure: exactly those that it counts, in any order of times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    asc,
    cast,
    desc,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.cases.kinds import Resolution
from portal.cases.models import Case, ClockReading
from portal.cases.queries import titles
from portal.cases.visibility import visible_to
from portal.foundation.errors import NotFound
from portal.history.models import Event
from portal.measures import counts, flow
from portal.measures.periods import Scope, kept, received_in
from portal.measures.promises import promises_behind
from portal.measures.rewards import rewards_behind
from portal.measures.stages import (
    BY_ID,
    STAGES,
    WHOLE,
    Counting,
    Stage,
    cohort,
    is_late_now,
    is_waiting,
    times,
    unit_of,
)
from portal.measures.waiting import age
from portal.presets.kinds import Preset

#: What of a stage can be listed, by the name in the address.
OF_STAGE: Mapping[str, Any] = {
    "counted": lambda t: t.c.started.is_not(None),
    "reached": lambda t: t.c.done.is_not(None),
    "waits": lambda t: t.c.waits,
    "due": lambda t: t.c.due,
    "on_time": lambda t: and_(t.c.due, ~t.c.late),
    "late_done": lambda t: and_(t.c.late, ~t.c.overdue),
    "overdue": lambda t: t.c.overdue,
    "missed": lambda t: t.c.late,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases: `show` names a figure, within `scope`; `now` is when it was asked."""

    show: str
    scope: Scope
    now: datetime


def turns(selection: Selection) -> Select[*tuple[Any, ...]] | None:
    """Return case and turn (an event, a promise) of what a figure counts several times a case.

    None for a figure that counts cases.
    """
    kind, _dot, rest = selection.show.partition(".")
    if kind == "promises":
        return promises_behind(rest, selection.scope, now=selection.now)
    if kind == "rewards":
        return rewards_behind(rest, selection.scope)
    if kind != "flow" or rest in ("before", "after"):
        return None
    what, _dot, resolution = rest.partition(".")
    clause = {"received": flow.begins, "reopened": flow.reopens, "closed": flow.ends}.get(what)
    ends = _ends(resolution)
    if clause is None or (resolution and not ends):
        raise NotFound(selection.show)
    wanted: Select[*tuple[Any, ...]] = (
        select(Event.case_id, Event.seq.label("turn"))
        .join(Case, Case.id == Event.case_id)
        .where(clause(), flow.during(selection.scope.period), *kept(selection.scope))
    )
    return wanted.where(flow.resolved(*ends)) if resolution else wanted


def _ends(named: str) -> Sequence[Resolution]:
    if named == "other":
        return flow.OTHER_ENDS
    return [one for one in Resolution if one.value == named]


def clauses_of(selection: Selection, preset: Preset) -> list[ColumnElement[bool]]:
    """Return the clauses on `cases` behind a figure. Raises NotFound for one that there is not."""
    show, scope, now = selection.show, selection.scope, selection.now
    if show == "waiting":
        return [is_waiting(), *kept(scope)]
    if show == "late":
        return [is_waiting(), is_late_now(now), *kept(scope)]
    if show.startswith("age."):
        return [is_waiting(), *kept(scope), *_of_age(show.removeprefix("age."), preset, now)]
    if show == "flow.before":
        return [flow.open_then(scope, scope.period.start)]
    if show == "flow.after":
        return [flow.open_then(scope, scope.period.end)]
    if show == "imported":
        return counts.imported_in(scope)
    if show.startswith("refused."):
        return [counts.refused_for(show.removeprefix("refused."), scope), *received_in(scope)]
    known = counts.clauses()
    if show in known:
        return [known[show], *received_in(scope)]
    stage_id, _dot, what = show.partition(".")
    if stage_id in BY_ID and what in OF_STAGE:
        stage = BY_ID[stage_id]
        own = times(cohort(received_in(scope), "behind"), now, [stage]).alias("behind_times")
        chosen = select(own.c.case_id).where(own.c.stage == stage_id, OF_STAGE[what](own))
        return [Case.id.in_(chosen)]
    raise NotFound(show)


def _of_age(bounds: str, preset: Preset, now: datetime) -> list[ColumnElement[bool]]:
    first, _dash, last = bounds.partition("-")
    if not first.isdecimal() or (last and not last.isdecimal()) or len(bounds) > 12:
        raise NotFound(bounds)
    days = age(preset, now)
    return [days >= int(first), *([days <= int(last)] if last else [])]


@dataclass(frozen=True, slots=True)
class StageCell:
    """How one stage of one case stands: `spent` units; `due_at` of the clock that says most."""

    stage: Stage
    spent: int
    is_done: bool
    waits: bool
    is_late: bool
    is_overdue: bool
    due_at: datetime | None
    clock: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list."""

    case: Case
    title: str
    cells: Mapping[str, StageCell]
    #: For keyset paging: the value sorted by, the case, and the turn (0 where there is none).
    key: tuple[int, UUID, int]


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Listed]
    total: int
    more: bool


def number_behind(session: Session, actor: Actor, selection: Selection, preset: Preset) -> int:
    """Return how many rows the list has."""
    base = _base(selection, preset, actor)
    return int(session.scalar(select(func.count()).select_from(base)) or 0)


def page_behind(
    session: Session,
    actor: Actor,
    selection: Selection,
    preset: Preset,
    *,
    sort: str = "received",
    descending: bool = True,
    after: tuple[int, UUID, int] | None = None,
    limit: int | None = 25,
) -> Page:
    """Return the next rows behind a figure, sorted by a stage's time or by the day received."""
    counting = Counting(preset, selection.scope.period.start.date(), selection.now.date())
    base = _base(selection, preset, actor)
    value = _sorted_by(sort, base, counting, selection.now, preset)
    key = tuple_(value.c.value, value.c.id, value.c.turn)
    wanted = select(value.c.value, value.c.id, value.c.turn)
    if after is not None:
        place = tuple_(literal(after[0]), literal(after[1]), literal(after[2]))
        wanted = wanted.where(key < place if descending else key > place)
    turn = desc if descending else asc
    wanted = wanted.order_by(turn(value.c.value), turn(value.c.id), turn(value.c.turn))
    keys = [
        (row[0], row[1], row[2])
        for row in session.execute(wanted.limit(limit + 1) if limit is not None else wanted)
    ]
    more = limit is not None and len(keys) > limit
    shown = keys[:limit] if limit is not None else keys
    return Page(
        rows=_rows(session, shown, counting, selection.now, preset),
        total=number_behind(session, actor, selection, preset),
        more=more,
    )


def _base(selection: Selection, preset: Preset, actor: Actor) -> Subquery:
    turned = turns(selection)
    if turned is not None:
        rows = turned.subquery("turns")
        return (
            select(Case.id, Case.opened_at, rows.c.turn)
            .join(rows, rows.c.case_id == Case.id)
            .where(visible_to(actor))
            .subquery("base")
        )
    return (
        select(Case.id, Case.opened_at, literal(0).label("turn"))
        .where(visible_to(actor), *clauses_of(selection, preset))
        .subquery("base")
    )


def _cases_of(base: Subquery) -> CTE:
    return cohort([Case.id.in_(select(base.c.id))], "listed")


def _sorted_by(
    sort: str, base: Subquery, counting: Counting, now: datetime, preset: Preset
) -> Subquery:
    """Return id, turn and the whole number to sort by; who never entered the stage comes last."""
    if sort not in BY_ID:
        value = cast(func.extract("epoch", base.c.opened_at), Integer).label("value")
        return select(base.c.id, base.c.turn, value).subquery("sorted")
    stage = BY_ID[sort]
    own = times(_cases_of(base), now, [stage]).alias("sort_times")
    spent = counting.between(unit_of(stage, preset), own.c.started, own.c.ended)
    return (
        select(
            base.c.id,
            base.c.turn,
            cast(func.coalesce(spent, -1), Integer).label("value"),
        )
        .select_from(base)
        .join(own, and_(own.c.case_id == base.c.id, own.c.stage == sort), isouter=True)
        .subquery("sorted")
    )


def _rows(
    session: Session,
    keys: Sequence[tuple[int, UUID, int]],
    counting: Counting,
    now: datetime,
    preset: Preset,
) -> list[Listed]:
    ids = {key[1] for key in keys}
    if not ids:
        return []
    cases = {one.id: one for one in session.scalars(select(Case).where(Case.id.in_(ids)))}
    heads = titles(session, list(cases.values()))
    cells = _cells(session, ids, counting, now, preset)
    return [
        Listed(cases[key[1]], heads.get(key[1], ""), cells.get(key[1], {}), key) for key in keys
    ]


def _cells(
    session: Session, ids: set[UUID], counting: Counting, now: datetime, preset: Preset
) -> dict[UUID, dict[str, StageCell]]:
    watched = times(cohort([Case.id.in_(ids)], "shown"), now)
    telling = _telling_clocks(session, ids, now)
    found: dict[UUID, dict[str, StageCell]] = {}
    for row in session.execute(select(watched).where(watched.c.started.is_not(None))):
        stage = BY_ID[row.stage]
        clock = telling.get((row.case_id, stage.id))
        found.setdefault(row.case_id, {})[stage.id] = StageCell(
            stage=stage,
            spent=counting.count(unit_of(stage, preset), row.started, row.ended),
            is_done=row.done is not None,
            waits=row.waits,
            is_late=row.late,
            is_overdue=row.overdue,
            due_at=clock.due_at if clock else None,
            clock=clock.clock if clock else None,
        )
    return found


def _telling_clocks(
    session: Session, ids: set[UUID], now: datetime
) -> dict[tuple[UUID, str], ClockReading]:
    """Return for each stage the clock that says most: one that was missed, else the latest."""
    of_clock = {limit: stage.id for stage in STAGES for limit in stage.limits}
    rows = session.scalars(
        select(ClockReading)
        .where(ClockReading.case_id.in_(ids), ClockReading.clock.in_(of_clock))
        .order_by(ClockReading.started_at, ClockReading.episode)
    )
    best: dict[tuple[UUID, str], ClockReading] = {}
    for row in rows:
        key = (row.case_id, of_clock[row.clock])
        held = best.get(key)
        if held is None or _missed(row, now) or not _missed(held, now):
            best[key] = row
    return best


def _missed(row: ClockReading, now: datetime) -> bool:
    runs_over = row.stopped_at is None and row.due_at is not None and row.due_at < now
    return row.breached or runs_over


#: Stages by which the list can be sorted.
SORTS = ("received", *(stage.id for stage in STAGES), WHOLE.id)
