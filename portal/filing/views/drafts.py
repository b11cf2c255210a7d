"""The nonce of a form and what was typed under it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from portal.attachments.lifecycle import StoredFile, Upload
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import kept_apart
from portal.reports.lifecycle import nonce_of
from portal.reports.queries import by_nonce
from portal.reports.services import load_draft, lock_nonce, save_draft
from portal.selfinspections.queries import inside_by_nonce
from portal.web.cookies import DRAFT, read_cookie, set_cookie
from portal.web.tus import Gone

DRAFT_SECONDS = 24 * 3600
#: Milliseconds since 1970, as a browser counts them.
TURN_DIGITS = 15
#: Stands where a draft was cleared: a save that was on its way then brings nothing back.
CLEARED = {"cleared": True}


def own_nonce() -> bytes | None:
    """Return the nonce of the form that was sent, else that of this browser's draft.

    The form's comes first: with two tabs the cookie is that of the other one. The form's token is
    bound to it, so that another site can't put in one of its own.
    """
    return nonce_of(request.form.get("nonce")) or nonce_of(read_cookie(DRAFT))


def is_sent(session: Any, nonce: bytes) -> bool:
    """Say whether the form with this nonce was sent, outside or inside."""
    return by_nonce(session, nonce) is not None or inside_by_nonce(session, nonce) is not None


def draft_of(nonce: bytes) -> dict[str, Any]:
    """Return what was typed under the nonce; empty if nothing was, or no more."""
    key = keys.in_use().key("draft")
    found = load_draft(db.session(), nonce, key=key, now=now()) or {}
    return {} if found == CLEARED else found


def clear_draft(nonce: bytes) -> list[Upload]:
    """Forget what was typed under the nonce, and what the script is sending just now.

    Returns the files that were there; their objects are to be removed once this is kept.
    """
    session = db.session()
    lock_nonce(session, nonce)
    uploads = uploads_of(draft_of(nonce))
    save_draft(session, nonce, CLEARED, key=keys.in_use().key("draft"), now=now())
    return uploads


def keep(
    nonce: bytes,
    typed: Mapping[str, Any],
    also: Callable[[dict[str, Any]], Mapping[str, Any]] = lambda draft: {},
    *,
    unless_sent: bool = False,
) -> None:
    """Add what was typed to the draft, whatever becomes of the request.

    And what `also` says of the draft as it is then. `unless_sent`: nothing of it where the form
    was sent meanwhile.
    """
    key = keys.in_use().key("draft")
    with kept_apart(db.session()) as session:
        lock_nonce(session, nonce)
        if unless_sent and by_nonce(session, nonce) is not None:
            return
        found = load_draft(session, nonce, key=key, now=now()) or {}
        draft = {**({} if found == CLEARED else found), **typed}
        save_draft(session, nonce, {**draft, **also(draft)}, key=key, now=now())


def change_files(
    nonce: bytes, change: Callable[[list[Upload]], list[Upload]]
) -> tuple[list[Upload], datetime]:
    """Let `change` see the files of the draft and return those it then has; and when it dies.

    Read and written under one lock, since files arrive, are cleaned and are removed all at once.
    Raises Gone, and what `change` raises.
    """
    key = keys.in_use().key("draft")
    with kept_apart(db.session()) as session:
        lock_nonce(session, nonce)
        if is_sent(session, nonce):
            raise Gone("sent")
        draft = load_draft(session, nonce, key=key, now=now()) or {}
        if draft == CLEARED:
            raise Gone("cleared")
        uploads = change(uploads_of(draft))
        kept = {**draft, "files": [upload.as_json() for upload in uploads]}
        return uploads, save_draft(session, nonce, kept, key=key, now=now())


def keep_while_typing(nonce: bytes, typed: Mapping[str, Any]) -> bool:
    """Add what the script sent to the draft; False if a button was pressed after it (`turn`).

    Raises Gone where the form was sent or cleared meanwhile. Read and written under one lock: a
    slow save must not bring back what was there before it.
    """
    key = keys.in_use().key("draft")
    with kept_apart(db.session()) as session:
        lock_nonce(session, nonce)
        if is_sent(session, nonce):
            raise Gone("sent")
        draft = load_draft(session, nonce, key=key, now=now()) or {}
        if draft == CLEARED:
            raise Gone("cleared")
        if _turn(typed) < _turn(draft):
            return False
        save_draft(session, nonce, {**draft, **typed}, key=key, now=now())
    return True


def _turn(typed: Mapping[str, Any]) -> int:
    """Return the place of a save in the order of the browser's own; 0 without script."""
    text = str(typed.get("turn") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= TURN_DIGITS else 0


def uploads_of(draft: Mapping[str, Any]) -> list[Upload]:
    """Return the files of the draft, those that are still arriving or being cleaned included."""
    return [Upload.from_json(file) for file in draft.get("files", [])]


def files_of(draft: Mapping[str, Any]) -> list[StoredFile]:
    """Return the files that were taken in under the nonce: what a report would bring."""
    return [upload.file for upload in uploads_of(draft) if upload.file]


def with_cookie(
    answer: ResponseReturnValue, nonce: bytes, seconds: int = DRAFT_SECONDS
) -> Response:
    """Let the browser hold the nonce."""
    response = make_response(answer)
    set_cookie(response, DRAFT, nonce.hex(), seconds=seconds)
    return response
