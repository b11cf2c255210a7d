"""People, their accounts and their roles."""

import secrets
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.accounts.kinds import GROUP_ROLES
from portal.accounts.models import Account, Group, Membership, Person
from portal.accounts.services.sessions import end_sessions
from portal.foundation.addresses import is_mail_address
from portal.foundation.errors import Incomplete, NotFound
from portal.history.kinds import EventKind
from portal.history.services import record


def add_person(
    session: Session,
    actor: Actor,
    *,
    name: str,
    post: str,
    email: str,
    language: str,
    now: datetime,
) -> Account:
    """Add somebody with an account and no password yet. Raises Incomplete naming the field."""
    email = email.strip().lower()
    if not name.strip():
        raise Incomplete("name", "name_missing")
    if not is_mail_address(email):
        raise Incomplete("email", "email_missing")
    if session.scalar(select(Account.id).where(Account.email == email)):
        raise Incomplete("email", "email_taken")
    person = Person(id=uuid4(), name=name.strip(), post=post.strip())
    account = Account(
        id=uuid4(),
        person_id=person.id,
        email=email,
        active=True,
        fs_uniquifier=secrets.token_hex(16),
        language=language,
        created_at=now,
    )
    session.add(person)
    session.flush()  # the account refers to it
    session.add(account)
    session.flush()  # memberships of the same transaction refer to it
    _remember(session, actor, "account_made", account, now)
    return account


def give_role(
    session: Session,
    actor: Actor,
    account: Account,
    role: Role,
    *,
    group: Group | None = None,
    starts_on: date,
    ends_on: date | None = None,
    now: datetime,
) -> Membership:
    """Let an account act in a role from a day on; `ends_on` is the first day without it.

    Raises Incomplete if role and group don't fit, the role is held then already or would end
    before it begins, or the person would be treasurer and something else: who pays has no path
    to a case.
    """
    if ends_on is not None and ends_on <= starts_on:
        raise Incomplete("ends_on", "ends_before_start")
    kinds = GROUP_ROLES.get(role)
    if (kinds is None) != (group is None) or (group and kinds and group.kind not in kinds):
        raise Incomplete("role", "role_and_group")
    if group and group.ended_on is not None and group.ended_on <= starts_on:
        raise Incomplete("role", "group_ended")
    # Two administrators at once meet at this lock.
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    at_unit = select(Membership.id).where(
        Membership.account_id == account.id, Membership.role == Role.UNIT
    )
    if session.scalar(at_unit):
        # An account of a unit never reads a case: not by another role either.
        raise Incomplete("role", "role_and_group")
    if session.scalar(_apart(account, role, starts_on, ends_on)):
        raise Incomplete("role", "treasurer_alone")
    held = select(Membership.id).where(
        Membership.account_id == account.id,
        Membership.role == role,
        Membership.group_id == group.id if group else Membership.group_id.is_(None),
        or_(Membership.ends_on.is_(None), Membership.ends_on > starts_on),
    )
    if session.scalar(held):
        raise Incomplete("role", "role_held")
    membership = Membership(
        id=uuid4(),
        account_id=account.id,
        role=role,
        group_id=group.id if group else None,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    session.add(membership)
    session.flush()  # the event names it
    record(
        session,
        actor,
        EventKind.PEOPLE_CHANGED,
        at=now,
        payload={
            "act": "role_given",
            "account": account.id,
            "role": role,
            "group": membership.group_id,
        },
    )
    return membership


def _apart(account: Account, role: Role, starts_on: date, ends_on: date | None) -> Select[UUID]:
    """Return the question for roles of the person, by any account, that can't be held beside it."""
    other = Membership.role == Role.TREASURER
    if role is Role.TREASURER:
        other = Membership.role != Role.TREASURER
    wanted = (
        select(Membership.id)
        .join(Account, Account.id == Membership.account_id)
        .where(Account.person_id == account.person_id, other)
        .where(or_(Membership.ends_on.is_(None), Membership.ends_on > starts_on))
    )
    return wanted if ends_on is None else wanted.where(Membership.starts_on < ends_on)


def edit_person(
    session: Session,
    actor: Actor,
    account: Account,
    *,
    name: str,
    post: str,
    email: str,
    now: datetime,
) -> Account:
    """Change name, post and address. Raises Incomplete naming the field."""
    email = email.strip().lower()
    if not name.strip():
        raise Incomplete("name", "name_missing")
    if not is_mail_address(email):
        raise Incomplete("email", "email_missing")
    taken = select(Account.id).where(Account.email == email, Account.id != account.id)
    if session.scalar(taken):
        raise Incomplete("email", "email_taken")
    person = account.person
    changed = [
        field
        for field, before, after in (
            ("name", person.name, name.strip()),
            ("post", person.post, post.strip()),
            ("email", account.email, email),
        )
        if before != after
    ]
    if not changed:
        return account
    person.name, person.post = name.strip(), post.strip()
    if account.email != email:
        account.email = email
        # A link that went to the old address must not open the account.
        account.fs_uniquifier = secrets.token_hex(16)
        end_sessions(session, account.id)
    # Codes only: a name in history could never be erased.
    _remember(session, actor, "account_edited", account, now, fields=changed)
    return account


def set_active(
    session: Session, actor: Actor, account: Account, *, active: bool, now: datetime
) -> Account:
    """Disable an account, which ends its sessions and links at once, or enable it again.

    Raises Incomplete if somebody would disable their own account.
    """
    if account.active == active:
        return account
    if not active and account.id == actor.account_id:
        raise Incomplete("active", "own_account")
    account.active = active
    account.fs_uniquifier = secrets.token_hex(16)
    end_sessions(session, account.id)
    _remember(session, actor, "account_enabled" if active else "account_disabled", account, now)
    return account


def reset_account(session: Session, actor: Actor, account: Account, *, now: datetime) -> Account:
    """Take the password away: sessions and earlier links are dead, a new link sets the next one."""
    account.password = None
    account.fs_uniquifier = secrets.token_hex(16)
    end_sessions(session, account.id)
    _remember(session, actor, "account_reset", account, now)
    return account


def set_password(
    session: Session, actor: Actor, account: Account, *, password_hash: str, now: datetime
) -> Account:
    """Keep the hash of a new password: every session and link from before is dead."""
    account.password = password_hash
    account.fs_uniquifier = secrets.token_hex(16)
    end_sessions(session, account.id)
    _remember(session, actor, "password_set", account, now)
    return account


def set_preferences(
    session: Session, account: Account, *, language: str, shortcuts: bool
) -> Account:
    """Keep the language and whether single keys act; a matter of taste that leaves no event."""
    account.language, account.shortcuts = language, shortcuts
    return account


def _remember(
    session: Session, actor: Actor, act: str, account: Account, now: datetime, **more: object
) -> None:
    payload = {"act": act, "account": account.id, **more}
    record(session, actor, EventKind.PEOPLE_CHANGED, at=now, payload=payload)


def end_role(
    session: Session, actor: Actor, membership_id: UUID, *, ends_on: date, now: datetime
) -> Membership:
    """End a role: `ends_on` is the first day without it.

    Raises NotFound; Incomplete for a day too early.
    """
    membership = session.get(
        Membership, membership_id, with_for_update={"of": Membership}, populate_existing=True
    )
    if membership is None:
        raise NotFound(membership_id)
    if ends_on <= membership.starts_on:
        raise Incomplete("ends_on", "ends_before_start")
    membership.ends_on = ends_on
    record(
        session,
        actor,
        EventKind.PEOPLE_CHANGED,
        at=now,
        payload={"act": "role_ended", "membership": membership.id, "on": ends_on},
    )
    return membership
