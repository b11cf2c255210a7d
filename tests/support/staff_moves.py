"""Moves at the worker's hour, and somebody new in a group."""

from datetime import date

from portal.access.kinds import SYSTEM, Role
from portal.accounts.queries import actor_in, group_by_code
from portal.accounts.services import add_person, give_role
from portal.foundation.transaction import unit_of_work
from tests.support.city import NOON


def member(city, code, role=Role.MEMBER, name=None, **fields):
    """Add somebody to a group and return the actor."""
    name = name or f"{role}-{code}"
    with unit_of_work(city.session) as session:
        about = {"name": name, "post": "", "email": f"{name}@example.org", "language": "en"}
        account = add_person(session, SYSTEM, **{**about, **fields}, now=NOON)
        group = group_by_code(session, code) if code else None
        held = give_role(
            session, SYSTEM, account, role, group=group, starts_on=date(2026, 1, 1), now=NOON
        )
        return actor_in(account, held)


def at(city, worker, actor, command, case_id, **fields):
    return city.move(actor, command, case_id, now=worker.at, **fields)
