"""Reading people and groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Date, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.access.kinds import Actor, GroupKind, Role
from portal.accounts.kinds import (
    FREE_FAILURES,
    FREE_FAILURES_OVER_ALL,
    LONGEST_WAIT,
    LONGEST_WAIT_OVER_ALL,
    wait_after,
)
from portal.accounts.lifecycle import Term
from portal.accounts.models import (
    Account,
    FailedSignIn,
    Group,
    Membership,
    Person,
    StaffSession,
)
from portal.foundation.errors import NotFound
from portal.foundation.once import once

#: What reading people returns; rooms above name it so and need not know the tables.
PersonalAccount = Account
HeldRole = Membership
StandingGroup = Group


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group as routing and pages see it; `people_count` are those who can act in it today."""

    id: UUID
    code: str
    kind: GroupKind
    name_zh: str
    name_en: str
    jurisdiction: str | None
    people_count: int

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en


def holds_on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the clause that keeps memberships in force on `day`."""
    return (Membership.starts_on <= day) & or_(
        Membership.ends_on.is_(None), Membership.ends_on > day
    )


# Made once: each page of a case and many a move asks them.
_ON = bindparam("on", type_=Date)
_PEOPLE = (
    select(Membership.group_id, func.count(func.distinct(Account.person_id)).label("people"))
    .join(Account, Account.id == Membership.account_id)
    .where(holds_on(_ON), Account.active)
    .group_by(Membership.group_id)
    .subquery()
)
_LIVE_GROUPS = (
    select(
        Group.id,
        Group.code,
        Group.kind,
        Group.name_zh,
        Group.name_en,
        Group.jurisdiction,
        func.coalesce(_PEOPLE.c.people, 0),
    )
    .outerjoin(_PEOPLE, _PEOPLE.c.group_id == Group.id)
    .where(or_(Group.ended_on.is_(None), Group.ended_on > _ON))
    .order_by(Group.kind, Group.code)
)
_MEMBERS = (
    select(Account)
    .join(Membership, Membership.account_id == Account.id)
    .join(Person, Person.id == Account.person_id)
    .where(Membership.group_id == bindparam("group", type_=Uuid), holds_on(_ON), Account.active)
    .order_by(Membership.role != Role.LEAD, Person.name, Account.id)
)


def live_groups(session: Session, *, on: date) -> Mapping[UUID, GroupFacts]:
    """Return every group that exists on `on`, by id, with the number of its people."""
    tables = (Group, Membership, Account)
    return once(session, ("live groups", on), lambda: _live_groups(session, on), of=tables)


def _live_groups(session: Session, on: date) -> Mapping[UUID, GroupFacts]:
    rows = session.execute(_LIVE_GROUPS, {"on": on})
    return {row.id: GroupFacts(*row) for row in rows}


def members_of(session: Session, group_id: UUID, *, on: date) -> Sequence[Account]:
    """Return the active accounts of a group on a day, leads first, then by name."""
    return session.scalars(_MEMBERS, {"group": group_id, "on": on}).all()


_TERMS = (
    select(
        Membership.group_id,
        Membership.id,
        Account.id.label("account_id"),
        Person.name,
        Person.post,
        Membership.role,
        Membership.starts_on,
        Membership.ends_on,
    )
    .join(Account, Account.id == Membership.account_id)
    .join(Person, Person.id == Account.person_id)
    .where(
        Membership.group_id.is_not(None),
        or_(Membership.ends_on.is_(None), Membership.ends_on > _ON),
        Account.active,
    )
    .order_by(Membership.role != Role.LEAD, Person.name, Membership.starts_on, Membership.id)
)


def terms_in_groups(
    session: Session, *, on: date, group_id: UUID | None = None
) -> Mapping[UUID, Sequence[Term]]:
    """Return who can act in each group on a day or will later, leads first, by one statement."""
    asked = _TERMS if group_id is None else _TERMS.where(Membership.group_id == group_id)
    found: dict[UUID, list[Term]] = {}
    for row in session.execute(asked, {"on": on}):
        term = Term(
            membership_id=row.id,
            account_id=row.account_id,
            name=row.name,
            post=row.post,
            role=row.role,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        )
        found.setdefault(row.group_id, []).append(term)
    return found


def holders_of(session: Session, role: Role, *, on: date) -> Sequence[Account]:
    """Return the active accounts that hold `role` on a day, in whatever group."""
    return session.scalars(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.role == role, holds_on(on), Account.active)
        .order_by(Account.id)
        .distinct()
    ).all()


def roles_of(account: Account, *, on: date) -> Sequence[Membership]:
    """Return the memberships in which an account can act on a day, in a fixed order."""
    held = [one for one in account.memberships if one.holds_on(on)]
    return sorted(held, key=lambda one: (one.starts_on, one.id))


def actor_in(account: Account, membership: Membership) -> Actor:
    """Return the account acting in one of its memberships."""
    group = membership.group
    return Actor(
        role=membership.role,
        account_id=account.id,
        person_id=account.person_id,
        group_id=membership.group_id,
        group_kind=group.kind if group else None,
        jurisdiction=group.jurisdiction if group else None,
        unit_id=membership.unit_id,
    )


def account(session: Session, account_id: UUID) -> Account:
    """Return the account. Raises NotFound."""
    found = session.get(Account, account_id)
    if found is None:
        raise NotFound(account_id)
    return found


def names_of_people(session: Session, person_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the names of people by id."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {person_id: name for person_id, name in rows}


def names_of_accounts(session: Session, account_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the names of the people behind accounts, by account."""
    wanted = set(account_ids)
    if not wanted:
        return {}
    rows = session.execute(
        select(Account.id, Person.name).join(Person).where(Account.id.in_(wanted))
    )
    return {account_id: name for account_id, name in rows}


