"""`import units`: a register of units comes in, in batches, safe to run twice."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.access.kinds import Actor, Role
from portal.administration.cli.output import Answer, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, SettingError
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force
from portal.units.lifecycle.fields import UnitFields
from portal.units.lifecycle.table import Row, encoding_of, read_head, read_rows
from portal.units.services import Tally, import_units, keep_import

#: Who can run this on the server runs the portal.
OPERATOR = Actor(role=Role.ADMINISTRATOR)
CHUNK = 1 << 20
REJECTS_SHOWN = 10


@click.command("units")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--batch", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@told
def import_register(file: Path, batch: int) -> Answer:
    """Take in a CSV file of units, in UTF-8 or GB 18030; its first line names the columns.

    A unit that is in the register is passed over, so that a broken run is simply run again. Rows
    that can't be taken in are listed by line and field in a file of the data folder.
    """
    moment, tally = now(), Tally()
    with unit_of_work(db.session()) as session:
        taxonomy = in_force(session, moment).taxonomy
    with file.open(encoding=encoding_in(file), errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream)
        try:
            table = read_head(reader)
        except Incomplete:
            raise SettingError(
                f"{file.name} has no column of names: its first line must name the columns, one "
                "of them “name” or “名称”."
            ) from None
        rows: list[UnitFields] = []
        for one in read_rows(reader, table, taxonomy):
            if not isinstance(one, Row):
                tally.rejects.append(one)
                continue
            rows.append(one.fields)
            if len(rows) == batch:
                take_in(rows, tally, moment)
                rows = []
        take_in(rows, tally, moment)
    with unit_of_work(db.session()) as session:
        keep_import(session, OPERATOR, tally, table.left_out, now=moment)
    return answer(tally, table.left_out, write_rejects(tally, moment))


def encoding_in(file: Path) -> str:
    """Return how a file is written; UTF-8 with or without its mark."""
    with file.open("rb") as stream:
        found = encoding_of(iter(lambda: stream.read(CHUNK), b""))
    return "utf-8-sig" if found == "utf-8" else found


def take_in(rows: list[UnitFields], tally: Tally, moment: datetime) -> None:
    """Import one batch in a unit of work of its own."""
    with unit_of_work(db.session()) as session:
        new = import_units(session, OPERATOR, rows, now=moment)
    tally.new += new
    tally.known += len(rows) - new


def write_rejects(tally: Tally, moment: datetime) -> Path | None:
    """Write line, field and reason of each bad row into the data folder; None: there are none."""
    if not tally.rejects:
        return None
    folder = Path(current_app.config["PORTAL_SETTINGS"].data_dir) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"units-{moment:%Y%m%dT%H%M%S}-rejected.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("line", "field", "reason"))
        writer.writerows((one.line, one.field, one.reason) for one in tally.rejects)
    return file


def answer(tally: Tally, left_out: tuple[str, ...], rejects: Path | None) -> Answer:
    """Say what came in; bad rows are named by line and field and make the command exit 1."""
    lines = [f"{tally.new} new units, {tally.known} known already, {len(tally.rejects)} rejected."]
    lines += [f"column left out: {name}" for name in left_out]
    shown = tally.rejects[:REJECTS_SHOWN]
    lines += [f"line {one.line}: {one.field} ({one.reason})" for one in shown]
    if rejects is not None:
        lines.append(f"All rejected lines: {rejects}")
    data: dict[str, Any] = {
        "new": tally.new,
        "known": tally.known,
        "rejected": len(tally.rejects),
        "left_out": list(left_out),
        "reject_file": str(rejects) if rejects else None,
    }
    return Answer(data, lines, ok=not tally.rejects)
