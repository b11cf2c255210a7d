"""The page behind the receipt code: true dates, every answer, and nothing told too early."""

import re
import secrets
import threading
from datetime import date, timedelta
from hashlib import sha256

import pytest

from portal.attachments.models import Attachment
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.models import Objection
from portal.foundation import secrets as keys
from portal.reports.kinds import Contacted, Satisfied, Solved
from portal.reports.lifecycle import receipt_code
from portal.web.uploads import aside, low_scrubber
from tests.support import files
from tests.support.city import NOON
from tests.support.sender import Sender
from tests.support.visitor import Visitor

#: NOON is Tuesday 10 November 2026; five working days after it end with Tuesday the 17th, ten
#: days with Friday the 20th, two working days with Thursday the 12th.
AT = {"now": NOON}


@pytest.fixture
def reporter(app, city, monkeypatch):
    """Somebody who filed, with `now` at their disposal."""
    found = Visitor(app)
    found.now = NOON
    for module in ("follow", "opened"):
        monkeypatch.setattr(f"portal.filing.views.{module}.now", lambda: found.now)
    nonce = secrets.token_bytes(16)
    found.filed = city.file(nonce=nonce)
    found.digits = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    return found


def read(reporter):
    reporter.open(reporter.digits)
    assert reporter.page.status_code == 200
    return re.sub(r"\s+", " ", reporter.text)


def in_hand(city, filed):
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    city.move(city.lead, c.SignFor, filed.case_id, **AT)


def answered(city, filed, finding=Finding.NOT_TRUE):
    city.move(city.lead, c.Verify, filed.case_id, finding=finding, reason="看过", **AT)
    answers = ((filed.report_id, "我们去看了。"),)
    city.move(city.lead, c.Conclude, filed.case_id, answers=answers, **AT)


def test_a_date_is_the_last_day_that_counts_and_not_the_midnight_after_it(reporter):
    assert "We decide by Tuesday 17 November." in read(reporter)


def test_a_broken_promise_is_said_with_its_day_and_not_promised_again(reporter):
    reporter.now = NOON + timedelta(days=9)
    told = read(reporter)
    assert "You should have heard by Tuesday 17 November whether we take it on." in told
    assert "We decide by" not in told


def test_each_date_that_was_promised_stays_on_the_page_with_what_became_of_it(
    reporter, city, client_for
):
    in_hand(city, reporter.filed)
    said = {
        "report_id": reporter.filed.report_id,
        "body": "在查",
        "promised_on": date(2026, 11, 16),
    }
    city.move(city.lead, c.Answer, reporter.filed.case_id, now=NOON + timedelta(days=1), **said)
    reporter.now = NOON + timedelta(days=7)
    told = read(reporter)
    assert "The 5 dates we promised you" in told
    assert "We decide whether to take it on by Tuesday 17 November Promise kept" in told
    assert "Somebody writes to you by Thursday 12 November Promise kept" in told
    assert "We write to you again by Monday 16 November Promise not kept" in told
    assert "We find out whether it is true by Tuesday 1 December Not due yet" in told
    # Beside the message, too; and staff and auditors read the same with the rules' versions.
    assert "We write to you again by Monday 16 November." in told
    page = client_for(city.auditor).get(f"/staff/cases/{reporter.filed.case_id}/clocks?lang=en")
    assert "time limits version 1" in page.text
    assert "Promise not kept" in page.text


def test_a_dispatch_that_may_be_taken_back_shows_in_no_date_either(reporter, city):
    city.accepted(reporter.filed.case_id)
    city.dispatched(reporter.filed.case_id)
    reporter.now = NOON + timedelta(seconds=59)
    told = read(reporter)
    assert "We are deciding" in told
    assert "We decide by Tuesday 17 November." in told
    assert "writes to you" not in told
    assert "our answer by" not in told
    reporter.now = NOON + timedelta(seconds=61)
    told = read(reporter)
    assert "given to Inspection Group 5" in told
    assert "Somebody writes to you by Thursday 12 November." in told


def test_why_this_group_stands_there_only_where_the_rules_chose_it(reporter, city):
    city.accepted(reporter.filed.case_id)
    city.dispatched(reporter.filed.case_id, "insp-industry")
    reporter.now = NOON + timedelta(minutes=5)
    assert "inspects fire safety" not in read(reporter)
    city.move(city.other_lead, c.SignFor, reporter.filed.case_id, now=NOON)
    city.move(city.other_lead, c.ReturnDispatch, reporter.filed.case_id, reason="不归我们", **AT)
    city.dispatched(reporter.filed.case_id, "insp-fire")
    assert "The group that inspects fire safety looks into this." in read(reporter)


