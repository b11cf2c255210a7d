"""Who answers for a unit and a case: named posts with days, gaps, and who it was at the time."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.cases.lifecycle import commands as c
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.presets.queries import in_force
from portal.units.kinds import Gap, Link
from portal.units.models import Unit
from portal.units.queries import about_unit, chain_at, units_with_gaps
from portal.units.services import Named, name_post
from tests.support.city import NOON
from tests.support.clerk import Clerk

TODAY = date(2026, 11, 10)
DAY = timedelta(days=1)


@pytest.fixture
def name(city, session):
    """Write down who answers for a unit."""

    def write(unit, link, post, *, now=NOON, from_on=TODAY, until_on=None):
        given = Named(
            link=link,
            post=post,
            phone="0519-1" if post else "",
            from_on=from_on,
            until_on=until_on,
        )
        with unit_of_work(session()) as own:
            name_post(own, city.lead, unit, given, now=now)

    return write


@pytest.fixture
def whole(city):
    """A unit for which the preset names department, township and district."""
    return city.unit(
        name="全厂", jurisdiction="320412", township="320412.hutang", sector="industry_trade"
    )


def stands(session, unit, at=NOON):
    own = session()
    found = {one.link: one for one in chain_at(own, about_unit(own.get_one(Unit, unit)), at)}
    session.rollback()
    return found


def test_the_preset_names_department_and_place_and_the_unit_the_rest(session, whole, name):
    chain = stands(session, whole)
    assert list(chain) == list(Link)
    assert chain[Link.AUTHORITY].post.zh.startswith("应急管理局")
    assert chain[Link.TOWNSHIP].post.zh.startswith("湖塘镇")
    assert chain[Link.DISTRICT].reach
    gaps = {link for link, one in chain.items() if one.gap}
    assert gaps == {Link.MAIN_RESPONSIBLE_PERSON, Link.SAFETY_OFFICER, Link.GRID}
    name(whole, Link.SAFETY_OFFICER, "安全科长")
    name(whole, Link.TOWNSHIP, "湖塘镇安监所所长")
    chain = stands(session, whole)
    assert (chain[Link.SAFETY_OFFICER].post.zh, chain[Link.SAFETY_OFFICER].gap) == (
        "安全科长",
        None,
    )
    assert chain[Link.TOWNSHIP].post.zh == "湖塘镇安监所所长"


def test_a_post_holds_for_its_days_and_what_follows_is_a_gap(session, whole, name):
    link = Link.SAFETY_OFFICER
    name(whole, link, "代理安全员", until_on=TODAY + 2 * DAY)
    name(whole, link, "新安全员", from_on=TODAY + 5 * DAY)
    name(whole, link, "", from_on=TODAY + 8 * DAY)
    for days, post, gap in (
        (0, "代理安全员", None),
        (1, "代理安全员", None),
        (2, "代理安全员", Gap.ENDED),
        (5, "新安全员", None),
        (7, "新安全员", None),
        (8, None, Gap.ENDED),
    ):
        one = stands(session, whole, NOON + days * DAY)[link]
        assert (one.post.zh if one.post else None, one.gap) == (post, gap), days


def test_the_report_lists_exactly_the_units_whose_chain_is_open(city, session, whole, name):
    """The list is asked in SQL, the page by the chain itself: they say the same of every link."""
    bare = city.unit(name="无名厂")
    other = city.unit(name="别厂", jurisdiction="320481", sector="fire")
    for link in (Link.MAIN_RESPONSIBLE_PERSON, Link.SAFETY_OFFICER, Link.GRID):
        name(whole, link, "某岗")
    name(other, Link.GRID, "网格员", until_on=TODAY + DAY)
    name(other, Link.TOWNSHIP, "镇长")
    name(other, Link.AUTHORITY, "")
    name(bare, Link.GRID, "将来的", from_on=TODAY + 3 * DAY)
    for days in (0, 1, 3):
        at = NOON + days * DAY
        chains = {unit: stands(session, unit, at) for unit in (whole, bare, other)}
        own = session()
        preset = in_force(own, at)
        for link in (None, *Link):
            found = units_with_gaps(own, preset, now=at, link=link)
            wanted = {
                unit
                for unit, chain in chains.items()
                if any(one.gap for one in chain.values() if link in (None, one.link))
            }
            assert {unit.id for unit, _chain in found.rows} == wanted, (days, link)
        session.rollback()
    own = session()
    first = units_with_gaps(own, preset, now=NOON, limit=1)
    second = units_with_gaps(own, preset, now=NOON, limit=1, after=first.next_key)
    assert {row[0].id for page in (first, second) for row in page.rows} == {bare, other}
    assert second.next_key is None


def test_who_was_in_the_chain_when_a_case_was_dispatched_stays_known(
    city, session, client_for, whole, name
):
    name(whole, Link.SAFETY_OFFICER, "老安全员")
    filed = city.file()
    city.accepted(filed.case_id, unit_id=whole)
    city.dispatched(filed.case_id, now=NOON + timedelta(minutes=1))
    # Later, and said to hold since before: who it was at the time does not change.
    name(whole, Link.SAFETY_OFFICER, "新安全员", now=NOON + DAY, from_on=TODAY - DAY)
    name(whole, Link.SAFETY_OFFICER, "新安全员", now=NOON + DAY)
    city.move(city.lead, c.SignFor, filed.case_id)
    shown = Clerk(client_for(city.lead)).go(f"/staff/cases/{filed.case_id}").text
    assert "Unit: safety officer 新安全员" in shown
    assert "When it was dispatched: 老安全员" in shown
    assert "Unit: main responsible person Nobody is named" in shown
    assert shown.count("When it was dispatched:") == 1
    with pytest.raises(DBAPIError, match="append-only"), unit_of_work(session()) as own:
        own.execute(text("UPDATE chain_posts SET until_on = from_on + 1"))
    with pytest.raises(DBAPIError, match="append-only"), unit_of_work(session()) as own:
        own.execute(text("DELETE FROM chain_posts"))


def test_a_post_is_named_on_its_page_and_must_be_reachable(city, session, client_for, whole):
    clerk = Clerk(client_for(city.lead))
    address = f"/staff/units/{whole}/chain"
    sent = {"link": "grid", "post": "第三网格网格员", "from_on": "2026-11-10"}
    for changes, words in (
        ({}, "Say how to reach this post"),
        ({"phone": "1", "until_on": "2026-11-10"}, "at least a day"),
        ({"phone": "1", "post": ""}, "Name the post, or tick"),
        ({"email": "no mail"}, "Type an address like"),
        ({"phone": "1", "link": "x"}, "Choose an answer."),
    ):
        clerk.go(address).send(address, **{**sent, **changes})
        assert clerk.status == 422, changes
        assert words in clerk.text, changes
    clerk.go(address).send(address, **sent, phone="0519-8")
    assert "Territory: grid 第三网格网格员 0519-8" in clerk.text
    session.rollback()
    told = session.scalars(select(Event.payload).where(Event.kind == "unit_changed")).all()
    assert told[-1] == {
        "unit": str(whole),
        "act": "post_named",
        "link": "grid",
        "from": "2026-11-10",
        "until": None,
    }
    assert client_for(city.auditor).get(address).status_code == 404
    gaps = Clerk(client_for(city.auditor)).go("/staff/units/gaps?link=grid")
    assert (gaps.status, "全厂" in gaps.text) == (200, False)
    assert "全厂" in gaps.go("/staff/units/gaps?link=safety_officer").text
