"""Key files of custodians: the private part under a passphrase, for people to carry away.

A key file is JSON (format 1): `id`, `label`, `public` (X25519), `kdf` (argon2id with `passes`,
`memory_bytes`, `salt`), `nonce` and `box`, the private key in XChaCha20-Poly1305 with id, public
key and parameters as authenticated data. Bytes are base64. Any libsodium opens it.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.pwhash import argon2id
from nacl.secret import Aead

from portal.sealing.envelope import Custodian, Entropy

FORMAT = "hazard portal custodian key 1"
SHORTEST_PASSPHRASE = 12
#: A key file comes from outside: it must not make the portal take all of the memory.
MOST_MEMORY = 1 << 30
MOST_PASSES = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of a passphrase costs; libsodium's names for it are ops and mem limit."""

    passes: int = argon2id.OPSLIMIT_MODERATE
    memory_bytes: int = argon2id.MEMLIMIT_MODERATE


#: For demo and tests: 64 MB, not 256.
CHEAP = Cost(argon2id.OPSLIMIT_INTERACTIVE, argon2id.MEMLIMIT_INTERACTIVE)


class BadKeyFile(Exception):
    """The text is no key file of a known format; the sentence says what is wrong with it."""


class WrongPassphrase(Exception):
    """The passphrase doesn't open the file, or the file was altered."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A new key pair: the text of the file, and what is registered."""

    label: str
    custodian: Custodian
    text: str


def generate(label: str, passphrase: str, *, entropy: Entropy, cost: Cost | None = None) -> KeyFile:
    """Make a key pair whose private part exists only inside the text returned.

    Raises ValueError if the passphrase is shorter than 12 characters.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ValueError(f"a passphrase needs {SHORTEST_PASSPHRASE} characters")
    cost = cost or Cost()
    private = PrivateKey(entropy(PrivateKey.SIZE))
    custodian = Custodian(UUID(bytes=entropy(16), version=4), bytes(private.public_key))
    kdf = {
        "name": "argon2id",
        "passes": cost.passes,
        "memory_bytes": cost.memory_bytes,
        "salt": _text(entropy(argon2id.SALTBYTES)),
    }
    nonce = entropy(Aead.NONCE_SIZE)
    box = Aead(_stretched(passphrase, kdf)).encrypt(bytes(private), _bound(custodian, kdf), nonce)
    content = {
        "format": FORMAT,
        "id": str(custodian.id),
        "label": label,
        "public": _text(custodian.public),
        "kdf": kdf,
        "nonce": _text(nonce),
        "box": _text(box.ciphertext),
    }
    return KeyFile(label, custodian, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def public_part(text: str) -> tuple[Custodian, str]:
    """Return what a key file registers: the custodian and the label. Raises BadKeyFile."""
    content = _content(text)
    return _custodian(content), str(content["label"])


def unlock(text: str, passphrase: str) -> tuple[Custodian, bytes]:
    """Return the custodian of a key file and the private key (32 bytes).

    Takes about a second and the memory that the file names, at most 1 GiB: the caller limits how
    many run at once. Raises BadKeyFile, WrongPassphrase.
    """
    content = _content(text)
    custodian, kdf = _custodian(content), content["kdf"]
    try:
        key = _stretched(passphrase, kdf)
        box, nonce = _bytes(content["box"]), _bytes(content["nonce"])
        private = Aead(key).decrypt(box, _bound(custodian, kdf), nonce)
    except (CryptoError, ValueError, TypeError) as error:
        raise WrongPassphrase("the passphrase doesn't open this key file") from error
    return custodian, private


def write(file: KeyFile, folder: Path) -> Path:
    """Write a key file for its owner alone, on the disk before this returns.

    Raises FileExistsError rather than overwrite: a lost key is what it would have opened.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"custodian-{file.custodian.id}.json"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(file.text)
        stream.flush()
        os.fsync(stream.fileno())
    return path


def generate_files(
    folder: Path,
    labels: Sequence[str],
    passphrases: Sequence[str],
    *,
    entropy: Entropy,
    cost: Cost | None = None,
) -> list[tuple[KeyFile, Path]]:
    """Make and write a key file for each label, in order: for `keys generate` and the demo."""
    made = [
        generate(label, passphrase, entropy=entropy, cost=cost)
        for label, passphrase in zip(labels, passphrases, strict=True)
    ]
    return [(file, write(file, folder)) for file in made]


def _content(text: str) -> dict[str, object]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise BadKeyFile("the key file is not JSON") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadKeyFile("this is not a custodian's key file")
    lacking = {"id", "label", "public", "kdf", "nonce", "box"} - content.keys()
    if lacking:
        raise BadKeyFile(f"the key file lacks {min(lacking)}")
    return content


def _custodian(content: dict[str, object]) -> Custodian:
    try:
        custodian = Custodian(UUID(str(content["id"])), _bytes(content["public"]))
    except ValueError as error:
        raise BadKeyFile("the key file's id or public key is damaged") from error
    if len(custodian.public) != PrivateKey.SIZE:
        raise BadKeyFile("the key file's public key is damaged")
    return custodian


def _stretched(passphrase: str, kdf: object) -> bytes:
    """Return the key that the passphrase gives. Raises ValueError for parameters out of bounds."""
    if not isinstance(kdf, dict) or kdf.get("name") != "argon2id":
        raise BadKeyFile("the key file names no known way from passphrase to key")
    passes, memory = kdf.get("passes"), kdf.get("memory_bytes")
    if not isinstance(passes, int) or not isinstance(memory, int):
        raise BadKeyFile("the key file's cost is damaged")
    if passes > MOST_PASSES or memory > MOST_MEMORY:
        raise BadKeyFile("the key file asks for more than 1 GiB or 20 passes")
    return bytes(
        argon2id.kdf(
            Aead.KEY_SIZE,
            passphrase.encode(),
            _bytes(kdf.get("salt")),
            opslimit=passes,
            memlimit=memory,
        )
    )


def _bound(custodian: Custodian, kdf: object) -> bytes:
    """Return what the box is bound to, so that no part of the file can be exchanged."""
    return (
        custodian.id.bytes
        + custodian.public
        + json.dumps(kdf, sort_keys=True, separators=(",", ":")).encode()
    )


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("not text")
    return b64decode(text, validate=True)
