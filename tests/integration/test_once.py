"""Answers that are kept between two changes of a unit of work, and no longer."""

import pytest
from sqlalchemy import event, insert, select, text, update

from portal.accounts.models import Group
from portal.accounts.queries import live_groups
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Row
from portal.cases.models import Case, NumberCounter
from portal.cases.queries import case_of
from portal.cases.services.writing import write_rows
from portal.foundation.once import once
from portal.history.queries import events_of
from tests.support.city import NOON


@pytest.fixture
def asked(session):
    """How often the database was asked for `SELECT 7`, by `answer()`."""
    count = []

    def answer():
        return once(session(), "seven", lambda: count.append(1) or 7, of=(NumberCounter, Case))

    return count, answer


def test_a_page_asks_once(asked):
    count, answer = asked
    assert (answer(), answer()) == (7, 7)
    assert len(count) == 1


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_next_unit_of_work_asks_anew(asked, session, end):
    count, answer = asked
    session.execute(text("SELECT 1"))
    answer()
    getattr(session, end)()
    answer()
    assert len(count) == 2


def test_whatever_is_written_lets_it_ask_anew(asked, session):
    count, answer = asked
    answer()
    session.execute(insert(NumberCounter).values(series="x", year=2026, next=1))
    answer()
    session.add(NumberCounter(series="y", year=2026, next=1))
    session.flush()
    answer()
    session.execute(text("UPDATE number_counters SET next = 2"))
    answer()
    assert len(count) == 4


def test_what_is_written_elsewhere_changes_nothing(asked, city, session):
    count, answer = asked
    answer()
    session.execute(update(Group).values(name_en="Desk"))
    answer()
    assert len(count) == 1


def test_events_are_read_anew_once_the_case_is_locked(city, session, superuser):
    filed = city.file()
    session.commit()
    before = len(events_of(session(), filed.case_id))
    with superuser.begin() as other:
        other.execute(
            text(
                "INSERT INTO events (at, kind, role, payload, leaf, case_id, case_version,"
                " to_state) SELECT at, kind, role, payload, leaf, case_id, 2, to_state"
                " FROM events WHERE case_id = :id"
            ),
            {"id": filed.case_id},
        )
    assert len(events_of(session(), filed.case_id)) == before
    case_of(session(), city.dispatcher, filed.case_id, lock=True)
    assert len(events_of(session(), filed.case_id)) == before + 1


def test_a_row_lock_lets_it_ask_anew_since_it_may_have_waited(asked, city, session):
    count, answer = asked
    filed = city.file()
    answer()
    session.execute(select(Case.id).where(Case.id == filed.case_id).with_for_update())
    answer()
    session.execute(select(Case.id).where(Case.id == filed.case_id))
    answer()
    assert len(count) == 2


def test_a_move_sees_its_own_event_and_a_group_that_ended(city, session):
    filed = city.file()
    before = len(events_of(session(), filed.case_id))
    city.move(city.dispatcher, c.Note, filed.case_id, body="先看看")
    assert len(events_of(session(), filed.case_id)) == before + 1
    today = NOON.date()
    groups = live_groups(session(), on=today)
    group = session.get(Group, next(iter(groups)))
    group.ended_on = today
    session.flush()
    assert group.id not in live_groups(session(), on=today)


def test_events_are_read_once_between_two_changes(city, session):
    filed = city.file()
    session.commit()
    statements = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: statements.append(a[2]))
    events_of(session(), filed.case_id)
    events_of(session(), filed.case_id)
    assert sum("FROM events" in one for one in statements) == 1


def test_what_a_move_writes_is_read_on_the_objects_that_are_held(session, city):
    """Rows are written by tables: what the same unit of work holds of them must not stay old."""
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    own = session()
    with own.begin_nested():
        held = own.get_one(type(book), book.id)
        assert held.signed_at is None
        row = Row("task_books", book.id, {"signed_at": NOON}, is_new=False)
        written = write_rows(own, filed.case_id, [row], {})
        assert held.signed_at == NOON
        assert written == {"task_books": {str(book.id): {"signed_at": NOON}}}
