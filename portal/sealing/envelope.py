"""The one envelope for what the server may seal but not open: pure, no database, no files.

Format, version 1; numbers are one byte each:

    6   magic "HPSEAL"
    1   version, 1
    1   threshold, 2
    1   n, the number of shares, 2 to 16
    n × 97:
        16  id of the custodian (the bytes of a UUID)
        81  libsodium sealed box (X25519, XSalsa20-Poly1305, 48 bytes more than its content) of
            1 byte, the number of the share, and two shares of 16 bytes
    24  nonce
    *   XChaCha20-Poly1305 (IETF) of the plain bytes, 16 bytes more than these

The data key is 32 random bytes, used once. Its two halves are split apart by Shamir's scheme
over GF(2^128) as in pycryptodome's `Shamir` (`ssss=False`), both with the same share numbers.
The authenticated data is all that stands before the nonce, followed by the caller's context, so
that an envelope opens only whole and only where it belongs. Shamir's scheme itself notices no
wrong share; this does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from Crypto.Protocol.SecretSharing import Shamir
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import Aead

MAGIC = b"HPSEAL"
VERSION = 1
THRESHOLD = 2
#: More would be a sign of a mistake: every custodian is a person with a passphrase.
MOST_SHARES = 16
KEY_BYTES = 32
HALF = 16
BOX_BYTES = 48 + 1 + 2 * HALF
SHARE_BYTES = 16 + BOX_BYTES
HEAD_BYTES = len(MAGIC) + 3

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Custodian:
    """Who can open a share: the id of the key and its public part, 32 bytes of X25519."""

    id: UUID
    public: bytes


class CannotOpen(Exception):
    """The envelope stays shut: damaged, another context, or not two of its keys."""


def can_seal_with(keys: Sequence[Custodian]) -> bool:
    """Say whether there are enough keys that no single person could open what they seal."""
    return THRESHOLD <= len({key.id for key in keys}) <= MOST_SHARES


def seal(plain: bytes, *, keys: Sequence[Custodian], context: bytes, entropy: Entropy) -> bytes:
    """Return an envelope that any two of the custodians together can open.

    `context` says where it belongs and must be given again to open it. `entropy(n)` gives n
    random bytes; the sealed boxes and the shares take theirs from the system. Raises ValueError
    without two different keys.
    """
    if not can_seal_with(keys) or len({key.id for key in keys}) != len(keys):
        raise ValueError("an envelope needs 2 to 16 different custodians")
    data_key = entropy(KEY_BYTES)
    first = Shamir.split(THRESHOLD, len(keys), data_key[:HALF])
    second = Shamir.split(THRESHOLD, len(keys), data_key[HALF:])
    head = MAGIC + bytes((VERSION, THRESHOLD, len(keys)))
    for key, (number, left), (_same, right) in zip(keys, first, second, strict=True):
        box = SealedBox(PublicKey(key.public)).encrypt(bytes((number,)) + left + right)
        head += key.id.bytes + box
    nonce = entropy(Aead.NONCE_SIZE)
    # `encrypt` returns nonce and ciphertext in one.
    return head + bytes(Aead(data_key).encrypt(plain, head + context, nonce))


def custodians_of(envelope: bytes) -> tuple[UUID, ...]:
    """Return the ids of the keys that hold a share. Raises CannotOpen if it is no envelope."""
    count = _share_count(envelope)
    starts = range(HEAD_BYTES, HEAD_BYTES + count * SHARE_BYTES, SHARE_BYTES)
    return tuple(UUID(bytes=envelope[start : start + 16]) for start in starts)


def open_with(envelope: bytes, private_keys: Mapping[UUID, bytes], *, context: bytes) -> bytes:
    """Return what was sealed, by the private keys (32 bytes each) of two of its custodians.

    Keys that hold no share are passed over. Raises CannotOpen, which never tells which part
    failed: who may not open it learns nothing.
    """
    shares: list[tuple[int, bytes, bytes]] = []
    for place, custodian in enumerate(custodians_of(envelope)):
        private = private_keys.get(custodian)
        if private is None or len(shares) == THRESHOLD:
            continue
        start = HEAD_BYTES + place * SHARE_BYTES + 16
        try:
            share = SealedBox(PrivateKey(private)).decrypt(envelope[start : start + BOX_BYTES])
        except CryptoError as error:
            raise CannotOpen("the envelope can't be opened") from error
        shares.append((share[0], share[1 : 1 + HALF], share[1 + HALF :]))
    if len(shares) < THRESHOLD:
        raise CannotOpen("an envelope opens by two of its custodians")
    end_of_head = HEAD_BYTES + _share_count(envelope) * SHARE_BYTES
    try:
        left = Shamir.combine([(number, half) for number, half, _ in shares])
        right = Shamir.combine([(number, half) for number, _, half in shares])
        return Aead(left + right).decrypt(envelope[end_of_head:], envelope[:end_of_head] + context)
    except (CryptoError, ValueError) as error:
        raise CannotOpen("the envelope can't be opened") from error


def _share_count(envelope: bytes) -> int:
    """Return the number of shares of a whole envelope of this version."""
    if envelope[: HEAD_BYTES - 1] != MAGIC + bytes((VERSION, THRESHOLD)):
        raise CannotOpen("this is no envelope of a version that is known here")
    count = envelope[HEAD_BYTES - 1] if len(envelope) >= HEAD_BYTES else 0
    least = HEAD_BYTES + count * SHARE_BYTES + Aead.NONCE_SIZE + Aead.MACBYTES
    if not THRESHOLD <= count <= MOST_SHARES or len(envelope) < least:
        raise CannotOpen("the envelope is cut short")
    return count
