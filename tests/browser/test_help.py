"""A unit asks for help on a phone without script; the group answers, and the unit reads it."""

from sqlalchemy import text

from portal.foundation.db import db
from tests.support.everybody import take_seat

OWNER = """SELECT m.id FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE m.group_id = (SELECT group_id FROM assistances ORDER BY made_at DESC, number DESC LIMIT 1)
        AND m.role = 'lead' AND m.ends_on IS NULL LIMIT 1"""
NEWEST = "SELECT id FROM assistances ORDER BY made_at DESC, number DESC LIMIT 1"


def asked(town, query):
    with town.app.app_context():
        found = db.session.execute(text(query)).scalar_one()
        db.session.remove()
    return found


def test_a_unit_asks_on_a_phone_and_reads_what_the_group_answers(townsman, town):
    unit = townsman(script=False, width=390).go(f"/unit/{town.links['open']}")
    own = unit.page.locator("form[action$='/help']")
    unit.page.locator("#help summary").click()
    own.locator("input[value=training]").check()
    own.locator("textarea").fill("请安排一次班组长消防培训")
    own.locator("[name=help-name]").fill("钱立")
    own.locator("[name=help-post]").fill("安全主任")
    unit.leave_by(own.locator("button"))
    assert "绝不作为对您采取措施的依据" in unit.text and not unit.is_too_wide()
    unit.leave_by(unit.page.locator("a[href*='/unit/help/']").last)
    assert "待答复" in unit.text
    lead = townsman(language="en")
    take_seat(lead, asked(town, OWNER))
    lead.go(f"/staff/help/{asked(town, NEWEST)}?lang=en")
    assert lead.violations() == []
    lead.page.get_by_text("Take it up", exact=True).first.click()
    lead.fill("take-plan", "下周三上门培训半天").press("Take it up")
    assert "Taken up." in lead.text and "下周三上门培训半天" in lead.text
    unit.page.reload()
    assert "下周三上门培训半天" in unit.text and not unit.is_too_wide(320)
