"""A worker under a virtual clock with a real mail server, and cases of which people are told."""

from datetime import timedelta

import pytest

from portal.foundation.transaction import unit_of_work
from portal.integrations.mail import Post
from portal.notices.services import open_digests
from tests.support.city import NOON
from tests.support.jobs import Worker
from tests.support.post import Server, serving

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def post():
    return Server()


@pytest.fixture
def worker(app, post, free_port, monkeypatch, without_digests):
    """A worker whose clock stands at NOON, and a mail server."""
    running = serving(post, free_port)
    mail = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port, "MAIL_TIMEOUT": 5}
    app.extensions["portal-post"] = Post({**app.config, **mail})
    worker = Worker(app, NOON)
    monkeypatch.setattr("portal.jobs.tasks.now", worker.now)
    yield worker
    running.stop()


@pytest.fixture
def without_digests(city):
    """Let the mornings' digests be made already: these tests are about notices."""
    with unit_of_work(city.session) as session:
        for number in range(30):
            open_digests(session, (NOON + number * DAY).date(), now=NOON)


@pytest.fixture
def told(worker, post):
    """Let everything wait that is due by now, and give the addresses that then hear of it."""

    def told(after=HOUR):
        before = len(post.taken)
        worker.until(worker.at + after)
        return {to for to, _message in post.taken[before:]}

    return told


@pytest.fixture
def given(city, told):
    """A case of whose way to its group everybody was told already."""
    filed = city.in_hand()
    told()
    return filed


@pytest.fixture
def booked(city, worker, given):
    hazards = city.inspected(given.case_id, now=worker.at)
    book = city.book(given.case_id, hazards, now=worker.at)
    return given, book
