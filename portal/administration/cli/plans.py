"""`plans redraw`: draws again what a plan drew, from its file alone."""

import csv
from collections.abc import Iterator
from pathlib import Path

import click

from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.errors import SettingError
from portal.risk.draw import RULE, Lot, draw, hash_of_people, hash_of_units, seed_of

Rows = dict[str, list[tuple[str, str]]]
HEAD = ["what", "id", "other", "name"]
#: What stands in the file once.
ONE = ("rule", "plan", "count", "each", "units", "people", "number", "seed")


@click.group("plans", cls=Plain)
def plans() -> None:
    """Plans of inspections."""


@plans.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@told
def redraw(file: Path) -> Answer:
    """Draw again from the CSV file of a plan's page, and compare; needs no database."""
    rows = _read(file)
    missing = [name for name in ONE if len(rows.get(name, ())) != 1]
    if missing:
        raise SettingError(f"{file} is no file of a plan that was drawn: {missing[0]} is missing.")
    differing = list(_differing(rows))
    units = [unit for unit, _people in rows.get("drawn", ())]
    lines = [f"{name} differs from what the file says." for name in differing]
    if not differing:
        lines = [f"The same {len(units)} units and the same people come out."]
    return Answer(
        {"same": not differing, "differing": differing, "units": units}, lines, not differing
    )


def _read(file: Path) -> Rows:
    """Return the rows of a file by what they say."""
    rows: Rows = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = csv.reader(opened)
            if next(lines, None) != HEAD:
                raise SettingError(f"{file} is no file of a plan: its first line is another.")
            for what, id_, other, _name in lines:
                rows.setdefault(what, []).append((id_, other))
    except (ValueError, csv.Error):
        raise SettingError(f"{file} is no file of a plan: a line cannot be read.") from None
    return rows


def _differing(rows: Rows) -> Iterator[str]:
    """Yield what comes out otherwise than the file says."""
    once = {name: rows[name][0][0] for name in ONE}
    people: dict[str, list[str]] = {}
    for person, group in rows.get("person", ()):
        people.setdefault(group, []).append(person)
    count, each = once["count"], once["each"]
    if once["rule"] != RULE or not (count.isdigit() and each.isdigit()):
        yield "rule"
        return
    lot = Lot(
        plan=once["plan"],
        population=[unit for unit, _none in rows.get("unit", ())],
        people=people,
        count=int(count),
        each=int(each),
    )
    found = {
        "units": hash_of_units(lot.population),
        "people": hash_of_people(people),
        "seed": seed_of(lot, once["number"]),
    }
    yield from (name for name, value in found.items() if value != once[name])
    drawn = draw(lot, once["number"], set(rows.get("tie", ())))
    if [(one.unit, " ".join(one.people)) for one in drawn] != rows.get("drawn", []):
        yield "drawn"
