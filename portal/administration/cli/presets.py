"""`presets check|load`."""

from typing import Any

import click
from flask import current_app

from portal.access.kinds import SYSTEM
from portal.accounts.services import set_up_groups
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.presets import commands
from portal.presets.loader import folder_of
from portal.presets.queries import in_force
from portal.presets.services import load_presets


@click.group("presets", cls=Plain)
def presets() -> None:
    """The city's rules, from a folder of YAML."""


@presets.command()
@click.argument("preset", required=False)
@told
def check(preset: str | None) -> Answer:
    """Name the first mistake of each file, by line and field."""
    report = commands.check(preset or current_app.config["PORTAL_SETTINGS"].preset)
    lines = [str(fault) for fault in report.faults] or [f"{report.folder.name} is right."]
    return Answer(report.as_json(), lines, report.ok)


@presets.command()
@click.argument("preset", required=False)
@click.option("--force", is_flag=True, help="Also replace what was edited in the portal.")
@told
def load(preset: str | None, force: bool) -> Answer:
    """Store what differs as new versions, and make the groups that are new."""
    folder, moment = folder_of(preset or current_app.config["PORTAL_SETTINGS"].preset), now()
    with unit_of_work(db.session()) as session:

        def remember(kind: str, payload: dict[str, Any]) -> None:
            record(session, SYSTEM, EventKind(kind), at=moment, payload=payload)

        changes = load_presets(session, folder, now=moment, record=remember, force=force)
        made = set_up_groups(session, SYSTEM, in_force(session, moment).city.groups, now=moment)
        codes = [group.code for group in made]
    lines = [
        f"{f'{change.kind.value} {change.code}'.strip()}: {change.what}, version {change.version}"
        for change in changes
    ]
    lines += [f"group {code}: made" for code in codes]
    data = commands.changes_json(changes) | {"groups_made": codes}
    return Answer(data, lines or ["Nothing differs."])
