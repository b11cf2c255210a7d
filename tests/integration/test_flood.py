"""A flood of reports: all are taken; above a rate a question, above the next the slow lane."""

import base64
import re
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from config import load_settings
from portal.cases.models import Alarm, AlarmCase, Case, ClockReading
from portal.cases.services import watch_bursts
from portal.filing.forms import WhatWhereForm
from portal.filing.views import flood
from portal.filing.views.flood import Level
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.models import Event
from portal.reports.models import Report, SpentChallenge
from portal.web.challenges import number_in
from portal.web.public_forms import made
from portal.web.uploads import aside
from tests.support import files
from tests.support.challenges import answer_on, few_numbers, proof_on
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.stopped import StoppedClock
from tests.support.visitor import Visitor

ADDRESS = "203.0.113.77"
TOWN = {"jurisdiction": "320412.hutang"}


@pytest.fixture
def settings(tmp_path):
    """One process of the web server: the test's own counts all."""
    return load_settings({"PORTAL_DATA_DIR": str(tmp_path / "data"), "WEB_WORKERS": "1"})


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def visitor(app, city, clock):
    def make():
        one = Visitor(app, language="en")
        one.client.environ_base["REMOTE_ADDR"] = ADDRESS
        return one

    return make


@pytest.fixture
def asking(monkeypatch):
    """Let reports come so fast that the question is asked; change `at` for another level."""

    class At:
        at = Level.ASKING

    monkeypatch.setattr(flood, "level", lambda settings, now: At.at)
    return At


def reports(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(Report))


def lanes(session):
    session.rollback()
    rows = session.execute(select(Case.slow_lane).order_by(Case.number))
    return [slow for (slow,) in rows]


@pytest.mark.trap(44)
def test_two_hundred_reports_in_ten_minutes_from_one_address_are_all_taken(
    app, visitor, session, clock, monkeypatch
):
    """Every other one with script; half from one browser, half as through Tor, without a cookie.

    One alarm tells the desk of them, however long they go on.
    """
    few_numbers(monkeypatch)
    one_browser, asked = visitor(), 0
    for number in range(200):
        clock.at = NOON + number * timedelta(seconds=3)
        person = one_browser if number % 2 else visitor()
        # The pages before are other tests' matter: what they would hold is put together here.
        nonce = secrets.token_bytes(16)
        with app.test_request_context():
            token = made(WhatWhereForm, nonce).csrf_token.current_token
        sent = {"csrf_token": token, "nonce": nonce.hex()}
        typed = {"text": f"车间着火了 {number}", "place": "化工园三号门", **TOWN}
        person.client.post("/report", data={**sent, **typed})
        answer = person.client.post("/report/send", data=sent)
        if answer.status_code == 422:
            asked += 1
            page = answer.get_data(as_text=True)
            (token,) = re.findall(r'name="question" value="([^"]+)"', page)
            by_script = {"proof": proof_on(page)}
            by_hand = {"question": token, "answer": answer_on(page)}
            more = by_script if number % 4 < 2 else by_hand
            answer = person.client.post("/report/send", data={**sent, **more})
        assert answer.status_code == 303, answer.get_data(as_text=True)
    assert (reports(session), asked) == (200, 90)
    assert len(set(session.scalars(select(Report.receipt_hash)))) == 200
    assert lanes(session) == [False] * 150 + [True] * 50
    clocks = select(func.count()).where(ClockReading.clock == "acceptance")
    assert session.scalar(clocks) == 200, "the slow lane stops no clock"
    assert session.scalar(select(func.count()).select_from(SpentChallenge)) == 90
    for moment in (clock.at, clock.at + timedelta(minutes=1), clock.at + timedelta(minutes=50)):
        with unit_of_work(session()) as own:
            watch_bursts(own, now=moment)
    (alarm,) = session.scalars(select(Alarm))
    assert session.scalar(select(func.count()).select_from(AlarmCase)) == 200
    assert (alarm.township, alarm.raised_at) == ("320412.hutang", NOON)
    raised = select(func.count()).where(Event.kind == EventKind.ALARM_RAISED)
    assert session.scalar(raised) == 1


