"""What the tests of guards share: refusals, ties, visits, and clocks against their cache."""

import pytest
from sqlalchemy import select

from portal.access.kinds import Actor, Role
from portal.accounts.models import Account
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, ClockReading
from portal.cases.queries import clocks_of
from portal.cases.services import clock_row
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force
from portal.units.services import declare_tie
from tests.support.city import NOON

UNIT = {"name": "张", "post": "厂长"}
CLOSE = {"lesson_considered": True, "reason": "没有隐患"}


def unit_of(book):
    return Actor(role=Role.UNIT, task_book_id=book.id)


def reported(city, case_id, book, *items):
    for item in items or city.items(case_id):
        done = {"item_id": item.id, "statement": "好了", **UNIT}
        city.move(unit_of(book), c.ReportItemDone, case_id, **done)


def concluded(city, finding=Finding.NOT_TRUE):
    filed = city.in_hand()
    city.move(city.lead, c.Verify, filed.case_id, finding=finding, reason="看了")
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "答复"),))
    return filed


def refusal(act, *args, **fields):
    """Return (kind, code, field or None) of the refusal of an act."""
    with pytest.raises((Incomplete, OutOfTurn, NotAllowed, NotFound)) as error:
        act(*args, **fields)
    found = error.value
    if isinstance(found, Incomplete):
        return found.reason, found.field
    return (found.args[0], None)


def tie(session, person, unit):
    by = session.scalar(select(Account).where(Account.person_id == person))
    actor = Actor(role=Role.MEMBER, account_id=by.id, person_id=person)
    with unit_of_work(session()) as own:
        declare_tie(own, actor, person_id=person, unit_id=unit, kind="family", now=NOON)


def clocks_agree(session, case_id, *, now):
    """The cache of the clocks holds what reading them anew gives."""
    session.expire_all()
    case = session.get_one(Case, case_id)
    wanted = {
        (row["clock"], row["subject"], row["episode"]): row
        for row in (
            clock_row(case_id, reading)
            for reading in clocks_of(session(), case, in_force(session(), now), as_of=now)
            if reading.started_at is not None
        )
    }
    stored = {
        (row.clock, row.subject, row.episode): {
            name: getattr(row, name) for name in next(iter(wanted.values()))
        }
        for row in session.scalars(select(ClockReading).where(ClockReading.case_id == case_id))
    }
    for key, row in wanted.items():
        if row["state"] == "paused" and key in stored:
            # While it stands still, the day it would be due moves with the day one looks.
            row["due_at"] = stored[key]["due_at"]
    for row in (*wanted.values(), *stored.values()):
        row.pop("state")  # whether it is late depends on when one looks
        row.pop("breached")
    assert stored == wanted


def visit(city, *people, **more):
    return {
        "visited_at": NOON,
        "inspectors": tuple(one.person_id for one in people),
        "finding": "查了",
        **more,
    }
