"""What an event is bound by: its leaf, the commitments to its words, the chain of seals. Pure."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785

LEAF = b"\x00"
PLAIN = (str, int, bool, float)
#: Link before the first.
START = bytes(32)
#: Beyond these a whole number is none in RFC 8785, and a float is written otherwise than by Python.
WHOLE_MOST = 2**53 - 1
FLOAT_LEAST, FLOAT_MOST = 1e-4, 1e16
_QUICK = json.JSONEncoder(
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    check_circular=False,
).encode


@dataclass(frozen=True, slots=True)
class TextRef:
    """What an event holds of words: where they are, and what they were committed to."""

    id: UUID
    commitment: bytes

    def as_json(self) -> dict[str, str]:
        return {"id": str(self.id), "commitment": self.commitment.hex()}


def as_json(value: Any) -> Any:
    """Return `value` as JSON data that reads back equal: times in UTC to the microsecond."""
    kind = type(value)
    if value is None or kind in PLAIN:
        return value
    # The two that columns mostly hold, before what is slow to ask.
    if kind is UUID:
        return str(value)
    if kind is datetime:
        return _moment(value)
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, TextRef):
        return value.as_json()
    return value


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 form of JSON data.

    Python's own encoder gives the same bytes ten times as fast for what nearly every event holds;
    where the two could differ the canonical one is asked.
    """
    if _is_common(value):
        try:
            return _QUICK(value).encode()
        except UnicodeEncodeError:
            pass  # half a surrogate pair: the canonical form refuses it in its own words
    return rfc8785.dumps(value)


def _is_common(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is dict:
        for key, item in value.items():
            # Beyond ASCII keys are ordered by UTF-16 there and by code point here.
            if type(key) is not str or not key.isascii():
                return False
            if type(item) is not str and item is not None and not _is_common(item):
                return False
        return True
    if kind is list:
        return all(map(_is_common, value))
    if kind is int:
        return bool(-WHOLE_MOST <= value <= WHOLE_MOST)
    if kind is float:
        return bool(FLOAT_LEAST <= abs(value) < FLOAT_MOST and not value.is_integer())
    return False


def leaf_entry(
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
) -> dict[str, Any]:
    """Return what the leaf of one event is the hash of, as JSON data.

    `seq` is left out: the seal binds it, when the order can no longer change.
    """
    return {
        "at": as_json(at),
        "case": as_json(case_id),
        "version": case_version,
        "kind": str(kind),
        "from": as_json(from_state),
        "to": as_json(to_state),
        "role": str(role),
        "account": as_json(account_id),
        "person": as_json(person_id),
        "payload": payload,
    }


def leaf_hash(**event: Any) -> bytes:
    """Return the RFC 6962 leaf hash of the RFC 8785 form of `leaf_entry`."""
    return hashlib.sha256(LEAF + canonical(leaf_entry(**event))).digest()


def commitment(salt: bytes, body: str) -> bytes:
    """Return what an event says of words without saying them."""
    return hashlib.sha256(salt + body.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link: kept outside the database too, so that the chain can't be cut unnoticed."""

    position: int
    link: bytes


def chain_link(
    key: bytes,
    before: bytes,
    *,
    position: int,
    seq: int,
    tx: int,
    below: int,
    next_tx: int,
    leaf: bytes,
) -> bytes:
    """Return the link of one seal: HMAC-SHA-256 over the link before it and all that it binds."""
    numbers = b"".join(number.to_bytes(8, "big") for number in (position, seq, tx, below, next_tx))
    return hmac.digest(key, before + numbers + leaf, "sha256")
