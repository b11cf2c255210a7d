"""The page before sending: what may tell who somebody is, who will see what, what is promised."""

import re

import pytest

from portal.access.audience import DESK, GROUP, SUPERVISION, readers
from portal.access.kinds import Action, Role
from portal.access.policy import POLICY, always, own_report
from portal.filing.views.checking import READERS
from portal.presets.queries import in_force
from tests.support.city import NOON
from tests.support.visitor import Visitor


@pytest.fixture
def visitor(app, city):
    return Visitor(app, language="zh")


def marked(visitor):
    """The words that the page marks in what was written."""
    return re.findall(r"<mark[^>]*>([^<]*)</mark>", visitor.html)


def test_what_may_tell_who_somebody_is_is_marked_and_asked_about_once(visitor):
    text = " 王师傅锁了门，\n电话<b>１３９０５１９８８７７</b>。"
    visitor.check(text=text, place="我们车间，苏D12345后面")
    assert marked(visitor) == ["王师傅", "１３９０５１９８８７７", "我们车间", "苏D12345"]
    # What was written stands there as it was, but for the marks.
    shown = re.search(r"<dd>((?:(?!</dd>).)*王师傅.*?)</dd>", visitor.html, re.S)[1]
    assert re.sub(r"</?mark[^>]*>", "", shown).replace("&lt;", "<").replace("&gt;", ">") == text
    assert {"/report?lang=zh#text", "/report?lang=zh#place"} <= set(
        re.findall(r'href="([^"]*#(?:text|place))"', visitor.html)
    )

    visitor.send("/report/keep-words")
    assert marked(visitor) == []
    # Something new is asked about, the rest not again.
    visitor.get("/report")
    visitor.send(r"/report\?|/report$", text=f"{text}张经理知道。")
    visitor.evidence()
    assert marked(visitor) == ["张经理"]
    # What was left as it is although the reporter went back to change it is answered, too.
    visitor.get("/report")
    visitor.send(r"/report\?|/report$")
    visitor.evidence()
    assert marked(visitor) == []


def test_a_wrong_alarm_never_keeps_anybody_from_sending(visitor):
    visitor.check(text="王师傅锁了门。")
    assert marked(visitor) == ["王师傅"]
    visitor.send("/report/send")
    assert visitor.code


def test_without_the_forms_token_nothing_is_taken_as_answered(visitor):
    visitor.check(text="王师傅锁了门。")
    visitor.send("/report/keep-words", csrf_token="x")
    assert visitor.page.status_code == 422
    assert marked(visitor) == ["王师傅"]
    visitor.post("/report/keep-words", {"nonce": "00" * 16})
    assert "/report/send" not in visitor.html


def rows(visitor, part):
    """The cells of the table or list behind a heading, by their first."""
    inside = visitor.html.split(f'id="{part}"')[1].split(
        "</table>" if part == "who-sees" else "</dl>"
    )[0]
    found = re.findall(r"<tr><th[^>]*>([^<]*)</th><td>([^<]*)</td><td>([^<]*)</td>", inside)
    return {who: (words, contact) for who, words, contact in found}


def test_who_will_see_what_is_what_the_policy_says(visitor, monkeypatch):
    visitor.check()
    read = "看得到"
    seen = rows(visitor, "who-sees")
    assert {who for who, (words, _contact) in seen.items() if words == read} == {
        "收件的受理台",
        "办理这件事的检查组",
        "当地的督导组",
        "安委办主任",
        "审计人员",
    }
    assert {contact for _words, contact in seen.values()} == {"看不到", "您没有留"}
    assert "2 位身份保管员，必须一起" in seen
    assert seen["被举报单位"] == seen["其他任何人"] == ("看不到", "看不到")

    changed = dict(POLICY)
    del changed[Role.AUDITOR, Action.READ_FILE]
    changed[Role.UNIT, Action.READ_FILE] = always
    monkeypatch.setattr("portal.filing.views.checking.readers", lambda: readers(changed))
    visitor.get("/report/check")
    seen = rows(visitor, "who-sees")
    assert "审计人员" not in seen
    assert seen["被举报单位"][0] == read
    with pytest.raises(KeyError):
        readers({**changed, (Role.LEAD, Action.READ_FILE): own_report})


def test_everybody_whom_the_policy_can_name_has_words():
    for role in Role:
        assert set(readers({(role, Action.READ_FILE): always})) <= set(READERS)
    assert set(READERS) == {*Role, DESK, GROUP, SUPERVISION}


def test_the_dates_told_before_sending_are_those_of_the_receipt(visitor, session, monkeypatch):
    for module in ("drafts", "report", "checking"):
        monkeypatch.setattr(f"portal.filing.views.{module}.now", lambda: NOON)
    urgent = next(
        code for code, one in in_force(session(), NOON).taxonomy.categories.items() if one.urgent
    )
    visitor.language = "en"
    for category, told in (("", 3), (urgent, 4)):
        visitor.check(category=category)
        inside = visitor.html.split('id="promised"')[1].split("</dl>")[0]
        dates = re.findall(r"By ([^<]*) at the latest", inside)
        assert len(dates) == told, dates
        # NOON is Tuesday 10 November 2026: five working days; one more to dispatch, two to answer.
        assert dates[0] == "Tuesday 17 November"
        assert dates[-2] == "Friday 20 November"
        assert inside.count("Why this date") == told
        assert "weekend" in inside
        assert "Stopped" not in inside
        visitor.send("/report/send")
        assert "By Tuesday 17 November at the latest" in visitor.text
