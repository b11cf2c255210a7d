"""What the scripts of the form do: save while somebody types, and the map when it is asked for."""

import pytest
from sqlalchemy import func, select

from portal.reports.models import Draft, Report
from tests.support.city import PLACE, TEXT


def saved(walker):
    """Wait until the page says that it was saved."""
    walker.page.locator("[data-draft-status]", has_text="Saved").wait_for()


def test_what_is_typed_is_saved_by_itself_and_survives_a_lost_page(walker, session):
    reporter = walker(language="en", width=390)
    reporter.go("/report?lang=en").fill("text", TEXT)
    reporter.page.locator("[name=place]").focus()
    saved(reporter)
    reporter.page.goto("about:blank")
    reporter.go("/report?lang=en")
    assert reporter.page.locator("[name=text]").input_value() == TEXT
    # The button that clears is no beginning of another save.
    reporter.fill("place", PLACE).press("Clear what I have written")
    reporter.page.wait_for_timeout(500)
    session.rollback()
    assert session.scalar(select(func.octet_length(Draft.body))) < 70  # no word of it
    reporter.go("/report?lang=en")
    assert reporter.page.locator("[name=text]").input_value() == ""


def test_a_save_that_fails_says_so_and_is_tried_again(walker):
    reporter = walker(language="en")
    reporter.go("/report?lang=en")
    reporter.page.route("**/report/draft*", lambda route: route.abort())
    reporter.fill("text", TEXT)
    reporter.page.locator("[name=place]").focus()
    reporter.page.locator("[data-draft-status]", has_text="Could not be saved").wait_for()
    reporter.page.unroute("**/report/draft*")
    reporter.fill("place", PLACE)
    reporter.page.locator("[name=text]").focus()
    saved(reporter)
    # Another window of the same browser clears it: this one no longer saves, and says so.
    other = reporter.context.new_page()
    other.goto(reporter.page.url)
    with other.expect_navigation():
        other.get_by_role("button", name="Clear what I have written").click()
    reporter.fill("place", f"{PLACE}。")
    reporter.page.locator("[name=text]").focus()
    reporter.page.locator("[data-draft-status]", has_text="in another window").wait_for()


def test_a_save_that_ends_in_the_middle_of_a_press_takes_no_button_from_under_it(walker):
    reporter = walker(language="en", width=390)
    page = reporter.go("/report?lang=en").fill("place", PLACE).fill("text", TEXT).page
    saved(reporter)
    page.locator("[data-draft-status]").evaluate("(line) => { line.textContent = ''; }")
    page.locator("[name=text]").press_sequentially("。")  # saved when the field is left
    button = page.get_by_role("button", name="Continue", exact=True).locator("visible=true")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    with page.expect_navigation():
        page.mouse.down()
        saved(reporter)
        page.mouse.up()


def test_a_pin_is_set_by_keys_alone_and_tells_the_district(walker, session):
    reporter = walker(language="en", width=390)
    asked = []
    reporter.page.on("request", lambda request: asked.append(request.url))
    reporter.go("/report?lang=en").fill("text", TEXT).fill("place", PLACE)
    assert not [url for url in asked if "/static/map." in url or "boundaries" in url]
    reporter.tap("Set a pin on a map (optional)")
    canvas = reporter.page.locator(".portal-map__canvas")
    canvas.wait_for()
    reporter.page.locator(".portal-map__area").first.wait_for()
    assert reporter.page.locator("[name=text]").input_value() == TEXT
    assert reporter.violations() == []
    canvas.focus()
    reporter.page.keyboard.press("ArrowUp")
    reporter.page.keyboard.press("Shift+ArrowLeft")
    told = reporter.page.locator("[data-map-status]").inner_text()
    assert told.startswith("The pin is ")
    assert not reporter.is_too_wide()
    latitude = float(reporter.page.locator("#latitude").input_value())
    assert 31 < latitude < 32.2
    assert all(url.startswith(reporter.address) for url in asked), asked
    reporter.press("Continue").press("Continue to check").press("Send the report")
    session.rollback()
    report = session.scalars(select(Report)).one()
    assert report.lat == pytest.approx(latitude, abs=1e-5)
    assert report.jurisdiction


def test_the_phones_place_is_asked_for_only_by_the_button(walker):
    reporter = walker(language="en")
    reporter.context.grant_permissions(["geolocation"])
    reporter.context.set_geolocation({"latitude": 31.7, "longitude": 119.95})
    reporter.go("/report?lang=en").tap("Set a pin on a map (optional)")
    reporter.page.locator(".portal-map__area").first.wait_for()
    assert reporter.page.locator("#latitude").input_value() == ""
    reporter.tap("Use where I am now")
    reporter.page.wait_for_function("document.getElementById('latitude').value === '31.700000'")
    reporter.tap("Remove the pin")
    assert reporter.page.locator("#latitude").input_value() == ""


def test_without_script_no_map_is_offered_and_the_list_does_the_same(walker):
    reporter = walker(script=False, language="en")
    reporter.go("/report?lang=en")
    assert not reporter.page.locator("button[name=map]").is_visible()
    assert reporter.page.locator("#jurisdiction optgroup").count() == 7
