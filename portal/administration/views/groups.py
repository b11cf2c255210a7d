"""Groups and who is in them."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.access.kinds import GroupKind
from portal.accounts import queries as accounts
from portal.accounts.services import end_group
from portal.administration.forms import put_at_field
from portal.administration.forms.people import EndForm
from portal.administration.views.people import MANAGE, today
from portal.cases.queries import open_counts
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound
from portal.presets.queries import in_force
from portal.web.pages import current_actor
from portal.web.signin import ROLES, group_name

groups = Blueprint("groups", __name__, url_prefix="/admin/people/groups")

KINDS = {
    GroupKind.SUPERVISION: _l("Supervision group"),
    GroupKind.INSPECTION: _l("Inspection group"),
    GroupKind.DESK: _l("Desk"),
}


@groups.get("/")
@MANAGE
def index() -> str:
    """Show every group with its people."""
    session, day = db.session(), today()
    inside: dict[UUID, list[Any]] = defaultdict(list)
    for account in accounts.all_accounts(session):
        for held in account.memberships:
            is_now = held.starts_on <= day and (held.ends_on is None or held.ends_on > day)
            if held.group_id and is_now and account.active:
                inside[held.group_id].append((account, ROLES[held.role]))
    waiting = open_counts(session)
    rows = [
        {
            "group": group,
            "name": group_name(group),
            "kind": KINDS[group.kind],
            "people": inside[group.id],
            "open": waiting.get(group.id, 0),
        }
        for group in accounts.all_groups(session)
    ]
    return render_template("administration/groups.html", rows=rows)


def existing(group_id: UUID) -> accounts.StandingGroup:
    """Return the group. Raises NotFound."""
    group = accounts.group(db.session(), group_id)
    if group is None:
        raise NotFound(group_id)
    return group


@groups.get("/<uuid:group_id>/end")
@MANAGE
def ask_end(group_id: UUID) -> str:
    """Say what breaks when a group ends, before it does."""
    return end_page(existing(group_id), EndForm(ends_on=today()))


def end_page(group: accounts.StandingGroup, form: EndForm) -> str:
    """Return the page that asks before a group ends."""
    session = db.session()
    rules = in_force(session, now()).routing.rules
    naming = [rule.id for rule in rules if rule.to == group.code]
    waiting = open_counts(session).get(group.id, 0)
    found = []
    if naming:
        found.append(
            _(
                "Routing rules name it: %(rules)s. What they catch goes to the duty desk.",
                rules=", ".join(naming),
            )
        )
    if waiting:
        found.append(
            ngettext(
                "%(num)s open case lies with this group.",
                "%(num)s open cases lie with this group.",
                waiting,
            )
        )
    return render_template(
        "administration/group_end.html", form=form, name=group_name(group), consequences=found
    )


@groups.post("/<uuid:group_id>/end")
@MANAGE
def end(group_id: UUID) -> ResponseReturnValue:
    """End a group."""
    form, group = EndForm(), existing(group_id)
    try:
        if form.validate():
            end_group(db.session(), current_actor(), group, ends_on=form.ends_on.data, now=now())
            flash(_("The group ends."))
            return redirect(url_for("groups.index"), 303)
    except Incomplete as refusal:
        put_at_field(form, refusal)
    return end_page(group, form), 422
