"""Public pages: home, filing, follow-up, what people should know."""

from flask import Blueprint

filing = Blueprint("filing", __name__)

from portal.filing.views import (  # noqa: E402
    checking,  # noqa: F401  they add their pages
    files,  # noqa: F401
    follow,  # noqa: F401
    home,  # noqa: F401
    kinds,  # noqa: F401
    offline,  # noqa: F401
    paper,  # noqa: F401
    places,  # noqa: F401
    report,  # noqa: F401
)
