"""What is published by place: nothing fine, nothing new, nothing small, on map, list and feed."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

import pytest

from portal.cases.models import Case
from portal.measures.fixed import SPACE, published_on
from tests.support.city import NOON, PLACE, TEXT
from tests.support.stopped import StoppedClock

DAY = timedelta(days=1)
AUGUST = datetime(2026, 8, 12, 2, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def seen(app, city, clock):
    """Read a public page, in English."""

    def seen(path, status=200):
        mark = "&" if "?" in path else "?"
        answer = app.test_client().get(f"{path}{mark}lang=en")
        assert answer.status_code == status, path
        return answer.get_data(as_text=True)

    return seen


def told(html):
    """Return what the list says of each district, and the map of each that it draws."""
    rows = re.findall(r'>(\d+)</td>\s*<th scope="row">(.*?)</th><td class="r">(.*?)</td>', html)
    names = {place: name for place, name, _said in rows}
    drawn = re.findall(r"<text[^>]*>(\d+)<tspan[^>]*>(.*?)</tspan>", html)
    return {name: said for _place, name, said in rows}, {names[one]: said for one, said in drawn}


@pytest.mark.promise(2)
def test_a_quarter_is_drawn_when_it_is_long_over_and_small_numbers_are_not_told(city, seen, clock):
    for place, count in (("320412", 9), ("320411", 7), ("320481", 3)):
        for _n in range(count):
            city.file(now=AUGUST, jurisdiction=place, claimed_category=None)
    listed, drawn = told(seen("/open/map?period=2026-Q3"))
    assert listed["Liyang City"] == "1–4"
    # One more is hidden, else "all" on the page of figures would give the three away.
    assert sorted((listed["Wujin District"], listed["Xinbei District"])) == ["9", "not shown"]
    assert listed["Tianning District"] == "0"
    # The same on the map, where a hidden number has no room for words.
    assert {name: listed[name].replace("not shown", "–") for name in drawn} == drawn
    assert len(drawn) == 7
    # The very same as in the table of figures: two tables hide nothing that differ.
    figures = seen("/open?period=2026-Q3")
    for name, cell in listed.items():
        assert re.search(rf'<th scope="row">{name}</th><td class="r">{cell}</td>', figures), name
    # No shade tells what is hidden.
    shades = re.findall(r"portal-areas__shape--(\w+)", seen("/open/map?period=2026-Q3"))
    assert shades.count("hidden") == 2
    seen("/open/map?period=2026-Q4", 404)
    seen("/open/map?period=2019-Q1", 404)
    clock.at = datetime(2026, 10, 30, 15, tzinfo=UTC)
    seen("/open/map?period=2026-Q3", 404)
    clock.at = datetime(2026, 10, 30, 16, 1, tzinfo=UTC)
    seen("/open/map?period=2026-Q3")


@pytest.mark.promise(2)
def test_a_case_that_was_put_right_comes_out_by_the_month_and_says_no_more_than_its_town(
    city, session, seen, clock
):
    filed = city.put_right()
    city.closed(now=NOON)  # not true: never among them
    clock.at = NOON + 32 * DAY
    assert "Nothing is old enough to be published yet." in seen("/open/fixed")
    # 10 November and 30 days are 10 December: out with the first of January.
    clock.at = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert "Nothing is old enough" in seen("/open/fixed")
    clock.at = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    page = seen("/open/fixed")
    assert page.count("<li>Fire safety") == 1
    assert "Wujin District" in page
    assert "Published on Friday 1 January 2027" in page
    feed = seen("/open/fixed.atom")
    number = session.get(Case, filed.case_id).number
    for secret in (str(filed.case_id), number, TEXT[:6], PLACE, "示例包装", "2026-11"):
        assert secret not in page, secret
        assert secret not in feed, secret
    assert "Nothing is old enough" in seen("/open/fixed?place=320481")
    seen("/open/fixed?place=nowhere", 404)


def test_the_feed_is_atom_as_readers_want_it(city, seen, clock, app):
    city.put_right()
    city.put_right()
    clock.at = NOON + 90 * DAY
    answer = app.test_client().get("/open/fixed.atom?place=320412&lang=en")
    assert answer.mimetype == "application/atom+xml"
    feed = Xml.fromstring(answer.data)  # noqa: S314  our own
    assert feed.tag == f"{ATOM}feed"
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
            assert part.findtext(f"{ATOM}{name}")
        moment = datetime.fromisoformat(part.findtext(f"{ATOM}updated"))
        assert moment.tzinfo is not None
        assert (moment.day, moment.hour, moment.minute) == (1, 0, 0)
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"].endswith("/open/fixed.atom?place=320412&lang=en")
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == 2
    assert all(one.startswith("urn:uuid:") for one in ids)
    assert str(SPACE) not in answer.text
    assert all(entry.findtext(f"{ATOM}content") for entry in feed.findall(f"{ATOM}entry"))


def test_what_is_out_is_out_on_the_first_of_a_month_and_never_before_its_days():
    day = datetime(2026, 1, 1, tzinfo=UTC).date()
    for _n in range(400):
        out = published_on(day, 30)
        assert out.day == 1
        assert timedelta(days=30) < out - day <= timedelta(days=62)
        day += DAY
