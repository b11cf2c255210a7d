"""What a case waits for, in the eyes of one person: from its columns and a few counts alone.

The queue shows it for many cases at once; `queries.lists.needs_me` is the same rule in SQL.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from portal.access.kinds import Actor, GroupKind, Role
from portal.access.policy import supervises_another
from portal.cases.kinds import State
from portal.cases.lifecycle.facts import CaseColumns


class Listed(CaseColumns, Protocol):
    """The columns that the rule reads besides those of the guards."""

    unanswered_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What else the rule looks at, counted for the case."""

    #: Items that the unit has reported and nobody has checked.
    reported: int = 0
    #: Hazards of the present episode without an item.
    bare_hazards: int = 0
    open_objections: int = 0
    #: Requests for more time on which nobody has decided.
    open_extensions: int = 0
    #: Tasks with the unit that lack what their hazard demands since it is major.
    lacking: int = 0
    #: Listed hazards whose work no other body has accepted.
    unaccepted: int = 0
    #: Requests to strike a hazard off the list, not decided yet.
    open_delistings: int = 0
    #: Of the group that has the case.
    group_kind: GroupKind | None = None


NOTHING = Counts()


@dataclass(frozen=True, slots=True)
class Step:
    """`code` is one of `kinds.STEPS`; `move` the one to make, None where others are to act."""

    code: str
    move: str | None = None
    count: int = 0

    @property
    def is_mine(self) -> bool:
        return self.move is not None


def next_step(case: Listed, actor: Actor, today: date, counts: Counts = NOTHING) -> Step:
    """Return what the actor has to do next, or for whom the case waits."""
    if counts.open_objections and _decides(case, actor):
        return Step("decide_objection", "decide_objection")
    if counts.open_delistings and actor.role is Role.DIRECTOR:
        return Step("decide_delisting", "decide_delisting")
    if case.state is State.CLOSED:
        return Step("closed")
    if case.state is State.RECEIVED:
        return _at_desk(case, actor, today)
    if case.return_asked_at:
        return Step("decide_return", "decide_return") if _rules(case, actor, counts) else RULING
    if actor.group_id is None or case.group_id != actor.group_id or actor.role not in HANDLERS:
        return Step("group")
    return _at_group(case, actor.role is Role.LEAD, counts)


RULING = Step("ruling")
HANDLERS = (Role.MEMBER, Role.LEAD)


def _decides(case: Listed, actor: Actor) -> bool:
    if actor.role is Role.DIRECTOR:
        return True
    return actor.role is Role.LEAD and supervises_another(actor, case)


def _rules(case: Listed, actor: Actor, counts: Counts) -> bool:
    if actor.role is Role.DIRECTOR:
        return counts.group_kind is GroupKind.SUPERVISION
    return actor.role is Role.LEAD and supervises_another(actor, case)


def _at_desk(case: Listed, actor: Actor, today: date) -> Step:
    own: UUID | None = case.desk_id
    if actor.role is not Role.DISPATCHER or own != actor.group_id:
        return Step("desk")
    if case.set_aside_until and case.set_aside_until > today:
        return Step("set_aside")
    return Step("sort", "dispatch" if case.accepted_at else "accept")


def _at_group(case: Listed, is_lead: bool, counts: Counts) -> Step:
    if case.state is State.ASSIGNED:
        return Step("sign_for", "sign_for")
    if case.unanswered_count:
        return Step("answer", "answer", case.unanswered_count)
    if case.paused_at:
        return Step("resume", "resume") if is_lead else Step("paused")
    if is_lead and counts.open_extensions:
        return Step("decide_extension", "decide_extension", counts.open_extensions)
    if counts.lacking:
        return Step("supplement_task", "supplement_task", counts.lacking)
    if counts.reported:
        return Step("pass_review", "pass_review", counts.reported)
    if case.state is State.RECTIFYING:
        return Step("unit")
    if case.state is State.IN_HAND:
        if case.inspected_at is None and case.verified_at is None:
            return Step("inspect", "inspect")
        if counts.bare_hazards:
            return Step("issue_task_book", "issue_task_book", counts.bare_hazards)
    if not is_lead:
        return Step("lead")
    move = "verify" if not case.verified_at else "close" if case.concluded_at else "conclude"
    if move == "close" and counts.unaccepted:
        return Step("acceptance")
    return Step(move, move)
