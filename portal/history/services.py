"""The one writer of history."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import rfc8785
from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.history.kinds import EventKind, TextKind
from portal.history.models import Event, Text

LEAF = b"\x00"
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class TextRef:
    """What an event holds of words: where they are, and what they were committed to."""

    id: UUID
    commitment: bytes

    def as_json(self) -> dict[str, str]:
        return {"id": str(self.id), "commitment": self.commitment.hex()}


def as_json(value: Any) -> Any:
    """Return `value` as JSON data that reads back equal: times in UTC to the microsecond."""
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, TextRef):
        return value.as_json()
    return value


def leaf_hash(
    *,
    at: datetime,
    case_id: UUID | None,
    case_version: int | None,
    kind: str,
    from_state: str | None,
    to_state: str | None,
    role: str,
    account_id: UUID | None,
    person_id: UUID | None,
    payload: Mapping[str, Any],
) -> bytes:
    """Return the RFC 6962 leaf hash of the RFC 8785 form of one event.

    `seq` is left out: the seal binds it, when the order can no longer change.
    """
    entry = {
        "at": as_json(at),
        "case": as_json(case_id),
        "version": case_version,
        "kind": str(kind),
        "from": from_state,
        "to": to_state,
        "role": str(role),
        "account": as_json(account_id),
        "person": as_json(person_id),
        "payload": payload,
    }
    return hashlib.sha256(LEAF + rfc8785.dumps(entry)).digest()


def commitment(salt: bytes, body: str) -> bytes:
    """Return what an event says of words without saying them."""
    return hashlib.sha256(salt + body.encode("utf-8", "surrogatepass")).digest()


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


def keep_text(session: Session, case_id: UUID | None, kind: TextKind, body: str) -> TextRef:
    """Keep words apart from the event that will refer to them and return the reference."""
    row = new_text(case_id, kind, body)
    session.execute(insert(Text), [row])
    return TextRef(row["id"], row["commitment"])


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
    return int(session.execute(insert(Event).values(row).returning(Event.seq)).scalar_one())


def record_many(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add rows made by `new_event`, in their order; for the import's batches."""
    session.execute(insert(Event), rows)


def keep_texts(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add rows made by `new_text`; for the import's batches."""
    session.execute(insert(Text), rows)
