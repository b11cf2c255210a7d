"""An administrator at a browser: signs in without script, and finds every page in order."""

import pytest

from portal.accounts.queries import account
from portal.accounts.services import set_preferences
from portal.foundation.transaction import unit_of_work
from tests.support.staff import PASSWORD, give_password


@pytest.fixture
def admin(walker, session, city):
    """Somebody signed in as the administrator; `admin(script=False, language="en")`."""
    email = give_password(session, city.administrator)

    def make(**options):
        language = options.get("language", "zh")
        with unit_of_work(session()) as work:
            own = account(work, city.administrator.account_id)
            set_preferences(
                work, own, language="en" if language == "en" else "zh_Hans_CN", shortcuts=True
            )
        person = walker(**options)
        person.go("/admin/people/")
        person.fill("email", email).fill("password", PASSWORD)
        person.press("登录" if language == "zh" else "Sign in")
        return person

    return make


def test_without_script_somebody_is_added_gets_a_role_and_is_disabled(admin, city):
    person = admin(script=False, language="en")
    assert person.heading == "People"
    person.follow("Add somebody").fill("name", "Shen Yiming").fill("email", "shen@example.org")
    person.choose("role", "auditor").press("Add")
    assert person.heading == "Shen Yiming"
    assert "The link that sets a password" in person.text
    person.choose("role", "director").press("Give the role")
    assert "The role is given." in person.text
    person.press("Disable the account…").press("Disable the account")
    assert "The account is disabled." in person.text
    person.press("Sign out")
    assert person.heading == "Sign in"


def test_an_administrator_reaches_every_page_by_links(admin, city):
    person = admin(script=False)
    for name, heading in (
        ("分派规则", "分派规则"),
        ("期限政策", "期限政策"),
        ("日历", "日历"),
        ("类别", "类别"),
        ("系统状态", "系统状态"),
        ("上线前检查", "上线前检查"),
        ("人员与组", "人员"),
        ("组", "组"),
    ):
        person.follow(name)
        assert person.heading == heading


PAGES = (
    "/admin/people/",
    "/admin/people/new",
    "/admin/people/{lead}",
    "/admin/people/{lead}/ties/new?q=a",
    "/admin/people/groups/",
    "/admin/people/groups/{group}/end",
    "/admin/setup/",
    "/admin/system",
    "/admin/rules/routing?try=1&category=fire.exit_blocked",
    "/admin/rules/limits?start=2026-09-29T16:30&value=15&unit=working+day",
    "/admin/rules/calendar",
    "/admin/rules/categories",
    "/profile/",
    "/profile/password",
    "/profile/ties/new?q=a",
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_and_nothing_is_too_wide(admin, walker, city, language):
    visitor = walker(language=language, width=390)
    for path in ("/login", "/reset"):
        visitor.go(path)
        assert language == "zh" or visitor.violations() == [], path
        assert not visitor.is_too_wide(), path
    person = admin(language=language, width=390)
    for path in PAGES:
        person.go(path.format(lead=city.lead.account_id, group=city.group("insp-fire")))
        # In Chinese axe looks at them in test_every_page.
        assert language == "zh" or person.violations() == [], path
        person.page.set_viewport_size({"width": 320, "height": 800})
        assert not person.is_too_wide(), path
        person.page.set_viewport_size({"width": 390, "height": 900})
