"""Inspecting with no network, on a phone whose browser is closed and opened again on the way."""

import json
from contextlib import contextmanager
from hashlib import sha256

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.attachments.models import Attachment
from portal.foundation.transaction import unit_of_work
from portal.inspections.lifecycle import strokes_of
from portal.inspections.models import DraftAnswer
from portal.inspections.queries import draft_of
from portal.inspections.services import Entry, begin, enter
from portal.presets.checklists import checklist
from tests.browser.test_offline import PIECE, Gate, Phone, left, noise
from tests.support.city import NOON
from tests.support.pages import violations_on
from tests.support.staff import PASSWORD, give_password

HOME = "/staff/inspecting?lang=en"


class Inspector(Phone):
    """A phone that somebody signs in on."""

    def part(self, name):
        return self.page.locator(f"[data-kept-{name}]")

    def sign_in(self, email):
        self.page.fill("[name=email]", email)
        self.page.fill("[name=password]", PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("form[action*=login] button[type=submit]").click()

    def begin(self, email, path, *, home=HOME):
        """Sign in, open the inspection, and take it along."""
        self.page.goto(f"{self.address}/login?lang=en")
        self.sign_in(email)
        self.page.goto(f"{self.address}{path}?lang=en")
        self.page.get_by_role("link", name="Take it along on this phone").click()
        expect(self.part("done")).to_contain_text("0 of 15 answered")
        self.page.evaluate(
            """async (home) => { for (;;) {
            const one = await navigator.serviceWorker.getRegistration(home);
            if (one && one.active && one.active.state === 'activated') return;
            await new Promise((resolve) => setTimeout(resolve, 20)); } }""",
            home.split("?")[0],
        )

    def item(self, name):
        self.part("items").get_by_text(name, exact=True).click()
        expect(self.part("item-number")).to_contain_text(name)

    def waits(self, answers, photos):
        words = f"waiting on this phone: answers {answers}, photos {photos}."
        expect(self.part("waits")).to_contain_text(words)


@contextmanager
def opened(playwright, folder, address):
    one = Inspector(playwright, folder, address)
    yield one
    one.close()
    assert one.complaints == []


@pytest.fixture
def site(app, city, session):
    """A case with an inspection under way; its address and the mail addresses of two inspectors."""
    app.config["WTF_CSRF_ENABLED"] = True
    case_id = city.in_hand().case_id
    with unit_of_work(session()) as own:
        begin(own, case_id, checklist(own, "FIRE-DORM"), by=city.member.person_id, now=NOON)
    return case_id, give_password(session, city.member), give_password(session, city.second_member)


@pytest.mark.promise(1)
def test_all_that_was_entered_without_a_network_is_there_once_and_equal_by_hash(
    playwright, address, tmp_path, app, session, site
):
    """Offline before the first entry; closed and opened; cut in the middle of photo 7 of 9."""
    case_id, email, _other = site
    gate = Gate(app, at=8)
    photos = [noise(40 + n) for n in range(6)] + [noise(620)] + [noise(50), noise(51)]
    with opened(playwright, tmp_path / "profile", address) as phone:
        phone.begin(email, f"/staff/cases/{case_id}/inspection")
        phone.offline()
        phone.close()
        phone.open(f"{HOME}#{case_id}", offline=True)
        assert violations_on(phone.page) == []
        phone.item("F03")
        phone.page.get_by_label("Fail", exact=True).check()
        phone.page.fill("[name=note]", "窗上有铁栏")
        files = [
            {"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": data}
            for n, data in enumerate(photos, start=1)
        ]
        phone.page.set_input_files("[name=files]", files)
        expect(phone.page.locator("[data-photo-name]")).to_have_count(9)
        assert violations_on(phone.page) == []
        phone.press("Save, next")
        expect(phone.part("item-number")).to_contain_text("F04")
        phone.page.get_by_label("Pass", exact=True).check()
        # Chosen and not saved: it is kept all the same.
        expect(phone.part("saved")).to_contain_text("F04 is kept on this phone.")
        phone.close()

        phone.open(f"{HOME}#{case_id}", offline=True)
        phone.waits(2, 9)
        expect(phone.part("done")).to_contain_text("2 of 15 answered")
        assert session.scalars(select(DraftAnswer)).all() == []
        phone.offline(False)
        # The session ended with the browser: nothing is lost by signing in again.
        phone.part("signin").get_by_role("link", name="Sign in").click()
        phone.sign_in(email)
        assert gate.reached.wait(20)
        expect(phone.part("status")).to_contain_text("Sending photo 7 of 9")
        phone.offline()
        gate.open.set()
        phone.waits(0, 3)
        phone.close()

        phone.open(HOME)
        phone.part("signin").get_by_role("link", name="Sign in").click()
        phone.sign_in(email)
        expect(phone.part("waits")).to_contain_text("Everything that was entered")
        session.rollback()
        kept = session.scalars(select(Attachment.original_sha256)).all()
        assert sorted(kept) == sorted(sha256(photo).hexdigest() for photo in photos)
        rows = session.execute(select(DraftAnswer.item, DraftAnswer.result, DraftAnswer.edits))
        assert sorted(rows.all()) == [("F03", "fail", 1), ("F04", "pass", 1)]
        assert gate.bytes <= sum(map(len, photos)) + PIECE


@pytest.mark.promise(2)
def test_two_inspectors_see_both_and_signing_out_leaves_nothing_on_the_phone(
    playwright, address, tmp_path, session, city, client_for, site
):
    case_id, email, other = site
    with opened(playwright, tmp_path / "profile", address) as phone:
        phone.begin(email, f"/staff/cases/{case_id}/inspection")
        phone.offline()
        for item in ("F03", "F06"):
            phone.item(item)
            phone.page.fill("[name=note]", f"藏起来的话{item}")
            phone.page.get_by_label("Pass", exact=True).check()
            phone.press("Save")
            phone.part("item-back").click()
        phone.waits(2, 0)
        with unit_of_work(session()) as own:
            draft, theirs = draft_of(own, case_id), Entry(result="fail", note="铁栏")
            for item in ("F03", "F06"):
                by = city.second_member.person_id
                enter(own, draft.id, item, theirs, seen=0, by=by, now=NOON)
        phone.offline(False)
        expect(phone.part("items")).to_contain_text("somebody else entered something else")
        phone.item("F03")
        expect(phone.part("clash")).to_contain_text("铁栏")
        expect(phone.part("clash")).to_contain_text("second_member")
        expect(phone.page.locator("[name=note]")).to_have_value("藏起来的话F03")
        phone.press("Save")
        expect(phone.part("clash")).to_be_hidden()
        phone.waits(1, 0)
        session.rollback()
        notes = dict(session.execute(select(DraftAnswer.item, DraftAnswer.note)).all())
        assert notes == {"F03": "藏起来的话F03", "F06": "铁栏"}

        phone.page.goto(f"{phone.address}/staff/cases/{case_id}/inspection/finish?lang=en")
        phone.page.get_by_label("second_member", exact=True).check()
        field = phone.page.get_by_role("img", name="Field for the drawn signature: second_member")
        field.scroll_into_view_if_needed()
        box = field.bounding_box()
        phone.page.mouse.move(box["x"] + 20, box["y"] + 20)
        phone.page.mouse.down()
        phone.page.mouse.move(box["x"] + 90, box["y"] + 50, steps=4)
        phone.page.mouse.up()
        kept = phone.page.locator("[name=drawn]")
        (strokes,) = json.loads(kept.input_value()).values()
        assert len(strokes_of(strokes)[0]) > 2
        phone.press("Draw it again second_member")
        expect(kept).to_have_value("")

        phone.page.goto(f"{phone.address}/staff/cases?lang=en")
        said = phone.page.locator("[data-module=portal-kept]")
        expect(said).to_contain_text("waiting on this phone: answers 1, photos 0.")
        phone.press("Sign out")
        expect(said).to_contain_text("Signing out deletes from this phone")
        with phone.page.expect_navigation():
            phone.press("Delete them and sign out")
        assert left(phone.page) == [[], [], 0]
        assert phone.page.evaluate("() => localStorage.length") == 0
        phone.page.goto(f"{phone.address}/login?lang=en")
        phone.sign_in(other)
        phone.page.goto(phone.address + HOME)
        expect(phone.part("none")).to_be_visible()
        assert "藏起来的话" not in phone.page.content()
        phone.offline()
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            phone.page.goto(f"{phone.address}/staff/cases/{case_id}/inspection")
