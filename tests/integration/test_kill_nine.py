"""kill -9 of any one part of a portal that serves: what was confirmed stays, nobody has to help."""

import contextlib
import http.client
import io
import os
import signal
import socket
import threading
import time
from hashlib import sha256
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.integrations.mailbox import mails_in
from portal.integrations.postgres import APP, DATABASE, Cluster
from tests.support import files
from tests.support.running import Running, Stubborn
from tests.support.sender import metadata

#: A part that was killed serves again within so many seconds on a machine with much else to do.
SECONDS = 30
PARTS = ("a web worker", "the web server", "the job worker", "the database", "the mailbox")
EMAIL = "first@example.org"
#: The time-outs of the web server and of the way to the database, as short as they can be set: for
#: the headers of a request, for a thread without work, for a new connection.
SHORT = {
    "GRANIAN_HTTP1_HEADER_READ_TIMEOUT": "1000",
    "GRANIAN_BLOCKING_THREADS_IDLE_TIMEOUT": "5",
    "PGCONNECT_TIMEOUT": "2",
}
#: Longer than each of them, and than what the database allows a transaction that does nothing.
SLOW_SECONDS, AWAY_SECONDS, STEPS = 6.0, 2.5, 30


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    portal = Running(tmp_path_factory.mktemp("k") / "data", port)
    portal.start(**SHORT)
    made = portal.flask("accounts", "create", EMAIL, "--name", "首任")
    assert made.returncode == 0, made.stderr
    yield portal
    if portal.process.poll() is None:
        portal.stop()
    assert portal.tree() == set()


def address(portal):
    return f"http://127.0.0.1:{portal.port}"


class Filing(threading.Thread):
    """Reports one after the other until told to stop; keeps what the receipts confirmed."""

    def __init__(self, portal, name):
        super().__init__(daemon=True)
        self.portal, self.label = portal, name
        self.confirmed, self.fault = {}, None
        self.enough, self.shown = threading.Event(), threading.Event()
        self.repeats = 0

    def run(self):
        try:
            while not self.enough.is_set():
                words = f"{self.label} {len(self.confirmed)} 号：楼梯门锁着"
                visitor = Stubborn(address(self.portal))
                code = visitor.file(text=words)
                self.confirmed[words] = code
                self.repeats += visitor.repeats
                self.shown.set()
        except BaseException as fault:
            self.fault = fault
            self.shown.set()


def children(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if path.read_text().rsplit(")", 1)[1].split()[1] == str(pid):
                found.append(int(path.parent.name))
    return found


def pids(portal, part):
    """The processes that are killed as one part."""
    parts = portal.parts()
    if part == "a web worker":
        return children(parts["granian"])[:1]
    if part == "the database":
        # All of it at once, as when memory runs out: nobody is left to write anything.
        return [parts["postgres"], *children(parts["postgres"])]
    name = {"the web server": "granian", "the job worker": "jobs", "the mailbox": "mailbox"}[part]
    return [parts[name]]


def works(portal):
    """Whether every part does its work: pages, database, mail, jobs."""
    with contextlib.suppress(OSError, KeyError):
        alive = {"granian", "postgres", "mailbox", "jobs"} <= set(portal.parts())
        return alive and portal.database_answers() and portal.answers() and mailbox(portal)
    return False


def mailbox(portal):
    with contextlib.suppress(OSError):
        return portal.mailbox_answers()
    return False


def ask_for_link(portal):
    """Have a mail sent: queued with the answer that promises it."""
    visitor = Stubborn(address(portal))
    visitor.get("/reset")
    page = visitor.send(r"/reset", email=EMAIL)
    assert page.status_code == 200
    assert "a mail with a link is on its way" in visitor.text


def mails(portal):
    """The mails that the mailbox took."""
    return [mail for mail in mails_in(portal.folder / "mail") if EMAIL in mail.recipients]


def mail_arrives(portal, before):
    """The mail that was promised comes. What failed is tried again, and what a dead worker had in
    its hands is taken up, both within minutes by themselves: here their time has come at once.
    """
    portal.until(lambda: "jobs" in portal.parts(), SECONDS)
    rescued = []

    def came():
        if len(mails(portal)) > before:
            return True
        if not rescued:
            portal.sql(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
                " WHERE last_heartbeat < now() - interval '2 seconds'"
            )
            portal.sql(
                "INSERT INTO procrastinate_jobs (task_name, queue_name, args)"
                " VALUES ('rescue', 'default', '{\"timestamp\": 0}')"
            )
            rescued.append(True)
        portal.sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        return False

    portal.until(came, SECONDS)


def bodies(portal, label):
    """How often each report of this label is stored."""
    rows = portal.sql(
        "SELECT body, count(*) FROM texts JOIN reports ON reports.text_id = texts.id"
        f" WHERE body LIKE '{label}%' GROUP BY body"
    )
    return dict(rows)


def all_there(portal, filing):
    """Every confirmed report is stored once and its code opens it."""
    assert filing.fault is None, filing.fault
    stored = bodies(portal, filing.label)
    assert set(stored.values()) <= {1}, stored
    assert set(filing.confirmed) <= set(stored)
    for code in list(filing.confirmed.values())[-3:]:
        visitor = Stubborn(address(portal))
        visitor.open(code)
        assert visitor.page.request.path == "/receipt/report"


@pytest.mark.promise(1)
@pytest.mark.parametrize("part", PARTS)
def test_what_a_receipt_confirmed_is_there_after_the_kill_of(portal, part):
    portal.until(lambda: works(portal), SECONDS)
    before = len(mails(portal))
    filing = Filing(portal, part)
    filing.start()
    filing.shown.wait(60)
    ask_for_link(portal)
    filing.shown.clear()
    filing.shown.wait(60)  # the very moment after a receipt was shown
    killed = pids(portal, part)
    assert killed
    for pid in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    started = time.monotonic()
    portal.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in killed))
    portal.until(lambda: works(portal), SECONDS)
    assert time.monotonic() - started < SECONDS
    known = len(filing.confirmed)
    portal.until(lambda: len(filing.confirmed) > known or filing.fault, SECONDS)
    filing.enough.set()
    filing.join(60)
    all_there(portal, filing)
    mail_arrives(portal, before)


