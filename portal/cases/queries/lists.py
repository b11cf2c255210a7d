"""Lists of cases: what needs somebody next, filters, counts, pages by key."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, GroupKind, Role
from portal.accounts.models import Account, Group, Membership
from portal.accounts.queries import holds_on
from portal.cases.kinds import State
from portal.cases.lifecycle.next_step import HANDLERS
from portal.cases.models import Case, Extension, Objection, SavedView
from portal.cases.queries.beside import LACKING, Beside, beside
from portal.cases.visibility import visible_to
from portal.discipline.models import Listing
from portal.foundation.once import once
from portal.inspections.models import Hazard
from portal.presets.kinds import Preset
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskBook, TaskItem

#: Counts stop here and read "2,000+": beyond, nobody works from a count.
COUNTED_UP_TO = 2000
#: Statements kept by whom they are for: to build one takes longer than to ask it.
MADE = 256
PAGE = 25
#: What counts as done lately.
DONE_WITHIN = timedelta(days=30)
Key = tuple[datetime, UUID]
# What a statement that is made once leaves open.
_NOW = bindparam("now", type_=Case.next_due_at.type)
_SOON = bindparam("soon", type_=Case.next_due_at.type)
_SINCE = bindparam("since", type_=Case.closed_at.type)
AFTER = (bindparam("after", type_=Case.opened_at.type), bindparam("after_id", type_=Uuid))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list keeps; empty fields ask nothing. `when`: late, soon, mine, others or done."""

    states: frozenset[str] = frozenset()
    colours: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    #: What these desks hold: cases that no group has.
    desks: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    new_messages: bool = False
    paused: bool = False
    returned: bool = False
    handler_me: bool = False
    #: The handler is no longer in the group.
    left: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of cases with what a row shows besides their columns."""

    cases: Sequence[Case]
    #: From where the next page begins; None: this is the last.
    next_key: Key | None
    next_number: str | None
    #: By case.
    beside: Mapping[UUID, Beside]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts over the open cases that somebody sees; none goes beyond COUNTED_UP_TO."""

    late: int
    soon: int
    mine: int
    with_units: int
    with_others: int
    messages: int
    paused: int
    states: Mapping[str, int]


def end_of_tomorrow(now: datetime, preset: Preset) -> datetime:
    """Return the end of the day after the present one, in the portal's zone."""
    zone = preset.limits.zone
    day = now.astimezone(zone).date() + timedelta(days=2)
    return datetime.combine(day, time(0), zone)


@lru_cache(MADE)
def needs_me(actor: Actor, today: date) -> ColumnElement[bool]:
    """Return the clause that keeps what has a next step for the actor: `next_step` in SQL."""
    if actor.role is Role.DISPATCHER and actor.group_id is not None:
        aside = Case.set_aside_until.is_not(None) & (Case.set_aside_until > today)
        return (Case.state == State.RECEIVED) & (Case.desk_id == actor.group_id) & ~aside
    own = _own_work(actor) if actor.role in HANDLERS and actor.group_id is not None else false()
    return _for_arbiter(actor, own) if _is_arbiter(actor) else own


def _for_arbiter(actor: Actor, own: ColumnElement[bool]) -> ColumnElement[bool]:
    """What somebody has to rule on is rare among all that they see: found first, then looked up."""
    is_director = actor.role is Role.DIRECTOR
    asked = (
        Case.return_asked_at.is_not(None),
        Case.state.not_in((State.RECEIVED, State.CLOSED)),
        _group_is_supervision() if is_director else _watched_by(actor),
    )
    objected = select(Case.id).where(_open_objection(), _watched_by(actor))
    parts = [objected, select(Case.id).where(*asked)]
    if is_director:
        delisting = (Listing.asked_by.is_not(None), Listing.ended_at.is_(None))
        parts.append(select(Listing.case_id).where(*delisting))
    else:
        parts.append(select(Case.id).where(own))
    return Case.id.in_(union(*(part.correlate(None) for part in parts)))


