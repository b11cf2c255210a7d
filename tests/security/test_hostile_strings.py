"""Hostile strings through every public form, and back out exactly, escaped and harmless."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from portal.access.kinds import Actor, Role
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.filing.views.flood import Level
from portal.history.models import Event, Text
from portal.reports.models import Report
from tests.support.hostile import HOSTILE, kept
from tests.support.visitor import Visitor

#: What only a string that got out of its place could leave on a page.
ESCAPED_OUT = re.compile(r"<script>alert|<img src=x|onload=alert\(\d\)>|<svg/onload|\n?Set-Cookie:")


def on_page(html):
    """The words of a page as its reader gets them: tags kept, character references read.

    What is pointed out before sending is marked in the midst of what was typed.
    """
    return unescape(re.sub(r"</?mark\b[^>]*>", "", html)).replace("\r\n", "\n")


def is_harmless(page):
    html = page.get_data(as_text=True)
    live = [m for m in ESCAPED_OUT.finditer(html) if not m.group().lstrip().startswith("Set-")]
    assert live == [], live
    assert not page.headers.get("Set-Cookie", "").startswith("a=b")
    assert page.status_code < 500


@pytest.mark.promise(1)
def test_every_string_comes_back_exactly_through_filing_and_thread(app, city, session, monkeypatch):
    # So many from one asker would be asked something: tests/integration/test_flood.py
    monkeypatch.setattr("portal.filing.views.flood.level", lambda *_given, **_more: Level.CALM)
    assert len(HOSTILE) >= 40
    visitor = Visitor(app)
    code = visitor.file()
    visitor.open(code)
    for name, typed in HOSTILE.items():
        # On a new form: as text and place, then on the page that repeats what was typed.
        visitor = Visitor(app)
        visitor.what_where(text=f"起{typed}止", place=typed if typed.strip() else "x" + typed)
        assert visitor.page.status_code == 200, name
        visitor.get("/report/check")
        is_harmless(visitor.page)
        assert f"起{kept(typed)}止" in on_page(visitor.html), name
        visitor.send("/report/send")
        is_harmless(visitor.page)
        last = select(Event.payload).where(Event.kind == "filed").order_by(Event.seq.desc())
        row = session.get_one(Report, session.scalar(last.limit(1))["report"])
        assert session.get_one(Text, row.text_id).body == f"起{kept(typed)}止", name
        assert session.get_one(Text, row.place_text_id).body == kept(typed), name
        session.rollback()


@pytest.mark.promise(1)
def test_every_string_comes_back_from_the_thread(app, city, session):
    visitor = Visitor(app)
    code = visitor.file()
    visitor.open(code)
    case_id = session.scalar(select(Case.id))
    session.rollback()
    for name, typed in HOSTILE.items():
        address, fields = visitor.fields("/receipt/message")
        sent = visitor.client.post(address, data={**fields, "body": f"问{typed}完"})
        assert sent.status_code == 303, name
    visitor.get("/receipt/report")
    is_harmless(visitor.page)
    for name, typed in HOSTILE.items():
        assert f"问{kept(typed)}完" in on_page(visitor.html), name
    bodies = session.scalars(select(Text.body).where(Text.kind == "message")).all()
    assert sorted(bodies) == sorted(f"问{kept(typed)}完" for typed in HOSTILE.values())
    session.rollback()
    city.accepted(case_id)
    city.dispatched(case_id)
    city.move(city.lead, c.SignFor, case_id)
    report = session.scalar(select(Report.id))
    for typed in HOSTILE.values():
        if "\x00" in typed or "\r" in typed:
            continue  # the forms of staff clean these, as the public ones do
        city.move(city.lead, c.Answer, case_id, report_id=report, body=f"答{typed}完")
    visitor.get("/receipt/report")
    is_harmless(visitor.page)
    for name, typed in HOSTILE.items():
        if "\x00" not in typed and "\r" not in typed:
            assert f"答{kept(typed)}完" in on_page(visitor.html), name


def test_no_string_is_a_fault_in_any_field_of_any_public_form(app, city):
    """Every field at once, the listed ones and the tokens too; nothing answers 5xx."""
    code = Visitor(app).file()
    forms = {
        "/report": ("text", "place", "category", "jurisdiction", "csrf_token", "nonce"),
        "/report/evidence": ("name", "phone", "relation", "remove", "more", "nonce"),
        "/report/send": ("csrf_token", "nonce"),
        "/report/clear": ("csrf_token", "nonce"),
        "/receipt": ("code", "csrf_token", "kept", "kept_for"),
        "/receipt/message": ("body", "csrf_token"),
        "/receipt/object": ("body", "csrf_token"),
        "/receipt/withdraw": ("reason", "csrf_token"),
        "/receipt/rate": ("contacted", "solved", "satisfied", "csrf_token"),
        "/receipt/notice": ("address", "csrf_token"),
        "/receipt/notice/stop": ("csrf_token",),
        "/report/sent/notice": ("address", "csrf_token"),
        "/receipt/safety": ("harmed", "said", "csrf_token"),
    }
    opened = Visitor(app)
    opened.open(code)
    for typed in HOSTILE.values():
        for path, names in forms.items():
            answer = opened.client.post(path, data=dict.fromkeys(names, typed))
            assert answer.status_code < 500, (path, typed)
            is_harmless(answer)


def test_broken_encodings_and_addresses_are_no_fault(app, city):
    visitor = Visitor(app)
    visitor.get("/report")
    _, fields = visitor.fields(r"/report\?|/report$")
    head = "&".join(f"{k}={v}" for k, v in fields.items() if k in ("csrf_token", "nonce"))
    for broken in ("%ED%A0%80", "%FF%FE", "%C0%80", "%F8%88%80%80%80", "%E4%BD", "%00", "%u4e00"):
        body = f"{head}&text=ab{broken}cd&place=x{broken}"
        answer = visitor.client.post(
            "/report", data=body, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code in (303, 422), broken
    for path in (
        "/%00",
        "/%FF",
        "/report/%2e%2e/x",
        "/receipt?lang=%00%FF<script>",
        "/" + "a" * 9000,
    ):
        answer = visitor.client.get(path)
        assert answer.status_code < 500, path
        is_harmless(answer)


@pytest.mark.parametrize("field", ["language", "lang"])
def test_an_unknown_language_is_ours(app, city, field):
    for typed in HOSTILE.values():
        answer = app.test_client().get("/report", query_string={field: typed})
        assert answer.status_code == 200
        is_harmless(answer)


def test_the_reporters_words_reach_no_unit(app, city, session):
    """The page of a task book holds what handlers wrote, nothing of the report."""
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    from portal.cases.queries import follow_up
    from portal.foundation.errors import NotFound
    from tests.support.city import NOON

    with pytest.raises(NotFound):
        follow_up(session(), unit, now=NOON)
