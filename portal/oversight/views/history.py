"""The page on which the history is checked."""

from pathlib import Path

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.foundation import secrets
from portal.foundation.db import db
from portal.foundation.errors import SettingError
from portal.history.kinds import FINDINGS
from portal.history.queries import Finding, event_count, unsealed_count, verify_chain
from portal.history.services import HEAD_FILE, Head, newest, read_head
from portal.oversight.views import oversight
from portal.web.pages import needs

#: So many newest seals are recomputed while the page loads; the command does all.
CHECKED = 500


@oversight.get("/history")
@needs(Action.READ_MEASURES)
def history() -> ResponseReturnValue:
    session = db.session()
    head, trouble = _head()
    chain = verify_chain(session, secrets.in_use().key("seal-chain"), head, newest=CHECKED)
    return render_template(
        "oversight/history.html",
        events=event_count(session),
        unsealed=unsealed_count(session),
        last=newest(session),
        head=head,
        trouble=trouble,
        findings=chain.findings,
        checked=chain.sealed,
        finding_words=finding_words,
    )


def finding_words(one: Finding) -> str:
    """Return a finding as a sentence."""
    return str(_(FINDINGS[one.kind], **one.values))


def _head() -> tuple[Head | None, str | None]:
    folder: Path = current_app.config["PORTAL_SETTINGS"].data_dir
    try:
        return read_head(folder / HEAD_FILE), None
    except SettingError as error:
        return None, str(error)
