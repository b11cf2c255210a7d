"""The reports that wait to be sorted: their order, which comes next, and what the rules propose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, GroupKind
from portal.accounts.queries import GroupFacts
from portal.attachments.kinds import State as FileState
from portal.attachments.models import Attachment
from portal.cases.kinds import Priority, State
from portal.cases.models import Case
from portal.cases.queries.directions import explained, proposal
from portal.cases.queries.duplicates import likely_duplicates
from portal.cases.queries.lists import MADE, Listed, dressed
from portal.cases.visibility import visible_to
from portal.foundation.once import once
from portal.history.kinds import EventKind
from portal.history.queries import cases_moved_by
from portal.presets.kinds import Preset
from portal.reports.models import Report
from portal.routing.matters import Explanation, Matter
from portal.routing.matters import matter_of as routing_matter

#: The orders in which a dispatcher can go through the intake; hot ones come first in each.
ORDERS = ("due", "oldest", "newest", "place")
#: What the list can be kept to. `aside`: what was set aside and is not back yet.
ONLY = ("all", "hot", "late", "today", "photos", "hotline", "returned", "slow", "aside")
HOTLINE = "hotline_12345"
ROWS = 10
#: Stands for a place that is not said: behind all codes.
LAST = "zzz"
Place = tuple[Any, ...]
#: By these a dispatcher is done with a report.
SORTED_BY = (
    EventKind.DISPATCHED,
    EventKind.REFUSED,
    EventKind.TRANSFERRED_OUT,
    EventKind.ACCIDENT_REFERRED,
    EventKind.MERGED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """The order and filter with which somebody goes through the intake: the address carries it."""

    order: str = "due"
    only: str = "all"


@dataclass(frozen=True, slots=True)
class Next:
    """The report that opens after another one."""

    id: UUID
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A window of the list; `hot` are the ids among them that may be major or are urgent."""

    listed: Listed
    hot: frozenset[UUID]
    #: Those that wait in the slow lane.
    slow: frozenset[UUID]
    #: Where each case stands and which follows it, as far as the window shows.
    places: Mapping[UUID, Place]
    following: Mapping[UUID, Next]
    #: Behind the last row; None: nothing follows.
    next_place: Place | None
    counts: Mapping[str, int]
    sorted_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCounts:
    """How many wait by parts of the list, how many came back, how many the actor sorted today."""

    parts: Mapping[str, int]
    came_back: int
    sorted_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Where the rules would send a report, and what its category suggests."""

    explanation: Explanation
    #: None: the group that the rule names does not exist, or is a desk.
    group: GroupFacts | None
    groups: Mapping[UUID, GroupFacts]
    category: str | None
    urgent: bool
    may_be_major: bool

    @property
    def one_rule_matched(self) -> bool:
        """Tell whether a rule that asks for something matched and its group can take it."""
        return self.group is not None and not self.explanation.fell_back


def hot_categories(preset: Preset) -> frozenset[str]:
    """Return the categories that are urgent by the taxonomy, or of red risk."""
    return frozenset(
        code
        for code, category in preset.taxonomy.categories.items()
        if category.urgent or category.default_risk == "red"
    )


def _moment(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Case.next_due_at.type)


# LIMIT, not EXISTS: PostgreSQL would read the reports of all times to hash that.
_HOT = any_(bindparam("hot", type_=ARRAY(Text)))
_CLAIMED = (
    select(true())
    .where(Report.case_id == Case.id, Report.claimed_category == _HOT)
    .correlate(Case)
    .limit(1)
    .scalar_subquery()
)
_IS_HOT = or_(
    Case.suspected_major,
    Case.priority == Priority.URGENT,
    Case.category == _HOT,
    Case.category.is_(None) & _CLAIMED.is_not(None),
)
#: Hot ones first, then the others; behind them the slow lane, in the same order.
_RANK: ColumnElement[int] = case(
    (Case.slow_lane & _IS_HOT, 2), (Case.slow_lane, 3), (_IS_HOT, 0), else_=1
)
HOT_RANKS, SLOW_RANKS = (0, 2), (2, 3)
_HAS_PHOTOS = exists().where(Attachment.case_id == Case.id, Attachment.state == FileState.SHOWN)
_ASIDE = Case.set_aside_until.is_not(None) & (
    Case.set_aside_until > bindparam("today", type_=Case.set_aside_until.type)
)
#: The rows of each part of the list, but for `all` and `aside`.
_PARTS: Mapping[str, ColumnElement[bool]] = {
    "hot": _IS_HOT,
    "late": Case.next_due_at < _moment("now"),
    "today": (Case.next_due_at >= _moment("now")) & (Case.next_due_at <= _moment("midnight")),
    "photos": _HAS_PHOTOS,
    "hotline": Case.channel == HOTLINE,
    "returned": Case.return_count > 0,
    "slow": Case.slow_lane.is_(True),
}
#: Behind the hot ones first, what each order sorts by. It ends with the number, which is unique:
#: reports due on one day stand in the order of coming in.
_PLACES: Mapping[str, tuple[Any, ...]] = {
    "due": (_RANK, Case.next_due_sort, Case.number),
    "oldest": (_RANK, Case.opened_at, Case.number),
    "newest": (_RANK, -func.extract("epoch", Case.opened_at), Case.number),
    "place": (
        _RANK,
        func.coalesce(Case.jurisdiction, LAST),
        func.coalesce(Case.township, LAST),
        Case.next_due_sort,
        Case.number,
    ),
}


def _values(preset: Preset, now: datetime) -> dict[str, Any]:
    """Return what the statements of this module leave open."""
    zone = preset.limits.zone
    today = now.astimezone(zone).date()
    return {
        "hot": sorted(hot_categories(preset)),
        "now": now,
        "today": today,
        "morning": datetime.combine(today, time(0), zone),
        "midnight": datetime.combine(today, time.max, zone),
    }


def _at_desk(actor: Actor) -> ColumnElement[bool]:
    return visible_to(actor, Action.SORT) & (Case.state == State.RECEIVED)


def _waiting(actor: Actor, only: str) -> ColumnElement[bool]:
    """Return the clause that keeps what waits at the actor's desk, and of that a part."""
    base = _at_desk(actor)
    if only == "aside":
        return base & _ASIDE
    kept = base & ~func.coalesce(_ASIDE, false())
    return kept & _PARTS[only] if only in _PARTS else kept


