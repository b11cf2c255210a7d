"""The form without a network, in a browser whose profile outlives its closing.

The network is cut for pages and workers alike; behind it stands a real portal with its database.
"""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import select

from portal.reports.models import Report
from script.checks import machine
from tests.support.city import PLACE, TEXT

PATH = "/report/offline?lang=en"


class Phone:
    """One browser on one device: it can be closed and opened again with all that it kept."""

    def __init__(self, playwright, folder, address):
        self.playwright, self.folder, self.address = playwright, folder, address
        self.complaints = []
        self.open()

    def open(self, path=None, *, offline=False):
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=machine.browser(),
            locale="en-GB",
            viewport={"width": 390, "height": 900},
        )
        self.context.set_default_timeout(8_000)
        self.context.set_offline(offline)
        self.page = self.tab(path)

    def tab(self, path=None):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        if path:
            page.goto(self.address + path)
        return page

    def _hear(self, line):
        if line.type in ("error", "warning") and "Failed to load resource" not in line.text:
            self.complaints.append(line.text)

    def close(self):
        self.context.close()

    def visit(self):
        """Visit the portal once, as long as it takes to keep the form."""
        self.page.goto(f"{self.address}/?lang=en")
        self.page.evaluate(
            """async () => { for (;;) {
            const one = await navigator.serviceWorker.getRegistration('/report');
            if (one && one.active && one.active.state === 'activated') return;
            await new Promise((resolve) => setTimeout(resolve, 20)); } }"""
        )
        assert self.context.cookies() == []

    def offline(self, is_off=True):
        self.context.set_offline(is_off)

    def write(self, page=None, text=TEXT, place=PLACE):
        page = page or self.page
        page.fill("[name=text]", text)
        page.fill("[name=place]", place)
        return page

    def press(self, name, page=None):
        (page or self.page).get_by_role("button", name=name, exact=True).first.click()

    def says(self, words, page=None):
        expect((page or self.page).locator("[data-item-status]").first).to_contain_text(words)

    @property
    def code(self):
        return re.sub(r"\s", "", self.page.locator("[data-item-code] .portal-code").inner_text())


@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as one:
        yield one


@pytest.fixture
def phone(playwright, address, tmp_path):
    """A phone whose browser must not have complained at the end."""
    with _phone(playwright, tmp_path / "profile", address) as one:
        yield one


@contextmanager
def _phone(playwright, folder, address):
    one = Phone(playwright, folder, address)
    yield one
    one.close()
    assert one.complaints == []


def reports(session):
    session.rollback()
    return list(session.scalars(select(Report)))


@pytest.mark.promise(1)
def test_a_report_written_without_a_network_is_kept_sent_once_and_wiped(phone, session):
    phone.visit()
    phone.offline()
    # The form itself gives way to the page that needs no network.
    phone.page.goto(f"{phone.address}/report?lang=en")
    assert phone.page.locator("h1").inner_text() == "Report without a network"
    phone.press("Send the report")
    assert "Write what you saw" in phone.page.locator("[data-offline-errors]").inner_text()
    phone.write()
    phone.press("Send the report")
    phone.says("Not sent yet")
    phone.write(text="Another one that is only begun").locator("[data-offline-saved]").get_by_text(
        "Kept"
    ).wait_for()
    phone.close()

    phone.open("/report/offline?lang=en", offline=True)
    phone.says("Not sent yet")
    assert phone.page.locator("[name=text]").input_value() == "Another one that is only begun"
    assert reports(session) == []
    phone.offline(False)
    phone.says("Sent.")
    code = phone.code
    assert len(code) == 16
    assert len(reports(session)) == 1
    # Shown until it is noted, though nothing else of the report is left.
    phone.page.reload()
    assert phone.code == code
    phone.page.goto(f"{phone.address}/?lang=en")
    expect(phone.page.locator("[data-door-words]")).to_contain_text("waits to be written down")

    phone.offline()
    phone.page.goto(phone.address + PATH)
    phone.press("Delete everything from this device")
    phone.page.locator("[data-offline-wiped][data-done]").wait_for()
    assert left(phone.page) == [[], [], 0]
    phone.page.goto("about:blank")
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        phone.page.goto(phone.address + PATH)
    assert len(reports(session)) == 1


def left(page):
    """Databases, caches and workers that the site still has on the device."""
    return page.evaluate(
        """async () => [await indexedDB.databases(), await caches.keys(),
        (await navigator.serviceWorker.getRegistrations()).length]"""
    )
