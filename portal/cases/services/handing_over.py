"""When somebody leaves a group: what they handle there goes to others in the same unit of work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import require
from portal.accounts import services as accounts
from portal.accounts.models import Account, Membership
from portal.accounts.queries import account as account_of
from portal.accounts.queries import held_role
from portal.assistance.services import release_help
from portal.cases.kinds import State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries.leaving import has_open, others_in, stays
from portal.cases.queries.lists import handler_left
from portal.cases.services.road import move_locked
from portal.foundation.errors import Incomplete, OutOfTurn

#: A role that ends by then hands over before it ends; a later end is pointed out until then.
AT_ONCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Successors:
    """Who takes over: by group all that is not named singly, and by case."""

    groups: Mapping[UUID, UUID] = field(default_factory=dict)
    cases: Mapping[UUID, UUID] = field(default_factory=dict)

    def of(self, case: Case) -> UUID | None:
        """Return who takes over a case; None: nobody was named."""
        group = self.groups.get(case.group_id) if case.group_id else None
        return self.cases.get(case.id) or group

    def __bool__(self) -> bool:
        return bool(self.groups or self.cases)


NOBODY = Successors()


def leave_role(
    session: Session,
    actor: Actor,
    membership_id: UUID,
    *,
    ends_on: date,
    to: Successors = NOBODY,
    today: date,
    now: datetime,
) -> Membership:
    """End a role; `ends_on` is the first day without it.

    If that is by tomorrow, or somebody was named, all that its holder handles in the group goes
    to others at once. Raises NotFound; Incomplete if the day is too early, nobody is left in a
    group that has open cases, or a case has no successor; OutOfTurn if a case came meanwhile.
    """
    _may_end(actor)
    held = held_role(session, membership_id)
    group_id, account_id = held.group_id, held.account_id
    is_now = ends_on <= today + AT_ONCE
    if group_id is not None and (is_now or to):
        on = max(today, ends_on)
        if not stays(session, account_id, group_id, membership_id, on=on):
            if is_now:
                _refuse_empty(session, [group_id], account_id, on, "ends_on")
            _hand_over(session, actor, account_id, [group_id], to, now)
    return accounts.end_role(session, actor, membership_id, ends_on=ends_on, now=now)


def close_account(
    session: Session,
    actor: Actor,
    account_id: UUID,
    *,
    to: Successors = NOBODY,
    today: date,
    now: datetime,
) -> Account:
    """Disable an account; what its owner handles, in whatever group, goes to others at once.

    Raises as `leave_role` does.
    """
    _may_end(actor)
    account = account_of(session, account_id)
    handles = select(Case.group_id).where(Case.handler_id == account_id, _OPEN).distinct()
    held = [one.group_id for one in account.memberships if one.group_id and one.holds_on(today)]
    groups = _known({*held, *session.scalars(handles)})
    if account.id != actor.account_id:  # which `set_active` refuses
        _refuse_empty(session, groups, account_id, today, "active")
        _hand_over(session, actor, account_id, groups, to, now)
    return accounts.set_active(session, actor, account, active=False, now=now)


def hand_over_left(
    session: Session,
    actor: Actor,
    account_id: UUID,
    *,
    to: Successors,
    today: date,
    now: datetime,
) -> None:
    """Give to others what somebody left behind: a role ended by its own date, say.

    Raises as `leave_role` does.
    """
    _may_end(actor)
    left = select(Case.group_id).where(Case.handler_id == account_id, _OPEN, handler_left(today))
    groups = _known(session.scalars(left))
    _refuse_empty(session, groups, account_id, today, "active")
    _hand_over(session, actor, account_id, groups, to, now)


_OPEN = Case.state != State.CLOSED


def _may_end(actor: Actor) -> None:
    """Raise NotAllowed unless the actor ends roles: handing over is a part of it, and of no more.

    The policy gives nobody who runs the portal a way to a case; the command line is SYSTEM.
    """
    if actor.role is not Role.SYSTEM:
        require(actor, Action.MANAGE_PEOPLE)


def _known(groups: Iterable[UUID | None]) -> list[UUID]:
    return sorted({one for one in groups if one is not None})


def _refuse_empty(
    session: Session, group_ids: Collection[UUID], account_id: UUID, on: date, at: str
) -> None:
    """Raise Incomplete if open cases would lie with a group in which nobody is left."""
    manned = others_in(session, group_ids, account_id, on=on)
    for group_id in group_ids:
        if group_id not in manned and has_open(session, group_id):
            raise Incomplete(at, "nobody_left", group=group_id)


def _hand_over(
    session: Session,
    actor: Actor,
    account_id: UUID,
    groups: Sequence[UUID],
    to: Successors,
    now: datetime,
) -> None:
    """Give every open case that an account handles in the groups to its successor.

    First the cases are locked, then the roles: in the order in which a move does it. A move that
    makes somebody the handler holds that role (`road`), so it is seen here or sees the end.
    """
    wanted = (
        select(Case)
        .where(Case.handler_id == account_id, Case.group_id.in_(groups), _OPEN)
        .order_by(Case.id)
    )
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    cases = session.scalars(locked).all()
    _hold_roles(session, {account_id, *to.groups.values(), *to.cases.values()}, groups)
    if {case.id for case in session.scalars(wanted)} - {case.id for case in cases}:
        raise OutOfTurn("came_meanwhile", {})
    for case in sorted(cases, key=lambda one: one.number):
        _give(session, actor, case, to.of(case), now)
    release_help(session, actor, account_id, groups, now=now)


def _hold_roles(session: Session, accounts_: Collection[UUID], groups: Collection[UUID]) -> None:
    """Lock the roles of whoever leaves and whoever takes over, all in one order."""
    session.scalars(
        select(Membership.id)
        .where(Membership.account_id.in_(accounts_), Membership.group_id.in_(groups))
        .order_by(Membership.id)
        .with_for_update()
    ).all()
    session.scalars(
        select(Account.id).where(Account.id.in_(accounts_)).order_by(Account.id).with_for_update()
    ).all()


def _give(session: Session, actor: Actor, case: Case, to: UUID | None, now: datetime) -> None:
    at = case_field(case.id)
    if to is None:
        raise Incomplete(at, "successor_missing", number=case.number)
    if to == case.handler_id:
        raise Incomplete(at, "successor_leaves", number=case.number)
    command = c.AssignHandler(case_id=case.id, seen=case.version, account_id=to, hands_over=True)
    try:
        move_locked(session, actor, case, command, now=now, follows=True)
    except Incomplete as lack:
        reason = "successor_tied" if lack.reason == "tie" else "successor_elsewhere"
        raise Incomplete(at, reason, number=case.number) from lack


def case_field(case_id: UUID) -> str:
    """Return the name under which a case's successor is asked for."""
    return f"case_{case_id.hex}"
