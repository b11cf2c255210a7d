"""Files are cleaned aside from the request: waited for a moment, taken up after a crash, once."""

import re
import threading
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.attachments.kinds import Area
from portal.attachments.models import Attachment
from portal.integrations.aside import Aside
from portal.reports.models import Report
from portal.web.uploads import aside, low_scrubber, store
from tests.support import files
from tests.support.sender import Sender
from tests.support.staff import each_request_alone
from tests.support.visitor import Visitor


@pytest.fixture
def visitor(app, city):
    with each_request_alone(app):
        visitor = Visitor(app)
        visitor.what_where()
        yield visitor


class Slow:
    """Lets the scrubber stand until it is let go, and counts what it was given."""

    def __init__(self, monkeypatch):
        self.go, self.begun, self.given = threading.Event(), threading.Event(), []
        self.real = low_scrubber().scrub
        monkeypatch.setattr(low_scrubber(), "scrub", self.scrub)

    def scrub(self, data):
        self.given.append(sha256(data).hexdigest())
        self.begun.set()
        assert self.go.wait(60)
        return self.real(data)


@pytest.fixture
def slow(app, monkeypatch):
    aside().patience_seconds = 0.01
    slow = Slow(monkeypatch)
    yield slow
    slow.go.set()


def settled(sender):
    """Wait until nothing is being cleaned, as a script does."""
    aside().patience_seconds = 60
    while (told := sender.files()) and any(file["state"] == "being_cleaned" for file in told):
        aside().wait([UUID(file["id"]) for file in told])
    return told


@pytest.mark.promise(1)
def test_sending_waits_for_no_long_and_loses_nothing(visitor, session, slow):
    """By the plain form: each page comes at once and says what is so; sent again, it is sent."""
    photo = files.jpeg()
    sender = Sender(visitor)
    visitor.evidence([("a.jpg", photo)])
    assert slow.begun.wait(20)
    visitor.get("/report/evidence")
    assert "It is here and is being cleaned." in visitor.text
    # Unscrubbed bytes are nowhere in the clear meanwhile.
    for name, _at in store().listing(Area.DRAFTS):
        assert not any(part in store().get(name) for part in (b"JFIF", *files.SECRETS))
    visitor.get("/report/check")
    assert "1 file" in visitor.text
    for _press in range(2):
        visitor.send("/report/send")
        assert visitor.page.status_code == 422
        assert "Not sent yet: your files are still being cleaned. Nothing is lost" in visitor.text
        assert "portal-send-when-clean" in visitor.html
    session.rollback()
    assert session.scalars(select(Report)).all() == []
    slow.go.set()
    settled(sender)
    visitor.send("/report/send")
    assert len(visitor.code) == 16
    session.rollback()
    (row,) = session.scalars(select(Attachment)).all()
    assert (row.state, row.original_sha256) == ("shown", sha256(photo).hexdigest())
    assert (row.tool, bool(row.tool_version)) == ("pillow", True)
    assert slow.given == [sha256(photo).hexdigest()]  # however often it was asked for
    assert list(store().listing(Area.DRAFTS)) == []


@pytest.mark.promise(1)
def test_what_a_dead_process_had_in_hand_is_taken_up_by_who_asks_next(
    visitor, app, slow, tmp_path, monkeypatch
):
    sender = Sender(visitor)
    sender.send(files.jpeg(), name="a.jpg")
    assert slow.begun.wait(20)
    # Another process: it knows of nothing that was asked before. The dead one's turn is free.
    slow.go.set()
    settled(sender)
    monkeypatch.setattr("portal.filing.views.uploads.aside", lambda: Deaf())
    sender.send(files.png(), name="b.png")
    assert [file["state"] for file in sender.files()] == ["clean", "being_cleaned"]
    monkeypatch.undo()
    again = Aside(tmp_path / "turns", turns=2, waiting=1, patience_seconds=60)
    app.extensions["portal-aside"] = again
    visitor.get("/report/check")
    visitor.send("/report/send")
    assert len(visitor.code) == 16


class Deaf:
    """A process that dies before it does what it was asked for."""

    def ask(self, work_id, work):
        pass

    def wait(self, work_ids):
        pass


@pytest.mark.promise(1)
@pytest.mark.parametrize("end", ["removed", "cleared"])
def test_what_goes_while_it_is_cleaned_leaves_nothing_behind(visitor, slow, end):
    sender = Sender(visitor)
    address = sender.send(files.jpeg())
    assert slow.begun.wait(20)
    if end == "removed":
        assert sender.ask("DELETE", address).status_code == 204
    else:
        visitor.get("/report")
        visitor.send("/report/clear")
    slow.go.set()
    aside().patience_seconds = 60
    aside().wait([UUID(hex=re.search(r"files/(\w+)", address)[1])])
    assert list(store().listing(Area.DRAFTS)) == []


def test_few_at_once_on_the_machine_and_each_once(tmp_path):
    """Two processes by their locks: never more than the turns, and never one work twice at once."""
    processes = [Aside(tmp_path, turns=2, waiting=9, patience_seconds=60) for _ in range(2)]
    works, guard = [uuid4() for _ in range(12)], threading.Lock()
    running, most, done = set(), [], []

    def work(work_id):
        with guard:
            assert work_id not in running
            running.add(work_id)
            most.append(len(running))
        threading.Event().wait(0.01)
        with guard:
            running.discard(work_id)
            done.append(work_id)

    for process in processes * 2:
        for work_id in works:
            process.ask(work_id, lambda work_id=work_id: work(work_id))
    for process in processes:
        process.wait(works)
    assert max(most) <= 2
    assert set(done) == set(works)


def test_who_waits_is_limited_and_a_fault_ends_no_thread(tmp_path, caplog):
    process = Aside(tmp_path, turns=1, waiting=1, patience_seconds=60)
    go, held = threading.Event(), uuid4()
    process.ask(held, lambda: go.wait(60))
    waiting = threading.Thread(target=process.wait, args=([held],))
    waiting.start()
    while process._waiting._value:  # until it stands there
        threading.Event().wait(0.001)
    process.wait([held])  # the second one is answered at once
    assert not go.is_set()
    broken, after, done = uuid4(), uuid4(), threading.Event()
    process.ask(broken, lambda: 1 / 0)
    process.ask(after, done.set)
    go.set()
    waiting.join(20)
    process.wait([broken, after])
    assert done.is_set()
    assert "work aside failed: ZeroDivisionError" in caplog.text
    process.ask(broken, done.clear)  # asked again it is tried again
    process.wait([broken])
    assert not done.is_set()
