"""An address without an account: encrypted, written to without content, stopped, and erased."""

import re
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import text

from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.foundation import secrets as keys
from portal.integrations.webhook import NotReached
from portal.jobs.tasks import tell_reporters
from portal.reports.lifecycle import receipt_code
from tests.support.city import NOON, TEXT
from tests.support.visitor import Visitor

HOUR = timedelta(hours=1)
ADDRESS = "somebody@example.org"
HOOK = "https://oapi.example.com/robot/send?access_token=1"


@pytest.fixture
def reporter(app, city, worker, monkeypatch):
    """Somebody who filed and has the receipt page open; their clock is the worker's."""
    found = Visitor(app)
    for module in ("follow", "opened"):
        monkeypatch.setattr(f"portal.filing.views.{module}.now", worker.now)
    nonce = secrets.token_bytes(16)
    found.filed = city.file(nonce=nonce)
    found.digits = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    found.open(found.digits)
    return found


@pytest.fixture
def heard(worker, post):
    """Let half past the hour come and give what then reached the address."""

    def heard():
        before = len(post.taken)
        worker.until(worker.at + HOUR)
        tell_reporters(0)
        return [message for to, message in post.taken[before:] if to == ADDRESS]

    return heard


def left(reporter, address=ADDRESS):
    reporter.send(r"/receipt/notice(\?|$)", address=address)
    assert reporter.page.status_code == 200
    assert "Stop, and erase the address" in reporter.text


def row_of(session):
    session.rollback()
    found = session.execute(text("SELECT * FROM reporter_addresses")).mappings().one()
    return dict(found)


def in_hand(city, filed, now):
    city.accepted(filed.case_id, now=now)
    city.dispatched(filed.case_id, now=now)
    city.move(city.lead, c.SignFor, filed.case_id, now=now)


def concluded(city, filed, now):
    verdict = {"finding": Finding.NOT_TRUE, "reason": "看过"}
    city.move(city.lead, c.Verify, filed.case_id, now=now, **verdict)
    answers = ((filed.report_id, "没有发现"),)
    city.move(city.lead, c.Conclude, filed.case_id, now=now, answers=answers)


@pytest.mark.trap(26)
def test_what_arrives_says_nothing_but_that_there_is_something_and_not_when(
    reporter, city, session, heard, worker
):
    left(reporter)
    assert heard() == []
    in_hand(city, reporter.filed, worker.at)
    said = {"report_id": reporter.filed.report_id, "body": "几楼？"}
    city.move(city.lead, c.Ask, reporter.filed.case_id, now=worker.at, **said)
    # Two things happened: one message, and no second one for them.
    (message,) = heard()
    assert heard() == []
    whole = message if isinstance(message, str) else message.as_string()
    for secret in (reporter.digits, reporter.digits[:4], "http", TEXT[:4], "几楼", "2026-"):
        assert secret not in re.sub(r"(?m)^(Date|Message-ID):.*$", "", whole), secret
    # Nothing in the database holds the address, or as many bytes as it has.
    row = row_of(session)
    assert ADDRESS.encode() not in bytes(row["body"])
    assert len(row["body"]) == 680
    assert {"at", "created_at", "kept_at"}.isdisjoint(row)


def test_it_is_erased_with_the_case_once_the_answer_was_told(
    reporter, city, session, heard, worker
):
    left(reporter)
    in_hand(city, reporter.filed, worker.at)
    heard()
    concluded(city, reporter.filed, worker.at)
    closing = {"lesson_considered": True, "reason": "无", "now": worker.at}
    city.move(city.lead, c.Close, reporter.filed.case_id, **closing)
    # The answer still waits to be told: that, and then nothing is left.
    assert row_of(session)["is_last"]
    assert len(heard()) == 1
    row = row_of(session)
    assert (row["body"], row["state"]) == (None, "closed")
    reporter.open(reporter.digits)
    assert "The address that you left is erased." in reporter.text
    assert "Be told when there is something new" not in reporter.text


def test_where_nothing_waits_closing_erases_it_in_the_same_moment(
    reporter, city, session, heard, worker
):
    left(reporter)
    in_hand(city, reporter.filed, worker.at)
    concluded(city, reporter.filed, worker.at)
    assert len(heard()) == 1
    closing = {"lesson_considered": True, "reason": "无", "now": worker.at}
    city.move(city.lead, c.Close, reporter.filed.case_id, **closing)
    assert row_of(session)["body"] is None
    assert heard() == []


def test_it_can_be_stopped_and_left_anew_and_a_closed_case_takes_none(
    reporter, city, session, heard, worker
):
    left(reporter)
    reporter.send("/receipt/notice/stop")
    assert "You stopped the messages; the address is erased." in reporter.text
    assert row_of(session)["body"] is None
    in_hand(city, reporter.filed, worker.at)
    assert heard() == []
    for wrong in ("nobody", "a@b", "x@example.org\r\nBcc: y@example.org", "http://example.com/"):
        reporter.send(r"/receipt/notice(\?|$)", address=wrong)
        assert reporter.page.status_code == 422, wrong
    reporter.send(r"/receipt/notice(\?|$)", address="https://127.0.0.1/x")
    assert "does not lie in the open internet" in reporter.text
    left(reporter)
    assert row_of(session)["state"] == "kept"


def test_nobody_is_woken_and_an_address_that_nothing_reaches_is_erased_after_a_day(
    reporter, city, session, heard, worker, app, monkeypatch
):
    tried = []

    class Deaf:
        def send(self, address, words):
            tried.append((address, worker.at))
            raise NotReached("503")

    monkeypatch.setitem(app.extensions, "portal-webhooks", Deaf())
    left(reporter, HOOK)
    in_hand(city, reporter.filed, worker.at)
    for _hour in range(48):
        worker.at += HOUR
        tell_reporters(0)
    assert len(tried) == 24
    assert {address for address, _at in tried} == {HOOK}
    hours = {at.astimezone(NOON.tzinfo).hour for _address, at in tried}
    # 21:00 to 07:30 in Changzhou is 13:00 to 23:30 UTC.
    assert not hours & set(range(13, 23))
    row = row_of(session)
    assert (row["body"], row["state"]) == (None, "unreached")


def test_an_address_left_with_the_receipt_serves_too(app, city, session):
    visitor = Visitor(app)
    visitor.file()
    visitor.send("/report/sent/notice", address="nobody")
    assert visitor.page.status_code == 422
    visitor.send("/report/sent/notice", address=ADDRESS)
    assert "We write to the address that you left" in visitor.text
    assert row_of(session)["state"] == "kept"
