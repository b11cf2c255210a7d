"""The reports that wait to be sorted: their order, which comes next, and what the rules propose."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, false, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, GroupKind
from portal.accounts.queries import GroupFacts
from portal.attachments.kinds import State as FileState
from portal.attachments.models import Attachment
from portal.cases.kinds import Priority, State
from portal.cases.models import Case
from portal.cases.queries.duplicates import likely_duplicates
from portal.cases.queries.facts import explained, proposal
from portal.cases.queries.lists import Listed, dressed
from portal.cases.visibility import visible_to
from portal.history.kinds import EventKind
from portal.history.queries import cases_moved_by
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.models import Report
from portal.routing.matters import Explanation, Matter
from portal.routing.matters import matter_of as routing_matter

#: The orders in which a dispatcher can go through the intake; hot ones come first in each.
ORDERS = ("due", "oldest", "newest", "place")
#: What the list can be kept to. `aside`: what was set aside and is not back yet.
ONLY = ("all", "hot", "late", "today", "photos", "hotline", "returned", "aside")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A window of the list; `hot` are the ids among them that may be major or are urgent."""

    listed: Listed
    hot: frozenset[UUID]
    #: Behind the last row; None: nothing follows.
    next_place: Place | None
    counts: Mapping[str, int]
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


def _claimed_in(categories: Collection[str]) -> ColumnElement[bool]:
    # LIMIT, not EXISTS: PostgreSQL would read the reports of all times to hash that.
    claimed = (
        select(true())
        .where(Report.case_id == Case.id, Report.claimed_category.in_(categories))
        .correlate(Case)
        .limit(1)
        .scalar_subquery()
    )
    return or_(Case.category.in_(categories), Case.category.is_(None) & claimed.is_not(None))


def _is_hot(preset: Preset) -> ColumnElement[bool]:
    return or_(
        Case.suspected_major,
        Case.priority == Priority.URGENT,
        _claimed_in(hot_categories(preset)),
    )


# Ends with the number, which is unique: reports due on one day stand in the order of coming in.
def _place(order: str, preset: Preset) -> tuple[Any, ...]:
    rank: Any = case((_is_hot(preset), 0), else_=1)
    match order:
        case "oldest":
            return rank, Case.opened_at, Case.number
        case "newest":
            return rank, -func.extract("epoch", Case.opened_at), Case.number
        case "place":
            place = func.coalesce(Case.jurisdiction, LAST), func.coalesce(Case.township, LAST)
            return rank, *place, Case.next_due_sort, Case.number
    return rank, Case.next_due_sort, Case.number


def waiting(actor: Actor, preset: Preset, only: str, *, now: datetime) -> ColumnElement[bool]:
    """Return the clause that keeps what waits at the actor's desk, and of that a part."""
    zone = preset.limits.zone
    today = now.astimezone(zone).date()
    aside = Case.set_aside_until.is_not(None) & (Case.set_aside_until > today)
    base = visible_to(actor, Action.SORT) & (Case.state == State.RECEIVED)
    if only == "aside":
        return base & aside
    midnight = datetime.combine(today, time.max, zone)
    parts: dict[str, ColumnElement[bool]] = {
        "hot": _is_hot(preset),
        "late": Case.next_due_at < now,
        "today": (Case.next_due_at >= now) & (Case.next_due_at <= midnight),
        "photos": _has_photos(),
        "hotline": Case.channel == HOTLINE,
        "returned": Case.return_count > 0,
    }
    kept = base & ~func.coalesce(aside, false())
    return kept & parts[only] if only in parts else kept


def _has_photos() -> ColumnElement[bool]:
    return exists().where(Attachment.case_id == Case.id, Attachment.state == FileState.SHOWN)


def place_of(
    session: Session, actor: Actor, case_id: UUID, order: str, preset: Preset
) -> Place | None:
    """Return where a case stands in an order, to go on behind it; None: it can't be seen."""
    wanted = select(*_place(order, preset)).where(Case.id == case_id, visible_to(actor))
    row = session.execute(wanted).first()
    return tuple(row) if row else None


