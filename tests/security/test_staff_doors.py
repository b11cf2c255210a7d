"""Who gets in, who learns what at the door, and which page opens for whom."""

import re
from datetime import timedelta

import argon2.low_level
import pytest
from sqlalchemy import func, select

from portal.access.kinds import Role
from portal.accounts.kinds import FREE_FAILURES, LONGEST_WAIT
from portal.accounts.models import Account, FailedSignIn, StaffSession
from portal.accounts.services import give_role
from portal.foundation.transaction import unit_of_work
from portal.notices.models import Delivery
from tests.support.city import NOON
from tests.support.staff import Browser, each_request_alone, give_password

ADMINISTRATOR, AUDITOR = {Role.ADMINISTRATOR}, {Role.AUDITOR}
#: Written by hand, beside the code: to open or close a page is an edit here, too.
DOORS = {
    "/admin/people/": ADMINISTRATOR,
    "/admin/people/new": ADMINISTRATOR,
    "/admin/people/{lead}": ADMINISTRATOR,
    "/admin/people/{lead}/ties/new": ADMINISTRATOR,
    "/admin/people/groups/": ADMINISTRATOR,
    "/admin/people/groups/{group}/end": ADMINISTRATOR,
    "/admin/setup/": ADMINISTRATOR,
    "/admin/system": ADMINISTRATOR,
    "/admin/rules/routing": ADMINISTRATOR | AUDITOR,
    "/admin/rules/limits": ADMINISTRATOR | AUDITOR,
    "/admin/rules/calendar": ADMINISTRATOR | AUDITOR,
    "/admin/rules/categories": ADMINISTRATOR | AUDITOR,
}
PRESSES = (
    "/admin/people/new",
    "/admin/people/{lead}/edit",
    "/admin/people/{lead}/roles",
    "/admin/people/{lead}/active",
    "/admin/people/{lead}/reset",
    "/admin/people/{lead}/mail-link",
    "/admin/people/{lead}/ties/new",
    "/admin/people/groups/{group}/end",
)
INSIDERS = ("dispatcher", "member", "lead", "supervisor", "director", "auditor", "administrator")


@pytest.fixture
def browser(app):
    with each_request_alone(app):
        yield lambda **environ: Browser(app, **environ)


@pytest.fixture
def clock(monkeypatch):
    """The time that sign-in goes by; tests set `clock.now`."""

    class Clock:
        def __init__(self):
            from portal.foundation.clock import now

            self.now = now()

    clock = Clock()
    for module in ("portal.web.sessions", "portal.web.signin", "portal.web.passwords"):
        monkeypatch.setattr(f"{module}.now", lambda: clock.now)
    return clock


def where(page, city):
    return page.format(lead=city.lead.account_id, group=city.group("insp-fire"))


def test_each_page_of_administration_opens_for_its_roles_alone(client_for, city):
    for page, roles in DOORS.items():
        for name in INSIDERS:
            actor = getattr(city, name)
            answer = client_for(actor).get(where(page, city))
            expected = 200 if actor.role in roles else 404
            assert answer.status_code == expected, (page, name)


def test_each_press_of_administration_is_there_for_administrators_alone(client_for, city, session):
    for page in PRESSES:
        for name in INSIDERS[:-1]:
            answer = client_for(getattr(city, name)).post(where(page, city), data={"name": "x"})
            assert answer.status_code == 404, (page, name)
    session.expire_all()
    assert session.get(Account, city.lead.account_id).active


def test_every_page_of_staff_asks_a_stranger_to_sign_in(app, browser, city):
    stranger = browser()
    for rule in app.url_map.iter_rules():
        is_page = "GET" in rule.methods and not rule.arguments
        if is_page and re.match(r"/(staff|admin|oversight|profile|as)(/|$)", rule.rule):
            answer = stranger.get(rule.rule)
            assert answer.status_code in (302, 303), rule.rule
            assert answer.location.startswith("/login?next=/"), (rule.rule, answer.location)


def test_no_door_of_flask_security_is_open_that_we_did_not_choose(app):
    doors = {
        (rule.rule, tuple(sorted(rule.methods - {"HEAD", "OPTIONS"})))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("security.")
    }
    assert doors == {
        ("/login", ("GET", "POST")),
        ("/logout", ("POST",)),
        ("/reset", ("GET", "POST")),
        ("/reset/<token>", ("GET", "POST")),
        ("/profile/password", ("GET", "POST")),
    }


