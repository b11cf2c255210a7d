"""What is done once, in a process of its own, before the web server starts."""

import sys
from collections.abc import Sequence

import click
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import OperationalError

from config import ROOT, Settings
from portal.foundation.errors import SettingError
from portal.integrations.database_server import (
    connect,
    look_into,
    mark_as_demo,
    newest_revision,
)

AT_START: tuple[Sequence[str], ...] = (("presets", "load"),)
AT_DEMO: tuple[Sequence[str], ...] = (("demo", "load", "--if-empty"),)


def run(app: Flask, words: Sequence[str]) -> None:
    """Run a command of the portal in this process."""
    print(f"{' '.join(words)} …", flush=True)
    app.cli.main(args=list(words), obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)


def migrate(app: Flask) -> None:
    """Bring the schema to the newest revision, as its owner."""
    url = app.config["MIGRATION_DATABASE_URI"]
    newest = newest_revision(ROOT / "migrations" / "versions")
    with connect(url) as connection:
        found = look_into(connection)
    if newest is None or found.revision == newest:
        return
    print(f"Migrating the database from {found.revision or 'nothing'} to {newest} …", flush=True)
    alembic = Config(ROOT / "migrations" / "alembic.ini")
    address = url.render_as_string(hide_password=False)
    alembic.set_main_option("sqlalchemy.url", address.replace("%", "%%"))
    try:
        command.upgrade(alembic, "head")
    except (OperationalError, CommandError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise SettingError(
            f"DATABASE_URL's schema can't be brought to {newest} ({reason}): nothing of that step "
            "was kept; mend the cause and start again."
        ) from error


def mark_demo(app: Flask, settings: Settings) -> None:
    """Mark data folder and database as a demo's. Raises SettingError if they hold real reports."""
    with connect(app.config["MIGRATION_DATABASE_URI"]) as connection:
        found = look_into(connection)
        if found.is_demo and settings.demo_mark.exists():
            return
        if found.has_reports and not found.is_demo:
            raise SettingError(
                f"PORTAL_DATA_DIR or DATABASE_URL leads to real reports ({settings.data_dir}), "
                "which no demo may touch: give --demo a folder of its own, as in "
                "PORTAL_DATA_DIR=demo script/server --demo."
            )
        mark_as_demo(connection)
    settings.demo_mark.write_text("This folder belongs to a demo; production refuses it.\n")


def main() -> None:
    """Prepare the database."""
    from wsgi import app

    settings: Settings = app.config["PORTAL_SETTINGS"]
    migrate(app)
    if settings.is_demo:
        mark_demo(app, settings)
    for words in (*AT_START, *(AT_DEMO if settings.is_demo else ())):
        run(app, words)


if __name__ == "__main__":
    try:
        main()
    except SettingError as error:
        sys.exit(str(error))
    except click.ClickException as error:
        sys.exit(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        sys.exit("Interrupted; the same command goes on from here.")