# Made once: to build such a statement takes longer than to ask it.
@lru_cache(MADE)
def _window(actor: Actor, sorting: Sorting, limit: int) -> Select[*tuple[Any, ...]]:
    place = _PLACES[sorting.order]
    kept = _waiting(actor, sorting.only)
    return select(Case, *place).where(kept).order_by(*place).limit(limit)


def place_of(
    session: Session, actor: Actor, case_id: UUID, order: str, preset: Preset
) -> Place | None:
    """Return where a case stands in an order, to go on behind it; None: it can't be seen."""
    wanted = select(*_PLACES[order]).where(Case.id == case_id, visible_to(actor))
    row = session.execute(wanted, {"hot": sorted(hot_categories(preset))}).first()
    return tuple(row) if row else None


def next_waiting(
    session: Session,
    actor: Actor,
    sorting: Sorting,
    behind: Place | None,
    preset: Preset,
    *,
    now: datetime,
) -> Next | None:
    """Return the report that comes next in the order and filter; None: that was the last."""
    wanted = _next(actor, sorting)
    if behind is not None:
        wanted = wanted.where(tuple_(*_PLACES[sorting.order]) > behind)
    row = session.execute(wanted, _values(preset, now)).first()
    return Next(row.id, row.number) if row else None


@lru_cache(MADE)
def _next(actor: Actor, sorting: Sorting) -> Select[UUID, str]:
    place = _PLACES[sorting.order]
    kept = _waiting(actor, sorting.only)
    return select(Case.id, Case.number).where(kept).order_by(*place).limit(1)


def window(
    session: Session,
    actor: Actor,
    sorting: Sorting,
    preset: Preset,
    *,
    now: datetime,
    start: Place | None = None,
    limit: int = ROWS,
) -> Waiting:
    """Return the rows of the list from `start` (inclusive) on, with all that stands around it."""
    wanted = _window(actor, sorting, limit + 1)
    if start is not None:
        wanted = wanted.where(tuple_(*_PLACES[sorting.order]) >= start)
    rows = session.execute(wanted, _values(preset, now)).all()
    cases = [row[0] for row in rows]
    more = rows[limit:]
    counted = desk_counts(session, actor, preset, now=now)
    return Waiting(
        listed=dressed(session, cases[:limit], next_number=more[0][0].number if more else None),
        hot=frozenset(row[0].id for row in rows[:limit] if row[1] in HOT_RANKS),
        slow=frozenset(row[0].id for row in rows[:limit] if row[1] in SLOW_RANKS),
        places={row[0].id: tuple(row[1:]) for row in rows},
        following={one.id: Next(other.id, other.number) for one, other in pairwise(cases)},
        next_place=tuple(more[0][1:]) if more else None,
        counts=counted.parts,
        sorted_today=counted.sorted_today,
    )


