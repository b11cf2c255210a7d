"""`groups list|end`: the groups that cases are given to. The preset makes them."""

from datetime import datetime

import click

from portal.access.kinds import SYSTEM
from portal.accounts import queries
from portal.accounts.services import end_group
from portal.administration.cli.accounts import DAY, group_of, today
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work


@click.group("groups", cls=Plain)
def groups() -> None:
    """Groups; `presets load` makes those that the preset names."""


@groups.command("list")
@told
def list_groups() -> Answer:
    """List every group with the number of its people."""
    with unit_of_work(db.session()) as session:
        standing = queries.live_groups(session, on=today(session, now()))
        found = [
            {
                "code": one.code,
                "kind": one.kind.value,
                "name_zh": one.name_zh,
                "name_en": one.name_en,
                "people": standing[one.id].people_count if one.id in standing else 0,
                "ended_on": one.ended_on,
            }
            for one in queries.all_groups(session)
        ]
    lines = [
        f"{one['code']}  {one['kind']}  {one['name_zh']}  {one['people']}"
        + (f"  (ended on {one['ended_on']})" if one["ended_on"] else "")
        for one in found
    ]
    return Answer({"groups": found}, lines)


@groups.command()
@click.argument("code")
@click.option("--on", "ends", type=DAY, help="The first day without it; without this today.")
@told
def end(code: str, ends: datetime | None) -> Answer:
    """End a group: routing rules that name it send to the duty desk from that day on."""
    moment = now()
    with unit_of_work(db.session()) as session:
        day = ends.date() if ends else today(session, moment)
        end_group(session, SYSTEM, group_of(session, code), ends_on=day, now=moment)
    line = f"{code} has ended on {day}: run routing lint to see which rules named it."
    return Answer({"code": code, "on": day}, [line])
