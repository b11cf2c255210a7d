"""Signing in, by the pages themselves."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask_security import hash_password
from sqlalchemy import select

from config import flask_config, load_keyring
from portal.access.kinds import SYSTEM, Role
from portal.accounts import queries
from portal.accounts.models import Account, Membership, StaffSession
from portal.accounts.services import end_role, give_role, reset_account, set_active
from portal.factory import create_app
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.web import sessions
from portal.web.signin import account_link
from tests.support.city import NOON
from tests.support.markup import Page
from tests.support.staff import PASSWORD, Browser, each_request_alone, give_password


@pytest.fixture
def browser(app):
    with each_request_alone(app):
        yield lambda **environ: Browser(app, **environ)


@pytest.fixture
def clock(monkeypatch):
    """The time that sessions go by; tests set `clock.now`."""

    class Clock:
        def __init__(self):
            from portal.foundation.clock import now

            self.now = now()

    clock = Clock()
    for module in ("portal.web.sessions", "portal.web.signin", "portal.web.passwords"):
        monkeypatch.setattr(f"{module}.now", lambda: clock.now)
    return clock


def signed_in(browser, session, actor, **environ):
    email = give_password(session, actor)
    own = browser(**environ)
    answer = own.sign_in(email)
    assert answer.status_code == 302, answer.text
    return own


def test_a_portal_hashes_more_dearly_than_these_tests(database, settings):
    """As dearly as OWASP's password storage cheat sheet asks of argon2id."""
    urls = (database.app_url, database.owner_url)
    keyring = load_keyring(settings, may_create=True)
    options = {"SQLALCHEMY_ENGINE_OPTIONS": {}}
    with create_app({**flask_config(settings, urls, keyring), **options}).app_context():
        _, kind, _, cost, *_ = hash_password(PASSWORD).split("$")
    costs = {name: int(value) for name, _, value in (one.partition("=") for one in cost.split(","))}
    assert kind == "argon2id"
    assert costs["m"] >= 19 * 1024  # KiB
    assert costs["t"] >= 2


def test_who_signs_in_lands_on_a_page_that_knows_them(browser, session, city):
    own = signed_in(browser, session, city.dispatcher)
    page = own.get("/profile/")
    assert page.status_code == 200
    assert "dispatcher@example.org" in page.text
    assert "值班" in page.text or "duty" in page.text.lower()


def test_a_page_behind_the_door_sends_to_sign_in_and_back(browser, session, city):
    email = give_password(session, city.administrator)
    own = browser()
    refused = own.get("/profile/ties/new?q=a b")
    assert refused.status_code == 303
    assert own.get(refused.location).status_code == 200
    answer = own.sign_in(email, next="/profile/ties/new?q=a+b")
    assert answer.location == "/profile/ties/new?q=a+b"


def test_the_language_chosen_at_the_door_holds_behind_it(browser, session, city):
    """What was wanted before is kept with the language of then: the later choice holds."""
    email = give_password(session, city.administrator)
    own = browser()
    own.get("/login?lang=en")
    given = {"email": email, "password": PASSWORD, "next": "/profile/ties/new?lang=zh&q=a+b"}
    answer = own.post("/login?lang=en", given)
    assert answer.location == "/profile/ties/new?q=a+b&lang=en"
    left = own.post("/logout?lang=en")
    assert "lang=en" in left.location


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://localhost/profile/?lang=en", "/profile/?lang=en"),
        ("http://evil.example/profile/", ""),
        ("http://[", ""),
    ],
)
def test_whose_session_ended_at_a_form_comes_back_to_its_page(browser, city, came_from, back):
    refused = browser().post("/profile/?lang=en", headers={"Referer": came_from})
    assert refused.status_code == 401
    links = [urlsplit(link) for link in Page(refused.text).links]
    door = next(link for link in links if link.path == "/login")
    assert parse_qs(door.query, keep_blank_values=True)["next"] == [back]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "///evil.example",
        "javascript:1",
    ],
)
def test_sign_in_leads_to_no_other_site(browser, session, city, elsewhere):
    email = give_password(session, city.administrator)
    answer = browser().sign_in(email, next=elsewhere)
    where = urlsplit(answer.headers.get("Location", "/"))
    assert (where.scheme, where.netloc) == ("", "")
    assert not where.path.startswith("//")


