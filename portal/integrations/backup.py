"""Backup of database, attachments and keys into one folder, its restore and its proof."""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from psycopg import sql
from sqlalchemy import URL

from portal.foundation.libpq import libpq_address
from portal.foundation.secrets import FINGERPRINTS, replace_file, sync_folder, write_once
from portal.integrations.postgres import (
    Cluster,
    embedded_programs,
    major_version,
    make_folder,
    try_lock,
)

FORMAT = 1
DUMP, KEYS, PRINTS = "database.dump", "keys.sealed", "keys.fingerprints"
#: Files of the data folder that go along as they are: the history's newest seal, a demo's mark.
ALONG = ("history.head", "demo")
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
# What obstore leaves of a write that was killed.
HALF_WRITTEN = re.compile(r".*#\d+")


class BackupFault(Exception):
    """A backup can't be made, trusted or restored; the text is one sentence with the way out."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: the SHA-256 of each file, the rows of each table, when it was made."""

    format: int
    made_at: str
    files: dict[str, str]
    rows: dict[str, int]


def offline_key() -> tuple[str, str]:
    """Return a new public and private key as hex; the private one belongs off this machine."""
    private = PrivateKey.generate()
    return bytes(private.public_key).hex(), bytes(private).hex()


def create_backup(
    target: Path, *, owner: URL, data_dir: Path, recipient: str, now: datetime
) -> Manifest:
    """Write a backup into the new folder `target` and return what it holds.

    The database comes first, in one snapshot: an attachment is stored before the row that names
    it, so that every row of the dump finds its file. The keys are sealed to `recipient`, the
    public half of `offline_key` as hex. Raises BackupFault.
    """
    if target.exists():
        raise BackupFault(f"{target} exists: name a folder that does not, nothing is overwritten.")
    box = SealedBox(PublicKey(key_bytes(recipient, "public")))
    draft = target.with_name(f"{target.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    make_folder(draft)
    # Before the dump: a head may lag behind the chain in the database, never be ahead of it.
    for name in ALONG:
        if (data_dir / name).exists():
            copy(data_dir / name, draft / name)
    rows = dump(owner, draft / DUMP)
    for path in attachments(data_dir):
        copy(data_dir / path, draft / path)
    keys = {path.name: path.read_text().strip() for path in key_files(data_dir)}
    if not keys:
        raise BackupFault(f"{data_dir / 'keys'} holds no keys: start script/server once.")
    (draft / KEYS).write_bytes(box.encrypt(json.dumps(keys).encode()))
    copy(data_dir / f"keys{FINGERPRINTS}", draft / PRINTS)
    files = {str(path): sha256(draft / path) for path in files_in(draft)}
    manifest = Manifest(FORMAT, now.isoformat(), files, rows)
    content = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode() + b"\n"
    (draft / MANIFEST).write_bytes(content)
    (draft / SEAL).write_bytes(seal_of(content))
    for path in files_in(draft):
        (draft / path).chmod(0o600)
    draft.rename(target)
    sync_folder(target.parent)
    return manifest


def verify_backup(source: Path, *, private: str | None = None) -> Manifest:
    """Check every byte, restore into a scratch database, count its rows; return the manifest.

    With the offline key's private half the keys are opened, too. Raises BackupFault, which
    names the file that does not fit.
    """
    manifest = check_files(source)
    if private is not None:
        open_keys(source, private)
    with tempfile.TemporaryDirectory(prefix="portal-verify-") as folder:
        cluster = Cluster(Path(folder))
        try:
            cluster.start()
            # Another server may call its app's role otherwise; rights are not what is checked.
            load(cluster.owner_url, source / DUMP, "--no-privileges")
            with connection_to(cluster.owner_url) as connection:
                compare_rows(manifest, count_rows(connection))
        finally:
            cluster.stop()
    return manifest


def restore_backup(source: Path, *, owner: URL, data_dir: Path, private: str) -> Manifest:
    """Bring a backup into an empty database and a data folder without attachments.

    Keys that a first start made there are replaced, since an empty database needs none.
    Raises BackupFault and then has changed nothing in the database.
    """
    manifest = check_files(source)
    keys = open_keys(source, private)
    make_folder(data_dir / "run")
    with (data_dir / "run" / "server.lock").open("a") as lock:
        if not try_lock(lock):
            raise BackupFault(f"script/server runs on {data_dir}: stop it and start again.")
        if any(attachments(data_dir)):
            raise BackupFault(f"{data_dir} holds attachments: restore into an empty data folder.")
        with connection_to(owner) as connection:
            if count_rows(connection):
                raise BackupFault("The database is not empty: restore into one without tables.")
        # Files first: what is left of a failure here is overwritten by the next try.
        for name in manifest.files:
            if name.startswith("attachments/"):
                copy(source / name, data_dir / name)
        put_keys(data_dir, keys, (source / PRINTS).read_bytes().strip())
        for name in ALONG:
            (data_dir / name).unlink(missing_ok=True)
            if name in manifest.files:
                copy(source / name, data_dir / name)
        load(owner, source / DUMP)
        with connection_to(owner) as connection:
            compare_rows(manifest, count_rows(connection))
    return manifest


def check_files(source: Path) -> Manifest:
    """Return the manifest once every file has its hash and none is missing or too many."""
    try:
        content = (source / MANIFEST).read_bytes()
        seal = (source / SEAL).read_bytes()
    except OSError as error:
        raise BackupFault(f"{source} is no whole backup ({error}): take another one.") from None
    if seal_of(content) != seal:
        raise BackupFault(f"{source / MANIFEST} or {SEAL} was changed: take another backup.")
    manifest = Manifest(**json.loads(content))
    if manifest.format != FORMAT:
        raise BackupFault(
            f"{source} has format {manifest.format}, this version reads {FORMAT}: use the portal's "
            "version that made it."
        )
    there = {str(path) for path in files_in(source)} - {MANIFEST, SEAL}
    for name in sorted(there ^ manifest.files.keys()):
        state = "is not in the manifest" if name in there else "is missing"
        raise BackupFault(f"{source / name} {state}: take another backup.")
    for name, expected in manifest.files.items():
        if sha256(source / name) != expected:
            raise BackupFault(f"{source / name} was changed: take another backup.")
    return manifest


def open_keys(source: Path, private: str) -> dict[str, str]:
    """Return the keys as hex by purpose. Raises BackupFault if `private` does not open them."""
    box = SealedBox(PrivateKey(key_bytes(private, "private")))
    try:
        keys: dict[str, str] = json.loads(box.decrypt((source / KEYS).read_bytes()))
    except (CryptoError, ValueError):
        raise BackupFault(
            f"{source / KEYS} can't be opened with this private key: give the one that belongs to "
            "the public key of the backup."
        ) from None
    return keys


def put_keys(data_dir: Path, keys: dict[str, str], prints: bytes) -> None:
    """Write the keys in the place of what is there."""
    folder = data_dir / "keys"
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    for purpose, key in keys.items():
        if not re.fullmatch(r"[a-z-]+", purpose):
            raise BackupFault(f"{KEYS} names a key {purpose!r}: this is no backup of the portal.")
        write_once(folder / purpose, key.encode())
    replace_file(data_dir / f"keys{FINGERPRINTS}", prints)


def dump(owner: URL, target: Path) -> dict[str, int]:
    """Dump the database and return the rows of each table, both as of one moment."""
    with connection_to(owner) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        snapshot = str(row[0]) if row else ""
        rows = count_rows(connection)
        options = ["--format=custom", "--no-owner", f"--snapshot={snapshot}"]
        program("pg_dump", owner, *options, f"--file={target}")
        connection.execute("ROLLBACK")
    return rows


def load(owner: URL, source: Path, *options: str) -> None:
    """Restore a dump in one transaction."""
    whole = ["--exit-on-error", "--single-transaction", "--no-owner"]
    program("pg_restore", owner, *whole, *options, str(source))


def program(name: str, url: URL, *options: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, not for `ps`."""
    address = libpq_address(url.set(password=None))
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    with connection_to(url) as connection:
        folder = programs_of(connection.info.server_version // 10_000)
    done = subprocess.run(
        [folder / name, f"--dbname={address}", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        words = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise BackupFault(f"{name} failed ({words}): mend that and start again.")


def programs_of(major: int) -> Path:
    """Return the folder of PostgreSQL's programs for a server of this version.

    The server's own where this machine has them: a newer pg_dump writes out what an older server
    keeps for itself, and a newer pg_restore sets what an older server does not know.
    """
    folders = [Path("/usr/lib/postgresql", str(major), "bin")]
    if found := shutil.which("pg_dump"):
        folders.append(Path(found).resolve().parent)
    for folder in folders:
        if (folder / "pg_dump").exists() and major_version(folder, "pg_dump") == major:
            return folder
    return embedded_programs()


def connection_to(url: URL) -> psycopg.Connection[tuple[Any, ...]]:
    """Return an autocommitting connection."""
    try:
        return psycopg.connect(libpq_address(url), autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        words = str(error).strip().splitlines()[0]
        raise BackupFault(f"The database does not answer ({words}): start it.") from None


def count_rows(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, int]:
    """Return the rows of each table of the schema `public`."""
    names = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    rows = {}
    for (name,) in names:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name))
        row = connection.execute(query).fetchone()
        rows[str(name)] = int(row[0]) if row else 0
    return rows


def compare_rows(manifest: Manifest, found: dict[str, int]) -> None:
    """Raise BackupFault for the first table whose rows are not those that were dumped."""
    for table in sorted(manifest.rows.keys() | found.keys()):
        if manifest.rows.get(table) != found.get(table):
            raise BackupFault(
                f"Table {table} has {found.get(table)} rows instead of "
                f"{manifest.rows.get(table)} after the restore: take another backup."
            )


def attachments(data_dir: Path) -> Iterator[Path]:
    """Yield the attachments' paths within the data folder."""
    for path in files_in(data_dir, "attachments"):
        if not HALF_WRITTEN.fullmatch(path.name):
            yield path


def key_files(data_dir: Path) -> list[Path]:
    """Return the files of the keys; drafts that a crash left begin with a dot."""
    return sorted(path for path in (data_dir / "keys").glob("[!.]*") if path.is_file())


def files_in(folder: Path, below: str = "") -> Iterator[Path]:
    """Yield the files in `folder` (or `folder/below`), relative to `folder`."""
    for path in sorted((folder / below).rglob("*")):
        if path.is_file():
            yield path.relative_to(folder)


def copy(source: Path, target: Path) -> None:
    """Copy one file for our user alone, with its time."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy2(source, target)
    target.chmod(0o600)


def seal_of(manifest: bytes) -> bytes:
    """Return the file that tells whether the manifest was changed."""
    return hashlib.sha256(manifest).hexdigest().encode() + b"\n"


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_bytes(text: str, half: str) -> bytes:
    """Return the 32 bytes of a key given as hex."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != PublicKey.SIZE:
        raise BackupFault(f"The {half} key must be 64 hexadecimal digits: give it as it was made.")
    return key
