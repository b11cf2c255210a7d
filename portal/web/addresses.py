"""Addresses of pages that take no values: each is made once a process and language."""

from flask import current_app, request, url_for

from portal.web.language import chosen_short

KEPT = "portal-addresses"


def address(endpoint: str) -> str:
    """Return what `url_for` returns; to make an address takes as long as a row of a list."""
    if request.script_root:
        return url_for(endpoint)
    kept: dict[tuple[str, str | None], str] = current_app.extensions.setdefault(KEPT, {})
    key = (endpoint, chosen_short())
    found = kept.get(key)
    if found is None:
        found = kept[key] = url_for(endpoint)
    return found