def test_a_refusal_says_why_what_to_do_and_until_when_one_may_object(reporter, city):
    explained = {"reason_code": "not_work_safety", "explanation": "这件事归城管。"}
    city.move(city.dispatcher, c.Refuse, reporter.filed.case_id, **explained, **AT)
    told = read(reporter)
    assert "Not a work-safety matter" in told
    assert "You can call 12345" in told
    assert "这件事归城管。" in told
    assert "until the end of Friday 20 November" in told


@pytest.mark.parametrize(("upheld", "said"), [(True, "you were right"), (False, "stays as it is")])
def test_an_objection_shows_that_it_is_looked_at_and_then_its_ruling(
    reporter, city, session, upheld, said
):
    explained = {"reason_code": "not_work_safety", "explanation": "这件事归城管。"}
    city.move(city.dispatcher, c.Refuse, reporter.filed.case_id, **explained, **AT)
    read(reporter)
    reporter.send("/receipt/object", body="有人被锁在楼上")
    told = read(reporter)
    assert "有人被锁在楼上" in told
    assert "Somebody who had no part in it is looking at it." in told
    assert "You read the decision here by Thursday 10 December." in told
    row = session.query(Objection).one()
    ruling = {"objection_id": row.id, "upheld": upheld, "reason": "楼上确有人住。"}
    city.move(city.director, c.DecideObjection, reporter.filed.case_id, **ruling, **AT)
    told = read(reporter)
    assert said in told
    assert "楼上确有人住。" in told
    assert "looking at it" not in told


def test_a_merged_report_says_that_it_is_handled_with_others(reporter, city):
    assert "Others reported the same matter" not in read(reporter)
    other = city.file()
    city.move(city.dispatcher, c.Merge, reporter.filed.case_id, into_id=other.case_id, **AT)
    assert "Others reported the same matter" in read(reporter)


def test_a_pause_names_its_reason_and_never_the_words_of_staff(reporter, city):
    in_hand(city, reporter.filed)
    pause = {"reason_code": "testing_or_inspection", "reason": "送检到某实验室"}
    city.move(city.lead, c.Pause, reporter.filed.case_id, **pause, **AT)
    told = read(reporter)
    assert "Testing or inspection by a laboratory" in told
    assert "送检" not in told


def test_who_withdrew_is_promised_nothing_more(reporter, city):
    in_hand(city, reporter.filed)
    assert "our answer by" in read(reporter)
    reporter.send("/receipt/withdraw", reason="")
    told = read(reporter)
    assert "You withdrew it." in told
    # What was promised before stays readable below, as what fell away.
    assert told.count("Fell away") == 3
    told = told.partition("dates we promised you")[0]
    assert "our answer by" not in told
    assert "writes to you by" not in told


def test_what_could_not_be_verified_is_not_called_untrue(reporter, city):
    in_hand(city, reporter.filed)
    answered(city, reporter.filed, Finding.UNVERIFIABLE)
    closing = {"lesson_considered": True, "reason": "查不清"}
    city.move(city.lead, c.Close, reporter.filed.case_id, **closing, **AT)
    told = read(reporter)
    assert "could not find out whether it is true" in told
    assert "did not find it" not in told


def test_a_rating_stays_readable_for_who_gave_it(reporter, city):
    in_hand(city, reporter.filed)
    answered(city, reporter.filed)
    who = city.reporter(reporter.filed.report_id)
    rating = {"contacted": Contacted.NO, "solved": Solved.PARTLY, "satisfied": Satisfied.NOT}
    city.move(who, c.Rate, reporter.filed.case_id, **rating, **AT)
    told = read(reporter)
    assert "Were you contacted? No, I was not" in told
    assert "Is the problem solved? In part" in told
    assert "How did we handle it? Not satisfied" in told


def test_an_answer_from_before_a_reopening_is_called_earlier(reporter, city):
    in_hand(city, reporter.filed)
    answered(city, reporter.filed)
    assert "Our answer" in read(reporter)
    closing = {"lesson_considered": True, "reason": "无"}
    city.move(city.lead, c.Close, reporter.filed.case_id, **closing, **AT)
    again = {"ground": "new_evidence", "reason": "又有照片"}
    city.move(city.lead, c.Reopen, reporter.filed.case_id, **again, **AT)
    told = read(reporter)
    assert "Our earlier answer" in told
    assert "It was closed before and has been opened again." in told