def _own_work(actor: Actor) -> ColumnElement[bool]:
    unvisited = Case.inspected_at.is_(None) & Case.verified_at.is_(None)
    in_hand = Case.state == State.IN_HAND
    running = Case.paused_at.is_(None)
    # What a row says by itself comes first: PostgreSQL looks no further once one is true.
    work = [Case.state == State.ASSIGNED, Case.unanswered_count > 0]
    if actor.role is Role.LEAD:
        leads = (in_hand | (Case.state == State.REVIEWING)) & ~_waits_for_acceptance()
        work += [Case.paused_at.is_not(None), leads, _open_extension()]
    work += [
        running & in_hand & or_(unvisited, _bare_hazard()),
        running & (_reported_item() | _lacking_item()),
    ]
    return and_(
        Case.group_id == actor.group_id,
        Case.state.not_in((State.RECEIVED, State.CLOSED)),
        Case.return_asked_at.is_(None),
        or_(*work),
    )


def _is_arbiter(actor: Actor) -> bool:
    if actor.role is Role.DIRECTOR:
        return True
    is_lead = actor.role is Role.LEAD and actor.group_kind is GroupKind.SUPERVISION
    return is_lead and actor.jurisdiction is not None


def _watched_by(actor: Actor) -> ColumnElement[bool]:
    return visible_to(actor, Action.DECIDE_OBJECTION)


def _group_is_supervision() -> ColumnElement[bool]:
    return exists().where(Group.id == Case.group_id, Group.kind == GroupKind.SUPERVISION)


def _open_objection() -> ColumnElement[bool]:
    return Case.id.in_(select(Objection.case_id).where(Objection.decided_at.is_(None)))


def _lacking_item() -> ColumnElement[bool]:
    return exists().where(
        TaskItem.case_id == Case.id,
        TaskItem.task_book_id == TaskBook.id,
        TaskBook.episode == Case.reopen_count,
        *LACKING,
    )


def _waits_for_acceptance() -> ColumnElement[bool]:
    """All is done but what another body has to do: a listed hazard whose work none accepted."""
    unaccepted = exists().where(
        Listing.case_id == Case.id, Listing.ended_at.is_(None), Listing.accepted_at.is_(None)
    )
    return Case.verified_at.is_not(None) & Case.concluded_at.is_not(None) & unaccepted


def _open_extension() -> ColumnElement[bool]:
    return Case.id.in_(select(Extension.case_id).where(Extension.decided_at.is_(None)))


def _reported_item() -> ColumnElement[bool]:
    return exists().where(
        TaskItem.case_id == Case.id,
        TaskItem.state == ItemState.REPORTED,
        TaskItem.task_book_id == TaskBook.id,
        TaskBook.episode == Case.reopen_count,
    )


def _bare_hazard() -> ColumnElement[bool]:
    treated = exists().where(TaskItem.hazard_id == Hazard.id, TaskItem.state != ItemState.WITHDRAWN)
    return exists().where(*_of_episode(), ~treated)


def _of_episode() -> tuple[ColumnElement[bool], ...]:
    """Hazards that were found in the present episode and stand."""
    now_found = Hazard.episode == Case.reopen_count
    return Hazard.case_id == Case.id, now_found, Hazard.refuted_at.is_(None)