def words_of(answer):
    """The page without its one-time token."""
    return re.sub(r'name="csrf_token"[^>]*>', "", answer.text)


def test_a_wrong_password_an_unknown_address_and_a_disabled_account_read_alike(
    browser, session, city
):
    known = give_password(session, city.lead)
    give_password(session, city.member)
    with unit_of_work(session()) as work:
        work.get(Account, city.member.account_id).active = False
    answers = [
        browser().sign_in(known, "wrong words altogether"),
        browser().sign_in("nobody@example.org", "wrong words altogether"),
        browser().sign_in("member@example.org"),
        browser().sign_in("director@example.org", "has no password yet"),
    ]
    assert {answer.status_code for answer in answers} == {422}
    pages = {re.sub(r'value="[^"]*@example.org"', "", words_of(answer)) for answer in answers}
    assert len(pages) == 1


def test_asking_for_a_link_reads_alike_for_known_and_unknown(browser, session, city):
    give_password(session, city.lead)
    answers = []
    for email in ("lead@example.org", "nobody@example.org", "director@example.org"):
        own = browser()
        own.get("/reset")
        answers.append(own.post("/reset", {"email": email}))
    assert {answer.status_code for answer in answers} == {200}
    pages = {re.sub(r'value="[^"]*@example.org"', "", words_of(answer)) for answer in answers}
    assert len(pages) == 1
    assert session.scalar(select(func.count()).select_from(Delivery)) == 2


@pytest.mark.parametrize("door", ["/login", "/reset"])
def test_known_and_unknown_cost_the_same_hashing(browser, session, city, monkeypatch, door):
    """Hashing is nearly all of the time that either takes: a clock would tell them apart by it."""
    email = give_password(session, city.lead)
    counted = []
    for name in ("hash_secret", "verify_secret"):
        real = getattr(argon2.low_level, name)
        monkeypatch.setattr(
            argon2.low_level, name, lambda *a, real=real, **k: counted.append(1) or real(*a, **k)
        )

    def hashings(address):
        own = browser()
        own.get(door)
        counted.clear()
        own.post(door, {"email": address, "password": "wrong words altogether"})
        return len(counted)

    assert hashings(email) == hashings("nobody@example.org") == 1


def test_each_failure_makes_the_next_try_wait_longer_and_never_shuts_out(
    browser, session, city, clock
):
    email = give_password(session, city.lead)
    stranger = browser()
    for _try in range(FREE_FAILURES):
        assert stranger.sign_in(email, "wrong words altogether").status_code == 422
    waits = []
    for _try in range(7):
        refused = stranger.sign_in(email)
        assert refused.status_code == 429, "even the right password is not looked at"
        waits.append(int(re.search(r"(\d+) (?:second|秒)", refused.text)[1]))
        clock.now += timedelta(seconds=waits[-1])
        assert stranger.sign_in(email, "wrong words altogether").status_code == 422
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == LONGEST_WAIT.total_seconds()
    clock.now += LONGEST_WAIT
    assert stranger.sign_in(email).status_code == 302
    assert stranger.get("/profile/").status_code == 200


def test_an_unknown_address_waits_just_as_long(browser, city, clock):
    stranger = browser()
    for _try in range(FREE_FAILURES):
        assert stranger.sign_in("nobody@example.org", "x" * 12).status_code == 422
    assert stranger.sign_in("nobody@example.org", "x" * 12).status_code == 429


def test_an_owner_gets_through_from_a_known_browser_while_others_guess(
    browser, session, city, clock
):
    email = give_password(session, city.lead)
    own, stranger = browser(), browser()
    assert own.sign_in(email).status_code == 302
    own.post("/logout")
    for _try in range(FREE_FAILURES + 1):
        stranger.sign_in(email, "wrong words altogether")
    assert stranger.sign_in(email).status_code == 429
    assert own.sign_in(email).status_code == 302


