"""A PostgreSQL of the bench's own, with the portal and the floor served from it by granian."""

import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import URL

from portal.integrations.postgres import APP, OWNER, Cluster
from script.supervisor.children import Child
from script.supervisor.house import answers
from tests.support.databases import ROOT, upgrade

READY_WITHIN = 60.0
PORTAL = "tests.benchmarks.portal_app:app"
FLOOR = "tests.benchmarks.floor_app:app"


@dataclass
class House:
    """The cluster, its databases, and the servers that were started on them."""

    cluster: Cluster
    folder: Path
    held: ExitStack = field(default_factory=ExitStack)

    def url(self, database: str, role: str = APP) -> URL:
        return self.cluster.url(database, role)

    def make_database(self, name: str) -> None:
        """Make a database with the portal's schema in its newest form."""
        self.cluster.superuser("postgres").execute(f"CREATE DATABASE {name} OWNER {OWNER}".encode())
        upgrade(self.url(name, OWNER))

    def copy_database(self, name: str, copy: str) -> None:
        """Make a copy of a database nobody uses just now, so that a run leaves the first whole."""
        with self.cluster.superuser("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)".encode())
            connection.execute(
                f"CREATE DATABASE {copy} TEMPLATE {name} OWNER {OWNER} STRATEGY FILE_COPY".encode()
            )

    def superuser(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """Return an autocommitting connection of the superuser, closed at the end."""
        return self.held.enter_context(self.cluster.superuser(database))

    def environment(self, database: str) -> dict[str, str]:
        """Return what a portal on this database reads its settings from."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "PORTAL_DATA_DIR": str(self.folder / "data"),
            "DATABASE_URL": plain(self.url(database)),
            "DATABASE_OWNER_URL": plain(self.url(database, OWNER)),
        }

    def serve(self, target: str, environment: Mapping[str, str]) -> int:
        """Start granian, the portal as script/server does, and return its port once it answers."""
        bare = [Path(sys.executable).parent / "granian"]
        begin = [sys.executable, "-m", "script.supervisor.granian"] if target == PORTAL else bare
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = int(listening.getsockname()[1])
        child = Child(
            target,
            [
                *(*begin, "--interface", "wsgi"),
                *("--no-access-log", "--host", "127.0.0.1", "--port", str(port)),
                *("--workers", "2", "--blocking-threads", "20"),
                *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
                *("--log-level", "error", target),
            ],
            environment=environment,
            folder=ROOT,
        )
        child.start()

        def end() -> None:
            child.ask_to_end()
            child.end(time.monotonic() + 20)

        self.held.callback(end)
        deadline = time.monotonic() + READY_WITHIN
        while not answers("127.0.0.1", port):
            if not child.is_alive() or time.monotonic() > deadline:
                raise SystemExit(f"{target} does not answer: see what it said above.")
            time.sleep(0.1)
        return port


def plain(url: URL) -> str:
    """Return the address as the settings take it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def house(kept: Path | None = None) -> Iterator[House]:
    """Give a house with PostgreSQL as safe and slow as a portal's, in a folder that then goes.

    `kept` names a folder that stays, with what was prepared in it for the next run.
    """
    folder = kept or Path(tempfile.mkdtemp(prefix="portal-bench-"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        built = House(cluster, folder)
        with built.held:
            yield built
    finally:
        cluster.stop()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
