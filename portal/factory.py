"""Build the app: the one module that knows every other."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate

from portal.enterprise.views import enterprise
from portal.filing.views import filing
from portal.foundation import secrets
from portal.foundation.db import db
from portal.integrations import mail
from portal.jobs.cli import jobs
from portal.web import (
    assets,
    frame,
    language,
    pages,
    proxy,
    refusals,
    request_cycle,
    site,
    uploads,
)

SURFACES = (filing, enterprise)


def create_app(config: Mapping[str, Any]) -> Flask:
    """Return the app for `config`. Raises RuntimeError if a page has no access rule."""
    app = Flask("portal", static_folder=None)
    app.config.from_mapping(config)
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh_Hans_CN")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    app.config.setdefault("MAX_CONTENT_LENGTH", 100 * 1024 * 1024)
    app.config["WTF_CSRF_SSL_STRICT"] = False
    secrets.use(app.config["KEYRING"])
    db.init_app(app)
    Migrate(app, db, directory="migrations")
    Babel(app, locale_selector=language.language)
    proxy.bind(app)
    request_cycle.bind(app)
    proxy.bind_origin(app)
    frame.bind(app)
    assets.serve_static(app)
    site.bind(app)
    uploads.bind(app)
    refusals.bind(app)
    mail.bind(app)
    app.cli.add_command(jobs)
    for surface in SURFACES:
        app.register_blueprint(surface)
    pages.enforce_access(app)
    return app
