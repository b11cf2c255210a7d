"""The published share of promises kept: each date by its own day, against what the events give."""

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, text

from portal.cases.kinds import Judged, What
from portal.cases.lifecycle import commands as c
from portal.cases.models import ToldPromise
from portal.cases.services import judge_promises
from portal.foundation.transaction import unit_of_work
from portal.measures import published
from portal.measures.asked import Asked
from portal.measures.check import check
from portal.measures.listing import Selection, number_behind
from portal.measures.periods import Period, Scope
from portal.measures.promises import Judgements
from portal.presets.queries import in_force
from tests.support.city import NOON
from tests.support.stopped import StoppedClock

DAY = timedelta(days=1)
EARLY, LATER = NOON + 4 * DAY, NOON + 10 * DAY


@pytest.fixture
def told(city):
    """Three reporters on 10 November, each told that it is decided by the 17th.

    One was accepted and never written to, which was promised by the 13th; one waits; one withdrew.
    """
    accepted, waits, withdrew = city.file(), city.file(), city.file()
    at = {"now": NOON + DAY}
    city.accepted(accepted.case_id, **at)
    city.dispatched(accepted.case_id, **at)
    city.move(city.lead, c.SignFor, accepted.case_id, **at)
    me = city.reporter(withdrew.report_id)
    city.move(me, c.Withdraw, withdrew.case_id, reason="弄错了", **at)
    return accepted, waits, withdrew


def judge(session, now, **how):
    last = None
    while True:
        with unit_of_work(session()) as own:
            last = judge_promises(own, now=now, after=last, **how)
        if last is None:
            return


def ask(session, now, first=date(2026, 11, 1), until=date(2026, 12, 1), **kept):
    preset = in_force(session(), now)
    period = Period.of_days(first, until, preset.limits.zone)
    return Asked(session(), Scope(period=period, **kept), preset, now)


def said(asked):
    found = published.promises_kept(asked)
    return {what: one for what, one in found.items() if one != Judgements()}


@pytest.mark.promise(5)
@pytest.mark.trap(10)
@pytest.mark.trap(50)
def test_each_date_counts_once_its_own_day_is_over(session, city, told):
    judge(session, EARLY)
    # What was kept before its day flatters nobody yet.
    assert said(ask(session, EARLY)) == {What.RESPONSE: Judgements(broken=1)}
    judge(session, LATER)
    asked = ask(session, LATER)
    assert said(asked) == {
        What.RESPONSE: Judgements(broken=1),
        What.DECISION: Judgements(kept=1, broken=1, released=1),
    }
    # By the day that was promised, in half-open periods; and where it is handled.
    decided = {What.DECISION: Judgements(kept=1, broken=1, released=1)}
    assert said(ask(session, LATER, date(2026, 11, 17), date(2026, 11, 18))) == decided
    assert said(ask(session, LATER, date(2026, 11, 18))) == {}
    assert said(ask(session, LATER, until=date(2026, 11, 13))) == {}
    assert said(ask(session, LATER, jurisdiction="320481")) == {}
    # Each number opens into as many rows.
    shows = {"kept.all": 1, "broken.all": 2, "released.all": 1, "broken.decision": 1}
    for show, number in shows.items():
        chosen = Selection(f"promises.{show}", asked.scope, LATER)
        assert number_behind(session(), city.auditor, chosen, asked.preset) == number
    # A word that comes too late keeps nothing; one that was promised beside a message is counted.
    accepted = told[0]
    late = {"report_id": accepted.report_id, "body": "还在办", "promised_on": date(2026, 11, 21)}
    city.move(city.lead, c.Answer, accepted.case_id, **late, now=LATER)
    judge(session, LATER + 5 * DAY)
    found = said(ask(session, LATER + 5 * DAY))
    assert found[What.RESPONSE] == found[What.MESSAGE] == Judgements(broken=1)


@pytest.mark.promise(5)
def test_what_is_kept_for_the_figure_is_compared_with_the_events_and_rebuilt(session, told):
    judge(session, LATER)
    assert check(ask(session, LATER)).differences == []
    with unit_of_work(session()) as own:
        own.execute(text("UPDATE told_promises SET judged = 'kept' WHERE judged = 'broken'"))
    assert {one.stage for one in check(ask(session, LATER)).differences} == {"promises"}
    judge(session, LATER, again=True)
    assert check(ask(session, LATER)).differences == []


def test_the_public_page_hides_small_numbers_and_says_a_share_from_ten_on(
    app, session, told, monkeypatch
):
    StoppedClock(monkeypatch, LATER)
    judge(session, LATER)
    page, sheet = shown(app)
    assert "Too few to say in percent." in page
    assert {row[1]: row[3] for row in sheet if row[:1] == ["promise"]} == {
        "kept": "1–4",
        "broken": "1–4",
        "all": "1–4",
    }
    with unit_of_work(session()) as own:
        many = [("kept", 11), ("broken", 3)]
        numbers = iter(range(100, 200))
        rows = [
            {
                "report_id": told[1].report_id,
                "number": next(numbers),
                "what": What.ANSWER,
                "due_at": NOON,
                "judged": Judged(judged),
            }
            for judged, count in many
            for _one in range(count)
        ]
        own.execute(insert(ToldPromise), rows)
    page, sheet = shown(app)
    # 12 kept, 5 not.
    assert "71% of the dates" in page
    assert [row[3] for row in sheet if row[:1] == ["promise"]] == ["12", "5", "17"]
    assert "Dates that reporters were told" in page


def shown(app):
    client = app.test_client()
    page = client.get("/open?period=2026-Q4&lang=en").text
    sheet = client.get("/open/figures.csv?period=2026-Q4&lang=en").text
    return page, list(csv.reader(io.StringIO(sheet.lstrip("\ufeff"))))
