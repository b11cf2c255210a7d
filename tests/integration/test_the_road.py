"""The road end to end, by services alone."""

from datetime import timedelta

import pytest

from portal.access.kinds import Actor, Role
from portal.cases.kinds import Finding, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.replay import replay
from portal.cases.models import Case
from portal.cases.services import THINGS
from portal.foundation.errors import OutOfTurn
from portal.history.queries import events_of, events_of_many
from portal.history.services import as_json
from tests.support.city import NOON


def assert_row_is_replay(session, case_id, *merged_with):
    """Every column of the case and of each thing is what the events give.

    Reports that a merge or split moved stand in the events of both cases.
    """
    session.expire_all()
    told = replay(events_of(session, case_id))
    if merged_with:
        told.rows = replay(events_of_many(session, [case_id, *merged_with])).rows
    row = session.get_one(Case, case_id)
    assert {name: as_json(getattr(row, name)) for name in told.case} == told.case
    given = set(told.case) | {"id", "next_due_at", "next_clock", "next_due_sort"}
    assert given == set(Case.__table__.columns.keys())
    for table, rows in told.rows.items():
        for row_id, values in rows.items():
            thing = session.get_one(THINGS[table], row_id)
            assert {name: as_json(getattr(thing, name)) for name in values} == values


def test_a_true_report_ends_rectified_after_another_person_checked(city, session):
    filed = city.in_hand()
    hazards = city.inspected(filed.case_id, hazards=2)
    book = city.book(filed.case_id, hazards)
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    city.move(unit, c.SignTaskBook, filed.case_id, task_book_id=book.id, name="张", post="厂长")
    for item in city.items(filed.case_id):
        done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "已拆除"}
        city.move(unit, c.ReportItemDone, filed.case_id, **done)
    assert session.get_one(Case, filed.case_id).state is State.REVIEWING
    for item in city.items(filed.case_id):
        city.move(city.supervisor, c.PassReview, filed.case_id, item_id=item.id, opinion="已看")
    lead = city.lead
    city.move(lead, c.Verify, filed.case_id, finding=Finding.TRUE, reason="属实")
    city.move(lead, c.Conclude, filed.case_id, answers=((filed.report_id, "已整改"),))
    case = city.move(lead, c.Close, filed.case_id, lesson_considered=True)
    assert (case.state, case.resolution) == (State.CLOSED, Resolution.RECTIFIED)
    assert_row_is_replay(session, filed.case_id)


def test_a_report_that_is_not_true_ends_unfounded(city, session):
    filed = city.closed(Finding.NOT_TRUE)
    assert session.get_one(Case, filed.case_id).resolution is Resolution.UNFOUNDED
    assert_row_is_replay(session, filed.case_id)


def test_merge_then_split_gives_back_what_was(city, session):
    first, second = city.file(), city.file(now=NOON + timedelta(hours=2))
    city.accepted(second.case_id)
    before = session.get_one(Case, second.case_id).state
    city.move(city.dispatcher, c.Merge, second.case_id, into_id=first.case_id)
    session.expire_all()
    assert session.get_one(Case, second.case_id).resolution is Resolution.DUPLICATE
    city.move(city.dispatcher, c.Split, first.case_id, report_id=second.report_id)
    session.expire_all()
    back = session.get_one(Case, second.case_id)
    assert (back.state, back.merged_into, back.accepted_at) == (before, None, NOON)
    assert [r.id for r in back.reports] == [second.report_id]
    assert_row_is_replay(session, second.case_id, first.case_id)
    assert_row_is_replay(session, first.case_id, second.case_id)


def test_taking_back_undoes_the_press_that_accepted_and_dispatched(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    city.move(city.dispatcher, c.TakeBack, filed.case_id, now=NOON + timedelta(minutes=9))
    case = session.get_one(Case, filed.case_id)
    assert (case.state, case.accepted_at, case.group_id) == (State.RECEIVED, None, None)
    assert case.next_clock == "acceptance"


def test_a_dispatch_is_not_taken_back_after_ten_minutes(city):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    with pytest.raises(OutOfTurn, match="take_back_over"):
        city.move(
            city.dispatcher, c.TakeBack, filed.case_id, now=NOON + timedelta(minutes=10, seconds=1)
        )


def test_sending_twice_gives_one_report(city):
    nonce = b"n" * 16
    first, again = city.file(nonce=nonce), city.file(nonce=nonce, text="不同的字")
    assert (first.report_id, first.is_new, again.report_id, again.is_new) == (
        first.report_id,
        True,
        first.report_id,
        False,
    )
