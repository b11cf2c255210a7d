"""The page of inspecting without a network, the same for everybody, and its service worker."""

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.inspecting import AnswerForm
from portal.presets.queries import in_force
from portal.web.headers import worker_page
from portal.web.language import SHORT
from portal.web.pages import needs
from portal.web.shell import version_of, worker_script
from portal.web.site import city

phone = Blueprint("phone", __name__, url_prefix="/staff/inspecting")
INSPECT = needs(Action.INSPECT)
#: Stands in addresses for a case: the page knows none.
NOBODY = UUID(int=0)
FILES = ("portal.css", "enable.js", "public.js", "inspecting.js", "icon.svg")


@phone.get("")
@INSPECT
def page() -> ResponseReturnValue:
    """Show what was taken along on this phone; its script knows what that is."""
    worker_page()
    return _page()


@phone.get("/worker.js")
@INSPECT
def worker() -> ResponseReturnValue:
    """Return the service worker of the page."""
    return worker_script(
        "inspect-worker.js",
        scope="/staff/inspecting",
        version=version_of("inspecting", (in_force(db.session(), now()), city()), _page),
        pages={short: url_for("phone.page", lang=short) for short in SHORT.values()},
        files=FILES,
    )


def _page() -> str:
    """Draw the page for nobody: no name, no token, no case is in it, since phones keep it."""
    form = AnswerForm(formdata=None).for_any()
    return render_template("handling/phone.html", form=form, nobody=NOBODY)
