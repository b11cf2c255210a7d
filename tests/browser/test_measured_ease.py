"""The measured ease: keys, clicks and page loads of the journeys that people make every day.

The rows that are meant: 1 to 8 the dispatcher's, 9 to 11 the reporter's, 12 to 14 the auditor's,
15 everyone's. Row 3, how fast the next report comes, is measured by `script/bench`.
"""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from portal.cases.queries import ORDERS
from portal.foundation.clock import now
from portal.web.navigation import NAV
from tests.browser.test_filing import file_by_form, follow, photo
from tests.support.city import PLACE, TEXT
from tests.support.desk import HOT, Desk, bring_in, bring_in_with_code, id_of
from tests.support.everybody import WORDS, sign_in, value
from tests.support.figures import FIGURES_SHOWN, rows_said
from tests.support.stopped import StoppedClock

MOST_PAGES_AFTER_THE_FIRST = 4
MOST_TAPS = 6
MOST_BYTES = 100_000
ZONE = ZoneInfo("Asia/Shanghai")
#: How much a page has left in the browser beside cookies.
LEFT = """async () => localStorage.length + sessionStorage.length
    + (await indexedDB.databases()).length + (await caches.keys()).length
    + (await navigator.serviceWorker.getRegistrations()).length"""
#: What was to be told of a dispatch: whether it still is, and after how many seconds at first.
TOLD = """SELECT string_agg(DISTINCT n.state, ' ') || ' after '
        || min(extract(epoch FROM n.not_before - e.at))::int
    FROM notices n JOIN events e ON e.seq = n.event_seq
    WHERE n.case_id = :case AND e.kind = 'dispatched'"""
#: First by place, and hot.
ON_TOP = {"claimed_category": HOT, "jurisdiction": "320402", "township": "320402.chashan"}


@pytest.fixture
def desk(townsman, town):
    return Desk(townsman(language="zh"), town)


def test_one_press_dispatches_and_opens_the_next_and_three_do_where_the_proposal_is_wrong(
    desk, town
):
    """Row 1: one key or one click; at most three beside the reason; never by way of the list."""
    fresh = bring_in(town, 5, now=now())
    order = [number for number in desk.go_over(order="newest") if number in fresh]
    desk.open(order[0], order="newest")
    loads = desk.walker.loads
    desk.key("a")
    desk.click("button[form=sort]")
    assert desk.presses == 2
    assert desk.walker.loads == loads + 2
    assert desk.number == order[2]
    assert [desk.case(number)[0] for number in order[:3]] == ["assigned", "assigned", "received"]
    # Another group, with a reason.
    group = desk.page.locator("#group_id option").nth(3).get_attribute("value")
    desk.stroke("o")
    assert desk.page.evaluate("() => document.activeElement.id") == "group_id"
    desk.page.locator("#group_id").select_option(group)
    desk.page.locator("#reason").fill("单位不归那个组。")
    desk.key("Enter")
    assert desk.presses - 2 + 1 <= 3  # choosing is one
    assert str(desk.case(order[2])[1]) == group
    # Another category, and with it another group, which is shown before anything goes there.
    desk.page.locator("#category").select_option("machine.no_guard")
    desk.key("a").key("a")
    assert desk.presses - 4 + 1 <= 3
    assert desk.case(order[3])[0] == "assigned"
    assert desk.number == order[4]


def test_the_next_follows_the_visible_order_and_filter_twenty_times_of_twenty(desk, town):
    """Row 2: fixed when sorting began, whatever comes in; the address shows the report seen."""
    moment, long_ago = now(), now() - timedelta(days=30)
    bring_in(town, 8)
    bring_in(town, 7, now=long_ago)
    bring_in(town, 8, claimed_category=HOT)
    followed = 0
    for order, only in zip(ORDERS, ("all", "late", "all", "hot"), strict=True):
        shown = desk.go_over(order=order, only=only)[:6]
        desk.key("Enter")
        assert desk.number == shown[0]
        # Each stands on top of its order, before all that is shown: it must not come up.
        at = moment if order == "newest" else long_ago - timedelta(days=60 + followed)
        bring_in(town, **ON_TOP, now=at)
        for here, following in zip(shown[:-1], shown[1:], strict=True):
            if followed % 2 and desk.proposes:
                desk.key("a")
            else:
                desk.stroke("h").page.keyboard.type("等")
                desk.key("Enter")
            seen = urlsplit(desk.page.url)
            asked = parse_qs(seen.query)
            assert seen.path.endswith(str(id_of(town, following)))
            assert (asked.get("order", ["due"]), asked.get("only", ["all"])) == ([order], [only])
            assert desk.number == following, (order, here)
            followed += 1
    assert followed == 20


