"""The page before sending: what may tell who somebody is, who will see what, what is promised."""

import re

import pytest

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
