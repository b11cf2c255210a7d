"""A worker tells the unit alone, by its code; the unit answers; what is not for it never reaches
it. With script in Chinese on a phone, without in English.
"""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portal.foundation.clock import now
from portal.foundation.db import db
from tests.support.everybody import UNIT_SEAT, take_seat, value
from tests.support.stopped import going_on_from

TOKEN = """SELECT report_token FROM units WHERE id = (SELECT m.unit_id FROM memberships m
    JOIN accounts a ON a.id = m.account_id WHERE a.email = 'own1@demo.example' LIMIT 1)"""
SAID = {"zh": "冲床的双手按钮被短接了。", "en": "The two-hand button of the press is bridged."}
WORDS = {
    "zh": {
        "on": "继续",
        "check": "继续，去核对",
        "send": "发送举报",
        "see": "查看进度",
        "out": "转到外部",
        "answered": "单位已答复",
    },
    "en": {
        "on": "Continue",
        "check": "Continue to check",
        "send": "Send the report",
        "see": "See where it stands",
        "out": "Take it outside",
        "answered": "Answered by the unit",
    },
}


def asked(town, query):
    with town.app.app_context():
        found = db.session.execute(text(query)).scalar_one()
        db.session.remove()
    return found


def told(person, town, language, about):
    """File by the unit's code, for inside; return the code of 16 digits."""
    words = WORDS[language]
    person.go(f"/report?unit={asked(town, TOKEN)}&lang={language}")
    person.fill("text", SAID[language])
    person.page.locator("input[name=way][value=inside]").check()
    person.page.locator(f"input[name=about_management][value={about}]").check()
    person.press(words["on"])
    person.press(words["check"])
    assert not person.is_too_wide()
    person.press(words["send"])
    return "".join(person.page.locator("#portal-code").inner_text().split())


def opened(person, language, code):
    person.go(f"/receipt?lang={language}").fill("code", code).press(WORDS[language]["see"])
    return person


@pytest.mark.parametrize(("language", "script"), [("zh", True), ("en", False)])
def test_a_worker_tells_the_unit_alone_and_then_the_office(townsman, town, language, script):
    how = {"language": language, "script": script, "width": 390}
    reporter = townsman(**how)
    code = told(reporter, town, language, "no")
    hidden = told(townsman(**how), town, language, "yes")
    with going_on_from(now() + timedelta(hours=1)):
        unit = townsman(**how)
        take_seat(unit, value(town, UNIT_SEAT, email="own1@demo.example"))
        unit.go(f"/unit/own/reports?show=waiting&lang={language}")
        # What was said of the management is not among them.
        assert unit.text.count(SAID[language]) == 1 and not unit.is_too_wide(320)
        unit.leave_by(unit.page.locator("main table a").last)
        assert SAID[language] in unit.text
        unit.page.locator("[name=answer-words]").fill("停机，当天换好")
        unit.leave_by(unit.page.locator("form[action*='/answer'] button"))
        opened(reporter, language, code)
        assert "停机，当天换好" in reporter.text
        assert WORDS[language]["answered"] in reporter.text and not reporter.is_too_wide(320)
        before = unit.go(f"/unit/own/reports?show=done&lang={language}").text
        reporter.press(WORDS[language]["out"])
        outside = "".join(reporter.page.locator("#portal-code").inner_text().split())
        assert outside not in (code, hidden)
        assert unit.go(f"/unit/own/reports?show=done&lang={language}").text == before
        assert "/receipt/report" in opened(reporter, language, outside).page.url