def next_waiting(
    session: Session,
    actor: Actor,
    sorting: Sorting,
    behind: Place | None,
    preset: Preset,
    *,
    now: datetime,
) -> UUID | None:
    """Return the report that comes next in the order and filter; None: that was the last."""
    place = _place(sorting.order, preset)
    wanted = select(Case.id).where(waiting(actor, preset, sorting.only, now=now))
    if behind is not None:
        wanted = wanted.where(tuple_(*place) > behind)
    return session.scalar(wanted.order_by(*place).limit(1))


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
    place = _place(sorting.order, preset)
    wanted = select(Case, place[0]).where(waiting(actor, preset, sorting.only, now=now))
    if start is not None:
        wanted = wanted.where(tuple_(*place) >= start)
    rows = session.execute(wanted.order_by(*place).limit(limit + 1)).all()
    cases = [row[0] for row in rows[:limit]]
    more = rows[limit:]
    following = place_of(session, actor, more[0][0].id, sorting.order, preset) if more else None
    next_number = more[0][0].number if more else None
    listed = dressed(session, cases, next_number=next_number)
    return Waiting(
        listed=replace(listed, photos=_photos(session, [one.id for one in cases])),
        hot=frozenset(row[0].id for row in rows[:limit] if row[1] == 0),
        next_place=following,
        counts=_counts(session, actor, preset, now=now),
        sorted_today=_sorted_today(session, actor, preset, now=now),
    )


def count_waiting(session: Session, actor: Actor, now: datetime) -> int:
    """Return how many reports wait at the actor's desk, without those set aside."""
    kept = waiting(actor, in_force(session, now), "all", now=now)
    return int(session.scalar(select(func.count()).select_from(Case).where(kept)) or 0)


def _photos(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(Attachment.case_id, func.count())
        .where(Attachment.case_id.in_(ids), Attachment.state == FileState.SHOWN)
        .group_by(Attachment.case_id)
    )
    return {row[0]: row[1] for row in rows}


def _counts(session: Session, actor: Actor, preset: Preset, *, now: datetime) -> dict[str, int]:
    zone = preset.limits.zone
    today = now.astimezone(zone).date()
    midnight = datetime.combine(today, time.max, zone)
    at_desk = (
        select(
            Case.next_due_at,
            Case.channel,
            Case.return_count,
            (Case.set_aside_until.is_not(None) & (Case.set_aside_until > today)).label("aside"),
            _is_hot(preset).label("hot"),
            _has_photos().label("photos"),
        )
        .where(visible_to(actor, Action.SORT), Case.state == State.RECEIVED)
        .subquery()
    )
    here = ~at_desk.c.aside
    due = at_desk.c.next_due_at
    parts = {
        "all": here,
        "hot": here & at_desk.c.hot,
        "late": here & (due < now),
        "today": here & (due >= now) & (due <= midnight),
        "photos": here & at_desk.c.photos,
        "hotline": here & (at_desk.c.channel == HOTLINE),
        "returned": here & (at_desk.c.return_count > 0),
        "aside": at_desk.c.aside,
    }
    row = session.execute(
        select(
            *(func.count().filter(clause).label(name) for name, clause in parts.items())
        ).select_from(at_desk)
    ).one()
    return dict(row._mapping)


def _sorted_today(session: Session, actor: Actor, preset: Preset, *, now: datetime) -> int:
    if actor.account_id is None:
        return 0
    zone = preset.limits.zone
    morning = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    moved = cases_moved_by(session, actor.account_id, SORTED_BY, since=morning)
    if not moved:
        return 0
    back = session.scalar(
        select(func.count())
        .select_from(Case)
        .where(Case.id.in_(moved), Case.state == State.RECEIVED)
    )
    return len(moved) - int(back or 0)


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
        claimed = one.reports[0].claimed_category if one.reports else None
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
