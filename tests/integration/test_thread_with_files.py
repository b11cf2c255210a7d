"""Files in the thread, both ways: staff send clean copies to one reporter, and to nobody else."""

import secrets
from io import BytesIO

import pytest

from portal.attachments.kinds import Purpose
from portal.attachments.models import Attachment
from portal.cases.lifecycle import commands as c
from portal.cases.services import link_token
from portal.foundation import secrets as keys
from portal.history.queries import events_of
from portal.reports.lifecycle import receipt_code
from tests.support import files
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.stopped import StoppedClock
from tests.support.visitor import Visitor

#: A file from which nothing can be removed.
OFFICE = b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml"


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


def following(app, city):
    found = Visitor(app)
    nonce = secrets.token_bytes(16)
    found.filed = city.file(nonce=nonce)
    found.open(receipt_code(nonce, keys.in_use().key("receipt-derivation")))
    return found


@pytest.fixture
def reporter(app, city, clock):
    found = following(app, city)
    city.accepted(found.filed.case_id)
    city.dispatched(found.filed.case_id)
    city.move(city.lead, c.SignFor, found.filed.case_id)
    return found


@pytest.fixture
def clerk(client_for, city, reporter):
    found = Clerk(client_for(city.member))
    found.case = f"/staff/cases/{reporter.filed.case_id}"
    found.go(f"{found.case}/answer")
    return found


def choose(clerk, *chosen, **changes):
    """Fill the form of the answer, files and all, and press its button."""
    sent = {**dict(clerk.form("/answer").fields), **changes}
    sent["files"] = [(BytesIO(content), name) for name, content in chosen]
    answer = clerk.client.post(f"{clerk.case}/answer", data=sent)
    return clerk._seen(answer)


def sent_files(session):
    session.expire_all()
    return session.query(Attachment).filter_by(purpose=Purpose.SENT).all()


def reaches(who, path):
    return [who.client.get(f"{path}{tail}").status_code for tail in ("", "?part=thumbnail")]


@pytest.mark.trap(27)
@pytest.mark.trap(58)
def test_a_file_of_the_answer_is_cleaned_and_reaches_its_reporter_alone(
    app, city, session, reporter, clerk, client_for
):
    photo = files.jpeg()
    choose(clerk, ("锁.jpg", photo), body="请看照片")
    # Looked at first: nothing has gone out, nothing is lost, whatever is refused meanwhile.
    assert "1 file goes along" in clerk.text and "请看照片" in clerk.text
    assert sent_files(session) == []
    clerk.send("/answer", button=("step", "edit"))
    choose(clerk, ("表格.docx", OFFICE), body="")
    assert clerk.status == 422 and "Not taken" in clerk.text
    assert "1 file goes along" in clerk.text, "the good one is still there"
    choose(clerk, body="请看照片")
    clerk.send("/answer", button=("step", "send"))
    (row,) = sent_files(session)
    path = f"/receipt/files/{row.id}"
    # In the thread, for whoever gave the code: the copy, without what the photo hid.
    reporter.get("/receipt/report")
    assert reporter.html.count(f'href="{path}') == 1 and "File 1 for you" in reporter.html
    copy = reporter.client.get(path)
    assert copy.status_code == 200 and copy.mimetype == "image/jpeg"
    assert b"Exif" in photo and b"Exif" not in copy.data
    # The event holds both hashes, and staff see it in the thread.
    event = events_of(session, reporter.filed.case_id)[-1]
    assert event.payload["files"][0]["original_sha256"] == row.original_sha256
    assert event.payload["files"][0]["copy_sha256"] == row.copy_sha256
    staff = Clerk(client_for(city.lead)).go(clerk.case)
    assert "Sent to the reporter" in staff.text
    assert staff.html.count(f'href="{clerk.case}/files/{row.id}"') == 2
    # It can be released to nobody else, and the draft is gone with its objects.
    assert str(row.id) not in Clerk(client_for(city.member)).go(f"{clerk.case}/release_files").html
    clerk.go(f"{clerk.case}/answer")
    assert "goes along" not in clerk.text
    # A stranger, somebody with another code, even of the same matter, and the unit: nothing.
    other = following(app, city)
    assert reaches(Visitor(app), path) == reaches(other, path) == [404, 404]
    seen = city.version(reporter.filed.case_id)
    merged = other.filed.case_id
    city.accepted(merged)
    city.dispatched(merged)
    city.move(city.lead, c.SignFor, merged)
    case_id = reporter.filed.case_id
    city.move(city.lead, c.Merge, case_id, into_id=merged, reason="同一件事", seen=seen)
    assert reaches(other, path) == [404, 404]
    assert reaches(reporter, path) == [200, 200], "it goes with its report"
    book = city.book(merged, city.inspected(merged))
    unit = f"/unit/{link_token(book.id)}"
    assert app.test_client().get(unit).status_code == 200
    assert str(row.id) not in app.test_client().get(unit).text
    assert app.test_client().get(f"{unit}/files/{row.id}").status_code == 404


def test_what_was_looked_at_goes_out_or_nothing_does(session, clerk, reporter):
    """A second tab, or a day that ends the draft, must not change what was looked at."""
    choose(clerk, ("一.jpg", files.jpeg()), body="请看")
    preview = clerk.form("/answer")
    clerk.go(f"{clerk.case}/answer")
    choose(clerk, ("二.jpg", files.jpeg()), body="请看")
    clerk.read.forms = [preview]
    clerk.send("/answer", button=("step", "send"))
    assert clerk.status == 422 and "not those that you looked at" in clerk.text
    assert sent_files(session) == []
    # One taken out again, the other goes; pressed twice, it goes once.
    first = next(value for name, value in preview.fields if name == "along")
    choose(clerk, body="请看", remove=first)
    last = clerk.form("/answer")
    clerk.send("/answer", button=("step", "send"))
    assert len(sent_files(session)) == 1 and str(sent_files(session)[0].id) != first
    clerk.read.forms, clerk.address = [last], f"{clerk.case}/answer"
    clerk.send("/answer", button=("step", "send"))
    assert clerk.status == 200 and len(sent_files(session)) == 1


def test_what_the_reporter_sends_with_words_stands_beside_them(session, reporter, clerk):
    reporter.send("/receipt/message", [("mine.jpg", files.jpeg())], body="还锁着")
    reporter.get("/receipt/report")
    assert "With 1 file" in reporter.text and "/receipt/files/" not in reporter.html
    row = session.query(Attachment).filter_by(purpose=Purpose.MESSAGE).one()
    clerk.go(clerk.case)
    assert clerk.html.count(f'href="{clerk.case}/files/{row.id}"') == 2
