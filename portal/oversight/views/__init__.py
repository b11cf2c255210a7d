"""Pages of those who oversee, and the published figures."""

from flask import Blueprint

oversight = Blueprint("oversight", __name__, url_prefix="/oversight")
open_pages = Blueprint("open", __name__, url_prefix="/open")

from portal.oversight.views import (  # noqa: E402  they add their pages
    cases,
    figures,
    history,
    lessons,
    listed,
    open,
    places,
    self_found,
    sides,
    times,
)

BLUEPRINTS = (oversight, open_pages)
__all__ = [
    "BLUEPRINTS",
    "cases",
    "figures",
    "history",
    "lessons",
    "listed",
    "open",
    "places",
    "self_found",
    "sides",
    "times",
]
