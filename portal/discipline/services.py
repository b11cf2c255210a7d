"""The secret in an addressee's link."""

import hashlib
import hmac
from uuid import UUID

from portal.foundation import secrets


def step_token(step_id: UUID) -> str:
    """Return the secret in the link of a step: made again for each mail, never stored."""
    key = secrets.in_use().key("unit-link")
    return hmac.digest(key, b"step\x00" + step_id.bytes, "sha256")[:16].hex()


def token_digest(token: str) -> bytes:
    """Return what the database holds of a token."""
    return hashlib.sha256(token.encode()).digest()
