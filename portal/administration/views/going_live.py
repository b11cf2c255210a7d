"""What is missing before going live, each with its link."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.kinds import Action, GroupKind, Role
from portal.accounts import queries as accounts
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.queue import health
from portal.integrations.last_backup import last_backup
from portal.notices.kinds import DeliveryState
from portal.notices.queries import delivery_counts
from portal.presets.queries import in_force
from portal.routing.commands import lint_report
from portal.routing.matters import GroupFacts
from portal.sealing.envelope import can_seal_with
from portal.sealing.queries import live_keys
from portal.web.language import current
from portal.web.pages import needs
from portal.web.signin import ROLES

going_live = Blueprint("setup", __name__, url_prefix="/admin/setup")
BACKUP_EVERY = timedelta(days=7)
FEWEST = 2  # people in a group, since nobody reviews their own work


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that must be right; `details` name what is not."""

    code: str
    title: str
    ok: bool
    words: str
    url: str
    link: str
    details: tuple[str, ...] = ()


@going_live.get("/")
@needs(Action.READ_SYSTEM)
def index() -> str:
    """Show what is missing in red, and what is done."""
    items = list(things())
    missing = [item for item in items if not item.ok]
    return render_template("administration/setup.html", items=items, missing=missing)


def things() -> Iterator[Item]:
    """Yield everything that must be right before going live."""
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    day = moment.astimezone(preset.city.zone).date()
    groups = list(accounts.live_groups(session, on=day).values())
    yield from of_people(session, day, groups)
    yield of_routing(preset, groups)
    yield of_keys(session)
    yield from of_machine(session, moment)


def of_people(session: Any, day: Any, groups: list[accounts.GroupFacts]) -> Iterator[Item]:
    """Yield what is to say of desks, groups and offices."""
    desks = [group for group in groups if group.kind is GroupKind.DESK and group.people_count]
    yield Item(
        "desk",
        _("Somebody at the desk"),
        bool(desks),
        _("The desk that sorts reports has people.")
        if desks
        else _("No desk has anybody: nobody sees what is reported."),
        url_for("people.index"),
        _("People and groups"),
    )
    small = [group for group in groups if group.people_count < FEWEST]
    yield Item(
        "groups",
        _("Two people in every group"),
        not small,
        _("Every group has at least two people.")
        if not small
        else ngettext(
            "%(num)s group has fewer than two people, and nobody may review their own work.",
            "%(num)s groups have fewer than two people, and nobody may review their own work.",
            len(small),
        ),
        url_for("groups.index"),
        _("Groups"),
        tuple(f"{group.name(current())} · {group.people_count}" for group in small),
    )
    offices = (Role.DIRECTOR, Role.AUDITOR, Role.ADMINISTRATOR)
    empty = [role for role in offices if not accounts.holders_of(session, role, on=day)]
    yield Item(
        "offices",
        _("Director, auditor, administrator"),
        not empty,
        _("Each of these roles is held.") if not empty else _("Nobody holds these roles:"),
        url_for("people.index"),
        _("People and groups"),
        tuple(str(ROLES[role]) for role in empty),
    )


def of_routing(preset: Any, groups: list[accounts.GroupFacts]) -> Item:
    """Return whether every category in every place ends at somebody."""
    facts = {group.code: GroupFacts(people_count=group.people_count) for group in groups}
    report = lint_report(preset, facts)
    errors = [one for one in report.findings if one.severity.value == "error"]
    return Item(
        "routing",
        _("A group for every category and district"),
        report.ok,
        _("Whatever is reported, wherever: it reaches somebody.")
        if report.ok
        else ngettext(
            "The routing rules have %(num)s error.",
            "The routing rules have %(num)s errors.",
            len(errors),
        ),
        url_for("rules.routing"),
        _("Routing rules"),
    )


def of_keys(session: Any) -> Item:
    """Return whether contact details can be sealed."""
    keys = live_keys(session)
    return Item(
        "keys",
        _("Keys of two custodians"),
        can_seal_with(keys),
        _("Contact details and original files are sealed.")
        if can_seal_with(keys)
        else _(
            "Fewer than two custodians have a key: reporters can leave no contact details, and "
            "original files are not kept. Run flask --app wsgi keys generate."
        ),
        url_for("system.status"),
        _("System"),
    )


def of_machine(session: Any, moment: Any) -> Iterator[Item]:
    """Yield what is to say of mail, secret, backup, jobs."""
    settings = current_app.config["PORTAL_SETTINGS"]
    system, link = url_for("system.status"), _("System")
    yield Item(
        "mail",
        _("A mail server"),
        settings.mail_server is not None,
        _("Mails go out.")
        if settings.mail_server
        else _("Mails are caught in the data folder and reach nobody: set MAIL_SERVER."),
        system,
        link,
    )
    yield Item(
        "secret",
        _("A secret of your own"),
        settings.secret_key is not None,
        _("SECRET_KEY is set.")
        if settings.secret_key
        else _("SECRET_KEY is not set, one was made: production needs its own."),
        system,
        link,
    )
    made = last_backup(settings.data_dir)
    is_fresh = made is not None and made > moment - BACKUP_EVERY
    yield Item(
        "backup",
        _("A backup of this week"),
        is_fresh,
        _("The last backup is less than seven days old.")
        if is_fresh
        else _("No backup of the last seven days is known: run flask --app wsgi backup create."),
        system,
        link,
    )
    queue, mails = health(session, now=moment), delivery_counts(session)
    failed = queue.failed + mails[DeliveryState.FAILED]
    runs = queue.has_worker(moment)
    yield Item(
        "jobs",
        _("Jobs and mails are done"),
        runs and not failed,
        job_words(runs, failed),
        system,
        link,
    )


def job_words(runs: bool, failed: int) -> str:
    """Say how the jobs do."""
    if not runs:
        return str(_("No job worker runs: no mail leaves and no reminder. Start script/server."))
    if failed:
        return str(
            ngettext(
                "%(num)s job or mail was given up.", "%(num)s jobs or mails were given up.", failed
            )
        )
    return str(_("The worker runs, nothing was given up."))
