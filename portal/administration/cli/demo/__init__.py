"""The command `demo`: a city with ninety days of life behind it."""

import secrets
import sys
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import click
from flask import current_app

from portal.administration.cli.demo.load import Asked, build, days_of, leave, live
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import SettingError
from portal.foundation.transaction import unit_of_work
from portal.integrations.database_server import connect, look_into, mark_as_demo
from portal.integrations.store import ObjectStore
from portal.presets.loader import folder_of

DEFAULT_CASES, DEFAULT_SEED = 600, 20260401
FEWEST_CASES, MOST_CASES = 10, 20_000
MARK = "This folder belongs to a demo; production refuses it.\n"


@click.group("demo", cls=Plain)
def demo() -> None:
    """The demo city."""


@demo.command("load")
@click.option("--until", metavar="ISO", help="The end of the ninety days; by default now.")
@click.option(
    "--cases",
    type=click.IntRange(FEWEST_CASES, MOST_CASES),
    default=DEFAULT_CASES,
    show_default=True,
)
@click.option("--busy", is_flag=True, help="Two thirds of the cases wait for the dispatcher.")
@click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="The same seed and end give the same city.",
)
@click.option("--if-empty", is_flag=True, help="Do nothing where a demo city is already.")
@told
def load_city(until: str | None, cases: int, busy: bool, seed: int, if_empty: bool) -> Answer:
    """Make people in every role and ninety days of cases, by the portal's own services."""
    settings = current_app.config["PORTAL_SETTINGS"]
    asked = Asked(until=_moment(until), cases=cases, busy=busy, seed=seed)
    if not _claim(settings, if_empty=if_empty):
        return Answer({"loaded": False}, ["A demo city is there already; nothing was made."])
    # A city that was cut short is made anew: its files may reach the disk together, at the end.
    store = ObjectStore.in_folder(settings.attachments_dir, at_once=False)
    made = build(
        _work,
        folder_of(settings.preset),
        asked,
        store=store,
        data_folder=settings.data_dir,
        entropy=secrets.token_bytes,
    )
    with click.progressbar(length=days_of(made), label="Demo city", file=sys.stderr) as bar:
        for _ in live(_work, made):
            bar.update(1)
    store.write_down_all()
    leave(_work, made, codes=settings.demo_codes, plants=settings.demo_plants)
    return Answer(made.as_json(), made.in_words())


def _work() -> AbstractContextManager[Any]:
    return unit_of_work(db.session())


def _moment(until: str | None) -> datetime:
    if until is None:
        return now().replace(second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        raise SettingError(
            f"--until {until} is no moment: write it as in 2026-11-24T17:30+08:00."
        ) from None
    if moment.tzinfo is None:
        raise SettingError(f"--until {until} names no time zone: add it, as in +08:00.")
    return moment


def _claim(settings: Any, *, if_empty: bool) -> bool:
    """Mark data folder and database as a demo's; tell whether there is something to make.

    Raises SettingError where real reports are, or a demo is already.
    """
    if settings.is_production:
        raise SettingError("PORTAL_ENV is production, which holds no demo: unset it.")
    with connect(current_app.config["MIGRATION_DATABASE_URI"]) as connection:
        found = look_into(connection)
        if found.has_reports and not found.is_demo:
            raise SettingError(
                f"PORTAL_DATA_DIR ({settings.data_dir}) or DATABASE_URL leads to real "
                "reports, which no demo may touch: give the demo a folder of its own."
            )
        if found.has_reports and not settings.demo_codes.exists():
            raise SettingError(
                f"PORTAL_DATA_DIR ({settings.data_dir}) holds a demo city that was not finished: "
                "remove that folder, and the next start makes it anew."
            )
        if found.has_reports and if_empty:
            return False
        if found.has_reports:
            raise SettingError(
                f"PORTAL_DATA_DIR ({settings.data_dir}) holds a demo city already: remove "
                "that folder or name another, and load again."
            )
        mark_as_demo(connection)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.demo_mark.write_text(MARK)
    return True
