"""The form without a network, in a browser whose profile outlives its closing.

The network is cut for pages and workers alike; behind it stands a real portal with its database.
"""

import io
import random
import re
import threading
from contextlib import contextmanager
from hashlib import sha256

import pytest
from flask import request
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from portal.attachments.models import Attachment
from portal.attachments.queries import content as content_of
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.transaction import unit_of_work
from portal.reports.models import Report
from portal.sealing.services import register
from portal.units.models import Unit
from script.checks import machine
from tests.support.city import PLACE, TEXT
from tests.support.files import custodians
from tests.support.pages import PATIENCE

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
        self.context.set_default_timeout(PATIENCE)
        # Its clock is wrong: nothing may hang on it.
        self.context.add_init_script("Date.now = () => 1e12")
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
        # What a network that is cut makes the browser say is no fault of the page.
        cut = ("Failed to load resource", "error occurred when fetching the script")
        if line.type in ("error", "warning") and not any(words in line.text for words in cut):
            self.complaints.append(line.text)

    def close(self):
        self.context.close()

    def visit(self):
        """Look at the portal, which leaves nothing; then have the form kept on the device."""
        self.page.goto(f"{self.address}/?lang=en")
        self.page.goto(f"{self.address}/report?lang=en")
        assert left(self.page) == [[], [], 0]
        self.page.goto(self.address + PATH)
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
        said = (page or self.page).locator("[data-item-status]").first
        expect(said).to_contain_text(words)

    @property
    def code(self):
        return re.sub(r"\s", "", self.page.locator("[data-item-code] .portal-code").inner_text())


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
def test_a_report_written_without_a_network_is_kept_sent_once_and_wiped(phone, city, session):
    unit = session.get(Unit, city.unit())
    phone.visit()
    phone.offline()
    # The form itself gives way to the page that needs no network; a unit's code goes along.
    phone.page.goto(f"{phone.address}/report?lang=en&unit={unit.report_token}")
    expect(phone.page.get_by_text("You opened this page by the code of a unit.")).to_be_visible()
    assert phone.page.locator("h1").inner_text() == "Report without a network"
    phone.press("Send the report")
    assert "Write what you saw" in phone.page.locator("[data-offline-errors]").inner_text()
    phone.write()
    phone.press("Send the report")
    phone.says("Not sent yet")
    expect(phone.page.get_by_text("You opened this page by the code of a unit.")).to_be_hidden()
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
    assert [report.claimed_unit_id for report in reports(session)] == [unit.id]
    # Shown until it is noted, though nothing else of the report is left.
    phone.page.reload()
    assert phone.code == code
    phone.page.goto(f"{phone.address}/?lang=en")
    expect(phone.page.locator("[data-door-words]")).to_contain_text("waits to be written down")

    phone.offline()
    phone.page.goto(phone.address + PATH)
    # Leaving takes along what was only begun, and does not lead past the portal.
    phone.page.get_by_role("link", name="Leave this site").click()
    phone.page.wait_for_url(lambda url: phone.address not in url)
    phone.page.goto(phone.address + PATH)
    assert phone.code == code
    assert phone.page.locator("[name=text]").input_value() == ""
    phone.press("Delete everything from this device")
    phone.page.locator("[data-offline-wiped][data-done]").wait_for()
    assert left(phone.page) == [[], [], 0]
    phone.page.goto("about:blank")
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        phone.page.goto(phone.address + PATH)
    assert len(reports(session)) == 1


@pytest.mark.promise(1)
def test_photos_cut_in_the_middle_arrive_once_and_whole(phone, app, session):
    """Tab and browser closed before and after the cut: what is on goes on where it was."""
    gate = Gate(app, at=4)
    photos = [noise(620), noise(900), b"\xff\xd8 no photo"]
    phone.visit()
    phone.offline()
    phone.page.goto(phone.address + PATH)
    phone.write()
    for number, content in enumerate(photos):
        choose(phone.page, f"IMG_{number}.jpg", content)
    phone.press("Send the report")
    phone.says("Not sent yet")
    phone.close()

    phone.open(PATH, offline=True)
    phone.says("Not sent yet")
    phone.offline(False)
    assert gate.reached.wait(10)
    phone.says("Sending file 2 of 3")
    phone.offline()
    gate.open.set()
    phone.says("Not sent yet")
    phone.close()
    assert reports(session) == []

    phone.open(PATH)
    phone.says("Sent.")
    assert "IMG_2.jpg" in phone.page.locator("[data-item-notes]").inner_text()
    (report,) = reports(session)
    kept = session.scalars(select(Attachment.original_sha256)).all()
    assert sorted(kept) == sorted(sha256(photo).hexdigest() for photo in photos)
    # No byte came twice but those of the piece that was cut.
    assert gate.bytes <= sum(map(len, photos)) + PIECE
    assert len(phone.code) == 16


