"""`groups list|edit|end`: the groups that cases are given to. The preset makes them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from portal.access.kinds import SYSTEM
from portal.accounts import queries
from portal.accounts.services import GroupFields, edit_group, end_group
from portal.administration.cli.accounts import DAY, account_of, group_of, today
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force


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
@click.option("--liaison", help="Address of the account others turn to; nobody with an empty one.")
@click.option("--reach", help="How to reach the liaison.")
@click.option("--remit-zh", help="What it is there for, in Chinese; empty: the preset's words.")
@click.option("--remit-en", help="The same in English.")
@click.option("--from", "starts", type=DAY, help="The first day of its term.")
@click.option("--until", "ends", type=DAY, help="The first day without it.")
@click.option("--no-end", is_flag=True, help="Its term has no end.")
@told
def edit(code: str, **given: Any) -> Answer:
    """Say what a group stands for; what is not named stays as it is."""
    moment = now()
    with unit_of_work(db.session()) as session:
        group = group_of(session, code)
        city = in_force(session, moment).city
        remit = next((one.remit for one in city.groups if one.code == code), None)
        edit_group(
            session, SYSTEM, group.id, changed(session, group, given), remit,
            seen=group.version, today=today(session, moment), now=moment,
        )  # fmt: skip
    return Answer({"code": code}, [f"{code} is changed."])


def changed(session: Any, group: queries.StandingGroup, given: dict[str, Any]) -> GroupFields:
    """Return what a group stands for with what was named put in."""
    fields = GroupFields(
        remit_zh=group.remit_zh or "",
        remit_en=group.remit_en or "",
        starts_on=group.starts_on,
        ended_on=group.ended_on,
        liaison_id=group.liaison_id,
        liaison_reach=group.liaison_reach,
    )
    named = {"remit_zh": "remit_zh", "remit_en": "remit_en", "reach": "liaison_reach"}
    more = {to: given[name] for name, to in named.items() if given[name] is not None}
    days = {"starts": "starts_on", "ends": "ended_on"}
    more |= {to: given[name].date() for name, to in days.items() if given[name] is not None}
    if given["no_end"]:
        more["ended_on"] = None
    if (email := given["liaison"]) is not None:
        more["liaison_id"] = account_of(session, email).id if email else None
    return replace(fields, **more)


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
