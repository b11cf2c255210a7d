"""What people who leave a group handle there: numbers of cases, never what they are about.

Seen by whoever runs the portal, who reads no case; see `services.handing_over`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.accounts.queries import holds_on
from portal.cases.kinds import State
from portal.cases.models import Case
from portal.cases.queries.lists import handler_left


@dataclass(frozen=True, slots=True)
class Handled:
    """An open case that somebody handles, by what may be known of it."""

    id: UUID
    number: str
    group_id: UUID


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Open cases of a group whose handler can act in it no more."""

    group_id: UUID
    account_id: UUID
    count: int


def handled_by(session: Session, account_id: UUID) -> Sequence[Handled]:
    """Return the open cases that name an account as their handler, by number."""
    rows = session.execute(
        select(Case.id, Case.number, Case.group_id)
        .where(Case.handler_id == account_id, Case.state != State.CLOSED)
        .order_by(Case.number)
    )
    return [Handled(id_, number, group) for id_, number, group in rows if group is not None]


def left_behind(session: Session, *, today: date) -> Sequence[LeftBehind]:
    """Return whose cases wait for somebody else, by group and person."""
    rows = session.execute(
        select(Case.group_id, Case.handler_id, func.count())
        .where(Case.state != State.CLOSED, handler_left(today))
        .group_by(Case.group_id, Case.handler_id)
        .order_by(func.count().desc(), Case.handler_id)
    )
    return [LeftBehind(group, who, count) for group, who, count in rows if group and who]


def stays(session: Session, account_id: UUID, group_id: UUID, leaves: UUID, *, on: date) -> bool:
    """Say whether somebody who gives one role up can still act in the group by another one."""
    other = exists().where(
        Membership.account_id == account_id,
        Membership.group_id == group_id,
        Membership.id != leaves,
        holds_on(on),
    )
    return bool(session.scalar(select(other)))


def has_open(session: Session, group_id: UUID) -> int:
    """Return how many open cases a group handles or a desk holds; a number alone."""
    holder = func.coalesce(Case.group_id, Case.desk_id)
    wanted = select(func.count()).where(holder == group_id, Case.state != State.CLOSED)
    return session.scalar(wanted) or 0


def others_in(
    session: Session, group_ids: Collection[UUID], account_id: UUID, *, on: date
) -> Collection[UUID]:
    """Return the groups in which somebody else can act on a day."""
    return set(
        session.scalars(
            select(Membership.group_id)
            .join(Account, Account.id == Membership.account_id)
            .where(
                Membership.group_id.in_(group_ids),
                Membership.account_id != account_id,
                holds_on(on),
                Account.active,
            )
            .distinct()
        )
    )
