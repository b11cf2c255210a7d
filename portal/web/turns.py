"""Turns: few requests work at once, and only once all that they bring has arrived.

Each thread of the web server serves one request, and most of a slow phone's is waiting for the
line. So there are more threads than requests at work: the others wait here, hold no connection to
the database, and leave the processors to those who look at a page. Of large bodies one is worked on
at a time on the whole machine: a crowd that sends photos slows each other down, nobody else.
What is sent to an address that takes nothing is not read at all.
"""

import fcntl
import io
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import ClientDisconnected

from portal.web.request_cycle import SAFE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: A body from here on waits for the one turn of large ones.
LARGE = 100_000
#: Up to here a body is kept in memory, else in a file without a name.
IN_MEMORY = 1_000_000
PIECE = 64 * 1024
#: Whoever's turn does not come goes on without: a large form may be a long one, too.
PATIENCE_SECONDS = 5.0
LOOK_EVERY_SECONDS = 0.01


def bind(app: Flask) -> None:
    """Let requests take turns: as many at once as `WEB_THREADS` says."""
    settings = app.config["PORTAL_SETTINGS"]
    app.wsgi_app = Turns(  # type: ignore[assignment, method-assign]
        app.wsgi_app,
        at_once=settings.web_threads,
        most=lambda: app.config["MAX_CONTENT_LENGTH"],
        takes=partial(_takes, app),
        lock=settings.data_dir / "run" / "large",
    )


def _takes(app: Flask, environ: "WSGIEnvironment") -> bool:
    """Say whether something is made of what comes to this address by this method."""
    method = environ.get("REQUEST_METHOD", "GET")
    if method in SAFE:
        return False
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    # Names of hosts mean nothing here: each address is the same under all of them.
    return app.url_map.bind("").test(path, method)


class Turns:
    """Stands before an app; `lock` is a file by which the processes of a machine agree.

    `takes` says of a request whether the app would look at what it brings.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        at_once: int,
        most: Callable[[], int],
        lock: Path,
        takes: Callable[["WSGIEnvironment"], bool] = lambda environ: True,
    ) -> None:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made now: the time of a file that is made later would tell of the first one who came.
        lock.touch(mode=0o600, exist_ok=True)
        self._app, self._most, self._lock, self._takes = app, most, lock, takes
        self._turns = threading.BoundedSemaphore(at_once)
        self._large = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        length = _length(environ)
        if length and not self._takes(environ):
            environ["wsgi.input"], environ["CONTENT_LENGTH"], length = io.BytesIO(), "0", 0
        # What is too large is refused unread.
        if not 0 < length <= self._most():
            with self._turns:
                return self._app(environ, start)
        with _arrived(environ["wsgi.input"], length) as body:
            environ["wsgi.input"] = body
            if length < LARGE:
                with self._turns:
                    return self._app(environ, start)
            with self._alone(), self._turns:
                return self._app(environ, start)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until no other large body is worked on, or for as long as patience lasts."""
        mine = self._large.acquire(timeout=PATIENCE_SECONDS)
        held = os.open(self._lock, os.O_RDONLY)
        try:
            for _look in range(int(PATIENCE_SECONDS / LOOK_EVERY_SECONDS) if mine else 0):
                if _locked(held):
                    break
                time.sleep(LOOK_EVERY_SECONDS)
            yield
        finally:
            os.close(held)  # and with it the lock
            if mine:
                self._large.release()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _length(environ: "WSGIEnvironment") -> int:
    said = str(environ.get("CONTENT_LENGTH") or "")
    return int(said) if said.isascii() and said.isdigit() else 0


class Broken:
    """What arrived before the line broke; whoever reads on hears that it did."""

    def __init__(self, came: IO[bytes]) -> None:
        self._came = came

    def read(self, size: int = -1) -> bytes:
        """Return what is left of it. Raises ClientDisconnected at its end."""
        data = self._came.read(size) if size >= 0 else b""
        if not data and size != 0:
            raise ClientDisconnected
        return data


@contextmanager
def _arrived(stream: IO[bytes], length: int) -> Iterator[IO[bytes] | Broken]:
    """Give what a request brings once all of it is here."""
    with SpooledTemporaryFile(max_size=IN_MEMORY) as held:
        came = 0
        while came < length:
            try:
                data = stream.read(min(PIECE, length - came))
            except Exception:  # each server has its own for a line that broke
                data = b""
            if not data:
                break
            held.write(data)
            came += len(data)
        held.seek(0)
        yield held if came == length else Broken(held)
