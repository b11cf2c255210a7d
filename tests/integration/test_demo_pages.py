"""The start page of the demo: one press signs anybody in; elsewhere there is no such page."""

import json
import re
from email.message import EmailMessage

import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import update

from config import load_settings
from portal.access.kinds import Actor, Role
from portal.accounts.models import Account
from portal.integrations.mailbox import keep
from tests.support.staff import Browser, each_request_alone

PRESS = re.compile(r'action="(/demo/sign-in/[0-9a-f-]+[^"]*)"')


@pytest.fixture
def settings(tmp_path):
    return load_settings({"PORTAL_DATA_DIR": str(tmp_path / "data"), "PORTAL_ENV": "demo"})


@pytest.fixture
def browser(app, city):
    with each_request_alone(app):
        yield Browser(app)


def test_one_press_signs_somebody_in_where_their_work_begins(browser):
    page = browser.get("/demo?lang=en").get_data(as_text=True)
    assert "Demo data: every unit, person and figure on this page is invented." in page
    box = page[page.index("As a dispatcher") :]
    answer = browser.post(PRESS.search(box)[1])
    assert answer.status_code == 303
    landed = browser.get(answer.headers["Location"])
    assert landed.status_code == 200
    assert "dispatcher" in landed.get_data(as_text=True)
    assert "/staff" in answer.headers["Location"]


def test_everybody_of_every_role_can_be_signed_in_one_after_the_other(browser, city):
    presses = dict.fromkeys(PRESS.findall(browser.get("/demo").get_data(as_text=True)))
    assert len(presses) == len(city.actors)
    for press in presses:
        browser.get("/demo")
        assert browser.post(press).status_code == 303


@pytest.mark.parametrize(("spoken", "lang"), [("en-GB", "en"), ("zh-CN", "zh-Hans")])
def test_who_is_signed_in_reads_on_in_the_language_of_the_page(browser, session, spoken, lang):
    """The people of the demo have profiles, which say what their visitor never chose."""
    other = {"en": "zh_Hans_CN", "zh-Hans": "en"}[lang]
    session.execute(update(Account).values(language=other))
    session.commit()
    page = browser.get("/demo", headers={"Accept-Language": spoken}).get_data(as_text=True)
    assert f'lang="{lang}"' in page[:200]
    answer = browser.post(PRESS.search(page)[1], headers={"Accept-Language": spoken})
    landed = browser.get(answer.headers["Location"])
    assert f'lang="{lang}"' in landed.get_data(as_text=True)[:200]


def test_without_the_token_or_with_an_unknown_role_nobody_is_signed_in(app, browser):
    app.config["WTF_CSRF_ENABLED"] = True
    press = PRESS.search(browser.get("/demo").get_data(as_text=True))[1]
    assert browser.client.post(press).status_code == 400
    unknown = "/demo/sign-in/00000000-0000-4000-8000-000000000000"
    assert browser.post(unknown).status_code == 404
    assert browser.get("/profile/").status_code == 303


@pytest.mark.parametrize(("asked", "lang"), [("zh", "zh-Hans"), ("en", "en")])
def test_both_languages_open_and_without_a_city_the_page_says_so(browser, asked, lang):
    page = browser.get(f"/demo?lang={asked}").get_data(as_text=True)
    assert f'lang="{lang}"' in page[:200]
    with force_locale({"zh": "zh_Hans_CN"}.get(asked, asked)):
        assert gettext("No demo city has been made yet.") in page


def test_codes_links_and_passphrases_are_those_that_loading_left(browser, settings):
    settings.demo_codes.write_text(
        json.dumps(
            {
                "codes": {"refused": "1234567812345678"},
                "links": {"open": "ab" * 16, "step": "cd" * 16},
                "passphrases": ["demo passphrase 1"],
            }
        )
    )
    page = browser.get("/demo?lang=en").get_data(as_text=True)
    assert "1234 5678 1234 5678" in page
    assert f'href="/unit/{"ab" * 16}?lang=en"' in page
    assert f'href="/unit/steps/{"cd" * 16}?lang=en"' in page
    assert "demo passphrase 1" in page


def test_mails_are_listed_newest_first_and_read_as_text(browser, settings):
    for number in (1, 2):
        mail = EmailMessage()
        mail["Subject"] = f"Case {number} <b>waits</b>"
        mail["To"] = "somebody@demo.example"
        mail.set_content("Look: https://example.org/staff\n<script>alert(1)</script>\n")
        (settings.mail_dir / "incoming").mkdir(parents=True, exist_ok=True)
        keep(settings.mail_dir, mail.as_bytes(), ["somebody@demo.example"])
    listed = browser.get("/demo/mail").get_data(as_text=True)
    assert listed.index("Case 2") < listed.index("Case 1")
    assert "<b>waits" not in listed
    shown = browser.get("/demo/mail/2").get_data(as_text=True)
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert 'href="https://example.org/staff"' in shown
    assert browser.get("/demo/mail/3").status_code == 404


def test_the_page_leaves_no_address_or_agent_anywhere(browser, session):
    browser.client.get("/demo", headers={"User-Agent": "Sonderling/1"})
    from sqlalchemy import text

    assert session.scalar(text("SELECT count(*) FROM staff_sessions")) == 0


class TestElsewhere:
    """In any other portal."""

    @pytest.fixture
    def settings(self, tmp_path):
        return load_settings({"PORTAL_DATA_DIR": str(tmp_path / "data")})

    @pytest.mark.parametrize("page", ["/demo", "/demo/mail", "/demo/mail/1"])
    def test_there_is_no_such_page(self, app, city, page):
        assert app.test_client().get(page).status_code == 404

    def test_nor_can_the_service_sign_anybody_in(self, app, city, session):
        from werkzeug.exceptions import NotFound

        from portal.accounts.queries import memberships_on
        from portal.web.signin import sign_in
        from tests.support.city import NOON

        chosen = memberships_on(session(), on=NOON.date())[0]
        with app.test_request_context("/demo"), pytest.raises(NotFound):
            sign_in(chosen.account, chosen)


def test_the_page_of_all_parts_is_for_the_demos_administrator(app, city, client_for):
    administrator = client_for(Actor(role=Role.ADMINISTRATOR))
    for asked in ("en", "zh_Hans_CN"):
        answer = administrator.get(f"/admin/parts?lang={asked}")
        assert answer.status_code == 200
        assert "portal-matrix" in answer.text
    assert client_for(Actor(role=Role.LEAD)).get("/admin/parts").status_code == 404
