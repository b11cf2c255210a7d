"""Keys that live outside the database: one file of 32 random bytes for each purpose."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from portal.foundation.errors import SettingError

BYTES = 32
FINGERPRINTS = ".fingerprints"
PURPOSES = (
    "session",
    "public-form",
    "receipt-derivation",
    "receipt-lookup",
    "draft",
    "notice-address",
    "seal-chain",
    "unit-link",
    "receipt-cookie",
    "attachments",
    "passwords",
    "failed-sign-ins",
    "safety-question",
    "voucher-derivation",
    "voucher-lookup",
)


class Keyring:
    """The keys of one portal, by purpose; never printed, never logged."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def key(self, purpose: str) -> bytes:
        """Return the 32 bytes for `purpose`, one of PURPOSES. Raises KeyError for another."""
        return self._keys[purpose]

    def fingerprints(self) -> dict[str, str]:
        """Return, by purpose, what tells a key from others and nothing else about it."""
        return {
            purpose: hashlib.sha256(b"hazard portal\0" + purpose.encode() + b"\0" + key).hexdigest()
            for purpose, key in self._keys.items()
        }

    @classmethod
    def load_or_create(cls, folder: Path, *, may_create: bool = True) -> "Keyring":
        """Return the keys in `folder`, made at the first start.

        Beside the folder stands a file with their fingerprints. A purpose that it names must
        have the key that it had: another would open no draft and find no receipt, so that a
        missing or changed one stops the start with a SettingError. A purpose that a new version
        brings gets its key. `may_create=False` (the database has data already, or it is not the
        supervisor who starts) makes no first set.
        """
        mark = folder.with_name(folder.name + FINGERPRINTS)
        known = dict(json.loads(mark.read_text())) if mark.exists() else {}
        missing = [purpose for purpose in PURPOSES if not (folder / purpose).exists()]
        lost = [purpose for purpose in missing if purpose in known]
        if missing and not known and not may_create:
            lost = missing
        if lost:
            raise SettingError(
                f"PORTAL_DATA_DIR lacks the key {folder / lost[0]}, without which what is stored "
                "can't be read: put the folder back from a backup, or, where nothing was filed "
                "yet, start anew with script/server on an empty data folder and database."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        keyring = cls({purpose: read_or_make(folder / purpose) for purpose in PURPOSES})
        prints = keyring.fingerprints()
        changed = [purpose for purpose in known if prints.get(purpose, "") != known[purpose]]
        if changed:
            raise SettingError(
                f"PORTAL_DATA_DIR holds a key that its data was not made with, "
                f"{folder / changed[0]}: put back the folder that belongs to it, from a backup."
            )
        if prints != known:
            replace_file(mark, json.dumps(prints, indent=1).encode())
        return keyring


def read_or_make(path: Path) -> bytes:
    """Return the key in `path`, making it if need be; two processes at once get the same one."""
    if not path.exists():
        write_once(path, secrets.token_hex(BYTES).encode())
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise SettingError(
            f"PORTAL_DATA_DIR holds a damaged key, {path}: put it back from a backup."
        )
    return key


def write_once(path: Path, content: bytes) -> None:
    """Write a file of 0600 that is whole or not there; who comes second keeps the first's."""
    draft = write_draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    sync_folder(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file, so that a crash leaves the old or the new one."""
    write_draft(path, content).replace(path)
    sync_folder(path.parent)


def write_draft(path: Path, content: bytes) -> Path:
    """Return a file of 0600 beside `path` that holds `content` and is on the disk."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_held: list[Keyring] = []


def use(keyring: Keyring) -> None:
    """Let this process derive codes and links with these keys; called once by the factory."""
    _held[:] = [keyring]


def in_use() -> Keyring:
    """Return the keys of this process. Raises SettingError before the factory has run."""
    if not _held:
        raise SettingError("PORTAL_DATA_DIR was not read yet: start with wsgi.py.")
    return _held[0]


def entropy(count: int) -> bytes:
    """Return `count` random bytes; services take it as an argument, views pass it."""
    return secrets.token_bytes(count)
