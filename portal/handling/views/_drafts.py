"""What somebody typed or chose in a move and has not sent: kept for a day, theirs alone."""

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.attachments.lifecycle import StoredFile
from portal.attachments.services import discard
from portal.cases.lifecycle.moves import BY_NAME
from portal.foundation import secrets
from portal.foundation.transaction import kept_apart
from portal.handling.views._opened import Opened
from portal.history.queries import event_at
from portal.reports.lifecycle import NONCE_BYTES, draft_key
from portal.reports.services import drop_draft, load_draft, lock_nonce, save_draft
from portal.web.request_cycle import when_kept
from portal.web.uploads import store

#: What belongs to the page and not to what was typed.
OF_THE_PAGE = frozenset({"csrf_token", "step", "turn", "remove", "along"})
#: More fields than the longest task book has.
FIELDS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands in the draft, and when it was saved."""

    typed: MultiDict[str, str]
    at: datetime


def _nonce(here: Opened, move: str) -> bytes:
    """Return what the draft is found by and encrypted under: one for each person, case, move."""
    account = here.actor.account_id
    owner = account.bytes if account else b""
    key = secrets.in_use().key("draft")
    about = b"staff\x00" + owner + here.case.id.bytes + move.encode()
    return hmac.digest(key, about, "sha256")[:NONCE_BYTES]


def key_of_files(here: Opened, move: str) -> bytes:
    """Return the key under which the draft's files lie in the store."""
    return draft_key(_nonce(here, move), secrets.in_use().key("draft"))


def _content(session: Any, here: Opened, move: str) -> dict[str, Any]:
    key = secrets.in_use().key("draft")
    return load_draft(session, _nonce(here, move), key=key, now=here.now) or {}


def load(here: Opened, move: str) -> Kept | None:
    """Return what this person typed for this move of the case; None: nothing, or no more."""
    draft = _content(here.session, here, move)
    if "typed" not in draft:
        return None
    typed = MultiDict((str(name), str(value)) for name, value in draft["typed"])
    return Kept(typed, datetime.fromisoformat(draft["at"]))


def files_of(here: Opened, move: str) -> list[StoredFile]:
    """Return the files that this person chose for this move and has not sent."""
    return _files(_content(here.session, here, move))


def _files(draft: dict[str, Any]) -> list[StoredFile]:
    return [StoredFile.from_json(file) for file in draft.get("files", ())]


def change_files(
    here: Opened,
    move: str,
    typed: Iterable[tuple[str, str]],
    change: Callable[[list[StoredFile]], list[StoredFile]],
) -> list[StoredFile]:
    """Let `change` see the draft's files and keep those it returns, with what was typed.

    Whatever becomes of the request: what was chosen survives its refusal.
    """
    with kept_apart(here.session) as session:
        lock_nonce(session, _nonce(here, move))
        files = change(_files(_content(session, here, move)))
        _keep(session, here, move, typed, files)
    return files


def save(here: Opened, move: str, typed: Iterable[tuple[str, str]]) -> bool:
    """Keep what was typed; False if this very person has carried the move out meanwhile."""
    pairs = list(typed)
    seen = dict(pairs).get("seen", "")
    after = event_at(here.session, here.case.id, int(seen) + 1) if seen.isdecimal() else None
    is_done = after is not None and after.kind is BY_NAME[move].event
    if is_done and after is not None and after.account_id == here.actor.account_id:
        return False
    lock_nonce(here.session, _nonce(here, move))
    _keep(here.session, here, move, pairs, files_of(here, move))
    return True


def _keep(
    session: Any,
    here: Opened,
    move: str,
    typed: Iterable[tuple[str, str]],
    files: Sequence[StoredFile],
) -> None:
    pairs = [(name, value) for name, value in typed if name not in OF_THE_PAGE][:FIELDS_MAX]
    kept: dict[str, Any] = {"typed": pairs, "at": here.now.isoformat()}
    if files:
        kept["files"] = [file.as_json() for file in files]
    key = secrets.in_use().key("draft")
    save_draft(session, _nonce(here, move), kept, key=key, now=here.now)


def drop(here: Opened, move: str) -> None:
    """Forget what was typed and chosen: it was sent, or is not wanted."""
    files = files_of(here, move)
    drop_draft(here.session, _nonce(here, move))
    if files:
        when_kept(lambda: discard(store(), files))
