"""The nonce of a form and what was typed under it."""

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from portal.attachments.lifecycle import StoredFile
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import kept_apart
from portal.reports.lifecycle import NONCE_BYTES
from portal.reports.queries import by_nonce
from portal.reports.services import load_draft, lock_nonce, save_draft
from portal.web.cookies import read_cookie, set_cookie

COOKIE = "draft"
DRAFT_SECONDS = 24 * 3600
#: Milliseconds since 1970, as a browser counts them.
TURN_DIGITS = 15
#: Stands where a draft was cleared: a save that was on its way then brings nothing back.
CLEARED = {"cleared": True}


def nonce_of(text: str | None) -> bytes | None:
    """Return the nonce in a cookie or hidden field, None for anything else."""
    try:
        nonce = bytes.fromhex(text or "")
    except ValueError:
        return None
    return nonce if len(nonce) == NONCE_BYTES else None


def own_nonce() -> bytes | None:
    """Return the nonce of the form that was sent, else that of this browser's draft.

    The form's comes first: with two tabs the cookie is that of the other one. The form's token is
    bound to it, so that another site can't put in one of its own.
    """
    return nonce_of(request.form.get("nonce")) or nonce_of(read_cookie(COOKIE))


def draft_of(nonce: bytes) -> dict[str, Any]:
    """Return what was typed under the nonce; empty if nothing was, or no more."""
    key = keys.in_use().key("draft")
    found = load_draft(db.session(), nonce, key=key, now=now()) or {}
    return {} if found == CLEARED else found


def clear_draft(nonce: bytes) -> None:
    """Forget what was typed under the nonce, and what the script is sending just now."""
    session = db.session()
    lock_nonce(session, nonce)
    save_draft(session, nonce, CLEARED, key=keys.in_use().key("draft"), now=now())


def keep(nonce: bytes, draft: Mapping[str, Any]) -> None:
    """Keep what was typed, whatever becomes of the request."""
    with kept_apart(db.session()) as session:
        lock_nonce(session, nonce)
        save_draft(session, nonce, draft, key=keys.in_use().key("draft"), now=now())


def keep_while_typing(nonce: bytes, typed: Mapping[str, Any]) -> bool:
    """Add what the script sent to the draft; False if it came too late to be of use.

    Too late: the form was sent or cleared meanwhile, or somebody pressed a button after it
    (`turn`). Read and written under one lock: a slow save must not bring back what was there
    before it.
    """
    key = keys.in_use().key("draft")
    with kept_apart(db.session()) as session:
        lock_nonce(session, nonce)
        if by_nonce(session, nonce) is not None:
            return False
        draft = load_draft(session, nonce, key=key, now=now()) or {}
        if draft == CLEARED or _turn(typed) < _turn(draft):
            return False
        save_draft(session, nonce, {**draft, **typed}, key=key, now=now())
    return True


def _turn(typed: Mapping[str, Any]) -> int:
    """Return the place of a save in the order of the browser's own; 0 without script."""
    text = str(typed.get("turn") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= TURN_DIGITS else 0


def files_of(draft: Mapping[str, Any]) -> list[StoredFile]:
    """Return the files that were taken in under the nonce."""
    return [StoredFile.from_json(file) for file in draft.get("files", [])]


def with_cookie(
    answer: ResponseReturnValue, nonce: bytes, seconds: int = DRAFT_SECONDS
) -> Response:
    """Let the browser hold the nonce."""
    response = make_response(answer)
    set_cookie(response, COOKIE, nonce.hex(), seconds=seconds)
    return response
