"""A bare app that shows all parts: real templates, filters, headers, static files; nothing else."""

from collections import Counter

from flask import Flask, redirect, render_template, render_template_string, request
from flask_babel import Babel
from werkzeug.wrappers import Response

from portal.web import assets, frame, headers, parts
from portal.web.language import language

ERRORS = (400, 403, 404, 405, 409, 413, 422, 429, 500, 503)

STAFF = {"name": "Zhou Min", "nav": [], "search_url": "/keys"}

KEYS_PAGE = """{% extends "base_staff.html" %}
{% from "components/list.html" import portal_bulk, portal_table %}
{% from "components/moves.html" import portal_moves %}
{% from "components/notice.html" import presence %}
{% block title %}Keys{% endblock %}
{% block content %}<h1>Keys</h1>{{ presence("/presence") }}
{{ portal_moves([{"label": "Refuse", "url": "/errors/404", "key": "n"},
  {"label": "Go to the queue", "url": "/errors/403", "key": "g q"}], [],
  main={"label": "Accept", "url": "/decide", "method": "post", "key": "a"}) }}
<form id="bulk" method="post" action="/decide"></form>
{{ portal_bulk("bulk", [{"name": "move", "value": "sign_for", "label": "Sign for"}]) }}
{{ portal_table([{"key": "case", "label": "Case"}, {"key": "who", "label": "Who"}], rows, "Cases",
  form_id="bulk") }}
<p>Decided: <output id="decided">{{ decided }}</output></p>{% endblock %}"""

MAP_PAGE = """{% extends "base_public.html" %}
{% from "components/map.html" import portal_map %}
{% block title %}Map{% endblock %}
{% block styles %}<link rel="stylesheet" href="{{ static_url("map.css") }}">{% endblock %}
{% block content %}<h1>Map</h1><form><label for="area">Area</label>
<select id="area"><option value=""></option><option value="west">West</option>
<option value="east">East</option></select>
<input type="hidden" id="lat"><input type="hidden" id="lon"></form>
{{ portal_map("map", "/boundaries", "lat", "lon", "area") }}{% endblock %}
{% block scripts %}<script src="{{ static_url("map.js") }}" type="module"></script>{% endblock %}"""

DRAFT_PAGE = """{% extends "base_public.html" %}
{% from "components/receipt.html" import portal_receipt %}
{% block title %}Draft{% endblock %}
{% block content %}{{ portal_receipt("4831092755662140") }}
<form method="post" data-module="portal-draft" data-save-url="/save" data-save-every="0.2">
<label for="what">What</label><textarea id="what" name="what"></textarea>
<p role="status" data-draft-status data-saved="Saved {time}" data-failed="Not saved"></p></form>
<a href="/errors/404" data-module="portal-leave">Leave</a>{% endblock %}"""


def square(west: float, name: str, code: str) -> dict[str, object]:
    """Return a GeoJSON feature of a fifth of a degree."""
    ring = [[west, 31.6], [west + 0.2, 31.6], [west + 0.2, 31.8], [west, 31.8], [west, 31.6]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def parts_app() -> Flask:
    """Return the app; `/` shows all parts, `/errors/<number>` an error page."""
    app = Flask("portal", static_folder=None)
    app.add_url_rule("/", "filing.home", build_only=True)  # where error pages lead
    app.config.update(DEFAULT_LANGUAGE="zh_Hans_CN", BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    Babel(app, locale_selector=language)
    frame.bind(app)
    assets.serve_static(app)
    seen: Counter[str] = Counter()
    saved: list[str] = []

    @app.get("/")
    def all_parts() -> str:
        return render_template("administration/parts.html", demo=True, **parts.context())

    @app.get("/errors/<int:number>")
    def error(number: int) -> str:
        return render_template(f"errors/{number}.html", number="7F3A")

    @app.get("/keys")
    def keys() -> str:
        staff = {**STAFF, "keys_off": "off" in request.args}
        rows = [
            {"id": n, "header": {"text": f"2026-{n:04}", "url": "/errors/409"}, "cells": {}}
            for n in range(1, 4)
        ]
        decided = seen["decided"]
        return render_template_string(KEYS_PAGE, staff=staff, rows=rows, decided=decided)

    @app.post("/decide")
    def decide() -> Response:
        seen["decided"] += 1
        return redirect("/keys", 303)

    @app.post("/presence")
    def presence() -> dict[str, str]:
        return {"text": "<b>Shen</b> has this open too."}

    @app.get("/map")
    def map_part() -> str:
        headers.map_page()
        return render_template_string(MAP_PAGE)

    @app.get("/boundaries")
    def boundaries() -> dict[str, object]:
        features = [square(119.8, "<b>West</b>", "west"), square(120.0, "East", "east")]
        return {"type": "FeatureCollection", "features": features}

    @app.get("/draft")
    def draft() -> str:
        return render_template_string(DRAFT_PAGE)

    @app.post("/save")
    def save() -> tuple[str, int]:
        saved.append(request.form["what"])
        return "", 204

    @app.get("/saved")
    def what_was_saved() -> list[str]:
        return saved

    return app
