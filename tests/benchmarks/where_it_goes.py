"""Where the time of a submit goes: a sampling profile of the journey within one process."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import Flask
from pyinstrument import Profiler

from tests.benchmarks.browser import Browser
from tests.benchmarks.submit import Journey

#: Part of a file's path → what it is called in the table; the first that fits.
PARTS: tuple[tuple[str, str], ...] = (
    ("/govuk_frontend_jinja/", "templates: GOV.UK macros"),
    ("/portal/templates/", "templates: ours"),
    ("<template>", "templates: compiled"),
    ("/jinja2/", "templates: Jinja's runtime"),
    ("/markupsafe/", "templates: Jinja's runtime"),
    ("/sqlalchemy/", "SQLAlchemy"),
    ("/flask_sqlalchemy/", "SQLAlchemy"),
    ("/psycopg", "psycopg and waiting for PostgreSQL"),
    ("/selectors", "psycopg and waiting for PostgreSQL"),
    ("/babel/", "Babel"),
    ("/flask_babel/", "Babel"),
    ("/speaklater", "Babel"),
    ("gettext", "Babel"),
    ("/wtforms/", "WTForms"),
    ("/werkzeug/", "Flask and Werkzeug"),
    ("/flask/", "Flask and Werkzeug"),
    ("/segno/", "QR code"),
    ("/portal/", "the portal's own code"),
)


class InProcess(Browser):
    """The same client without a server in between."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.spent = 0.0
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> int:
        answer = self.client.open(path, method=method, data=fields)
        self.page, self.status = answer.get_data(as_text=True), answer.status_code
        self.location = answer.headers.get("Location", "")
        return self.status


def part_of(path: str) -> str:
    return next((name for mark, name in PARTS if mark in path), "Python and the rest")


def spread(frame: Any, into: Counter[str]) -> None:
    """Add up the time spent in each part itself, calls left out."""
    called = [child for child in frame.children if not child.is_synthetic]
    into[part_of(frame.file_path or "")] += frame.time - sum(child.time for child in called)
    for child in called:
        spread(child, into)


def profile(app: Flask, journeys: int) -> tuple[list[tuple[str, float]], str]:
    """Return the share of each part in percent, largest first, and pyinstrument's own tree."""
    journey = Journey(InProcess(app))
    for _ in range(10):
        journey.browser.client = app.test_client()
        journey.portal()
    profiler = Profiler(interval=0.0002)
    with profiler:
        for _ in range(journeys):
            journey.browser.client = app.test_client()
            journey.portal()
    session = profiler.last_session
    root = session.root_frame(trim_stem=False)
    times: Counter[str] = Counter()
    spread(root, times)
    whole = sum(times.values())
    shares = [(name, round(100 * time / whole, 1)) for name, time in times.most_common()]
    tree = profiler.output_text(unicode=True, show_all=True, timeline=False)
    return shares, tree