def test_public_pages_set_no_cookie_and_look_at_no_session(browser, session, city, monkeypatch):
    own = signed_in(browser, session, city.dispatcher)
    looked = []
    monkeypatch.setattr(queries, "staff_session", lambda *rest, **more: looked.append(rest))
    answer = own.get("/healthz")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert not looked


def test_the_database_holds_no_session_id_and_no_hash_of_the_browser(browser, session, city):
    own = signed_in(
        browser, session, city.dispatcher, HTTP_USER_AGENT="Spider 1", REMOTE_ADDR="10.9.8.7"
    )
    row = session.scalar(select(StaffSession))
    cookie = own.client.get_cookie("staff").value
    assert cookie.removeprefix("id.") not in str(row.data)
    assert row.id_hash == sessions.hashed(cookie.removeprefix("id."))
    assert row.data.get("_id") is None
    assert row.created_at.second == 0


def test_an_old_cookie_is_dead_after_signing_out(browser, session, city):
    own = signed_in(browser, session, city.dispatcher)
    old = own.client.get_cookie("staff").value
    answer = own.post("/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies"'
    thief = browser()
    thief.client.set_cookie("staff", old)
    assert thief.get("/profile/").status_code == 303


def test_an_old_cookie_is_dead_after_a_change_of_password_elsewhere(browser, session, city):
    own = signed_in(browser, session, city.dispatcher)
    other = browser()
    other.sign_in("dispatcher@example.org")
    assert other.get("/profile/").status_code == 200
    old = own.client.get_cookie("staff").value
    own.get("/profile/password")
    new = "quite another set of words 7"
    answer = own.post(
        "/profile/password",
        {"password": PASSWORD, "new_password": new, "new_password_confirm": new},
    )
    assert answer.status_code == 302, answer.text
    assert own.get("/profile/").status_code == 200, "who changed it stays signed in"
    assert own.client.get_cookie("staff").value != old
    assert other.get("/profile/").status_code == 303
    thief = browser()
    thief.client.set_cookie("staff", old)
    assert thief.get("/profile/").status_code == 303


def test_a_disabled_account_is_out_at_once_and_stays_out(browser, session, city):
    own = signed_in(browser, session, city.dispatcher)
    with unit_of_work(session()) as work:
        account = work.get(Account, city.dispatcher.account_id)
        set_active(work, city.administrator, account, active=False, now=NOON)
    assert own.get("/profile/").status_code == 303
    refused = browser().sign_in("dispatcher@example.org")
    assert refused.status_code == 422


def test_a_role_that_ended_today_is_no_role(browser, session, city):
    own = signed_in(browser, session, city.dispatcher)
    with unit_of_work(session()) as work:
        held = work.scalar(
            select(Membership).where(Membership.account_id == city.dispatcher.account_id)
        )
        end_role(work, city.administrator, held.id, ends_on=NOON.date(), now=NOON)
    answer = own.get("/profile/")
    assert answer.status_code == 403


def test_half_an_hour_without_a_page_ends_the_session(browser, session, city, clock):
    own = signed_in(browser, session, city.dispatcher)
    clock.now += timedelta(minutes=28)
    assert own.get("/profile/").status_code == 200
    clock.now += timedelta(minutes=28)
    assert own.get("/profile/").status_code == 200, "each page begins the time anew"
    clock.now += timedelta(minutes=31)
    assert own.get("/profile/").status_code == 303


def test_a_poll_by_script_does_not_keep_a_session_alive(browser, session, city, clock):
    own = signed_in(browser, session, city.dispatcher)
    for _ in range(4):
        clock.now += timedelta(minutes=10)
        own.get("/profile/", headers={"Sec-Fetch-Dest": "empty"})
    assert own.get("/profile/").status_code == 303


def test_a_session_ends_after_a_working_day_whatever_is_done(browser, session, city, clock):
    own = signed_in(browser, session, city.dispatcher)
    for _ in range(12 * 3 - 1):
        clock.now += timedelta(minutes=20)
        assert own.get("/profile/").status_code == 200
    clock.now += timedelta(minutes=20)
    assert own.get("/profile/").status_code == 303


def test_an_administrator_is_signed_out_sooner(browser, session, city, clock):
    own = signed_in(browser, session, city.administrator)
    assert own.get("/profile/").status_code == 200
    clock.now += timedelta(minutes=2)
    assert own.get("/profile/").status_code == 200
    clock.now += timedelta(minutes=16)
    assert own.get("/profile/").status_code == 303


def test_staying_signed_in_is_one_press(browser, session, city, clock):
    own = signed_in(browser, session, city.dispatcher)
    clock.now += timedelta(minutes=25)
    assert "portal-session" in own.get("/profile/").text
    answer = own.post("/as/stay", headers={"Accept": "application/json"})
    assert 28 * 60 < answer.json["seconds"] <= 30 * 60
    assert own.client.post("/as/stay").status_code == 400


def test_words_sent_after_the_session_ended_are_shown_again(browser, session, city):
    own = signed_in(browser, session, city.dispatcher)
    own.post("/logout")
    answer = own.post("/profile/", {"language": "我写了很久的一段话 <b>", "shortcuts": "y"})
    assert answer.status_code == 401
    assert "我写了很久的一段话 &lt;b&gt;" in answer.text


def test_the_role_acted_in_is_the_one_in_the_event(browser, session, city):
    with unit_of_work(session()) as work:
        account = work.get(Account, city.administrator.account_id)
        held = give_role(work, SYSTEM, account, Role.AUDITOR, starts_on=NOON.date(), now=NOON)
        auditor = held.id
    own = signed_in(browser, session, city.administrator)
    own.get("/profile/")
    assert own.post(f"/as/{auditor}").status_code == 303
    own.get("/profile/password")
    new = "quite another set of words 7"
    own.post(
        "/profile/password",
        {"password": PASSWORD, "new_password": new, "new_password_confirm": new},
    )
    event = session.scalars(select(Event).order_by(Event.seq.desc())).first()
    assert event.payload["act"] == "password_set"
    assert event.role is Role.AUDITOR
    assert event.account_id == city.administrator.account_id


def test_nobody_acts_in_a_role_of_somebody_else(browser, session, city):
    foreign = session.scalar(
        select(Membership.id).where(Membership.account_id == city.director.account_id)
    )
    own = signed_in(browser, session, city.dispatcher)
    own.get("/profile/")
    assert own.post(f"/as/{foreign}").status_code == 404


def test_a_link_sets_a_password_once(app, browser, session, city):
    with unit_of_work(session()) as work:
        account = reset_account(
            work, city.administrator, work.get(Account, city.lead.account_id), now=NOON
        )
        link = account_link(account)
    assert link.startswith(app.config["PORTAL_SETTINGS"].public_url + "/reset/")
    address = "/reset/" + link.split("/reset/")[1]
    own = browser()
    assert own.get(address).status_code == 200
    assert own.get(address).status_code == 200, "looking does not use it up"
    words = {"password": PASSWORD, "password_confirm": PASSWORD}
    assert own.post(address, words).status_code == 302
    assert own.get(address).status_code == 302, "used"
    assert own.post(address, words).location.endswith("/reset")
    assert own.sign_in("lead@example.org").status_code == 302


@pytest.mark.parametrize(
    "weak",
    ["short", "123456789012", "passwordpassword", "leadleadlead", "hazardportal1", "x" * 129],
)
def test_a_password_that_is_easy_to_guess_is_refused_in_words(browser, session, city, weak):
    with unit_of_work(session()) as work:
        account = reset_account(
            work, city.administrator, work.get(Account, city.lead.account_id), now=NOON
        )
        address = "/reset/" + account_link(account).split("/reset/")[1]
    own = browser()
    own.get(address)
    answer = own.post(address, {"password": weak, "password_confirm": weak})
    assert answer.status_code == 422
    assert "govuk-error-message" in answer.text
    assert session.get(Account, account.id).password is None
