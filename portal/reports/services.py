"""Changing reports and drafts."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from sqlalchemy import case, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import TooMany
from portal.reports.lifecycle import draft_key, nonce_hash
from portal.reports.models import Draft, Spent

DRAFT_LIFE = timedelta(hours=24)
#: Wrong codes that the whole portal takes within a minute before it asks to wait. With ten
#: thousand live codes and this many guesses for a year, a hit has probability 0.03 %.
WRONG_CODES_A_MINUTE = 60


def save_draft(
    session: Session, nonce: bytes, fields: Mapping[str, Any], *, key: bytes, now: datetime
) -> datetime:
    """Keep what was typed, encrypted under a key that needs the nonce; return when it dies.

    That is 24 hours after it was first kept.
    """
    box = SecretBox(draft_key(nonce, key))
    body = bytes(box.encrypt(json.dumps(fields, ensure_ascii=False).encode("utf-8")))
    # One hour more, so that flooring takes nobody's last hour.
    expires = floored_to_hour(now + DRAFT_LIFE + timedelta(hours=1))
    row = insert(Draft).values(nonce_hash=nonce_hash(nonce), body=body, expires_at=expires)
    kept = row.on_conflict_do_update(
        index_elements=[Draft.nonce_hash],
        set_={
            "body": body,
            # One that is dead and not yet swept away begins anew, else nobody could read it.
            "expires_at": case((Draft.expires_at <= now, expires), else_=Draft.expires_at),
        },
    )
    until: datetime = session.execute(kept.returning(Draft.expires_at)).scalar_one()
    return until


def load_draft(
    session: Session, nonce: bytes, *, key: bytes, now: datetime
) -> dict[str, Any] | None:
    """Return what was typed under this nonce; None: nothing, no more, or not by this key."""
    # Columns, not the object: nothing else is done with it, and each step of the form asks.
    wanted = select(Draft.body, Draft.expires_at).where(Draft.nonce_hash == nonce_hash(nonce))
    draft = session.execute(wanted).one_or_none()
    if draft is None or draft.expires_at <= now:
        return None
    try:
        plain = SecretBox(draft_key(nonce, key)).decrypt(draft.body)
    except CryptoError:
        return None
    fields: dict[str, Any] = json.loads(plain)
    return fields


def drop_draft(session: Session, nonce: bytes) -> None:
    """Forget what was typed under this nonce."""
    session.execute(delete(Draft).where(Draft.nonce_hash == nonce_hash(nonce)))


def drop_expired_drafts(session: Session, *, now: datetime) -> int:
    """Forget every draft whose day is over and return how many there were."""
    gone = session.execute(delete(Draft).where(Draft.expires_at <= now).returning(Draft.nonce_hash))
    return len(gone.all())


def lock_nonce(session: Session, nonce: bytes) -> None:
    """Let two sendings of one form wait for each other until the first is through."""
    number = int.from_bytes(nonce_hash(nonce)[:8], signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def count_wrong_code(session: Session, *, now: datetime) -> None:
    """Count one wrong receipt code in the running minute. Knows no address and no code."""
    minute = now.replace(second=0, microsecond=0)
    row = insert(Spent).values(subject="receipt", window_start=minute, count=1)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Spent.subject],
            set_={
                "count": case((Spent.window_start == minute, Spent.count + 1), else_=1),
                "window_start": minute,
            },
        )
    )


def refuse_when_flooded(session: Session, *, now: datetime) -> None:
    """Raise TooMany while wrong codes come faster than people mistype. Filing never asks this."""
    spent = session.get(Spent, "receipt")
    minute = now.replace(second=0, microsecond=0)
    if spent and spent.window_start == minute and spent.count >= WRONG_CODES_A_MINUTE:
        raise TooMany("receipt")
