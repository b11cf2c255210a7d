"""The pages of administration, walked as an administrator walks them."""

import html
import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from config import load_settings
from portal.access.kinds import Role
from portal.accounts import queries
from portal.accounts.models import Account, Group, Membership, Person
from portal.accounts.services import give_role
from portal.foundation.clock import now
from portal.foundation.errors import NotAllowed
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.integrations.last_backup import note_backup
from portal.notices.kinds import DeliveryState
from portal.notices.models import Delivery
from portal.sealing.envelope import Custodian
from portal.sealing.services import register
from portal.units.models import Tie
from portal.units.services import end_tie
from tests.support.city import NOON
from tests.support.refusals import refusal
from tests.support.shared import shared_data
from tests.support.staff import Browser, each_request_alone, give_password

PAGES = (
    "/admin/people/",
    "/admin/people/new",
    "/admin/people/{lead}",
    "/admin/people/{lead}/ties/new?q=包装",
    "/admin/people/roles/{role}/end",
    "/admin/people/groups/",
    "/admin/people/groups/{group}",
    "/staff/groups",
    "/staff/groups/{group}",
    "/admin/people/groups/{group}/end",
    "/admin/rules/routing",
    "/admin/rules/routing?try=1&category=fire.exit_blocked&jurisdiction=320412&kind=&channel=",
    "/admin/rules/limits",
    "/admin/rules/limits?start=2026-09-29T16:30&value=15&unit=working+day",
    "/admin/rules/calendar",
    "/admin/rules/categories",
    "/admin/rules/checklists",
    "/admin/rules/checklists/FIRE-DORM",
    "/admin/rules/checklists/new",
    "/admin/rules/checklists/import",
    "/admin/setup/",
    "/admin/system",
    "/profile/",
    "/profile/password",
    "/profile/ties/new?q=包装",
)
HOSTILE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE people; --",
    "{{ 7 * 7 }}",
    "a\x00b",
    "\u202eevil\u202c",
    "𠀀𠮷",
    "e\u0301" * 20,
    "%(name)s %s {0}",
    "=cmd|' /C calc'!A0",
    "\ud800",
    "x" * 5001,
    "\r\nBcc: a@example.org",
)


@pytest.fixture
def browser(app):
    with each_request_alone(app):
        yield lambda **environ: Browser(app, **environ)


@pytest.fixture
def admin(browser, session, city):
    own = browser()
    own.sign_in(give_password(session, city.administrator))
    return own


