"""The portal opened from another machine over plain HTTP, as a demo is.

No browser takes its address for a safe one: there is no `crypto.subtle`, no clipboard, no service
worker, and no cookie that asks for TLS.
"""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.attachments.models import Attachment
from portal.cases.models import Case
from portal.filing.views import flood
from script.checks import machine
from tests.browser.test_filing import photo
from tests.support.challenges import answer_on, few_numbers
from tests.support.city import PLACE, TEXT
from tests.support.everybody import WORDS
from tests.support.pages import Walker

HOST = "portal.example"


@pytest.fixture
def far(playwright, address):
    """A browser that knows the portal's machine by a name that is not its own."""
    browser = playwright.chromium.launch(
        executable_path=machine.browser(), args=[f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    )
    yield browser, f"http://{HOST}:{urlsplit(address).port}"
    browser.close()


@pytest.mark.parametrize(("language", "script"), [("zh", True), ("en", False)])
def test_a_report_is_filed_and_followed_over_a_plain_address(
    far, city, session, monkeypatch, language, script
):
    monkeypatch.setattr(flood, "level", lambda settings, now: flood.Level.ASKING)
    few_numbers(monkeypatch)
    reporter = Walker(*far, language=language, script=script, width=390)
    page = reporter.page
    start, onward, check, send, follow, see, message = WORDS[language]
    reporter.go("/").follow(start)
    if script:
        assert page.evaluate("() => [isSecureContext, Boolean(crypto.subtle)]") == [False, False]
    reporter.fill("text", TEXT).fill("place", PLACE).press(onward)
    page.set_input_files("input[name=photos]", photo())
    reporter.press(check)
    if not script:
        reporter.fill("answer", answer_on(page.content()))
    reporter.press(send)
    code = "".join(page.locator("#portal-code").inner_text().split())
    assert len(code) == 16
    if script:
        page.locator("[data-module=portal-copy]").click()
        expect(page.locator("#portal-code-status")).not_to_be_empty()
    assert [one["secure"] for one in reporter.context.cookies()] == [False]
    reporter.follow(follow).fill("code", code).press(see)
    reporter.fill("body", "门还锁着。").press(message)
    assert "门还锁着。" in reporter.text
    assert [one.state for one in session.scalars(select(Attachment))] == ["shown"]
    assert list(session.scalars(select(Case.slow_lane))) == [False]
    # The browser says that it leaves one header aside on a plain address; nothing else.
    reporter.complaints = [one for one in reporter.complaints if "Opener-Policy" not in one]
    reporter.close()
