"""Who waits for a slow line, or for a turn, holds up nobody else."""

import io
import threading

import pytest
from werkzeug.exceptions import ClientDisconnected

from portal.web import turns
from portal.web.turns import LARGE, Turns

WAIT = 10.0


class Line:
    """A line that brings its first half, and the rest when it is let; or breaks instead."""

    def __init__(self, body, breaks=False):
        self.body, self.breaks = io.BytesIO(body), breaks
        self.half, self.asked, self.goes_on = len(body) // 2, threading.Event(), threading.Event()

    def read(self, size=-1):
        if self.body.tell() < self.half:
            return self.body.read(min(size, self.half - self.body.tell()))
        self.asked.set()
        assert self.goes_on.wait(WAIT)
        if self.breaks:
            raise OSError("gone")
        return self.body.read(size)


class Desk:
    """An app that notes what it was brought, and how many were at work in it at once."""

    def __init__(self):
        self.taken, self.busy, self.most, self.guard = [], 0, 0, threading.Lock()
        self.begun, self.may_end = threading.Semaphore(0), threading.Event()
        self.may_end.set()

    def __call__(self, environ, start):
        with self.guard:
            self.busy += 1
            self.most = max(self.most, self.busy)
        self.begun.release()
        try:
            assert self.may_end.wait(WAIT)
            self.taken.append(environ["wsgi.input"].read())
        except ClientDisconnected:
            self.taken.append("broken")
        finally:
            with self.guard:
                self.busy -= 1
        return [b"ok"]


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def make(desk, tmp_path):
    def make(at_once=1, most=10 * LARGE, **more):
        lock = tmp_path / "run" / "large"
        return Turns(desk, at_once=at_once, most=lambda: most, lock=lock, **more)

    return make


def sent(before, line, length):
    """Send a request in a thread of its own."""
    environ = {"CONTENT_LENGTH": str(length), "wsgi.input": line}
    thread = threading.Thread(target=before, args=(environ, None), daemon=True)
    thread.start()
    return thread


def ended(*threads):
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()


@pytest.mark.parametrize("length", [100, 2 * LARGE])
def test_a_slow_line_takes_nobodys_turn(make, desk, length):
    before = make()
    slow = [Line(b"s" * length) for _one in range(3)]
    threads = [sent(before, line, length) for line in slow]
    assert all(line.asked.wait(WAIT) for line in slow)
    ended(sent(before, io.BytesIO(b"quick"), 5), sent(before, io.BytesIO(), 0))
    assert desk.taken == [b"quick", b""]
    for line in slow:
        line.goes_on.set()
    ended(*threads)
    assert desk.taken[2:] == [b"s" * length] * 3


@pytest.mark.promise(1)
@pytest.mark.trap(22)
def test_what_a_broken_line_brought_is_never_taken_for_all(make, desk):
    line = Line(b"text=half+of+it&place=here", breaks=True)
    line.goes_on.set()
    ended(sent(make(), line, 26))
    ended(sent(make(), io.BytesIO(b"too short"), 26))
    assert desk.taken == ["broken", "broken"]


def test_a_reader_piece_by_piece_gets_what_came_before_the_break(make, tmp_path):
    got = []

    def app(environ, start):
        got.append(environ["wsgi.input"].read(8))
        got.append(environ["wsgi.input"].read(8))
        with pytest.raises(ClientDisconnected):
            environ["wsgi.input"].read(8)
        return []

    before = Turns(app, at_once=1, most=lambda: LARGE, lock=tmp_path / "large")
    before({"CONTENT_LENGTH": "100", "wsgi.input": io.BytesIO(b"0123456789")}, None)
    assert got == [b"01234567", b"89"]


def test_of_large_bodies_one_is_worked_on_at_a_time_by_all_processes(make, desk):
    one, other = make(at_once=4), make(at_once=4)  # as two processes have them
    desk.may_end.clear()
    body = b"l" * LARGE
    large = [sent(at, io.BytesIO(body), LARGE) for at in (one, other, one, other)]
    assert desk.begun.acquire(timeout=WAIT)
    small = sent(other, io.BytesIO(b"s"), 1)
    assert desk.begun.acquire(timeout=WAIT)
    desk.may_end.set()
    ended(small, *large)
    assert len(desk.taken) == 5
    assert desk.most == 2


def test_whose_turn_does_not_come_goes_on_without(make, desk, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.05)
    one, other = make(at_once=4), make(at_once=4)
    desk.may_end.clear()
    large = [sent(at, io.BytesIO(b"l" * LARGE), LARGE) for at in (one, one, other)]
    assert all(desk.begun.acquire(timeout=WAIT) for _one in large)
    desk.may_end.set()
    ended(*large)


def test_what_is_too_large_is_not_read_before_the_app_is_asked(make, desk):
    line = Line(b"x" * 200)
    thread = sent(make(most=100), line, 200)
    assert desk.begun.acquire(timeout=WAIT)
    line.goes_on.set()
    ended(thread)


@pytest.mark.parametrize("length", [100, 2 * LARGE, 20 * LARGE])
def test_what_nothing_is_made_of_is_never_read(make, desk, length):
    line = Line(b"x" * length)
    ended(sent(make(takes=lambda environ: False), line, length))
    assert (desk.taken, line.body.tell()) == ([b""], 0)


@pytest.mark.parametrize("said", ["", "x", "-1", "٣", "1e3"])
def test_a_length_that_is_none_counts_as_none(make, desk, said):
    make()({"CONTENT_LENGTH": said, "wsgi.input": io.BytesIO()}, None)
    assert desk.taken == [b""]
