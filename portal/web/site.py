"""Names and links that stand on every public page."""

from typing import Any

from flask import Flask, current_app, request
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import SettingError
from portal.presets.kinds import City
from portal.presets.queries import in_force
from portal.web.addresses import address
from portal.web.language import current

NAV = ("filing.report", "filing.receipt", "open.figures", "open.lessons", "filing.how")
#: Pages that stand under an entry of the navigation.
UNDER = {
    "open.figures": ("open.places", "open.fixed"),
    "open.lessons": ("open.lesson", "open.listed"),
}
FOOTER = ("filing.how", "filing.privacy", "filing.accessibility", "filing.contact")


def labels() -> dict[str, str]:
    """Return the name of each page that navigation or footer can link to."""
    return {
        "filing.report": _("Report a hazard"),
        "filing.receipt": _("Follow a report"),
        "open.figures": _("Published figures"),
        "open.lessons": _("Lessons and listings"),
        "filing.how": _("How it works"),
        "filing.privacy": _("What we keep"),
        "filing.accessibility": _("Accessibility"),
        "filing.contact": _("Contact"),
    }


def city() -> City | None:
    """Return the city's names, kept from the last page that could read them.

    An error page must not need the database: None where none was ever read.
    """
    kept: City | None = current_app.extensions.get("portal-city")
    if kept is None:
        try:
            kept = in_force(db.session(), now()).city
        except (SQLAlchemyError, SettingError):
            db.session.rollback()
            return None
        current_app.extensions["portal-city"] = kept
    return kept


def links(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return links to the pages of `names` that exist in this portal, the present one marked."""
    known = labels()
    return [
        {"label": known[name], "url": address(name), "current": _mark(name)}
        for name in names
        if name in current_app.view_functions
    ]


def _mark(name: str) -> str | None:
    """Return how the entry is marked: as this page, as what this page stands under, or not."""
    if request.endpoint == name:
        return "page"
    return "true" if request.endpoint in UNDER.get(name, ()) else None


def bind(app: Flask) -> None:
    """Give every template the names of the city, the public links and the demo's mark."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        found = city()
        language = current()
        return {
            "portal_name": found.name.in_language(language) if found else None,
            "operator_name": found.operator.in_language(language) if found else None,
            "home_url": address("filing.home"),
            # Asked for by public pages alone.
            "public_nav": lambda: links(NAV),
            "footer_links": lambda: links(FOOTER),
            "demo": app.config["PORTAL_SETTINGS"].is_demo,
        }
