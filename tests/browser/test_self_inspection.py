"""A unit looks for itself on a phone: invited, checked, put right, declared; the group sees it."""

from datetime import timedelta

import pytest

from portal.accounts.queries import accounts_of_unit
from portal.clocks.days import add_months
from portal.foundation.clock import now
from portal.foundation.transaction import unit_of_work
from portal.selfinspections import services as doing
from portal.units.kinds import Link
from portal.units.services import Named, name_post
from portal.web.filters import local
from portal.web.signin import account_link
from tests.browser.test_the_road import PASSWORD, desk_of  # noqa: F401  a fixture
from tests.support.files import jpeg


def taking_part(city, session):
    """A unit that takes part since last month, and who answers for it by the chain."""
    moment = now()
    unit = city.unit("示例自查厂（虚构）", sector="fire", jurisdiction="320412")
    first = add_months(local(moment).date().replace(day=1), -1)
    with unit_of_work(session()) as own:
        doing.enrol(own, city.lead, unit, from_on=first, now=moment)
        given = {"post": "厂长", "phone": "0519-1", "from_on": first}
        named = Named(link=Link.MAIN_RESPONSIBLE_PERSON, **given)
        name_post(own, city.lead, unit, named, now=moment)
    return unit, f"{first:%Y-%m}"


@pytest.mark.parametrize(
    "how",
    [
        {"script": True, "language": "zh", "width": 390},
        {"script": False, "language": "en", "width": 390},
    ],
    ids=["zh", "en-without-script"],
)
def test_a_unit_is_invited_checks_itself_puts_right_and_declares(
    walker,
    app,
    city,
    session,
    desk_of,  # noqa: F811
    how,
):
    app.config["WTF_CSRF_ENABLED"] = True
    unit, month = taking_part(city, session)
    member = desk_of("member", **how)
    member.go(f"/staff/self-inspection?period={month}&place=")
    assert "示例自查厂（虚构）" in member.text, "late, as long as nothing is declared"
    member.leave_by(member.page.locator("main table th a"))
    invite = "main form[action*='/accounts']"
    for field, words in (("name", "钱立"), ("post", "厂长"), ("email", "qian@example.org")):
        member.page.locator(f"{invite} [name={field}]").fill(words)
    member.leave_by(member.page.locator(f"{invite} button.portal-btn--go"))
    session.remove()
    account = accounts_of_unit(session(), unit)[0].account
    link, email = account_link(account), account.email
    session.remove()

    me = walker(**how)
    me.go(link[link.index("/reset/") :])
    me.fill("password", PASSWORD).fill("password_confirm", PASSWORD)
    me.leave_by(me.page.locator("form[action*='/reset/'] button[type=submit]"))
    me.go(f"/login?lang={how['language']}").fill("email", email).fill("password", PASSWORD)
    me.leave_by(me.page.locator("form[action*='/login'] button[type=submit]"))
    me.go(f"/unit/own?lang={how['language']}")
    me.leave_by(me.page.locator("main a[href*='/duties/regular']"))
    me.choose("checklist", "FIRE-DORM")
    me.leave_by(me.page.locator("main form.portal-form button.govuk-button"))
    check = me.page.url.split("?")[0].removeprefix(me.address)
    me.leave_by(me.page.locator("main ol a[href*='/items/F01']"))
    assert not me.is_too_wide(at=320)
    onward = "main button[value=next]"
    me.choose("result", "fail")
    me.leave_by(me.page.locator(onward))
    assert me.page.locator(".govuk-error-summary").count(), "a finding needs words and a photo"
    me.fill("note", "二楼出口堆了货")
    photo = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    me.page.locator("input[type=file]").set_input_files(photo)
    me.leave_by(me.page.locator(onward))
    me.choose("result", "pass")
    me.leave_by(me.page.locator(onward))
    me.go(check)
    assert not me.is_too_wide(at=320)
    me.leave_by(me.page.locator("main a[href*='/finish']"))
    me.choose("category", "fire.exit_blocked").fill("statement", "全厂走了一遍")
    me.leave_by(me.page.locator("main form.portal-form button.govuk-button"))
    assert "二楼出口堆了货" in me.text

    me.leave_by(me.page.locator("main a[href*='/unit/own/hazards/']"))
    due = local(now()).date() + timedelta(days=3)
    me.fill("new-task", "清走").fill("new-who", "仓库主管").fill("new-due_on", due.isoformat())
    me.leave_by(me.page.locator("form[action*='/tasks'] button.govuk-button"))
    me.page.locator("details:has(form[action*='/done']) summary").first.click()
    me.fill("task1-statement", "清走了")
    me.leave_by(me.page.locator("form[action*='/done'] button.govuk-button"))
    # People of a unit read on in the language of their account.
    me.page.goto(f"{me.page.url.split('?')[0]}?lang={how['language']}")
    assert {"zh": "单位已自行整改", "en": "Put right by the unit"}[how["language"]] in me.text
    assert not me.is_too_wide(at=320)
    if how["script"]:
        assert me.violations() == []

    me.go(f"/unit/own/declarations/{month}")
    me.choose("kind", "nil").fill("name", "钱立").fill("post", "厂长")
    me.page.locator("[name=confirmed]").check()
    me.leave_by(me.page.locator("main form.portal-form button.govuk-button"))
    assert not me.page.locator(".govuk-error-summary").count()

    member.go(f"/staff/self-inspection?period={month}&place=")
    assert "示例自查厂（虚构）" not in member.text, "nothing of it is late any more"
    member.go(f"/staff/self-inspection?period={month}&place=&show=nil")
    assert "示例自查厂（虚构）" in member.text
    member.go(f"/staff/units/{unit}/self-inspection")
    assert "二楼出口堆了货" in member.text and "清走" in member.text