def desk_counts(session: Session, actor: Actor, preset: Preset, *, now: datetime) -> DeskCounts:
    """Return the counts of the actor's desk, once a page: the list and the bar show the same."""

    def ask() -> DeskCounts:
        found = dict(session.execute(_counts(actor), _values(preset, now)).one()._mapping)
        return DeskCounts(
            sorted_today=found.pop("sorted_today"), came_back=found.pop("came_back"), parts=found
        )

    return once(session, ("desk", actor), ask, of=(Case, Report, Attachment))


@lru_cache(MADE)
def _counts(actor: Actor) -> Select[*tuple[Any, ...]]:
    at_desk = (
        select(
            _ASIDE.label("aside"),
            *(clause.label(name) for name, clause in _PARTS.items()),
        )
        .where(_at_desk(actor))
        .subquery()
    )
    here = ~func.coalesce(at_desk.c.aside, false())
    parts = {
        "all": here,
        **{name: here & at_desk.c[name] for name in _PARTS},
        "aside": at_desk.c.aside,
        # Those are behind, though they are hot.
        "slow_hot": here & at_desk.c.slow & at_desk.c.hot,
        # In the bar: what came back stays counted while it is set aside.
        "came_back": at_desk.c.returned,
    }
    sorted_today: ColumnElement[int] = literal(0)
    if actor.account_id is not None:
        moved = cases_moved_by(actor.account_id, SORTED_BY, since=_moment("morning"))
        # What waits again is not done.
        done = (Case.id.in_(moved), Case.state != State.RECEIVED)
        sorted_today = select(func.count()).where(*done).scalar_subquery()
    return select(
        *(func.count().filter(clause).label(name) for name, clause in parts.items()),
        sorted_today.label("sorted_today"),
    ).select_from(at_desk)


def proposal_for(
    session: Session,
    one: Case,
    preset: Preset,
    *,
    now: datetime,
    claimed: str | None = None,
    settled: Mapping[str, str] | None = None,
) -> Proposal:
    """Return what the rules and the taxonomy propose for a report that waits.

    `settled` holds category, jurisdiction and kind as somebody is about to settle them.
    """
    explanation, groups = explained(session, one, preset, now=now)
    if settled is not None:
        explanation = proposal(_matter(one, settled, preset, now), preset, groups.values())
        claimed = settled.get("category") or None
    group = next((group for group in groups.values() if group.code == explanation.to), None)
    code = claimed if settled is not None else one.category or claimed
    category = preset.taxonomy.categories.get(code or "")
    can_take = group is not None and group.kind is not GroupKind.DESK and group.people_count > 0
    return Proposal(
        explanation=explanation,
        group=group if can_take else None,
        groups=groups,
        category=code,
        urgent=one.priority is Priority.URGENT or bool(category and category.urgent),
        may_be_major=one.suspected_major or bool(category and category.default_risk == "red"),
    )


def _matter(one: Case, settled: Mapping[str, str], preset: Preset, now: datetime) -> Matter:
    return routing_matter(
        preset.taxonomy,
        at=now.astimezone(preset.limits.zone),
        jurisdiction=settled.get("jurisdiction") or None,
        category=settled.get("category") or None,
        kind=settled.get("kind") or None,
        unit=str(one.unit_id) if one.unit_id else None,
        channel=one.channel,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A waiting report looked at for sorting in bulk; `lack` is why it is left out, or ""."""

    case: Case
    proposal: Proposal
    lack: str


def ready_to_sort(
    session: Session,
    actor: Actor,
    sorting: Sorting,
    preset: Preset,
    *,
    now: datetime,
    limit: int,
    start: Place | None = None,
) -> tuple[list[Ready], Place | None]:
    """Look at the next waiting reports: which can go as proposed, since nothing speaks against it.

    One rule matched, nothing looks alike, category and district are said, and it is not hot:
    what may be major is decided by somebody who has read it. Returns also where to go on.
    """
    seen = window(session, actor, sorting, preset, now=now, start=start, limit=limit)
    found = []
    for one in seen.listed.cases:
        claimed = seen.listed.beside[one.id].claimed
        proposed = proposal_for(session, one, preset, now=now, claimed=claimed)
        lack = lack_for_bulk(session, actor, one, proposed, preset, now=now)
        found.append(Ready(case=one, proposal=proposed, lack=lack))
    return found, seen.next_place


def lack_for_bulk(
    session: Session,
    actor: Actor,
    one: Case,
    proposed: Proposal,
    preset: Preset,
    *,
    now: datetime,
) -> str:
    """Return why a report is not sorted in bulk, "" if nothing speaks against it."""
    if not proposed.category or not one.jurisdiction:
        return "not_said"
    if not proposed.one_rule_matched:
        return "no_rule"
    if proposed.urgent or proposed.may_be_major:
        return "hot"
    alike = likely_duplicates(session, actor, one, now=now)
    return "alike" if any(each.likeness.is_likely for each in alike) else ""
