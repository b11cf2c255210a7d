"""Sessions of staff: begun, kept alive, ended. Times are floored to the minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from portal.accounts.kinds import floored_to_minute
from portal.accounts.models import StaffSession


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives: without anybody doing something, and in all."""

    idle: timedelta
    whole: timedelta


def start_session(
    session: Session,
    account_id: UUID,
    id_hash: bytes,
    data: Mapping[str, Any],
    *,
    limits: Limits,
    now: datetime,
) -> StaffSession:
    """Begin a session under a new id."""
    begun = floored_to_minute(now)
    row = StaffSession(
        id_hash=id_hash,
        account_id=account_id,
        data=dict(data),
        created_at=begun,
        idle_until=begun + limits.idle,
        ends_at=begun + limits.whole,
    )
    session.add(row)
    session.flush()  # the caller ends the unit of work
    return row


def keep_session(
    session: Session, id_hash: bytes, data: Mapping[str, Any], *, idle: timedelta, now: datetime
) -> None:
    """Store what the session holds and let it live on; one that was ended meanwhile stays so."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.id_hash == id_hash)
        .values(data=dict(data), idle_until=floored_to_minute(now) + idle)
    )


def end_session(session: Session, id_hash: bytes) -> None:
    """End one session: its cookie is worth nothing from now on."""
    session.execute(delete(StaffSession).where(StaffSession.id_hash == id_hash))


def end_sessions(session: Session, account_id: UUID) -> None:
    """End every session of an account."""
    session.execute(delete(StaffSession).where(StaffSession.account_id == account_id))


def forget_ended_sessions(session: Session, *, now: datetime) -> int:
    """Remove the rows of sessions that ran out; return how many."""
    ended = or_(StaffSession.idle_until <= now, StaffSession.ends_at <= now)
    removed = session.execute(delete(StaffSession).where(ended).returning(StaffSession.id_hash))
    return len(removed.all())
