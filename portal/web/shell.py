"""A page that a device keeps to open without a network: its service worker, and when it is new."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from flask import Response, current_app, make_response, url_for
from flask_babel import force_locale

from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.queries import in_force
from portal.web.assets import STATIC, static_url
from portal.web.language import SHORT, current
from portal.web.site import city

#: What the page of inspecting without a network needs, whoever's it is.
PHONE_FILES = ("portal.css", "enable.js", "public.js", "inspecting.js", "icon.svg")


def version_of(name: str, known: Any, draw: Callable[[], str]) -> str:
    """Return a hash of a page in both languages, drawn anew when what it depends on changed."""
    kept = current_app.extensions.get(f"portal-shell-{name}")
    if kept is None or kept[0] != known:
        drawn = sha256()
        for language in SHORT:
            with force_locale(language):
                drawn.update(draw().encode())
        kept = known, drawn.hexdigest()[:12]
        current_app.extensions[f"portal-shell-{name}"] = kept
    return str(kept[1])


def worker_script(
    name: str,
    *,
    scope: str,
    version: str,
    pages: Mapping[str, str],
    files: tuple[str, ...],
    **more: Any,
) -> Response:
    """Return a service worker; what it keeps is named on top, so that a change makes it new."""
    shell = {
        "version": version,
        "pages": pages,
        "language": SHORT[current()],
        "files": [static_url(one) for one in files],
        **more,
    }
    body = (STATIC / static_url(name).rsplit("/", 1)[1]).read_text()
    response = make_response(f"const SHELL = {json.dumps(shell, sort_keys=True)};\n{body}")
    response.mimetype = "text/javascript"
    response.headers["Service-Worker-Allowed"] = scope
    return response


def phone_worker(page: str, draw: Callable[[], str]) -> Response:
    """Return the service worker of a page of inspecting without a network.

    `page` is its endpoint; each such page has a scope and caches of its own.
    """
    home = url_for(page, lang=None)
    return worker_script(
        "inspect-worker.js",
        scope=home,
        version=version_of(page, (in_force(db.session(), now()), city()), draw),
        pages={short: url_for(page, lang=short) for short in SHORT.values()},
        files=PHONE_FILES,
        home=home,
        cache=f"portal-inspect{home.replace('/', '-')}-",
    )
