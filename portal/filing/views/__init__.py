"""Public pages: home, filing, follow-up, what people should know."""

from flask import Blueprint

filing = Blueprint("filing", __name__)

from portal.filing.views import checking, follow, home, places, report  # noqa: E402, F401  all add
