"""Keys, clicks and page loads of the journeys that UX.md §13 counts."""

import pytest
from sqlalchemy import select, text

from portal.cases.models import Case
from portal.foundation.db import db
from tests.support.city import PLACE, TEXT
from tests.support.everybody import WORDS, sign_in

MOST_PAGES_AFTER_THE_FIRST = 4
MOST_TAPS = 6


class Desk:
    """A dispatcher at the keyboard, on the first report that waits."""

    def __init__(self, walker, town):
        self.town = town
        self.page = walker.page
        self.walker = walker
        sign_in(walker, town, "dispatcher", "duty-desk")

    def begin(self):
        self.page.wait_for_load_state()  # keys act once the page's script runs
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/staff/intake/*-*")
        return self

    @property
    def number(self):
        return self.page.locator("h1").inner_text().split()[0]

    @property
    def order(self):
        return self.page.locator(".portal-queue__line a").all_inner_texts()

    def key(self, name):
        """Press a key that opens the next page, and wait for that."""
        with self.page.expect_navigation():
            self.page.keyboard.press(name)
        return self

    def case(self, number):
        with self.town.app.app_context():
            found = db.session.scalar(select(Case).where(Case.number == number))
            kept = (found.state, found.group_id, found.next_due_at, found.version)
            db.session.remove()
        return kept


@pytest.fixture
def desk(townsman, town):
    return Desk(townsman(language="zh"), town).begin()


def open_one_with_a_proposal(desk):
    """Go down the list to a report that the rules give to a group."""
    while not desk.page.locator("button[data-key=a]").inner_text().startswith("受理并派给"):
        desk.key("j").key("Enter")
    return desk.number


def test_one_key_dispatches_and_opens_the_next_in_the_visible_order_and_one_takes_it_back(desk):
    number = open_one_with_a_proposal(desk)
    order, before, loads = desk.order, desk.case(number), desk.walker.loads
    desk.key("a")
    assert desk.case(number)[0] == "assigned"
    assert desk.number == order[order.index(number) + 1]
    assert desk.walker.loads == loads + 1  # never by way of the list
    desk.key("z")
    assert desk.case(number)[:3] == before[:3]
    assert desk.order == order


def test_stray_keys_decide_nothing_and_a_held_key_decides_once(desk):
    number = open_one_with_a_proposal(desk)
    order, before = desk.order, desk.case(number)
    desk.page.locator("#portal-search").focus()
    desk.page.keyboard.type("andhz")
    desk.page.locator("h1").click()
    for chord in ("Control+Alt+a", "Alt+h", "Meta+a"):
        desk.page.keyboard.press(chord)
    desk.page.wait_for_timeout(200)
    assert (desk.number, desk.case(number)) == (number, before)
    with desk.page.expect_navigation():
        for _ in range(20):
            desk.page.keyboard.down("a")
    desk.page.keyboard.up("a")
    desk.page.wait_for_timeout(300)
    assert desk.number == order[order.index(number) + 1]
    assert desk.case(number)[0] == "assigned"
    assert desk.case(desk.number)[0] == "received"


@pytest.mark.parametrize(
    ("key", "move", "state"), [("n", "refuse", "closed"), ("h", "set_aside", "received")]
)
def test_refusing_and_setting_aside_take_one_key_and_the_reason(desk, key, move, state):
    number = desk.number
    before = desk.case(number)
    desk.page.keyboard.press(key)
    form = desk.page.locator(f"details[open] form[action*='/{move}']")
    if move == "refuse":
        form.locator("input[name=reason_code]").nth(1).check()
    for field in form.locator("textarea").all():
        field.fill("不归我们管，请打 12345。")
    form.locator("button[type=submit]").last.click()
    desk.page.wait_for_load_state()
    assert desk.page.locator(".govuk-error-summary").count() == 0
    after = desk.case(number)
    assert after[0] == state
    assert after[3] == before[3] + 1
    if move == "set_aside":
        assert after[2] == before[2]  # the clock runs on


def test_the_second_reader_is_told_while_reading_and_overwrites_nothing(townsman, town, desk):
    number = open_one_with_a_proposal(desk)
    other = Desk(townsman(language="zh"), town).begin()
    other.page.goto(desk.page.url)
    desk.key("a")
    told = other.page.locator(".portal-presence")
    told.filter(has_text="改").wait_for(timeout=40_000)
    decided = desk.case(number)
    other.page.locator("button[data-key=a]").click()
    other.page.wait_for_load_state()
    assert desk.case(number) == decided


def test_a_report_takes_two_fields_six_taps_and_four_pages_and_leaves_nothing(townsman, town):
    """UX §13, 9 and 10; 11: the receipt names the date of the answer and is copied by one tap."""
    person = townsman(language="zh", width=390)
    sizes, foreign = [], []
    person.page.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
    person.page.on(
        "request", lambda one: one.url.startswith(town.address) or foreign.append(one.url)
    )
    start, onward, check, send, *_rest = WORDS["zh"]
    person.go("/").follow(start)
    person.fill("text", TEXT).fill("place", PLACE)
    taps = 1
    for name in (onward, check, send):
        person.press(name)
        taps += 1
    assert person.page.locator("#portal-code").is_visible()
    assert taps <= MOST_TAPS
    assert person.loads - 1 <= MOST_PAGES_AFTER_THE_FIRST
    assert foreign == []
    assert sum(sizes) <= 100_000
    assert person.page.evaluate("() => localStorage.length + sessionStorage.length") == 0
    assert "月" in person.page.locator("main").inner_text()
    person.page.locator("[data-module=portal-copy]").click()
    with town.app.app_context():
        count = text("SELECT count(*) FROM reports")
        filed = db.session.scalar(count)
        person.page.go_back()
        person.page.reload()
        assert db.session.scalar(count) == filed
        db.session.remove()


def test_a_report_is_filed_and_followed_by_tab_and_enter_alone(townsman):
    person = townsman(language="zh")
    page = person.go("/").page

    def tab_to(css):
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("css => document.activeElement.matches(css)", css):
                box = page.evaluate(
                    "() => { const b = document.activeElement.getBoundingClientRect();"
                    " return b.top >= 0 && b.bottom <= innerHeight; }"
                )
                assert box, css  # what has the focus can be seen
                return
        raise AssertionError(f"Tab does not come to {css}")

    tab_to("main a[href*='/report']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report")
    tab_to("[name=text]")
    page.keyboard.type(TEXT)
    tab_to("[name=place]")
    page.keyboard.type(PLACE)
    for after in ("**/report/evidence", "**/report/check", "**/report/sent"):
        tab_to("main form .govuk-button")
        page.keyboard.press("Enter")
        page.wait_for_url(after)
    code = "".join(page.locator("#portal-code").inner_text().split())
    tab_to("a[href*='/receipt']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    tab_to("[name=code]")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt/report")


def test_every_figure_opens_as_many_cases_as_it_says_and_a_due_date_its_reason(townsman, town):
    """UX §13, 12 and 14, and 15: signing in lands on the figures."""
    person = townsman(language="zh")
    sign_in(person, town, "auditor", None)
    page = person.page
    flow = page.locator(".portal-flow").inner_text()
    assert "0" in flow
    figures = page.locator("main a[href*='show=']")
    ways = [(one.inner_text(), one.get_attribute("href")) for one in figures.all()]
    assert len(ways) >= 4
    for words, way in ways:
        if not words.replace(",", "").isdecimal() or "waiting" not in way and "received" not in way:
            continue
        person.go(way)
        assert f"{words} 件" in page.locator(".portal-paging").inner_text()
    page.locator("td a[href*='why=']").first.click()
    assert page.locator(".portal-why").is_visible()