ANSWERS = {
    "nothing": lambda page: {},
    "a wrong number": lambda page: {"answer": "99"},
    "no number": lambda page: {"answer": "\x00不知道" * 50},
    "a forged question": lambda page: {"question": "00" * 16 + "-99999999999-00", "answer": "4"},
    "no question": lambda page: {"question": "", "answer": "4"},
    "a proof that is none": lambda page: {"proof": "%%%"},
    "a proof of nothing": lambda page: {"proof": base64.b64encode(b"[" * 500).decode()},
    "a proof of other kinds": lambda page: {
        "proof": base64.b64encode(
            b'{"algorithm":["SHA-256"],"challenge":1,"number":{},"salt":null,"signature":true}'
        ).decode()
    },
}
KEEPS_ASKING = sorted(ANSWERS)


@pytest.mark.trap(21)
@pytest.mark.promise(1)
def test_no_answer_to_the_question_loses_anything_and_none_is_the_last_word(
    visitor, session, asking
):
    """Whatever the limiter thinks and whatever is answered: the report is taken, or still here
    whole, with a new question and the way to send it without.
    """
    aside().patience_seconds = 60  # what a slow machine cleans is another test's matter
    person = visitor()
    person.what_where(text="楼梯门被铁链锁住。", place="纸箱路 18 号")
    person.evidence([("photo.png", files.png())])
    seen = set()
    for name in KEEPS_ASKING:
        _address, fields = person.fields("/report/send")
        assert fields["question"] not in seen, "the question is a new one"
        seen.add(fields["question"])
        person.send("/report/send", **ANSWERS[name](person.html))
        assert person.page.status_code == 422, name
        assert "楼梯门被铁链锁住。" in person.text
        assert "纸箱路 18 号" in person.text
        assert "1 file" in person.text, name
        assert "Send without an answer" in person.text
        assert reports(session) == 0
    person.send("/report/send", without="1")
    assert person.page.request.path == "/report/sent"
    assert "read after those that came before the rush" in person.text
    assert lanes(session) == [True]
    assert session.scalar(text("SELECT count(*) FROM attachments")) == 1
    # Sent again it is not asked about, and gives the same receipt.
    code = person.code
    person.post("/report/send", {k: v for k, v in fields.items() if k in ("csrf_token", "nonce")})
    assert (person.code, reports(session)) == (code, 1)
    for level in Level:
        for number, answer in enumerate(({}, {"without": "1"}, {"answer": "99"})):
            asking.at = Level.CALM
            other = visitor()
            other.check(text=f"第 {number} 件")
            asking.at = level
            before = reports(session)
            other.send("/report/send", **answer)
            is_taken = reports(session) == before + 1
            assert is_taken == (other.page.request.path == "/report/sent")
            assert is_taken or (level is Level.ASKING and f"第 {number} 件" in other.text)


@pytest.mark.parametrize("how", ["proof", "answer"])
def test_an_answer_counts_once(visitor, session, asking, monkeypatch, how):
    few_numbers(monkeypatch)
    first, second = visitor(), visitor()
    first.check()
    second.check()
    _address, fields = first.fields("/report/send")
    answered = {"question": fields["question"]}
    answered |= {
        "proof": {"proof": proof_on(first.html)},
        "answer": {"answer": answer_on(first.html)},
    }[how]
    first.send("/report/send", **answered)
    assert first.page.request.path == "/report/sent"
    second.send("/report/send", **answered)
    assert second.page.status_code == 422
    assert "answered before" in second.text
    assert lanes(session) == [False]
    kept = session.scalar(select(SpentChallenge.expires_at))
    assert (kept.minute, kept.second) == (0, 0), "no row tells when it was answered"


def test_a_question_runs_out_and_a_wrong_guess_uses_it_up(visitor, session, asking, clock):
    person = visitor()
    person.check()
    _address, fields = person.fields("/report/send")
    right = answer_on(person.html)
    clock.later(hours=3)
    person.send("/report/send", answer=right)
    assert "run out" in person.text
    _address, fields = person.fields("/report/send")
    right = answer_on(person.html)
    person.send("/report/send", answer="99")
    person.send("/report/send", question=fields["question"], answer=right)
    assert "answered before" in person.text
    person.send("/report/send", answer=f" {answer_on(person.html)}。")
    assert person.page.request.path == "/report/sent"


