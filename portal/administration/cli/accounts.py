"""`accounts`: people, their roles, and links that work once, for whoever runs the portal."""

from datetime import date, datetime, timedelta
from typing import Any

import click

from portal.access.kinds import SYSTEM, Role
from portal.accounts import queries
from portal.accounts.services import (
    add_person,
    end_role,
    give_role,
    reset_account,
    set_active,
)
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force
from portal.web.signin import LINK_LIVES, STAFF_ROLES, account_link

LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
ROLE = click.Choice([role.value for role in STAFF_ROLES])
DAY = click.DateTime(["%Y-%m-%d"])


def today(session: Any, moment: datetime) -> date:
    """Return the city's day."""
    return moment.astimezone(in_force(session, moment).city.zone).date()


def account_of(session: Any, email: str) -> queries.PersonalAccount:
    """Return the account with an address. Raises NotFound."""
    found = queries.account_by_email(session, email)
    if found is None:
        raise NotFound(email)
    return found


def group_of(session: Any, code: str) -> queries.StandingGroup:
    """Return the group with a code. Raises NotFound."""
    found = queries.group_by_code(session, code)
    if found is None:
        raise NotFound(code)
    return found


@click.group("accounts", cls=Plain)
def accounts() -> None:
    """People who sign in."""


@accounts.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--post", default="", help="The person's post.")
@click.option("--role", type=ROLE, default=Role.ADMINISTRATOR.value, show_default=True)
@click.option("--group", help="Code of the group, for dispatcher, member and lead.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="zh", show_default=True)
@told
def create(email: str, name: str, post: str, role: str, group: str | None, language: str) -> Answer:
    """Add an account and print the link with which its owner sets a password, once."""
    moment = now()
    with unit_of_work(db.session()) as session:
        account = add_person(
            session,
            SYSTEM,
            name=name,
            post=post,
            email=email,
            language=LANGUAGES[language],
            now=moment,
        )
        place = group_of(session, group) if group is not None else None
        day = today(session, moment)
        give_role(session, SYSTEM, account, Role(role), group=place, starts_on=day, now=moment)
    return link_answer(account)


@accounts.command()
@click.argument("email")
@told
def reset(email: str) -> Answer:
    """Take a password away and print a link that sets a new one, once."""
    with unit_of_work(db.session()) as session:
        account = account_of(session, email)
        reset_account(session, SYSTEM, account, now=now())
    return link_answer(account)


@accounts.command("list")
@told
def list_accounts() -> Answer:
    """List every account with the roles that it holds today."""
    with unit_of_work(db.session()) as session:
        day = today(session, now())
        found, lines = [], []
        for one in queries.all_accounts(session):
            roles = [
                held.role.value + (f" in {held.group.code}" if held.group else "")
                for held in queries.roles_of(one, on=day)
            ]
            name, active = one.person.name, one.active
            found.append({"email": one.email, "name": name, "active": active, "roles": roles})
            said = ", ".join(roles) or "no role"
            lines.append(f"{one.email}  {name}  {said}" + ("" if active else "  (disabled)"))
    return Answer({"accounts": found}, lines)


@accounts.command("give-role")
@click.argument("email")
@click.option("--role", type=ROLE, required=True)
@click.option("--group", help="Code of the group, for dispatcher, member and lead.")
@click.option("--from", "starts", type=DAY, help="The first day; without it today.")
@click.option("--until", "ends", type=DAY, help="The first day without it, if it is known.")
@told
def give(
    email: str, role: str, group: str | None, starts: datetime | None, ends: datetime | None
) -> Answer:
    """Let an account act in a role."""
    moment = now()
    with unit_of_work(db.session()) as session:
        day = starts.date() if starts else today(session, moment)
        place = group_of(session, group) if group is not None else None
        account = account_of(session, email)
        last = ends.date() if ends else None
        give_role(
            session, SYSTEM, account, Role(role),
            group=place, starts_on=day, ends_on=last, now=moment,
        )  # fmt: skip
    said = f"{email} is {role} from {day}" + (f" until {last}." if last else ".")
    return Answer({"email": email, "role": role, "from": day, "until": last}, [said])


@accounts.command("end-role")
@click.argument("email")
@click.option("--role", type=ROLE, required=True)
@click.option("--group", help="Code of the group, for dispatcher, member and lead.")
@click.option("--on", "ends", type=DAY, help="The first day without it; without this tomorrow.")
@told
def end(email: str, role: str, group: str | None, ends: datetime | None) -> Answer:
    """End a role that an account holds."""
    moment = now()
    with unit_of_work(db.session()) as session:
        day = ends.date() if ends else today(session, moment) + timedelta(days=1)
        held = next(
            (
                one
                for one in account_of(session, email).memberships
                if one.role.value == role
                and (one.group.code if one.group else None) == group
                and (one.ends_on is None or one.ends_on > day)
            ),
            None,
        )
        if held is None:
            raise NotFound(f"{role} of {email}")
        end_role(session, SYSTEM, held.id, ends_on=day, now=moment)
    return Answer({"email": email, "role": role, "on": day}, [f"{email} is {role} until {day}."])


@accounts.command()
@click.argument("email")
@told
def disable(email: str) -> Answer:
    """Disable an account: its sessions and links end at once."""
    return switched(email, active=False)


@accounts.command()
@click.argument("email")
@told
def enable(email: str) -> Answer:
    """Enable an account again; its password works as before."""
    return switched(email, active=True)


def switched(email: str, *, active: bool) -> Answer:
    """Enable or disable an account and say so."""
    with unit_of_work(db.session()) as session:
        set_active(session, SYSTEM, account_of(session, email), active=active, now=now())
    word = "enabled" if active else "disabled"
    return Answer({"email": email, "active": active}, [f"{email} is {word}."])


def link_answer(account: queries.PersonalAccount) -> Answer:
    """Return the link, made after the commit that it depends on."""
    link = account_link(account)
    hours = int(LINK_LIVES.total_seconds() // 3600)
    return Answer(
        {"account": str(account.id), "email": account.email, "link": link, "hours": hours},
        [link, f"It works once, within {hours} hours. Give it to {account.email} alone."],
    )
