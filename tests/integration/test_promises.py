"""The promise ledger: each date as it was told, judged by its own day, worked out from events."""

from datetime import date, timedelta
from random import Random

import pytest

from portal.access.kinds import SYSTEM
from portal.cases.kinds import Finding, Judged, What
from portal.cases.lifecycle import commands as c
from portal.cases.queries import follow_up, ledger_of
from portal.cases.services import record_breaches
from portal.foundation.errors import Incomplete
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.presets.queries import in_force
from portal.presets.services import load_presets
from portal.reports.models import Report
from tests.support.city import NOON
from tests.support.presets import CHANGZHOU, copy_of, replace_in
from tests.support.walks import Walk

DAY = timedelta(days=1)
#: A notice that nobody has issued: 11 January 2027, a Monday, is a rest day.
NOTICE = """
  - year: 2027
    source: invented for a test
    rest:
      new_year: [2027-01-01, 2027-01-11]
      spring_festival: [2027-02-06]
      qingming: [2027-04-05]
      labour_day: [2027-05-01]
      dragon_boat: [2027-06-09]
      mid_autumn: [2027-09-15]
      national_day: [2027-10-01]
    working: []
"""


def kept_of(session, filed, now):
    session.expire_all()
    report = session.get_one(Report, filed.report_id)
    return ledger_of(session, report, in_force(session, now), now=now)


def short(promises):
    return [(one.what, one.day, one.judged) for one in promises]


def load_notice(session, folder, now):
    copy = copy_of(CHANGZHOU, folder)
    replace_in(copy, "calendar.yaml", "\nstanding:\n", f"{NOTICE}\nstanding:\n")
    with unit_of_work(session()) as own:

        def remember(kind, payload):
            record(own, SYSTEM, EventKind(kind), at=now, payload=payload)

        load_presets(own, copy, now=now, record=remember)


@pytest.mark.promise(5)
def test_a_date_that_moved_stays_as_it_was_told_and_is_judged_by_its_own_day(
    city, session, tmp_path
):
    filed = city.file()
    at = NOON + DAY
    city.accepted(filed.case_id, now=at)
    city.dispatched(filed.case_id, now=at)
    city.move(city.lead, c.SignFor, filed.case_id, now=at + timedelta(hours=1))
    now = at + timedelta(hours=2)
    told = kept_of(session(), filed, now)
    assert short(told) == [
        (What.DECISION, date(2026, 11, 17), Judged.KEPT),
        (What.RESPONSE, date(2026, 11, 13), Judged.WAITS),
        # 11 November and 60 days are 10 January, a Sunday.
        (What.ANSWER, date(2027, 1, 11), Judged.WAITS),
        (What.CHECK, date(2026, 12, 2), Judged.WAITS),
    ]
    assert told[2].provisional
    # A holiday notice moves the answer by a day, a pause of four days both open ones.
    load_notice(session, tmp_path, now)
    reason = {"reason_code": "force_majeure", "reason": "台风"}
    city.move(city.lead, c.Pause, filed.case_id, now=now + DAY, **reason)
    city.move(city.lead, c.Resume, filed.case_id, now=now + 5 * DAY)
    told = kept_of(session(), filed, now + 6 * DAY)
    assert short(told) == [
        (What.DECISION, date(2026, 11, 17), Judged.KEPT),
        (What.RESPONSE, date(2026, 11, 13), Judged.BROKEN),
        (What.ANSWER, date(2027, 1, 11), Judged.WAITS),
        (What.CHECK, date(2026, 12, 2), Judged.WAITS),
        (What.ANSWER, date(2027, 1, 12), Judged.WAITS),
        (What.CHECK, date(2026, 12, 4), Judged.WAITS),
        (What.ANSWER, date(2027, 1, 14), Judged.WAITS),
    ]
    assert [one.calendar_version for one in told[3:]] == [1, 2, 2, 2]
    assert told[2].later == date(2027, 1, 12)
    assert told[1].judged_at == told[1].due_at
    # Checked on the day between the first promise and the second: one broken, one kept.
    seen = NOON + 23 * DAY
    verdict = {"finding": Finding.NOT_TRUE, "reason": "看过"}
    city.move(city.lead, c.Verify, filed.case_id, now=seen, **verdict)
    told = kept_of(session(), filed, seen)
    checks = [one for one in told if one.what is What.CHECK]
    assert [one.judged for one in checks] == [Judged.BROKEN, Judged.KEPT]
    assert checks[1].judged_at == seen
    # Nothing of what was told or judged moves when the answer comes.
    answers = ((filed.report_id, "没有发现。"),)
    city.move(city.lead, c.Conclude, filed.case_id, now=seen + DAY, answers=answers)
    later = kept_of(session(), filed, seen + 2 * DAY)
    assert [(one.what, one.day, one.told_at) for one in later[: len(told)]] == [
        (one.what, one.day, one.told_at) for one in told
    ]
    assert {one.judged for one in later if one.what is What.ANSWER} == {Judged.KEPT}


