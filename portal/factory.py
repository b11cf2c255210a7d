"""Build the app: the one module that knows every other."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask import Flask

from portal.administration.cli.late import Late
from portal.administration.views.checklists import checklists
from portal.administration.views.demo import demo_pages, parts_page
from portal.administration.views.going_live import going_live
from portal.administration.views.groups import groups
from portal.administration.views.people import people
from portal.administration.views.profile import profile_pages
from portal.administration.views.rules import rules
from portal.administration.views.system import system, troubles
from portal.administration.views.ties import ties
from portal.enterprise.views import enterprise
from portal.enterprise.views.own import own
from portal.enterprise.views.own_phone import own_phone
from portal.filing.views import filing
from portal.foundation import secrets
from portal.foundation.db import db
from portal.handling import views as handling
from portal.integrations import mail
from portal.oversight import views as overseeing
from portal.treasury.views import treasury
from portal.web import (
    assets,
    compressed,
    frame,
    language,
    navigation,
    pages,
    proxy,
    refusals,
    request_cycle,
    signin,
    site,
    turns,
    uploads,
)

ADMINISTRATION = (people, groups, ties, rules, checklists, going_live, system)
SURFACES = (
    filing,
    own,
    own_phone,
    enterprise,
    *handling.BLUEPRINTS,
    treasury,
    *overseeing.BLUEPRINTS,
    profile_pages,
    *ADMINISTRATION,
)
CLI = "portal.administration.cli"
#: Each command with its place.
COMMANDS = {
    "accounts": f"{CLI}.accounts:accounts",
    "groups": f"{CLI}.groups:groups",
    "ties": f"{CLI}.ties:ties",
    "plans": f"{CLI}.plans:plans",
    "presets": f"{CLI}.presets:presets",
    "routing": f"{CLI}.routing:routing",
    "clocks": f"{CLI}.clocks:clocks",
    "keys": f"{CLI}.keys:keys",
    "backup": f"{CLI}.backup:backup",
    "health": f"{CLI}.health:health",
    "jobs": "portal.jobs.cli:jobs",
    "demo": f"{CLI}.demo:demo",
    "import": f"{CLI}.imports:imports",
    "history": f"{CLI}.history:history",
    "measures": f"{CLI}.measures:measures",
}


def compiled_templates(data_dir: Path) -> str:
    """Return the folder of compiled templates: ours alone, since Python loads what lies in it."""
    folder = data_dir / "run" / "templates"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(folder)


def migrations(app: Flask) -> click.Command:
    """Bind Flask-Migrate and return its command `db`, which a web server has no need of."""
    from flask_migrate import Migrate, cli

    Migrate(app, db, directory="migrations")
    command: click.Command = cli.db
    return command


def create_app(config: Mapping[str, Any]) -> Flask:
    """Return the app for `config`. Raises RuntimeError if a page has no access rule."""
    app = Flask("portal", static_folder=None)
    app.cli = Late(app.name, COMMANDS, {"db": lambda: migrations(app)})
    # Flask itself sets this one to None, so `setdefault` would leave every size allowed.
    app.config["MAX_CONTENT_LENGTH"] = 100 * 1024 * 1024
    app.config.from_mapping(config)
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh_Hans_CN")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    app.config["WTF_CSRF_SSL_STRICT"] = False
    secrets.use(app.config["KEYRING"])
    db.init_app(app)
    language.Sentences(app, locale_selector=language.language)
    compressed.bind(app)
    proxy.bind(app)
    request_cycle.bind(app)
    proxy.bind_origin(app)
    frame.bind(app, bytecode_folder=compiled_templates(app.config["PORTAL_SETTINGS"].data_dir))
    turns.bind(app)
    assets.serve_static(app)
    site.bind(app)
    uploads.bind(app)
    refusals.bind(app)
    signin.bind(app)
    mail.bind(app)
    navigation.register_counter("system_troubles", troubles)
    for surface in SURFACES:
        app.register_blueprint(surface)
    if app.config["PORTAL_SETTINGS"].is_demo:
        app.register_blueprint(demo_pages)
        app.register_blueprint(parts_page)
    pages.enforce_access(app)
    return app
