"""Public pages."""

from flask import Blueprint

from portal.access.kinds import Action
from portal.web.pages import needs

filing = Blueprint("filing", __name__)


@filing.get("/healthz")
@needs(Action.READ_PUBLIC)
def healthz() -> str:
    return "ok"