def address(page, session, city):
    role = session.scalar(
        select(Membership.id).where(Membership.account_id == city.lead.account_id)
    )
    return page.format(lead=city.lead.account_id, role=role, group=city.group("insp-fire"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_whole_in_both_languages(admin, session, city, language):
    city.unit()
    for page in PAGES:
        where = address(page, session, city)
        answer = admin.get(where + ("&" if "?" in where else "?") + f"lang={language}")
        assert answer.status_code == 200, page
        assert answer.text.count("<h1") == 1, page
        assert "%(" not in answer.text, page
        ids = re.findall(r'\bid="([^"]+)"', answer.text)
        assert len(ids) == len(set(ids)), (page, sorted(one for one in ids if ids.count(one) > 1))
        assert not re.search(r"\bstyle=|\bon\w+=|javascript:", answer.text), page


def test_somebody_new_gets_a_link_and_a_role(admin, browser, session, city):
    admin.get("/admin/people/new")
    group = city.group("insp-fire")
    answer = admin.post(
        "/admin/people/new",
        {
            "name": "沈一鸣",
            "post": "科员",
            "email": "Shen@Example.org",
            "language": "zh_Hans_CN",
            "role": f"member:{group}",
        },
    )
    assert answer.status_code == 303, answer.text
    page = admin.get(answer.location)
    link = html.unescape(re.search(r'value="(http[^"]+/reset/[^"]+)"', page.text)[1])
    own = browser()
    where = "/reset/" + link.split("/reset/")[1]
    own.get(where)
    words = {"password": "quite new words here 5", "password_confirm": "quite new words here 5"}
    assert own.post(where, words).status_code == 302
    assert own.sign_in("shen@example.org", words["password"]).status_code == 302
    assert "portal-link" not in admin.get(answer.location).text, "used up"


def test_the_mail_with_the_link_holds_neither_link_nor_token(admin, session, city):
    account = session.get(Account, city.lead.account_id)
    admin.get(f"/admin/people/{account.id}")
    assert admin.post(f"/admin/people/{account.id}/mail-link").status_code == 303
    delivery = session.scalar(select(Delivery))
    assert delivery.account_id == account.id
    job = session.execute(text("SELECT args::text FROM procrastinate_jobs")).scalar_one()
    assert str(delivery.id) in job
    assert account.fs_uniquifier not in job
    assert "reset" not in job


def test_a_mail_that_was_given_up_is_shown_counted_and_sent_again(admin, session, city):
    with unit_of_work(session()) as work:
        failed = Delivery(
            id=uuid4(),
            kind="case",
            account_id=city.lead.account_id,
            state=DeliveryState.FAILED,
            attempts=8,
            created_at=NOON,
            error="550",
        )
        work.add(failed)
    page = admin.get("/admin/system?lang=en").text
    assert "550" in page
    assert re.search(r'href="/admin/system\?lang=en"[^>]*>System <span[^>]*bad[^>]*>1<', page)
    assert admin.post(f"/admin/system/mails/{failed.id}/again").status_code == 303
    session.expire_all()
    assert session.get(Delivery, failed.id).state is DeliveryState.WAITING
    assert admin.post(f"/admin/system/mails/{uuid4()}/again").status_code == 404


def test_an_edit_leaves_codes_and_no_names_in_history(admin, session, city):
    lead = city.lead.account_id
    admin.get(f"/admin/people/{lead}")
    data = {"name": "改过的名字", "post": "组长", "email": "lead@example.org"}
    assert admin.post(f"/admin/people/{lead}/edit", data).status_code == 303
    event = session.scalars(select(Event).order_by(Event.seq.desc())).first()
    assert event.payload == {
        "act": "account_edited",
        "account": str(lead),
        "fields": ["name", "post"],
    }
    assert event.role is Role.ADMINISTRATOR
    assert "改过的名字" not in str(event.payload)


@pytest.mark.parametrize("taken", ["LEAD@example.org", "not an address", ""])
def test_a_wrong_address_is_said_at_its_field_and_nothing_is_lost(admin, session, city, taken):
    admin.get("/admin/people/new")
    data = {"name": "沈一鸣", "post": "", "email": taken, "language": "en", "role": "auditor"}
    answer = admin.post("/admin/people/new", data)
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert "沈一鸣" in answer.text
    assert session.scalar(select(Person.id).where(Person.name == "沈一鸣")) is None


def test_nobody_disables_themselves(admin, session, city):
    own = city.administrator.account_id
    admin.get(f"/admin/people/{own}")
    answer = admin.post(f"/admin/people/{own}/active")
    assert answer.status_code == 422
    assert session.get(Account, own).active
    lead = city.lead.account_id
    assert admin.post(f"/admin/people/{lead}/active").status_code == 303
    session.expire_all()
    assert not session.get(Account, lead).active


def test_a_role_is_given_once_and_ended_with_a_warning(admin, session, city):
    lead = city.lead.account_id
    role = {"role": f"member:{city.group('insp-industry')}", "starts_on": "2026-01-01"}
    admin.get(f"/admin/people/{lead}")
    assert admin.post(f"/admin/people/{lead}/roles", role).status_code == 303
    again = admin.post(f"/admin/people/{lead}/roles", role)
    assert again.status_code == 422
    assert 'href="#role"' in again.text
    city.in_hand()
    session.expire_all()
    others = session.scalars(
        select(Membership).where(
            Membership.group_id == city.group("insp-fire"), Membership.account_id != lead
        )
    ).all()
    for held in others:
        admin.get(f"/admin/people/roles/{held.id}/end")
        assert (
            admin.post(f"/admin/people/roles/{held.id}/end", {"ends_on": "2026-02-01"}).status_code
            == 303
        )
    own = session.scalar(
        select(Membership).where(
            Membership.account_id == lead, Membership.group_id == city.group("insp-fire")
        )
    )
    page = admin.get(f"/admin/people/roles/{own.id}/end?lang=en")
    assert "Nobody is left in this group" in page.text
    assert "1 open case lies with this group" in page.text
    early = admin.post(f"/admin/people/roles/{own.id}/end", {"ends_on": "2025-01-01"})
    assert early.status_code == 422
    assert 'href="#ends_on"' in early.text


def test_a_group_that_ends_is_announced_and_then_gone(admin, session, city):
    group = city.group("insp-fire")
    page = admin.get(f"/admin/people/groups/{group}/end?lang=en")
    assert "Routing rules name it" in page.text
    day = now().date().isoformat()
    assert admin.post(f"/admin/people/groups/{group}/end", {"ends_on": day}).status_code == 303
    session.expire_all()
    assert session.get(Group, group).ended_on
    assert group not in queries.live_groups(session, on=now().date())
    again = admin.post(f"/admin/people/groups/{group}/end", {"ends_on": day})
    assert again.status_code == 422


def test_a_tie_declared_by_its_person_is_ended_by_an_administrator_only(
    admin, browser, session, city
):
    unit = city.unit()
    lead = browser()
    lead.sign_in(give_password(session, city.lead))
    lead.get("/profile/ties/new?q=包装")
    tie = {"unit_id": str(unit), "kind": "family"}
    assert lead.post("/profile/ties/new?q=包装", tie).status_code == 303
    assert lead.post("/profile/ties/new?q=包装", tie).status_code == 422, "declared already"
    tie_id = session.scalar(select(Tie.id))
    end = f"/admin/people/{city.lead.account_id}/ties/{tie_id}/end"
    assert lead.post(end).status_code == 404
    with pytest.raises(NotAllowed):
        end_tie(session(), city.lead, tie_id, now=NOON)
    admin.get(f"/admin/people/{city.lead.account_id}")
    assert admin.post(end).status_code == 303
    session.expire_all()
    assert session.get(Tie, tie_id).ended_at is not None
    assert lead.post("/profile/ties/new?q=包装", tie).status_code == 303, "and declared anew"


@pytest.mark.parametrize("foreign", ["x", "", "00000000-0000-4000-8000-000000000000"])
def test_a_tie_to_no_unit_is_refused_in_words(admin, city, foreign):
    admin.get("/profile/ties/new")
    answer = admin.post("/profile/ties/new", {"unit_id": foreign, "kind": "family"})
    assert answer.status_code in (404, 422)


def test_the_page_before_going_live_turns_green_item_by_item(
    app, admin, session, city, superuser, tmp_path
):
    def missing():
        page = admin.get("/admin/setup/?lang=en").text
        parts = re.split(r'id="item-', page)[1:]
        return {part.split('"')[0] for part in parts if "Missing" in part}

    assert missing() == {"groups", "routing", "keys", "mail", "secret", "backup", "jobs"}
    with unit_of_work(session()) as work:
        people = list(work.scalars(select(Account).order_by(Account.email)).all())
        for group in work.scalars(select(Group)).all():
            role = Role.DISPATCHER if group.kind == "desk" else Role.MEMBER
            held = set(
                work.scalars(select(Membership.account_id).where(Membership.group_id == group.id))
            )
            for account in [one for one in people if one.id not in held][: 2 - len(held)]:
                give_role(
                    work, city.administrator, account, role,
                    group=group, starts_on=NOON.date(), now=NOON,
                )  # fmt: skip
    assert missing() == {"keys", "mail", "secret", "backup", "jobs"}
    with unit_of_work(session()) as work:
        for number in range(2):
            key = Custodian(people[number].id, bytes([number]) * 32)
            register(work, key, label=str(number), now=NOON)
            if number == 0:
                work.flush()
    assert missing() == {"mail", "secret", "backup", "jobs"}
    data = str(app.config["PORTAL_SETTINGS"].data_dir)
    given = {"PORTAL_DATA_DIR": data, "MAIL_SERVER": "mail.example.org", "SECRET_KEY": "s" * 40}
    app.config["PORTAL_SETTINGS"] = load_settings(given)
    assert missing() == {"backup", "jobs"}
    note_backup(tmp_path / "data", target=tmp_path, at=now() - timedelta(days=8))
    assert "backup" in missing()
    note_backup(tmp_path / "data", target=tmp_path, at=now() - timedelta(days=6))
    assert missing() == {"jobs"}
    with superuser.begin() as connection:
        connection.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
    assert missing() == set()
    assert "can go live" in admin.get("/admin/setup/?lang=en").text


def test_a_made_up_report_shows_its_way_and_a_wrong_code_does_no_harm(admin, city):
    page = admin.get("/admin/rules/routing?try=1&category=fire.exit_blocked&lang=en")
    assert "It goes to" in page.text
    for wrong in ("category=%00", "category=fire.dragons", "kind=<b>", "jurisdiction=1&category=x"):
        answer = admin.get(f"/admin/rules/routing?try=1&{wrong}")
        assert answer.status_code == 200
        assert "<b>" not in re.sub(r"<b>.*?</b>", "", answer.text)


@pytest.mark.parametrize(
    "asked",
    [
        "start=x&value=1&unit=day",
        "start=2026-01-01T10:00&value=-1&unit=day",
        "start=2026-01-01T10:00&value=99999999999999999999&unit=day",
        "start=2026-01-01T10:00&value=1&unit=fortnight",
        "start=9999-12-30T10:00&value=9999&unit=month",
        "start=&value=&unit=",
    ],
)
def test_a_due_date_that_cannot_be_worked_out_is_said_in_words(admin, city, asked):
    answer = admin.get(f"/admin/rules/limits?{asked}")
    assert answer.status_code == 200
    assert "govuk-error-message" in answer.text
    assert 'id="due"' not in answer.text


def test_a_due_date_is_that_of_the_command(admin, city):
    answer = admin.get(
        "/admin/rules/limits?start=2026-09-29T16:30&value=15&unit=working+day&lang=en"
    )
    assert "Due at the end of" in answer.text


def test_hostile_words_are_kept_as_they_are_or_refused_in_words(admin, session, city):
    admin.get("/admin/people/new")
    for number, words in enumerate(HOSTILE):
        email = f"h{number}@example.org"
        data = {"name": words, "post": words, "language": "en", "role": "auditor"}
        data = {key: value.encode("utf-8", "surrogatepass") for key, value in data.items()}
        answer = admin.post("/admin/people/new", {**data, "email": email})
        assert answer.status_code in (303, 422), words
        if answer.status_code == 422:
            assert "govuk-error-summary" in answer.text, words
            continue
        name = session.scalar(select(Person.name).join(Account).where(Account.email == email))
        page = admin.get(answer.location)
        assert page.status_code == 200, words
        assert name in html.unescape(page.text), words
        assert "<script>alert" not in page.text, words
    assert admin.get("/admin/people/").status_code == 200


@pytest.mark.parametrize("field", ["email", "password", "next"])
def test_hostile_words_at_sign_in_are_refused_calmly(browser, city, field):
    own = browser()
    own.get("/login")
    for number, words in enumerate(HOSTILE):
        data = {"email": f"n{number}@example.org", "password": "wrong words", "next": ""}
        data = {**data, field: words.encode("utf-8", "surrogatepass")}
        assert own.post("/login", data).status_code == 422, words


def test_the_shared_hostile_strings_go_through_the_form(admin, session, city):
    folder = shared_data()
    if folder is None:
        pytest.skip("needs the shared data folder")
    strings = json.loads((folder / "hostile-strings/big_list_of_naughty_strings.json").read_text())
    lead = city.lead.account_id
    admin.get(f"/admin/people/{lead}")
    for words in strings[::8]:
        data = {"name": words, "post": words, "email": "lead@example.org"}
        data = {key: value.encode("utf-8", "surrogatepass") for key, value in data.items()}
        assert admin.post(f"/admin/people/{lead}/edit", data).status_code in (303, 422)
        assert admin.get(f"/admin/people/{lead}").status_code == 200


def test_who_pays_has_no_other_role_by_any_account(city, session):
    """Else one person would have both the amounts and the cases: refused in either order."""

    def give(who, role, **more):
        with unit_of_work(session()) as own:
            account = own.get_one(Account, city.actors[who].account_id)
            group = city.group("insp-fire") if role is Role.MEMBER else None
            group = own.get_one(Group, group) if group else None
            days = {"starts_on": NOON.date(), **more}
            return give_role(own, city.administrator, account, role, group=group, **days, now=NOON)

    for who, role in (
        ("lead", Role.TREASURER), ("director", Role.TREASURER), ("treasurer", Role.MEMBER),
        ("treasurer", Role.ADMINISTRATOR),
    ):  # fmt: skip
        assert refusal(give, who, role) == ("treasurer_alone", "role"), (who, role)
    # Another account of the same person is the same person.
    with unit_of_work(session()) as own:
        treasurer = own.get_one(Account, city.treasurer.account_id)
        own.get_one(Account, city.other_member.account_id).person_id = treasurer.person_id
    assert refusal(give, "other_member", Role.DIRECTOR) == ("treasurer_alone", "role")
    # One after the other is no both; what was decided before stays out of reach all the same.
    before = {"starts_on": NOON.date() - timedelta(days=9), "ends_on": NOON.date()}
    with unit_of_work(session()) as own:
        own.execute(text("UPDATE memberships SET starts_on = :day WHERE role = 'treasurer'"),
                    {"day": NOON.date()})  # fmt: skip
    give("treasurer", Role.DIRECTOR, **before)
