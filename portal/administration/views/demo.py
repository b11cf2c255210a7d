"""The start page of the demo: its people, codes, links and mails. Registered in a demo only."""

import json
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from portal.access.kinds import Action, Role
from portal.accounts import queries as people
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.integrations.mailbox import Mail, mails_in
from portal.presets.queries import in_force
from portal.web import navigation, parts
from portal.web.headers import map_page
from portal.web.pages import needs
from portal.web.signin import ROLES, group_name, sign_in

demo_pages = Blueprint("demo", __name__, url_prefix="/demo")
parts_page = Blueprint("parts", __name__)
MAILS_SHOWN = 100

#: Where the report of a receipt code stands.
RECEIPTS: Mapping[str, Any] = {
    "received": _l("Just came in"),
    "talking": _l("Messages in both directions"),
    "in_hand": _l("A group looks into it"),
    "rectifying": _l("The unit is putting it right"),
    "rectified": _l("Put right and checked: you can rate it"),
    "unfounded": _l("Answered: not confirmed"),
    "refused": _l("Not accepted, with the reason"),
    "merged": _l("Goes on together with another report"),
    "rewarded": _l("A reward is offered: you can claim it"),
    "inside": _l("Told the unit alone: waits for its answer"),
    "inside_late": _l("Told the unit alone: not answered in time"),
}
#: What is to be done with what stands behind a link.
LINKS: Mapping[str, Any] = {
    "new": _l("Not signed for yet"),
    "open": _l("Signed for, tasks still to do"),
    "reported": _l("Reported as done, waits for the check"),
    "step": _l("A step of the ladder that can be answered"),
}
#: Whom the boxes sign in, in this order.
GUIDES = ("reporter", "dispatcher", "inspector", "unit", "auditor")
GUIDE_ROLES = {
    "dispatcher": Role.DISPATCHER,
    "inspector": Role.MEMBER,
    "auditor": Role.AUDITOR,
}
#: Roles without a group, in the order of the page.
OFFICES = (
    *(Role.DIRECTOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.CUSTODIAN, Role.TREASURER),
    Role.UNIT,
)


@demo_pages.get("")
@needs(Action.READ_PUBLIC)
def start() -> str:
    """Show who can be signed in and what can be tried."""
    holders = people.memberships_on(db.session(), on=_today())
    by_role = {role: [one for one in holders if one.role is role] for role in ROLES}
    return render_template(
        "administration/demo.html",
        form=FlaskForm(),
        guides={name: next(iter(by_role[role]), None) for name, role in GUIDE_ROLES.items()},
        groups=_by_group(holders),
        offices=[(ROLES[role], by_role[role]) for role in OFFICES],
        roles=ROLES,
        **_left_behind(),
    )


@demo_pages.post("/sign-in/<uuid:membership_id>")
@needs(Action.READ_PUBLIC)
def sign_in_as(membership_id: UUID) -> ResponseReturnValue:
    """Sign one of the people in, and go where their work begins."""
    if not FlaskForm().validate():
        abort(400)
    chosen = people.membership(db.session(), membership_id, on=_today())
    sign_in(chosen.account, chosen)
    return redirect(navigation.landing(g.actor), 303)


@demo_pages.get("/mail")
@needs(Action.READ_PUBLIC)
def mailbox() -> str:
    """List what the portal has mailed, the newest first."""
    found = [_head(mail) for mail, _ in zip(_mails(), range(MAILS_SHOWN), strict=False)]
    return render_template("administration/demo_mailbox.html", mails=found, shown=MAILS_SHOWN)


@demo_pages.get("/mail/<int:number>")
@needs(Action.READ_PUBLIC)
def mail(number: int) -> str:
    """Show one mail as text."""
    found = next((mail for mail in _mails() if mail.number == number), None)
    if found is None:
        abort(404)
    return render_template(
        "administration/demo_mail.html", mail=_head(found), body=_body(found.message)
    )


@parts_page.get("/admin/parts")
@needs(Action.READ_SYSTEM)
def index() -> str:
    """Show every part that pages are made of, with invented data."""
    map_page()
    return render_template("administration/parts.html", **parts.context())


def _today() -> Any:
    moment = now()
    return moment.astimezone(in_force(db.session(), moment).city.zone).date()


def _by_group(holders: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Return the name of each group with its people, in the order of the query."""
    grouped = [one for one in holders if one.group is not None]
    return [
        (group_name(members[0].group), members)
        for _, found in groupby(grouped, key=lambda one: one.group_id)
        if (members := list(found))
    ]


def _left_behind() -> dict[str, Any]:
    """Return what `demo load` wrote down: codes, links and passphrases; nothing if it has not."""
    file = current_app.config["PORTAL_SETTINGS"].demo_codes
    try:
        kept = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        kept = {"codes": {}, "links": {}, "passphrases": []}
    codes, links = kept["codes"], kept["links"]
    return {
        "codes": [(label, _in_fours(codes[n])) for n, label in RECEIPTS.items() if n in codes],
        "links": [(label, _of_unit(n, links[n])) for n, label in LINKS.items() if n in links],
        "passphrases": kept["passphrases"],
        "voucher": _in_fours(kept.get("voucher", "")),
    }


def _of_unit(kind: str, token: str) -> str:
    page = "enterprise.step" if kind == "step" else "enterprise.task_book"
    return url_for(page, token=token)


def _in_fours(code: str) -> str:
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4))


def _mails() -> Any:
    return mails_in(current_app.config["PORTAL_SETTINGS"].mail_dir)


def _head(mail: Mail) -> dict[str, Any]:
    return {
        "number": mail.number,
        "to": ", ".join(mail.recipients),
        "subject": mail.message.get("Subject", ""),
        "date": getattr(mail.message.get("Date"), "datetime", None),
    }


def _body(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    return str(part.get_content()) if part is not None else ""
