"""Every (state × move × role) of the road, against the hand-made copy of the published table."""

import inspect
import typing
from dataclasses import MISSING, fields
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from portal.access.kinds import SYSTEM, Actor, Role
from portal.cases.kinds import Finding, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.gate import offers
from portal.cases.lifecycle.moves import BY_NAME
from portal.cases.models import Case
from portal.cases.queries import facts_of
from portal.cases.services import move_case
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.history.models import Event
from portal.taskbooks.models import TaskBook
from tests.support import published
from tests.support.city import NOON

#: Which relation each person of the cast has to a case of insp-fire in 武进 at the duty desk.
PEOPLE = {
    "dispatcher": {"own_desk"},
    "member": {"own_group"},
    "lead": {"own_group"},
    "other_lead": set(),
    "other_member": set(),
    "supervisor": {"supervises"},
    "supervisor_elsewhere": set(),
    "director": set(),
    "auditor": set(),
    "administrator": set(),
    "custodian": set(),
    "treasurer": set(),
    "reporter": {"own_report"},
    "another_reporter": set(),
    "unit": {"own_task_book"},
    "another_unit": set(),
    "system": set(),
}
ROLES = {
    "other_lead": "lead",
    "supervisor": "lead",
    "supervisor_elsewhere": "lead",
    "other_member": "member",
    "another_reporter": "reporter",
    "another_unit": "unit",
}


def a_case_in(city, state):
    """Walk a case into `state`; returns (case id, report id, task book id or None)."""
    filed = city.file()
    if state is State.RECEIVED:
        return filed.case_id, filed.report_id, None
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    if state is State.ASSIGNED:
        return filed.case_id, filed.report_id, None
    city.move(city.lead, c.SignFor, filed.case_id)
    if state is State.IN_HAND:
        return filed.case_id, filed.report_id, None
    if state is State.CLOSED:
        city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看过")
        answers = ((filed.report_id, "没有发现"),)
        city.move(city.lead, c.Conclude, filed.case_id, answers=answers)
        city.move(city.lead, c.Close, filed.case_id, lesson_considered=True, reason="无隐患")
        return filed.case_id, filed.report_id, None
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    if state is State.REVIEWING:
        unit = Actor(role=Role.UNIT, task_book_id=book.id)
        item = city.items(filed.case_id)[0]
        done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "好了"}
        city.move(unit, c.ReportItemDone, filed.case_id, **done)
    return filed.case_id, filed.report_id, book.id


def cast(city, report_id, book_id):
    people = {name: city.actors[name] for name in PEOPLE if name in city.actors}
    return people | {
        "custodian": Actor(role=Role.CUSTODIAN, account_id=uuid4(), person_id=uuid4()),
        "treasurer": Actor(role=Role.TREASURER, account_id=uuid4(), person_id=uuid4()),
        "reporter": Actor(role=Role.REPORTER, report_id=report_id),
        "another_reporter": Actor(role=Role.REPORTER, report_id=uuid4()),
        "unit": Actor(role=Role.UNIT, task_book_id=book_id),
        "another_unit": Actor(role=Role.UNIT, task_book_id=uuid4()),
        "system": SYSTEM,
    }


def holds(rule, relations, *, received, has_group):
    """Say whether a rule of the copy says yes; a case at the desk has no group."""
    if "own_group" in relations and not has_group:
        relations = relations - {"own_group"}
    return {
        None: False,
        "always": True,
        "own_desk": "own_desk" in relations,
        "own_desk_while_received": "own_desk" in relations and received,
        "own_group": "own_group" in relations,
        "own_group_or_supervises": bool(relations & {"own_group", "supervises"}),
        "supervises_another": "supervises" in relations,
        "own_report": "own_report" in relations,
        "own_task_book": "own_task_book" in relations,
        "own_step": "own_step" in relations,
        "own_link": bool(relations & {"own_task_book", "own_step"}),
    }[rule]


