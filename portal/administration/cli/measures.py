"""`measures list|show|check`."""

from datetime import datetime, timedelta
from typing import Any

import click

from portal.accounts.queries import group_by_code
from portal.administration.cli.output import Answer, Plain, told
from portal.cases.services import judge_promises
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.measures.asked import Asked
from portal.measures.catalogue import BY_NAME, MEASURES
from portal.measures.check import check as check_measures
from portal.measures.periods import Period, Scope
from portal.presets.queries import in_force

DAYS = 90
DATE = click.DateTime(["%Y-%m-%d"])


@click.group("measures", cls=Plain)
def measures() -> None:
    """Published figures: their definitions, their numbers, recomputed from the events."""


def ranged(function: Any) -> Any:
    """Give a command the options that say which cases count."""
    for option in (
        click.option(
            "--major/--not-major", default=None, help="Suspected major ones only, or not."
        ),
        click.option("--category", help="A sector or a category, with those below it."),
        click.option("--jurisdiction", help="A district's code."),
        click.option("--group", help="A group's code."),
        click.option("--to", "until", type=DATE, help="First day that does not count."),
        click.option("--from", "start", type=DATE, help="First day on which cases were received."),
    ):
        function = option(function)
    return function


def _asked(
    start: datetime | None,
    until: datetime | None,
    group: str | None,
    jurisdiction: str | None,
    category: str | None,
    major: bool | None,
) -> Asked:
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    today = moment.astimezone(preset.limits.zone).date()
    last = until.date() if until else today + timedelta(days=1)
    first = start.date() if start else last - timedelta(days=DAYS + 1)
    found = group_by_code(session, group) if group else None
    if group and found is None:
        raise NotFound(group)
    scope = Scope(
        period=Period.of_days(first, last, preset.limits.zone),
        group_id=found.id if found else None,
        jurisdiction=jurisdiction,
        category=category,
        suspected_major=major,
    )
    return Asked(session, scope, preset, moment)


@measures.command("list")
@told
def list_all() -> Answer:
    """Name every measure with its definition."""
    data = [{"id": one.id, "definition": one.definition} for one in MEASURES]
    return Answer({"measures": data}, [f"{one['id']}: {one['definition']}" for one in data])


@measures.command()
@click.argument("name")
@ranged
@told
def show(name: str, **options: Any) -> Answer:
    """Show the numbers of one measure."""
    measure = BY_NAME.get(name)
    if measure is None:
        raise NotFound(name)
    asked = _asked(**options)
    lines = measure.lines(asked)
    data = {
        "id": measure.id,
        "definition": measure.definition,
        "period": [asked.scope.period.start, asked.scope.period.end],
        "computed_at": asked.now,
        "lines": [{"line": line.code, **line.numbers} for line in lines],
    }
    said = [
        f"{line.code}: " + ", ".join(f"{column} {value}" for column, value in line.numbers.items())
        for line in lines
    ]
    return Answer(data, [measure.definition, *said])


@measures.command()
@click.option("--rebuild", is_flag=True, help="First work out all promised dates anew.")
@ranged
@told
def check(rebuild: bool, **options: Any) -> Answer:
    """Recompute times, lateness and promises from the events; exits 1 where they differ."""
    last, moment = None, now()
    while rebuild:
        with unit_of_work(db.session()) as session:
            last = judge_promises(session, now=moment, after=last, again=True)
        rebuild = last is not None
    with unit_of_work(db.session()):
        found = check_measures(_asked(**options))
    data = {
        "cases": found.cases,
        "differences": [
            {
                "case": str(one.case_id),
                "stage": one.stage,
                "stored": one.stored,
                "events": one.events,
            }
            for one in found.differences
        ],
        "flow_left_over": found.left_over,
    }
    lines = [
        f"case {one.case_id}, {one.stage}: stored {one.stored}, by its events {one.events}"
        for one in found.differences
    ]
    lines.append(
        f"{found.cases} cases recomputed, {len(found.differences)} differences, "
        f"{found.left_over} left over in the flow."
    )
    return Answer(data, lines, ok=found.ok)
