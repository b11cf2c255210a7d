"""PostgreSQL for the tests: one server for a worker, one migrated template, copies of it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, make_url, text

from portal.integrations.postgres import APP, OWNER, Cluster, make_roles

ROOT = Path(__file__).resolve().parents[2]
# What the tests need to be quick about, a portal never is.
HASTY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True)
class Server:
    """An engine of the superuser, and the prefix that keeps workers on one server apart."""

    admin: Engine
    prefix: str

    def url(self, database: str, role: str | None = None) -> URL:
        """Return an address; without a role the superuser's."""
        url = self.admin.url.set(database=database)
        return url.set(username=role) if role else url

    def execute(self, statement: str) -> None:
        """Run a statement outside a transaction."""
        with self.admin.connect() as connection:
            connection.execute(text(statement))

    @property
    def template(self) -> str:
        return f"{self.prefix}migrated"


@dataclass(frozen=True)
class Database:
    """A fresh database: as the app sees it, as its owner, as a superuser who cheats."""

    name: str
    app_url: URL
    owner_url: URL
    superuser_url: URL


def upgrade(url: URL, revision: str = "head") -> None:
    """Migrate the database at `url`."""
    config = Config(ROOT / "migrations" / "alembic.ini")
    address = url.render_as_string(hide_password=False)
    config.set_main_option("sqlalchemy.url", address.replace("%", "%%"))
    command.upgrade(config, revision)


@contextmanager
def some_server(worker: str) -> Iterator[URL]:
    """Give a superuser's address: one of TEST_DATABASE_URL's, by commas, else an embedded server's
    of our own.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        addresses = given.split(",")
        number = int(worker.removeprefix("gw")) if worker.startswith("gw") else 0
        address = addresses[number % len(addresses)]
        yield make_url(address).set(drivername="postgresql+psycopg")
        return
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    cluster = Cluster(folder, options=HASTY)
    try:
        cluster.start()
        yield cluster.url("postgres", "postgres")
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def migrated_server(worker: str) -> Iterator[Server]:
    """Give a server that holds the migrated template of this worker."""
    with some_server(worker) as url:
        server = Server(create_engine(url, isolation_level="AUTOCOMMIT"), f"{worker}_")
        try:
            with server.admin.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                make_roles(raw)
            server.execute(f"DROP DATABASE IF EXISTS {server.template} WITH (FORCE)")
            # Many short runs on one server migrate once: script/plant-faults names what it made.
            if made := os.environ.get("TEST_MIGRATED"):
                copy_of(server, server.template, made)
            else:
                server.execute(f"CREATE DATABASE {server.template} OWNER {OWNER}")
                upgrade(server.url(server.template, OWNER))
            yield server
            server.execute(f"DROP DATABASE {server.template} WITH (FORCE)")
        finally:
            server.admin.dispose()


def copy_of(server: Server, name: str, template: str) -> None:
    """Make a database like the template, in which nobody may be."""
    # Of so small a template a copy of the files is quicker than one through the log.
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY file_copy")


@contextmanager
def fresh_database(server: Server, name: str, template: str | None = None) -> Iterator[Database]:
    """Give a copy of a template, by default the migrated one; it goes afterwards."""
    name = f"{server.prefix}{name}"
    copy_of(server, name, template or server.template)
    try:
        yield Database(name, server.url(name, APP), server.url(name, OWNER), server.url(name))
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
