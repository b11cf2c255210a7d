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
from portal.reports.lifecycle import draft_key, nonce_hash
from portal.reports.models import Draft, SpentChallenge

DRAFT_LIFE = timedelta(hours=24)


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


def spend(session: Session, challenge: bytes, *, expires: datetime) -> bool:
    """Note that a challenge was answered; False: it was before. Kept until it runs out anyway."""
    until = floored_to_hour(expires) + timedelta(hours=1)
    row = insert(SpentChallenge).values(id=challenge, expires_at=until).on_conflict_do_nothing()
    return session.execute(row.returning(SpentChallenge.id)).first() is not None


def drop_spent_challenges(session: Session, *, now: datetime) -> None:
    """Forget the challenges that have run out."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.expires_at <= now))