@pytest.mark.promise(2)
def test_what_is_covered_without_a_network_never_leaves_the_phone(phone, app, session):
    phone.visit()
    phone.offline()
    phone.page.goto(phone.address + PATH)
    phone.write()
    choose(phone.page, "IMG_1.jpg", noise(620))
    phone.press("Cover parts IMG_1.jpg")
    phone.press("Add a cover")
    # While a photo is open nothing is sent, and it says so.
    phone.press("Send the report")
    expect(phone.page.locator("[data-offline-files-status]")).to_contain_text("Finish that first")
    phone.press("Done: burn the covers in")
    expect(phone.page.locator("[data-offline-files-status]")).to_contain_text("Covered parts: 1.")
    phone.press("Send the report")
    phone.says("Not sent yet")
    phone.offline(False)
    phone.says("Sent.")
    (row,) = session.scalars(select(Attachment)).all()
    assert row.original_sha256 != sha256(noise(620)).hexdigest()
    store, key = app.extensions["portal-store"], keys.in_use().key("attachments")
    shown = Image.open(io.BytesIO(content_of(row, store=store, key=key)[0])).convert("L")
    assert shown.getpixel((shown.width // 2, shown.height // 2)) < 8
    assert shown.crop((0, 0, 100, 100)).getextrema()[1] > 60


@pytest.mark.promise(1)
@pytest.mark.parametrize("way", ["refused", "full"])
def test_a_device_that_keeps_nothing_says_so_and_loses_nothing(phone, session, way):
    """A private window without storage, a device without room: the page itself keeps all of it."""
    if way == "refused":
        phone.context.add_init_script(
            "Object.defineProperty(window, 'indexedDB', { value: undefined })"
        )
    else:
        phone.context.new_cdp_session(phone.page).send(
            "Storage.overrideQuotaForOrigin", {"origin": phone.address, "quotaSize": 1}
        )
    page = phone.page
    page.goto(phone.address + PATH)
    phone.offline()
    phone.write()
    photo = noise(300)
    page.set_input_files(
        "[name=photos]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    if way == "full":
        expect(page.locator("[data-offline-files-status]")).to_contain_text("no room for this file")
        expect(page.locator("[data-offline-saved]")).to_contain_text("Could not be kept")
    else:
        expect(page.locator("[data-file-name]")).to_have_text("a.jpg")
    phone.press("Send the report")
    phone.says("Not sent yet")
    expect(page.locator("[data-offline-memory]")).to_be_visible()
    phone.offline(False)
    phone.says("Sent.")
    assert len(reports(session)) == 1
    hashes = session.scalars(select(Attachment.original_sha256)).all()
    assert hashes == ([] if way == "full" else [sha256(photo).hexdigest()])


@pytest.mark.promise(1)
def test_two_tabs_and_the_worker_send_it_once_to_a_new_version_too(phone, app, session):
    """Without locks, too. A home page alone has it sent, by the worker, and says so."""
    phone.context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    phone.visit()
    phone.page.goto(phone.address + PATH)
    phone.offline()
    phone.write()
    wide = noise(2600, 40)
    choose(phone.page, "a.jpg", wide)
    phone.press("Send the report")
    phone.says("Not sent yet")
    other = phone.tab(PATH)
    phone.says("Not sent yet", other)
    before = left(phone.page)[1]
    with unit_of_work(session()) as own:
        for number, (custodian, _secret) in enumerate(custodians(2)):
            register(own, custodian, label=f"{number}", now=now())
    phone.offline(False)
    phone.says("Sent.")
    phone.says("Sent.", other)
    assert len(reports(session)) == 1
    (kept,) = session.scalars(select(Attachment.original_sha256)).all()
    assert kept != sha256(wide).hexdigest()  # made smaller on the device
    other.close()

    phone.press("I have written it down: take it off this device")
    phone.offline()
    phone.write(text="A second one")
    phone.press("Send the report")
    phone.says("Not sent yet")
    phone.page.goto("about:blank")
    phone.offline(False)
    phone.page.goto(f"{phone.address}/?lang=en")
    expect(phone.page.locator("[data-door-words]")).to_contain_text("waits to be written down")
    assert len(reports(session)) == 2
    # The page asks for contacts now: that is another version, and the old one's cache goes.
    phone.page.evaluate(
        """async (before) => { for (const end = Date.now() + 20000; Date.now() < end;) {
        const names = await caches.keys();
        if (names.length === 1 && names[0] !== before[0]) return;
        await new Promise((resolve) => setTimeout(resolve, 20)); }
        throw new Error(`kept: ${await caches.keys()}`); }""",
        before,
    )


@pytest.mark.promise(1)
def test_a_lost_answer_and_a_refusal_bring_everything_back(phone, app, session, monkeypatch):
    """Refused by rules that are stricter since; then filed, the answer lost, and changed."""
    phone.visit()
    phone.page.goto(phone.address + PATH)
    monkeypatch.setattr("portal.cases.services.starting.TEXT_MIN", 4000)
    phone.write()
    phone.page.locator("[name=jurisdiction]").select_option("320412")
    assert phone.page.locator("[name^=q_]").count() == 0
    phone.page.locator("[name=category]").nth(1).check()
    asked = phone.page.locator("[name^=q_]").first
    asked.check()
    answer = asked.get_attribute("name"), asked.get_attribute("value")
    phone.press("Send the report")
    phone.says("Not sent. Something has to be put right first")
    monkeypatch.undo()
    phone.press("Change it")
    expect(phone.page.locator("[name=text]")).to_have_value(TEXT)
    expect(phone.page.locator("[name=jurisdiction]")).to_have_value("320412")
    expect(phone.page.locator("[data-offline-errors] li")).to_have_count(1)
    expect(phone.page.locator("[name='{}'][value='{}']".format(*answer))).to_be_checked()

    arrived, cut = threading.Event(), threading.Event()

    def hold(error):
        if request.path == "/report/kept" and not arrived.is_set():
            arrived.set()
            cut.wait(10)
            raise RuntimeError  # the report is kept by now; its answer gets lost

    app.teardown_request_funcs.setdefault(None, []).append(hold)
    phone.press("Send the report")
    assert arrived.wait(10)
    phone.offline()
    cut.set()
    phone.says("Not sent yet")
    phone.press("Change it")
    expect(phone.page.locator("[name=text]")).to_have_value(TEXT)
    phone.page.fill("[name=text]", "Changed since")
    phone.press("Send the report")
    phone.offline(False)
    phone.says("Sent.")
    notes = phone.page.locator("[data-item-notes]").inner_text()
    assert "It had arrived before you changed it." in notes
    assert "Changed since" in phone.page.locator("[data-item-words]").inner_text()
    assert len(reports(session)) == 1


PIECE = 256 * 1024


class Gate:
    """Holds the portal in the middle of one piece until the line is cut, and counts the bytes."""

    def __init__(self, app, at):
        self.at, self.bytes = at, 0
        self.reached, self.open = threading.Event(), threading.Event()
        app.before_request_funcs.setdefault(None, []).insert(0, self.hold)

    def hold(self):
        if request.method != "PATCH":
            return
        self.at -= 1
        self.bytes += request.content_length
        if self.at == 0:
            self.reached.set()
            self.open.wait(10)


def noise(width, height=0):
    """A photo that no compression makes smaller: about a byte and a half for each point."""
    size = width, height or width
    points = random.Random(width).randbytes(3 * size[0] * size[1])  # noqa: S311
    picture = Image.frombytes("RGB", size, points)
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=90)
    return held.getvalue()


def choose(page, name, content):
    """Choose a file and wait until it is kept."""
    file = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    page.set_input_files("[name=photos]", file)
    expect(page.locator("[data-file-name]", has_text=name)).to_be_visible()


def left(page):
    """Databases, caches and workers that the site still has on the device."""
    return page.evaluate(
        """async () => [await indexedDB.databases(), await caches.keys(),
        (await navigator.serviceWorker.getRegistrations()).length]"""
    )