def test_one_key_takes_a_dispatch_back_as_if_nothing_had_been(desk, town):
    """Row 4: state, group, due date and place in the list as before; nobody was told."""
    kept, taken = bring_in(town, 2)
    before, order = desk.case(taken), desk.go_over()
    desk.open(taken).key("a")
    assert desk.case(taken)[0] == "assigned"
    desk.presses = 0
    desk.key("z")
    assert desk.presses == 1
    assert desk.number == taken
    assert desk.case(taken)[:3] == before[:3]
    assert desk.go_over() == order
    desk.open(kept).key("a")
    assert value(town, TOLD, case=id_of(town, kept)) == "waiting after 60"
    assert value(town, TOLD, case=id_of(town, taken)) == "cancelled after 60"


def test_one_key_says_same_matter_and_each_reporter_keeps_what_is_theirs(desk, town, townsman):
    """Row 5: at most two keys; photos go along; thread and clock stay each reporter's own."""
    words = "三车间喷漆房的风机坏了半个月，漆雾散不出去，旁边就在动火焊接。"
    place = "滆湖路 77 号三车间喷漆房"
    first, code = bring_in_with_code(town, text=words, place=place)
    other = townsman(language="zh")
    other_code = file_by_form(other, "zh", text=f"{words}我也看见了。", place=place, file=photo())
    town.run_jobs()  # the photo's copy without hidden data is made
    second = value(town, "SELECT number FROM cases ORDER BY opened_at DESC, number DESC LIMIT 1")
    desk.open(second)
    assert first in desk.page.locator("li:has([data-key=d])").inner_text()
    desk.key("d")
    assert desk.presses <= 2
    assert desk.case(second)[0] == "closed"
    assert desk.number not in (first, second)
    desk.walker.go(f"/staff/cases/{id_of(town, first)}")
    expect(desk.page.locator(".portal-evidence img")).to_have_count(1)
    expect(desk.page.locator(".portal-clock--apart")).to_have_count(2)
    mine, theirs = follow(townsman(language="zh"), code), follow(other, other_code)
    for reporter, said in ((mine, "楼上还有人。"), (theirs, "今天又在焊。")):
        reporter.fill("body", said).press("发送消息")
        expect(reporter.page.locator("#messages")).to_contain_text(said)
    mine.page.reload()
    expect(mine.page.locator("#messages")).not_to_contain_text("今天又在焊。")
    desk.page.reload()
    for said in ("楼上还有人。", "今天又在焊。"):
        expect(desk.page.locator("#messages")).to_contain_text(said)


def test_refusing_takes_two_keys_and_the_reason(desk, town):
    """Row 6: the reason is asked in the same step, and the reporter reads it."""
    number, following = bring_in(town, 2, now=now())
    desk.open(number, order="newest").stroke("n")
    reason = desk.page.locator("input[name=reason_code]")
    assert desk.page.evaluate("() => document.activeElement.name") == "reason_code"
    reason.nth(1).check()
    desk.page.locator("#refuse-explanation").fill("不归我们管，请打 12345。")
    desk.key("Control+Enter")
    assert desk.presses == 2
    assert desk.case(number)[0] == "closed"
    assert desk.number == following


def test_setting_aside_takes_two_keys_moves_no_date_and_the_report_returns(
    townsman, town, monkeypatch
):
    """Row 6: by itself on its day, with the due date that it had."""
    clock = StoppedClock(monkeypatch, now())
    desk = Desk(townsman(language="zh"), town)
    (number,) = bring_in(town, **ON_TOP, now=now() - timedelta(days=80))
    before = desk.case(number)
    desk.open(number, order="oldest").stroke("h").page.keyboard.type("等对方回电")
    desk.key("Enter")
    assert desk.presses == 2
    assert desk.case(number)[:3] == before[:3]
    assert number not in desk.go_over(order="oldest")
    assert number in desk.go_over(order="oldest", only="aside")
    clock.later(days=1)
    desk.sign_in()
    assert number in desk.go_over(order="oldest")
    assert number not in desk.go_over(order="oldest", only="aside")
    assert desk.case(number)[:3] == before[:3]


