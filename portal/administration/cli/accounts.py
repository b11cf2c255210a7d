"""`accounts create|reset`: a link that works once, printed to whoever runs the portal."""

import click

from portal.access.kinds import SYSTEM, Role
from portal.accounts import queries
from portal.accounts.services import add_person, give_role, reset_account
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force
from portal.web.signin import LINK_LIVES, STAFF_ROLES, account_link

LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}


@click.group("accounts", cls=Plain)
def accounts() -> None:
    """People who sign in."""


@accounts.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--post", default="", help="The person's post.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in STAFF_ROLES]),
    default=Role.ADMINISTRATOR.value,
    show_default=True,
)
@click.option("--group", help="Code of the group, for dispatcher, member and lead.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="zh", show_default=True)
@told
def create(email: str, name: str, post: str, role: str, group: str | None, language: str) -> Answer:
    """Add an account and print the link with which its owner sets a password, once."""
    moment = now()
    with unit_of_work(db.session()) as session:
        today = moment.astimezone(in_force(session, moment).city.zone).date()
        account = add_person(
            session,
            SYSTEM,
            name=name,
            post=post,
            email=email,
            language=LANGUAGES[language],
            now=moment,
        )
        place = None
        if group is not None:
            place = queries.group_by_code(session, group)
            if place is None:
                raise NotFound(group)
        give_role(session, SYSTEM, account, Role(role), group=place, starts_on=today, now=moment)
    return link_answer(account)


@accounts.command()
@click.argument("email")
@told
def reset(email: str) -> Answer:
    """Take a password away and print a link that sets a new one, once."""
    with unit_of_work(db.session()) as session:
        account = queries.account_by_email(session, email)
        if account is None:
            raise NotFound(email)
        reset_account(session, SYSTEM, account, now=now())
    return link_answer(account)


def link_answer(account: queries.PersonalAccount) -> Answer:
    """Return the link, made after the commit that it depends on."""
    link = account_link(account)
    hours = int(LINK_LIVES.total_seconds() // 3600)
    return Answer(
        {"account": str(account.id), "email": account.email, "link": link, "hours": hours},
        [link, f"It works once, within {hours} hours. Give it to {account.email} alone."],
    )
