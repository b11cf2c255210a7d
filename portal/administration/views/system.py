"""The portal's own state: for the administrator, for monitoring."""

import shutil
from collections import Counter
from datetime import datetime
from importlib.metadata import version
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action, Actor
from portal.administration.forms.people import PressForm
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.queue import health, parked
from portal.history.queries import unsealed_count
from portal.integrations.last_backup import last_backup
from portal.notices.kinds import DeliveryState
from portal.notices.queries import delivery_counts, failures
from portal.notices.services import try_again
from portal.web.pages import needs
from portal.web.readiness import readiness

system = Blueprint("system", __name__)
SHOWN = 100  # failures on one page
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
    found = [{"name": one.name, "ok": one.ok, "words": one.words} for one in checks]
    return {"ok": is_ready, "checks": found}, 200 if is_ready else 503


@system.get("/admin/system")
@needs(Action.READ_SYSTEM)
def status() -> str:
    """Show queue, mails, versions, seals and disk."""
    session, moment = db.session(), now()
    settings = current_app.config["PORTAL_SETTINGS"]
    return render_template(
        "administration/system.html",
        checks=readiness(session, now=moment),
        **_work(session, moment),
        unsealed=unsealed_count(session),
        disk=shutil.disk_usage(settings.data_dir),
        backup=last_backup(settings.data_dir),
        versions=[{"name": name, "value": version(name)} for name in PARTS],
        settings=settings,
    )


def _work(session: Any, moment: datetime) -> dict[str, Any]:
    """Return how jobs and mails do."""
    queue = health(session, now=moment)
    return {
        "queue": queue,
        "has_worker": queue.has_worker(moment),
        "parked": Counter(task for _id, task, _tries in parked(session, limit=SHOWN)),
        "failures": failures(session, now=moment, limit=SHOWN),
        "mails": {str(state): count for state, count in delivery_counts(session).items()},
    }


@system.post("/admin/system/mails/<uuid:delivery_id>/again")
@needs(Action.READ_SYSTEM)
def send_again(delivery_id: UUID) -> ResponseReturnValue:
    """Send a mail that was given up once more."""
    if PressForm().validate():
        try_again(db.session(), delivery_id, now=now())
        flash(_("It will be sent once more."))
    return redirect(url_for("system.status") + "#mails", 303)


def troubles(session: Any, actor: Actor, moment: Any) -> int:
    """Return how many jobs and mails were given up: the number in the bar."""
    failed_mails = delivery_counts(session)[DeliveryState.FAILED]
    return health(session, now=moment).failed + failed_mails
