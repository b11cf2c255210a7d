"""What a reporter sends, and the arithmetic of nonce and receipt code. Pure."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NONCE_BYTES = 16
CODE_DIGITS = 16
CODES = 10**CODE_DIGITS
#: Draws of 64 bits at or above this would favour small codes: they are drawn anew.
FAIR_BELOW = 2**64 - 2**64 % CODES


@dataclass(frozen=True, kw_only=True)
class File:
    """One report as it is sent. Lengths and listed codes were checked by the form's definition;
    the service checks again.
    """

    text: str
    place: str
    kind: str = "hazard"
    jurisdiction: str | None = None
    township: str | None = None
    claimed_category: str | None = None
    relation: str | None = None
    language: str = "zh_Hans_CN"
    channel: str = "web"
    #: When it reached the office, where somebody took it down later; None: it is filed as it comes.
    arrived_at: datetime | None = None
    #: Longitude and latitude in degrees of WGS 84, and the datum of what was given.
    point: tuple[float, float] | None = None
    datum: str | None = None
    #: Sealed at once; field → what was typed.
    contact: Mapping[str, str] = field(default_factory=dict)
    #: Files of the draft, as `attachments` described them.
    files: Sequence[Any] = ()


def nonce_hash(nonce: bytes) -> bytes:
    """Return what the database holds of a nonce."""
    return hashlib.sha256(b"nonce\x00" + nonce).digest()


def draft_key(nonce: bytes, key: bytes) -> bytes:
    """Return the 32 bytes under which a draft is encrypted: needs browser and server together."""
    return hmac.digest(key, b"draft\x00" + nonce, "sha256")


def receipt_code(nonce: bytes, key: bytes) -> str:
    """Return the 16 digits that belong to a nonce: the same on every sending, nothing stored."""
    counter = 0
    while True:
        drawn = hmac.digest(key, b"receipt\x00" + nonce + counter.to_bytes(4), "sha256")
        number = int.from_bytes(drawn[:8])
        if number < FAIR_BELOW:
            return f"{number % CODES:0{CODE_DIGITS}d}"
        counter += 1


def receipt_hash(code: str, key: bytes) -> bytes:
    """Return what the database holds of a receipt code."""
    return hmac.digest(key, code.encode(), "sha256")


def cleaned_code(typed: str) -> str | None:
    """Return the 16 digits that were typed, in whatever form and with separators, or None."""
    digits = "".join(
        char for char in unicodedata.normalize("NFKC", typed) if not _is_separator(char)
    )
    if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit():
        return digits
    return None


def _is_separator(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Pd", "Cf") or char in "._·−"
