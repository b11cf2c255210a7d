"""Pictures for the reporter: those that a handler released, and never another."""

import secrets
from io import BytesIO
from uuid import uuid4

import pytest

from portal.access.kinds import Actor, Role
from portal.attachments.models import Attachment
from portal.cases.kinds import Shows
from portal.cases.lifecycle import commands as c
from portal.foundation import secrets as keys
from portal.foundation.errors import Incomplete, NotAllowed, OutOfTurn
from portal.reports.lifecycle import receipt_code
from tests.support import files
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.stopped import StoppedClock
from tests.support.visitor import Visitor


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def reporter(app, city, clock):
    """Somebody whose case is in hand, with a photo of their own and two that staff added."""
    found = Visitor(app)
    nonce = secrets.token_bytes(16)
    found.filed = city.file(nonce=nonce)
    found.digits = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    city.accepted(found.filed.case_id)
    city.dispatched(found.filed.case_id)
    city.move(city.lead, c.SignFor, found.filed.case_id)
    found.open(found.digits)
    found.send("/receipt/message", [("mine.jpg", files.jpeg())], body="请看")
    return found


@pytest.fixture
def clerk(client_for, city, reporter):
    found = Clerk(client_for(city.member))
    found.case = f"/staff/cases/{reporter.filed.case_id}"
    for name in ("一.jpg", "二.jpg"):
        found.go(f"{found.case}/add_evidence")
        photo = (BytesIO(files.jpeg()), name)
        form = dict(found.form("add_evidence").fields)
        answer = found.client.post(f"{found.case}/add_evidence", data={**form, "files": photo})
        assert answer.status_code == 303
    return found


def given(session, *, by_reporter):
    session.expire_all()
    rows = session.query(Attachment).order_by(Attachment.created_at, Attachment.position)
    return [row for row in rows if (row.report_id is not None) is by_reporter]


def answers(reporter, file_id):
    path = f"/receipt/files/{file_id}"
    return [reporter.client.get(f"{path}{tail}").status_code for tail in ("", "?part=thumbnail")]


@pytest.mark.trap(26)
@pytest.mark.trap(58)
def test_only_what_a_handler_released_is_reached_by_the_code_and_only_as_long(
    reporter, clerk, city, session, app
):
    before, after = given(session, by_reporter=False)
    own = given(session, by_reporter=True)[0]
    everything = (before.id, after.id, own.id, uuid4())
    # Nothing is released by being there.
    assert {code for one in everything for code in answers(reporter, one)} == {404}
    reporter.get("/receipt/report")
    assert "/receipt/files/" not in reporter.html
    # A choice for each picture, the reporter's own not among them; a look at what goes out first.
    clerk.go(f"{clerk.case}/release_files")
    names = {name for name in clerk.form("release_files").names if name.startswith("file-")}
    assert names == {f"file-{before.id}", f"file-{after.id}"}
    clerk.send("release_files", **{f"file-{after.id}": "after"})
    assert "The reporter sees" in clerk.text
    assert answers(reporter, after.id) == [404, 404]
    clerk.send("release_files", button=("step", "send"))
    assert answers(reporter, after.id) == [200, 200]
    assert {code for one in (before.id, own.id) for code in answers(reporter, one)} == {404}
    reporter.get("/receipt/report")
    assert "After, picture 1" in reporter.html
    assert reporter.html.count('href="/receipt/files/') == 1
    # Who has no code, or another, has no picture.
    stranger = Visitor(app)
    assert answers(stranger, after.id) == [404, 404]
    stranger.file()
    assert answers(stranger, after.id) == [404, 404]
    # The last release says it whole: what it leaves out is shown no more.
    swapped = ((before.id, Shows.BEFORE),)
    city.move(city.lead, c.ReleaseFiles, reporter.filed.case_id, files=swapped)
    assert answers(reporter, after.id) == [404, 404]
    assert answers(reporter, before.id) == [200, 200]
    city.move(city.lead, c.ReleaseFiles, reporter.filed.case_id, files=())
    assert answers(reporter, before.id) == [404, 404]


def test_no_move_releases_what_a_reporter_gave_or_another_case_has(reporter, clerk, city, session):
    own = given(session, by_reporter=True)[0]
    for foreign in (own.id, uuid4()):
        with pytest.raises(Incomplete) as error:
            chosen = ((foreign, Shows.OTHER),)
            city.move(city.lead, c.ReleaseFiles, reporter.filed.case_id, files=chosen)
        assert error.value.reason == "file_not_releasable"
    with pytest.raises(Incomplete) as error:
        city.move(city.lead, c.ReleaseFiles, reporter.filed.case_id, files=())
    assert error.value.reason == "release_missing"
    mine = ((given(session, by_reporter=False)[0].id, Shows.AFTER),)
    for nobody in (city.dispatcher, Actor(role=Role.AUDITOR), city.director):
        with pytest.raises(NotAllowed):
            city.move(nobody, c.ReleaseFiles, reporter.filed.case_id, files=mine)
    other = city.in_hand()
    with pytest.raises(OutOfTurn) as error:
        city.move(city.lead, c.ReleaseFiles, other.case_id, files=mine)
    assert "no_files" in str(error.value)