def test_the_known_browser_of_one_account_is_a_stranger_to_another(browser, session, city, clock):
    own_email, other = give_password(session, city.lead), give_password(session, city.member)
    own = browser()
    own.sign_in(own_email)
    own.post("/logout")
    for _try in range(FREE_FAILURES):
        own.sign_in(other, "wrong words altogether")
    assert browser().sign_in(other).status_code == 429, "counted for the address, not the browser"


def test_the_counter_survives_the_refusal_and_holds_no_address(browser, session, city):
    browser().sign_in("lead@example.org", "wrong words altogether")
    rows = session.scalars(select(FailedSignIn)).all()
    assert {row.count for row in rows} == {1}
    assert len(rows) == 2
    assert not any(b"lead" in row.subject for row in rows)


def test_a_form_without_its_token_changes_nothing(browser, session, city):
    email = give_password(session, city.administrator)
    own = browser()
    own.sign_in(email)
    lead = city.lead.account_id
    for page in PRESSES:
        own.client.post(where(page, city), data={"name": "x", "email": "x@example.org"})
    session.expire_all()
    account = session.get(Account, lead)
    assert account.active
    assert account.person.name == "lead"
    stranger = browser()
    stranger.get("/login")
    refused = stranger.client.post("/login", data={"email": email, "password": "x" * 12})
    assert refused.status_code == 422


def test_extra_fields_change_nothing(browser, session, city):
    own = browser()
    own.sign_in(give_password(session, city.administrator))
    lead = city.lead.account_id
    own.get(f"/admin/people/{lead}")
    data = {"name": "lead", "post": "", "email": "lead@example.org"}
    extra = {"id": "1", "active": "", "password": "x", "fs_uniquifier": "x", "person_id": "1"}
    assert own.post(f"/admin/people/{lead}/edit", data | extra).status_code == 303
    session.expire_all()
    account = session.get(Account, lead)
    assert (account.active, account.password) == (True, None)
    assert account.fs_uniquifier != "x"


def test_no_token_in_the_address_or_a_header_signs_anybody_in(app, browser, session, city):
    give_password(session, city.administrator)
    stranger = browser()
    generation = session.get(Account, city.administrator.account_id).fs_uniquifier
    for more in (
        {"query_string": {"auth_token": generation}},
        {"headers": {"Authentication-Token": generation}},
        {"headers": {"Authorization": "Basic YTpi"}},
    ):
        assert stranger.client.get("/admin/people/", **more).status_code == 303


def test_a_forged_session_cookie_signs_nobody_in(app, browser, session, city):
    give_password(session, city.administrator)
    generation = session.get(Account, city.administrator.account_id).fs_uniquifier
    from portal.web.sessions import signer

    for cookie in ("id.", "id.x", "form.x", f"form.{signer(app).dumps({'_user_id': generation})}"):
        stranger = browser()
        stranger.client.set_cookie("staff", cookie)
        assert stranger.get("/admin/people/").status_code == 303
        assert stranger.get("/login").status_code == 200
    assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


def test_an_anonymous_id_does_not_outlive_the_sign_in(browser, session, city):
    own = browser()
    own.get("/login")
    before = own.client.get_cookie("staff").value
    own.sign_in(give_password(session, city.lead))
    assert own.client.get_cookie("staff").value != before


def test_over_tls_the_cookie_is_bound_to_the_host(app, browser, session, city):
    email = give_password(session, city.lead)
    with each_request_alone(app):
        client = app.test_client()
        page = client.get("/login", base_url="https://localhost")
        cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-staff=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert email


def test_a_role_that_was_given_opens_its_pages_at_the_next_request(browser, session, city):
    own = browser()
    own.sign_in(give_password(session, city.lead))
    assert own.get("/admin/people/").status_code == 404
    with unit_of_work(session()) as work:
        account = work.get(Account, city.lead.account_id)
        held = give_role(
            work,
            city.administrator,
            account,
            Role.ADMINISTRATOR,
            starts_on=NOON.date(),
            now=NOON,
        )
        role = held.id
    own.get("/profile/")
    assert own.post(f"/as/{role}").location == "/admin/people/"
    assert own.get("/admin/people/").status_code == 200


def test_monitoring_gets_503_in_words_while_no_worker_lives(app, browser, city):
    answer = browser().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"][-1]["words"].startswith("No job worker")
    assert browser().get("/healthz").text == "ok"
