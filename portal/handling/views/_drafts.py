"""What somebody typed into the form of a move and has not sent: kept for a day, theirs alone."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from portal.cases.lifecycle.moves import BY_NAME
from portal.foundation import secrets
from portal.handling.views._opened import Opened
from portal.history.queries import event_at
from portal.reports.lifecycle import NONCE_BYTES
from portal.reports.services import drop_draft, load_draft, save_draft

#: What belongs to the page and not to what was typed.
OF_THE_PAGE = frozenset({"csrf_token", "step", "turn"})
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


def load(here: Opened, move: str) -> Kept | None:
    """Return what this person typed for this move of the case; None: nothing, or no more."""
    key = secrets.in_use().key("draft")
    draft = load_draft(here.session, _nonce(here, move), key=key, now=here.now)
    if draft is None:
        return None
    typed = MultiDict((str(name), str(value)) for name, value in draft["typed"])
    return Kept(typed, datetime.fromisoformat(draft["at"]))


def save(here: Opened, move: str, typed: Iterable[tuple[str, str]]) -> bool:
    """Keep what was typed; False if this very person has carried the move out meanwhile."""
    pairs = [(name, value) for name, value in typed if name not in OF_THE_PAGE][:FIELDS_MAX]
    seen = dict(pairs).get("seen", "")
    after = event_at(here.session, here.case.id, int(seen) + 1) if seen.isdecimal() else None
    is_done = after is not None and after.kind is BY_NAME[move].event
    if is_done and after is not None and after.account_id == here.actor.account_id:
        return False
    key = secrets.in_use().key("draft")
    kept = {"typed": pairs, "at": here.now.isoformat()}
    save_draft(here.session, _nonce(here, move), kept, key=key, now=here.now)
    return True


def drop(here: Opened, move: str) -> None:
    """Forget what was typed: it was sent, or is not wanted."""
    drop_draft(here.session, _nonce(here, move))
