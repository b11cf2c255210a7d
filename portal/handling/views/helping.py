"""Help: all of it, written down anew, one with all that is done about it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.cases.services import write_down_help
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.handling.views import _help_pages, _help_presses
from portal.web.pages import current_actor, needs

helping = Blueprint("helping", __name__, url_prefix="/staff")


@helping.get("/help")
@needs(Action.READ_HELP)
def index() -> str:
    """Show the help of which the reader may know, what waits first."""
    return render_template("handling/helps.html", **_help_pages.all_of_it())


@helping.get("/help/new")
@needs(Action.OFFER_HELP)
def new() -> str:
    """Ask what is asked for or offered."""
    return _help_pages.form_page(_help_pages.fresh())


@helping.post("/help/new")
@needs(Action.OFFER_HELP)
def write_down() -> ResponseReturnValue:
    """Write down what was asked for, or offer help."""
    form, session, moment = _help_pages.fitted(), db.session(), now()
    try:
        if form.validate():
            about = {"preset": _help_pages.reader().preset, **form.whom()}
            one = write_down_help(session, current_actor(), form.wish(), **about, now=moment)
            flash(_("Written down as %(number)s.", number=one.number))
            return redirect(url_for("helping.page", help_id=one.id), 303)
    except Incomplete as lack:
        form.point_at(lack)
    return _help_pages.form_page(form), 422


@helping.get("/help/<uuid:help_id>")
@needs(Action.READ_HELP)
def page(help_id: UUID) -> str:
    """Show one help: what is to be done next, and all that was said and done."""
    return _help_presses.shown(help_id)


@helping.post("/help/<uuid:help_id>/<move>")
@needs(Action.GIVE_HELP)
def act(help_id: UUID, move: str) -> ResponseReturnValue:
    """Take up, decline, advise, tell what was found, finish, settle, judge, withdraw the link."""
    return _help_presses.pressed(help_id, move)
