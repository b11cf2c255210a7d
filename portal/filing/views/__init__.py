"""Public pages: home, filing, follow-up, what people should know."""

from flask import Blueprint

filing = Blueprint("filing", __name__)

from portal.filing.views import files, follow, home, kinds, places, report  # noqa: E402, F401  they add their pages
