"""`clocks due|replay|check`."""

from typing import Any
from uuid import UUID

import click

from portal.access.kinds import SYSTEM
from portal.administration.cli.output import Answer, Plain, told
from portal.cases import queries
from portal.cases.services import rebuild_clocks
from portal.clocks.commandline import differences, due_result, reading_as_data
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force

BATCH = 200


@click.group("clocks", cls=Plain)
def clocks() -> None:
    """Deadlines: worked out, explained, compared with what is stored."""


@clocks.command()
@click.option("--start", required=True, help='As in "2026-09-29T16:30", the portal\'s time.')
@click.option("--limit", required=True, help='As in "15 working days", "2 hours", "3 months".')
@told
def due(start: str, limit: str) -> Answer:
    """Say when a limit ends, and which days are left out."""
    preset = in_force(db.session(), now())
    found = due_result(start, limit, preset.calendar, preset.limits)
    lines = [found["due"]]
    lines += [f"left out {one['day']}: {why(one)}" for one in found["skipped"]]
    if found["provisional"]:
        lines.append("Provisional: a year without a holiday notice is in it.")
    return Answer(found, lines)


def why(skipped: dict[str, Any]) -> str:
    """Return why a day is left out, with the holiday's name where it has one."""
    name = skipped["name"]
    return f"{skipped['reason']} ({name['en']})" if name else str(skipped["reason"])


@clocks.command()
@click.argument("case")
@told
def replay(case: str) -> Answer:
    """Read every clock of a case (its number or id) anew from its events."""
    session, moment = db.session(), now()
    found = queries.case_by_number(session, SYSTEM, case)
    if found is None:
        try:
            found = queries.case_of(session, SYSTEM, UUID(case))
        except ValueError:
            raise NotFound(case) from None
    preset = in_force(session, moment)
    readings = [
        reading_as_data(reading, preset.limits.zone)
        for reading in queries.clocks_of(session, found, preset, as_of=moment)
    ]
    lines = [
        f"{one['kind']} {one['subject']} {one['episode']}: {one['state']}, due {one['due_at']}"
        for one in readings
    ]
    return Answer({"case": found.number, "as_of": moment.isoformat(), "readings": readings}, lines)


@clocks.command()
@click.option("--rebuild", is_flag=True, help="First work out all stored clocks anew.")
@told
def check(rebuild: bool) -> Answer:
    """Compare every stored deadline with the events; exit 1 and list what differs."""
    session, moment = db.session(), now()
    last: UUID | None = None
    while rebuild:
        with unit_of_work(session):
            last = rebuild_clocks(session, now=moment, after=last)
        rebuild = last is not None
    preset = in_force(session, moment)
    after: UUID | None = None
    checked, wrong = 0, []
    while batch := queries.stored_and_found(
        session, preset, after=after, limit=BATCH, as_of=moment
    ):
        for case_id, number, stored, found in batch:
            wrong += [{"case": number, "difference": text} for text in differences(stored, found)]
            after = case_id
        checked += len(batch)
        session.expunge_all()
    lines = [f"{one['case']}: {one['difference']}" for one in wrong]
    lines.append(f"{checked} cases checked, {len(wrong)} differences.")
    return Answer({"checked": checked, "differences": wrong}, lines, ok=not wrong)
