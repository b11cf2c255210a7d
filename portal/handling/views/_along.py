"""Files that staff send a reporter along with a message: chosen, kept until sent, taken over."""

import secrets
from dataclasses import replace
from typing import Any
from uuid import uuid4

from flask import request
from flask_babel import gettext as _

from portal.attachments.kinds import REASON_LABELS, Area, Purpose, State
from portal.attachments.lifecycle import StoredFile
from portal.attachments.queries import facts
from portal.attachments.services import adopt, discard
from portal.cases.lifecycle import commands as c
from portal.foundation import secrets as keyrings
from portal.foundation.errors import Incomplete
from portal.handling.forms.base import MoveForm
from portal.handling.views import _drafts
from portal.handling.views._opened import Opened
from portal.web.filters import file_size
from portal.web.uploads import allowance, refusal_words, store, taken_in


def choose(here: Opened, form: MoveForm, move: str) -> bool:
    """Take in what was chosen and out what was removed; what is refused is said at the field.

    Each goes through the one door. What can't be cleaned is not kept: nobody could be shown it.
    """
    removed = set(request.form.getlist("remove"))
    if not removed and not form.files_chosen:
        return True
    gone = [file for file in _drafts.files_of(here, move) if str(file.id) in removed]
    stored, refused = taken_in(
        here.session,
        form.files_chosen,
        area=Area.DRAFTS,
        key=_drafts.key_of_files(here, move),
        limits=allowance(here.preset.city.settings),
        already=[file for file in _drafts.files_of(here, move) if file not in gone],
    )
    shown = [file for file in stored if file.state is State.SHOWN]
    unshown = [file for file in stored if file.state is not State.SHOWN]
    _drafts.change_files(
        here,
        move,
        request.form.items(multi=True),
        lambda files: [file for file in files if str(file.id) not in removed] + shown,
    )
    discard(store(), [*gone, *unshown])
    said = [_("%(file)s: %(reason)s", file=name, reason=refusal_words(r)) for name, r in refused]
    said += [_("Not taken, hidden data can’t be removed. %(why)s", why=_why(f)) for f in unshown]
    for sentence in said:
        form.point_at("files", sentence)
    return not said


def _why(file: StoredFile) -> str:
    return str(REASON_LABELS.get(file.reason, "")) if file.reason else ""


def listed(here: Opened, form: MoveForm | None, move: str) -> list[dict[str, Any]]:
    """Return the files that wait to go along: id, and how they read."""
    if form is None or not form.keeps_files:
        return []
    return [
        {
            "id": file.id,
            "text": _(
                "File %(number)s (%(size)s): hidden data removed",
                number=number,
                size=file_size(file.size),
            ),
        }
        for number, file in enumerate(_drafts.files_of(here, move), start=1)
    ]


def has_files(here: Opened, form: MoveForm, move: str) -> bool:
    """Say whether files are to go along: some are kept, or were when it was looked at."""
    looked_at = bool(request.form.getlist("along"))
    return form.keeps_files and (looked_at or bool(_drafts.files_of(here, move)))


def with_files(here: Opened, move: str, command: Any) -> c.Command:
    """Return the command with the draft's files, kept with the report from now on.

    The draft's own objects stay until the request is kept. Raises Incomplete unless the files are
    those that were looked at: none lost since, none added.
    """
    files = _drafts.files_of(here, move)
    if {str(file.id) for file in files} != set(request.form.getlist("along")):
        raise Incomplete("files", "files_changed")
    message_id = uuid4()
    rows = adopt(
        here.session,
        files,
        case_id=here.case.id,
        report_id=command.report_id,
        purpose=Purpose.SENT,
        thing_id=message_id,
        store=store(),
        draft_key=_drafts.key_of_files(here, move),
        key=keyrings.in_use().key("attachments"),
        entropy=secrets.token_bytes,
        now=here.now,
    )
    told: c.Command = replace(command, files=tuple(map(facts, rows)), message_id=message_id)
    return told
