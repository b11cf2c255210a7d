"""The guards of the desk, each at its edge, and the times that a reporter's acts leave."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text, update

from portal.access.kinds import SYSTEM
from portal.accounts.models import Group
from portal.cases.kinds import Priority, Resolution
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import clocks_of, promised_dates
from portal.clocks.reading import State as ClockState
from portal.foundation.transaction import unit_of_work
from portal.history.queries import events_of
from portal.presets.queries import in_force
from portal.reports.models import Report
from tests.support.city import NOON
from tests.support.refusals import clocks_agree, refusal

MINUTE = timedelta(minutes=1)


def test_accepting_needs_listed_words_and_a_unit_that_exists(city):
    filed = city.file()
    for changed, code, field in (
        ({"kind": "nothing"}, "kind_missing", "kind"),
        ({"category": ""}, "category_missing", "category"),
        ({"category": "fire"}, "category_missing", "category"),
        ({"jurisdiction": "999999"}, "place_missing", "jurisdiction"),
        ({"jurisdiction": ""}, "place_missing", "jurisdiction"),
        ({"township": "no such town"}, "place_missing", "township"),
        ({"unit_id": uuid4()}, "unit_missing", "unit_id"),
    ):
        assert refusal(city.accepted, filed.case_id, **changed) == (code, field)


def test_a_township_of_another_jurisdiction_is_refused(city, session):
    places = in_force(session(), NOON).taxonomy.jurisdictions
    foreign = next(p for p in places.values() if p.code != "320412" and p.townships)
    filed = city.file()
    code = foreign.townships[0].code
    assert refusal(city.accepted, filed.case_id, township=code) == ("place_missing", "township")


def test_what_is_accepted_is_not_accepted_or_refused_again(city):
    filed = city.file()
    city.accepted(filed.case_id)
    assert refusal(city.accepted, filed.case_id) == ("already_accepted", None)
    refuse = {"reason_code": "not_work_safety", "explanation": "x"}
    assert refusal(city.move, city.dispatcher, c.Refuse, filed.case_id, **refuse) == (
        "accepted_stands",
        None,
    )
    city.dispatched(filed.case_id, now=NOON)
    city.move(city.dispatcher, c.TakeBack, filed.case_id)
    # The press took its acceptance along, so that refusing is possible again.
    city.move(city.dispatcher, c.Refuse, filed.case_id, **refuse)


def test_blank_words_are_no_words(city):
    filed = city.file()
    blanks = ("", " ", "\n\t", "\u3000", "\u00a0")
    for blank in blanks:
        refuse = {"reason_code": "not_work_safety", "explanation": blank}
        found = refusal(city.move, city.dispatcher, c.Refuse, filed.case_id, **refuse)
        assert found == ("reason_missing", "explanation")
    city.accepted(filed.case_id)
    for blank in blanks:
        other = {"reason": blank, "code": "insp-industry"}
        assert refusal(city.dispatched, filed.case_id, **other) == ("reason_missing", "reason")


def test_dispatching_needs_a_living_group_that_handles(city, session):
    filed = city.file()
    fields = {"group_id": city.group("insp-fire")}
    assert refusal(city.dispatched, filed.case_id) == ("not_accepted", None)
    city.accepted(filed.case_id)
    for group, code in (
        (None, "group_missing"),
        (uuid4(), "group_gone"),
        (city.group("insp-transport"), "group_gone"),  # nobody in it
        (city.group("duty-desk"), "desk_is_no_target"),
    ):
        assert refusal(city.dispatched, filed.case_id, group_id=group) == (code, "group_id")
    with unit_of_work(session()) as own:
        own.execute(update(Group).where(Group.code == "insp-fire").values(ended_on=NOON.date()))
    assert refusal(city.dispatched, filed.case_id, **fields) == ("group_gone", "group_id")


def test_what_is_proposed_needs_no_reason_and_the_explanation_is_kept(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id, reason="")
    event = events_of(session(), filed.case_id)[-1]
    assert event.payload["as_proposed"] is True
    assert event.payload["routing"]["rule_id"] == "fire"


def test_taking_back_ends_with_its_last_minute(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    late, last = NOON + timedelta(minutes=10, microseconds=1), NOON + timedelta(minutes=10)
    code, _ = refusal(city.move, city.dispatcher, c.TakeBack, filed.case_id, now=late)
    assert code == "take_back_over"
    city.move(city.dispatcher, c.TakeBack, filed.case_id, now=last)
    assert session.get_one(Case, filed.case_id).dispatched_by is None


def test_only_who_sent_it_takes_it_back_and_only_unsigned(city):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    found = refusal(city.move, city.second_dispatcher, c.TakeBack, filed.case_id)
    assert found == ("not_sent_by_you", None)
    city.move(city.lead, c.SignFor, filed.case_id)
    # Signed for and passed on by the lead: assigned again, but no longer the dispatcher's.
    other = {"group_id": city.group("insp-industry"), "reason": "专业"}
    city.move(city.lead, c.Reassign, filed.case_id, **other)
    found = refusal(city.move, city.dispatcher, c.TakeBack, filed.case_id)
    assert found == ("signed_for_already", None)


def test_an_acceptance_made_before_stays_when_the_dispatch_is_taken_back(city, session):
    filed = city.file()
    city.accepted(filed.case_id, now=NOON)
    city.dispatched(filed.case_id, now=NOON + MINUTE)
    city.move(city.dispatcher, c.TakeBack, filed.case_id, now=NOON + 2 * MINUTE)
    assert session.get_one(Case, filed.case_id).accepted_at == NOON


def test_setting_aside_is_for_tomorrow_to_the_third_day(city, session):
    filed = city.file()
    for days, goes in ((0, False), (1, True), (3, True), (4, False), (-1, False)):
        until = {"until": NOON.date() + timedelta(days=days), "reason": "等回音"}
        if goes:
            city.move(city.dispatcher, c.SetAside, filed.case_id, **until)
            city.move(city.dispatcher, c.SetAside, filed.case_id, until=None, reason="")
            assert session.get_one(Case, filed.case_id).set_aside_until is None
        else:
            found = refusal(city.move, city.dispatcher, c.SetAside, filed.case_id, **until)
            assert found == ("until_missing", "until")


def test_setting_aside_moves_no_clock(city, session):
    filed = city.file()
    before = session.get_one(Case, filed.case_id).next_due_at
    until = {"until": date(2026, 11, 12), "reason": "等"}
    city.move(city.dispatcher, c.SetAside, filed.case_id, **until)
    assert session.get_one(Case, filed.case_id).next_due_at == before


@pytest.mark.trap(13)
def test_nothing_is_passed_on_without_a_named_office_a_trace_and_words(city):
    filed = city.file()
    good = {"office": "police", "handover": "公函 12 号", "explanation": "请找公安"}
    for fields, code, field in (
        ({"office": "nobody"}, "office_missing", "office"),
        ({"office": ""}, "office_missing", "office"),
        ({"handover": " "}, "handover_missing", "handover"),
        ({"explanation": " "}, "reason_missing", "explanation"),
    ):
        for command in (c.TransferOut, c.ReferAccident):
            bad = {**good, **fields}
            found = refusal(city.move, city.dispatcher, command, filed.case_id, **bad)
            assert found == (code, field)


def test_an_accident_goes_only_to_an_office_that_inquires_into_accidents(city, session):
    filed = city.file()
    good = {"office": "hotline_12345", "handover": "转单", "explanation": "请打 12345"}
    found = refusal(city.move, city.dispatcher, c.ReferAccident, filed.case_id, **good)
    assert found == ("office_missing", "office")
    city.move(city.dispatcher, c.TransferOut, filed.case_id, **good)


def test_a_refusal_says_a_listed_reason(city):
    filed = city.file()
    refuse = {"reason_code": "we_do_not_like_it", "explanation": "x"}
    found = refusal(city.move, city.dispatcher, c.Refuse, filed.case_id, **refuse)
    assert found == ("reason_unlisted", "reason_code")


@pytest.mark.promise(2)
def test_what_a_reporter_does_is_stored_no_finer_than_the_hour(city, session, superuser):
    """Every time in the database that the act wrote, wherever it stands."""
    filed = city.in_hand()
    odd = NOON.replace(minute=37, second=11, microsecond=123456) + timedelta(hours=1)
    reporter = city.reporter(filed.report_id)
    ask = {"report_id": filed.report_id, "body": "在吗"}
    city.move(reporter, c.Ask, filed.case_id, now=odd, **ask)
    city.move(reporter, c.Withdraw, filed.case_id, now=odd, reason="算了")
    another = city.file(now=odd)
    assert another.is_new
    session.rollback()
    with superuser.connect() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'"
            )
        ).all()
        for table, column in columns:
            if table.startswith("procrastinate"):
                continue
            found = connection.execute(
                text(
                    f"SELECT count(*) FROM {table} "
                    f"WHERE date_trunc('minute', {column}) = date_trunc('minute', :odd)"
                ),
                {"odd": odd},
            ).scalar()
            assert found == 0, f"{table}.{column} tells the minute"
        events = connection.execute(text("SELECT payload::text FROM events")).scalars().all()
    assert not [payload for payload in events if ":37:11" in payload]


@pytest.mark.promise(5)
def test_a_reporters_word_in_the_running_hour_takes_no_event_from_the_clocks(city, session):
    """Its time is the hour's start, before the acceptance: the clocks must not forget that."""
    filed = city.file(now=NOON)
    accepted_at = NOON + timedelta(minutes=40)
    city.accepted(filed.case_id, now=accepted_at)
    assert session.get_one(Case, filed.case_id).next_clock == "dispatch"
    at = NOON + timedelta(minutes=50)
    ask = {"report_id": filed.report_id, "body": "在吗"}
    city.move(city.reporter(filed.report_id), c.Ask, filed.case_id, now=at, **ask)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).next_clock == "dispatch"
    clocks_agree(session, filed.case_id, now=at)


