"""From upload to attachment: the record of a stored file, limits and encryption; pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from portal.attachments.kinds import Stage, State
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


STAGES = {
    State.SHOWN: Stage.CLEAN,
    State.SEALED_ONLY: Stage.SEALED_ONLY,
    State.REFUSED: Stage.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a draft from its announcement on: it arrives, is cleaned, and then is a `file`.

    Its bytes lie in `pieces`, objects by name with their size, each encrypted under the draft's
    key. `name` is what the device called it, until it is sealed with the original; `key` is what
    the device made for it, so that announcing it again makes no second.
    """

    id: UUID
    key: str
    name: str
    #: Bytes as announced.
    size: int
    pieces: tuple[tuple[str, int], ...] = ()
    file: StoredFile | None = None

    @property
    def offset(self) -> int:
        """Return how many bytes are here."""
        return self.size if self.file else sum(size for _name, size in self.pieces)

    @property
    def is_raw(self) -> bool:
        """Say whether it is whole and waits for being cleaned."""
        return self.file is None and self.offset == self.size

    @property
    def stage(self) -> Stage:
        if self.file is not None:
            return STAGES[self.file.state]
        return Stage.BEING_CLEANED if self.is_raw else Stage.ARRIVING

    @property
    def objects(self) -> list[str]:
        """Return the names of all its objects."""
        names = [name for name, _size in self.pieces]
        return [*names, *(self.file.objects if self.file else ())]

    def as_json(self) -> dict[str, Any]:
        """Return a form that JSON can hold, for an encrypted draft."""
        file = self.file.as_json() if self.file else None
        return {**asdict(self), "id": str(self.id), "file": file}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Upload":
        """Return what `as_json` gave."""
        file = content["file"]
        return cls(
            id=UUID(content["id"]),
            key=content["key"],
            name=content["name"],
            size=content["size"],
            pieces=tuple((name, size) for name, size in content["pieces"]),
            file=StoredFile.from_json(file) if file else None,
        )


class Sized(Protocol):
    """What takes room."""

    @property
    def size(self) -> int: ...


def lacking_room(already: Sequence[Sized], size: int, allowance: Allowance) -> str | None:
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


def piece_at(offset: int) -> str:
    """Return the part of an upload that begins at a byte, as `encrypted` binds it."""
    return f"raw-{offset}"


def encrypted(data: bytes, key: bytes, *, file_id: UUID, part: str, entropy: Entropy) -> bytes:
    """Return `data` under a key of 32 bytes, bound to its file: objects can't be exchanged."""
    nonce = entropy(Aead.NONCE_SIZE)
    return bytes(Aead(key).encrypt(data, _place(file_id, part), nonce))


def decrypted(data: bytes, key: bytes, *, file_id: UUID, part: str) -> bytes:
    """Return what `encrypted` took. Raises Damaged."""
    try:
        return Aead(key).decrypt(data, _place(file_id, part))
    except (CryptoError, ValueError) as error:
        raise Damaged("an object was altered, exchanged or needs another key") from error


def _place(file_id: UUID, part: str) -> bytes:
    return f"attachment:{part}:".encode() + file_id.bytes