def test_numbers_are_read_in_digits_and_in_words_of_both_languages():
    for typed, number in {"7": 7, "７": 7, "七": 7, "Seven ": 7, "十二": 12, "一十二": 12}.items():
        assert number_in(typed) == number
    assert [number_in(typed) for typed in ("", "七七", "1e1", "-7", "100")] == [None] * 5


# The desk


@pytest.fixture
def clerk(client_for, city, clock):
    return lambda name="dispatcher": Clerk(client_for(city.actors[name]))


def in_a_burst(city, count, *, slow=True, **more):
    said = {"jurisdiction": "320412", "township": "320412.hutang", "claimed_category": None, **more}
    return [city.file(slow_lane=slow, **said).case_id for _ in range(count)]


def watched(session, moment):
    with unit_of_work(session()) as own:
        return watch_bursts(own, now=moment)


def test_the_slow_lane_stands_behind_all_others_and_comes_up_by_one_press(city, clerk, session):
    slow = in_a_burst(city, 3)
    hot_and_slow = city.file(slow_lane=True).case_id
    usual = city.file(claimed_category=None, jurisdiction=None).case_id
    page = clerk().go("/staff/intake")
    numbers = {case.id: case.number for case in session.scalars(select(Case))}
    session.rollback()
    shown = [numbers[one] for one in (usual, hot_and_slow, *slow)]
    places = [page.text.index(number, page.text.index("Others")) for number in shown]
    assert places == sorted(places)
    assert "Slow lane 4" in page.text
    page.send("/staff/intake/lane")
    assert "Done: 4. Not done: 0." in page.text
    assert lanes(session) == [False] * 5
    assert "Slow lane" not in clerk().go("/staff/intake").text


def test_a_mass_event_stands_on_the_desk_leads_to_its_reports_and_ends(city, clerk, session):
    assert watched(session, NOON) == 0
    in_a_burst(city, 7)
    assert watched(session, NOON) == 0
    assert "Alarm" not in clerk().go("/staff/intake").text
    in_a_burst(city, 1, slow=False)
    assert watched(session, NOON) == 1
    page = clerk().go("/staff/intake")
    assert "8 reports; to sort: 8, of these in the slow lane: 7." in page.text
    (link,) = {link for link in page.links if "/alarms/" in link}
    page.go(link)
    page.send("/lane", button=("slow", "1"))
    assert lanes(session) == [True] * 8
    page.go(link).send("/lane", button=("slow", "0"))
    assert lanes(session) == [False] * 8
    page.go(link).send("/end", reason=" ")
    assert page.status == 422
    assert "Write the reason: it will be read." in page.text
    page.send("/end", reason="已核实，同一起事故")
    assert "Alarm" not in page.text
    assert clerk("second_dispatcher").go(link).status == 200
    assert clerk("lead").go(link).status == 404
    # Ended by somebody, its reports raise no other one; as many new ones do.
    assert watched(session, NOON) == 0
    in_a_burst(city, 8)
    assert watched(session, NOON) == 1
    # It ends by itself when none came within the time.
    assert watched(session, NOON + timedelta(hours=1, minutes=59)) == 0
    assert "Alarm" in clerk().go("/staff/intake").text
    watched(session, NOON + timedelta(hours=2))
    assert "Alarm" not in clerk().go("/staff/intake").text
    kinds = select(Event.kind).where(Event.case_id.is_(None)).order_by(Event.seq)
    assert [kind for kind in session.scalars(kinds) if "alarm" in kind] == [
        EventKind.ALARM_RAISED,
        EventKind.ALARM_ENDED,
    ] * 2


def test_the_desk_is_told_by_mail_at_the_full_hour_even_by_night(city, session, worker, post):
    night = NOON + timedelta(hours=11, minutes=20)
    for _ in range(8):
        city.file(now=night, township="320412.hutang", claimed_category=None)
    worker.at = night
    worker.until(night + timedelta(minutes=30))
    assert "短时间内有很多举报" not in [m["Subject"] for _to, m in post.taken]
    worker.until(night + timedelta(minutes=50))
    told = {to: m for to, m in post.taken if m["Subject"] == "短时间内有很多举报"}
    assert set(told) == {"dispatcher@example.org", "second_dispatcher@example.org"}
    body = told["dispatcher@example.org"].get_content()
    assert f"/staff/intake/alarms/{session.scalar(select(Alarm.id))}" in body
    assert "320412.hutang" not in body
