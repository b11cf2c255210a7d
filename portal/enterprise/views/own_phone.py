"""A unit's page of checking without a network, the same for every unit, and its service worker."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.enterprise.forms import ItemForm
from portal.web.headers import worker_page
from portal.web.pages import needs
from portal.web.shell import phone_worker

own_phone = Blueprint("own_phone", __name__, url_prefix="/unit/own/inspecting")
CHECK = needs(Action.SELF_INSPECT)
#: Stands in addresses for a check: the page knows none.
NOBODY = UUID(int=0)


@own_phone.get("")
@CHECK
def page() -> ResponseReturnValue:
    """Show what was taken along on this phone; its script knows what that is."""
    worker_page()
    return _page()


@own_phone.get("/worker.js")
@CHECK
def worker() -> ResponseReturnValue:
    """Return the service worker of the page."""
    return phone_worker("own_phone.page", _page)


def _page() -> str:
    """Draw the page for nobody: no name, no token, no unit is in it, since phones keep it."""
    form = ItemForm(formdata=None).for_any()
    return render_template("enterprise/own_phone.html", form=form, nobody=NOBODY)
