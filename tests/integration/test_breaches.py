"""A limit that was missed becomes one event, whenever somebody looks."""

from datetime import timedelta

from sqlalchemy import text

from portal.cases.lifecycle import commands as c
from portal.cases.services import record_breaches
from portal.foundation.transaction import unit_of_work
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON

DAY = timedelta(days=1)


def recorded(session, now, **options):
    with unit_of_work(session()) as own:
        return record_breaches(own, now, **options)


def breaches(session):
    rows = session.execute(
        text("SELECT payload->>'clock' AS clock FROM events WHERE kind = 'breached' ORDER BY seq")
    )
    return [row.clock for row in rows]


def test_a_running_clock_is_recorded_once_however_often_somebody_looks(city, session):
    filed = city.file()
    assert recorded(session, NOON + 3 * DAY) == 0
    assert recorded(session, NOON + 9 * DAY) == 1
    assert recorded(session, NOON + 9 * DAY) == 0
    assert recorded(session, NOON + 10 * DAY) == 0
    assert breaches(session) == ["acceptance"]
    assert_row_is_replay(session, filed.case_id)


def test_a_clock_that_stopped_late_between_two_looks_is_recorded_too(city, session):
    filed = city.file()
    city.accepted(filed.case_id, now=NOON + 9 * DAY)
    assert recorded(session, NOON + 9 * DAY) == 1
    assert recorded(session, NOON + 9 * DAY) == 0
    assert breaches(session) == ["acceptance"]


def test_a_frequent_look_leaves_what_ended_long_ago_to_the_nightly_one(city, session):
    filed = city.file()
    city.accepted(filed.case_id, now=NOON + 9 * DAY)
    later = NOON + 9 * DAY + timedelta(hours=1)
    assert recorded(session, later, since=later - DAY) == 0
    assert recorded(session, later) == 1


def test_a_right_that_has_passed_is_no_breach(city, session):
    filed = city.closed()
    recorded(session, NOON + 60 * DAY)
    assert not {"objection", "return_request", "chain"} & set(breaches(session))
    assert_row_is_replay(session, filed.case_id)


def test_a_review_that_nobody_asked_for_is_recorded_once(city, session):
    """It runs since the task's date passed, though no event of its own started it."""
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    assert book.signed_at is None
    for day in (25, 26, 27, 28):
        recorded(session, NOON + day * DAY)
    assert sorted(breaches(session)).count("review") == 1
    assert breaches(session).count("item") == 1


def test_a_case_put_right_late_keeps_its_breach(city, session):
    filed = city.file()
    recorded(session, NOON + 9 * DAY)
    city.accepted(filed.case_id, now=NOON + 9 * DAY)
    late = session.execute(
        text("SELECT breached, stopped_at FROM clock_readings WHERE clock = 'acceptance'")
    ).one()
    assert late.breached
    assert late.stopped_at is not None


def test_the_event_says_who_noted_it_and_what_was_due(city, session):
    city.file()
    recorded(session, NOON + 9 * DAY)
    row = session.execute(
        text("SELECT role, account_id, payload FROM events WHERE kind = 'breached'")
    ).one()
    assert (row.role, row.account_id) == ("system", None)
    assert row.payload["due_at"].startswith("2026-11-17")
    assert (row.payload["subject"], row.payload["episode"]) == ("case", 1)
    assert c.Breach.__doc__
