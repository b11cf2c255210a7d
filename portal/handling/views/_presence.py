"""What is said to somebody while they read: who else is here, and that it has changed."""

from uuid import UUID

from flask import request
from flask_babel import gettext as _

from portal.cases import queries
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.views._sheet import present_words
from portal.web.pages import current_actor


def presence_words(case_id: UUID, version: int) -> str:
    """Return the sentence for a page that shows the version that it sends along as `seen`."""
    seen = request.form.get("seen", type=int)
    if seen is not None and seen < version:
        words = _("Somebody changed this while you read. Load the page again before you decide.")
        return str(words)
    others = queries.others_present(db.session(), current_actor(), case_id, now=now())
    return present_words([name for name, _at in others])
