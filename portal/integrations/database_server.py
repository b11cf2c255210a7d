"""What a PostgreSQL server must be before the portal trusts it with reports."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import URL

from portal.foundation.errors import SettingError
from portal.foundation.libpq import libpq_address

OLDEST = 15
SAFE = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"},
    "server_encoding": {"UTF8"},
}
DEMO = "hazard portal demo"
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Found:
    """What a database holds: its schema's revision (None: nothing), reports, a demo's mark."""

    revision: str | None
    has_reports: bool
    is_demo: bool


def connect(url: URL, *, setting: str = "DATABASE_URL") -> Connection:
    """Return an autocommitting connection. Raises SettingError in one sentence."""
    try:
        return psycopg.connect(libpq_address(url), autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        lines = str(error).strip().splitlines() or ["no reason given"]
        words = lines[0].removeprefix("connection failed: ")
        raise SettingError(
            f"{setting} leads to no database ({words}): check host, name, user and password, and "
            "that the server runs."
        ) from None


def check_server(connection: Connection, *, setting: str = "DATABASE_URL") -> None:
    """Raise SettingError if the server is too old or may lose what it has confirmed."""
    version = connection.info.server_version // 10000
    if version < OLDEST:
        raise SettingError(
            f"{setting} leads to PostgreSQL {version}: the portal needs version {OLDEST} or newer."
        )
    for name, good in SAFE.items():
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        value = str(row[0]) if row else ""
        if value not in good:
            raise SettingError(
                f"{setting} leads to a server with {name} = {value}, which can lose or garble "
                f"what was confirmed to a reporter: set it to {sorted(good)[-1]}."
            )


def refuse_trust(url: URL) -> None:
    """Raise SettingError if the server lets a wrong password in over the network."""
    if url.host is None or url.host.startswith("/"):
        return
    wrong = url.set(password=secrets.token_hex(16))
    try:
        psycopg.connect(libpq_address(wrong), connect_timeout=10).close()
    except psycopg.Error:
        return
    raise SettingError(
        "DATABASE_URL leads to a server that takes any password (trust): demand scram-sha-256 in "
        "its pg_hba.conf."
    )


def look_into(connection: Connection) -> Found:
    """Return what the database holds."""

    def has(table: str) -> bool:
        return value(connection, "SELECT to_regclass(%s) IS NOT NULL", table) is True

    revision = has("alembic_version") and value(
        connection, "SELECT version_num FROM alembic_version"
    )
    reports = has("reports") and value(connection, "SELECT EXISTS (SELECT FROM reports)")
    comment = value(
        connection,
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname = current_database()",
    )
    return Found(str(revision) if revision else None, reports is True, comment == DEMO)


def mark_as_demo(connection: Connection) -> None:
    """Write on the database itself that it is a demo's; its owner may."""
    name = psycopg.sql.Identifier(connection.info.dbname)
    words = psycopg.sql.Literal(DEMO)
    connection.execute(psycopg.sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, words))


def newest_revision(versions: Path) -> str | None:
    """Return the number of the newest migration in the folder, None if there is none."""
    return max((path.name[:4] for path in versions.glob("[0-9][0-9][0-9][0-9]_*.py")), default=None)


def refuse_newer(found: Found, newest: str | None) -> None:
    """Raise SettingError if the schema was made by a newer version of the portal."""
    if found.revision is not None and found.revision > (newest or ""):
        raise SettingError(
            f"DATABASE_URL or PORTAL_DATA_DIR leads to a database with schema {found.revision}, "
            f"newer than this version of the portal knows ({newest or 'none'}): start the version "
            "that made it, or restore the backup made before the upgrade."
        )


def value(connection: Connection, query: str, *parameters: object) -> object:
    """Return the first column of the first row, None if there is no row."""
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return row[0] if row else None