def poorest(command, case_id, seen):
    """Make a command that fills only what has no default, with values nobody would accept."""
    values = {"case_id": case_id, "seen": seen}
    hints = typing.get_type_hints(command)
    for field in fields(command):
        if field.name in values or field.default is not MISSING:
            continue
        hint = hints[field.name]
        options = typing.get_args(hint)
        if type(None) in options:
            values[field.name] = None
        elif hint is str or str in options:
            values[field.name] = ""
        elif hint is bool:
            values[field.name] = False
        elif hint is int:
            values[field.name] = 0
        elif hint is UUID:
            values[field.name] = UUID(int=0)
        elif typing.get_origin(hint) is tuple:
            values[field.name] = ()
        elif inspect.isclass(hint) and issubclass(hint, str):
            values[field.name] = next(iter(hint))
        else:
            values[field.name] = NOON
    return command(**values)


@pytest.mark.promise(3)
@pytest.mark.trap(15)
@pytest.mark.parametrize("state", State)
def test_every_move_of_every_role_is_let_through_exactly_where_the_table_says(
    city, session, state, request
):
    case_id, report_id, book_id = a_case_in(city, state)
    case = session.get_one(Case, case_id)
    assert case.state is state
    has_group, received = case.group_id is not None, state is State.RECEIVED
    rules = published.rules()
    people = cast(city, report_id, book_id)
    own_book = book_id is not None
    count = select(text("count(*)")).select_from(Event)
    before = session.scalar(count)
    session.rollback()
    for name, actor in people.items():
        role = ROLES.get(name, name)
        relations = PEOPLE[name] - (set() if own_book else {"own_task_book"})
        say = {"received": received, "has_group": has_group}
        sees = holds(rules.get((role, "case.read")), relations, **say)
        expected_offers = set()
        for move, sources, _target, _event in published.MOVES:
            allowed = holds(rules.get((role, f"case.{move}")), relations, **say)
            in_state = str(state) in sources.split()
            if allowed:
                expected_offers.add((move, in_state))
            command = poorest(BY_NAME[move].command, case_id, city.version(case_id))
            where = (name, move, str(state))
            try:
                move_case(session(), actor, command, now=NOON)
                outcome = "done"
            except NotFound:
                outcome = "unseen"
            except NotAllowed:
                outcome = "forbidden"
            except OutOfTurn as error:
                outcome = "wrong state" if error.args[0] == "not_in_this_state" else "guarded"
            except Incomplete:
                outcome = "guarded"
            finally:
                session.rollback()
            if not sees:
                assert outcome == "unseen", where
            elif not allowed:
                assert outcome == "forbidden", where
            elif not in_state:
                assert outcome == "wrong state", where
            else:
                assert outcome in ("done", "guarded"), where
        if sees:
            found = facts_of(session(), session.get_one(Case, case_id), actor, now=NOON)
            offered = {(o.move.name, in_its_state(o)) for o in offers(actor, found)}
            assert offered == expected_offers, name
    assert session.scalar(count) == before


def in_its_state(offer):
    return offer.lack is None or offer.lack.reason != "not_in_this_state"


@pytest.mark.trap(15)
@pytest.mark.parametrize("state", [State.ASSIGNED, State.IN_HAND, State.RECTIFYING])
def test_what_the_page_offers_is_what_the_function_takes(city, session, state):
    """A move that the panel shows as refused is refused, for the reason that the panel gives."""
    case_id, report_id, book_id = a_case_in(city, state)
    for actor in cast(city, report_id, book_id).values():
        case = session.get_one(Case, case_id)
        try:
            shown = offers(actor, facts_of(session(), case, actor, now=NOON))
        finally:
            session.rollback()
        for offer in shown:
            if offer.is_open:
                continue
            command = poorest(offer.move.command, case_id, city.version(case_id))
            with pytest.raises((OutOfTurn, NotFound)) as refused:
                move_case(session(), actor, command, now=NOON)
            session.rollback()
            assert refused.value.args[0] in (offer.lack.reason, case_id)


def test_a_case_of_another_state_than_its_events_never_starts(city, session):
    """Only filing, opening and import begin a case, and each begins it as received."""
    filed = city.file()
    session.expire_all()
    first = session.scalar(select(Event).where(Event.case_id == filed.case_id))
    assert (first.from_state, first.to_state, first.case_version) == (None, "received", 1)
    assert session.scalar(select(TaskBook.id)) is None