@pytest.mark.promise(1)
def test_what_was_confirmed_is_there_when_all_was_killed_and_started_again(portal):
    """The supervisor dies and takes everything along; the next start needs nobody."""
    portal.until(lambda: works(portal), SECONDS)
    before = len(mails(portal))
    filing = Filing(portal, "alles")
    filing.start()
    filing.shown.wait(60)
    os.kill(portal.parts()["jobs"], signal.SIGKILL)
    ask_for_link(portal)  # queued while no worker runs, or just as it begins
    filing.shown.clear()
    filing.shown.wait(60)
    portal.process.kill()
    portal.process.wait()
    portal.until_gone()
    portal.start(**SHORT)
    portal.until(lambda: works(portal), SECONDS)
    filing.enough.set()
    filing.join(90)
    all_there(portal, filing)
    mail_arrives(portal, before)


class Line:
    """Sends the parts of a file over a line that can be cut in the middle of one."""

    def __init__(self, portal, nonce):
        self.portal, self.nonce = portal, nonce

    def ask(self, method, path, body=b"", *, until=None, **headers):
        """Send a request, or of its body only as much as `until` says; None if nobody answers."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection("127.0.0.1", self.portal.port, timeout=20)
            line.putrequest(method, path)
            given = {"Tus-Resumable": "1.0.0", "Upload-Nonce": self.nonce, **headers}
            for name, value in {**given, "Content-Length": len(body)}.items():
                line.putheader(name, str(value))
            line.endheaders()
            line.send(body[:until])
            if until is not None:
                return line
            answer = line.getresponse()
            answer.read()
            return answer
        return None

    def offset(self, path):
        """How much is there, asked until somebody answers."""
        found = []

        def told():
            answer = self.ask("HEAD", path)
            if answer is not None and answer.status == 200:
                found.append(int(answer.headers["Upload-Offset"]))
            return found

        self.portal.until(told, SECONDS)
        return found[-1]

    def patch(self, path, body, at, **more):
        kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": at}
        return self.ask("PATCH", path, body, **kind, **more)


@pytest.mark.trap(22)
@pytest.mark.promise(1)
def test_a_file_goes_on_where_a_cut_and_a_kill_left_it_and_arrives_once(portal):
    """The line ends in the middle of one part, the web worker is killed in that of the next."""
    portal.until(lambda: works(portal), SECONDS)
    data = b"MZ" + os.urandom(700_000)  # of no kind that is shown: its hash is what tells
    visitor = Stubborn(address(portal))
    visitor.what_where(text="断线 1 号：楼梯门锁着")
    fields = visitor.fields("/report/evidence")[1]
    line = Line(portal, fields["nonce"])
    said = metadata(
        nonce=fields["nonce"], token=fields["csrf_token"], key="ab" * 16, filename="a.jpg"
    )
    wanted = {"Upload-Length": len(data), "Upload-Metadata": said}
    path = line.ask("POST", "/report/files", **wanted).headers["Location"]
    assert line.patch(path, data[:256_000], 0).status == 204
    half = line.patch(path, data[256_000:500_000], 256_000, until=100_000)
    half.close()
    # What came before the cut is kept, as soon as the server has seen that the line ended.
    portal.until(lambda: line.offset(path) == 356_000, SECONDS)
    half = line.patch(path, data[356_000:600_000], 356_000, until=100_000)
    (worker,) = children(portal.parts()["granian"])[:1]
    os.kill(worker, signal.SIGKILL)
    portal.until(lambda: not Path(f"/proc/{worker}").exists())
    at = line.offset(path)
    assert 356_000 <= at <= 456_000
    half.close()
    assert line.ask("POST", "/report/files", **wanted).headers["Location"] == path
    assert line.patch(path, data[at:], at).status == 204
    visitor.get("/report/check")
    visitor.send("/report/send")
    visitor.get("/report/check")  # sent again, by going back: the same receipt
    assert len(visitor.code) == 16
    portal.until(lambda: arrived(portal, data), SECONDS)
    assert arrived(portal, data) == [(1,)]


class Away:
    """The portal's database refuses everybody, and whoever it had; nothing else ends."""

    def __init__(self, portal):
        self.portal = portal

    def begin(self):
        self.run(f"ALTER DATABASE {DATABASE} WITH ALLOW_CONNECTIONS false")
        self.drop()

    def end(self):
        self.run(f"ALTER DATABASE {DATABASE} WITH ALLOW_CONNECTIONS true")

    def drop(self):
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{DATABASE}' AND pid <> pg_backend_pid()"
        )

    def run(self, statement):
        with Cluster(self.portal.folder).superuser("postgres") as connection:
            connection.execute(statement)


