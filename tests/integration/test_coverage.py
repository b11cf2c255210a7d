"""Which units nobody has inspected: counts that are the lists behind them, for each reader."""

import csv
import io
import re
from datetime import timedelta

import pytest

from portal.access.kinds import ANYONE
from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.queries import Band, Part
from portal.cases.services import file_report
from portal.foundation.transaction import unit_of_work
from portal.reports.lifecycle import File
from tests.support.city import NOON, PLACE, TEXT
from tests.support.clerk import Clerk
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock

YEAR = timedelta(days=365)
#: A year after the city was settled.
NOW = NOON + YEAR + timedelta(days=1)
NUMBERS = re.compile(r'<a class="portal-a" href="(/staff/coverage/units\?[^"]+)">(\d+)</a>')


@pytest.fixture
def clerk(monkeypatch, app, client_for, city):
    StoppedClock(monkeypatch, NOW)
    with each_request_alone(app):
        yield lambda name: Clerk(client_for(city.actors[name]))


def lived(city, *, hidden_from=()):
    """Units inspected long ago, lately, exactly a year ago, never; of here, elsewhere, nowhere."""

    def unit(name, **fields):
        return city.unit(f"{name}（虚构）", **fields)

    here = {"jurisdiction": "320412", "township": "320412.hutang", "sector": "chemicals"}
    old = {"jurisdiction": "320412", "township": None, "sector": "fire"}
    for name, fields, when in (
        ("早厂", here, NOW - YEAR - timedelta(seconds=1)),
        ("界厂", here, NOW - YEAR),
        ("近厂", old, NOW - timedelta(days=3)),
    ):
        with unit_of_work(city.session) as own:
            said = File(text=TEXT, place=PLACE, jurisdiction="320412")
            hidden = hidden_from if name == "近厂" else ()
            nonce = name.encode() * 3
            filed = file_report(own, ANYONE, said, nonce=nonce, now=when, hidden_from=hidden)
        city.accepted(filed.case_id, now=when)
        city.dispatched(filed.case_id, now=when)
        city.move(city.lead, c.SignFor, filed.case_id, now=when)
        visit = {"finding": "看过", "visited_at": when, "now": when}
        people = (city.member.person_id, city.second_member.person_id)
        where = unit(name, **fields)
        city.move(city.member, c.Inspect, filed.case_id, **visit, inspectors=people, unit_id=where)
    unit("新厂", **here)
    unit("远厂", jurisdiction="320481", sector="fire")
    unit("无处")


def test_each_number_is_the_length_of_the_list_behind_it(city, clerk):
    """For a director, an auditor and a supervisor; nobody else has the page."""
    lived(city)
    for name, total in (("director", "3 1 2"), ("auditor", "3 1 2"), ("supervisor", "1 1 2")):
        who = clerk(name).go("/staff/coverage")
        counts = re.findall(r"<b[^>]*>(\d+)</b>(Never|More|Within)", who.html)
        assert " ".join(number for number, _word in counts) == total, name
        shown = NUMBERS.findall(who.html)
        assert len(shown) >= 6
        for address, number in shown:
            address = address.replace("&amp;", "&")
            who.go(address)
            rows = who.html.count("data-open>")
            assert rows == int(number), (name, address)
            body = who.client.get(address.replace("units?", "units.csv?")).get_data(as_text=True)
            assert len(list(csv.reader(io.StringIO(body)))) == rows + 1, address
    for name in ("lead", "member", "dispatcher", "administrator"):
        for address in ("", "/units", "/units.csv"):
            assert clerk(name).go(f"/staff/coverage{address}").status == 404, name


def test_a_visit_that_the_reader_must_not_know_of_counts_as_none(city, session):
    """The case is hidden from the supervisor: so is that somebody looked there."""
    lived(city, hidden_from=[city.supervisor.person_id])

    def seen(actor, band):
        found = queries.units_unseen(session(), actor, Part(band=band), since=NOW - YEAR)
        return {one.unit.name.removesuffix("（虚构）") for one in found}

    assert seen(city.director, Band.LATELY) == {"界厂", "近厂"}
    assert seen(city.supervisor, Band.LATELY) == {"界厂"}
    assert seen(city.supervisor, Band.NEVER) == {"新厂", "近厂"}
