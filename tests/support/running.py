"""A portal that runs as `script/server` runs it, and a browser that talks to it by HTTP."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from types import SimpleNamespace

import psycopg
from werkzeug.datastructures import Headers

import config
from portal.integrations.postgres import Cluster
from tests.support.visitor import Visitor

ROOT = Path(config.__file__).parent


def command(*arguments):
    return [sys.executable, "-m", "script.supervisor", *map(str, arguments)]


def environment(folder, **more):
    clean = {n: v for n, v in os.environ.items() if not n.startswith(("PORTAL_", "DATABASE_"))}
    return {**clean, "PORTAL_DATA_DIR": str(folder), **more}


class Running:
    """A portal that runs."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.log = folder.with_name("server.log")
        self.process = None

    def start(self, **more):
        started = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("--port", self.port),
                cwd=ROOT,
                env=environment(self.folder, WEB_WORKERS="1", **more),
                stdout=log,
                stderr=log,
            )
        self.until(self.answers, 90)
        return time.monotonic() - started

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def until(self, condition, seconds=40):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def parts(self):
        """The ids of its children by a word of their command."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int(path.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
                words = path.joinpath("cmdline").read_bytes().decode().split("\0")
                if parent == self.process.pid:
                    known = ("granian", "postgres", "mailbox", "jobs")
                    # A part that was just killed, or not yet started, has none of these words.
                    names = [n for n in known if any(n in word for word in words)]
                    found.update({name: int(path.name) for name in names[:1]})
        return found

    def tree(self):
        """All processes that work on this data folder."""
        sign = str(self.folder).encode()
        found = set()
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                environ = path.joinpath("environ").read_bytes()
                line = path.joinpath("cmdline").read_bytes()
                if sign in line or b"PORTAL_DATA_DIR=" + sign + b"\0" in environ:
                    found.add(int(path.name))
        return found - {os.getpid()}

    def until_gone(self):
        """Wait until no process of it is left."""
        self.until(lambda: not self.tree())

    def flask(self, *arguments):
        return subprocess.run(
            [Path(sys.executable).parent / "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=environment(self.folder),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def sql(self, statement):
        with psycopg.connect(
            host=str(Cluster(self.folder).sockets()),
            user="postgres",
            dbname="portal",
            connect_timeout=5,
        ) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def database_answers(self):
        try:
            return self.sql("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False

    def mailbox_answers(self):
        port = int((self.folder / "run" / "mail.port").read_text())
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(3) == b"220"

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(90)


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the visitor does."""

    def redirect_request(self, *given):
        return None


class Wire:
    """What a test client does, by HTTP; where nobody answers it raises ConnectionError."""

    def __init__(self, address, timeout=20):
        self.address, self.timeout = address, timeout
        self.opener = urllib.request.build_opener(
            _Straight, urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def get(self, path, **ignored):
        return self._answer(urllib.request.Request(self._whole(path)))  # noqa: S310

    def post(self, path, data=None, **ignored):
        body = urllib.parse.urlencode(data or {}, doseq=True).encode()
        return self._answer(urllib.request.Request(self._whole(path), data=body))  # noqa: S310

    def _whole(self, path):
        return urllib.parse.urljoin(self.address, path)

    def _answer(self, request):
        try:
            answer = self.opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError as error:
            raise ConnectionError(str(error)) from error
        try:
            body = answer.read()
        except OSError as error:
            raise ConnectionError(str(error)) from error
        path = urllib.parse.urlsplit(request.full_url).path
        return SimpleNamespace(
            status_code=answer.status,
            headers=Headers(answer.headers.items()),
            get_data=lambda as_text=False: body.decode() if as_text else body,
            request=SimpleNamespace(path=path),
        )


class Stubborn(Visitor):
    """Somebody who sends a page again for as long as nobody answers it."""

    def __init__(self, address, patience=60):
        self.client, self.base, self.language = Wire(address), address, "en"
        self.answer, self.patience, self.repeats = None, patience, 0

    def get(self, path):
        return self._until(lambda: Visitor.get(self, path))

    def post(self, path, data=None, **more):
        return self._until(lambda: Visitor.post(self, path, data, **more))

    def _until(self, act):
        deadline = time.monotonic() + self.patience
        while True:
            with contextlib.suppress(ConnectionError):
                answer = act()
                if answer.status_code < 500:
                    return answer
            assert time.monotonic() < deadline, "nobody answers"
            self.repeats += 1
            time.sleep(0.2)