def test_a_reporter_objects_in_the_hour_of_the_answer(city, session):
    at = NOON + timedelta(minutes=20)
    filed = city.closed(now=at)
    objecting = {"body": "没有看"}
    city.move(city.reporter(filed.report_id), c.Object, filed.case_id, now=at + MINUTE, **objecting)
    clocks_agree(session, filed.case_id, now=at + MINUTE)


def test_a_refused_report_was_decided_in_time_and_answered(city, session):
    filed = city.file()
    refuse = {"reason_code": "not_work_safety", "explanation": "请打 12345"}
    city.move(city.dispatcher, c.Refuse, filed.case_id, **refuse)
    report = session.get_one(Report, filed.report_id)
    assert (report.answered_at, session.get_one(Case, filed.case_id).resolution) == (
        NOON,
        Resolution.REFUSED,
    )
    case = session.get_one(Case, filed.case_id)
    chain = next(
        r
        for r in clocks_of(session(), case, in_force(session(), NOON), as_of=NOON)
        if r.kind == "chain"
    )
    assert chain.stopped_at == NOON
    assert chain.state is not ClockState.RUNNING
    assert promised_dates(session(), report, now=NOON).decision is None


def test_the_priority_is_one_of_the_listed(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id, priority=Priority.URGENT, suspected_major=True)
    case = session.get_one(Case, filed.case_id)
    assert (case.priority, case.suspected_major, case.next_clock) == (
        Priority.URGENT,
        True,
        "sign_for_urgent",
    )
    assert SYSTEM.account_id is None