def group_by_code(session: Session, code: str) -> Group | None:
    """Return the group that routing rules name so, ended or not."""
    return session.scalar(select(Group).where(Group.code == code))


def group(session: Session, group_id: UUID | None) -> Group | None:
    """Return the group, ended or not; None for no id."""
    return session.get(Group, group_id) if group_id else None


def account_by_email(session: Session, email: str) -> Account | None:
    """Return the account with this address, however it was typed."""
    return session.scalar(select(Account).where(Account.email == email.strip().lower()))


def account_by_generation(session: Session, generation: str) -> Account | None:
    """Return the account that has this `fs_uniquifier` at present."""
    return session.scalar(select(Account).where(Account.fs_uniquifier == generation))


#: Every page of staff begins with it: one statement, made once.
_SESSION = (
    select(StaffSession, Account)
    .join(Account, Account.id == StaffSession.account_id)
    .options(joinedload(Account.memberships))
    .where(
        StaffSession.id_hash == bindparam("id_hash"),
        StaffSession.idle_until > bindparam("now"),
        StaffSession.ends_at > bindparam("now"),
    )
)


def staff_session(
    session: Session, id_hash: bytes, *, now: datetime
) -> tuple[StaffSession, Account] | None:
    """Return the session behind a cookie unless it ran out, and whose it is, with all roles."""
    row = session.execute(_SESSION, {"id_hash": id_hash, "now": now}).unique().one_or_none()
    return (row[0], row[1]) if row else None


def wait_before_sign_in(
    session: Session, subject: bytes, over_all: bytes, *, now: datetime
) -> timedelta:
    """Return how long the next try for this address has to wait; nothing if it may be made."""
    rows = session.execute(
        select(FailedSignIn.subject, FailedSignIn.count, FailedSignIn.last_at).where(
            FailedSignIn.subject.in_([subject, over_all])
        )
    )
    waits = [timedelta()]
    for whose, count, last_at in rows:
        own = whose == subject
        wait = wait_after(
            count,
            free=FREE_FAILURES if own else FREE_FAILURES_OVER_ALL,
            longest=LONGEST_WAIT if own else LONGEST_WAIT_OVER_ALL,
        )
        waits.append(last_at + wait - now)
    return max(waits)


