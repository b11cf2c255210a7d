"""From upload to attachment: the record of a stored file, limits and encryption; pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from portal.attachments.kinds import Part, State
from portal.integrations.scrubber import FileType, Reason

Entropy = Callable[[int], bytes]


class Damaged(Exception):
    """What lies in the store is not what was put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much one report, message or visit may bring; bytes as they were sent."""

    files: int = 10
    bytes_each: int = 20_000_000
    bytes_in_all: int = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that was taken in and lies in the store, linked to nothing yet.

    It holds no name and nothing from inside the file. `size` and `original_sha256` are those of
    the bytes as sent; names are those of objects, None where there is none.
    """

    id: UUID
    type: FileType
    state: State
    reason: Reason | None
    media_type: str | None
    size: int
    original_sha256: str
    copy_sha256: str | None
    copy_name: str | None
    thumbnail_name: str | None
    original_name: str | None
    tool: str | None
    tool_version: str | None

    @property
    def objects(self) -> list[str]:
        """Return the names of all objects of this file."""
        names = self.copy_name, self.thumbnail_name, self.original_name
        return [name for name in names if name is not None]

    def as_json(self) -> dict[str, Any]:
        """Return a form that JSON can hold, for an encrypted draft."""
        return {**asdict(self), "id": str(self.id)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "StoredFile":
        """Return what `as_json` gave."""
        reason = content["reason"]
        return cls(
            **{
                **content,
                "id": UUID(content["id"]),
                "type": FileType(content["type"]),
                "state": State(content["state"]),
                "reason": None if reason is None else Reason(reason),
            }
        )


def lacking_room(already: Sequence[StoredFile], size: int, allowance: Allowance) -> str | None:
    """Return the code of the limit that a file of `size` bytes would break, or None."""
    if size == 0:
        return "file_empty"
    if size > allowance.bytes_each:
        return "file_too_large"
    if len(already) >= allowance.files:
        return "too_many_files"
    if sum(file.size for file in already) + size > allowance.bytes_in_all:
        return "files_too_large_in_all"
    return None


def encrypted(data: bytes, key: bytes, *, file_id: UUID, part: Part, entropy: Entropy) -> bytes:
    """Return `data` under a key of 32 bytes, bound to its file: objects can't be exchanged."""
    nonce = entropy(Aead.NONCE_SIZE)
    return bytes(Aead(key).encrypt(data, _place(file_id, part), nonce))


def decrypted(data: bytes, key: bytes, *, file_id: UUID, part: Part) -> bytes:
    """Return what `encrypted` took. Raises Damaged."""
    try:
        return Aead(key).decrypt(data, _place(file_id, part))
    except (CryptoError, ValueError) as error:
        raise Damaged("an object was altered, exchanged or needs another key") from error


def _place(file_id: UUID, part: Part) -> bytes:
    return f"attachment:{part}:".encode() + file_id.bytes