def test_an_answer_to_somebody_else_keeps_no_promise_to_me(city, session):
    mine, other = city.file(), city.file()
    city.move(city.dispatcher, c.Merge, mine.case_id, into_id=other.case_id)
    city.accepted(other.case_id)
    city.dispatched(other.case_id)
    city.move(city.lead, c.SignFor, other.case_id, now=NOON + timedelta(hours=1))
    said = {"report_id": other.report_id, "body": "在查", "now": NOON + timedelta(hours=2)}
    city.move(city.lead, c.Answer, other.case_id, **said)
    now = NOON + 4 * DAY
    judged = {one.what: one.judged for one in kept_of(session(), other, now)}
    assert judged[What.RESPONSE] is Judged.KEPT
    judged = {one.what: one.judged for one in kept_of(session(), mine, now)}
    assert judged[What.RESPONSE] is Judged.BROKEN
    assert judged[What.DECISION] is Judged.KEPT


def test_a_date_beside_a_message_is_a_promise_and_who_withdraws_is_owed_nothing(city, session):
    filed = city.in_hand()
    said = {"report_id": filed.report_id, "body": "周五再告诉您"}
    with pytest.raises(Incomplete) as error:
        city.move(city.lead, c.Answer, filed.case_id, promised_on=date(2026, 11, 9), **said)
    assert error.value.reason == "promise_past"
    friday = date(2026, 11, 13)
    city.move(city.lead, c.Answer, filed.case_id, promised_on=friday, **said)
    written = [one for one in kept_of(session(), filed, NOON + DAY) if one.what is What.MESSAGE]
    assert short(written) == [(What.MESSAGE, friday, Judged.WAITS)]
    reporter = city.reporter(filed.report_id)
    city.move(reporter, c.Withdraw, filed.case_id, now=NOON + 2 * DAY)
    judged = {one.what: one.judged for one in kept_of(session(), filed, NOON + 90 * DAY)}
    assert judged[What.MESSAGE] is Judged.RELEASED
    assert judged[What.ANSWER] is Judged.RELEASED
    assert judged[What.RESPONSE] is Judged.KEPT


@pytest.mark.promise(5)
@pytest.mark.parametrize("seed", [2, 7])
def test_every_date_that_the_page_shows_is_in_the_ledger_for_good(city, session, tmp_path, seed):
    """Random roads: what was read is kept, what was told stays told, what was judged stays so."""
    city.some_unit = city.unit()
    city.actors["inspector_as_supervisor"] = city.supervisor
    road = Walk(city, session)
    # A walk must be the same one each time it is told.
    road.random = Random(seed)  # noqa: S311
    read = {report: set() for report in road.reports}
    known = {report: {} for report in road.reports}
    for step in range(36):
        road.step()
        if step == 20:
            load_notice(session, tmp_path, road.now)
        with unit_of_work(session()) as own:
            record_breaches(own, road.now)
        look(road, read, known)
        # Two presses are never of one moment, but for the press that does both.
        road.now += timedelta(seconds=1)
    assert sum(map(len, read.values())) >= 4


def look(road, read, known):
    road.session.expire_all()
    for report in road.reports:
        page = follow_up(road.session(), road.city.reporter(report), now=road.now)
        for what in What:
            day = getattr(page.promised, what, None)
            if day is not None and what not in page.promised.late:
                read[report].add((str(what), day))
        if page.objection and page.objection.by and page.objection.by >= road.now.date():
            read[report].add((str(What.RULING), page.objection.by))
        told = {(str(one.what), one.day) for one in page.ledger}
        assert read[report] <= told, (read[report] - told, road.now)
        now = {(one.what, one.subject, one.day): one for one in page.ledger}
        for key, before in known[report].items():
            assert now[key].told_at == before.told_at
            if before.judged is not Judged.WAITS:
                assert (now[key].judged, now[key].judged_at) == (before.judged, before.judged_at)
        for one in page.ledger:
            is_over = road.now >= one.due_at
            assert (one.judged is Judged.WAITS) <= (not is_over)
            assert one.judged_at is None or one.judged_at <= max(road.now, one.due_at)
        known[report] = now
