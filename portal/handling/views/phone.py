"""The page of inspecting without a network, the same for everybody, and its service worker."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.handling.forms.inspecting import AnswerForm
from portal.web.headers import worker_page
from portal.web.pages import needs
from portal.web.shell import phone_worker

phone = Blueprint("phone", __name__, url_prefix="/staff/inspecting")
INSPECT = needs(Action.INSPECT)
#: Stands in addresses for a case: the page knows none.
NOBODY = UUID(int=0)


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
    return phone_worker("phone.page", _page)


def _page() -> str:
    """Draw the page for nobody: no name, no token, no case is in it, since phones keep it."""
    form = AnswerForm(formdata=None).for_any()
    return render_template("handling/phone.html", form=form, nobody=NOBODY)
