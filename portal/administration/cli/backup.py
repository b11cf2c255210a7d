"""`backup create|restore|verify|key`."""

import os
from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.administration.cli.history import sealed
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation import secrets
from portal.foundation.clock import now
from portal.foundation.secrets import Keyring
from portal.integrations import backup as backups
from portal.integrations.last_backup import note_backup

FOLDER = click.Path(path_type=Path, file_okay=False)
KEY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("backup", cls=Plain)
def backup() -> None:
    """Database, attachments and keys in one folder; the keys under an offline key."""


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@told
def key(file: Path) -> Answer:
    """Make the offline key: the private half into FILE, to be kept off this machine."""
    public, private = backups.offline_key()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(private + "\n")
    return Answer(
        {"public": public, "file": str(file)},
        [public, f"This is the public half, for backup create. Take {file} off this machine."],
    )


@backup.command()
@click.argument("target", type=FOLDER)
@click.option("--public-key", required=True, help="64 hexadecimal digits, from backup key.")
@told
def create(target: Path, public_key: str) -> Answer:
    """Write a backup into the new folder TARGET."""
    moment, data_dir = now(), settings().data_dir
    manifest = backups.create_backup(
        target,
        owner=current_app.config["MIGRATION_DATABASE_URI"],
        data_dir=data_dir,
        recipient=public_key,
        now=moment,
    )
    note_backup(data_dir, target=target, at=moment)
    return said(manifest, f"{target} holds")


@backup.command()
@click.argument("source", type=FOLDER)
@click.option("--private-key", type=KEY_FILE, help="Opens the keys too.")
@told
def verify(source: Path, private_key: Path | None) -> Answer:
    """Check every byte, restore into a scratch database and count its rows."""
    private = private_key.read_text().strip() if private_key else None
    return said(backups.verify_backup(source, private=private), f"{source} is whole:")


@backup.command()
@click.argument("source", type=FOLDER)
@click.option("--private-key", type=KEY_FILE, required=True, help="From backup key.")
@told
def restore(source: Path, private_key: Path) -> Answer:
    """Bring a backup into an empty database and a data folder without attachments."""
    manifest = backups.restore_backup(
        source,
        owner=current_app.config["MIGRATION_DATABASE_URI"],
        data_dir=settings().data_dir,
        private=private_key.read_text().strip(),
    )
    secrets.use(Keyring.load_or_create(settings().data_dir / "keys", may_create=False))
    # This server's transactions say nothing of the old one's: seal before anything else writes.
    sealed(all_present=True)
    return said(manifest, "Restored:")


def settings() -> Any:
    """Return the settings of this portal."""
    return current_app.config["PORTAL_SETTINGS"]


def said(manifest: backups.Manifest, start: str) -> Answer:
    """Return what a backup holds, in numbers."""
    rows = sum(manifest.rows.values())
    data = {"made_at": manifest.made_at, "files": len(manifest.files), "rows": manifest.rows}
    return Answer(data, [f"{start} {rows} rows and {len(manifest.files)} files."])
