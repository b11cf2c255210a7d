"""Accounts of people at a unit: made by who invites them, bound to it, ended for good."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import require
from portal.accounts.models import Account, Membership
from portal.accounts.services.people import add_person, set_active
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.services import record


def invite_to_unit(
    session: Session,
    actor: Actor,
    unit_id: UUID,
    *,
    name: str,
    post: str,
    email: str,
    language: str,
    today: date,
    now: datetime,
) -> Account:
    """Add somebody with an account of a unit and no password yet; the caller has seen the unit.

    The account has this one role for ever. Raises NotAllowed, Incomplete naming the field.
    """
    require(actor, Action.INVITE_UNITS)
    account = add_person(
        session, actor, name=name, post=post, email=email, language=language, now=now
    )
    membership = Membership(
        id=uuid4(), account_id=account.id, role=Role.UNIT, unit_id=unit_id, starts_on=today
    )
    session.add(membership)
    session.flush()  # the event names it
    told = {"act": "role_given", "account": account.id, "role": Role.UNIT, "unit": unit_id}
    record(session, actor, EventKind.PEOPLE_CHANGED, at=now, payload=told)
    return account


def end_at_unit(
    session: Session, actor: Actor, unit_id: UUID, account_id: UUID, *, today: date, now: datetime
) -> Account:
    """End an account of a unit at once: its sessions and links are dead. Twice changes nothing.

    Raises NotAllowed; NotFound for an account of another unit.
    """
    require(actor, Action.INVITE_UNITS)
    membership = session.scalar(
        select(Membership)
        .where(Membership.unit_id == unit_id, Membership.account_id == account_id)
        .with_for_update(of=Membership)
        .execution_options(populate_existing=True)
    )
    if membership is None:
        raise NotFound(account_id)
    if membership.ends_on is None:
        # Of a role that begins today the first day without it can only be tomorrow; the account
        # itself is disabled at once.
        membership.ends_on = max(today, membership.starts_on + timedelta(days=1))
        told = {"act": "role_ended", "membership": membership.id, "on": membership.ends_on}
        record(session, actor, EventKind.PEOPLE_CHANGED, at=now, payload={**told, "unit": unit_id})
    return set_active(session, actor, membership.account, active=False, now=now)
