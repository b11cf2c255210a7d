"""The portal's own state: for the administrator, for monitoring."""

import shutil
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action, Actor
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.queue_state import queue_state
from portal.history.queries import unsealed_count
from portal.integrations.last_backup import last_backup
from portal.notices.kinds import DeliveryState
from portal.notices.queries import delivery_counts
from portal.web.pages import needs
from portal.web.readiness import readiness

system = Blueprint("system", __name__)
PARTS = ("flask", "flask-security", "sqlalchemy", "psycopg", "procrastinate", "granian")


@system.get("/healthz")
@needs(Action.READ_PUBLIC)
def healthz() -> str:
    """Say that the web server answers."""
    return "ok"


@system.get("/readyz")
@needs(Action.READ_PUBLIC)
def readyz() -> ResponseReturnValue:
    """Say whether the portal can serve, and what it lacks otherwise."""
    checks = readiness(db.session(), now=now())
    is_ready = all(check.ok for check in checks)
    return {"ok": is_ready, "checks": [asdict(check) for check in checks]}, 200 if is_ready else 503


@system.get("/admin/system")
@needs(Action.READ_SYSTEM)
def status() -> str:
    """Show queue, mails, versions, seals and disk."""
    session, moment = db.session(), now()
    settings = current_app.config["PORTAL_SETTINGS"]
    queue = queue_state(session, now=moment)
    return render_template(
        "administration/system.html",
        checks=readiness(session, now=moment),
        queue=queue,
        has_worker=queue.has_worker(moment),
        mails={str(state): count for state, count in delivery_counts(session).items()},
        unsealed=unsealed_count(session),
        disk=shutil.disk_usage(settings.data_dir),
        backup=last_backup(settings.data_dir),
        versions=[{"name": name, "value": version(name)} for name in PARTS],
        settings=settings,
    )


def troubles(session: Any, actor: Actor, moment: Any) -> int:
    """Return how many jobs and mails were given up: the number in the bar."""
    failed_mails = delivery_counts(session)[DeliveryState.FAILED]
    return queue_state(session, now=moment).failed + failed_mails
