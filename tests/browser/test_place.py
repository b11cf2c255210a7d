"""The map on tiles of either datum, and the phone's place given, refused, or never asked for."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.reports.models import Report
from portal.routing.datum import to_gcj02
from tests.support.city import PLACE, TEXT

HERE = {"latitude": 31.7, "longitude": 119.95}


@pytest.fixture
def tiled(app, monkeypatch):
    """Tiles of our own proxy in GCJ-02."""
    kept = app.config["PORTAL_SETTINGS"]
    more = {"map_tiles_url": "/tiles/{z}/{x}/{y}.png", "map_tiles_datum": "gcj02"}
    monkeypatch.setitem(app.config, "PORTAL_SETTINGS", kept.model_copy(update=more))


def filed(reporter, session):
    reporter.press("Continue").press("Continue to check").press("Send the report")
    session.rollback()
    return session.scalars(select(Report)).one()


def with_map(reporter):
    reporter.go("/report?lang=en").fill("text", TEXT).fill("place", PLACE)
    reporter.tap("Set a pin on a map (optional)")
    reporter.page.locator(".portal-map__area").first.wait_for()
    return reporter.page


@pytest.mark.trap(43)
def test_a_refused_place_costs_nothing_and_the_report_is_filed(walker, session):
    reporter = walker(language="en", width=390)
    reporter.context.clear_permissions()  # whoever is asked says no
    page = with_map(reporter)
    reporter.tap("Use where I am now")
    page.locator("[data-map-status]", has_text="Please choose it from the list").wait_for()
    assert page.locator("#latitude").input_value() == ""
    assert page.locator("[name=place]").input_value() == PLACE
    assert filed(reporter, session).lat is None


@pytest.mark.trap(43)
@pytest.mark.parametrize("broken", ["every script", "/static/map.", "/report/boundaries"])
def test_without_map_or_script_each_still_files(walker, session, broken):
    """No script at all; the map's alone does not come; it comes and has nothing to draw."""
    reporter = walker(language="en", script=broken != "every script")
    if reporter.script:
        reporter.page.route(f"**{broken}*", lambda route: route.abort())
    reporter.go("/report?lang=en").fill("text", TEXT).fill("place", PLACE)
    if reporter.script:
        reporter.tap("Set a pin on a map (optional)")
    if broken == "/report/boundaries":
        reporter.page.locator("[data-map-status]", has_text="could not be loaded").wait_for()
    if broken == "/static/map.":
        # No empty frame and no button of a map that is not there; what was typed stands.
        reporter.page.wait_for_url("**map=1*")
        expect(reporter.page.locator("[data-module=portal-map]")).to_be_hidden()
        expect(reporter.page.locator("[name=text]")).to_have_value(TEXT)
        expect(reporter.page.locator("[name=place]")).to_have_value(PLACE)
    reporter.page.locator("#jurisdiction").select_option("320412")
    assert filed(reporter, session).jurisdiction == "320412"


@pytest.mark.trap(57)
def test_on_chinese_tiles_pin_and_place_are_drawn_and_kept_where_they_are(walker, session, tiled):
    reporter = walker(language="en")
    asked = []
    reporter.page.route("**/tiles/**", lambda route: (asked.append(1), route.fulfill(status=204)))
    reporter.context.grant_permissions(["geolocation"])
    reporter.context.set_geolocation(HERE)
    page = with_map(reporter)
    assert asked
    reporter.tap("Use where I am now")
    page.locator("#datum[value=wgs84]").wait_for(state="attached")
    assert page.locator("#latitude").input_value() == "31.700000"  # as the phone gave it
    page.locator(".portal-map__canvas").focus()
    page.keyboard.press("ArrowUp")  # by hand: what the tiles say
    assert page.locator("#datum").input_value() == "gcj02"
    there = to_gcj02(HERE["longitude"], HERE["latitude"])
    put = float(page.locator("#longitude").input_value())
    assert put == pytest.approx(there[0], abs=2e-6)
    report = filed(reporter, session)
    assert report.datum == "gcj02"
    assert report.lon == pytest.approx(HERE["longitude"], abs=2e-5)
    assert report.lat == pytest.approx(HERE["latitude"] + 10 / 111320, abs=2e-5)