def clauses(wanted: Filter, actor: Actor, today: date) -> list[ColumnElement[bool]]:
    """Return the WHERE clauses of a filter, `now` and `soon` left open.

    Without states it keeps to open cases.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(Case.state.in_(wanted.states))
    elif wanted.when not in ("mine", "done"):
        found.append(Case.state != State.CLOSED)
    if wanted.colours:
        found.append(_colour_in(wanted.colours))
    for column, values in (
        (Case.source, wanted.sources),
        (Case.jurisdiction, wanted.jurisdictions),
        (Case.category, wanted.categories),
    ):
        if values:
            found.append(column.in_(values))
    if wanted.groups:
        found.append(Case.group_id.in_(_coded(wanted.groups)))
    if wanted.desks:
        found += [Case.group_id.is_(None), Case.desk_id.in_(_coded(wanted.desks))]
    if wanted.new_messages:
        found.append(Case.unanswered_count > 0)
    if wanted.paused:
        found.append(Case.paused_at.is_not(None))
    if wanted.returned:
        found.append(_returned(actor))
    if wanted.handler_me:
        found.append(false() if actor.account_id is None else Case.handler_id == actor.account_id)
    if wanted.left:
        found.append(handler_left(today))
    return found + _when(wanted.when, actor, today)


def handler_left(today: date) -> ColumnElement[bool]:
    """Return the clause that keeps cases whose handler can act in their group no more.

    Who handles was a member once: those who no longer are come first, since they are few.
    """
    here = (Membership.account_id, Membership.group_id)
    over = (
        select(*here)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.group_id.is_not(None), or_(~holds_on(today), ~Account.active))
    )
    stays = (
        select(*here)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.group_id.is_not(None), holds_on(today), Account.active)
    )
    return tuple_(Case.handler_id, Case.group_id).in_(over.except_(stays))


def _coded(codes: Collection[str]) -> Select[UUID]:
    return select(Group.id).where(Group.code.in_(codes))


def _when(when: str, actor: Actor, today: date) -> list[ColumnElement[bool]]:
    match when:
        case "late":
            return [Case.next_due_at < _NOW]
        case "soon":
            return [Case.next_due_at >= _NOW, Case.next_due_at <= _SOON]
        case "mine":
            return [needs_me(actor, today)]
        case "others":
            return [~func.coalesce(needs_me(actor, today), false())]
        case "done":
            return [Case.state == State.CLOSED, Case.closed_at >= _SINCE]
    return []


def _returned(actor: Actor) -> ColumnElement[bool]:
    """What came back to the desk, or waits for a ruling on coming back."""
    at_desk = (Case.state == State.RECEIVED) & (Case.return_count > 0)
    return at_desk if actor.role is Role.DISPATCHER else Case.return_asked_at.is_not(None)


def _colour_in(colours: Collection[str]) -> ColumnElement[bool]:
    own = _of_episode()
    assessed = exists().where(*own, Hazard.colour.in_(set(colours) - {"none"}))
    if "none" not in colours:
        return assessed
    return or_(assessed, ~exists().where(*own, Hazard.colour.is_not(None)))


def _moments(now: datetime, preset: Preset) -> dict[str, Any]:
    return {"now": now, "soon": end_of_tomorrow(now, preset), "since": now - DONE_WITHIN}


def listed(
    session: Session,
    actor: Actor,
    wanted: Filter,
    preset: Preset,
    *,
    now: datetime,
    after: Key | None = None,
    limit: int = PAGE,
) -> Listed:
    """Return a page: open cases by time left, closed ones the newest first.

    The key of the last row leads on; rows without a due date come last and are not dropped.
    """
    by_due = wanted.when != "done" and State.CLOSED not in wanted.states
    today = now.astimezone(preset.limits.zone).date()
    query = _listing(actor, wanted, today, by_due=by_due, is_after=after is not None)
    given = {**_moments(now, preset), "rows": limit + 1}
    if after is not None:
        given |= {"after": after[0], "after_id": after[1]}
    found = session.scalars(query, given).all()
    cases, more = found[:limit], found[limit:]
    last = cases[-1] if more else None
    key = (last.next_due_sort if by_due else last.opened_at, last.id) if last else None
    return dressed(session, cases, next_key=key, next_number=more[0].number if more else None)


@lru_cache(MADE)
def _listing(
    actor: Actor, wanted: Filter, today: date, *, by_due: bool, is_after: bool
) -> Select[Case]:
    query = select(Case).where(visible_to(actor), *clauses(wanted, actor, today))
    order = Case.next_due_sort if by_due else Case.opened_at
    if is_after:
        here, there = tuple_(order, Case.id), tuple_(*AFTER)
        query = query.where(here > there if by_due else here < there)
    if by_due:
        query = query.order_by(order, Case.id)
    else:
        query = query.order_by(order.desc(), Case.id.desc())
    return query.limit(bindparam("rows", type_=Integer))


@lru_cache(MADE)
def _mine_counted(actor: Actor, today: date) -> Select[int]:
    return _counted(actor, needs_me(actor, today))


def count_kept(
    session: Session, actor: Actor, wanted: Filter, preset: Preset, *, now: datetime
) -> int:
    """Return how many cases a filter keeps, up to COUNTED_UP_TO."""
    today = now.astimezone(preset.limits.zone).date()
    return session.scalar(_kept_counted(actor, wanted, today), _moments(now, preset)) or 0


@lru_cache(MADE)
def _kept_counted(actor: Actor, wanted: Filter, today: date) -> Select[int]:
    return _counted(actor, *clauses(wanted, actor, today))


def count_returned(session: Session, actor: Actor) -> int:
    """Return how many cases came back or ask to, up to COUNTED_UP_TO."""
    return session.scalar(_returned_counted(actor)) or 0


@lru_cache(MADE)
def _returned_counted(actor: Actor) -> Select[int]:
    return _counted(actor, Case.state != State.CLOSED, _returned(actor))


def _counted(actor: Actor, *kept: ColumnElement[bool]) -> Select[int]:
    some = select(Case.id).where(visible_to(actor), *kept).limit(COUNTED_UP_TO).subquery()
    return select(func.count()).select_from(some)


def dressed(
    session: Session,
    cases: Sequence[Case],
    *,
    next_key: Key | None = None,
    next_number: str | None = None,
) -> Listed:
    """Return the cases with what rows show of them, by one query."""
    return Listed(
        cases=cases, next_key=next_key, next_number=next_number, beside=beside(session, cases)
    )


def tally(session: Session, actor: Actor, preset: Preset, *, now: datetime) -> Tally:
    """Count the open cases that the actor sees: late, due soon, waiting for whom, in which state.

    The most urgent COUNTED_UP_TO are looked at, so that the page stays quick for whoever sees all;
    what waits for a ruling is rare and counted whole. Once a page: the bar shows the same number.
    """
    tables = (Case, TaskItem, TaskBook, Hazard, Objection)
    ask = partial(_ask_tally, session, actor, preset, now=now)
    return once(session, ("tally", actor), ask, of=tables)


def _ask_tally(session: Session, actor: Actor, preset: Preset, *, now: datetime) -> Tally:
    today = now.astimezone(preset.limits.zone).date()
    moments = {"now": now, "soon": end_of_tomorrow(now, preset)}
    rows = session.execute(_tally(actor, today), moments).all()
    totals = [sum(row[column] for row in rows) for column in range(2, 9)]
    late, due, own, units, others, asked, paused = totals
    if _is_arbiter(actor):
        own = session.scalar(_mine_counted(actor, today)) or 0
    return Tally(
        late=late,
        soon=due,
        mine=own,
        with_units=units,
        with_others=others,
        messages=asked,
        paused=paused,
        states={str(row[0]): row[1] for row in rows},
    )


@lru_cache(MADE)
def _tally(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    mine = func.coalesce(needs_me(actor, today), false())
    seen = (
        select(
            Case.state,
            Case.next_due_at,
            (Case.unanswered_count > 0).label("asked"),
            Case.paused_at,
            mine.label("mine"),
        )
        .where(visible_to(actor), Case.state != State.CLOSED)
        .order_by(Case.next_due_sort, Case.id)
        .limit(COUNTED_UP_TO)
        .subquery()
    )
    soon = (seen.c.next_due_at >= _NOW) & (seen.c.next_due_at <= _SOON)
    at_unit = seen.c.state == State.RECTIFYING
    return select(
        seen.c.state,
        func.count(),
        func.count().filter(seen.c.next_due_at < _NOW),
        func.count().filter(soon),
        func.count().filter(seen.c.mine),
        func.count().filter(~seen.c.mine & at_unit),
        func.count().filter(~seen.c.mine & ~at_unit),
        func.count().filter(seen.c.asked),
        func.count().filter(seen.c.paused_at.is_not(None)),
    ).group_by(seen.c.state)


def nearest_due(session: Session, actor: Actor, *, now: datetime) -> datetime | None:
    """Return when the next of the actor's visible open cases is due, for the empty queue."""
    return session.scalar(
        select(func.min(Case.next_due_at)).where(
            visible_to(actor), Case.state != State.CLOSED, Case.next_due_at > now
        )
    )


_SAVED_VIEWS = (
    select(SavedView)
    .where(SavedView.account_id == bindparam("account", type_=Uuid))
    .order_by(SavedView.name)
)


def saved_views(session: Session, actor: Actor) -> Sequence[SavedView]:
    """Return the actor's own saved filters by name."""
    if actor.account_id is None:
        return []
    return session.scalars(_SAVED_VIEWS, {"account": actor.account_id}).all()