def test_stray_keys_decide_nothing_and_a_held_key_decides_once(desk, town):
    """Row 7: in fields, with modifiers, held down for two seconds and over the next page."""
    number, following = bring_in(town, 2, now=now())
    desk.open(number, order="newest")
    before = desk.case(number)
    desk.page.locator("#portal-search").focus()
    desk.page.keyboard.type("andhzo")
    desk.page.locator("summary[data-key=h]").click()
    for field in ("#reason", "#set_aside-reason", "#category", "#set_aside-until"):
        desk.page.locator(field).evaluate("one => { one.closest('details, form').open = true; }")
        desk.page.locator(field).focus()
        for key in "andhz":
            desk.page.keyboard.press(key)
    desk.page.locator("h1").click()
    for chord in ("Control+Alt+a", "Alt+h", "Meta+a", "Alt+z", "Control+Enter"):
        desk.page.keyboard.press(chord)
    desk.page.wait_for_timeout(200)
    assert (desk.number, desk.case(number)) == (number, before)
    for _each in range(40):
        desk.page.keyboard.down("a")
        desk.page.wait_for_timeout(50)
    desk.page.keyboard.up("a")
    expect(desk.page.locator("h1")).to_contain_text(following)
    assert desk.case(number)[0] == "assigned"
    assert desk.case(following)[0] == "received"


def test_the_second_reader_is_told_while_reading_and_overwrites_nothing(townsman, town, desk):
    """Row 8: two on one report make one decision."""
    (number,) = bring_in(town)
    other = townsman(language="zh")
    other.page.clock.install()
    other = Desk(other, town, nth=1).open(number)
    desk.open(number)
    expect(desk.page.locator(".portal-presence")).to_contain_text("也打开着这一件")
    desk.key("a")
    told = other.page.locator(".portal-presence")
    other.page.clock.run_for(15_000)
    expect(told).to_contain_text("改")
    decided = desk.case(number)
    other.click("button[data-key=a]")
    expect(other.page.locator("main h1")).to_have_text("别人先改了")
    assert desk.case(number) == decided
    assert desk.events(number).count("dispatched") == 1


@pytest.mark.parametrize("script", [True, False])
def test_a_report_takes_two_fields_six_taps_and_four_pages_and_leaves_nothing(
    townsman, town, script
):
    """Rows 9 and 10: with and without script; nothing else is asked for or fetched."""
    person = townsman(language="zh", width=390, script=script)
    sizes, foreign = [], []
    person.page.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
    person.page.on(
        "request", lambda one: one.url.startswith(town.address) or foreign.append(one.url)
    )
    start, onward, check, send, *_rest = WORDS["zh"]
    person.go("/").follow(start)
    needed = person.page.locator("main form [required], main form [aria-required=true]")
    assert needed.count() <= 2
    person.fill("text", TEXT).fill("place", PLACE)
    taps = 3  # the link and into each of the two fields
    for name in (onward, check, send):
        person.press(name)
        taps += 1
    expect(person.page.locator("#portal-code")).to_be_visible()
    assert taps <= MOST_TAPS
    assert person.loads - 1 <= MOST_PAGES_AFTER_THE_FIRST
    assert foreign == []
    assert sum(sizes) <= MOST_BYTES
    if script:
        assert person.page.evaluate(LEFT) == 0
    person.press("我记下了，结束")
    assert person.context.cookies() == []


def test_a_receipt_tells_its_day_is_copied_by_a_tap_and_opens_again_by_three(townsman, town):
    """Row 11: the date of the answer, one tap, three taps."""
    person = townsman(language="zh", width=390)
    person.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=town.address)
    code = file_by_form(person, "zh")
    due = value(town, "SELECT next_due_at FROM cases ORDER BY opened_at DESC, number DESC LIMIT 1")
    promised = (due - timedelta(microseconds=1)).astimezone(ZONE)
    said = f"{promised.month} 月 {promised.day} 日"
    expect(person.page.locator("main")).to_contain_text(said)
    person.page.locator("[data-module=portal-copy]").click()
    expect(person.page.locator("#portal-code-status")).not_to_be_empty()
    copied = person.page.evaluate("() => navigator.clipboard.readText()")
    assert "".join(copied.split()) == code
    *_start, link, see, _message = WORDS["zh"]
    person.press("我记下了，结束").go("/")
    person.follow(link)
    person.page.locator("[name=code]").click()
    person.page.keyboard.type(code)
    person.press(see)  # the third tap
    expect(person.page.locator("main")).to_contain_text(said)


