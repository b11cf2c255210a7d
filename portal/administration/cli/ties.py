"""`ties list|declare|end`: what keeps somebody from handling the cases of a unit."""

from datetime import datetime
from typing import Any
from uuid import UUID

import click

from portal.access.kinds import Actor, Role
from portal.accounts import queries
from portal.administration.cli.accounts import account_of, today
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.units.kinds import TIE_KINDS
from portal.units.queries import ties_of
from portal.units.services import declare_tie, end_tie

BY = click.option("--by", required=True, help="Address of the administrator who answers for it.")


@click.group("ties", cls=Plain)
def ties() -> None:
    """Ties of people to units: they block handling there."""


def administrator(session: Any, email: str, moment: datetime) -> Actor:
    """Return an administrator as an actor. Raises NotFound for whoever is none."""
    account = account_of(session, email)
    for held in queries.roles_of(account, on=today(session, moment)):
        if held.role is Role.ADMINISTRATOR and account.active:
            return queries.actor_in(account, held)
    raise NotFound(f"administrator {email}")


@ties.command("list")
@click.argument("email")
@told
def list_ties(email: str) -> Answer:
    """List the ties of a person that hold today."""
    with unit_of_work(db.session()) as session:
        found = [
            {"tie": tie.id, "kind": tie.kind, "unit": unit.id, "name": unit.name}
            for tie, unit in ties_of(session, account_of(session, email).person_id)
        ]
    return Answer({"ties": found}, [f"{one['tie']}  {one['kind']}  {one['name']}" for one in found])


@ties.command()
@click.argument("email")
@click.option("--unit", type=click.UUID, required=True, help="Id of the unit.")
@click.option("--kind", type=click.Choice(list(TIE_KINDS)), required=True)
@BY
@told
def declare(email: str, unit: UUID, kind: str, by: str) -> Answer:
    """Declare that a person has a tie to a unit."""
    moment = now()
    with unit_of_work(db.session()) as session:
        actor = administrator(session, by, moment)
        who = account_of(session, email).person_id
        tie = declare_tie(session, actor, person_id=who, unit_id=unit, kind=kind, now=moment)
    return Answer({"tie": tie.id}, [f"{tie.id}: cases of this unit are handled by others now."])


@ties.command()
@click.argument("tie", type=click.UUID)
@BY
@told
def end(tie: UUID, by: str) -> Answer:
    """End a tie."""
    moment = now()
    with unit_of_work(db.session()) as session:
        end_tie(session, administrator(session, by, moment), tie, now=moment)
    return Answer({"tie": tie}, ["The tie has ended."])
