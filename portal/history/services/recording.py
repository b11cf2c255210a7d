"""The one writer of history."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.history.kinds import EventKind, TextKind
from portal.history.lifecycle import as_json, commitment, leaf_hash
from portal.history.models import Event, Text
from portal.history.queries.reading import keep_events, read_events

SALT_BYTES = 16
# The tables, not the classes: no object is wanted back, and each word and event asks.
_TEXTS = cast(Table, Text.__table__)
_EVENTS = cast(Table, Event.__table__)
_NEW_TEXT = insert(_TEXTS)
_NEW_EVENT = insert(_EVENTS)
_NEW_SEQ = _NEW_EVENT.returning(_EVENTS.c.seq)


def new_text(
    case_id: UUID | None, kind: TextKind, body: str, text_id: UUID | None = None
) -> dict[str, Any]:
    """Return a row for `texts`, salted and committed."""
    salt = secrets.token_bytes(SALT_BYTES)
    return {
        "id": text_id or uuid4(),
        "case_id": case_id,
        "kind": kind,
        "salt": salt,
        "body": body,
        "commitment": commitment(salt, body),
    }


def new_event(
    actor: Actor,
    kind: EventKind,
    *,
    at: datetime,
    payload: Mapping[str, Any],
    case_id: UUID | None = None,
    case_version: int | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
) -> dict[str, Any]:
    """Return a row for `events` with its leaf; `payload` may hold UUIDs, times and TextRefs."""
    fields: dict[str, Any] = {
        "at": at,
        "case_id": case_id,
        "case_version": case_version,
        "kind": kind,
        "from_state": from_state,
        "to_state": to_state,
        "role": actor.role,
        "account_id": actor.account_id,
        "person_id": actor.person_id,
        "payload": as_json(payload),
    }
    return {**fields, "leaf": leaf_hash(**fields)}


def record(
    session: Session,
    actor: Actor,
    kind: EventKind,
    *,
    at: datetime,
    payload: Mapping[str, Any],
    case_id: UUID | None = None,
    case_version: int | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
) -> int:
    """Add one event and return its `seq`."""
    row = new_event(
        actor,
        kind,
        at=at,
        payload=payload,
        case_id=case_id,
        case_version=case_version,
        from_state=from_state,
        to_state=to_state,
    )
    known = read_events(session, case_id) if case_id else None
    seq = int(session.execute(_NEW_SEQ, row).scalar_one())
    if case_id and known is not None:
        keep_events(session, case_id, [*known, Event(seq=seq, **row)])
    return seq


def record_many(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add rows made by `new_event`, in their order; for the import's batches."""
    session.execute(_NEW_EVENT, rows)


def keep_texts(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add rows made by `new_text`; for the import's batches."""
    session.execute(_NEW_TEXT, rows)