def test_a_double_tap_a_lost_reply_and_a_retry_make_one_report(townsman, town):
    """Row 11: whatever happens to the reply, there is one report, and its code is shown."""
    start, onward, check, send, *_rest = WORDS["zh"]

    def before_sending(person):
        person.go("/").follow(start)
        person.fill("text", TEXT).fill("place", PLACE).press(onward)
        person.press(check)
        expect(person.page.get_by_role("button", name=send, exact=True)).to_be_visible()
        return value(town, "SELECT count(*) FROM reports")

    person = townsman(language="zh", width=390)
    before = before_sending(person)
    person.page.get_by_role("button", name=send, exact=True).dblclick()
    expect(person.page.locator("#portal-code")).to_be_visible()
    person.page.reload()
    assert value(town, "SELECT count(*) FROM reports") == before + 1
    unlucky = townsman(language="zh", width=390)
    before = before_sending(unlucky)

    def lose(route):
        route.fetch(max_redirects=0)
        route.abort()

    unlucky.page.route("**/report/send", lose, times=1)
    unlucky.tap(send)
    unlucky.page.wait_for_url("chrome-error://**")
    unlucky.page.go_back()
    again = unlucky.page.get_by_role("button", name=send, exact=True)
    if again.count():
        again.click()
    expect(unlucky.page.locator("#portal-code")).to_be_visible()
    assert value(town, "SELECT count(*) FROM reports") == before + 1


@pytest.fixture
def auditor(townsman, town):
    person = townsman(language="zh")
    sign_in(person, town, "auditor", None)
    return person


def test_every_figure_opens_as_many_cases_as_it_says(auditor):
    """Row 12: each of the figures of both pages, by the one link that it is.

    Of the figures by group those of one group: they are the same for the others.
    """
    seen = {}
    for page in ("/oversight", "/oversight/figures"):
        figures = auditor.go(page).page.evaluate(FIGURES_SHOWN)
        assert len(figures) > 40
        groups = [one for one in figures if "group=" in one["way"]]
        first = parse_qs(urlsplit(groups[0]["way"]).query)["group"] if groups else []
        for figure in figures:
            if parse_qs(urlsplit(figure["way"]).query).get("group", first) != first:
                continue
            seen.setdefault((figure["says"], figure["of"], figure["way"]), figure)
    counted, opened = 0, {}
    for figure in seen.values():
        way = figure["way"].partition("#")[0]
        if way not in opened:
            opened[way] = rows_said(auditor, way)
        number = re.search(r"([\d,]+)$", figure["says"])
        if number and figure["of"] != "天":
            counted += 1
            assert opened[way] == int(number[1].replace(",", "")), figure
        else:  # a median or a longest wait: the cases from which it comes
            assert opened[way] > 0, figure
    assert counted > 100
    # And the press itself.
    for figure in ("a[href*='show=waiting']", ".portal-flow a", "table a[href*='.due']"):
        links = auditor.go("/oversight").page.locator(f"main {figure}")
        link = links.filter(has_text=re.compile("[1-9]")).first
        said = re.findall(r"\d+", link.inner_text())[-1]
        link.click()
        expect(auditor.page.locator(".portal-paging")).to_contain_text(f"{said} 件")


def test_a_case_tells_why_each_of_its_days_is_what_it_is(auditor):
    """Row 12: from the list and from the case, each due date by one click to its sentence."""
    page, listed = auditor.page, "/oversight/cases?show=received"
    dated = auditor.go(listed).page.locator("td[data-label]:has(a[href*='why='])")
    stages = dated.evaluate_all("all => [...new Set(all.map((one) => one.dataset.label))]")
    assert len(stages) >= 5
    for stage in stages:
        cell = auditor.go(listed).page.locator(f"td[data-label='{stage}'] a[href*='why=']")
        cell.first.click()
        expect(page.locator(".portal-why > p")).to_contain_text("。")
    auditor.go("/oversight/cases?show=waiting")
    page.locator("tbody [data-open]").first.click()
    clocks = page.locator(".portal-clock:has(.portal-clock__due a)")
    expect(clocks.first).to_be_visible()
    whys = [one.get_attribute("href") for one in clocks.locator("a").all()]
    assert len(whys) >= page.locator(".portal-clock__due", has_text="到期").count() >= 1
    clocks.locator("a").first.click()
    for why in whys:
        sheet = page.locator(f"[id='{why.partition('#')[2]}']")
        expect(sheet.locator("> p")).to_contain_text("。")