def test_no_page_of_the_road_names_a_person(reporter, city):
    in_hand(city, reporter.filed)
    hazards = city.inspected(reporter.filed.case_id)
    city.book(reporter.filed.case_id, hazards)
    told = read(reporter)
    for name in (*city.actors, "厂长", "楼梯门上有铁链"):
        assert f" {name} " not in told.replace("。", " "), name


# Files with a message


def test_a_refused_file_is_said_and_the_others_wait_for_the_next_press(reporter, app, session):
    read(reporter)
    chosen = [("a.jpg", files.jpeg()), ("b.jpg", b""), ("c.png", files.png())]
    reporter.send("/receipt/message", chosen, body="请看照片")
    assert reporter.page.status_code == 422
    assert "The file is empty. Choose it again." in reporter.text
    assert "2 files go along with your message" in reporter.text
    assert reporter.fields("/receipt/message")[1]["body"] == "请看照片"
    assert list(app.extensions["portal-store"].listing("kept")) == []
    assert "You gave us" not in read(reporter)
    second = re.findall(r'name="remove" value="([^"]+)"', reporter.html)[1]
    reporter.send("/receipt/message", body="请看照片", remove=second)
    assert "You gave us 1 file." in reporter.text
    assert "go along" not in reporter.text
    assert list(app.extensions["portal-store"].listing("drafts")) == []


@pytest.mark.promise(1)
def test_a_message_waits_for_its_photos_and_keeps_its_words(reporter, app, monkeypatch):
    read(reporter)
    aside().patience_seconds = 0.01
    go, scrub = threading.Event(), low_scrubber().scrub
    monkeypatch.setattr(low_scrubber(), "scrub", lambda data: go.wait(60) and scrub(data))
    reporter.send("/receipt/message", [("a.jpg", files.jpeg())], body="请看照片")
    assert reporter.page.status_code == 422
    assert "Not sent yet: your files are still being cleaned." in reporter.text
    assert reporter.fields("/receipt/message")[1]["body"] == "请看照片"
    go.set()
    aside().patience_seconds = 60
    reporter.send("/receipt/message")
    assert "You gave us 1 file." in reporter.text
    assert "请看照片" in reporter.text


def test_of_each_file_it_says_what_was_removed_and_both_hashes(reporter, session):
    """Photos can be sent without a word, too."""
    read(reporter)
    photo, film = files.jpeg(), b"\0\0\0\x18ftypmp42" + bytes(200)
    reporter.send("/receipt/message", [("a.jpg", photo), ("b.mp4", film)], body="")
    assert reporter.page.status_code == 200
    told = re.sub(r"\s+", " ", reporter.text)
    assert "You gave us 2 files." in told
    assert "No messages yet." in told
    told = told.split("What became of your files")[1]
    shown, sealed = session.query(Attachment).order_by(Attachment.position)
    for data, removed in (
        (photo, "We removed place, time and phone model from this photo."),
        (film, "We can’t remove hidden data from this file and did not keep it."),
    ):
        assert f"{removed}" in told
        assert f"As you sent it, SHA-256: {sha256(data).hexdigest()} The original is not" in told
    assert f"The copy that is shown, SHA-256: {shown.copy_sha256}" in told
    assert f"Cleaned with {shown.tool} {shown.tool_version}" in told
    assert told.count("The copy that is shown") == 1 and sealed.copy_sha256 is None


def test_a_message_without_word_and_photo_is_asked_for(reporter):
    read(reporter)
    reporter.send("/receipt/message", body=" ")
    assert reporter.page.status_code == 422
    assert "Write a message." in reporter.text


def test_a_photo_that_came_in_parts_goes_along_and_half_a_one_is_no_message(reporter):
    read(reporter)
    sender, photo = Sender(reporter), files.jpeg()
    address = sender.create(photo).headers["Location"]
    assert sender.patch(address, photo[:1000], 0).status_code == 204
    reporter.send("/receipt/message", body="")
    assert reporter.page.status_code == 422
    assert "“IMG_1.jpg” did not finish." in reporter.text
    assert sender.patch(address, photo[1000:], 1000).status_code == 204
    reporter.send("/receipt/message", body="")
    assert "You gave us 1 file." in reporter.text
    read(reporter)
    # The next message has a list of its own.
    assert sender.files() == []
    assert sender.create(photo).status_code == 201
