"""Filing and following in a real browser, by links and buttons alone."""

import io
import threading

import pypdfium2 as pdfium
import pytest
from flask import redirect
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.filing.views import flood
from portal.foundation.clock import now
from portal.reports.models import Report
from portal.web.uploads import aside, low_scrubber
from tests.support.challenges import answer_on, few_numbers
from tests.support.city import PLACE, TEXT
from tests.support.everybody import WORDS


def photo():
    """A picture that says where and with what it was taken."""
    picture = Image.new("RGB", (64, 48), (200, 60, 40))
    exif = picture.getexif()
    exif[0x0110] = "SecretPhone 9"
    held = io.BytesIO()
    picture.save(held, "JPEG", exif=exif)
    return {"name": "IMG_我家.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def file_by_form(walker, language, **extra):
    """Walk from the home page to the receipt and return the code."""
    start, onward, check, send, *_rest = WORDS[language]
    walker.go("/").follow(start)
    walker.fill("text", extra.get("text", TEXT)).fill("place", extra.get("place", PLACE))
    walker.choose("jurisdiction", "320412").press(onward)
    if "file" in extra:
        walker.page.set_input_files("input[name=photos]", extra["file"])
    walker.press(check).press(send)
    return "".join(walker.page.locator("#portal-code").inner_text().split())


def follow(reporter, code):
    """Open a report's page by its code."""
    reporter.go("/receipt").fill("code", code).press("查看进度")
    return reporter


@pytest.mark.parametrize(("language", "script"), [("zh", True), ("en", False), ("zh", False)])
def test_a_report_is_filed_and_followed(walker, city, language, script):
    reporter = walker(language=language, script=script, width=390)
    code = file_by_form(reporter, language, file=photo())
    assert len(code) == 16
    # home → receipt: at most four pages after the first (UX §13, 9)
    assert reporter.loads <= 5
    *_start, follow, see, message = WORDS[language]
    reporter.follow(follow).fill("code", f"{code[:4]} {code[4:8]}－{code[8:]}").press(see)
    reporter.fill("body", "门还锁着，请晚上十点以后来看。").press(message)
    assert "门还锁着，请晚上十点以后来看。" in reporter.text
    assert "SecretPhone" not in reporter.page.content()


def test_above_a_rate_a_device_answers_by_work_and_a_person_in_words(
    walker, city, session, monkeypatch
):
    """Under the strict policy; the question is out of sight while the script can do without it."""
    monkeypatch.setattr(flood, "level", lambda settings, now: flood.Level.ASKING)
    few_numbers(monkeypatch)
    start, onward, check, send, *_rest = WORDS["zh"]
    for script in (True, False):
        reporter = walker(language="zh", script=script, width=390)
        reporter.go("/").follow(start).fill("text", TEXT).fill("place", PLACE)
        reporter.press(onward).press(check)
        question = reporter.page.get_by_label("等于几？")
        if script:
            expect(reporter.page.get_by_text("算好了，可以发送。")).to_be_visible()
            expect(question).to_be_hidden()
            assert reporter.violations() == []
        else:
            question.fill(answer_on(reporter.page.content()))
        assert not reporter.is_too_wide()
        reporter.press(send)
        assert reporter.page.locator("#portal-code").count() == 1
    assert list(session.scalars(select(Case.slow_lane))) == [False, False]


@pytest.mark.promise(1)
def test_a_report_whose_photos_are_being_cleaned_is_sent_by_itself(walker, app, monkeypatch):
    aside().patience_seconds = 0.01
    go, real = threading.Event(), low_scrubber().scrub
    monkeypatch.setattr(low_scrubber(), "scrub", lambda data: go.wait(60) and real(data))
    reporter = walker(language="zh", width=390)
    start, onward, check, send, *_rest = WORDS["zh"]
    reporter.go("/").follow(start)
    reporter.fill("text", TEXT).fill("place", PLACE).press(onward)
    reporter.page.set_input_files("input[name=photos]", photo())
    reporter.press(check).press(send)
    told = reporter.page.get_by_role("status").filter(has_text="完成后会自动发送举报")
    told.wait_for()
    reporter.page.locator("#portal-code").wait_for(state="detached")
    go.set()
    reporter.page.locator("#portal-code").wait_for()
    assert reporter.page.url.endswith("/report/sent")


def test_nothing_typed_is_lost_by_an_error_or_by_going_back(walker):
    reporter = walker(script=False)
    start, onward, *_rest = WORDS["zh"]
    reporter.go("/").follow(start).fill("text", TEXT).press(onward)
    assert reporter.page.locator("[name=text]").input_value() == TEXT
    assert reporter.page.locator(".govuk-error-summary a").count() == 1
    reporter.go("/")
    reporter.follow(start)
    assert reporter.page.locator("[name=text]").input_value() == TEXT


def test_sending_again_shows_the_same_code(walker):
    reporter = walker(script=False)
    code = file_by_form(reporter, "zh")
    reporter.page.go_back()  # the check page has nothing to send any more: the receipt again
    again = "".join(reporter.page.locator("#portal-code").inner_text().split())
    assert again == code


@pytest.mark.parametrize(
    ("language", "large", "usual"),
    [
        ("zh", "用大字显示", "用普通字号显示"),
        ("en", "In large letters", "In letters of the usual size"),
    ],
)
def test_the_receipt_can_be_read_in_large_letters(walker, language, large, usual):
    """On the screen and on paper, without script: all that is said of the report grows."""
    reporter = walker(script=False, language=language, width=390)
    code = file_by_form(reporter, language)
    words = reporter.page.locator("main :is(h1, h2, p:not(.portal-row), li, a):visible")

    def sizes():
        own = "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
        return words.evaluate_all(own)

    before = sizes()
    reporter.follow(large)
    assert all(now > 1.3 * then for now, then in zip(sizes(), before, strict=True))
    assert not reporter.is_too_wide()
    assert "".join(reporter.page.locator("#portal-code").inner_text().split()) == code
    reporter.page.emulate_media(media="print")
    assert min(sizes()) >= 24
    reporter.page.emulate_media(media="screen")
    reporter.follow(usual)
    assert sizes() == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_receipt_fits_one_sheet_of_paper_and_says_nothing_of_the_matter(walker, language):
    """Printed by the browser: code and dates, in black, without the bars of the page."""
    reporter = walker(language=language)
    code = file_by_form(reporter, language, text="配电箱冒烟", place="纸箱路 18 号")
    with pdfium.PdfDocument(reporter.page.pdf(format="A4")) as paper:
        assert len(paper) == 1
        words = paper[0].get_textpage().get_text_bounded()
    assert code in "".join(words.split())
    assert "119" not in words
    assert not any(told in words for told in ("配电箱", "纸箱路"))


def test_a_second_report_from_the_same_browser_is_a_report_of_its_own(walker):
    reporter = walker(script=False)
    first = file_by_form(reporter, "zh")
    second = file_by_form(reporter, "zh", text="另一件事：配电箱门开着。")
    assert first != second


def test_after_finishing_the_browser_holds_nothing(walker):
    reporter = walker(script=False)
    file_by_form(reporter, "zh")
    reporter.press("我记下了，结束")
    assert reporter.context.cookies() == []
    reporter.page.go_back()
    assert reporter.page.locator("#portal-code").count() == 0


@pytest.mark.promise(2)
@pytest.mark.parametrize("script", [True, False])
def test_after_a_quick_leave_back_finds_nothing_of_what_was_typed(
    walker, address, monkeypatch, script
):
    """Nor what the page saves by itself when it is left, nor what the browser fills in again."""
    reporter = walker(language="en", script=script)
    elsewhere, asked = f"{address.replace('127.0.0.1', 'localhost')}/contact", []

    def instead(where, code):
        asked.append(where)
        return redirect(elsewhere, code)

    monkeypatch.setattr("portal.filing.views.home.redirect", instead)
    reporter.go("/").go("/report").fill("text", "我写的字").fill("place", PLACE)
    reporter.press("Continue").go("/report").fill("text", "我写的字，又一些")
    reporter.page.get_by_role("link", name="Leave this site").click()
    reporter.page.wait_for_url(elsewhere)
    assert asked == ["https://www.baidu.com/"]
    seen = []
    for _ in range(4):
        reporter.page.go_back()
        seen.append(reporter.page.url.removeprefix(reporter.address).split("?")[0])
        assert "我写的字" not in reporter.page.content()
        if reporter.page.locator("[name=text]").count():
            assert reporter.page.locator("[name=text]").input_value() == ""
        if seen[-1] == "/":
            break
    assert seen[-1] == "/"
    # With script the page itself is gone from the list; what was before it stands there empty.
    assert {cookie["name"] for cookie in reporter.context.cookies(reporter.address)} == set()


def test_the_answer_stands_on_the_receipt_page_and_can_be_rated(walker, city, session):
    reporter = walker(script=False)
    code = file_by_form(reporter, "zh")
    report = session.scalar(select(Report))
    case, at = report.case_id, {"now": now()}
    city.accepted(case, **at)
    city.dispatched(case, **at)
    city.move(city.lead, c.SignFor, case, **at)
    city.move(city.lead, c.Verify, case, finding=Finding.NOT_TRUE, reason="到场查看", **at)
    answer = ((report.id, "我们到现场看了，门没有锁。"),)
    city.move(city.lead, c.Conclude, case, answers=answer, **at)
    reporter.go("/receipt").fill("code", code).press("查看进度")
    assert "我们到现场看了，门没有锁。" in reporter.text
    reporter.choose("contacted", "yes").choose("solved", "no").choose("satisfied", "not").press(
        "提交评价"
    )
    session.expire_all()
    assert (report.solved, report.satisfied) == ("no", "not")


def test_a_report_is_filed_and_followed_by_tab_and_enter_alone(walker):
    person = walker(language="zh")
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


@pytest.mark.parametrize("path", ["/", "/report", "/receipt", "/how", "/privacy", "/contact"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_and_nothing_is_too_wide(walker, path, language):
    reader = walker(language=language, width=390)
    reader.go(f"{path}?lang={language}")
    assert reader.violations() == []
    reader.page.set_viewport_size({"width": 320, "height": 800})
    assert not reader.is_too_wide()
