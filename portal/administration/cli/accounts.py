"""`accounts`: people, their roles, and links that work once, for whoever runs the portal."""

from datetime import date, datetime, timedelta
from typing import Any

import click

from portal.access.kinds import SYSTEM, Role
from portal.accounts import queries
from portal.accounts.services import (
    add_person,
    give_role,
    reset_account,
    set_active,
)
from portal.administration.cli.output import Answer, Plain, told
from portal.cases.queries import case_by_number, handled_by
from portal.cases.services import Successors, close_account, hand_over_left, leave_role
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


#: Who takes over what somebody handles, for the commands by which they leave.
TO = click.option(
    "--to", "to", multiple=True, metavar="EMAIL",
    help="Who takes over what this person handles; once for each group.",
)  # fmt: skip
CASE = click.option(
    "--case", "cases", multiple=True, metavar="NUMBER=EMAIL", help="Who takes over a single case."
)


def successors(
    session: Any, account_id: Any, to: tuple[str, ...], cases: tuple[str, ...], day: date
) -> Successors:
    """Return who was named: each of `to` takes over in the groups in which they can act."""
    heirs = [account_of(session, email) for email in to]
    groups = {}
    for group_id in {one.group_id for one in handled_by(session, account_id)}:
        inside = {one.id for one in queries.members_of(session, group_id, on=day)}
        if heir := next((one for one in heirs if one.id in inside), None):
            groups[group_id] = heir.id
    single = {}
    for said in cases:
        number, _equals, email = said.partition("=")
        found = case_by_number(session, SYSTEM, number)
        if found is None:
            raise NotFound(number)
        single[found.id] = account_of(session, email).id
    return Successors(groups, single)


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
@TO
@CASE
@told
def end(
    email: str,
    role: str,
    group: str | None,
    ends: datetime | None,
    to: tuple[str, ...],
    cases: tuple[str, ...],
) -> Answer:
    """End a role that an account holds; what it handles in the group goes to others at once."""
    moment = now()
    with unit_of_work(db.session()) as session:
        present, account = today(session, moment), account_of(session, email)
        day = ends.date() if ends else present + timedelta(days=1)
        held = next(
            (
                one
                for one in account.memberships
                if one.role.value == role
                and (one.group.code if one.group else None) == group
                and (one.ends_on is None or one.ends_on > day)
            ),
            None,
        )
        if held is None:
            raise NotFound(f"{role} of {email}")
        heirs = successors(session, account.id, to, cases, present)
        leave_role(session, SYSTEM, held.id, ends_on=day, to=heirs, today=present, now=moment)
    return Answer({"email": email, "role": role, "on": day}, [f"{email} is {role} until {day}."])


@accounts.command()
@click.argument("email")
@TO
@CASE
@told
def disable(email: str, to: tuple[str, ...], cases: tuple[str, ...]) -> Answer:
    """Disable an account: sessions and links end at once, what it handles goes to others."""
    moment = now()
    with unit_of_work(db.session()) as session:
        day, account = today(session, moment), account_of(session, email)
        heirs = successors(session, account.id, to, cases, day)
        close_account(session, SYSTEM, account.id, to=heirs, today=day, now=moment)
    return Answer({"email": email, "active": False}, [f"{email} is disabled."])


@accounts.command("hand-over")
@click.argument("email")
@TO
@CASE
@told
def hand_over(email: str, to: tuple[str, ...], cases: tuple[str, ...]) -> Answer:
    """Give to others what somebody left behind in groups in which they can act no more."""
    moment = now()
    with unit_of_work(db.session()) as session:
        day, account = today(session, moment), account_of(session, email)
        heirs = successors(session, account.id, to, cases, day)
        hand_over_left(session, SYSTEM, account.id, to=heirs, today=day, now=moment)
    return Answer({"email": email}, [f"What {email} left behind is handed over."])


@accounts.command()
@click.argument("email")
@told
def enable(email: str) -> Answer:
    """Enable an account again; its password works as before."""
    with unit_of_work(db.session()) as session:
        set_active(session, SYSTEM, account_of(session, email), active=True, now=now())
    return Answer({"email": email, "active": True}, [f"{email} is enabled."])


def link_answer(account: queries.PersonalAccount) -> Answer:
    """Return the link, made after the commit that it depends on."""
    link = account_link(account)
    hours = int(LINK_LIVES.total_seconds() // 3600)
    return Answer(
        {"account": str(account.id), "email": account.email, "link": link, "hours": hours},
        [link, f"It works once, within {hours} hours. Give it to {account.email} alone."],
    )
