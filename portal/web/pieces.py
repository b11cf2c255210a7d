"""Photos of an inspection that come piece by piece from a phone: held until they are taken.

Each is a draft of its own, found and encrypted by a key that needs who sends it, what it is for and
the phone's own name for it. Like every draft it lives for a day: what is gone then comes again.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.attachments.lifecycle import Allowance, Damaged, Upload
from portal.attachments.services import PIECE, discard, keep_piece, refuse_without_room, whole
from portal.foundation import secrets as keyrings
from portal.foundation.errors import NotFound, OutOfTurn
from portal.integrations.store import Missing
from portal.reports.lifecycle import NONCE_BYTES, draft_key
from portal.reports.services import drop_draft, load_draft, lock_nonce, save_draft
from portal.web.request_cycle import when_kept
from portal.web.uploads import let_go_of, store

__all__ = ["PIECE", "Sender", "add", "announced", "bytes_of", "forget", "held"]


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sends, for what, and how much of it is taken."""

    session: Session
    account: UUID | None
    #: The case, or the check of a unit's own: nothing is found from beside it.
    of: UUID
    limits: Allowance
    now: datetime


def _nonce(here: Sender, photo: UUID) -> bytes:
    owner = here.account.bytes if here.account else b""
    about = b"inspection photo\x00" + owner + here.of.bytes + photo.bytes
    return hmac.digest(keyrings.in_use().key("draft"), about, "sha256")[:NONCE_BYTES]


def held(here: Sender, photo: UUID) -> Upload:
    """Return what is here of a photo. Raises NotFound."""
    key = keyrings.in_use().key("draft")
    found = load_draft(here.session, _nonce(here, photo), key=key, now=here.now)
    if not found:
        raise NotFound(photo)
    return Upload.from_json(found)


def announced(here: Sender, photo: UUID, size: int) -> Upload:
    """Make room for a photo; announced again it goes on where it was. Raises Incomplete."""
    lock_nonce(here.session, _nonce(here, photo))
    try:
        known = held(here, photo)
    except NotFound:
        known = None
    if known is not None and known.size == size:
        return known
    refuse_without_room([], size, here.limits)
    return _keep(here, photo, Upload(id=photo, key=photo.hex, name="", size=size))


def add(here: Sender, photo: UUID, offset: int, data: bytes) -> Upload:
    """Add the next bytes. Raises NotFound, OutOfTurn where another has added some meanwhile."""
    lock_nonce(here.session, _nonce(here, photo))
    upload = held(here, photo)
    if upload.offset != offset or offset + len(data) > upload.size:
        raise OutOfTurn("upload")
    longer, stale = keep_piece(upload, data, **_store(here, photo))
    when_kept(lambda: let_go_of(stale))
    return _keep(here, photo, longer)


def bytes_of(here: Sender, photo: UUID) -> bytes | None:
    """Return a photo that has come whole; None: it has not, or is gone and must come again."""
    try:
        upload = held(here, photo)
        if upload.offset != upload.size:
            return None
        given = _store(here, photo)
        return whole(upload, store=given["store"], key=given["key"])
    except (NotFound, Missing, Damaged):
        return None


def forget(here: Sender, photo: UUID) -> None:
    """Let go of what came: it is taken, or is not what the phone has."""
    try:
        upload = held(here, photo)
    except NotFound:
        return
    drop_draft(here.session, _nonce(here, photo))
    when_kept(lambda: discard(store(), [upload]))


def _keep(here: Sender, photo: UUID, upload: Upload) -> Upload:
    key = keyrings.in_use().key("draft")
    save_draft(here.session, _nonce(here, photo), upload.as_json(), key=key, now=here.now)
    return upload


def _store(here: Sender, photo: UUID) -> dict[str, Any]:
    return {
        "store": store(),
        "key": draft_key(_nonce(here, photo), keyrings.in_use().key("draft")),
        "entropy": secrets.token_bytes,
        "now": here.now,
    }
