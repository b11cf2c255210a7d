"""The portal's parts and their order: database, preparation, mailbox, web server, jobs."""

import errno
import http.client
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from config import ROOT, Settings, load_keyring
from portal.foundation.errors import SettingError
from portal.integrations import database_server
from portal.integrations.postgres import Cluster, make_folder, try_lock
from script.supervisor.children import Child
from script.supervisor.proof import contents, proof

BIN = Path(sys.executable).parent
PULSE = 0.1  # seconds between two looks at the parts
WEB_READY_WITHIN = 90.0
LOCK_FREED_WITHIN = 30.0
# Less than a service manager waits before it kills.
END_WITHIN = 60.0
# glibc gives each thread a pool of memory of its own, up to eight a processor, and keeps what was
# freed in it. Most of our threads wait.
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}


class Stopped(Exception):
    """Somebody asked for the end."""


class House:
    """All parts of one portal, on one data folder."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = {**FEW_ARENAS, **environment}
        self.children: list[Child] = []
        self.cluster: Cluster | None = None
        self.stopping = False

    def serve(self) -> int:
        """Start all, watch until asked to end, stop all in order. Raises SettingError."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_end)
        refuse_taken_port(self.settings.host, self.settings.port)
        make_folder(self.settings.data_dir)
        run = self.settings.data_dir / "run"
        make_folder(run)
        with ExitStack() as held:
            lock = held.enter_context((run / "server.lock").open("a"))
            if not try_lock(lock):
                raise SettingError(
                    f"PORTAL_DATA_DIR is in use by another script/server "
                    f"({self.settings.data_dir}): stop that one, or give this one a folder of its "
                    "own."
                )
            try:
                self.start_database(held)
                self.prepare()
                mailbox = self.open_mailbox(held)
                self.start_web()
                # Mails wait on its socket, jobs in the database: the first page need not.
                if mailbox is not None:
                    self.start_mailbox(mailbox)
                command = [BIN / "flask", "--app", "wsgi", "jobs", "run"]
                self.start_child("The job worker", command, ends_within=END_WITHIN)
                where = self.settings.public_url + ("/demo" if self.settings.is_demo else "/")
                print(f"The portal is at {where} – Ctrl-C stops it", flush=True)
                while True:
                    self.watch()
            except Stopped:
                print("Stopping …", flush=True)
            finally:
                # Before the locks go, so that nobody starts the same database meanwhile.
                self.stop()
        return 0

    def ask_to_end(self, number: int, frame: FrameType | None) -> None:
        """Note the wish to end."""
        self.stopping = True

    def pause(self) -> None:
        """Wait one pulse. Raises Stopped."""
        if self.stopping:
            raise Stopped
        time.sleep(PULSE)

    def start_database(self, held: ExitStack) -> None:
        """Start the embedded PostgreSQL unless the operator has a server."""
        if self.settings.database_url is not None:
            return
        self.cluster = Cluster(self.settings.data_dir)
        lock = held.enter_context((self.cluster.run / "postgres.lock").open("a"))
        deadline = time.monotonic() + LOCK_FREED_WITHIN
        while not try_lock(lock):
            if time.monotonic() > deadline:
                raise SettingError(
                    f"PORTAL_DATA_DIR is in use by a flask command ({self.settings.data_dir}): "
                    "wait for its end and start again."
                )
            self.pause()
        if not self.cluster.data.exists():
            print("Making the database …", flush=True)
        self.cluster.start()

    def check_database(self, read: str) -> str | None:
        """Refuse a server that is unsafe, a schema from the future and keys of another portal.

        Returns the proof of what stands there and of `read`, for `prepare`; None while the schema
        is older.
        """
        given = self.settings.given_urls()
        if given is not None:
            owner = given[1]
            name = "DATABASE_OWNER_URL" if given[0] != owner else "DATABASE_URL"
            database_server.connect(given[0]).close()
            if self.settings.is_production:
                database_server.refuse_trust(given[0])
        elif self.cluster is not None:
            owner, name = self.cluster.owner_url, "PORTAL_DATA_DIR"
        with database_server.connect(owner, setting=name) as connection:
            database_server.check_server(connection, setting=name)
            found = database_server.look_into(connection)
            newest = database_server.newest_revision(ROOT / "migrations" / "versions")
            database_server.refuse_newer(found, newest)
            if self.settings.is_production and found.is_demo:
                raise SettingError(
                    "DATABASE_URL leads to a demo's database: give production one of its own."
                )
            is_new = found.revision is None
            load_keyring(self.settings, may_create=is_new or not self.settings.is_production)
            if found.revision != newest:
                return None
            return proof(self.settings, found, connection, read)

    def prepare(self) -> None:
        """Check the database; run the preparation unless it is proven that nothing is left to do.

        Raises SettingError.
        """
        note = self.settings.data_dir / "run" / "prepared"
        read = contents(self.settings)
        found = self.check_database(read)
        if found is not None and note.exists() and note.read_text() == found:
            return
        note.unlink(missing_ok=True)
        child = Child(
            "The preparation",
            [sys.executable, "-m", "script.supervisor.prepare"],
            environment=self.environment,
            folder=ROOT,
        )
        self.children.append(child)
        child.start()
        while child.is_alive():
            self.pause()
        self.children.remove(child)
        if child.process is not None and child.process.returncode != 0:
            raise SettingError("The portal was not started, for the reason above.")
        note.write_text(self.check_database(read) or "")

    def open_mailbox(self, held: ExitStack) -> socket.socket | None:
        """Listen on a port that stays the same while we run, unless mail goes out."""
        note = self.settings.mail_port_file
        note.unlink(missing_ok=True)
        if self.settings.mail_server is not None:
            return None
        listening = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        note.write_text(str(listening.getsockname()[1]))
        held.callback(note.unlink, missing_ok=True)
        return listening

    def start_mailbox(self, listening: socket.socket) -> None:
        """Start the catch-all on its socket."""
        module = ["-m", "portal.integrations.mailbox"]
        options = ["--folder", self.settings.mail_dir, "--fd", str(listening.fileno())]
        self.start_child(
            "The mailbox", [sys.executable, *module, *options], inherit=(listening.fileno(),)
        )

    def start_web(self) -> None:
        """Start the web server and wait until it answers. Raises SettingError if it does not."""
        settings = self.settings
        web = self.start_child(
            "The web server",
            [
                *(sys.executable, "-m", "script.supervisor.granian"),
                *("--interface", "wsgi", "--no-access-log"),
                *("--host", settings.host, "--port", str(settings.port)),
                *("--workers", str(settings.web_workers)),
                *("--blocking-threads", str(settings.web_threads + settings.web_waiting)),
                *("--respawn-failed-workers", "--workers-kill-timeout", "5"),
                # Its warning is about the number of threads, most of which wait.
                *("--log-level", "error", "wsgi:app"),
            ],
        )
        deadline = time.monotonic() + WEB_READY_WITHIN
        while not answers(settings.host, settings.port):
            if not web.is_alive() or time.monotonic() > deadline:
                raise SettingError(
                    f"The web server does not answer on PORTAL_HOST {settings.host}, PORTAL_PORT "
                    f"{settings.port}: see what it said above."
                )
            self.pause()

    def start_child(
        self,
        name: str,
        command: Sequence[object],
        *,
        inherit: tuple[int, ...] = (),
        ends_within: float = 30,
    ) -> Child:
        """Start a part and watch it from now on."""
        child = Child(
            name,
            [str(part) for part in command],
            environment=self.environment,
            folder=ROOT,
            inherit=inherit,
            ends_within=ends_within,
        )
        self.children.append(child)
        child.start()
        return child

    def watch(self) -> None:
        """Look at each part once; one that ended begins anew, the database first."""
        self.pause()
        if self.cluster is not None and not self.cluster.is_alive():
            print("The database ended, starting again now", file=sys.stderr)
            self.cluster.start()
        for child in self.children:
            child.watch()

    def stop(self) -> None:
        """Stop all parts, then the database."""
        for child in self.children:
            child.ask_to_end()
        started = time.monotonic()
        for child in self.children:
            child.end(started + child.ends_within)
        if self.cluster is not None:
            self.cluster.stop()


def refuse_taken_port(host: str, port: int) -> None:
    """Raise SettingError unless we could listen there; the web server itself would share it."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except socket.gaierror:
        raise SettingError(
            f"PORTAL_HOST {host} is no address of this machine: give 127.0.0.1, or 0.0.0.0 for all."
        ) from None
    except PermissionError:
        raise SettingError(
            f"PORTAL_PORT {port} is reserved for root: give one from 1024 on, as in "
            "script/server --port 8000."
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingError(
                f"PORTAL_PORT {port} is in use: stop what listens there, or give another, as in "
                f"script/server --port {port % 65535 + 1}."
            ) from None
        raise SettingError(
            f"PORTAL_HOST {host} can't be listened on ({error.strerror}): give 127.0.0.1, or "
            "0.0.0.0 for all addresses."
        ) from None


def answers(host: str, port: int) -> bool:
    """Return whether the web server answers at all."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(here, port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 600
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
