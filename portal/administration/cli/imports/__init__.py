"""`import csv`: a log of somewhere else comes in as cases, in batches, safe to run twice."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click
from flask import current_app

from portal.access.kinds import Actor, Role
from portal.administration.cli.imports.mapping import BadRow, ImportMapping, read_mapping
from portal.administration.cli.imports.units import import_register
from portal.administration.cli.output import Answer, Plain, told
from portal.cases.services import Imported, import_cases
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import SettingError
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force

#: Who can run this on the server runs the portal.
OPERATOR = Actor(role=Role.ADMINISTRATOR)
#: Characters of one field; more is no log.
FIELD_MOST = 1_000_000
REJECTS_SHOWN = 10


@click.group("import", cls=Plain)
def imports() -> None:
    """Logs of other systems, and registers of units."""


imports.add_command(import_register)


@dataclass
class Tally:
    """What came of a file so far; a reject is line, field and reason, never a value."""

    new: int = 0
    known: int = 0
    rejects: list[tuple[int, str, str]] = field(default_factory=list)


@imports.command("csv")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="YAML that says which column is what; docs/examples has two.",
)
@click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True)
@told
def import_csv(file: Path, mapping: Path, batch: int) -> Answer:
    """Take in a CSV file (or its .gz) as cases of the channel `imported`.

    Rows that can't be taken in are listed by line and field in a file of the data folder. A row
    that came in before is passed over, so that a broken run is simply run again.
    """
    moment = now()
    with unit_of_work(db.session()) as session:
        preset = in_force(session, moment)
    found, tally = read_mapping(mapping, preset), Tally()
    with opened(file) as stream:
        rows: list[Imported] = []
        for row in rows_of(stream, file, found, tally, now=moment):
            rows.append(row)
            if len(rows) == batch:
                take_in(found.source, rows, tally, moment)
                rows = []
        take_in(found.source, rows, tally, moment)
    return answer(tally, write_rejects(found.source, tally, moment))


def opened(file: Path) -> IO[str]:
    """Open a file, packed or not. Bytes that are no UTF-8 stay visible to the row's check."""
    form = {"encoding": "utf-8-sig", "errors": "surrogateescape", "newline": ""}
    if file.suffix == ".gz":
        return gzip.open(file, "rt", **form)  # type: ignore[call-overload,no-any-return]
    return file.open("r", **form)  # type: ignore[call-overload,no-any-return]


def rows_of(
    stream: IO[str], file: Path, mapping: ImportMapping, tally: Tally, *, now: datetime
) -> Iterator[Imported]:
    """Yield the good rows; the others go to the tally by the line on which they begin."""
    csv.field_size_limit(FIELD_MOST)
    reader = csv.reader(stream)
    header = next(reader, [])
    missing = mapping.columns - set(header)
    if missing:
        raise SettingError(
            f"{file.name} has no column {min(missing)}: name it in the mapping as the first line "
            "of the file does."
        )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
            if cells is None:
                return
            if not cells:
                continue
            if len(cells) != len(header):
                raise BadRow("row", "number_of_columns")
            yield mapping.row(dict(zip(header, cells, strict=True)), now=now)
        except csv.Error:
            tally.rejects.append((line, "row", "no_csv"))
        except BadRow as bad:
            tally.rejects.append((line, bad.field, bad.reason))


def take_in(source: str, rows: list[Imported], tally: Tally, moment: datetime) -> None:
    """Import one batch in a unit of work of its own."""
    if not rows:
        return
    with unit_of_work(db.session()) as session:
        new = import_cases(session, OPERATOR, source, rows, now=moment)
    tally.new += new
    tally.known += len(rows) - new


def write_rejects(source: str, tally: Tally, moment: datetime) -> Path | None:
    """Write line, field and reason of each bad row into the data folder; None: there are none."""
    if not tally.rejects:
        return None
    folder = Path(current_app.config["PORTAL_SETTINGS"].data_dir) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{source}-{moment:%Y%m%dT%H%M%S}-rejected.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("line", "field", "reason"))
        writer.writerows(tally.rejects)
    return file


def answer(tally: Tally, rejects: Path | None) -> Answer:
    """Say what came in; bad rows are named by line and field and make the command exit 1."""
    lines = [f"{tally.new} new cases, {tally.known} known already, {len(tally.rejects)} rejected."]
    lines += [f"line {line}: {name} ({why})" for line, name, why in tally.rejects[:REJECTS_SHOWN]]
    if rejects is not None:
        lines.append(f"All rejected lines: {rejects}")
    data: dict[str, Any] = {
        "new": tally.new,
        "known": tally.known,
        "rejected": len(tally.rejects),
        "reject_file": str(rejects) if rejects else None,
    }
    return Answer(data, lines, ok=not tally.rejects)
