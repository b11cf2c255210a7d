"""Groups with what they stand for: all of them, and one."""

from uuid import UUID

from flask import Blueprint, render_template

from portal.access.kinds import Action
from portal.accounts import queries as accounts
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.handling.views import _team_pages
from portal.web.pages import needs

teams = Blueprint("teams", __name__, url_prefix="/staff/groups")


@teams.get("")
@needs(Action.READ_GROUPS)
def index() -> str:
    """Show every group with what it has open, overdue and done."""
    return render_template("handling/teams.html", **_team_pages.all_of_them())


@teams.get("/<uuid:group_id>")
@needs(Action.READ_GROUPS)
def team(group_id: UUID) -> str:
    """Show one group: its people, remit and term, what it has to do, what it lacks."""
    found = accounts.group(db.session(), group_id)
    if found is None:
        raise NotFound(group_id)
    return render_template("handling/team.html", **_team_pages.one_of_them(found))
