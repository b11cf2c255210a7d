"""A unit checks itself with no network; on the way its phone’s browser is closed and opened."""

from hashlib import sha256

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.attachments.models import Attachment
from portal.foundation.clock import now
from portal.foundation.transaction import unit_of_work
from portal.inspections.services import Entry
from portal.presets.queries import in_force
from portal.selfinspections import services as doing
from portal.selfinspections.models import SelfAnswer
from tests.browser.test_inspecting_offline import opened
from tests.browser.test_offline import PIECE, Gate, left, noise
from tests.support.own import OwnUnit
from tests.support.pages import violations_on
from tests.support.staff import give_password

HOME = "/unit/own/inspecting?lang=en"


@pytest.fixture
def site(app, city, session):
    """A self-inspection under way: its unit, its address, the mail addresses of two colleagues."""
    app.config["WTF_CSRF_ENABLED"] = True
    mill = OwnUnit(city)
    second = mill.invite("second@example.org")
    with unit_of_work(session()) as own:
        given = ("regular", "FIRE-DORM", in_force(own, now()))
        check = doing.begin(own, mill.actor, *given, now=now()).id
    return mill, second, check, give_password(session, mill.actor), give_password(session, second)


def chosen(name, data):
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


@pytest.mark.promise(1)
def test_what_a_unit_checked_without_a_network_is_there_once_equal_by_hash_and_leaves_no_trace(
    playwright, address, tmp_path, app, session, site
):
    """Offline before the first entry, closed and opened, cut inside photo 3 of 4, clash, sign-out.

    One of them is no photo: it is sealed like any file and stops no other.
    """
    mill, second, check, email, other = site
    path = f"/unit/own/inspections/{check}"
    gate = Gate(app, at=4)
    photos = [b"MZ no picture", noise(40), noise(620), noise(50)]
    with opened(playwright, tmp_path / "profile", address) as phone:
        phone.begin(email, path, home=HOME)
        phone.offline()
        phone.close()
        phone.open(f"{HOME}#{check}", offline=True)
        assert violations_on(phone.page) == []
        assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
        phone.item("F01")
        phone.page.get_by_label("Fail", exact=True).check()
        phone.page.get_by_label("I take it for a major hazard", exact=False).check()
        phone.page.fill("[name=note]", "藏起来的话：窗上有铁栏")
        phone.page.set_input_files("[name=files]", [chosen("x.jpg", one) for one in photos])
        expect(phone.page.locator("[data-photo-name]")).to_have_count(4)
        assert violations_on(phone.page) == []
        phone.press("Save, next")
        expect(phone.part("item-number")).to_contain_text("F02")
        phone.page.get_by_label("Pass", exact=True).check()
        phone.press("Save, next")
        expect(phone.part("item-number")).to_contain_text("F03")
        phone.page.get_by_label("Pass", exact=True).check()
        expect(phone.part("saved")).to_contain_text("F03 is kept on this phone.")
        phone.close()

        phone.open(f"{HOME}#{check}", offline=True)
        phone.waits(3, 4)
        expect(phone.part("done")).to_contain_text("3 of 15 answered")
        phone.item("F01")
        expect(phone.page.locator("[name=major]")).to_be_checked()
        assert session.scalars(select(SelfAnswer)).all() == []
        # A colleague answers two of them meanwhile.
        with unit_of_work(session()) as own:
            for item in ("F02", "F03"):
                given = (second, check, item, Entry(result="fail", note="堆了货"))
                doing.enter(own, *given, seen=0, now=now())
        phone.offline(False)
        phone.part("signin").get_by_role("link", name="Sign in").click()
        phone.sign_in(email)
        assert gate.reached.wait(20)
        expect(phone.part("status")).to_contain_text("Sending photo 3 of 4")
        phone.offline()
        gate.open.set()
        phone.waits(2, 2)
        phone.close()

        phone.open(HOME)
        phone.part("signin").get_by_role("link", name="Sign in").click()
        phone.sign_in(email)
        phone.waits(2, 0)
        session.rollback()
        held = session.scalars(select(Attachment.original_sha256)).all()
        assert sorted(held) == sorted(sha256(photo).hexdigest() for photo in photos)
        rows = session.execute(
            select(SelfAnswer.item, SelfAnswer.result, SelfAnswer.edits, SelfAnswer.major)
        )
        theirs = [(item, "fail", 1, False) for item in ("F02", "F03")]
        assert sorted(rows.all()) == [("F01", "fail", 1, True), *theirs]
        session.rollback()
        assert gate.bytes <= sum(map(len, photos)) + PIECE

        phone.part("packs").get_by_role("link").click()
        phone.item("F02")
        expect(phone.part("clash")).to_contain_text("堆了货")
        expect(phone.page.get_by_label("Pass", exact=True)).to_be_checked()
        phone.press("Save")
        phone.waits(1, 0)
        session.rollback()
        assert session.scalar(select(SelfAnswer.result).filter_by(item="F02")) == "pass"
        session.rollback()

        # Signing out asks first, then leaves nothing on the phone; the next sees nothing of it.
        phone.page.goto(f"{phone.address}/unit/own?lang=en")
        said = phone.page.locator("[data-module=portal-kept]")
        expect(said).to_contain_text("waiting on this phone: answers 1, photos 0.")
        assert "/unit/own/inspecting" in said.get_by_role("link").get_attribute("href")
        phone.press("Sign out")
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
            phone.page.goto(f"{phone.address}{path}")