def test_open_waits_stand_in_the_headline_and_nothing_takes_a_miss_away(
    auditor, desk, town, townsman
):
    """Row 13: first on the page; refusing, merging and reopening change no miss."""
    first = auditor.page.locator("main section").first
    expect(first.locator("h2")).to_contain_text("正在等")
    names = first.locator(".portal-kpi__name").all_inner_texts()
    assert names == ["正在等答复的", "一半等了不超过", "九成不超过", "已超期未办结", "等得最久的"]
    box = first.locator(".portal-kpis").bounding_box()
    assert box["y"] + box["height"] < 900  # without scrolling
    long_ago = now() - timedelta(days=40)
    words = "五金厂的冲床拆了防护罩，工人伸手进去拿料，上个月压过手。"
    twins = [bring_in(town, text=words, place="长虹路 9 号", now=long_ago)[0] for _n in range(2)]
    (refused,) = bring_in(town, now=long_ago)

    def missed():
        auditor.go("/oversight/figures")
        row = auditor.page.locator("#share_on_time tbody tr").first  # of the decision
        return [int(one) for one in row.locator("td").all_inner_texts()]

    _on_time, due, late, overdue = missed()
    assert overdue >= 3
    desk.open(refused).stroke("n")
    desk.page.locator("input[name=reason_code]").nth(1).check()
    desk.page.locator("#refuse-explanation").fill("不归我们管，请打 12345。")
    desk.key("Control+Enter")
    desk.open(twins[1]).key("d")
    assert [desk.case(number)[0] for number in (refused, twins[1])] == ["closed", "closed"]
    after = (due, late + 2, overdue - 2)
    assert tuple(missed()[1:]) == after
    director = townsman(language="zh")
    sign_in(director, town, "director", None)
    director.go(f"/staff/cases/{id_of(town, refused)}/reopen")
    director.page.locator("input[name=ground][value=new_evidence]").check()
    director.fill("reason", "理由不成立。").page.locator("main form .govuk-button").click()
    director.page.wait_for_url(f"**/{id_of(town, refused)}?did=*")
    assert tuple(missed()[1:]) == after


def test_the_flow_adds_up_on_the_page(auditor):
    """Row 14: for the period and since; so do the stages and what waits."""
    page = auditor.page
    rows = [
        [int(re.sub(r"\D", "", cell) or 0) for cell in row.locator("td").all_inner_texts()]
        for row in page.locator(".portal-flow tbody tr").all()
    ]
    assert rows
    for before, received, reopened, *closed, total, after, counted, left_over in rows:
        assert sum(closed) == total
        assert before + received + reopened - total == after == counted
        assert left_over == 0
    assert sum(sum(row[3:-4]) for row in rows) > 0
    stages = page.locator("#stages ~ * tbody tr, section:has(#stages) tbody tr").all()
    for stage in stages:
        cells = stage.locator("td").all_inner_texts()
        share = re.match(r"([\d,]+) / ([\d,]+)", cells[5])
        if share:
            in_time, due = (int(one.replace(",", "")) for one in share.groups())
            late, overdue = (int(re.sub(r"\D", "", cells[at]) or 0) for at in (6, 8))
            assert in_time + late + overdue == due, cells
    waits = page.locator(".portal-bars td.r").all_inner_texts()
    said = page.locator(".portal-kpi__value").first.inner_text()
    assert sum(map(int, waits)) == int(re.sub(r"\D", "", said))


#: Who signs in where, and what that is for which they came.
FIRST_THINGS = (
    ("dispatcher", "duty-desk", "a[data-key=Enter]"),
    ("member", "insp-fire", "tbody [data-open]"),
    ("lead", "insp-fire", "tbody [data-open]"),
    # Nothing may wait just then: that is said first.
    ("lead", "sup-wujin", "tbody [data-open], .portal-empty"),
    ("director", None, "tbody [data-open]"),
    ("auditor", None, ".portal-kpi__value a"),
    ("administrator", None, "tbody a[href*='/admin/people/']"),
    ("custodian", None, ".portal-empty"),
    ("treasurer", None, "#pay input[name=code]"),
    ("unit", None, "a[href*='/unit/own/duties/']"),
)


def test_signing_in_lands_on_what_needs_one_next(townsman, town):
    """Row 15: for every role one page after signing in, at first sight, on a phone too."""
    person = townsman(language="zh")
    page = person.page
    assert {role for role, _group, _first in FIRST_THINGS} == {role.value for role in NAV}
    for role, group, first in FIRST_THINGS:
        page.set_viewport_size({"width": 1280, "height": 900})
        loads = person.loads
        sign_in(person, town, role, group)
        page.wait_for_url(lambda url: "/demo" not in url)
        assert person.loads == loads + 2  # the page on which one signs in, and this
        for width, height in ((1280, 900), (390, 844)):
            if width < 1280:
                page.set_viewport_size({"width": width, "height": height})
                page.reload()  # what folds on a narrow screen is folded as the page comes
            thing = page.locator(f"main :is({first})").first
            expect(thing).to_be_visible()
            box = thing.bounding_box()
            assert box["y"] + box["height"] <= height, (role, group, width, box)
