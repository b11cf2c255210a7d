"""The worker as a process: killed in the middle, asked to end, on the roles that it really has."""

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

import config
from portal.foundation.queue import enqueue
from portal.foundation.transaction import unit_of_work
from portal.notices.kinds import DeliveryState
from portal.notices.models import Delivery
from tests.support.post import Server, serving

ROOT = Path(config.__file__).parent
GROUP = ["lead@example.org", "member@example.org", "second_member@example.org"]
CASES = 12
LONGEST = 60.0


@pytest.fixture
def post(free_port):
    server = Server()
    running = serving(server, free_port)
    server.port = free_port
    yield server
    running.stop()


@pytest.fixture
def start(database, settings, post):
    """Start workers as `script/server` does; what still runs at the end is killed."""
    processes = []

    def run():
        clean = {n: v for n, v in os.environ.items() if not n.startswith(("PORTAL_", "DATABASE_"))}
        address = {"DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url}
        environment = {
            **clean,
            **{n: url.render_as_string(hide_password=False) for n, url in address.items()},
            "PORTAL_DATA_DIR": str(settings.data_dir),
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(post.port),
            "MAIL_TIMEOUT": "5",
        }
        command = [ROOT / ".venv" / "bin" / "flask", "--app", "wsgi", "jobs", "run"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        processes.append(process)
        return process

    yield run
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()


def wait_for(condition, what):
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


@pytest.fixture
def dispatched(city):
    """Dispatched cases whose minute is over, red so that no quiet hour keeps their mails."""
    city.session.execute(text("UPDATE memberships SET starts_on = '2020-01-01'"))
    city.session.commit()
    moment = datetime.now(UTC) - timedelta(minutes=5)
    filed = []
    for _ in range(CASES):
        filed.append(city.file(now=moment).case_id)
        city.accepted(filed[-1], now=moment)
        city.dispatched(filed[-1], now=moment, suspected_major=True)
    return filed


def mails(post):
    """Count the mails of dispatches by address and case."""
    return Counter(
        (to, message.get_content().split("/staff/cases/")[1][:36])
        for to, message in post.taken
        if message["Subject"] == "有一件案子需要你办理"
    )


def silence(superuser):
    """Let every worker's last sign of life lie long ago: a test can't wait for it."""
    with superuser.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
        )


def waiting(session):
    session.rollback()
    found = session.scalars(
        select(Delivery.id).where(Delivery.state == DeliveryState.WAITING, Delivery.kind == "case")
    )
    return len(found.all())


def test_killed_in_the_middle_each_mail_goes_out_once_or_twice(
    dispatched, start, post, superuser, session
):
    post.stall_seconds = 0.2
    wanted = {(to, str(case)) for to in GROUP for case in dispatched}
    for share in (0.2, 0.5):
        worker = start()
        wait_for(lambda share=share: len(mails(post)) > share * len(wanted), "some mails")
        # Some mail is taken by the server and not yet known to be.
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        silence(superuser)
    post.stall_seconds = 0.0
    start()
    wait_for(lambda: set(mails(post)) >= wanted and not waiting(session), "all mails")
    counted = mails(post)
    assert set(counted) == wanted
    assert set(counted.values()) <= {1, 2}
    # Two workers died with at most two mails in their hands each.
    assert sum(counted.values()) - len(wanted) <= 4
    states = session.scalars(select(Delivery.state).where(Delivery.kind == "case")).all()
    assert set(states) == {DeliveryState.SENT}


def test_asked_to_end_it_finishes_what_it_does(dispatched, start, post, session):
    post.stall_seconds = 0.5
    worker = start()
    wait_for(lambda: post.taken, "the first mail")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(LONGEST) == 0
    assert set(mails(post).values()) == {1}
    session.rollback()
    claimed = session.scalars(select(Delivery.id).where(Delivery.claimed_at.is_not(None))).all()
    assert claimed == []


def test_what_is_done_leaves_no_row_in_the_queue(dispatched, start, post, superuser, session):
    start()
    wait_for(lambda: len(mails(post)) == len(GROUP) * CASES and not waiting(session), "all mails")

    def done():
        with superuser.connect() as connection:
            return connection.scalar(
                text(
                    "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'todo'"
                    " AND status <> 'doing'"
                )
            )

    wait_for(lambda: done() == 0, "an empty queue")


def test_a_job_that_fails_waits_longer_each_time_and_is_parked(city, start, superuser):
    with unit_of_work(city.session) as session:
        enqueue(session, "spread_notice", notice_id="no id at all")
    start()

    def row():
        with superuser.connect() as connection:
            return connection.execute(
                text(
                    "SELECT status::text, attempts, extract(epoch FROM scheduled_at - now())"
                    " FROM procrastinate_jobs WHERE task_name = 'spread_notice'"
                )
            ).one()

    wait_for(lambda: row()[0] == "todo" and row()[1] == 1, "the first try")
    assert 60 < row()[2] <= 240
    with superuser.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE procrastinate_jobs SET attempts = 8, scheduled_at = now() - interval '1 minute'"
            " WHERE task_name = 'spread_notice'"
        )
    wait_for(lambda: row()[0] == "failed", "the parking")


def test_a_job_of_a_rolled_back_transaction_is_none(city, superuser):
    with pytest.raises(RuntimeError), unit_of_work(city.session) as session:
        enqueue(session, "sweep", timestamp=0)
        raise RuntimeError
    with superuser.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
