"""Pages of those who oversee, and the published figures."""

from flask import Blueprint

oversight = Blueprint("oversight", __name__, url_prefix="/oversight")
open_pages = Blueprint("open", __name__, url_prefix="/open")

from portal.oversight.views import cases, figures, times  # noqa: E402, F401  they add pages

BLUEPRINTS = (oversight, open_pages)