@pytest.mark.trap(22)
@pytest.mark.promise(1)
def test_a_line_slower_than_every_time_out_loses_nothing_while_the_database_is_away(portal):
    """A photo trickles in by the plain form and another in parts; in the middle nobody can write.

    Meanwhile somebody else files, who sends again what was answered by "not just now".
    """
    portal.until(lambda: works(portal), SECONDS)
    away = Away(portal)
    away.run(f"ALTER ROLE {APP} SET idle_in_transaction_session_timeout = '2s'")
    away.drop()  # who is connected anew gets that
    photos = [files.jpeg(), files.png()]
    visitor = Stubborn(address(portal))
    visitor.what_where(text="慢线 1 号：楼梯门锁着")
    fields = visitor.fields("/report/evidence")[1]
    line = Line(portal, fields["nonce"])
    said = metadata(
        nonce=fields["nonce"], token=fields["csrf_token"], key="cd" * 16, filename="b.png"
    )
    wanted = {"Upload-Length": len(photos[1]), "Upload-Metadata": said}
    path = line.ask("POST", "/report/files", **wanted).headers["Location"]
    form = {**fields, "photos": FileStorage(io.BytesIO(photos[0]), "a.jpg")}
    edge, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={edge}"
    at_once = [
        (line.ask("POST", "/report/evidence", body, until=0, **{"Content-Type": kind}), body),
        (line.patch(path, photos[1], 0, until=0), photos[1]),
    ]
    other = Filing(portal, "weg")
    other.start()
    started = time.monotonic()
    for step in range(STEPS):
        due = started + SLOW_SECONDS * step / STEPS
        time.sleep(max(0.0, due - time.monotonic()))  # a slow line is made of time
        if step == STEPS // 2:
            away.begin()
        if step == STEPS // 2 + int(STEPS * AWAY_SECONDS / SLOW_SECONDS):
            away.end()
        for sent, whole in at_once:
            share = [len(whole) * n // STEPS for n in (step, step + 1)]
            sent.send(whole[slice(*share)])
    assert [sent.getresponse().status for sent, _whole in at_once] == [303, 204]
    visitor.get("/report/check")
    visitor.send("/report/send")
    assert len(visitor.code) == 16
    for photo in photos:
        portal.until(lambda photo=photo: arrived(portal, photo), SECONDS)
        assert arrived(portal, photo) == [(1,)]
    known = len(other.confirmed)
    portal.until(lambda: len(other.confirmed) > known or other.fault, SECONDS)
    other.enough.set()
    other.join(60)
    assert other.repeats > 0
    all_there(portal, other)
    away.run(f"ALTER ROLE {APP} RESET idle_in_transaction_session_timeout")


def arrived(portal, data):
    """How many reports hold a file of these bytes."""
    return portal.sql(
        "SELECT count(*) FROM attachments WHERE original_sha256 ="
        f" '{sha256(data).hexdigest()}' HAVING count(*) > 0"
    )
