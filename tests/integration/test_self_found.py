"""The share of hazards that units found themselves: what counts, for whom, and its list."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.measures import published
from portal.measures.asked import Asked
from portal.measures.counts import Share
from portal.measures.periods import Period, Scope
from portal.measures.self_found import hazards_behind, share_of_unit
from portal.presets.queries import in_force
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.figures import rows_behind
from tests.support.own import EXIT, OwnUnit
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock

DAY = timedelta(days=1)
RANGE = "from=2026-09-01&to=2026-12-31"


@pytest.fixture
def mill(city, superuser):
    """A unit that takes part since long before."""
    made = OwnUnit(city)
    with superuser.begin() as own:
        own.execute(text("UPDATE self_schedules SET enrolled_at = enrolled_at - interval '1 year'"))
    return made


@pytest.fixture
def others(city, mill):
    """Lets inspectors find hazards at the unit after a report."""

    def find(hazards=1, *, now=NOON, finding=Finding.TRUE):
        filed = city.in_hand(now=now)
        people = (city.member.person_id, city.second_member.person_id)
        found = tuple(c.FoundHazard(description=f"第 {n} 处") for n in range(hazards))
        said = {"visited_at": now, "inspectors": people, "finding": "查了", "hazards": found}
        city.move(city.member, c.Inspect, filed.case_id, unit_id=mill.id, **said, now=now)
        verdict = {"finding": finding, "reason": "看过", "now": now}
        city.move(city.lead, c.Verify, filed.case_id, **verdict)
        return filed.case_id

    return find


def ask(city, **scope):
    period = Period(NOON - 90 * DAY, NOON + 30 * DAY)
    city.session.rollback()
    return Asked(
        city.session, Scope(period=period, **scope), in_force(city.session, NOON), NOON + DAY
    )


def share(city, **scope):
    return published.self_found(ask(city, **scope))


def test_own_hazards_are_counted_of_all_that_anybody_found_there(city, mill, others):
    assert share(city) == Share(0, 0)
    mill.found(now=NOON - 9 * DAY)
    mill.found(now=NOON - 8 * DAY, category="fire.hot_work")
    others(2, now=NOON)
    assert share(city) == Share(2, 4)
    assert share(city, jurisdiction="320412") == Share(2, 4)
    assert share(city, jurisdiction="320402") == Share(0, 0)
    assert share(city, category=EXIT) == Share(1, 3)
    assert share(city, category="fire") == Share(2, 4)
    assert share(city, group_id=city.group("insp-fire")) is None
    assert share(city, suspected_major=True) is None
    # A period is half-open, as with every figure.
    earlier = Scope(period=Period(NOON - 90 * DAY, NOON - 8 * DAY))
    assert published.self_found(
        Asked(city.session, earlier, in_force(city.session, NOON), NOON)
    ) == Share(1, 1)


def test_what_others_knew_before_counts_in_neither_number(city, mill, others):
    others(1, now=NOON - 3 * DAY)
    mill.found(now=NOON)
    assert share(city) == Share(0, 1), "entered when it was known already"
    mill.found(now=NOON, category="fire.hot_work")
    assert share(city) == Share(1, 2), "of another kind nobody knew"


def test_within_the_hour_of_a_report_nobody_at_the_unit_knows(city, mill, others):
    others(1, now=NOON)
    mill.found(now=NOON + timedelta(minutes=30))
    assert share(city) == Share(1, 2)
    mill.found(now=NOON + timedelta(minutes=61))
    assert share(city) == Share(1, 2)


def test_a_report_that_was_found_untrue_told_nobody_of_anything(city, mill, others):
    others(0, now=NOON - 3 * DAY, finding=Finding.NOT_TRUE)
    mill.found(now=NOON)
    assert share(city) == Share(1, 1)


def test_what_is_handed_up_counts_once(city, mill):
    mill.handed_up(mill.found(now=NOON))
    assert share(city) == Share(1, 1)


def test_hazards_of_units_that_did_not_take_part_then_are_not_counted(
    city, mill, others, superuser
):
    others(1)
    with superuser.begin() as own:
        own.execute(text("UPDATE self_schedules SET enrolled_at = enrolled_at + interval '2 year'"))
    assert share(city) == Share(0, 0)


def test_a_reader_counts_only_hazards_of_cases_that_they_see(city, mill, others):
    mill.found(now=NOON - DAY)
    others(2)
    city.session.rollback()
    assert share_of_unit(city.session, city.auditor, mill.id) == Share(1, 3)
    assert share_of_unit(city.session, city.member, mill.id) == Share(1, 3)
    assert share_of_unit(city.session, city.other_member, mill.id) == Share(1, 1)


def test_the_list_behind_has_as_many_rows_pages_and_names_who_found(
    app, city, mill, others, client_for, monkeypatch
):
    for day in range(6, 12):
        mill.found(now=NOON - day * DAY)
    others(3)
    asked = ask(city)
    for show, number in (("own", 6), ("all", 9)):
        found = hazards_behind(city.session, city.auditor, show, asked.scope)
        assert len(found) == number
        pages, after = [], None
        while True:
            some = hazards_behind(
                city.session, city.auditor, show, asked.scope, after=after, limit=2
            )
            pages += some
            if len(some) < 2:
                break
            after = (some[-1].found_at, some[-1].id)
        assert {one.id for one in pages} == {one.id for one in found}
        assert len(pages) == number
    city.session.rollback()
    StoppedClock(monkeypatch, NOON)
    with each_request_alone(app):
        auditor = Clerk(client_for(city.auditor)).go(f"/oversight/self-found?{RANGE}")
        assert "Units found 6 of 9 hazards themselves." in auditor.text
        assert "%" not in auditor.text, "nine are too few for a percentage"
        for show, number in (("own", 6), ("all", 9)):
            address = f"/oversight/self-found?{RANGE}&show={show}"
            assert len(rows_behind(auditor.client, address)) == number
        figures = auditor.go(f"/oversight/figures?{RANGE}")
        assert any("/oversight/self-found" in link and "show=own" in link for link in figures.links)
        mill.found(now=NOON - 5 * DAY)
        city.session.rollback()
        assert "70%" in auditor.go(f"/oversight/self-found?{RANGE}").text
        assert "70%" in auditor.go(f"/oversight/figures?{RANGE}").text
        assert auditor.go("/oversight/self-found?show=x").status == 404
        one = auditor.go(f"/staff/units/{mill.id}/self-inspection").text
        assert "7 of 10 hazards that you can see (70%)" in one
        month = auditor.go("/staff/self-inspection?period=2026-10&place=")
        assert month.status == 200
        for who in (city.member, city.lead, mill.actor):
            assert client_for(who).get(f"/oversight/self-found?{RANGE}").status_code == 404