def all_accounts(session: Session) -> Sequence[Account]:
    """Return every account with its memberships, the active ones first, by the person's name."""
    return session.scalars(
        select(Account)
        .join(Person, Person.id == Account.person_id)
        .options(selectinload(Account.memberships))
        .order_by(Account.active.desc(), Person.name, Account.id)
    ).all()


def all_groups(session: Session) -> Sequence[Group]:
    """Return every group, those that ended last, by kind and code."""
    return session.scalars(
        select(Group).order_by(Group.ended_on.is_not(None), Group.kind, Group.code)
    ).all()


def held_role(session: Session, membership_id: UUID) -> Membership:
    """Return a role, whether it holds or not. Raises NotFound."""
    found = session.get(Membership, membership_id)
    if found is None:
        raise NotFound(membership_id)
    return found


_STAYS = (
    select(Membership.id)
    .join(Account, Account.id == Membership.account_id)
    .where(
        Membership.account_id == bindparam("account", type_=Uuid),
        Membership.group_id == bindparam("group", type_=Uuid),
        holds_on(_ON),
        Account.active,
    )
    .with_for_update(read=True, of=[Membership, Account])
)


def stays_in(session: Session, account_id: UUID, group_id: UUID | None, *, on: date) -> bool:
    """Say whether an account can act in a group, and hold that until this unit of work ends:
    whoever ends the role or disables the account waits.
    """
    given = {"account": account_id, "group": group_id, "on": on}
    return bool(session.scalars(_STAYS, given).all())


def people_without(session: Session, held: Membership, *, on: date) -> int:
    """Return how many other people hold a role in the same group on a day."""
    others = (
        select(func.count(func.distinct(Account.person_id)))
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.group_id == held.group_id,
            Membership.account_id != held.account_id,
            holds_on(on),
            Account.active,
        )
    )
    return int(session.scalar(others) or 0)


def accounts_of_unit(session: Session, unit_id: UUID) -> Sequence[Membership]:
    """Return every role that somebody has or had at a unit, those that hold first, then newest."""
    return session.scalars(
        select(Membership)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.unit_id == unit_id)
        .order_by(Account.active.desc(), Membership.starts_on.desc(), Membership.id)
        .options(joinedload(Membership.account))
    ).all()


def people_at_unit(session: Session, unit_id: UUID, *, on: date) -> Sequence[Account]:
    """Return the active accounts that act for a unit on a day."""
    return session.scalars(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.unit_id == unit_id, holds_on(on), Account.active)
        .order_by(Account.id)
    ).all()


def memberships_on(session: Session, *, on: date) -> Sequence[Membership]:
    """Return every role that somebody can act in on a day, by group, then leads first."""
    return session.scalars(
        select(Membership)
        .join(Account, Account.id == Membership.account_id)
        .outerjoin(Group, Group.id == Membership.group_id)
        .where(holds_on(on), Account.active)
        .order_by(Group.kind, Group.code, Membership.role != Role.LEAD, Account.email)
        .options(joinedload(Membership.account))
    ).all()


def membership(session: Session, membership_id: UUID, *, on: date) -> Membership:
    """Return a role that somebody can act in on a day. Raises NotFound."""
    found = session.scalar(
        select(Membership)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.id == membership_id, holds_on(on), Account.active)
    )
    if found is None:
        raise NotFound(membership_id)
    return found


def people_between(
    session: Session, group_ids: Iterable[UUID], roles: Iterable[Role], first: date, last: date
) -> Sequence[tuple[str, str, UUID | None, Role]]:
    """Return name, post, group and role of everybody who could act, on any day of a span, in one
    of the groups or in one of the roles.
    """
    rows = session.execute(
        select(Person.name, Person.post, Membership.group_id, Membership.role, Person.id)
        .join(Account, Account.person_id == Person.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            or_(Membership.group_id.in_(list(group_ids)), Membership.role.in_(list(roles))),
            Membership.starts_on <= last,
            or_(Membership.ends_on.is_(None), Membership.ends_on > first),
        )
        .order_by(Membership.group_id, Membership.role, Person.name, Person.id)
        .distinct()
    )
    return [(name, post, group_id, role) for name, post, group_id, role, _id in rows]
